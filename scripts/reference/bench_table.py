"""The table of bench.py: the fastest pass, one row per dataset and size."""


def pick(lines, tool, what, key):
    """The smallest value over the passes, or None."""
    values = [key(line) for line in lines if line["tool"] == tool and line["what"] == what]
    return min(values) if values else None


def per_question(line):
    return line["wall_s"] / line["questions"]


def show(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def ratio(theirs, own):
    return "-" if theirs is None or not own else f"{theirs / own:.1f}x"


def row(lines):
    """The lines of one set and size."""
    grouped = next(line for line in lines if line["what"] == "grouped")
    own = pick(lines, "llama32med", "grouped", per_question)
    single = pick(lines, "llama32med", "one per image", per_question)
    theirs = pick(lines, "transformers", "sample", per_question)
    memory = [pick(lines, t, w, lambda x: x["peak_rss_mib"]) for t, w in (("llama32med", "grouped"), ("transformers", "sample"))]
    ready = [pick(lines, t, w, lambda x: x["ready_s"]) for t, w in (("llama32med", "grouped"), ("transformers", "sample"))]
    further, more = None, grouped["questions"] - grouped["images"]
    if more:
        walls = [pick(lines, "llama32med", w, lambda x: x["wall_s"]) for w in ("grouped", "one per image")]
        further = (walls[0] - walls[1]) / more
    return [grouped["set"], str(grouped["size"] or "native"), str(grouped["questions"]),
            f"{grouped['questions'] / grouped['images']:.2f}", show(own, 3), show(theirs), ratio(theirs, own), show(single, 3),
            ratio(theirs, single), show(further, 3), " / ".join(show(m, 0) for m in memory), " / ".join(show(r) for r in ready)]


HEAD = ["set", "size", "questions", "questions per image", "llama32med, s per question", "transformers, s per question", "ratio",
        "llama32med, one question per image", "ratio", "another question about a seen image, s", "peak RSS, MiB", "ready, s"]


def table(lines, machine):
    groups = {}
    for line in lines:
        groups.setdefault((line["set"], line["size"]), []).append(line)
    passes = max(line["pass"] for line in lines)
    theirs = next((f"transformers {line['versions']['transformers']}" for line in lines if line["tool"] == "transformers"), "nothing")
    text = (f"llama32med against {theirs}, fp32, exactly {lines[0]['new_tokens']} new tokens, {machine}; fastest of {passes} "
            "alternating passes; pairs are llama32med / transformers.\n\n")
    rows = [HEAD, ["---"] * len(HEAD)] + [row(g) for g in groups.values()]
    return text + "".join("| " + " | ".join(r) + " |\n" for r in rows)


# ---- training ---------------------------------------------------------------------------------------------------------------

TRAINING_HEAD = ["set", "size", "questions per image", "llama32med, questions per second", "transformers", "ratio",
                 "one question per image", "ratio", "peak RSS, MiB", "share of transformers'", "loss of the first step"]


def training_row(lines):
    """The lines of one set and size."""
    grouped = next(line for line in lines if line["what"] == "grouped")
    first = next(line for line in lines if line["what"] == "first step")
    own, single = (pick(lines, "llama32med", what, per_question) for what in ("grouped", "one per image"))
    theirs = pick(lines, "transformers", "sample", per_question)
    memory = [pick(lines, tool, what, lambda x: x["peak_rss_mib"])
              for tool, what in (("llama32med", "grouped"), ("transformers", "sample"))]
    rate = lambda seconds: None if seconds is None else 1 / seconds  # noqa: E731
    share = "-" if memory[1] is None else f"{memory[0] / memory[1]:.0%}"
    losses = f"{first['loss']:.6f} / {first['expected_loss']:.6f}" + ("" if first["good"] else ", NOT EQUAL")
    return [grouped["set"], str(grouped["size"] or "native"), f"{grouped['questions'] / grouped['images']:.2f}", show(rate(own), 3),
            show(rate(theirs), 4), ratio(theirs, own), show(rate(single), 3), ratio(theirs, single),
            " / ".join(show(m, 0) for m in memory), share, losses]


def training_table(lines, machine):
    groups = {}
    for line in lines:
        groups.setdefault((line["set"], line["size"]), []).append(line)
    passes = max(line.get("pass", 0) for line in lines)
    versions = next((line["versions"] for line in lines if "versions" in line), {"transformers": "", "peft": ""})
    text = (f"llama32med train against transformers {versions['transformers']} + PEFT {versions['peft']}, LoRA steps, fp32, "
            f"{machine}; fastest of {passes} alternating passes; pairs are llama32med / transformers.\n\n")
    rows = [TRAINING_HEAD, ["---"] * len(TRAINING_HEAD)] + [training_row(g) for g in groups.values()]
    return text + "".join("| " + " | ".join(r) + " |\n" for r in rows)
