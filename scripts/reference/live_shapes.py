"""Random Mllama checkpoints: shapes drawn from (seed, index), each index with one special feature."""

import json
import random

import make_checkpoint as mc

# Index i always has twist i modulo their number; everything else is random.
TWISTS = ["one kv head", "kv heads = heads", "2 tiles", "3 tiles", "bf16 shards", "new key era", "cross layer first",
          "cross layers adjacent and last", "one vision layer", "odd head sizes", "other eps and rope", "padded slots not zero"]


def draw_text(r):
    heads = r.choice([2, 3, 4, 6])
    head_dim = r.choice([6, 8, 10, 12, 16])
    layers = r.randint(3, 6)
    return {"vocab_size": 512, "heads": heads, "kv_heads": r.choice([k for k in range(1, heads + 1) if heads % k == 0]),
            "hidden_size": heads * head_dim, "intermediate_size": r.randint(20, 90), "num_layers": layers,
            "cross_layers": sorted(r.sample(range(1, layers), r.randint(1, min(2, layers - 1)))),
            "rope_theta": r.choice([500000.0, 10000.0, 1234.5]), "rms_norm_eps": r.choice([1e-5, 1e-6, 3e-4])}


def draw_vision(r):
    heads = r.choice([1, 2, 3, 4])
    layers = r.randint(1, 4)
    return {"vision_heads": heads, "vision_hidden": heads * r.choice([5, 8, 10, 16]), "vision_intermediate": r.randint(20, 80),
            "vision_layers": layers, "vision_global_layers": r.randint(1, 2),
            "intermediate_layers": sorted(r.sample(range(layers), r.randint(1, layers))),
            "image_size": r.choice([28, 42, 56, 70, 112]), "patch_size": 14, "max_tiles": r.choice([2, 3, 4, 4])}


def twist(name, p, r):
    """Changes a random shape so that it has the given twist."""
    layers = p["num_layers"]
    changes = {
        "one kv head": {"kv_heads": 1},
        "kv heads = heads": {"kv_heads": p["heads"]},
        "2 tiles": {"max_tiles": 2},
        "3 tiles": {"max_tiles": 3},
        "bf16 shards": {"dtype": "bfloat16", "shards": r.randint(2, 4)},
        "new key era": {"era": "new", "shards": r.choice([1, 2])},
        "cross layer first": {"cross_layers": [0, layers - 2]},
        "cross layers adjacent and last": {"cross_layers": [layers - 2, layers - 1]},
        "one vision layer": {"vision_layers": 1, "intermediate_layers": [0], "image_size": 28},
        "odd head sizes": {"heads": 3, "kv_heads": 3, "hidden_size": 36, "vision_heads": 3, "vision_hidden": 15},
        "other eps and rope": {"rms_norm_eps": 2e-4, "vision_norm_eps": 1e-6, "rope_theta": 10000.0, "patch_size": 7,
                               "image_size": 28, "rope": {"factor": 3.0, "low_freq_factor": 1.0, "high_freq_factor": 6.0,
                                                          "original_max_position_embeddings": 64}},
        "padded slots not zero": {"padded_slots": "nonzero"},
    }
    return p | changes[name]


def draw(seed, index, only=None):
    """A shape in the format of make_checkpoint.PRESETS, with a few extra keys (see `write`)."""
    r = random.Random(f"llama32med/{seed}/{index}")
    name = only or TWISTS[index % len(TWISTS)]
    p = {"seed": r.randrange(1, 2**31), "dtype": "float32", "shards": r.choice([1, 1, 2, 3]), "twist": name}
    p |= draw_text(r) | draw_vision(r)
    if r.random() < 0.5:  # short contexts only reach the scaled wavelengths if the original length is small
        p["rope"] = {"factor": r.choice([2.0, 8.0, 32.0]), "low_freq_factor": 1.0, "high_freq_factor": r.choice([2.0, 4.0]),
                     "original_max_position_embeddings": r.choice([32, 256, 8192])}
    return twist(name, p, r)


def describe(p):
    return (f"{p['twist']}: text {p['hidden_size']} = {p['heads']} heads ({p['kv_heads']} kv), ffn {p['intermediate_size']}, "
            f"{p['num_layers']} layers, cross {p['cross_layers']}, eps {p['rms_norm_eps']:g}, theta {p['rope_theta']:g}; vision "
            f"{p['vision_hidden']} = {p['vision_heads']} heads, {p['vision_layers']} + {p['vision_global_layers']} layers, taps "
            f"{p['intermediate_layers']}, {p['max_tiles']} tiles of {p['image_size']}; {p['dtype']}, {p['shards']} shards, "
            f"{p.get('era', 'old')} keys")


def new_era_name(name):
    """Converts a name on disk to that in the module tree of transformers >= 4.52."""
    for old, new in (("language_model.lm_head.", "lm_head."), ("language_model.model.", "model.language_model."),
                     ("vision_model.", "model.vision_model."), ("multi_modal_projector.", "model.multi_modal_projector.")):
        if name.startswith(old):
            return new + name[len(old):]
    return name


def write(folder, p):
    """Writes the checkpoint folder of a random shape."""
    mc.write_checkpoint(folder, p, p.get("padded_slots", "zero"))
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["rope_scaling"] |= p.get("rope", {})
    config["vision_config"]["norm_eps"] = p.get("vision_norm_eps", 1e-5)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    if p.get("era") == "new":
        for old in folder.glob("model*.safetensors*"):
            old.unlink()
        tensors = {new_era_name(k): v for k, v in mc.make_tensors(p, p.get("padded_slots", "zero")).items()}
        mc.write_weights(folder, dict(sorted(tensors.items())), p["dtype"], p["shards"])
    return folder
