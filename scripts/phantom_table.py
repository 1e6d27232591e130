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
from typing import NamedTuple

TEMPLATE = "the answer is:"
KINDS = (("Modality", "modality"), ("Organ", "part of the body"), ("Abnormality", "is there a lesion"), ("Quantity", "how many"),
         ("Position", "which side"), ("Size", "how large"), ("Color", "bright or dark"))


class Row(NamedTuple):
    title: str
    count: int
    scores: list  # percent, one per run


def answer_of(text):
    return text.strip().lower().removeprefix(TEMPLATE).strip()


def hits_of(folder):
    """Question id -> whether the answer is correct."""
    lines = (Path(folder) / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["item_id"]: answer_of(row["prediction_raw"]) == answer_of(row["reference"]) for row in map(json.loads, lines)}


def rows_of(vqa, folders):
    """The table: all questions that need the image, each kind of them, then general knowledge."""
    questions = json.loads((Path(vqa) / "test.json").read_text(encoding="utf-8"))
    runs = [hits_of(folder) for folder in folders]

    def row(title, chosen):
        ids = [str(question["qid"]) for question in chosen]
        return Row(title, len(ids), [100 * sum(hits[i] for i in ids) / len(ids) for hits in runs])

    image = [question for question in questions if question["needs_image"] == "yes"]
    kinds = [row(title, [question for question in image if question["content_type"] == kind]) for kind, title in KINDS]
    general = [question for question in questions if question["needs_image"] == "no"]
    return [row("needs the image", image), *kinds, row("general knowledge", general)]


def main(vqa, *runs):
    names = [run.partition("=")[0] for run in runs]
    widths = [max(len(name), 8) + 2 for name in names]
    rows = rows_of(vqa, [run.partition("=")[2] for run in runs])
    print(f"{'exact match in %':<26}{'n':>6}" + "".join(f"{name:>{width}}" for name, width in zip(names, widths)))
    for number, row in enumerate(rows):
        title = row.title if number in (0, len(rows) - 1) else "  " + row.title
        print(f"{title:<26}{row.count:>6}" + "".join(f"{score:>{width}.1f}" for score, width in zip(row.scores, widths)))


if __name__ == "__main__":
    if len(sys.argv) < 3 or "=" not in "".join(sys.argv[2:]):
        sys.exit(__doc__)
    main(*sys.argv[1:])
