#!/usr/bin/env python3
"""gpu_check_compare.py BUNDLE OUT DEVICE PROGRAM...: trains and evaluates a tiny model on DEVICE and on the CPU, and compares numbers.

Part of gpu_check.sh. PROGRAM is the command that runs llama32med. One line per run is printed, and everything is added to OUT/compare.json as it is measured. Exit code 1:
a run failed or differs by more than its tolerance.
"""
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

SECONDS = 60  # for one run of the program; the first on a GPU also loads its libraries
RECOMPUTE = ("model.vision_activations=recompute", "model.text_activations=recompute")
EIGHT_BIT = ("train.optimizer.states=8bit",)
NF4 = ("model.quantize.weights=nf4",)


class Run(NamedTuple):
    name: str
    settings: tuple = ()
    dtype: str = "fp32"
    loss: float = 1e-4  # largest relative difference of a step's loss
    norm: float = 1e-2  # and of its gradient norm


TRAINING = (
    Run("LoRA"),
    Run("QLoRA", NF4),
    Run("LoRA, 8-bit states", EIGHT_BIT, loss=1e-3),  # a rounding that flips moves a state by half a percent
    Run("LoRA, recomputed", RECOMPUTE),
    Run("QLoRA, recomputed, 8-bit states", NF4 + EIGHT_BIT + RECOMPUTE, loss=1e-3),
    Run("DoRA", ("tune.dora=true",)),
    Run("LoRA, bf16", dtype="bf16", loss=2e-2, norm=1e-1),  # bf16 has 8 bits, and the devices add in another order
)
EVALUATION = (Run("evaluation"), Run("evaluation, NF4", NF4))
LOGPROB = 1e-3  # largest difference of an answer's log-probability

CONFIG = {
    "tune": {"rank": 4, "alpha": 8},
    "train": {"learning_rate": 1e-3, "batch_size": 4, "epochs": 1, "max_steps": 4},
    "stage2": {"start": "fresh", "prompt": {"file": "radiologist_vqa"}},
}


class Failed(Exception):
    pass


class Compare:
    def __init__(self, program, bundle, out, device):
        self.program, self.out, self.device = program, out, device
        self.model = bundle / "tests/golden/tiny/model"
        self.data = bundle / "tests/datasets/vqa_rad"
        self.rows, self.failed = [], False
        self.config = out / "compare_config.json"
        self.config.write_text(json.dumps({**CONFIG, "stage2": {**CONFIG["stage2"], "data": {
            "name": "vqa_rad", "folder": str(self.data), "split": "train-rest"}}}))

    def words(self, run, task, device, folder):
        if task == "train":
            more = ["--config", self.config, "--no-plan"]
        else:
            more = ["--dataset", "vqa_rad", "--data", self.data, "--limit", "40", "--max-new-tokens", "4",
                    "--set", "generate.exact_length=true"]
        settings = [word for setting in run.settings for word in ("--set", setting)]
        return [*self.program, task, "--model", self.model, "--out", folder, "--device", device, "--dtype", run.dtype, "--quiet",
                *more, *settings]

    def on_both(self, run, task):
        """The folders of the run on the device and on the CPU, which compute at the same time."""
        started = []
        for place, device in (("device", self.device), ("cpu", "cpu")):
            folder = self.out / "compare" / run.name.replace(", ", "_").replace(" ", "-") / place
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            log = open(f"{folder}.txt", "w")
            started.append((folder, log, subprocess.Popen(list(map(str, self.words(run, task, device, folder))),
                                                          stdin=subprocess.DEVNULL, stdout=log, stderr=log)))
        end = time.monotonic() + SECONDS
        try:
            for folder, log, process in started:
                code = process.wait(max(end - time.monotonic(), 0.1))
                if code != 0:
                    lines = Path(log.name).read_text().splitlines() or [f"exit code {code}"]
                    raise Failed(f"on the {'CPU' if folder.name == 'cpu' else 'GPU'}: {lines[-1]}")
        except subprocess.TimeoutExpired:
            raise Failed(f"did not end in {SECONDS} s") from None
        finally:
            for _, log, process in started:
                process.kill()
                process.wait()
                log.close()
        return [folder for folder, *_ in started]

    def train(self, run):
        device, cpu = ([json.loads(line) for line in (folder / "stage2/metrics.jsonl").read_text().splitlines()]
                       for folder in self.on_both(run, "train"))
        if len(device) != len(cpu) or not cpu:
            raise Failed(f"{len(device)} steps on the GPU, {len(cpu)} on the CPU")
        differences = {name: max(abs(a[name] - b[name]) / abs(b[name]) for a, b in zip(device, cpu))
                       for name in ("loss", "gradient_norm")}
        within = differences["loss"] <= run.loss and differences["gradient_norm"] <= run.norm
        return within, f"loss differs by {differences['loss']:.1e}, gradient norm by {differences['gradient_norm']:.1e}", differences

    def evaluate(self, run):
        device, cpu = ([json.loads(line) for line in (folder / "predictions.jsonl").read_text().splitlines()]
                       for folder in self.on_both(run, "eval"))
        if len(device) != len(cpu) or not cpu:
            raise Failed(f"{len(device)} answers on the GPU, {len(cpu)} on the CPU")
        pairs = [(a, b) for a, b in zip(device, cpu) if a["prediction_raw"] == b["prediction_raw"]]
        largest = max((abs(a["logprob_sum"] - b["logprob_sum"]) for a, b in pairs), default=float("inf"))
        differences = {"answers": len(cpu), "equal": len(pairs), "logprob": largest}
        # two words of nearly equal probability may change places, rarely
        return (len(pairs) >= 0.95 * len(cpu) and largest <= LOGPROB,
                f"{len(pairs)} of {len(cpu)} answers equal, log-probability differs by {largest:.1e}", differences)

    def check(self, run, action):
        begin = time.monotonic()
        try:
            within, text, differences = action(run)
        except (Failed, OSError, ValueError, KeyError, ZeroDivisionError) as error:
            within, text, differences = False, str(error), {}
        seconds = round(time.monotonic() - begin, 1)
        self.failed |= not within
        self.rows.append({"run": run.name, "dtype": run.dtype, "passed": within, "text": text, "seconds": seconds, **differences})
        (self.out / "compare.json").write_text(json.dumps(self.rows, indent=1))
        print(f"{'passed' if within else 'FAILED'}: {run.name}: {text} ({seconds} s)", flush=True)


def main():
    compare = Compare(sys.argv[4:], Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    for run in EVALUATION:
        compare.check(run, compare.evaluate)
    for run in TRAINING:
        compare.check(run, compare.train)
    sys.exit(1 if compare.failed else 0)


if __name__ == "__main__":
    main()
