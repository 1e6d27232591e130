#!/usr/bin/env python3
"""Compares the tiles of random image files with transformers' MllamaImageProcessor (the PIL one).

    python live_image.py --program build/release/llama32med [--seed N] [--images 60] [--work DIR]

Interface of the program:

    llama32med inspect MODEL --image FILE --compatibility reference --tiles-out OUT.safetensors --json

MODEL   a folder with config.json and preprocessor_config.json (tile size, maximum tiles, mean, std); no weights, no tokenizer.
FILE    one image. `--compatibility reference` treats colors like PIL (alpha on white, 16-bit gray clipped at 255, EXIF
        rotation not applied), instead of the program's own defaults.
OUT     one tensor `tiles`, uint8 [n, 3, S, S]: the n real tiles in row-major order, before rescaling and normalizing.
stdout  exactly one JSON object: {"aspect_ratio_id": 2, "canvas": [56, 112], "resized": [40, 112]}, where canvas and resized are
        [height, width] in pixels. More keys are allowed.
A corrupt file ends the program with exit status 3 and one line that names it.

Lossless files must give equal bytes. JPEG may differ by 1 since builds of the decoder may round differently; the printed line says
how many bytes do.
"""

import io
import json
import pathlib
import random
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import live_common as lc  # noqa: E402
import make_checkpoint as mc  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

TILE_SIZES = [(28, 4), (56, 4), (70, 3), (112, 2), (560, 4)]  # (S, maximum tiles), one folder each

# (mode, file type, options of PIL's save)
KINDS = [("RGB", "png", {}), ("L", "png", {}), ("RGBA", "png", {}), ("LA", "png", {}), ("P", "png", {}), ("1", "png", {}),
         ("I;16", "png", {}), ("RGB", "bmp", {}), ("L", "bmp", {}), ("RGB", "tif", {}), ("RGB", "tif", {"compression": "tiff_lzw"}),
         ("L", "tif", {}),
         ("RGB", "webp", {"lossless": True}), ("RGB", "jpg", {"quality": 90}), ("L", "jpg", {"quality": 75}),
         ("RGB", "jpg", {"quality": 95, "subsampling": 0}), ("RGB", "jpg", {"quality": 60, "progressive": True}),
         ("CMYK", "jpg", {"quality": 90})]


# ---- files ------------------------------------------------------------------------------------------------------------------

