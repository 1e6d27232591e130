#!/usr/bin/env python3
"""Small image files of rarer formats, and their pixels as PIL and transformers' convert_to_rgb give them.

    python scripts/reference/make_image_formats.py > tests/golden/image_formats.json

Files and pixels are hexadecimal. Needs numpy and Pillow with WebP and JPEG 2000.
"""
import io
import json

import numpy as np
import PIL
from PIL import Image

HEIGHT, WIDTH = 6, 7
random = np.random.default_rng(20320)


def samples(*channels):
    return random.integers(0, 256, (HEIGHT, WIDTH, *channels), dtype=np.uint8)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, format=kind, **options)
    return file.getvalue()


def raw_pnm(kind, largest, values, size=1):
    return f"{kind} {len(values) // (3 if kind == 'P6' else 1)} 1\n# comment\n{largest}\n".encode() + b"".join(
        int(value).to_bytes(size, "big") for value in values)


def frame_smaller_than_canvas(file, canvas):
    """Moves the image of a GIF by (2, 1) on a larger screen."""
    data = bytearray(file)
    data[6:10] = canvas[0].to_bytes(2, "little") + canvas[1].to_bytes(2, "little")
    at = data.index(b"\x2c\0\0\0\0")
    data[at + 1:at + 5] = b"\2\0\1\0"
    return bytes(data)


def files():
    color, gray, both = Image.fromarray(samples(3)), Image.fromarray(samples()), Image.fromarray(samples(4), "RGBA")
    yield "binary.ppm", saved(color, "PPM")
    yield "binary.pgm", saved(gray, "PPM")
    yield "binary.pbm", saved(gray.point(lambda value: value > 99, "1"), "PPM")
    yield "plain.ppm", b"P3\n2 1 # two\n255\n1 2 3\n4 5 255\n"
    yield "plain.pgm", b"P2 4 1 15 1 2 15 0"
    yield "plain.pbm", b"P1\n4 2\n0101\n1 1 0 0\n"
    yield "to_100.pgm", raw_pnm("P5", 100, (0, 1, 50, 99, 100, 33))
    yield "to_10.pgm", raw_pnm("P5", 10, range(11))
    yield "to_4095.pgm", raw_pnm("P5", 4095, (0, 1, 10, 15, 16, 4095), 2)
    yield "to_4095.ppm", raw_pnm("P6", 4095, (0, 1, 10, 50, 4000, 4095), 2)
    yield "to_65535.pgm", raw_pnm("P5", 65535, (0, 1, 254, 255, 256, 65535), 2)
    yield "to_65535.ppm", raw_pnm("P6", 65535, (0, 200, 300, 5000, 40000, 65535), 2)
    palette = color.quantize(40)
    yield "palette.gif", saved(palette, "GIF", interlace=0)
    yield "interlaced.gif", saved(palette, "GIF", interlace=1)
    yield "transparent.gif", saved(palette, "GIF", transparency=3)
    yield "gray.gif", saved(gray, "GIF")
    yield "noise.gif", saved(Image.fromarray(random.integers(0, 256, (90, 80), dtype=np.uint8)), "GIF")
    yield "animated.gif", saved(palette, "GIF", save_all=True, append_images=[gray, color])
    yield "offset.gif", frame_smaller_than_canvas(saved(palette, "GIF", interlace=0), (12, 9))
    yield "offset_transparent.gif", frame_smaller_than_canvas(saved(palette, "GIF", transparency=3), (12, 9))
    for name, options in (("lossless", {"lossless": True}), ("lossy", {"quality": 60})):
        yield f"{name}.webp", saved(color, "WEBP", save_all=True, append_images=[Image.fromarray(samples(3))], **options)
        yield f"{name}_alpha.webp", saved(both, "WEBP", save_all=True, append_images=[Image.fromarray(samples(4), "RGBA")], **options)
    border = np.zeros((20, 24, 4), np.uint8)
    border[6:14, 4:12] = 200, 30, 60, 255
    yield "border.webp", saved(Image.fromarray(border, "RGBA"), "WEBP", save_all=True, lossless=True, minimize_size=True,
                               append_images=[Image.new("RGBA", (24, 20), (1, 2, 3, 255))])
    inks = Image.fromarray(samples(4), "CMYK")
    for compression in ("raw", "tiff_lzw"):
        yield f"cmyk_{compression}.tif", saved(inks, "TIFF", compression=compression)
    for kind in ("jp2", "j2k"):
        yield f"color.{kind}", saved(color, "JPEG2000", no_jp2=kind == "j2k")
    yield "gray.jp2", saved(gray, "JPEG2000")
    yield "alpha.jp2", saved(both, "JPEG2000")
    yield "lossy.jp2", saved(color, "JPEG2000", irreversible=True)


def on_white(image):
    if image.mode == "RGB":
        return image
    rgba = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, (255, 255, 255)), rgba).convert("RGB")


def main():
    images = []
    for name, file in files():
        rgb = on_white(Image.open(io.BytesIO(file)))
        images.append({"name": name, "size_hw": [rgb.height, rgb.width], "file": file.hex(), "rgb": rgb.tobytes().hex()})
    lines = ",\n".join(" " + json.dumps(image) for image in images)
    print(f'{{"versions": {json.dumps({"pillow": PIL.__version__, "numpy": np.__version__})},\n"images": [\n{lines}\n]}}')


if __name__ == "__main__":
    main()
