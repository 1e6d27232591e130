#!/usr/bin/env python3
"""Prints the caption scores that tests/report/caption_metrics_test.cpp expects, computed by the packages themselves.

    python3 make_caption_goldens.py [ROCOV2_FOLDER]

Needs nltk, sacrebleu, rouge-score, rouge and pycocoevalcap (with Java for its tokenizer). Without a folder, scores the pairs of
the test; with one, its test captions in file order, each against the next one and against itself without every third word.
Hugging Face's corpus BLEU is sacrebleu without smoothing: same words, same counts, same penalty.
"""
import contextlib
import csv
import importlib.metadata
import io
import pathlib
import re
import string
import sys
import warnings

from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge as CocoRouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
from rouge import Rouge as SetRouge
from rouge_score import rouge_scorer
from sacrebleu.metrics import BLEU

PAIRS = [
    ("Chest X-ray showing a right-sided pneumothorax (arrow).", "Chest x-ray showing a left-sided pneumothorax."),
    ("CT of the abdomen: a 3.5 x 2 cm cyst in the liver, without enhancement.", "CT of the abdomen shows a cyst in the liver."),
    ("The patient's MRI isn't normal; edema is 10 mm wide.", "Normal MRI. No edema. No edema."),
    ("Sagittal T2-weighted image of the spine", "Sagittal T2-weighted image of the spine"),
    ("Ultrasound of the thyroid gland.", "lung"),
    ("Fracture of the distal radius, 45\u00b0 tilt.", ""),
]


def rocov2_pairs(folder):
    with open(pathlib.Path(folder) / "test_captions.csv", encoding="utf-8") as file:
        captions = [row["Caption"] for row in csv.DictReader(file)]
    pairs = list(zip(captions, captions[1:]))
    for caption in captions:
        words = caption.split()
        pairs.append((caption, " ".join(word for i, word in enumerate(words) if i % 3 != 2)))
    return pairs


def imageclef(text):
    return re.sub(r"\d+", "number", text.lower()).translate(str.maketrans("", "", string.punctuation))


def ptb(texts):
    with contextlib.redirect_stderr(io.StringIO()):
        return PTBTokenizer().tokenize({i: [{"caption": text}] for i, text in enumerate(texts)})


def set_rouge(reference, prediction, name):
    return SetRouge().get_scores(prediction, reference)[0][name]["f"] if prediction else 0.0


def main():
    pairs = rocov2_pairs(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    references, predictions = [a for a, _ in pairs], [b for _, b in pairs]

    def mean(value):
        return sum(value(a, b) for a, b in pairs) / len(pairs)

    def nltk(order, smoothing=None):
        return mean(lambda a, b: sentence_bleu([a.lower().split()], b.lower().split(), [1 / order] * order, smoothing))

    rouge = rouge_scorer.RougeScorer(["rouge1", "rougeL"], use_stemmer=False).score
    sentence = BLEU(effective_order=True).sentence_score
    wanted, found = ptb(references), ptb(predictions)
    with contextlib.redirect_stdout(io.StringIO()):
        bleu, _ = Bleu(4).compute_score(wanted, found, verbose=0)
        coco_rouge, _ = CocoRouge().compute_score(wanted, found)
        cider, _ = Cider().compute_score(wanted, found)
    values = {"bleu4_sent_m1": nltk(4, SmoothingFunction().method1)}
    values |= {f"bleu{n}_sent": nltk(n) for n in (1, 2, 3, 4)}
    values |= {f"bleu{n}_corpus": BLEU(smooth_method="none", max_ngram_order=n).corpus_score(predictions, [references]).score / 100
               for n in (1, 2, 3, 4)}
    values["sacrebleu mean"] = mean(lambda a, b: sentence(b, [a]).score)
    values["sacrebleu"] = BLEU().corpus_score(predictions, [references]).score
    values |= {f"coco_bleu{n + 1}": bleu[n] for n in range(4)}
    values |= {"rouge1_f1": mean(lambda a, b: rouge(a, b)["rouge1"].fmeasure),
               "rougeL_f1": mean(lambda a, b: rouge(a, b)["rougeL"].fmeasure), "coco_rougeL": coco_rouge,
               "set_rouge1_f1": mean(lambda a, b: set_rouge(a, b, "rouge-1")),
               "set_rougeL_f1": mean(lambda a, b: set_rouge(a, b, "rouge-l")), "cider": cider,
               "rouge1_recall": mean(lambda a, b: rouge(a, b)["rouge1"].recall),
               "imageclef_rouge1": mean(lambda a, b: rouge(imageclef(a), imageclef(b))["rouge1"].fmeasure)}
    print("//", ", ".join(f"{name} {importlib.metadata.version(name)}"
                          for name in ("nltk", "sacrebleu", "rouge-score", "rouge", "pycocoevalcap")))
    for name, value in values.items():
        print(f'{{"{name}", {float(value):.9g}}},')


warnings.filterwarnings("ignore")
main()
