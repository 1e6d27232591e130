"""Questions for bench.py: reads the official layouts, chooses whole images, and writes a smaller folder with the same layout, so
that all tools read the same files and answer the same questions."""

import collections
import json
import pathlib
import random

RAD_FILE, RAD_IMAGES = "VQA_RAD Dataset Public.json", "VQA_RAD Image Folder"

# image: path; question, answer: text; record: the official entry, unchanged
Question = collections.namedtuple("Question", "image question answer record")


def load(dataset, folder, split="test"):
    """The questions with an image: vqa_rad test (451) or train (1,797), slake (English) test (1,061)."""
    folder = pathlib.Path(folder)
    if dataset == "vqa_rad":
        records = json.loads((folder / RAD_FILE).read_text(encoding="utf-8"))
        records = [r for r in records if r["phrase_type"].startswith("test") == (split == "test")]
        images, image = folder / RAD_IMAGES, "image_name"
    else:
        records = json.loads((folder / f"{split}.json").read_text(encoding="utf-8"))
        records = [r for r in records if r["q_lang"] == "en"]
        images, image = folder / "imgs", "img_name"
    found = [Question(images / r[image], str(r["question"]).strip(), str(r["answer"]).strip(), r) for r in records]
    return [q for q in found if q.image.exists()]


def choose(questions, count, seed):
    """At least `count` questions as whole images (0: all); images in order of first appearance, then shuffled by seed."""
    by_image = collections.OrderedDict()
    for q in questions:
        by_image.setdefault(q.image, []).append(q)
    images = list(by_image)
    random.Random(seed).shuffle(images)
    chosen = []
    for image in images:
        chosen += by_image[image]
        if count and len(chosen) >= count:
            break
    return chosen


def one_per_image(questions):
    """The first question of each image."""
    first = collections.OrderedDict()
    for q in questions:
        first.setdefault(q.image, q)
    return list(first.values())


def shuffled(questions, seed):
    """The order for a tool that does not group questions."""
    order = list(questions)
    random.Random(seed + 1).shuffle(order)
    return order


def write(dataset, source, folder, questions, split="test"):
    """Writes a folder in the official layout with only these questions; images are linked."""
    folder.mkdir(parents=True, exist_ok=True)
    name, images = (RAD_FILE, RAD_IMAGES) if dataset == "vqa_rad" else (f"{split}.json", "imgs")
    (folder / name).write_text(json.dumps([q.record for q in questions], ensure_ascii=False, indent=1), encoding="utf-8")
    link = folder / images
    if not link.exists():
        link.symlink_to((pathlib.Path(source) / images).resolve(), target_is_directory=True)
    return folder
