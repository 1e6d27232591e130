"""Faults at file operations, a few of each scenario; scripts/storm.sh tries all."""
import random
import re

import scenarios  # finds program.py
import program
from faults import Bench, Fault

ERRORS = ("EIO", "ENOSPC", "EMFILE", "EDQUOT")
PER_SCENARIO = 7  # faults below --out in CI, and as many on inputs


def kinds(operations):
    """One operation of each kind on each kind of file: step-1 and step-2 are the same."""
    found = {}
    for operation in operations:
        name = operation.path.rsplit("/", 1)[-1]
        found.setdefault((operation.kind, re.sub(r"\d+", "#", name)), []).append(operation)
    return list(found.values())


def sample(operations, count, seed):
    choice = random.Random(seed)
    groups = kinds(operations)
    choice.shuffle(groups)
    return sorted(choice.choice(group).number for group in groups[:count])


class Sweep(scenarios.ScenarioTest):
    def sweep(self, name, fault, root=None):
        bench = Bench(self.all[name], self.folder / "work", root)
        for number in sample(bench.operations(fault), PER_SCENARIO, name + fault.error + fault.mode):
            with self.subTest(scenario=name, fault=fault, number=number):
                self.assertEqual(bench.problems(fault, number), [])

    def test_results_cannot_be_written(self):
        for name, error in zip(("train", "eval", "merge", "quantize", "init", "paper"), ERRORS + ERRORS):
            self.sweep(name, Fault(error))

    def test_inputs_cannot_be_read(self):
        self.sweep("eval", Fault("EIO"), self.inputs.data)
        self.sweep("train", Fault("EMFILE"), self.inputs.data)
        self.sweep("eval", Fault("ESTALE"), self.inputs.model)

    def test_the_disk_is_full_from_then_on(self):
        self.sweep("train", Fault("ENOSPC", "from"))
        self.sweep("eval", Fault("ENOSPC", "short"))

    def test_a_rename_is_on_the_disk_before_the_program_goes_on(self):
        for name in ("train", "merge", "eval"):
            bench = Bench(self.all[name], self.folder / "work")
            operations = bench.operations(Fault())
            for operation in (o for o in operations if o.kind == "rename" and ".lock" not in o.path):
                folder = operation.path.rsplit("/", 1)[0]
                synced = [o.path for o in operations[operation.number:] if o.kind == "fsync"]
                self.assertIn(folder, synced, operation)

    def test_a_state_that_cannot_be_placed_leaves_the_one_before(self):
        for fault in (Fault("EDQUOT"), Fault("EDQUOT", exchange=False), Fault(mode="killafter", exchange=False)):
            bench = Bench(self.all["train"], self.folder / "work")
            placed = [o for o in bench.operations(fault) if o.kind == "rename" and "/step-" in o.path]
            with self.subTest(fault=fault):
                self.assertEqual(bench.problems(fault, placed[-1].number), [])

    def test_a_folder_that_cannot_be_placed_is_made_again_by_the_same_command(self):
        for name in ("init", "quantize"):
            bench = Bench(self.all[name], self.folder / "work")
            operations = bench.operations(Fault())
            placed = [o.number for o in operations if o.kind == "rename" and o.path == str(bench.out)]
            for number in range(placed[-1] - 3, placed[-1] + 3):  # from the look at what is there to the last flush
                with self.subTest(scenario=name, number=number):
                    self.assertEqual(bench.problems(Fault(), number), [])

    def test_killed_between_two_operations(self):
        self.sweep("train", Fault(mode="kill", exchange=False))
        self.sweep("merge", Fault(mode="killafter"))


if __name__ == "__main__":
    program.main()
