#!/usr/bin/env python3
"""Exchanges adapters in both directions with peft 0.17.1 on transformers 4.54.1, on random checkpoints.

    python live_adapters.py --program build/release/llama32med

From llama32med to peft: `llama32med train` runs a few steps with all kinds of configs (lists, expressions, all-linear, patterns, ranks
per part, rsLoRA, DoRA, a fully trained projector); peft must find every tensor it expects and expect every tensor that is there, and
give the logits of `trace --adapter`.
Expressions in Python's syntax must select the modules and ranks that peft's own functions choose.
From peft to llama32med: peft saves random adapters of similar kinds; `trace --adapter` must give peft's logits, and `merge` a folder
that gives them without an adapter.
The old layout (--peft-layout old) is read back here and by peft 0.17.1, which still maps its names.
"""

import json
import pathlib
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import live_common as lc  # noqa: E402
import live_gates as gates  # noqa: E402
import live_reference as lr  # noqa: E402
import live_shapes as shapes  # noqa: E402
import make_goldens as mg  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

FROZEN = {"train": "frozen"}
EXPRESSION = r".*(language_model|vision_model).*\.(q_proj|v_proj|fc1)"

# name -> the `tune` of a config
OURS = {
    "all linear": {"rank": 4, "alpha": 8},
    "list": {"rank": 3, "alpha": 5, "target_modules": ["q_proj", "down_proj", "multi_modal_projector"]},
    "expression": {"rank": 2, "alpha": 4, "target_modules": EXPRESSION},
    "excluded": {"rank": 2, "alpha": 4, "exclude_modules": ["fc1", "o_proj"]},
    "patterns": {"rank": 4, "alpha": 8, "rank_pattern": {"k_proj": 2, "mlp.fc1": 5}, "alpha_pattern": {"o_proj": 16}},
    "parts": {"rank": 4, "alpha": 8, "vision": {"rank": 2, "alpha": 6}, "projector": {"rank": 3},
              "cross_attention": {"rank": 5, "alpha": 1}},
    "text alone": {"rank": 4, "alpha": 8, "vision": FROZEN, "projector": FROZEN, "cross_attention": FROZEN},
    "vision alone": {"rank": 4, "alpha": 8, "text": FROZEN, "projector": FROZEN, "cross_attention": FROZEN},
    "cross-attention alone": {"rank": 4, "alpha": 8, "text": FROZEN, "projector": FROZEN, "vision": FROZEN},
    "rslora": {"rank": 4, "alpha": 8, "rslora": True},
    "dora": {"rank": 4, "alpha": 8, "dora": True, "target_modules": ["q_proj", "fc2", "multi_modal_projector"]},
    "projector in full": {"rank": 2, "alpha": 4, "projector": {"train": "full"}},
    "old layout": {"rank": 2, "alpha": 4, "peft_layout": "old"},
    "old layout, parts": {"rank": 2, "alpha": 4, "peft_layout": "old", "text": {"rank": 3}, "cross_attention": FROZEN},
}

# name -> options of peft's LoraConfig
THEIRS = {
    "all linear": {"target_modules": "all-linear"},
    "list, rslora": {"target_modules": ["q_proj", "fc2", "multi_modal_projector"], "use_rslora": True},
    "expression": {"target_modules": EXPRESSION},
    "patterns": {"target_modules": ["k_proj", "o_proj", "fc1"], "rank_pattern": {"k_proj": 2, r".*vision_model.*\.fc1": 6},
                 "alpha_pattern": {"o_proj": 32}},
    "excluded": {"target_modules": ["q_proj", "up_proj", "fc1"], "exclude_modules": r".*layers\.0\..*"},
    "dora": {"target_modules": ["q_proj", "fc1", "down_proj", "multi_modal_projector"], "use_dora": True},
    "projector saved": {"target_modules": ["q_proj", "v_proj"], "modules_to_save": ["multi_modal_projector"]},
    "layers": {"target_modules": ["q_proj", "up_proj"], "layers_to_transform": [1], "layers_pattern": "layers"},
    "names of a state dict": {"target_modules": ["v_proj"]},
}


