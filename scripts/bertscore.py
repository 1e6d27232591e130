#!/usr/bin/env python3
"""Computes the BERTScore of the pairs that `llama32med report` and `score` write, with the Python package.

    python3 scripts/bertscore.py pairs.tsv scores.tsv [--device cuda]

Reads item_id, reference, prediction (tab-separated with a header line; tabs, line breaks and backslashes are escaped as \\t, \\n,
\\r and \\\\) and writes item_id, P, R, F: raw values of roberta-large, layer 17, without idf and without rescaling, as
`bert_score.score(..., lang="en")` computes them. An empty prediction scores 0.

Needs bert-score==0.3.13 and roberta-large, which the package downloads on its first call (1.4 GB).
"""
import argparse
import csv
import re

ESCAPES = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}


def unescape(text):
    return re.sub(r"\\[tnr\\]", lambda found: ESCAPES[found.group()], text)


def read_pairs(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        rows = list(csv.reader((line.rstrip("\n") for line in file), delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or rows[0] != ["item_id", "reference", "prediction"]:
        raise SystemExit(f"{path}: the first line must be item_id, reference, prediction, separated by tabs")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != 3:
            raise SystemExit(f"{path}:{number}: has {len(row)} columns instead of 3")
    return rows[1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs")
    parser.add_argument("scores")
    parser.add_argument("--device", help="cpu or cuda (default: the package decides)")
    parser.add_argument("--batch-size", type=int, default=64)
    options = parser.parse_args()
    pairs = read_pairs(options.pairs)
    import bert_score  # only after checking the arguments, since it takes seconds
    values = bert_score.score([unescape(row[2]) for row in pairs], [unescape(row[1]) for row in pairs],
                              model_type="roberta-large", num_layers=17, idf=False, rescale_with_baseline=False,
                              device=options.device, batch_size=options.batch_size, verbose=True)
    with open(options.scores, "w", encoding="utf-8", newline="\n") as file:
        file.write("item_id\tP\tR\tF\n")
        for row, *scores in zip(pairs, *(value.tolist() for value in values)):
            file.write("\t".join([row[0], *(f"{score:.9g}" for score in scores)]) + "\n")


if __name__ == "__main__":
    main()
