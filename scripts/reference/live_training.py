#!/usr/bin/env python3
"""Compares ten AdamW steps of `llama32med train` with transformers 4.54.1 + PEFT 0.17.1 + torch.optim.AdamW, on random
checkpoints: loss, gradient norm and learning rate of each step, and the final output.

    python live_training.py --program build/release/llama32med [--seed N] [--only NAME...] [--work DIR]
    python live_training.py --check-harness                       # planted mistakes must be detected; works without the program

Interface of the program:

    llama32med train --config F --out DIR --device cpu --dtype fp32 --threads 1 --json

F has model.folder, stage2 (data records, prompt file, start), tune and train; see `config_of`. PEFT writes the adapter that the stage
starts from (if whole parts are trained, there is none). The dataset is a few generated images with several questions each, in
records.jsonl; batch_size is large enough for all of them, so a step is an epoch and their order does not matter. Afterwards
    DIR/stage2/metrics.jsonl   one line per step: loss, gradient_norm (before clipping), learning_rate, tokens, questions
    DIR/stage2/adapter/        which PEFT loads: same names, values, ranks and scales as PEFT's own; or
    DIR/stage2/model/          if no adapter was trained: a whole checkpoint in which only the trained parts differ
If a gate is missed, the case is run in double precision; transformers' own fp32 error then widens the gate as in live_gates.py.
A case also lists variants that divide the work differently; all of them must give the case's results.

Training the whole vision encoder is not tested: in transformers, padded slots of the aspect-ratio tables are parameters and change;
for us they are constants.
"""

import dataclasses
import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import live_common as lc  # noqa: E402
import live_gates as gates  # noqa: E402
import live_image  # noqa: E402
import live_shapes as shapes  # noqa: E402
import live_trainer as lt  # noqa: E402
import make_checkpoint as mc  # noqa: E402
import make_goldens as mg  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

STEPS, WARMUP = 10, 3
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
FROZEN, FULL = {"train": "frozen"}, {"train": "full"}
QUESTIONS = ["Is there a fracture?", "What organ, which plane?", "Where is the 3.5 x 4.2-cm mass", "\u80ba\u90e8\u6709\u7ed3\u8282\u5417\uff1f",
             "T2-weighted?", "Which side is the larger one on, and why is that so?"]
ANSWERS = ["Yes", "no", "the left lung, lower lobe", "MRI", "\u662f\u7684", "1.5 cm"]


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    twist: str                # twist of the checkpoint, see live_shapes.py
    peft: dict | None = None  # LoraConfig of the starting adapter; None: no adapter
    tune: dict = dataclasses.field(default_factory=dict)
    model: dict = dataclasses.field(default_factory=dict)
    variants: dict = dataclasses.field(default_factory=dict)  # {name: changes of `train`}


def lora(targets, **more):
    """A case's adapter settings, where PEFT and we use the same names."""
    return {"peft": {"target_modules": targets} | more.pop("peft", {}), "tune": {"target_modules": targets} | more.pop("tune", {})}


DIVISIONS = {"by question": {"batching": "by_question"}, "one question per pass": {"questions_per_pass": 1},
             "all images per pass": {"images_per_pass": 16}}