# name -> the `tune` of a config with expressions in Python's syntax; peft's own functions say what they select
ODD = {
    "flags and names of groups": {"rank": 2, "target_modules": r"(?i).*LANGUAGE_MODEL.*\.(?P<kind>q|V)_proj"},
    "look-around": {"rank": 2, "target_modules": r"(?!.*vision).*(?<=_attn)\.(?:k|o)_proj\Z"},
    "possessive, atomic, {,n}": {"rank": 2, "target_modules": r"[a-z_.]++\d{,2}\.(?>mlp)\..*+"},
    "classes": {"rank": 2, "target_modules": r".*[[:alpha:]]rop|.*[\056][fu][]cp](?:1|_proj)"},
    "conditions and references": {"rank": 2, "target_modules": r".*\.(s)?(?(1)elf|cross)_attn\.([qk])_proj|.*mlp.(u)p_(p)ro\x6a"},
    "patterns": {"rank": 4, "target_modules": "all-linear",
                 "rank_pattern": {r"[kv]_proj": 2, r".*vision_model.*\.fc\d": 6, r"^(.*\.)?o_proj$": 3, r"layers\.0\.mlp.*|x": 5,
                                  r"(?:up|gate)_proj)|(?:nothing": 1}},
    "exclusions": {"rank": 2, "target_modules": ["q_proj", "fc1", "0.mlp.up_proj"], "exclude_modules": r"(?s:.*)layers\.\d+\.cross.*"},
}


