"""Training with transformers + PEFT + torch.optim.AdamW from the config file that `llama32med train` reads: the reference side of
live_training.py. With other attention kernels and a planted mistake it also serves as a stand-in for the program.

Every step takes all records, so their order does not matter. This code is independent of the program: ids, labels and pixels come
from transformers' processor and chat template, the mean is over the labeled tokens of the batch, norm and clipping are torch's, the
schedule is transformers'.
"""

import argparse
import contextlib
import json
import pathlib

import live_common as lc
import make_goldens as mg
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

# A prompt, as file and as the content of the user's turn and the assistant's text.
PROMPTS = {
    "image first": ("[user]\n<image>\nYou are a radiologist. Answer: {question}\n[assistant]\nThe answer is: {answer}\n",
                    lambda q: [{"type": "image"}, {"type": "text", "text": "You are a radiologist. Answer: " + q}],
                    lambda a: "The answer is: " + a),
    "image between": ("[user]\nLook: {question} <image> Now say it.\n[assistant]\n{answer}\n",
                      lambda q: [{"type": "text", "text": f"Look: {q} "}, {"type": "image"},
                                 {"type": "text", "text": " Now say it."}],
                      lambda a: a),
}
PARTS = {"vision": "vision_model.", "projector": "multi_modal_projector", "cross_attention": ".cross_attn",
         "text": "language_model."}

# Mistakes to plant, all of which a comparison must detect.
MISTAKES = ["prompt labeled", "end of turn not labeled", "mean of questions", "question left out", "rate a step early",
            "no warm-up", "decay in the gradient", "no decay", "everything decays", "not clipped", "norm after clipping",
            "beta2 0.99", "eps 1e-6", "scale 1.001", "semantics ignored", "vision not trained", "last step not written",
            "one factor stale", "another rank written", "rate not of the part"]


def part_of(name):
    name = mg.hub_name(name.removeprefix("base_model.model."))
    return next(part for part, mark in PARTS.items() if mark in name)


# ---- a batch ----------------------------------------------------------------------------------------------------------------

def read_records(config):
    folder = pathlib.Path(config["stage2"]["data"]["folder"])
    return folder, lc.json_lines((folder / "records.jsonl").read_text(encoding="utf-8"))


def prompt_of(config):
    text = pathlib.Path(config["stage2"]["prompt"]["file"]).read_text(encoding="utf-8")
    return next((content, answer) for file, content, answer in PROMPTS.values() if file == text)


def load_processor(folder):
    from transformers import MllamaImageProcessor, MllamaProcessor, PreTrainedTokenizerFast
    template = json.loads((folder / "chat_template.json").read_text())["chat_template"]
    return MllamaProcessor(MllamaImageProcessor.from_pretrained(folder), PreTrainedTokenizerFast.from_pretrained(folder),
                           chat_template=template)


def make_batch(config, mistake):
    """All records as one batch, padded on the right: the inputs of the model, and labels."""
    processor = load_processor(pathlib.Path(config["model"]["folder"]))
    folder, records = read_records(config)
    content, answer = prompt_of(config)
    texts, asked, images = [], [], []
    for record in records[:-1] if mistake == "question left out" else records:
        user = {"role": "user", "content": content(record["question"])}
        spoken = {"role": "assistant", "content": [{"type": "text", "text": answer(record["answer"])}]}
        texts.append(processor.apply_chat_template([user, spoken]))
        asked.append(processor.apply_chat_template([user], add_generation_prompt=True))
        images.append([Image.open(folder / record["image"]).convert("RGB")])
    processor.tokenizer.padding_side = "right"
    inputs = processor(images=images, text=texts, padding=True, add_special_tokens=False, return_tensors="pt")
    labels = inputs["input_ids"].masked_fill(inputs["attention_mask"] == 0, -100)
    for row, prompt in enumerate(asked):
        ids = processor.tokenizer(prompt, add_special_tokens=False)["input_ids"]
        assert inputs["input_ids"][row, :len(ids)].tolist() == ids, "the prompt's ids are not the beginning of the conversation's"
        if mistake != "prompt labeled":
            labels[row, :len(ids)] = -100
        labels[row][labels[row] == processor.tokenizer.convert_tokens_to_ids("<|image|>")] = -100
        if mistake == "end of turn not labeled":
            labels[row, int(inputs["attention_mask"][row].sum()) - 1] = -100
    return dict(inputs), labels