CASES = [
    Case("all linears", "one kv head", **lora("all-linear"), variants=DIVISIONS),
    Case("all linears, transformers' semantics", "2 tiles", **lora("all-linear"), model={"semantics": "hf"},
         variants={"one question per pass": {"questions_per_pass": 1}}),
    Case("attention only", "kv heads = heads", **lora(ATTENTION)),
    Case("rsLoRA", "bf16 shards", **lora(ATTENTION + ["fc1", "down_proj"], peft={"use_rslora": True}, tune={"rslora": True})),
    Case("DoRA", "3 tiles", **lora("all-linear", peft={"use_dora": True}, tune={"dora": True})),
    Case("ranks, alphas and rates by part", "cross layer first", **lora(
        "all-linear",
        peft={"rank_pattern": {r"vision_model\..*": 2, "multi_modal_projector": 5},
              "alpha_pattern": {r"vision_model\..*": 6, "multi_modal_projector": 10}},
        tune={"vision": {"rank": 2, "alpha": 6, "learning_rate": 5e-4}, "projector": {"rank": 5, "alpha": 10},
              "cross_attention": {"learning_rate": 3e-3}})),
    Case("ranks and alphas by pattern", "new key era", **lora(
        ["down_proj", "k_proj", "fc2"],
        peft={"rank_pattern": {"down_proj": 2, "layers.0.self_attn.k_proj": 6}, "alpha_pattern": {"fc2": 3}},
        tune={"rank_pattern": {"down_proj": 2, "layers.0.self_attn.k_proj": 6}, "alpha_pattern": {"fc2": 3}})),
    Case("vision frozen", "cross layers adjacent and last",
         peft={"target_modules": r".*language_model.*(q_proj|v_proj|up_proj)|.*multi_modal_projector"},
         tune={"target_modules": ["q_proj", "v_proj", "up_proj", "multi_modal_projector"], "vision": FROZEN},
         variants={"features in memory": {"feature_cache": {"kind": "memory"}},
                   "features put on disk": {"feature_cache": {"kind": "disk"}},
                   "features found on disk": {"feature_cache": {"kind": "disk"}},
                   "features in memory, by question": {"feature_cache": {"kind": "memory"}, "batching": "by_question"}}),
    Case("adapters and the whole projector", "odd head sizes",
         **lora(ATTENTION + ["fc2"], peft={"modules_to_save": ["multi_modal_projector"]}, tune={"projector": FULL})),
    Case("adapters, padded slots not zero", "padded slots not zero", **lora(ATTENTION + ["up_proj", "fc1"])),
    Case("QLoRA", "one kv head", **lora("all-linear"), model={"quantize": {"weights": "nf4"}}),
    Case("QLoRA, vision in fp32, transformers' semantics", "odd head sizes", **lora(ATTENTION + ["down_proj", "fc2"]),
         model={"quantize": {"weights": "nf4", "vision": False}, "semantics": "hf"}),
    Case("projector alone, in full", "other eps and rope",
         tune={"vision": FROZEN, "cross_attention": FROZEN, "text": FROZEN, "projector": FULL},
         variants={"features in memory": {"feature_cache": {"kind": "memory"}}}),
    Case("cross-attention alone, in full", "one vision layer",
         tune={"vision": FROZEN, "projector": FROZEN, "text": FROZEN, "cross_attention": FULL}),
]


# ---- what is trained on -----------------------------------------------------------------------------------------------------