class Checkpoint:
    """A random checkpoint, inputs for `trace`, and images to train on."""

    def __init__(self, work, seed, index, twist=None):
        self.shape = shapes.draw(seed, index, twist)
        self.folder = shapes.write(work / f"{seed}-{index}", self.shape)
        self.inputs, _ = lr.draw_inputs(self.reference(), "padded_batch", seed)
        self.file = work / f"{seed}-{index}.in.safetensors"
        save_file({k: v.contiguous() for k, v in self.inputs.items()}, self.file)
        self.data = work / f"{seed}-{index}-data"
        self.draw_records(np.random.default_rng(seed))

    def reference(self):
        return mg.Reference(self.folder, attention="eager").use("meta")

    def draw_records(self, random):
        self.data.mkdir()
        records = []
        for i in range(3):
            Image.fromarray(random.integers(0, 256, (60, 90, 3), dtype=np.uint8)).save(self.data / f"{i}.png")
            records.append({"id": i, "image": f"{i}.png", "question": f"what is {i}?", "answer": f"it is {i}"})
        (self.data / "records.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))

    def traced(self, program, *more, model=None):
        out = self.file.with_suffix(".out.safetensors")
        out.unlink(missing_ok=True)
        program("trace", "--model", model or self.folder, *more, "--inputs", self.file, "--outputs", out, "--dtype", "fp32",
                "--device", "cpu", "--threads", 1)
        return load_file(out)["logits"]

    def rows(self):
        return self.inputs["attention_mask"].bool()[..., None]

    def logits(self, model):
        with torch.no_grad():
            return model(**{k: v for k, v in self.inputs.items() if k != "labels"}, use_cache=False).logits


def train(checkpoint, program, work, tune, steps=3):
    """Trains an adapter for a few steps with a rate that moves it well away from zero."""
    config = {"model": {"folder": str(checkpoint.folder)}, "tune": tune,
              "train": {"learning_rate": 0.02, "batch_size": 3, "epochs": steps, "max_steps": steps, "schedule": {}},
              "stage1": {"data": {"name": "records", "folder": str(checkpoint.data), "split": "all"}}}
    work.mkdir(parents=True)
    (work / "config.json").write_text(json.dumps(config))
    program("train", "--config", work / "config.json", "--stage", 1, "--out", work / "run", "--dtype", "fp32", "--device", "cpu",
            "--threads", 1, "--quiet")
    return work / "run/stage1/adapter"


def load_in_peft(checkpoint, folder):
    """The model with the adapter, and any missing or unexpected names."""
    from peft import PeftModel
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = PeftModel.from_pretrained(checkpoint.reference().model, folder).eval()
    complaints = [str(w.message) for w in caught if "adapter keys" in str(w.message)]
    asked = sum(".lora_" in name or ".modules_to_save." in name for name, _ in model.named_parameters())
    with safe_open(folder / "adapter_model.safetensors", "pt") as file:
        stored = len(file.keys())
    if asked != stored:
        complaints.append(f"{stored} tensors in the file, peft expects {asked}")
    return model, complaints


def effect(checkpoint, logits, plain):
    return (torch.where(checkpoint.rows(), logits - plain, 0.0)).abs().max().item()


def judge(tally, name, checkpoint, got, expected, plain):
    """If the adapter made no difference, the comparison would be meaningless."""
    verdict = gates.judge("logits", got, expected, checkpoint.rows())
    moved = effect(checkpoint, expected, plain)
    tally.record(name, verdict.good and moved > 1e-2, f"{verdict.detail}; the adapter moves them by {moved:.2g}")


def check_ours(checkpoint, program, work, tally):
    plain = checkpoint.logits(checkpoint.reference().model)
    for name, tune in OURS.items():
        label = f"ours, {name}"
        try:
            folder = train(checkpoint, program, work / name.replace(" ", "-").replace(",", ""), tune)
            model, complaints = load_in_peft(checkpoint, folder)
            tally.record(f"{label}: names", not complaints, "; ".join(complaints)[:300] or "all found, none left over")
            judge(tally, f"{label}: peft's logits", checkpoint, checkpoint.traced(program, "--adapter", folder),
                  checkpoint.logits(model), plain)
        except lc.ProgramFailed as e:
            tally.record(label, False, str(e))


def chosen_by_peft(model, tune):
    """The rank of each linear layer that peft would wrap, by name."""
    from peft import LoraConfig
    from peft.tuners.tuners_utils import check_target_module_exists
    from peft.utils.other import get_pattern_key
    targets, ranks = tune["target_modules"], dict(sorted(tune.get("rank_pattern", {}).items()))
    everything = targets == "all-linear"
    config = LoraConfig(r=tune["rank"], target_modules=".*" if everything else targets, exclude_modules=tune.get("exclude_modules"))
    linears = [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    return {name: ranks.get(get_pattern_key(ranks, name), tune["rank"]) for name in linears
            if check_target_module_exists(config, name) and not (everything and name == "lm_head")}


def check_expressions(checkpoint, program, work, tally):
    for i, (name, tune) in enumerate(ODD.items()):
        expected = chosen_by_peft(checkpoint.reference().model, tune)
        try:
            folder = train(checkpoint, program, work / str(i), {"alpha": 4, **tune}, steps=1)
        except lc.ProgramFailed as e:
            tally.record(f"expressions, {name}", False, str(e))
            continue
        with safe_open(folder / "adapter_model.safetensors", "pt") as file:
            got = {key.removeprefix("base_model.model.").removesuffix(".lora_A.weight"): file.get_slice(key).get_shape()[0]
                   for key in file.keys() if key.endswith(".lora_A.weight")}
        different = sorted(set(expected.items()) ^ set(got.items()))
        tally.record(f"expressions, {name}", expected and not different,
                     f"{len(expected)} modules; differ: {different[:4]}" if different else f"{len(expected)} modules as in peft")


def random_adapter(checkpoint, options, seed, folder):
    from peft import LoraConfig, get_peft_model
    generator = torch.Generator().manual_seed(seed)
    config = LoraConfig(r=4, lora_alpha=8, lora_dropout=0.1, task_type="CAUSAL_LM", **options)
    model = get_peft_model(checkpoint.reference().model, config).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            drawn = torch.randn(p.shape, generator=generator)
            if "lora_magnitude_vector" in name:
                p.mul_(1 + 0.2 * drawn)
            elif "modules_to_save" in name:
                p.add_(0.05 * drawn)
            elif ".lora_" in name:
                p.copy_(drawn * (p.shape[1] ** -0.5 if "lora_A" in name else 0.1))
    model.save_pretrained(folder, save_embedding_layers=False)
    return checkpoint.logits(model)


def keep_adapter_names(folder):
    """The names in a plain state_dict(), as saved by some tools."""
    file = folder / "adapter_model.safetensors"
    save_file({k.replace("lora_A.", "lora_A.default.").replace("lora_B.", "lora_B.default."): v
               for k, v in load_file(file).items()}, file)


def check_theirs(checkpoint, program, work, seed, tally):
    plain = checkpoint.logits(checkpoint.reference().model)
    for i, (name, options) in enumerate(THEIRS.items()):
        label, folder = f"theirs, {name}", work / f"theirs-{i}"
        expected = random_adapter(checkpoint, options, seed + i, folder)
        if name == "names of a state dict":
            keep_adapter_names(folder)
        try:
            judge(tally, f"{label}: logits", checkpoint, checkpoint.traced(program, "--adapter", folder), expected, plain)
            merged = work / f"merged-{i}"
            program("merge", "--model", checkpoint.folder, "--adapter", folder, "--out", merged, "--threads", 1, "--quiet",
                    *(["--dtype", "fp32"] if checkpoint.shape["dtype"] != "float32" else []))
            judge(tally, f"{label}: merged", checkpoint, checkpoint.traced(program, model=merged), expected, plain)
        except lc.ProgramFailed as e:
            tally.record(label, False, str(e))


def main():
    p = lc.parser(__doc__.splitlines()[0])
    a = p.parse_args()
    lc.quiet_transformers()
    lc.announce("live_adapters", a)
    program, tally = lc.Program(a.program), lc.Tally()
    with lc.work_folder(a.work) as work:
        for index, twist in ((0, None), (1, "bf16 shards")):
            checkpoint = Checkpoint(work, a.seed, index, twist)
            print(f"---- {a.seed}-{index} {shapes.describe(checkpoint.shape)}", flush=True)
            if index == 0:
                check_ours(checkpoint, program, work / "ours", tally)
                check_expressions(checkpoint, program, work / "expressions", tally)
            check_theirs(checkpoint, program, work / f"theirs-{index}", a.seed, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
