#!/usr/bin/env python3
"""gpu_check_parts.py with a stand-in for the program: a part that fails or hangs does not stop the others or lose results."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIMING = {"fastest_ms": 1.5, "median_ms": 2.5, "samples": 3}
BENCH = {"model": "tiny, random weights", "weight_bytes": 1 << 20, "load_s": 0.1, "peak_device_mib": 7.0,
         "environment": {"libtorch": "2.11.0", "gpu": {"name": "Some GPU", "attention": ["flash"], "own_kernels": True, "cuda": "13.0"}}}
INFERENCE = {**BENCH, "images": [{"tiles": 1, "tower": TIMING, "encode": TIMING, "tower_tflops_per_s": 3.0}], "prefill": TIMING,
             "token": TIMING, "image_of_questions": TIMING, "images_of_questions": TIMING, "answers_per_second": 9.0,
             "decode": [{"weights": "bf16", "rows": 11, "token": TIMING, "tokens_per_second": 4400.0}]}
STEPS = {**BENCH, "steps": [{"method": "LoRA", "questions": 1, "step": TIMING, "peak_device_mib": 11.0, "planned_mib": 12.0}]}
BUDGETS = {"testsuites": [{"testsuite": [{"name": "Inference/Ampere", "decode, 1 row: launches": "730 / 730", "decode, 1 row: waits": "7 / 8"}]}]}
PROGRAM = """#!/usr/bin/env bash
what=""
while [[ $# -gt 0 ]]; do
  if [[ $1 == --what ]]; then what="$2"; fi
  shift
done
here="$(dirname "$0")"
case "$what" in
  decode | vision*) cat "$here/inference.json" ;;
  lora) cat "$here/steps.json" ;;
  decode-nf4) echo '{"cut": ' && echo "error: out of memory" >&2 && exit 4 ;;
  qlora) sleep 100 ;;
  *) echo "error: this stand-in neither trains nor evaluates" >&2 && exit 1 ;;
esac
"""
TESTS = "#!/usr/bin/env bash\necho '[       OK ] Cuda.One (1 ms)'\necho '[  FAILED  ] Cuda.Two (1 ms)'\nexit 1\n"
COUNTING = "#!/usr/bin/env bash\ncp \"$(dirname \"$0\")/budgets.json\" \"${2#--gtest_output=json:}\"\n"


class GpuCheck(unittest.TestCase):
    def setUp(self):
        folder = Path(tempfile.mkdtemp(prefix="llama32med-gpu-check-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.bundle, self.out = folder / "bundle", folder / "out"
        self.out.mkdir()
        (self.bundle / "bin").mkdir(parents=True)
        for name, text in (("llama32med", PROGRAM), ("cuda_test", TESTS), ("device_test", COUNTING)):
            (self.bundle / "bin" / name).write_text(text)
            (self.bundle / "bin" / name).chmod(0o755)
        for name, value in (("inference", INFERENCE), ("steps", STEPS), ("budgets", BUDGETS)):
            (self.bundle / "bin" / f"{name}.json").write_text(json.dumps(value))

    def check(self, *options):
        done = subprocess.run([sys.executable, ROOT / "scripts/gpu_check_parts.py", "--bundle", self.bundle, "--out", self.out,
                               "--shape", "tiny", *options], text=True, capture_output=True)
        result = json.loads((self.out / "result.json").read_text())
        return done, result, {part["part"]: part["status"] for part in result["parts"]}, (self.out / "result.md").read_text()

    def test_no_part_stops_another(self):
        done, result, parts, page = self.check("--seconds", "14", "--kinds", "bench")
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(parts["bench: inference"], "passed")
        self.assertEqual(parts["bench: LoRA"], "passed")
        self.assertEqual(parts["bench: decoding in NF4"], "failed (4)")
        self.assertRegex(parts["bench: QLoRA"], r"stopped after \d+ s")
        self.assertEqual(parts["bench: QLoRA, recomputed, 8-bit states"], "skipped: no time is left")
        self.assertIn("error: out of memory", done.stdout)
        self.assertEqual(set(result["bench"]), {"inference", "lora"})
        self.assertIn("# GPU check: Some GPU", page)
        self.assertIn("| one more token for 11 rows, bf16 | 1.50 | 2.50 |  | 4400 tokens/s |", page)
        self.assertIn("peak 11 MiB, planned 12 MiB", page)

    def test_tests_counts_and_another_program_are_in_the_tables(self):
        (self.out / "gpu_baseline.jsonl").write_text(
            json.dumps({"case": "generate", "batch": 1, "tiles": 1, "first_token_ms": 81.25, "ms_per_later_token": 33.5}) + "\n" +
            json.dumps({"case": "train", "batch": 1, "tiles": 1, "checkpointing": False, "ms_per_question_min": 222.25}) + "\n{cut")
        done, result, parts, page = self.check("--seconds", "40", "--kinds", "tests")
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(result["tests"], {"passed": 1, "failed": ["Cuda.Two"], "skipped": []})
        self.assertEqual(parts["compare"], "failed (1)")
        self.assertEqual({row["passed"] for row in result["compare"]}, {False})
        self.assertIn("this stand-in neither trains", page)
        self.assertEqual(parts["budgets"], "passed")
        self.assertIn("| decode, 1 row (Ampere) | 730 / 730 | 7 / 8 |  |  |", page)
        self.assertEqual(len(result["baseline"]), 2)
        (self.bundle / "bin/llama32med").write_text(PROGRAM.replace("sleep 100", "cat \"$here/steps.json\""))
        page = self.check("--seconds", "40", "--kinds", "bench")[3]
        self.assertRegex(page, r"\| one more token \| 1.50 \| 2.50 \| 33.50 \|")
        self.assertRegex(page, r"\| LoRA: step, an image and 1 question \| 1.50 \| 2.50 \| 222.25 \|")

    def test_without_a_gpu_nothing_else_is_tried(self):
        for code, expected in ((4, 77), (1, 3)):
            (self.bundle / "bin/llama32med").write_text(f"#!/bin/sh\necho 'error: no GPU' >&2\nexit {code}\n")
            done, _, parts, _ = self.check("--seconds", "20")
            self.assertEqual(done.returncode, expected, done)
            self.assertEqual(list(parts), ["start"])

    def test_the_scripts_are_in_the_bundle(self):
        pack = (ROOT / "scripts/offline_bundle.sh").read_text()
        for script in ROOT.glob("scripts/gpu_check*"):
            self.assertIn(script.name.removeprefix("gpu_check"), pack)


if __name__ == "__main__":
    if os.name != "posix":
        sys.exit(77)
    unittest.main()
