#!/usr/bin/env python3
"""Cuts the VQA-RAD slice of tests/datasets/vqa_rad from the complete official files.

    python3 make_vqa_rad_slice.py --data FOLDER [--out ../../tests/datasets/vqa_rad]

FOLDER has the official layout (`VQA_RAD Dataset Public.json`, `VQA_RAD Image Folder/`). The rows of the chosen images are
copied byte by byte in the file's order, the images unchanged. Standard library only.
"""
import argparse
import collections
import hashlib
import json
import os
import re
import shutil

ANNOTATIONS = "VQA_RAD Dataset Public.json"
IMAGES = "VQA_RAD Image Folder"

# image: why it is here. All have at least one test question. Tiles: of the released image processor at 560.
CHOSEN = {
    "synpic54610.jpg": "qid \"0\" is a string; 2 tiles",
    "synpic53978.jpg": "a tab in a test answer (qid 472); 2 tiles",
    "synpic29263.jpg": "2 tiles",
    "synpic52282.jpg": "2 tiles",
    "synpic57317.jpg": "4 tiles",
    "synpic31757.jpg": "4 tiles, 6 test questions",
    "synpic24538.jpg": "4 tiles",
    "synpic35191.jpg": "\"CLOSED \" with a trailing blank (qids 2156, 2157); 4 tiles",
    "synpic53228.jpg": "answers that are numbers (qids 2234, 2235); 4 tiles",
    "synpic22791.jpg": "an answer that is a number (qid 1568)",
    "synpic21604.jpg": "rows without question_rephrase (qids 2036, 2037)",
    "synpic26764.jpg": "an answer with a leading blank (qid 2239); 4 tiles",
    "synpic25587.jpg": "a question with a trailing blank (qid 1910); 4 tiles",
    "synpic59536.jpg": "small",
    "synpic51426.jpg": "small, 4 test questions",
    "synpic47783.jpg": "small, chest",
    "synpic38069.jpg": "small",
    "synpic45699.jpg": "small",
    "synpic39240.jpg": "small",
    "synpic33889.jpg": "small, abdomen",
    "synpic30215.jpg": "small, abdomen",
    "synpic29265.jpg": "small, chest",
    "synpic33481.jpg": "small, chest",
    "synpic53033.jpg": "small, 6 test questions",
}


def rows_of(text):
    """The source text of each row: the official file indents by three and closes a row with three blanks and a brace."""
    return re.findall(r"^   \{\n.*?^   \}", text, flags=re.S | re.M)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def provenance(out, source, rows):
    kinds = collections.Counter(json.loads(row)["phrase_type"] for row in rows)
    lines = [
        "# A slice of VQA-RAD", "",
        "Source: Lau, Gayen, Ben Abacha, Demner-Fushman, \"A dataset of clinically generated visual questions and answers about",
        "radiology images\", Scientific Data 5, 180251 (2018); public release on OSF (osf.io/89kps), dedicated to the public domain",
        "under CC0 1.0. Images come from MedPix (National Library of Medicine).", "",
        f"Cut by `scripts/reference/make_vqa_rad_slice.py` from `{ANNOTATIONS}` with SHA-256 `{sha256(source)}`:",
        f"{len(CHOSEN)} images with all their questions, {len(rows)} rows (" + ", ".join(
            f"{kinds[k]} {k}" for k in ("test_freeform", "test_para", "freeform", "para")) + "),",
        "rows and images unchanged, in the official layout. Chosen by hand: images with a test question that are small, that show the",
        "traps of the real file, and that take 1, 2 and 4 tiles of the released image processor.", "",
        "| file | bytes | SHA-256 | why |", "|---|---|---|---|"]
    path = os.path.join(out, ANNOTATIONS)
    lines.append(f"| {ANNOTATIONS} | {os.path.getsize(path)} | `{sha256(path)}` | the rows |")
    for name in sorted(CHOSEN):
        path = os.path.join(out, IMAGES, name)
        lines.append(f"| {IMAGES}/{name} | {os.path.getsize(path)} | `{sha256(path)}` | {CHOSEN[name]} |")
    return "\n".join(lines) + "\n"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", default=os.path.join(here, "../../tests/datasets/vqa_rad"))
    args = parser.parse_args()
    source = os.path.join(args.data, ANNOTATIONS)
    with open(source, encoding="utf-8", newline="") as file:
        text = file.read()
    every = rows_of(text)
    assert [json.loads(row) for row in every] == json.loads(text), "the file is not laid out as expected"
    rows = [row for row in every if json.loads(row)["image_name"] in CHOSEN]
    os.makedirs(os.path.join(args.out, IMAGES), exist_ok=True)
    with open(os.path.join(args.out, ANNOTATIONS), "w", encoding="utf-8", newline="") as file:
        file.write("[\n" + ",\n".join(rows) + "\n]\n")
    for name in CHOSEN:
        assert any(json.loads(r)["image_name"] == name and json.loads(r)["phrase_type"].startswith("test") for r in rows), name
        shutil.copyfile(os.path.join(args.data, IMAGES, name), os.path.join(args.out, IMAGES, name))
    with open(os.path.join(args.out, "PROVENANCE.md"), "w", encoding="utf-8") as file:
        file.write(provenance(args.out, source, rows))
    print(f"{len(rows)} rows, {len(CHOSEN)} images")


if __name__ == "__main__":
    main()
