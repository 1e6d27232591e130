#!/usr/bin/env python3
"""Compares `llama32med trace` with transformers 4.54.1 on random checkpoints: logits, loss, vision and projector states, and the
gradient of every parameter, in fp32 under three conventions; logits in bf16; the dense tower with the deduplicated one.

    python live_parity.py --program build/release/llama32med                     # 12 checkpoints, about a minute
    python live_parity.py --program build/release/llama32med --seed 7 --cases 40 --work /some/folder
    python live_parity.py --check-harness                                        # planted mistakes must be detected

Interface of the program: the command line of `trace` and the names in its files:
    trace --model DIR --inputs F --outputs F --semantics meta|hf --vision-features input|output --gradients none|all
          --dtype fp32|bf16 --tower deduplicated|dense --device cpu --threads 1
Inputs: input_ids, attention_mask, labels; with images also pixel_values, aspect_ratio_ids, aspect_ratio_mask and, in every second
case, cross_attention_mask (else the program derives it). Outputs: logits, loss, vision_output, cross_attention_states,
grad.NAME for every tensor of the checkpoint (in either naming scheme; zeros instead of missing gradients).

What is not compared, and why:
  rows with attention_mask 0         padding that nothing reads
  states of padded tiles             the deduplicated tower has one for all of them: zero or the correct value is accepted
  states of absent images (id 0)     no text row sees them
  gradients of padded table slots    constants for us: must be 0 under meta, ignored under hf
"""

import dataclasses
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import live_common as lc  # noqa: E402
import live_gates as gates  # noqa: E402
import live_reference as lr  # noqa: E402
import live_self  # noqa: E402
import live_shapes as shapes  # noqa: E402
import make_goldens as mg  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Mode:
    semantics: str = "meta"
    features: str = "input"
    tower: str = "deduplicated"
    dtype: str = "fp32"
    gradients: str = "all"

    def name(self):
        return f"{self.semantics}/{self.features}/{self.tower}/{self.dtype}"


CONVENTIONS = [Mode("meta", "input"), Mode("hf", "input"), Mode("hf", "output")]
DENSE = Mode(tower="dense")
BF16 = Mode(dtype="bf16", gradients="none")


class Case:
    """One checkpoint and one set of inputs, with transformers' results."""

    def __init__(self, folder, expected, layout, seed, shape):
        self.folder, self.expected, self.layout = folder, expected, layout
        self.padded_slots = shape.get("padded_slots") == "nonzero"
        self.inputs, self.drawn = lr.draw_inputs(expected.input, layout, seed)
        self.rows = self.inputs["attention_mask"].bool()[..., None]
        self.file = folder.parent / f"{folder.name}.{layout}.in.safetensors"
        stored = dict(self.inputs)
        if seed % 2:
            stored.pop("cross_attention_mask", None)
        save_file({k: v.contiguous() for k, v in stored.items()}, self.file)

    def numbers(self, mode):
        return self.expected(self.layout, self.inputs, mode)

    def twin(self, mode, name):
        """Recomputes a result with other kernels; in bf16 with bf16 rounding."""
        return lambda: self.expected(self.layout, self.inputs, mode, "bf16" if mode.dtype == "bf16" else "sdpa")[name]

    def traced(self, program, mode):
        """The program's output, gradients under the old names."""
        target = self.file.with_name(self.file.name.replace(".in.", f".{mode.name().replace('/', '-')}."))
        target.unlink(missing_ok=True)
        by_itself = self.padded_slots and mode.tower == "deduplicated"  # the program uses the dense tower for such checkpoints anyway
        program("trace", "--model", self.folder, "--inputs", self.file, "--outputs", target, "--semantics", mode.semantics,
                "--vision-features", mode.features, "--gradients", mode.gradients, "--dtype", mode.dtype,
                *([] if by_itself else ["--tower", mode.tower]), "--device", "cpu", "--threads", 1)
        try:
            found = load_file(target)
        except Exception as e:
            raise lc.ProgramFailed(f"{target.name} cannot be read: {e}") from e
        return {"grad." + mg.hub_name(k[5:]) if k.startswith("grad.") else k: v for k, v in found.items()}

    def tile_masks(self):
        """bool [B, M, T], twice: real tiles of present images, and all tiles of present images."""
        present = (self.inputs["aspect_ratio_ids"] > 0)[..., None]
        real = self.inputs["aspect_ratio_mask"].bool() & present
        return real, present.expand_as(real)


def check_states(case, mode, got, tally, label):
    """Compares the states of tower and projector tile by tile."""
    if "pixel_values" not in case.inputs:
        return
    expected, (real, present) = case.numbers(mode), case.tile_masks()
    for kind in ("vision_output", "cross_attention_states"):
        want, have = expected[kind], got.get(kind)
        keep = present if mode.tower == "dense" else real
        keep = keep[..., None, None] if kind == "vision_output" else keep.reshape(-1, 1, 1)
        if mode.tower != "dense" and have is not None and have.shape == want.shape:
            padded = ~(real[..., None, None] if kind == "vision_output" else real.reshape(-1, 1, 1))
            have = torch.where(padded & (have == 0), want, have)
            keep = present[..., None, None] if kind == "vision_output" else present.reshape(-1, 1, 1)
        verdict = gates.judge(kind, have, want, keep, case.twin(mode, kind))
        tally.record(f"{label} {kind}", verdict.good, verdict.detail)


def padded_slots(gradient, real):
    """Padded slots of the aspect-ratio tables are constants."""
    if gradient is None or gradient.shape != real.shape:
        return gates.Verdict(True, "", 0.0)  # reported elsewhere
    good = not (gradient * ~real).any()
    return gates.Verdict(good, "" if good else "not 0 in a padded slot", 0.0 if good else math.inf)


