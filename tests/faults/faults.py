"""Runs a scenario with a fault at one file operation, or a kill at one instant, and says what was not as promised.

The promise: the program ends with exit code 4 and one line that names the error (or with 0 and the right results, if it
could do without), and the same command, repeated, ends with the bytes of an undisturbed run.
"""
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time
import typing

import program
from scenarios import Scenario

STEADY = ("step", "epoch", "loss", "learning_rate", "gradient_norm", "tokens", "questions", "images", "validation_loss",
          "validation_accuracy", "skipped")  # the rest of metrics.jsonl are rates and memory


class Fault(typing.NamedTuple):
    error: str = "EIO"
    mode: str = "once"  # see fault_shim.cpp
    exchange: bool = True

    def variables(self, number, root, log):
        values = {"FAULT_ROOT": str(root), "FAULT_N": str(number), "FAULT_ERRNO": self.error, "FAULT_MODE": self.mode,
                  "FAULT_LOG": str(log), "LD_PRELOAD": os.environ["LLAMA32MED_FAULT_SHIM"]}
        return values if self.exchange else {**values, "FAULT_NOEXCHANGE": "1"}


class Operation(typing.NamedTuple):
    number: int
    kind: str
    path: str


def _content(path):
    data = path.read_bytes()
    if path.name == "metrics.jsonl":
        lines = [json.loads(line) for line in data.splitlines()]
        data = json.dumps([{key: line.get(key) for key in STEADY} for line in lines]).encode()
    return hashlib.sha256(data).hexdigest()


class Bench:
    """Runs one scenario again and again, always in the same folder: its name stands in results."""

    def __init__(self, scenario: Scenario, work, root=None):
        """`root`: faults hit the files below it; without it, around the output folder, where drafts and locks are as well."""
        self.scenario = scenario
        self.case = pathlib.Path(work) / "case"
        self.out = self.case / "run"
        self.root = root or self.case
        self.log = pathlib.Path(work) / "operations.log"
        self.start_over()
        begin = time.monotonic()
        first = self._run()
        self.seconds = time.monotonic() - begin
        assert first.code == 0, first
        self.wanted = self.results()
        assert self.wanted, self.scenario

    def start_over(self):
        shutil.rmtree(self.case, ignore_errors=True)
        self.case.mkdir(parents=True)

    def arguments(self):
        return self.scenario.command(self.out)

    def _run(self, variables=None):
        return program.run(*self.arguments(), variables=variables, timeout=60)

    def results(self):
        found = {path for pattern in self.scenario.results for path in self.out.glob(pattern) if path.is_file()}
        return {str(path.relative_to(self.out)): _content(path) for path in sorted(found)}

    def operations(self, fault):
        """All file operations below the root in an undisturbed run."""
        self.start_over()
        self.log.unlink(missing_ok=True)
        result = self._run(fault.variables(0, self.root, self.log))
        assert result.code == 0, result
        assert self.results() == self.wanted, "two undisturbed runs differ"
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [Operation(int(number), kind, path) for number, kind, path in (line.split("\t") for line in lines)]

    def problems(self, fault, number):
        """What is wrong if the operation of this number fails: a list of texts."""
        self.start_over()
        result = self._run(fault.variables(number, self.root, self.log))
        killed = fault.mode.startswith("kill")
        found = self._wrong_kill(result) if killed else self._wrong_error(result)
        return found + self._wrong_repetition()

    def _wrong_kill(self, result):
        if result.code == 0 and self.results() == self.wanted:
            return []  # the operation did not come this time
        return [] if result.code == -signal.SIGKILL else [f"not killed: exit {result.code} {result.err[-200:]}"]

    def _wrong_error(self, result):
        if result.code == 0:
            return [] if self.results() == self.wanted else ["exit 0 with other results"]
        last = result.err.strip().splitlines()[-1:] or [""]
        if result.code != program.RESOURCE:
            return [f"exit {result.code}: {last[0]}"]
        if not last[0].startswith("error: ") or "internal error" in result.err:
            return [f"no error line: {last[0]}"]
        return []

    def _wrong_repetition(self):
        again = self._run()
        is_whole = self.results() == self.wanted
        if again.code == program.USAGE and self.scenario.refuses_whole and is_whole:
            return []
        if again.code != 0:
            return [f"repeated: exit {again.code}: {again.err.strip()[-300:]}"]
        return [] if is_whole else [f"repeated: other results: {self._different()}"]

    def _different(self):
        got = self.results()
        return [name for name in sorted(set(got) | set(self.wanted)) if got.get(name) != self.wanted.get(name)]

    def kill_at_random(self, kills, seed, signals=(signal.SIGKILL,)):
        """Sends `kills` signals at random instants, the command being repeated until it ends by itself."""
        choice = random.Random(seed)
        self.start_over()
        found, sent = [], 0
        while sent < kills:
            process = program.start(*self.arguments())
            number = choice.choice(signals)
            try:
                process.wait(choice.uniform(0.02, self.seconds * 1.05))
            except subprocess.TimeoutExpired:
                process.send_signal(number)
                sent += 1
            error = process.communicate()[1].decode(errors="replace")
            if process.returncode > 0 and process.returncode != program.STOPPED:
                found += self._unexpected_end(number, process.returncode, error)
                self.start_over()
            elif process.returncode == 0:
                found += [] if self.results() == self.wanted else [f"other results: {self._different()}"]
                self.start_over()
        return found + self._wrong_repetition()

    def _unexpected_end(self, number, code, error):
        is_refused = code == program.USAGE and self.scenario.refuses_whole and self.results() == self.wanted
        return [] if is_refused else [f"after signal {number}: exit {code}: {error.strip()[-300:]}"]
