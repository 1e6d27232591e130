"""Sweeps and kills without a limit of time; see scripts/storm.sh."""
import argparse
import shutil
import sys
import time

import scenarios  # finds program.py
import program
from faults import Bench, Fault

FAULTS = (Fault("EIO"), Fault("ENOSPC"), Fault("EMFILE"), Fault("EDQUOT", exchange=False), Fault("ENOSPC", "from"),
          Fault("ENOSPC", "short"), Fault(mode="kill"), Fault(mode="killafter"), Fault(mode="kill", exchange=False))
SWEPT = ("train", "eval", "merge", "quantize", "init", "paper")


def sweep(bench, fault, every):
    begin, operations, broken = time.time(), bench.operations(fault), 0
    tried = operations[::every]
    for operation in tried:
        problems = bench.problems(fault, operation.number)
        broken += bool(problems)
        for problem in problems:
            print(f"  {operation.number} {operation.kind} {operation.path}: {problem}", flush=True)
    name = f"{fault.error if not fault.mode.startswith('kill') else ''} {fault.mode}{'' if fault.exchange else ' without exchange'}"
    print(f"sweep {bench.scenario.name}: {name.strip()}: {len(tried)} of {len(operations)} operations, {broken} broken, "
          f"{time.time() - begin:.0f} s", flush=True)
    return broken


def kills(bench, count, seed):
    problems = bench.kill_at_random(count, seed)
    for problem in problems:
        print(f"  {problem}", flush=True)
    print(f"kills {bench.scenario.name}: {count}, {len(problems)} broken", flush=True)
    return len(problems)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--kind", choices=("sweep", "inputs", "kills"), action="append", help="default: all")
    arguments = parser.parse_args()
    program.use(arguments.program)
    folder, broken = program.temporary_folder(), 0
    try:
        inputs = scenarios.Inputs(folder)
        kinds = arguments.kind or ("sweep", "inputs", "kills")
        for name, scenario in scenarios.scenarios(inputs).items():
            if arguments.names and name not in arguments.names:
                continue
            bench = Bench(scenario, folder / "work")
            if "kills" in kinds and arguments.kills:
                broken += kills(bench, arguments.kills, arguments.seed)
            if "sweep" in kinds and name in SWEPT:
                broken += sum(sweep(bench, fault, arguments.every) for fault in FAULTS)
            if "inputs" in kinds and name in SWEPT:
                for error in ("EIO", "EMFILE", "ESTALE"):
                    broken += sweep(Bench(scenario, folder / "work", folder), Fault(error), arguments.every)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return broken > 0


if __name__ == "__main__":
    sys.exit(main())
