#!/usr/bin/env python3
"""Benchmarks `llama32med` against transformers: same checkpoint folder, data, questions and threads, alternating on one machine.

    scripts/bench.sh                                       # installs missing packages and runs this
    python bench.py --program build/release/llama32med [--data ROOT] [--out runs/bench] [--questions 6] [--ours 60 | --full]
    python bench.py --what train [the same options]        # training steps instead of answers, see bench_train.py

Interface of the program. It makes the checkpoint (unless --checkpoint or --make-checkpoint is given)

    llama32med init --preset bench --tokenizer FILE --seed 0 --out DIR

a folder that transformers can load too (config, weights, tokenizer, preprocessor_config.json, chat_template.json), and evaluates

    llama32med eval --model DIR --dataset slake|vqa_rad --data DIR --split test --protocol strict-em --out DIR --threads N
        --dtype fp32 --device cpu --set generate.max_new_tokens=8 --set generate.exact_length=true
        [--set image.square_resize=512] --json

generate.exact_length (for benchmarks): every answer has exactly max_new_tokens tokens and ignores stop ids, which random weights
would otherwise hit. image.square_resize: all images are first resized to a square of that side. Standard output is one JSON object
with at least
    questions, images   number of answered questions and of different images
    ready_s             from process start until the first question can be answered (model and tokenizer loaded)
    wall_s              from then until the last prediction is written, including reading and resizing images
    vision_s, decode_s  parts of wall_s: the tower with its projector; prefill and decoding of text
    peak_rss_mib        peak memory of the process
bench.py also measures peak memory, wall and CPU time of both processes itself, and reports its own memory figure.

Rules: questions come as whole images in a seeded order; the fastest of --passes alternating passes is reported, separately for
native size and 512. transformers costs the same for every question, so it answers a sample (--questions) of the same set. The program
also answers one question per image of the same images, which gives two more figures: the speedup from distinct tiles alone, and the
cost of another question about a seen image, (time of all - time of one per image) / (questions - images).
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bench_data  # noqa: E402
import bench_process  # noqa: E402
import bench_table  # noqa: E402
import bench_train  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


# ---- processes --------------------------------------------------------------------------------------------------------------

def ours(a, dataset, folder, size):
    """The command of the program (or of the baseline instead, to test this script)."""
    if a.program == "self":
        return baseline(a, dataset, folder, size, 0)
    out = a.out / "eval"
    shutil.rmtree(out, ignore_errors=True)  # else it would resume the last pass
    settings = [f"generate.max_new_tokens={a.new_tokens}", "generate.exact_length=true", *a.set]
    settings += [f"image.square_resize={size}"] if size else []
    return [a.program, "eval", "--model", a.checkpoint, "--dataset", dataset, "--data", folder, "--split", "test", "--protocol",
            "strict-em", "--out", out, "--threads", a.threads, "--dtype", "fp32", "--device", "cpu",
            *(x for s in settings for x in ("--set", s)), "--json"]


def baseline(a, dataset, folder, size, questions):
    return [sys.executable, HERE / "bench_baseline.py", "--model", a.checkpoint, "--dataset", dataset, "--data", folder,
            "--questions", questions, "--resize", size, "--new-tokens", a.new_tokens, "--threads", a.threads, "--seed", a.seed]


def record(a, tool, what, command, facts):
    """Runs a command and appends its line to bench.jsonl."""
    result, outside = bench_process.measured(command, a.threads)
    missing = [k for k in ("questions", "images", "wall_s", "ready_s") if k not in result]
    if missing:
        raise SystemExit(f"{tool}: {', '.join(missing)} missing in its JSON: {json.dumps(result)[:300]}")
    if what != "sample" and (result["questions"], result["images"]) != (facts["questions"], facts["images"]):
        raise SystemExit(f"{tool} answered {result['questions']} questions on {result['images']} images, not {facts}")
    line = {"tool": tool, "what": what, **facts, **result, **outside, "threads": a.threads, "new_tokens": a.new_tokens}
    bench_process.append(a.out / "bench.jsonl", line)
    print(f"  {tool}, {what}: {line['wall_s'] / max(1, line['questions']):.3f} s per question "
          f"({line['questions']} on {line['images']} images), ready {line['ready_s']} s, {line['peak_rss_mib']} MiB",
          file=sys.stderr, flush=True)
    return line


# ---- what is run ------------------------------------------------------------------------------------------------------------

def data_root(given):
    named = given or os.environ.get("LLAMA32MED_DATA")
    return pathlib.Path(named) if named else ROOT.parent / "shared" / "data"


def find_sets(a, default=("slake", "vqa_rad"), split="test"):
    """{name: folder}. If no dataset is found: the slice of VQA-RAD in this repository."""
    root = data_root(a.data)
    files = {"slake": f"{split}.json", "vqa_rad": bench_data.RAD_FILE}
    found = {name: root / name for name in a.sets or default if (root / name / files[name]).exists()}
    shipped = ROOT / "tests" / "datasets" / "vqa_rad"
    if not found and (shipped / files["vqa_rad"]).exists():
        print(f"{root} has no dataset (set LLAMA32MED_DATA): using the slice of VQA-RAD in this repository", file=sys.stderr)
        found = {"vqa_rad": shipped}
    if not found:
        raise SystemExit(f"no data: neither {root} nor {shipped} has a dataset in its official layout; set LLAMA32MED_DATA")
    return found


def make_checkpoint(a):
    """Makes the bench checkpoint once."""
    tokenizer = a.tokenizer or data_root(a.data) / "llama3_tokenizer" / "tokenizer.model"
    if not tokenizer.exists():
        tokenizer = ROOT / "tests" / "golden" / "tiny" / "model" / "tokenizer.model"
        print("the Llama 3 rank file was not found: the bench checkpoint gets a tokenizer of single bytes", file=sys.stderr)
    a.checkpoint = a.out / "checkpoint"
    if (a.checkpoint / "config.json").exists():
        return
    if a.make_checkpoint:
        command = [sys.executable, a.make_checkpoint, "--out", a.checkpoint, "--tokenizer", tokenizer]
    else:
        command = [a.program, "init", "--preset", "bench", "--tokenizer", tokenizer, "--seed", 0, "--out", a.checkpoint]
    print(f"making {a.checkpoint}", file=sys.stderr, flush=True)
    if subprocess.run([str(c) for c in command], stdout=sys.stderr, check=False).returncode != 0:
        shutil.rmtree(a.checkpoint, ignore_errors=True)
        raise SystemExit(f"failed: {' '.join(map(str, command))}")


def subsets(a, dataset, source):
    """(folder of whole images, folder with one question per image, counts of each)."""
    chosen = bench_data.choose(bench_data.load(dataset, source), 0 if a.full else a.ours, a.seed)
    if not chosen:
        raise SystemExit(f"{source} has no test question with an image")
    result = []
    for what, questions in (("grouped", chosen), ("one per image", bench_data.one_per_image(chosen))):
        folder = bench_data.write(dataset, source, a.out / "data" / f"{dataset}-{what.replace(' ', '-')}", questions)
        result.append((what, folder, {"questions": len(questions), "images": len({q.image for q in questions})}))
    return result


def run_all(a):
    lines = []
    for dataset, source in find_sets(a).items():
        parts = subsets(a, dataset, source)
        for size in a.sizes:
            for turn in range(a.passes):
                print(f"{dataset}, {size or 'native'}, pass {turn + 1} of {a.passes}", file=sys.stderr, flush=True)
                facts = {"set": dataset, "size": size, "pass": turn + 1}
                for what, folder, counts in parts:
                    lines.append(record(a, "llama32med", what, ours(a, dataset, folder, size), facts | counts))
                if a.questions:
                    command = baseline(a, dataset, parts[0][1], size, a.questions)
                    lines.append(record(a, "transformers", "sample", command, facts))
    return lines


def command_line():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--program", default="build/release/llama32med",
                   help="or: self, to run the baseline instead (tests this script)")
    p.add_argument("--data", help="folder that contains slake/ and vqa_rad/ (default: LLAMA32MED_DATA, else ../shared/data)")
    p.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/bench"))
    p.add_argument("--checkpoint", type=pathlib.Path, help="an Mllama folder to use")
    p.add_argument("--make-checkpoint", help="a script with options --out and --tokenizer, to use instead of `init --preset bench`")
    p.add_argument("--tokenizer", type=pathlib.Path, help="rank file for the bench checkpoint")
    p.add_argument("--what", choices=["eval", "train"], default="eval")
    p.add_argument("--sets", nargs="+", choices=["slake", "vqa_rad"], help="default: both; for training, vqa_rad")
    p.add_argument("--sizes", nargs="+", type=int, default=[0, 512], help="0: native")
    p.add_argument("--questions", type=int, default=6, help="number of questions for transformers; 0: skip it")
    p.add_argument("--ours", type=int, default=60, help="number of questions for the program, rounded up to whole images")
    p.add_argument("--full", action="store_true", help="the program answers the complete sets")
    p.add_argument("--passes", type=int, default=3)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--new-tokens", type=int, default=8)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="an extra config setting for the program")
    return p


def main():
    a = command_line().parse_args()
    if a.program != "self":
        a.program = pathlib.Path(a.program).resolve()
        if not a.program.exists():
            raise SystemExit(f"{a.program}: no such program; build it (scripts/quickstart.sh)")
    a.out = a.out.resolve()
    a.out.mkdir(parents=True, exist_ok=True)
    if a.checkpoint is None:
        make_checkpoint(a)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {a.threads} threads"
    if a.what == "train":
        return bench_train.run(a, find_sets(a, ("vqa_rad",), "train"), machine)
    lines = run_all(a)
    table = bench_table.table(lines, machine)
    (a.out / "bench.md").write_text(table, encoding="utf-8")
    print(table)
    print(f"one line per run: {a.out / 'bench.jsonl'}; this table: {a.out / 'bench.md'}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
