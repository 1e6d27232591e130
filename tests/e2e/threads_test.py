"""How many threads compute, and how they wait: asleep, unless the user says otherwise, without a trace in the environment."""
import os
import pathlib
import re
import subprocess

import program
from program import TINY

ASK = ("generate", "--model", TINY, "--prompt", "Is it?", "--max-new-tokens", 2)
CHOICES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME", "OMP_NUM_THREADS", "OMP_DISPLAY_ENV")


def run_with(variables, *arguments, prefix=(), cores=None):
    environment = {name: value for name, value in os.environ.items() if name not in CHOICES} | variables
    limit = (lambda: os.sched_setaffinity(0, cores)) if cores else None
    return subprocess.run([*prefix, *program.command(*arguments)], env=environment, capture_output=True, text=True,
                          errors="replace", preexec_fn=limit)


def openmp_settings(variables, **more):
    """What OpenMP read when it was loaded."""
    result = run_with({"OMP_DISPLAY_ENV": "verbose", **variables}, "--version", **more)
    return dict(re.findall(r"(\w+) = '(.*)'", result.stderr))


class WaitPolicy(program.ProgramTest):
    def setUp(self):
        super().setUp()
        if "GOMP_SPINCOUNT" not in openmp_settings({}):
            self.skipTest("libtorch does not use GNU's OpenMP")

    def test_idle_threads_sleep_unless_the_user_chose(self):
        self.assertEqual(openmp_settings({})["GOMP_SPINCOUNT"], "0")
        self.assertEqual(openmp_settings({"GOMP_SPINCOUNT": "77"})["GOMP_SPINCOUNT"], "77")
        self.assertEqual(openmp_settings({"OMP_WAIT_POLICY": "active"})["OMP_WAIT_POLICY"], "ACTIVE")
        self.assertNotEqual(openmp_settings({"KMP_BLOCKTIME": "1"})["GOMP_SPINCOUNT"], "0")

    def test_the_start_keeps_arguments_environment_and_name(self):
        # ld.so as the program: its argument must not be started as ld.so's own file
        loader = re.search(r"interpreter (\S+?)[,\]\s]", subprocess.run(
            ["readelf", "-l", program.command()[0]], capture_output=True, text=True).stdout + " ")
        if loader:
            result = run_with({}, "--version", prefix=(loader.group(1),))
            self.assertRegex(result.stdout, r"^llama32med \d", result.stderr)
        many = {f"VARIABLE_{i}": "x" * 100 for i in range(2000)}
        self.assertEqual(openmp_settings(many)["GOMP_SPINCOUNT"], "0")
        self.assertIn('"a b"', run_with({}, "a b").stderr)

    def test_a_running_program_keeps_its_name_and_number(self):
        words = program.command("data", "phantoms", "--images", 1000000, "--out", self.folder / "phantoms")  # far too long
        process = subprocess.Popen(words, env={"PATH": os.environ["PATH"]}, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        about = pathlib.Path(f"/proc/{process.pid}")
        self.assertTrue(program.wait_for(lambda: b"OMP_WAIT_POLICY=passive" in (about / "environ").read_bytes()))
        self.assertEqual((about / "comm").read_text().strip(), pathlib.Path(words[0]).name)
        self.assertEqual((about / "cmdline").read_bytes().split(b"\0")[:-1], [os.fsencode(word) for word in words])


class Cores(program.ProgramTest):
    def test_more_threads_than_cores_are_reported_in_one_line(self):
        core = {min(os.sched_getaffinity(0))}
        result = run_with({}, *ASK, "--threads", 3, cores=core)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = [line for line in result.stderr.splitlines() if "thread" in line]
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertRegex(lines[0], r"warning: 3 threads on 1 core: ")
        for enough in (("--threads", 1), ()):
            self.assertNotIn("thread", run_with({}, *ASK, *enough, cores=core).stderr)


if __name__ == "__main__":
    program.main()