def check_gradients(case, mode, got, expected, tally, label):
    """Compares all gradients: prints the one closest to (or farthest beyond) its gate, and up to nine more failures."""
    masks, verdicts = lr.slot_masks(case.expected.input.config), []
    for name in (k for k in expected if k.startswith("grad.")):
        real, want, have = masks.get(name[5:]), expected[name], got.get(name)
        if real is not None and mode.semantics == "meta":
            verdicts.append((padded_slots(have, real), name[5:]))
        kind = "grad of a gate" if want.numel() == 1 else "grad"
        verdicts.append((gates.judge(kind, have, want, real, case.twin(mode, name)), name[5:]))
    verdicts.sort(key=lambda v: -v[0].strain)
    worst, name = verdicts[0]
    count = sum(k.startswith("grad.") for k in expected)
    tally.record(f"{label} {count} gradients", worst.good, f"{worst.detail} of {name}")
    for verdict, name in verdicts[1:10]:
        if not verdict.good:
            tally.record(f"{label} gradient", False, f"{verdict.detail} of {name}")


def check_text(case, mode, got, expected, tally, label):
    kind = "logits bf16" if mode.dtype == "bf16" else "logits"
    verdict = gates.judge(kind, got.get("logits"), expected["logits"], case.rows, case.twin(mode, "logits"))
    tally.record(f"{label} logits", verdict.good, verdict.detail)
    if mode.dtype == "fp32":
        loss = got.get("loss")
        verdict = gates.judge("loss", None if loss is None else loss.reshape(()), expected["loss"], twin=case.twin(mode, "loss"))
        tally.record(f"{label} loss", verdict.good, verdict.detail)


def check_mode(case, program, mode, tally, label):
    """Compares one run of the program with transformers; returns its output, or None."""
    label = f"{label} {mode.name()}"
    try:
        got = case.traced(program, mode)
    except lc.ProgramFailed as e:
        tally.record(label, False, str(e))
        return None
    check_text(case, mode, got, case.numbers(mode), tally, label)
    if mode.dtype == "fp32":
        check_states(case, mode, got, tally, label)
        check_gradients(case, mode, got, case.numbers(mode), tally, label)
    return got


def check_towers(case, plain, dense, tally, label):
    """Compares two modes of the program that compute the same."""
    if plain is None or dense is None:
        return
    label = f"{label} dense against deduplicated"
    check_text(case, DENSE, dense, {k: plain.get(k, torch.zeros(0)) for k in ("logits", "loss")}, tally, label)
    gradients = {k: v for k, v in plain.items() if k.startswith("grad.")} or {"grad.none": torch.zeros(1)}
    check_gradients(case, DENSE, dense, gradients, tally, label)


def check_case(case, program, tally, label, deep):
    runs = [check_mode(case, program, mode, tally, label) for mode in CONVENTIONS]
    if not deep:
        return
    if "pixel_values" in case.inputs:
        dense = check_mode(case, program, DENSE, tally, label)
        if not case.padded_slots:  # both are dense there
            check_towers(case, runs[0], dense, tally, label)
    check_mode(case, program, BF16, tally, label)


def layouts_of(index):
    """Two layouts per checkpoint, so that eight checkpoints cover all of them twice; the first is checked more deeply."""
    names = list(LAYOUT_ORDER)
    return names[(2 * index) % len(names)], names[(2 * index + 3) % len(names)]


LAYOUT_ORDER = ("text_before_image", "image_first", "two_images", "padded_batch", "mixed_batch", "text_only", "adjacent_images",
                "image_at_zero")


def run_cases(a, program, work, tally):
    for index in range(a.cases):
        shape = shapes.draw(a.seed, index)
        folder = shapes.write(work / f"{a.seed}-{index:03d}", shape)
        print(f"---- {a.seed}-{index:03d} {shapes.describe(shape)}", flush=True)
        expected = lr.Expected(folder)
        for k, layout in enumerate(layouts_of(index)):
            case = Case(folder, expected, layout, shape["seed"] + k, shape)
            check_case(case, program, tally, f"{a.seed}-{index:03d} {layout}", deep=k == 0)


def check_harness(a, work, tally):
    """No mistake: all pass. One mistake: something fails."""
    shape = shapes.draw(a.seed, 0)
    folder = shapes.write(work / "harness", shape)
    case = Case(folder, lr.Expected(folder), "text_before_image", shape["seed"], shape)
    for plant in [None, *live_self.PLANTS]:
        inner = lc.Tally(quiet=True)
        check_case(case, lc.Program("self", live_self.stand_in(plant)), inner, "", deep=plant is None)
        good = inner.failed > 0 if plant else inner.failed == 0 and inner.passed > 0
        tally.record(f"harness, {plant or 'no mistake'}", good, f"{inner.passed} comparisons passed, {inner.failed} failed")


def main():
    p = lc.parser(__doc__.splitlines()[0])
    p.add_argument("--cases", type=int, default=12, help="number of checkpoints; 12 cover every twist of live_shapes.py")
    p.add_argument("--plant", choices=live_self.PLANTS, help="with --program self: a mistake to make")
    p.add_argument("--check-harness", action="store_true", help="needs no program")
    a = p.parse_args()
    lc.quiet_transformers()
    if a.check_harness:
        a.program = "self"
    lc.announce("live_parity", a)
    tally = lc.Tally()
    with lc.work_folder(a.work) as work:
        if a.check_harness:
            check_harness(a, work, tally)
        else:
            run_cases(a, lc.Program(a.program, live_self.stand_in(a.plant)), work, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
