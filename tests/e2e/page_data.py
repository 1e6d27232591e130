"""Synthetic reports and items for report_page_test.py: scores are known, everything else is arbitrary."""
import random

# Hostile texts that a page has to survive.
HOSTILE = [
    "</script><script>window.hacked = 1; parent.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 1"> & <b>bold</b>',
    "<!--<script>",
    '"><svg onload="window.hacked = 1">',
    "{{items}} $& ${1} \\u003c/script>",
    "javascript:window.hacked = 1",
    "\u2028 left \u202e gnul",
]


def tally(hits, n, fraction=0.0):
    """`hits` of `n` correct; the intervals are arbitrary."""
    percent = 100 * (hits + fraction) / n
    interval = [max(0, percent - 4), min(100, percent + 4)]
    result = {"sum": hits + fraction, "n": n, "percent": percent, "bootstrap95_percent": interval}
    if not fraction:
        result["wilson95_percent"] = interval
    return result


def item_of(i, runs, images, rng):
    closed = i % 2 == 0
    reference = rng.choice(["yes", "no"]) if closed else rng.choice(["lung", "left lung", "liver", "heart"])
    wrong = {"yes": "no", "no": "yes"}.get(reference, "spleen")
    answers = []
    for _ in range(runs):
        right = rng.random() < 0.6
        text = reference if right else wrong
        answers.append({"prediction": f"The answer is: {text}", "extracted": text, "score": float(right),
                        "confidence": round(rng.random(), 3), "flips": [] if right or not closed else ["negation"]})
    return {
        "id": str(i), "image": f"picture{i % images}", "reference": reference,
        "question": f"Question {i}: what is {'there' if closed else 'seen'}?",
        "answer_type": "CLOSED" if closed else "OPEN", "kind": "closed" if closed else "open",
        "fields": {"modality": ["CT", "MRI", "X-Ray"][i % 3], "page": f"p{i % 2}", "serial": str(i)}, "answers": answers}


def items_of(count, runs, images=12):
    """Questions with answers of known scores. Item i belongs to image i % images."""
    rng = random.Random(1)
    return [item_of(i, runs, images, rng) for i in range(count)]


def scores_of(items, run):
    def of(kind):
        scores = [item["answers"][run]["score"] for item in items if kind in ("overall", item["kind"])]
        return tally(int(sum(scores)), len(scores))
    hits = {kind: of(kind) for kind in ("closed", "open", "overall")}
    recall = {"name": "recall", "of": "open", "mean": 0.4321, "n": hits["open"]["n"]}
    return [
        {"protocol": "paper", "signature": f"vqa|proto:paper-1|n:{len(items)}", **hits, "extract_hits": 3,
         "measures": [], "remark": "a remark"},
        {"protocol": "llava-med", "signature": "vqa|proto:llava-med-1", "closed": hits["closed"],
         "open": tally(10, hits["open"]["n"], 0.25), "overall": tally(20, len(items), 0.25), "measures": [recall]},
    ]


def analysis():
    bins = [{"confidence": (i + 0.5) / 15, "accuracy": (i + 0.5) / 15, "n": 4} for i in range(15)]
    points = [{"coverage": i / 20, "risk": i / 60} for i in range(1, 21)]
    rows = [{"value": value, **tally(10, 20)} for value in ("CT", "MRI", "X-Ray")]
    return {
        "protocol": "paper",
        "clustering": {"images": 12, "naive_se": 0.01, "clustered_se": 0.011, "ratio": 1.1},
        "breakdowns": [{"by": "modality", "rows": rows, "suppressed": {"values": 1, "items": 7}}],
        "yes_no": {"yes": {"yes": 7, "no": 3, "both": 1, "none": 0}, "no": {"yes": 2, "no": 8, "both": 0, "none": 1}},
        "answer_types": {"labels": ["yes/no", "other"], "counts": [[20, 1], [0, 21]]},
        "top_confusions": [{"reference": "lung", "prediction": "spleen", "count": 5}],
        "flips": {"laterality": {"count": 0, "of": 9, "items": []},
                  "negation": {"count": 4, "of": 30, "items": ["0"]}},
        "consistency": {
            "paraphrases": {"pairs": 5, "both_right": 3, "same_answer": tally(4, 5), "mcnemar_p": 1.0},
            "contradictions": {"groups": 2, "items": 4, "ceiling": {"open": tally(28, 30)}, "as_scored": {"open": tally(9, 30)},
                               "any_reference": {"open": tally(10, 30)}}},
        "calibration": {"closed": {"n": 30, "brier": 0.2, "ece": 0.1, "auroc": 0.7, "bins": bins},
                        "open": {"n": 30, "ece": 0.1, "auroc": None, "bins": bins}},
        "risk_coverage": {"points": points, "aurc": 0.2, "accuracy_at_80": 0.7, "accuracy_at_90": 0.65,
                          "coverage_at_95": 0.1},
    }


def comparison(first, second, n):
    return {"first": first, "second": second, "protocol": "paper", "n": n, "first_only": 9, "second_only": 2,
            "mcnemar_p": 0.065, "holm_p": 0.13, "difference_percent": 1.25, "bootstrap95_percent": [-0.5, 3.0]}


def report_of(items, run, name):
    """A report.json with all sections; what the tests check is computed, the rest is arbitrary."""
    n, scores = len(items), scores_of(items, run)
    pair = comparison(name, "shuffled", n)
    hits = {kind: scores[0][kind] for kind in ("closed", "open", "overall")}
    return {
        "version": "0.1.0", "schema": 1,
        "run": {"name": name, "dataset": "made", "split": "test", "records": n, "scored": n, "model": "tiny",
                "predictions_sha256": "ab" * 32, "decode": {"do_sample": False, "max_new_tokens": 16},
                "settings": {"image": {"square_resize": 512}}},
        "scores": {"dataset": "made", "split": "test", "records": n, "scored": n, "scores": scores},
        "skipped": [], "answers_without_image": 2,
        "analysis": analysis(),
        "baselines": {"train": {"records": 99, "sha256": "cd" * 32},
                      "rows": [{"name": "nearest question (TF-IDF)", **hits}]},
        "leaks": {"train_records": 99, "train_images": 5, "test_records": n, "test_images": 12, "images_by_id": 2,
                  "images_by_contents": 1, "unreadable_images": 0, "near_duplicate_bits": 6,
                  "near_duplicates": [{"test_image": f"picture{i % 12}", "train_image": f"t{i}", "distance": 1}
                                      for i in range(20)],
                  "records_of_seen_images": 12, "questions": 11, "image_questions": 1, "triples": 0, "references": 30,
                  "scores": [{"name": "question", "leaked": tally(5, 11), "clean": tally(20, n - 11)}]},
        "image_gain": [{"condition": "shuffled", "closed": pair, "open": pair, "overall": pair, "flagged": True}],
        "captions": {"n": 10, "metrics": [{"name": "bleu4", "mean": 0.123, "corpus": None}]},
    }
