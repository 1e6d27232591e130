#!/usr/bin/env python3
"""Peak memory of decoding, in bytes per pixel, for each format, depth and number of channels: the table of src/image/README.md.

    python scripts/reference/decode_memory.py [--program build/release/llama32med] [--side 4096]

Writes an image of each kind, has `llama32med inspect` decode it in a process of its own, and compares the process's largest
resident size with that for a small image of the same kind. The bytes of the file are subtracted. Needs numpy and Pillow with WebP
and JPEG 2000.
"""
import argparse
import io
import multiprocessing
import os
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

CHANNELS = {1: "gray", 3: "RGB", 4: "RGBA"}


def samples(side, channels, dtype=np.uint8):
    """Smooth, so that files are small, and different in each channel, so that color stays color."""
    rows, columns = np.mgrid[0:side, 0:side]
    full = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    planes = [((rows * (c + 1) + columns * (3 - c)) % 251 / 250 * full).astype(dtype) for c in range(channels)]
    return planes[0] if channels == 1 else np.stack(planes, axis=-1)


def saved(pixels, kind, **options):
    file = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(file, format=kind, **options)
    return file.getvalue()


def png16(pixels):
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    chunk = lambda name, body: struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    head = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = pixels.astype(">u2").reshape(height, -1)
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def tiff(pixels, rows_per_strip, tile=0):
    """Deflate; strips, or square tiles whose side divides the image's."""
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if tile:
        parts = [pixels[y:y + tile, x:x + tile] for y in range(0, height, tile) for x in range(0, width, tile)]
    else:
        parts = [pixels[y:y + rows_per_strip] for y in range(0, height, rows_per_strip)]
    packed = [zlib.compress(np.ascontiguousarray(part).tobytes(), 1) for part in parts]
    body, offsets = b"", []
    for part in packed:
        offsets.append(8 + len(body))
        body += part
    lists = [struct.pack(f"<{len(packed)}I", *offsets), struct.pack(f"<{len(packed)}I", *map(len, packed)),
             struct.pack(f"<{channels}H", *[pixels.dtype.itemsize * 8] * channels),
             struct.pack(f"<{channels}H", *[3 if pixels.dtype.kind == "f" else 1] * channels)]
    places = []
    for text in lists:
        places.append(8 + len(body))
        body += text
    inline = lambda which: places[which] if len(lists[which]) > 4 else int.from_bytes(lists[which], "little")
    fields = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, channels, inline(2)), (259, 3, 1, 8),
              (262, 3, 1, 1 if channels == 1 else 2), (277, 3, 1, channels)]
    if tile:
        fields += [(322, 4, 1, tile), (323, 4, 1, tile), (324, 4, len(packed), inline(0)), (325, 4, len(packed), inline(1))]
    else:
        fields += [(273, 4, len(packed), inline(0)), (278, 4, 1, rows_per_strip), (279, 4, len(packed), inline(1))]
    fields += ([(338, 3, 1, 2)] if channels == 4 else []) + [(339, 3, channels, inline(3))]
    entries = b"".join(struct.pack("<HHII", *field) for field in sorted(fields))
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + struct.pack("<H", len(fields)) + entries + bytes(4)


def pnm16(pixels):
    return f"{'P5' if pixels.ndim == 2 else 'P6'} {pixels.shape[1]} {pixels.shape[0]} 65535\n".encode() + pixels.astype(">u2").tobytes()


def kinds(side):
    """Pairs of a name and a function that gives the file."""
    for channels, name in CHANNELS.items():
        pixels = lambda dtype=np.uint8, channels=channels: samples(side, channels, dtype)
        yield f"PNG, 8-bit {name}", lambda p=pixels: saved(p(), "PNG", compress_level=1)
        yield f"PNG, 16-bit {name}", lambda p=pixels: png16(p(np.uint16))
        for dtype, bits in ((np.uint8, "8-bit"), (np.uint16, "16-bit"), (np.float32, "float"), (np.float64, "double")):
            yield f"TIFF, {bits} {name}, one strip", lambda p=pixels, d=dtype: tiff(p(d), side)
            yield f"TIFF, {bits} {name}, tiles of {side // 4}", lambda p=pixels, d=dtype: tiff(p(d), side, side // 4)
        yield f"JPEG 2000, 8-bit {name}", lambda p=pixels: saved(p(), "JPEG2000", irreversible=False)
        if channels > 1:
            for lossless in (False, True):
                yield (f"WebP, {name}, {'lossless' if lossless else 'lossy'}",
                       lambda p=pixels, l=lossless: saved(p(), "WEBP", lossless=l, quality=20, method=0))
        if channels < 4:
            for progressive in (False, True):
                yield (f"JPEG, {name}{', progressive' * progressive}",
                       lambda p=pixels, q=progressive: saved(p(), "JPEG", progressive=q, subsampling=0))
            yield f"BMP, {name}", lambda p=pixels: saved(p(), "BMP")
            yield f"PNM, 8-bit {name}", lambda p=pixels: saved(p(), "PPM")
            yield f"PNM, 16-bit {name}", lambda p=pixels: pnm16(p(np.uint16))
    yield "PNG, palette", lambda: saved(Image.fromarray(samples(side, 1)).convert("P"), "PNG", compress_level=1)
    yield "JPEG, CMYK", lambda: saved(Image.fromarray(samples(side, 4), "CMYK"), "JPEG", subsampling=0)
    yield "JPEG, CMYK, progressive", lambda: saved(Image.fromarray(samples(side, 4), "CMYK"), "JPEG", subsampling=0, progressive=True)
    yield "JPEG 2000, 16-bit gray", lambda: saved(Image.fromarray(samples(side, 1, np.uint16)), "JPEG2000")
    yield "GIF", lambda: saved(Image.fromarray(samples(side, 1)).convert("P"), "GIF")
    frames = lambda: [Image.fromarray(samples(side, 4)), Image.fromarray(255 - samples(side, 4))]
    yield "WebP, RGBA, animated", lambda: saved(frames()[0], "WEBP", save_all=True, append_images=frames()[1:], quality=20, method=0)


def write(path, kind, side):
    """In a process of its own: the largest resident size of a process counts that of the one it was forked from."""
    writer = multiprocessing.Process(target=lambda: path.write_bytes(dict(kinds(side))[kind]()))
    writer.start()
    writer.join()


def peak(program, model, path):
    """Largest resident size of the program in bytes, or None if it refuses the file."""
    child = subprocess.Popen([program, "inspect", model, "--image", str(path), "--set", "image.max_mib=1365"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024 if child.returncode == 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/llama32med")
    parser.add_argument("--model", default="configs/phantom_base")
    parser.add_argument("--side", type=int, default=4096)
    parser.add_argument("--only", default="", help="kinds with this text in their name")
    a = parser.parse_args()
    print("| image | bytes per pixel |\n|---|---:|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image"
        for name in (name for name, _ in kinds(a.side) if a.only in name):
            write(path, name.replace(f"tiles of {a.side // 4}", "tiles of 16"), 64)
            base = peak(a.program, a.model, path)
            write(path, name, a.side)
            whole = peak(a.program, a.model, path)
            size = path.stat().st_size
            known = base is not None and whole is not None
            print(f"| {name} | {(whole - base - size) / a.side ** 2:.1f} |" if known else f"| {name} | refused |", flush=True)


if __name__ == "__main__":
    main()
