"""Two processes on one output folder: one works, the other ends with exit code 2 and names it."""
import fcntl
import pathlib

import scenarios  # finds program.py
import program
from faults import Bench
from program import USAGE

BESIDE = ("merge", "quantize", "init", "phantoms")  # these write their folder as a whole


class Owners(scenarios.ScenarioTest):
    def test_the_owner_is_named(self):
        for name, scenario in self.all.items():
            out = self.folder / f"held {name}"
            lock = pathlib.Path(f"{out}.lock") if name in BESIDE else out / ".lock"
            lock.parent.mkdir(exist_ok=True)
            with self.subTest(scenario=name), open(lock, "w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write("process 17 on somewhere since yesterday\n")
                file.flush()
                result = program.run(*scenario.command(out))
                self.assertEqual(result.code, USAGE, result)
                self.assertIn("in use by process 17 on somewhere since yesterday", result.err)
                self.assertIn(sorted(path.name for path in out.glob("*")), ([], [".lock"]))

    def test_two_at_once(self):
        for name, scenario in self.all.items():
            with self.subTest(scenario=name):
                bench = Bench(scenario, self.folder / "work")
                bench.start_over()
                both = [program.start(*bench.arguments()) for _ in range(2)]
                errors = [process.communicate()[1].decode() for process in both]
                codes = sorted(process.returncode for process in both)
                self.assertIn(codes, ([0, 0], [0, USAGE]), errors)  # [0, 0]: one after the other
                self.assertEqual(bench.results(), bench.wanted)
                self.assertFalse([path for path in bench.case.rglob("*") if path.name.endswith((".lock", ".draft"))])


if __name__ == "__main__":
    program.main()
