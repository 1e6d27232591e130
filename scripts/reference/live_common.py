"""What the live comparisons share: running a program, counting verdicts, drawing checkpoints.

A live comparison runs `llama32med` beside a Python reference on inputs drawn from a seed that the log prints. `--program self`
puts a Python stand-in in the program's place (same command line, same files), so that the comparison itself can be tested.
"""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing here may ask a network
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

TIMEOUT_S = 300


class Tally:
    """One line a comparison, and the closing line."""

    def __init__(self, quiet=False):
        self.passed, self.failed, self.quiet, self.start = 0, 0, quiet, time.time()

    def record(self, name, good, detail):
        self.passed += bool(good)
        self.failed += not good
        if not self.quiet:
            print(f"{'ok  ' if good else 'FAIL'} {name}: {detail}", flush=True)
        return good

    def close(self):
        """The exit status of the script."""
        print(f"{self.passed} passed, {self.failed} failed ({time.time() - self.start:.0f} s)", flush=True)
        return 1 if self.failed or not self.passed else 0


class ProgramFailed(Exception):
    """The program ended with a status other than 0, or what it wrote could not be read."""


class Program:
    """`llama32med`, or a function of the same command line."""

    def __init__(self, name, stand_in=None):
        self.stand_in = stand_in if name == "self" else None
        if name == "self":
            if stand_in is None:
                raise SystemExit("this script has no stand-in")
            return
        self.path = pathlib.Path(name).resolve()
        if not self.path.exists():
            raise SystemExit(f"{name}: no such program; build it, or give --program self to test the comparison alone")

    def __call__(self, *arguments):
        """Standard output of one run."""
        arguments = [str(a) for a in arguments]
        if self.stand_in:
            return self.stand_in(arguments)
        try:
            done = subprocess.run([self.path, *arguments], capture_output=True, encoding="utf-8", errors="replace",
                                  timeout=TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired as late:
            raise ProgramFailed(f"no end after {TIMEOUT_S} s: {' '.join(arguments)}") from late
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["(nothing on standard error)"])[-1]
            raise ProgramFailed(f"exit status {done.returncode}: {last}; command: {' '.join(arguments)}")
        return done.stdout


def json_lines(text):
    """The JSON values of an output that holds one a line."""
    try:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except json.JSONDecodeError as e:
        raise ProgramFailed(f"not JSON lines: {e}") from e


def parser(description, seed=1):
    """Options every live script takes."""
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--program", default="build/release/llama32med", help="path of llama32med, or: self")
    p.add_argument("--seed", type=int, default=seed)
    p.add_argument("--work", type=pathlib.Path, help="keep files here (default: a folder that is removed)")
    return p


@contextlib.contextmanager
def work_folder(given):
    if given:
        given.mkdir(parents=True, exist_ok=True)
        yield given
    else:
        with tempfile.TemporaryDirectory(prefix="llama32med-live-") as folder:
            yield pathlib.Path(folder)


def announce(script, a):
    """So that any failure can be repeated."""
    import importlib.metadata as m
    versions = ", ".join(f"{p} {m.version(p)}" for p in ("torch", "transformers", "tokenizers", "pillow"))
    print(f"{script}: seed {a.seed}, program {a.program}, Python {sys.version.split()[0]}, {versions}", flush=True)


def data_folder():
    """The complete data sets: LLAMA32MED_DATA, else ../shared/data beside the repository, else None."""
    named = os.environ.get("LLAMA32MED_DATA")
    root = pathlib.Path(named) if named else pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
    return root if root.is_dir() else None


def quiet_transformers():
    import warnings

    import transformers
    warnings.filterwarnings("ignore")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
