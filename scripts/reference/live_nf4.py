#!/usr/bin/env python3
"""Compares NF4 weights with bitsandbytes 0.50.2 (its CPU code), on random checkpoints.

    python live_nf4.py --program build/release/llama32med
    python live_nf4.py --program build/release/llama32med --seed 7 --cases 20 --work /some/folder

A checkpoint is quantized by `llama32med quantize` and by transformers with bitsandbytes. Compared are
  all weights                  codes, scales, tables and offset; the values that each program reads from ours
  our folder in transformers   a folder of `llama32med quantize`: logits of transformers and of `trace`
  their folder in llama32med   a folder of transformers' save_pretrained: logits of `trace` and of transformers

bitsandbytes' CPU code looks up the nearest 8-bit scale in a table of 65,536 entries; its CUDA code, and the program, find the exact
nearest one. Near ties differ by one step (around zero by several smaller ones): at most one in a hundred scales of a checkpoint may.

The reference is bitsandbytes' plain operators, which behave like its CUDA code. Its AVX-512 code does not: on processors with bf16
instructions it multiplies in bf16 regardless of the requested dtype, and it dequantizes rows 16, 32, 48, 80 or 96 wide with the
scales of other blocks (0.50.2). `use_plain_operators` turns both off, so that all processors give the same result.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import live_common as lc  # noqa: E402
import live_gates as gates  # noqa: E402
import live_reference as lr  # noqa: E402
import live_shapes as shapes  # noqa: E402
import make_goldens as mg  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

STATE = ".quant_state.bitsandbytes__nf4"
SCALES_OFF = 0.01  # share of a checkpoint's scales that may be one step off
VARIANTS = {  # requested from the program and from bitsandbytes
    "nested": ([], {"bnb_4bit_use_double_quant": True}),
    "wide scales": (["--set", "model.quantize.double_quantization=false"], {"bnb_4bit_use_double_quant": False}),
    "text only": (["--set", "model.quantize.vision=false"],
                  {"bnb_4bit_use_double_quant": True, "llm_int8_skip_modules": ["lm_head", "vision_model"]}),
}


def use_plain_operators():
    import bitsandbytes
    from bitsandbytes.backends.default.ops import _dequantize_4bit_compute
    from bitsandbytes.backends.utils import _get_4bit_code

    def dequantize_4bit(codes, absmax, blocksize, quant_type, shape, dtype):
        table = _get_4bit_code(quant_type, codes.device)
        return _dequantize_4bit_compute(codes.view(torch.uint8).reshape(-1), absmax, table, blocksize, shape, dtype)

    for module in (bitsandbytes.nn.modules, bitsandbytes.functional):
        module.has_avx512bf16 = lambda: False
    library = torch.library.Library("bitsandbytes", "IMPL")
    library.impl("dequantize_4bit", dequantize_4bit, "CPU", allow_override=True)
    return library  # keeps the override alive


def tensors_of(folder):
    """{hub name: tensor} of all files of a folder."""
    return {mg.hub_name(name): value for file in sorted(folder.glob("*.safetensors")) for name, value in load_file(file).items()}


def state_of(tensors, name):
    """bitsandbytes' own reading of a serialized weight."""
    from bitsandbytes.functional import QuantState
    parts = {k[len(name) + 1:]: v for k, v in tensors.items() if k.startswith(name + ".")}
    return QuantState.from_dict(parts, device=torch.device("cpu"))


def compare_weight(dense, tensors, name, nested):
    """(what differs, number of scales, scales one step off) for one weight in the program's folder."""
    from bitsandbytes.functional import dequantize_4bit, quantize_4bit
    codes, state = quantize_4bit(dense, blocksize=64, quant_type="nf4", compress_statistics=nested)
    ours, wrong = state_of(tensors, name), []
    wrong += ["codes"] * (not torch.equal(codes.flatten(), tensors[name].flatten()))
    wrong += ["quant_map"] * (not torch.equal(state.code, ours.code))
    wrong += ["shape or dtype"] * (tuple(ours.shape) != tuple(dense.shape) or ours.dtype != dense.dtype)
    gaps = ours.absmax.double() - state.absmax.double()
    far = gaps != 0
    if nested:  # one step; several levels around zero share one of the 65,536 entries
        level = state.state2.code
        apart = (level[ours.absmax.long()] - level[state.absmax.long()]).abs()
        far = (gaps.abs() > 1) & (apart > 2 / 65535)
    wrong += ["absmax"] * bool(far.any())
    if nested:
        wrong += ["nested absmax"] * (not torch.equal(state.state2.absmax, ours.state2.absmax))
        wrong += ["nested map"] * (not torch.equal(state.state2.code, ours.state2.code))
        wrong += ["offset"] * (state.offset.item() != ours.offset.item())
    steps = int((gaps != 0).sum())
    if not steps and not torch.equal(dequantize_4bit(codes, state), dequantize_4bit(tensors[name].view(-1, 1), ours)):
        wrong.append("values")
    return wrong, gaps.numel(), steps


