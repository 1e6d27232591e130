#!/usr/bin/env python3
"""gpu_check_report.py OUT: makes OUT/result.json and OUT/result.md from what the parts of gpu_check.sh have left so far.

Of transformers and PEFT on the same machine, OUT/gpu_baseline.jsonl may have lines such as
  {"case": "generate", "batch": 1, "tiles": 1, "first_token_ms": 80, "ms_per_later_token": 30}
  {"case": "train", "batch": 1, "tiles": 1, "checkpointing": false, "ms_per_question_min": 200}
"""
import json
import re
import sys
from pathlib import Path

TITLES = {"lora": "LoRA", "nf4": "decoding in NF4", "qlora": "QLoRA", "qlora_lean": "QLoRA, recomputed, 8-bit states"}
NAMES = ("part", "status", "seconds", "limit")


def read_json(path, default=None):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):  # not there, or cut off: the part's status says so
        return default


def read_lines(path):
    rows = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:  # cut off in the middle of a line
            pass
    return rows


def read_parts(out):
    path = out / "parts.tsv"
    rows = [dict(zip(NAMES, line.split("\t"))) for line in path.read_text().splitlines()] if path.exists() else []
    return [{**row, "seconds": float(row["seconds"]), "limit": float(row["limit"])} for row in rows]


def read_bundle(out):
    path = out / "bundle.txt"
    return dict(line.split(" ", 1) for line in path.read_text().splitlines() if " " in line) if path.exists() else {}


def read_tests(out):
    path = out / "tests.txt"
    text = path.read_text(errors="replace") if path.exists() else ""
    names = lambda mark: sorted(set(re.findall(rf"^\[  {mark} *\] (\w+(?:/\w+)*\.\w+(?:/\w+)*)", text, re.MULTILINE)))
    return {"passed": len(re.findall(r"^\[       OK \]", text, re.MULTILINE)), "failed": names("FAILED"),
            "skipped": names("SKIPPED")}


def read_budgets(out):
    """Phase and card -> counts and budgets ("730 / 730"), as tests/device records them."""
    found = {}
    for suite in (read_json(out / "budgets.json", {}) or {}).get("testsuites", []):
        for test in suite["testsuite"]:
            for name, value in test.items():
                phase = re.fullmatch(r"(.*): (launches|waits|uploads|allocations)", name)
                if phase:
                    found.setdefault(f"{phase[1]} ({test['name'].rpartition('/')[2]})", {})[phase[2]] = value
    return found


def milliseconds(timing):
    return [f"{timing['fastest_ms']:.2f}", f"{timing['median_ms']:.2f}"]


def baseline_value(lines, case, field, **wanted):
    for line in lines:
        if line.get("case") == case and field in line and all(line.get(name) == value for name, value in wanted.items()):
            return f"{line[field]:.2f}"
    return ""


def step_note(step):
    peak = f"peak {step['peak_device_mib']:.0f} MiB, " if "peak_device_mib" in step else ""
    nonfinite = f"; without the optimizer: {step['nonfinite']} was non-finite" if "nonfinite" in step else ""
    return f"{peak}planned {step['planned_mib']:.0f} MiB{nonfinite}"


def image_rows(bench):
    rows = []
    for image in bench.get("images", []):
        tiles = f"image of {image['tiles']} tile{'' if image['tiles'] == 1 else 's'}"
        speed = f"{image['tower_tflops_per_s']:.0f} TFLOP/s"
        rows.append([f"{tiles}, vision tower", *milliseconds(image["tower"]), "", speed])
        rows.append([f"{tiles}, all that the text needs", *milliseconds(image["encode"]), "", ""])
    return rows


def answer_rows(bench, baseline):
    theirs = lambda field: baseline_value(baseline, "generate", field, batch=1, tiles=1)
    if "prefill" not in bench:
        return []
    rows = [["question of 64 tokens, to the first new token", *milliseconds(bench["prefill"]), "", ""]]
    if bench.get("images"):
        sums = {key: bench["prefill"][key] + bench["images"][0]["encode"][key] for key in ("fastest_ms", "median_ms")}
        rows.append(["image of 1 tile and question, to the first new token", *milliseconds(sums), theirs("first_token_ms"), ""])
    return rows + [
        ["one more token", *milliseconds(bench["token"]), theirs("ms_per_later_token"), ""],
        ["an image and 11 questions, 8 new tokens each", *milliseconds(bench["image_of_questions"]), "", ""],
        ["3 such images together", *milliseconds(bench["images_of_questions"]), "", f"{bench['answers_per_second']:.1f} answers/s"]]