# ---- a model ----------------------------------------------------------------------------------------------------------------

def quantize(ref, config):
    """Replaces the weights by NF4 values dequantized by bitsandbytes: from the folder nf4 next to the model, which
    `llama32med quantize` wrote, else from bitsandbytes' own codes. The two may differ by one step in a few scales that are near
    ties (see live_nf4.py, which checks that), and one step of a scale changes a loss by more than rounding."""
    from bitsandbytes.functional import QuantState, dequantize_4bit, quantize_4bit
    folder = pathlib.Path(config["model"]["folder"]).with_name("nf4")
    stored = {mg.hub_name(k): v for file in sorted(folder.glob("*.safetensors")) for k, v in load_file(file).items()}
    for path, module in ref.model.named_modules():
        if not isinstance(module, torch.nn.Linear) or path.endswith("lm_head") or not quantized(mg.hub_name(path), config):
            continue
        name, shape = mg.hub_name(path + ".weight"), module.weight.shape
        if stored:
            parts = {k[len(name) + 1:]: v for k, v in stored.items() if k.startswith(name + ".")}
            codes, state = stored[name], QuantState.from_dict(parts, device=torch.device("cpu"))
        else:
            codes, state = quantize_4bit(module.weight.data.view(-1, 1), blocksize=64, quant_type="nf4", compress_statistics=True)
        state.shape = torch.Size([shape.numel(), 1])  # as a column: for some widths its AVX512 code uses the scales of other blocks
        module.weight.data = dequantize_4bit(codes, state).float().view(shape)


def quantized(name, config):
    return config["model"]["quantize"].get("vision", True) or not name.startswith("vision_model.")


class Model:
    """The model that a config starts from."""

    def __init__(self, config, kernels, mistake=None):
        """kernels: eager or sdpa, both in fp32; or double, eager in fp64."""
        self.config, self.tune = config, config.get("tune", {})
        folder, start = pathlib.Path(config["model"]["folder"]), config["stage2"]["start"]
        semantics = "hf" if mistake == "semantics ignored" else config["model"].get("semantics", "meta")
        self.ref = mg.Reference(folder, attention="sdpa" if kernels == "sdpa" else "eager").use(semantics)
        if "quantize" in config["model"]:
            quantize(self.ref, config)
        self.peft = start != "fresh"
        self.model = self.ref.model
        if self.peft:
            from peft import PeftModel
            self.model = PeftModel.from_pretrained(self.model, start, is_trainable=True)
        else:
            for name, p in self.model.named_parameters():
                p.requires_grad_(self.tune.get(part_of(name), {}).get("train") == "full")
        if kernels == "double":
            self.model.double()
        if mistake == "vision not trained":
            self.freeze("vision")
        if mistake == "scale 1.001":
            for module in self.model.modules():
                if hasattr(module, "lora_A"):
                    module.scaling = {k: 1.001 * v for k, v in module.scaling.items()}

    def freeze(self, part):
        for name, p in self.model.named_parameters():
            if part_of(name) == part:
                p.requires_grad_(False)

    def trained(self):
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}

    def groups(self, mistake):
        """Parameter groups: a learning rate per part; no decay for vectors and scalars."""
        train, groups = self.config["train"], {}
        for name, p in self.trained().items():
            rate = self.tune.get(part_of(name), {}).get("learning_rate", train["learning_rate"])
            rate = train["learning_rate"] if mistake == "rate not of the part" else rate
            decay = train["weight_decay"] if p.dim() > 1 or mistake == "everything decays" else 0.0
            groups.setdefault((rate, 0.0 if mistake == "no decay" else decay), []).append(p)
        return [{"params": ps, "lr": rate, "weight_decay": decay} for (rate, decay), ps in groups.items()]

    def tensors(self):
        """{name in the file: value} for an adapter's folder or a checkpoint."""
        if not self.peft:
            return {mg.hub_name(k): v.detach().clone() for k, v in self.model.state_dict().items()}
        from peft import get_peft_model_state_dict
        state = get_peft_model_state_dict(self.model, save_embedding_layers=False)
        return {k: v.detach().clone() for k, v in state.items()}

    def adapters(self):
        """{module: (rank, scaling, is it DoRA)}."""
        return {name: (module.r["default"], round(module.scaling["default"], 12), bool(module.use_dora["default"]))
                for name, module in self.model.named_modules() if hasattr(module, "lora_A")}

    def loss(self, inputs, labels, mistake=None):
        out = self.model(**inputs, labels=labels, use_cache=False)
        if mistake != "mean of questions":
            return out.loss
        rows = [torch.nn.functional.cross_entropy(out.logits[i, :-1], labels[i, 1:]) for i in range(len(labels))]
        return torch.stack(rows).mean()


