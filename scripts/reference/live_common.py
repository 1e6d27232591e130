"""Shared by the live comparisons: running a program, counting results, random checkpoints.

A live comparison runs `llama32med` and a Python reference on inputs drawn from a seed that the log prints. `--program self` runs a
Python stand-in instead of the program (same command line, same files), so that the comparison itself can be tested.
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

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no network access
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

TIMEOUT_S = 300


class Tally:
    """Prints one line per comparison and a summary."""

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
    """The program ended with a nonzero status, or its output could not be read."""


class Program:
    """`llama32med`, or a function with the same command line."""

    def __init__(self, name, stand_in=None):
        self.stand_in = stand_in if name == "self" else None
        if name == "self":
            if stand_in is None:
                raise SystemExit("this script has no stand-in")
            return
        self.path = pathlib.Path(name).resolve()
        if not self.path.exists():
            raise SystemExit(f"{name}: no such program; build it, or use --program self to test only the comparison")

    def __call__(self, *arguments):
        """Standard output of one run."""
        arguments = [str(a) for a in arguments]
        if self.stand_in:
            return self.stand_in(arguments)
        try:
            done = subprocess.run([self.path, *arguments], capture_output=True, encoding="utf-8", errors="replace",
                                  timeout=TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired as late:
            raise ProgramFailed(f"timed out after {TIMEOUT_S} s: {' '.join(arguments)}") from late
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["(nothing on standard error)"])[-1]
            raise ProgramFailed(f"exit status {done.returncode}: {last}; command: {' '.join(arguments)}")
        return done.stdout


def json_lines(text):
    """The JSON values of an output with one per line."""
    try:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except json.JSONDecodeError as e:
        raise ProgramFailed(f"not JSON lines: {e}") from e


def parser(description, seed=1):
    """Options of all live scripts."""
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
    """Prints what is needed to reproduce a failure."""
    import importlib.metadata as m
    versions = ", ".join(f"{p} {m.version(p)}" for p in ("torch", "transformers", "tokenizers", "pillow"))
    print(f"{script}: seed {a.seed}, program {a.program}, Python {sys.version.split()[0]}, {versions}", flush=True)


def data_folder():
    """The folder of complete datasets: LLAMA32MED_DATA, else ../shared/data next to the repository, else None."""
    named = os.environ.get("LLAMA32MED_DATA")
    root = pathlib.Path(named) if named else pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
    return root if root.is_dir() else None


def quiet_transformers():
    import warnings

    import transformers
    warnings.filterwarnings("ignore")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
