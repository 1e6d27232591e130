#!/usr/bin/env python3
"""Prints a table of exact match on phantoms from finished evaluations.

    scripts/phantom_table.py VQA_FOLDER NAME=EVAL_FOLDER ...

VQA_FOLDER is the vqa/ written by `llama32med data phantoms`; EVAL_FOLDER contains predictions.jsonl. An answer is correct
if it equals the reference, ignoring case and the words of the prompt's template. Questions that need the image are listed
separately from those that general knowledge answers. Python's standard library only.
"""
import json
import sys
from pathlib import Path

TEMPLATE = "the answer is:"
ROWS = (("Modality", "modality"), ("Organ", "part of the body"), ("Abnormality", "is there a lesion"), ("Quantity", "how many"),
        ("Position", "which side"), ("Size", "how large"), ("Color", "bright or dark"))


def answer_of(text):
    return text.strip().lower().removeprefix(TEMPLATE).strip()


def hits_of(folder):
    """Question id -> whether the answer is correct."""
    lines = (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["item_id"]: answer_of(row["prediction_raw"]) == answer_of(row["reference"]) for row in map(json.loads, lines)}


def main(vqa, *runs):
    rows = json.loads((Path(vqa) / "test.json").read_text(encoding="utf-8"))
    names = [run.partition("=")[0] for run in runs]
    hits = [hits_of(Path(run.partition("=")[2])) for run in runs]

    def line(title, chosen):
        ids = [str(row["qid"]) for row in chosen]
        scores = "".join(f"{100 * sum(hit[i] for i in ids) / len(ids):>{max(len(name), 8) + 2}.1f}" for name, hit in zip(names, hits))
        print(f"{title:<26}{len(ids):>6}{scores}")

    print(f"{'exact match in %':<26}{'n':>6}" + "".join(f"{name:>{max(len(name), 8) + 2}}" for name in names))
    image = [row for row in rows if row["needs_image"] == "yes"]
    line("needs the image", image)
    for kind, title in ROWS:
        line("  " + title, [row for row in image if row["content_type"] == kind])
    line("general knowledge", [row for row in rows if row["needs_image"] == "no"])


if __name__ == "__main__":
    if len(sys.argv) < 3 or "=" not in "".join(sys.argv[2:]):
        sys.exit(__doc__)
    main(*sys.argv[1:])