# ---- training ---------------------------------------------------------------------------------------------------------------

def make_optimizer(model, mistake):
    betas = (0.9, 0.99 if mistake == "beta2 0.99" else 0.999)
    kind = torch.optim.Adam if mistake == "decay in the gradient" else torch.optim.AdamW
    return kind(model.groups(mistake), betas=betas, eps=1e-6 if mistake == "eps 1e-6" else 1e-8)


def train(config, kernels="eager", mistake=None):
    """(one line per step as in metrics.jsonl, the trained model)."""
    from transformers import get_cosine_schedule_with_warmup
    wanted = config["train"]
    model = Model(config, kernels, mistake)
    inputs, labels = make_batch(config, mistake)
    inputs["pixel_values"] = inputs["pixel_values"].to(next(model.model.parameters()).dtype)
    optimizer = make_optimizer(model, mistake)
    warmup = 0 if mistake == "no warm-up" else wanted["schedule"]["warmup_steps"]
    schedule = get_cosine_schedule_with_warmup(optimizer, warmup, wanted["epochs"])
    lines, params = [], list(model.trained().values())
    rate = next((i for i, g in enumerate(optimizer.param_groups) if g["initial_lr"] == wanted["learning_rate"]), None)
    if mistake == "rate a step early":
        optimizer.step(), schedule.step()  # no gradient yet: nothing moves
    for step in range(wanted["epochs"]):
        loss = model.loss(inputs, labels, mistake)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(params, float("inf") if mistake == "not clipped" else wanted["max_gradient_norm"])
        if mistake == "norm after clipping":
            norm = norm.clamp(max=wanted["max_gradient_norm"])
        lines.append({"step": step + 1, "loss": loss.item(), "gradient_norm": norm.item(),
                      "learning_rate": schedule.get_last_lr()[rate] if rate is not None else None,
                      "tokens": int((labels[:, 1:] != -100).sum()), "questions": len(labels)})
        if not (mistake == "last step not written" and step + 1 == wanted["epochs"]):
            optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
    return lines, model


# ---- the stand-in -----------------------------------------------------------------------------------------------------------

def write_result(folder, model, config, mistake):
    if not model.peft:
        model.model.save_pretrained(folder / "model")
        return
    adapter = folder / "adapter"
    model.model.save_pretrained(adapter, save_embedding_layers=False)
    file = adapter / "adapter_model.safetensors"
    tensors = load_file(file)
    if mistake == "one factor stale":
        name = next(k for k in sorted(tensors) if ".lora_A." in k)
        tensors[name] = load_file(pathlib.Path(config["stage2"]["start"]) / file.name)[name]
        save_file(tensors, file)
    if mistake == "another rank written":
        settings = json.loads((adapter / "adapter_config.json").read_text())
        settings["lora_alpha"] *= 2
        (adapter / "adapter_config.json").write_text(json.dumps(settings))


def stand_in(mistake=None):
    """Stand-in for `llama32med train --config F --out DIR`, with SDPA attention so that rounding differs."""
    def run(arguments):
        p = argparse.ArgumentParser()
        p.add_argument("command", choices=["train"])
        p.add_argument("--config", type=pathlib.Path)
        p.add_argument("--out", type=pathlib.Path)
        a, _ = p.parse_known_args(arguments)
        config = json.loads(a.config.read_text(encoding="utf-8"))
        lines, model = train(config, "sdpa", mistake)
        folder = a.out / "stage2"
        folder.mkdir(parents=True)
        (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        with contextlib.redirect_stderr(None):
            write_result(folder, model, config, mistake)
        return json.dumps({"stages": [{"stage": 2, "steps": len(lines)}]})
    return run