def check_weights(dense, folder, tally, label, nested):
    tensors, wrong, scales, steps = tensors_of(folder), [], 0, 0
    packed = [name[:-len(STATE)] for name in tensors if name.endswith(STATE)]
    for name in packed:
        problems, count, off = compare_weight(dense[name], tensors, name, nested)
        scales, steps = scales + count, steps + off
        wrong += [f"{problem} of {name}" for problem in problems]
    kept = [name for name in dense if name not in packed and not torch.equal(dense[name], tensors.get(name, torch.zeros(0)))]
    wrong += [f"{name} was changed" for name in kept]
    good = not wrong and packed and steps <= max(1, SCALES_OFF * scales)
    tally.record(f"{label} {len(packed)} weights", good,
                 f"{steps} of {scales} scales one step off" + ("; " + ", ".join(wrong[:3]) if wrong else ""))
    return set(packed)


def trace(program, folder, inputs, out):
    program("trace", "--model", folder, "--inputs", inputs, "--outputs", out, "--semantics", "meta", "--gradients", "none",
            "--dtype", "fp32", "--device", "cpu", "--threads", 1)
    return load_file(out)["logits"]


def check_logits(program, folder, inputs, tally, label):
    """Compares one folder in both programs."""
    ref = mg.Reference(folder).use("meta")
    file = folder.parent / f"{folder.name}.in.safetensors"
    save_file({k: v.contiguous() for k, v in inputs.items()}, file)
    with torch.no_grad():
        expected = ref.model(**{k: v for k, v in inputs.items() if k != "labels"}, use_cache=False).logits.float()
    try:
        got = trace(program, folder, file, folder.parent / f"{folder.name}.out.safetensors")
    except lc.ProgramFailed as e:
        tally.record(label, False, str(e))
        return
    verdict = gates.judge("logits", got, expected, inputs["attention_mask"].bool()[..., None])
    tally.record(label, verdict.good, verdict.detail)


def save_with_transformers(folder, out, changes):
    from transformers import BitsAndBytesConfig, MllamaForConditionalGeneration
    config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.float32, **changes)
    model = MllamaForConditionalGeneration.from_pretrained(folder, quantization_config=config, torch_dtype=torch.float32,
                                                           device_map="cpu")
    model.save_pretrained(out)


def check_case(program, work, shape, tally, label):
    folder = shapes.write(work / label, shape)
    dense, plain = tensors_of(folder), mg.Reference(folder)
    layout = ("text_before_image", "padded_batch", "two_images")[shape["seed"] % 3]
    inputs, _ = lr.draw_inputs(plain, layout, shape["seed"])
    for variant, (options, changes) in VARIANTS.items():
        name = f"{label} {variant}"
        ours, theirs = work / f"{label}-{variant.split()[0]}", work / f"{label}-{variant.split()[0]}-hf"
        try:
            said = json.loads(program("quantize", "--model", folder, "--out", ours, "--json", *options))
        except lc.ProgramFailed as e:
            tally.record(name, False, str(e))
            continue
        packed = check_weights(dense, ours, tally, name, changes["bnb_4bit_use_double_quant"])
        tally.record(f"{name} report", said["quantized"] == len(packed), f"says {said['quantized']} weights")
        save_with_transformers(folder, theirs, changes)
        same = {n[:-len(STATE)] for n in tensors_of(theirs) if n.endswith(STATE)}
        tally.record(f"{name} selection", same == packed, f"{len(same)} there; {sorted(same ^ packed)[:2] or 'the same'}")
        check_logits(program, ours, inputs, tally, f"{name}, our folder in transformers")
        check_logits(program, theirs, inputs, tally, f"{name}, their folder in llama32med")


def draw_shapes(seed, count):
    """The first shape has whole blocks in every row, as the released model."""
    whole = {"heads": 4, "kv_heads": 2, "hidden_size": 64, "intermediate_size": 192, "vision_heads": 4, "vision_hidden": 64,
             "vision_intermediate": 128}
    yield shapes.draw(seed, 0) | whole
    for index in range(1, count):
        yield shapes.draw(seed, index)


def main():
    p = lc.parser(__doc__.splitlines()[0])
    p.add_argument("--cases", type=int, default=3)
    a = p.parse_args()
    lc.quiet_transformers()
    torch.set_num_threads(1)
    lc.announce("live_nf4", a)
    plain_operators = use_plain_operators()  # noqa: F841
    tally, program = lc.Tally(), lc.Program(a.program)
    with lc.work_folder(a.work) as work:
        for index, shape in enumerate(draw_shapes(a.seed, a.cases)):
            print(f"---- {shapes.describe(shape)}", flush=True)
            check_case(program, work, shape, tally, f"{a.seed}-{index:03d}")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
