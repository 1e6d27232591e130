"""transformers' results for a random checkpoint and inputs: the reference side of live_parity.py."""

import random

import make_checkpoint as mc
import make_goldens as mg
import torch

# I: an image with a random grid of tiles; ?: a random number of tokens. Answers (a) and the end token have labels.
LAYOUTS = {
    "text_only": ["b t? a3 e"],
    "text_before_image": ["b t? I t? a4 e"],
    "image_first": ["b I t? a3 e"],
    "two_images": ["b t3 I t? I t3 a2 e"],
    "image_at_zero": ["I b t? a2"],
    "adjacent_images": ["b I I t? a2 e"],
    "padded_batch": ["b t2 I t8 a3 e", "b I t? a1"],
    "mixed_batch": ["b t1 I t? I t3 a2 e", "b t3 I t? a2", "b t? a2 e"],
}


def fill(layout, r, max_tiles):
    ratios = [f"{h}x{w}" for h, w in mc.supported_ratios(max_tiles)]
    parts = []
    for part in layout.split():
        part = "i" + r.choice(ratios) if part == "I" else part.replace("?", str(r.randint(1, 7)))
        parts.append(part)
    return " ".join(parts)


def draw_inputs(ref, name, seed):
    """{input_ids, ..., labels} in the layout of `trace`."""
    r = random.Random(f"inputs/{seed}/{name}")
    mg.SEED = seed
    case = mg.make_case(ref, name, [fill(layout, r, ref.tiles) for layout in LAYOUTS[name]])
    return case["inputs"] | {"labels": case["labels"]}, case["layouts"]


def slot_masks(config):
    """{name on disk of an aspect-ratio table: bool [rows, columns], true for slots of real tiles}."""
    vision = config.vision_config
    ratios, tiles = mc.supported_ratios(vision.max_num_tiles), vision.max_num_tiles
    real = torch.zeros(len(ratios) + 1, tiles, dtype=torch.bool)
    for row, (h, w) in enumerate(ratios, start=1):
        real[row, :h * w] = True
    patches = (vision.image_size // vision.patch_size) ** 2 + 1
    widths = {"gated_positional_embedding.tile_embedding.weight": patches * vision.hidden_size,
              "pre_tile_positional_embedding.embedding.weight": vision.hidden_size,
              "post_tile_positional_embedding.embedding.weight": vision.hidden_size}
    return {"vision_model." + k: real.repeat_interleave(w, dim=1) for k, w in widths.items()}


def hooked_forward(ref, inputs):
    """Forward with gradients; keeps the outputs of the tower and the projector."""
    kept, model = {}, ref.model.model
    keep = lambda name: lambda m, a, out: kept.__setitem__(name, out if torch.is_tensor(out) else out[0])  # noqa: E731
    handles = [model.vision_model.register_forward_hook(keep("vision_output")),
               model.multi_modal_projector.register_forward_hook(keep("cross_attention_states"))]
    try:
        out = ref.model(**inputs, use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    kept["logits"], kept["loss"] = out.logits, out.loss
    if "cross_attention_states" in kept:  # [B, M, T, P, D] -> [B*M*T, P, D]
        states = kept["cross_attention_states"]
        kept["cross_attention_states"] = states.reshape(-1, *states.shape[-2:])
    return kept


def numbers(ref, inputs, semantics):
    """{output name of `trace`: tensor}, including all gradients (zeros for parameters autograd did not reach)."""
    ref.use(semantics).model.zero_grad(set_to_none=True)
    kept = hooked_forward(ref, inputs)
    kept["loss"].backward()
    result = {k: v.detach().float() for k, v in kept.items()}
    for name, p in ref.model.named_parameters():
        result["grad." + mg.hub_name(name)] = torch.zeros_like(p) if p.grad is None else p.grad.detach().float()
    return result


class Expected:
    """The results for one checkpoint, computed lazily."""

    def __init__(self, folder):
        self.folder, self.references, self.known = folder, {}, {}
        self.input = self.reference("input", "eager")

    def reference(self, features, attention):
        """`output` features are the inputs of the next layers. `bf16` is eager attention in bf16."""
        key = (features, attention)
        if key not in self.references:
            changes = {}
            if features == "output":
                changes["intermediate_layers_indices"] = [
                    i + 1 for i in self.input.config.vision_config.intermediate_layers_indices]
            ref = mg.Reference(self.folder, attention="eager" if attention == "bf16" else attention, **changes)
            if attention == "bf16":
                ref.model.to(torch.bfloat16)
            self.references[key] = ref
        return self.references[key]

    def __call__(self, name, inputs, mode, attention="eager"):
        """mode: has semantics and features."""
        key = (name, mode.semantics, mode.features, attention)
        if key not in self.known:
            if attention == "bf16" and "pixel_values" in inputs:
                inputs = inputs | {"pixel_values": inputs["pixel_values"].bfloat16()}
            self.known[key] = numbers(self.reference(mode.features, attention), inputs, mode.semantics)
        return self.known[key]