def write_records(folder, r, shape):
    """Three images, with one, a few and the maximum number of tiles, and 3, 2 and 1 questions."""
    folder.mkdir(parents=True)
    ratios, tile, lines = mc.supported_ratios(shape["max_tiles"]), shape["image_size"], []
    for k, ratio in enumerate([(1, 1), r.choice(ratios), ratios[-1] if r.random() < 0.5 else r.choice(ratios[-2:])]):
        size = tuple(max(3, n * tile - r.randint(0, tile // 5)) for n in ratio)
        live_image.picture(r, size, r.choice(["RGB", "L"])).save(folder / f"{k}.png")
        lines += [{"id": f"{k}-{j}", "image": f"{k}.png", "question": r.choice(QUESTIONS), "answer": r.choice(ANSWERS),
                   "split": "train"} for j in range(3 - k)]
    (folder / "records.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def write_start(folder, model, case, seed):
    """A new adapter as PEFT writes it; for odd seeds, B is not zero."""
    from peft import LoraConfig, get_peft_model
    torch.manual_seed(seed)
    wrapped = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, task_type="CAUSAL_LM", **case.peft))
    for name, p in wrapped.named_parameters():
        if ".lora_B." in name and seed % 2:
            torch.nn.init.uniform_(p, -0.05, 0.05)
    wrapped.save_pretrained(folder, save_embedding_layers=False)


def config_of(case, folder, work, r):
    """The config file, which is the whole interface."""
    prompt = r.choice(list(lt.PROMPTS))
    (work / "prompt.txt").write_text(lt.PROMPTS[prompt][0], encoding="utf-8")
    return {"model": {"folder": str(folder)} | case.model,
            "tune": ({"rank": 4, "alpha": 8} if case.peft else {}) | case.tune,
            "train": {"epochs": STEPS, "batch_size": 64, "batching": "by_image", "questions_per_pass": 16, "images_per_pass": 1,
                      "learning_rate": 1e-3, "weight_decay": r.choice([0.01, 0.1]), "max_gradient_norm": r.choice([1.0, 0.3]),
                      "schedule": {"kind": "cosine", "warmup_steps": WARMUP}},
            "stage2": {"data": {"name": "records", "folder": str(work / "data"), "split": "train"},
                       "prompt": {"file": str(work / "prompt.txt")}, "start": str(work / "start") if case.peft else "fresh"}}


class Prepared:
    """A case's folder, and transformers' results, computed lazily."""

    def __init__(self, case, work, seed, index):
        r = random.Random(f"training/{seed}/{index}")
        shape = shapes.draw(seed, index, case.twist)
        self.case, self.work = case, work
        folder = shapes.write(work / "model", shape)
        write_records(work / "data", r, shape)
        self.config = config_of(case, folder, work, r)
        if case.peft:
            write_start(work / "start", mg.Reference(folder).model, case, shape["seed"])
        self.about, self.known = f"{case.name}: {shapes.describe(shape)}", {}

    def numbers(self, kernels="eager"):
        """(lines, tensors, adapters, tensors of the start)."""
        if kernels not in self.known:
            start = lt.Model(self.config, kernels).tensors()
            lines, model = lt.train(self.config, kernels)
            self.known[kernels] = lines, model.tensors(), model.adapters(), start
        return self.known[kernels]

    def quantize(self, program):
        """The program's 4-bit base weights, for transformers to read (see live_trainer.quantize)."""
        vision = self.case.model["quantize"].get("vision", True)
        program("quantize", "--model", self.work / "model", "--out", self.work / "nf4", "--set",
                f"model.quantize.vision={json.dumps(vision)}")

    def run(self, program, changes, name):
        """The folder of the stage as the program wrote it."""
        config = self.config | {"train": self.config["train"] | changes}
        if changes.get("feature_cache", {}).get("kind") == "disk":
            config["train"]["feature_cache"] = {"kind": "disk", "folder": str(self.work / "features")}
        file = self.work / f"{name.replace(' ', '-')}.json"
        file.write_text(json.dumps(config, indent=1), encoding="utf-8")
        program("train", "--config", file, "--out", self.work / file.stem, "--device", "cpu", "--dtype", "fp32", "--threads", 1,
                "--json")
        return self.work / file.stem / "stage2"


# ---- comparisons ------------------------------------------------------------------------------------------------------------

def column(lines, key):
    return torch.tensor([float(line.get(key, "nan")) for line in lines], dtype=torch.float64)


def check_lines(case, folder, tally, label):
    want = case.numbers()[0]
    got = [line for line in lc.json_lines((folder / "metrics.jsonl").read_text(encoding="utf-8")) if "loss" in line]
    counts = [[(line.get("step"), line.get("tokens"), line.get("questions")) for line in lines] for lines in (got, want)]
    if counts[0] != counts[1]:
        tally.record(f"{label} steps", False, f"step, tokens, questions {counts[0]}, expected {counts[1]}")
        return
    for key, kind in (("loss", "loss"), ("gradient_norm", "gradient norm"), ("learning_rate", "learning rate")):
        if want[0][key] is None:
            continue
        twin = None if key == "learning_rate" else lambda k=key: column(case.numbers("double")[0], k)
        verdict = gates.judge(kind, column(got, key), column(want, key), twin=twin)
        tally.record(f"{label} {kind}", verdict.good, verdict.detail)


def check_tensors(case, got, tally, label):
    """Trained tensors must be within the gate, all others unchanged."""
    _, want, _, start = case.numbers()
    missing = sorted(set(want) ^ set(got))
    if missing:
        tally.record(f"{label} names", False, f"{len(missing)} only on one side, such as {missing[0]}")
        return
    moved = [k for k in want if not torch.equal(want[k], start[k])]
    changed = [k for k in want if k not in moved and not torch.equal(got[k].float(), start[k])]
    if changed:
        tally.record(f"{label} untrained tensors", False, f"{len(changed)} changed, such as {changed[0]}")
    verdicts = [(gates.judge("trained", got[k].float(), want[k], twin=lambda k=k: case.numbers("double")[1][k]), k) for k in moved]
    verdicts.sort(key=lambda v: -v[0].strain)
    traveled = max((want[k] - start[k]).abs().max().item() for k in moved)
    tally.record(f"{label} {len(moved)} tensors", verdicts[0][0].good,
                 f"{verdicts[0][0].detail} of {verdicts[0][1]}; moved by up to {traveled:.1e}")
    for verdict, name in verdicts[1:6]:
        if not verdict.good:
            tally.record(f"{label} tensor", False, f"{verdict.detail} of {name}")


def check_in_peft(case, adapter, tally, label):
    """PEFT must load the folder, with the original ranks and scales."""
    changed = case.config | {"stage2": case.config["stage2"] | {"start": str(adapter)}}
    got, want = lt.Model(changed, "eager").adapters(), case.numbers()[2]
    differ = sorted(k for k in set(want) | set(got) if want.get(k) != got.get(k))
    tally.record(f"{label} read by PEFT", not differ, f"{len(want)} modules" if not differ else
                 f"{len(differ)} differ: {differ[0]} has {got.get(differ[0])}, expected {want.get(differ[0])}")


def check_run(case, program, changes, tally, name):
    label = f"{case.case.name}, {name}" if name != "plain" else case.case.name
    try:
        folder = case.run(program, changes, name)
        check_lines(case, folder, tally, label)
        if case.case.peft:
            check_tensors(case, load_file(folder / "adapter" / "adapter_model.safetensors"), tally, label)
            check_in_peft(case, folder / "adapter", tally, label)
        else:
            files = sorted((folder / "model").glob("*.safetensors"))
            check_tensors(case, {mg.hub_name(k): v for file in files for k, v in load_file(file).items()}, tally, label)
    except (lc.ProgramFailed, OSError) as e:
        tally.record(label, False, str(e))


def run_case(case, program, tally):
    if "quantize" in case.case.model and not program.stand_in:
        try:
            case.quantize(program)
        except lc.ProgramFailed as e:
            tally.record(f"{case.case.name}, quantize", False, str(e))
            return
    for name, changes in {"plain": {}, **case.case.variants}.items():
        check_run(case, program, changes, tally, name)


def check_harness(a, work, tally):
    """No mistake: all pass. One mistake: something fails."""
    index = next(k for k, c in enumerate(CASES) if c.name == "ranks, alphas and rates by part")
    case = Prepared(dataclasses.replace(CASES[index], peft=CASES[index].peft | {"use_dora": True}), work / "harness", a.seed, index)
    case.config["train"] |= {"weight_decay": 0.1, "max_gradient_norm": 0.3}
    for mistake in [None, *lt.MISTAKES]:
        inner = lc.Tally(quiet=mistake is not None)
        name = str(mistake or "plain")
        check_run(case, lc.Program("self", lt.stand_in(mistake)), {}, inner, name)
        good = inner.failed > 0 if mistake else inner.failed == 0 and inner.passed > 0
        tally.record(f"harness, {mistake or 'no mistake'}", good, f"{inner.passed} comparisons passed, {inner.failed} failed")


def main():
    p = lc.parser(__doc__.splitlines()[0])
    p.add_argument("--only", nargs="+", default=[], help="only cases whose name contains one of these")
    p.add_argument("--plant", choices=lt.MISTAKES, help="with --program self: a mistake to make")
    p.add_argument("--check-harness", action="store_true", help="works without the program")
    a = p.parse_args()
    lc.quiet_transformers()
    if a.check_harness:
        a.program = "self"
    lc.announce("live_training", a)
    tally = lc.Tally()
    with lc.work_folder(a.work) as work:
        if a.check_harness:
            check_harness(a, work, tally)
            return tally.close()
        program = lc.Program(a.program, lt.stand_in(a.plant))
        for index, case in enumerate(CASES):
            if a.only and not any(text in case.name for text in a.only):
                continue
            prepared = Prepared(case, work / f"{a.seed}-{index:03d}", a.seed, index)
            print(f"---- {a.seed}-{index:03d} {prepared.about}", flush=True)
            run_case(prepared, program, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