def decode_rows(bench):
    return [[f"one more token for {row['rows']} row{'' if row['rows'] == 1 else 's'}, {row['weights']}", *milliseconds(row["token"]),
             "", f"{row['tokens_per_second']:.0f} tokens/s"] for row in bench.get("decode", [])]


def step_rows(title, bench, baseline):
    theirs = baseline_value(baseline, "train", "ms_per_question_min", batch=1, tiles=1, checkpointing=False)
    rows = []
    for step in bench.get("steps", []):
        is_theirs = title == "LoRA" and step["questions"] == 1
        questions = f"{step['questions']} question{'' if step['questions'] == 1 else 's'}"
        rows.append([f"{title}: step, an image and {questions}", *milliseconds(step["step"]), theirs if is_theirs else "",
                     step_note(step)])
    return rows


def time_rows(name, bench, baseline):
    """Rows of the table of times: what, fastest, median, transformers + PEFT, note."""
    title = TITLES.get(name, name)
    size = f"{bench['weight_bytes'] / 2**20:.0f} MiB, peak {bench['peak_device_mib']:.0f} MiB in this part"
    load = [f"load for {title}", f"{1000 * bench['load_s']:.0f}", "", "", size]
    return [load, *image_rows(bench), *answer_rows(bench, baseline), *decode_rows(bench), *step_rows(title, bench, baseline)]


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(str(cell).replace("|", "/") for cell in line) + " |\n" for line in lines)


def head_text(result):
    environment, gpu = result["environment"], result["environment"].get("gpu", {})
    facts = [f"commit {result['bundle'].get('commit', 'unknown')}", f"libtorch {environment.get('libtorch', 'unknown')}"]
    facts += [f"{name} {gpu[name]}" for name in ("compute_capability", "driver", "cuda", "cudnn") if name in gpu]
    facts += [f"attention {' or '.join(gpu.get('attention', [])) or 'unknown'}",
              f"own kernels: {'yes' if gpu.get('own_kernels') else 'no'}"]
    return f"# GPU check: {gpu.get('name', 'no GPU')}\n\n{', '.join(facts).replace('_', ' ')}\n\n"


def tests_text(tests):
    counts = f"{tests['passed']} passed, {len(tests['failed'])} failed, {len(tests['skipped'])} skipped"
    return f"\nTests: {'; '.join([counts] + tests['failed'] + tests['skipped'])}.\n"


def section(title, head, rows):
    return f"\n## {title}\n\n{table(head, rows)}" if rows else ""


def markdown(result):
    parts = [[part["part"], part["status"], part["seconds"], part["limit"]] for part in result["parts"]]
    compare = [[row["run"], "yes" if row["passed"] else "**no**", row["text"]] for row in result["compare"]]
    times = [row for name, bench in result["bench"].items() for row in time_rows(name, bench, result["baseline"])]
    kinds = ("launches", "waits", "uploads", "allocations")
    budgets = [[phase, *(counts.get(kind, "") for kind in kinds)] for phase, counts in result["budgets"].items()]
    model = next((bench["model"] for bench in result["bench"].values()), "")
    return (head_text(result) + table(["part", "status", "s", "limit, s"], parts) + tests_text(result["tests"]) +
            section("A tiny model on the GPU and on the CPU", ["run", "passed", "difference"], compare) +
            section(f"Times of {model}", ["milliseconds", "fastest", "median", "transformers + PEFT", ""], times) +
            section("Counts / budgets, without a GPU", ["phase", *kinds], budgets))


def main():
    out = Path(sys.argv[1])
    benches = {path.stem.removeprefix("bench_"): read_json(path) for path in sorted(out.glob("bench_*.json"))}
    benches = {name: bench for name, bench in benches.items() if isinstance(bench, dict) and "model" in bench}
    start = read_json(out / "start.json", {}) or {}
    result = {"schema": 1, "bundle": read_bundle(out), "environment": start.get("environment", {}), "parts": read_parts(out),
              "tests": read_tests(out), "compare": read_json(out / "compare.json", []) or [], "bench": benches,
              "budgets": read_budgets(out), "baseline": read_lines(out / "gpu_baseline.jsonl")}
    for name, text in (("result.json", json.dumps(result, indent=1)), ("result.md", markdown(result))):
        draft = out / f".{name}"
        draft.write_text(text)
        draft.replace(out / name)


if __name__ == "__main__":
    main()
