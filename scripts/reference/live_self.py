"""A stand-in for `llama32med trace` based on transformers itself (SDPA attention, so that rounding differs), and mistakes to
plant in it, which a comparison must detect."""

import argparse

import live_reference as lr
import make_goldens as mg
import torch
from safetensors.torch import load_file, save_file


def scaled_logits(out):
    out["logits"] = out["logits"] * 1.0002


def nan_logit(out):
    out["logits"][0, 1, 3] = float("nan")


def short_logits(out):
    out["logits"] = out["logits"][:, :-1].contiguous()


def wrong_loss(out):
    out["loss"] = out["loss"] + 2e-5


def wrong_gradient(out):
    grad = out["grad.language_model.model.layers.0.mlp.up_proj.weight"]
    grad.view(-1)[grad.abs().argmax()] *= 1.001


def missing_gradient(out):
    del out["grad.multi_modal_projector.bias"]


def gradient_in_padded_slot(out):
    out["grad.vision_model.pre_tile_positional_embedding.embedding.weight"][1, -1] += 1e-4


def shifted_states(out):
    if "cross_attention_states" in out:
        out["cross_attention_states"][0, 0, 0] += 1e-4


def shifted_tower(out):
    if "vision_output" in out:
        out["vision_output"][0, 0, 0, -1, -1] += 1e-4


def stale_output(out):
    """A program without useful output."""
    out.clear()
    out["nothing"] = torch.zeros(1)


CHANGES = [scaled_logits, nan_logit, short_logits, wrong_loss, wrong_gradient, missing_gradient, gradient_in_padded_slot,
           shifted_states, shifted_tower, stale_output]
# Mistakes in the computation, not in the output.
OPTIONS = {"semantics ignored": {"semantics": "hf"}, "features ignored": {"vision_features": "input"},
           "eps ignored": {"eps": 1e-4}}
PLANTS = [f.__name__ for f in CHANGES] + list(OPTIONS)


def command_line():
    p = argparse.ArgumentParser()
    p.add_argument("command", choices=["trace"])
    for name in ("--model", "--inputs", "--outputs", "--device", "--threads"):
        p.add_argument(name)
    p.add_argument("--semantics", choices=["meta", "hf"], default="meta")
    p.add_argument("--vision-features", choices=["input", "output"], default="input")
    p.add_argument("--gradients", choices=["none", "adapters", "all"], default="none")
    p.add_argument("--dtype", choices=["fp32", "fp64", "bf16"], default="fp32")
    p.add_argument("--tower", choices=["deduplicated", "dense"], default="deduplicated")
    return p


def derived_mask(ref, inputs):
    """The mask that `trace` derives if the file has none."""
    from transformers.models.mllama.processing_mllama import (
        convert_sparse_cross_attention_mask_to_dense, get_cross_attention_token_mask)
    ids = inputs["input_ids"]
    sparse = [get_cross_attention_token_mask(row.tolist(), ref.image_id) for row in ids]
    tiles = [[int(m.sum()) for m in row[:len(spans)]] for row, spans in zip(inputs["aspect_ratio_mask"], sparse, strict=True)]
    return torch.from_numpy(convert_sparse_cross_attention_mask_to_dense(sparse, tiles, ref.tiles, ids.shape[1]))


def load(a, eps):
    changes = {}
    ref = mg.Reference(a.model, attention="sdpa")
    if a.vision_features == "output":
        changes["intermediate_layers_indices"] = [i + 1 for i in ref.config.vision_config.intermediate_layers_indices]
        ref = mg.Reference(a.model, attention="sdpa", **changes)
    if eps:
        for module in ref.model.modules():
            if isinstance(module, torch.nn.LayerNorm):
                module.eps = eps
    if a.dtype == "bf16":
        ref.model.to(torch.bfloat16)
    return ref


def stand_in(plant=None):
    """A function of the command line that behaves like `llama32med trace`, except for the planted mistake."""
    def run(arguments):
        a = command_line().parse_args(arguments)
        option = dict(OPTIONS.get(plant, {}))
        eps = option.pop("eps", None)
        vars(a).update(option)
        ref, inputs = load(a, eps), load_file(a.inputs)
        if "pixel_values" in inputs:
            inputs["pixel_values"] = inputs["pixel_values"].to(ref.model.dtype)
            inputs.setdefault("cross_attention_mask", derived_mask(ref, inputs))
        out = lr.numbers(ref, inputs, a.semantics)
        for name, real in lr.slot_masks(ref.config).items():
            out["grad." + name] *= real
        if a.gradients == "none":
            out = {k: v for k, v in out.items() if not k.startswith("grad.")}
        next((f for f in CHANGES if f.__name__ == plant and (a.gradients == "all" or "grad" not in plant)), lambda _: None)(out)
        save_file({k: v.contiguous().clone() for k, v in out.items()}, a.outputs)
        return ""
    return run