def random_size(r, tile):
    """[height, width]: near the tile size, far from it, extreme, or exact multiples."""
    around = lambda: max(1, int(tile * 2 ** r.uniform(-2, 2)))  # noqa: E731
    kind = r.random()
    if kind < 0.55:
        return around(), around()
    if kind < 0.7:
        long, short = r.randint(5 * tile // 2, 6 * tile), r.randint(1, max(1, tile // 4))
        return (long, short) if r.random() < 0.5 else (short, long)
    if kind < 0.85:
        return tile * r.randint(1, 3) + r.choice([-1, 0, 1]), tile * r.randint(1, 3) + r.choice([-1, 0, 1])
    return r.choice([(1, 1), (1, around()), (around(), 1), (2, 3)])


def pattern(r, size, channels):
    """Waves, edges and noise in [0, 255], to reveal differences in resampling, rounding and overshoot."""
    noise = np.random.default_rng(r.randrange(2**32))
    y, x = np.mgrid[0:size[0], 0:size[1]].astype(np.float64)
    planes = []
    for _ in range(channels):
        wave = np.sin(x * r.uniform(0.02, 1.5) + r.uniform(0, 6)) * np.cos(y * r.uniform(0.02, 1.5) + r.uniform(0, 6))
        edge = 1.0 * (x * r.uniform(-1, 1) + y * r.uniform(-1, 1) > r.uniform(-20, 20))
        planes.append(127 * wave + 100 * edge + r.choice([0, 10, 80]) * noise.standard_normal(size) + 80)
    return np.clip(np.stack(planes, -1), 0, 255)


def picture(r, size, mode):
    channels = {"RGB": 3, "RGBA": 4, "CMYK": 4, "LA": 2}.get(mode, 1)
    values = pattern(r, size, channels)
    if mode == "I;16":
        return Image.fromarray((values[..., 0] * r.choice([1, 16, 257])).astype(np.uint16))
    values = values.astype(np.uint8)
    image = Image.fromarray(values[..., 0] if channels == 1 else values,
                            mode={"P": "L", "1": "L"}.get(mode, mode))
    if mode == "P":
        image = image.convert("P")
        image.putpalette(np.random.default_rng(r.randrange(2**32)).integers(0, 256, 768, dtype=np.uint8).tobytes())
    return image.convert("1") if mode == "1" else image


def make_file(folder, seed, index):
    """(path, tile size, maximum tiles, kind)."""
    r = random.Random(f"image/{seed}/{index}")
    mode, kind, options = KINDS[index % len(KINDS)]
    tile, most = r.choices(TILE_SIZES, weights=[3, 3, 3, 3, 1])[0]
    image = picture(r, random_size(r, tile), mode)
    path = folder / f"{index:03d}-{mode.replace(';', '')}-{image.height}x{image.width}.{kind}"
    buffer = io.BytesIO()
    image.save(buffer, {"jpg": "JPEG", "tif": "TIFF"}.get(kind, kind.upper()), **options)
    path.write_bytes(buffer.getvalue())
    return path, tile, most, kind


def model_folder(work, tile, most):
    folder = work / f"model-{tile}-{most}"
    if not folder.exists():
        folder.mkdir()
        shape = mc.PRESETS["tiny"] | {"image_size": tile, "max_tiles": most}
        for name in ("config.json", "preprocessor_config.json"):
            (folder / name).write_text(json.dumps(mc.side_files(shape)[name]) + "\n")
    return folder


# ---- both sides -------------------------------------------------------------------------------------------------------------

def reference(folder, path):
    """transformers' result for a file: (tiles uint8, id, canvas, resized)."""
    from transformers import MllamaImageProcessor
    from transformers.models.mllama.image_processing_mllama import get_image_size_fit_to_canvas
    processor = MllamaImageProcessor.from_pretrained(folder)
    tile, most = processor.size["height"], processor.max_image_tiles
    with Image.open(path) as opened:
        image = opened.copy()
    out = processor([[image]], return_tensors="np", do_rescale=False, do_normalize=False)
    n, ratio_id = int(out["num_tiles"][0][0]), int(out["aspect_ratio_ids"][0, 0])
    h, w = (s * tile for s in mc.supported_ratios(most)[ratio_id - 1])
    resized = get_image_size_fit_to_canvas(image.height, image.width, h, w, tile)
    tiles = torch.from_numpy(out["pixel_values"][0, 0, :n].astype(np.uint8))
    return tiles, {"aspect_ratio_id": ratio_id, "canvas": [int(h), int(w)], "resized": [int(s) for s in resized]}


def stand_in(plant):
    """Stand-in for `inspect MODEL --image FILE ...`."""
    def run(arguments):
        option = lambda name: arguments[arguments.index(name) + 1]  # noqa: E731
        tiles, facts = reference(arguments[1], option("--image"))
        if plant == "byte":
            tiles.view(-1)[tiles.numel() // 2] ^= 4
        if plant == "size":
            facts["resized"][0] += 1
        save_file({"tiles": tiles}, option("--tiles-out"))
        return json.dumps(facts)
    return run


def compare(got, expected, allowed):
    """Compares two tile tensors: (good, detail)."""
    if got is None or got.dtype != torch.uint8 or got.shape != expected.shape:
        found = "missing" if got is None else f"{got.dtype} {list(got.shape)}"
        return False, f"tiles {found}, expected uint8 {list(expected.shape)}"
    gaps = (got.int() - expected.int()).abs()
    if not gaps.any():
        return True, f"equal, {expected.shape[0]} tiles"
    at = np.unravel_index(int(gaps.argmax()), gaps.shape)
    share = (gaps > 0).double().mean().item()
    worst = int(gaps.max())
    return worst <= allowed, f"max {worst} (allowed {allowed}) at {[int(i) for i in at]}, {share:.2%} of bytes differ"


def check(program, folder, path, work, allowed, tally):
    expected, facts = reference(folder, path)
    out = work / (path.name + ".tiles.safetensors")
    label = f"{path.name}, tiles of {folder.name[6:]}"
    try:
        lines = lc.json_lines(program("inspect", folder, "--image", path, "--compatibility", "reference", "--tiles-out", out,
                                      "--json"))
        got = load_file(out).get("tiles")
    except (lc.ProgramFailed, OSError) as e:
        tally.record(label, False, str(e))
        return
    found = {k: lines[0].get(k) for k in facts} if len(lines) == 1 else f"{len(lines)} lines on standard output"
    if found != facts:
        tally.record(label, False, f"{found}, expected {facts}")
        return
    good, detail = compare(got, expected, allowed)
    tally.record(label, good, f"{detail}, canvas {facts['canvas']}, resized {facts['resized']}")


def real_files(seed, count):
    """Images of the complete datasets, if available."""
    data = lc.data_folder()
    found = sorted(data.rglob("*.jpg")) if data else []
    if not found:
        print("the complete datasets were not found (set LLAMA32MED_DATA): only synthetic images are compared", flush=True)
    return random.Random(f"real/{seed}").sample(found, min(count, len(found)))


def main():
    p = lc.parser(__doc__.splitlines()[0])
    p.add_argument("--images", type=int, default=60)
    p.add_argument("--plant", choices=["byte", "size"], help="with --program self: a mistake to make")
    a = p.parse_args()
    lc.quiet_transformers()
    lc.announce("live_image", a)
    program, tally = lc.Program(a.program, stand_in(a.plant)), lc.Tally()
    with lc.work_folder(a.work) as work:
        for index in range(a.images):
            path, tile, most, kind = make_file(work, a.seed, index)
            check(program, model_folder(work, tile, most), path, work, 1 if kind == "jpg" else 0, tally)
        for path in real_files(a.seed, a.images // 6):
            check(program, model_folder(work, 560, 4), path, work, 1, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
