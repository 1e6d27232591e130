#!/usr/bin/env python3
"""Runs the parts of gpu_check.sh one after the other, each for a limited time, and makes the tables again after each.

Environment: GPU_CHECK_DEVICE is the device (cuda); GPU_CHECK_PRELOAD names libraries that the program loads first. Both are for
checks of these scripts on machines without a GPU.
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
NO_GPU, MISSING = 77, 3  # exit codes
PROGRAM_HAS_NO_DEVICE = 4  # its exit code
SHORTEST = 5  # seconds: with less left, no part is begun
RECOMPUTED = ("model.text_activations=recompute", "model.vision_activations=recompute")


class Bench(NamedTuple):
    """A part of `bench` in a process of its own, so that one that runs out of memory does not take the others along."""
    name: str  # bench_NAME.json
    title: str
    what: str
    limit: int
    settings: tuple = ()


BENCHES = (
    Bench("inference", "bench: inference", "vision,answers,decode", 120),
    Bench("lora", "bench: LoRA", "lora", 90),
    Bench("nf4", "bench: decoding in NF4", "decode-nf4", 100),
    Bench("qlora", "bench: QLoRA", "qlora", 100),
    Bench("qlora_lean", "bench: QLoRA, recomputed, 8-bit states", "qlora", 100, ("train.optimizer.states=8bit", *RECOMPUTED)),
)


class Check:
    def __init__(self, options):
        self.bundle, self.out, self.shape = options.bundle, options.out, options.shape
        self.end = time.monotonic() + options.seconds
        self.device = os.environ.get("GPU_CHECK_DEVICE", "cuda")
        self.failed = False
        for pattern in ("parts.tsv", "compare*", "bench_*", "start.*", "tests.txt", "budgets.*"):
            for old in self.out.glob(pattern):
                shutil.rmtree(old) if old.is_dir() else old.unlink()

    def program(self, *words):
        preload = os.environ.get("GPU_CHECK_PRELOAD")
        return [*(["env", f"LD_PRELOAD={preload}"] if preload else []), self.bundle / "bin/llama32med", *words]

    def part(self, title, limit, words, log, output=None, **variables):
        """Runs a command; its exit code, or None if it was stopped or not begun. `output`: gets standard output."""
        limit = min(limit, self.end - time.monotonic())
        if limit < SHORTEST:
            return self.note(title, "skipped: no time is left", 0, limit)
        print(f"{title}: at most {limit:.0f} s", flush=True)
        begin, code = time.monotonic(), None
        with open(self.out / log, "w") as errors, open(self.out / (output or log), "a") as printed:
            process = subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL, stdout=printed, stderr=errors,
                                       env={**os.environ, **variables}, start_new_session=True)
            try:
                code = process.wait(limit)
            except subprocess.TimeoutExpired:
                pass
            finally:
                self.stop(process)
        status = f"stopped after {limit:.0f} s" if code is None else "passed" if code == 0 else f"failed ({code})"
        if code != 0 and (lines := (self.out / log).read_text(errors="replace").splitlines()):
            print(lines[-1], flush=True)
        self.note(title, status, time.monotonic() - begin, limit)
        return code

    @staticmethod
    def stop(process):
        """Ends the command and what it started."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def note(self, title, status, seconds, limit):
        self.failed |= status != "passed"
        print(f"{title}: {status}", flush=True)
        with open(self.out / "parts.tsv", "a") as parts:
            parts.write(f"{title}\t{status}\t{seconds:.1f}\t{limit:.0f}\n")
        if subprocess.run([sys.executable, HERE / "gpu_check_report.py", self.out]).returncode != 0:
            print("warning: the tables could not be made", file=sys.stderr, flush=True)

    def start(self):
        """Asks the program itself whether it can compute on the GPU. An exit code, or None to continue."""
        words = self.program("bench", "--shape", "tiny", "--random-weights", "--repeats", 1, "--what", "decode", "--device",
                             self.device, "--json")
        code = self.part("start", 60, words, "start.txt", "start.json")
        return {0: None, PROGRAM_HAS_NO_DEVICE: NO_GPU}.get(code, MISSING)

    def tests(self):
        self.part("tests", 100, [self.bundle / "bin/cuda_test"], "tests.txt", LLAMA32MED_SOURCE_DIR=str(self.bundle))
        if any(line.startswith("[  SKIPPED") for line in (self.out / "tests.txt").read_text(errors="replace").splitlines()):
            self.failed = True  # with a GPU and the bundle's kernels, none should be
            print("some tests were skipped; tests.txt says why")
        self.part("compare", 150, [sys.executable, "-u", HERE / "gpu_check_compare.py", self.bundle, self.out, self.device,
                                   *self.program()], "compare.txt")

    def bench(self):
        for bench in BENCHES:
            settings = [word for setting in bench.settings for word in ("--set", setting)]
            words = self.program("bench", "--shape", self.shape, "--random-weights", "--device", self.device, "--repeats", 3,
                                 "--what", bench.what, *settings, "--json")
            self.part(bench.title, bench.limit, words, f"bench_{bench.name}.txt", f"bench_{bench.name}.json")

    def budgets(self):
        """Launches, waits and uploads of each phase, which a counting device in the bundle counts without the GPU."""
        self.part("budgets", 150, [self.bundle / "bin/device_test", "--gtest_filter=*Budgets*",
                                  f"--gtest_output=json:{self.out / 'budgets.json'}"], "budgets.txt", LLAMA32MED_NO_GPU="1")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shape", default="11b")
    parser.add_argument("--seconds", type=float, default=530)
    parser.add_argument("--kinds", default="tests,bench")
    options = parser.parse_args()
    check = Check(options)
    if code := check.start():
        sys.exit(code)
    if "tests" in options.kinds:
        check.tests()
    if "bench" in options.kinds:
        check.bench()
    if "tests" in options.kinds:
        check.budgets()
    print((options.out / "result.md").read_text())
    print(f"{'something failed' if check.failed else 'success'}; results are in {options.out}")
    sys.exit(1 if check.failed else 0)


if __name__ == "__main__":
    main()
