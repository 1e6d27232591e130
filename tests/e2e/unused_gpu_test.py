"""An NVIDIA driver whose GPU cannot be used: one warning with the reason and what to do, and the same in environment.json.

The driver is an empty library. Without cc, or where there is a real driver, the tests are skipped.
"""
import ctypes
import os
import shutil
import subprocess

import program
from program import TINY, VQA_RAD

ASK = ("generate", "--model", TINY, "--prompt", "Is it?", "--max-new-tokens", 2)
NO_DEVICE = "int cuInit(unsigned flags) { return 100; }"


def has_real_driver():
    try:
        ctypes.CDLL("libcuda.so.1")
        return True
    except OSError:
        return False


class UnusedGpu(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.compiler = shutil.which("cc") or self.skipTest("there is no compiler")
        if has_real_driver():
            self.skipTest("this machine has an NVIDIA driver")

    def library(self, name, code="", folder="driver"):
        path = self.folder / folder / name
        path.parent.mkdir(exist_ok=True)
        subprocess.run([self.compiler, "-shared", "-fPIC", "-x", "c", "-", f"-Wl,-soname,{name}", "-o", str(path)], input=code,
                       text=True, check=True)
        return path

    def driver(self, code=""):
        """Variables with which the program finds a driver of this code."""
        folder = self.library("libcuda.so.1", code).parent
        return {"LD_LIBRARY_PATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("LD_LIBRARY_PATH")]))}

    def warnings(self, variables, *arguments):
        result = program.run(*(arguments or ASK), variables=variables)
        self.assertEqual(result.code, 0, result)
        return [line for line in result.err.splitlines() if "NVIDIA driver" in line]

    def test_one_warning_says_why_and_what_to_do(self):
        out = self.folder / "eval"
        found = self.warnings(self.driver(), "eval", "--model", TINY, "--dataset", "vqa_rad", "--data", VQA_RAD, "--limit", 1,
                              "--max-new-tokens", 1, "--out", out)
        self.assertEqual(len(found), 1, found)
        self.assertRegex(found[0], r"^warning: everything is computed on the CPU .*: libtorch\b.*; .*LLAMA32MED_NO_GPU=1")
        self.assertRegex(found[0], r"scripts/setup\.sh --gpu|update the driver")
        reason = program.read_json(out / "environment.json")["unused_gpu"]
        self.assertIn(reason, found[0])

    def test_a_library_that_does_not_load_is_named(self):
        # without the functions that libtorch needs
        broken = " ".join(str(self.library(name, folder="broken")) for name in ("libcublas.so.13", "libnccl.so.2"))
        found = self.warnings({**self.driver(), "LD_PRELOAD": broken})
        self.assertEqual(len(found), 1, found)
        if "CPU build" not in found[0]:
            self.assertRegex(found[0], r"GPU library does not load: .*lib\w+\.so.*; run scripts/setup\.sh --gpu")
        refused = program.run(*ASK, "--device", "cuda", variables={**self.driver(), "LD_PRELOAD": broken})
        self.assertEqual(refused.code, program.RESOURCE, refused)
        self.assertRegex(refused.err, r"^error: device cuda: no GPU is available: .*scripts/setup\.sh --gpu.*use --device cpu")

    def test_who_chose_the_cpu_or_has_no_gpu_is_not_warned(self):
        driver = self.driver()
        self.assertEqual(self.warnings({**driver, "LLAMA32MED_NO_GPU": "1"}), [])
        self.assertEqual(self.warnings(driver, *ASK, "--device", "cpu"), [])
        self.assertEqual(self.warnings(self.driver(NO_DEVICE)), [])
        self.assertEqual(self.warnings({}), [])


if __name__ == "__main__":
    program.main()
