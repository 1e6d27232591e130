"""bench.py --what train: LoRA steps of `llama32med train` against transformers + PEFT, alternating, on the bench checkpoint.

Both train r = 32, alpha = 32 on q, k, v, o, gate, up, down, fc1 and fc2 of both towers (not the projector), in fp32, with AdamW, a
constant learning rate, clipping at 1.0 and the loss on the answer's tokens, from one adapter that PEFT wrote (B zero). transformers
takes one question per step, its fastest way, and a sample of questions (--questions), since each costs the same; the program takes
the questions of one image per step: once whole images, once one question per image. Interface of the program:

    llama32med train --config F --out DIR --device cpu --dtype fp32 --threads N --json
    DIR/stage2/metrics.jsonl   one line per step: loss, tokens, questions, images, questions_per_second

Seconds are the sum of questions / questions_per_second over all steps, including the first; a step includes waiting for its
images. Memory is the peak of the whole process as counted by the kernel. Before timing, both sides compute the loss of the same
first step (all questions of one image) from the same adapter: tokens must be equal and losses within `LOSS_GATE`, else the exit
status is 1. That step uses model.semantics=hf, since transformers is unmodified (text before the image attends to it).
"""

import json
import pathlib
import shutil
import sys

import bench_baseline
import bench_data
import bench_process
import bench_table
import bench_train_baseline as theirs

HERE = pathlib.Path(__file__).resolve().parent
LOSS_GATE = 5e-6 / 7  # relative to the loss, as in live_gates.py
PROMPT_FILE = f"[user]\n<image>\n{bench_baseline.PROMPT}{{question}}\n[assistant]\n{theirs.ANSWER}{{answer}}\n"


def say(text):
    print(text, file=sys.stderr, flush=True)


def baseline(a, dataset, folder, size, more):
    return [sys.executable, HERE / "bench_train_baseline.py", "--model", a.checkpoint, "--dataset", dataset, "--data", folder,
            "--start", a.start, "--resize", size, "--threads", a.threads, "--seed", a.seed, *more]


def config(a, dataset, folder, size, semantics):
    """The config file of the program."""
    prompt = a.out / "train-prompt.txt"
    prompt.write_text(PROMPT_FILE, encoding="utf-8")
    return {"model": {"folder": str(a.checkpoint), "semantics": semantics}, "image": {"square_resize": size},
            "tune": {"rank": theirs.RANK, "alpha": theirs.ALPHA, "target_modules": theirs.LINEARS},
            "train": {"epochs": 1, "batching": "by_image", "batch_size": 1, "learning_rate": theirs.LEARNING_RATE,
                      "weight_decay": theirs.WEIGHT_DECAY, "max_gradient_norm": theirs.CLIP, "save_every": 0,
                      "schedule": {"kind": "constant", "warmup_ratio": 0}},
            "stage2": {"data": {"name": dataset, "folder": str(folder), "split": "train"}, "prompt": {"file": str(prompt)},
                       "start": str(a.start)}}


def ours(a, dataset, folder, size, semantics="meta"):
    """(figures of one run of the program, measurements)."""
    if a.program == "self":  # the baseline instead, to test this script
        return bench_process.measured(baseline(a, dataset, folder, size, ["--questions", 0]), a.threads)
    file, out = a.out / "train.json", a.out / "train"
    file.write_text(json.dumps(config(a, dataset, folder, size, semantics), indent=1), encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)  # else it would resume the last pass
    result, outside = bench_process.measured(
        [a.program, "train", "--config", file, "--out", out, "--device", "cpu", "--dtype", "fp32", "--threads", a.threads, "--json",
         *(x for s in a.set for x in ("--set", s))], a.threads)
    lines = [json.loads(line) for line in (out / "stage2" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    steps = [line for line in lines if "loss" in line]
    figures = {"questions": sum(s["questions"] for s in steps), "images": sum(s["images"] for s in steps),
               "wall_s": round(sum(s["questions"] / s["questions_per_second"] for s in steps), 3),
               "loss": steps[0]["loss"], "tokens": steps[0]["tokens"], "last_loss": steps[-1]["loss"],
               "whole_s": result["stages"][0]["wall_s"], "peak_rss_mib": result["peak_rss_mib"]}
    return figures, outside


def record(a, tool, what, run, facts):
    """Appends the line of a run to train.jsonl."""
    result, outside = run
    if what != "sample" and any(result[k] != facts[k] for k in ("questions", "images")):
        raise SystemExit(f"{tool} trained on {result['questions']} questions of {result['images']} images, not on those of {facts}")
    line = {"tool": tool, "what": what, **facts, **result, **outside, "threads": a.threads}
    bench_process.append(a.out / "train.jsonl", line)
    say(f"  {tool}, {what}: {line['wall_s'] / line['questions']:.3f} s per question ({line['questions']} on {line['images']} images), "
        f"{line['peak_rss_mib']} MiB")
    return line


def compare_losses(a, dataset, folder, size):
    """Runs the first step on both sides; returns the line for the table."""
    expected, _ = bench_process.measured(baseline(a, dataset, folder, size, ["--questions", 0, "--loss-only"]), a.threads)
    got = expected if a.program == "self" else ours(a, dataset, folder, size, "hf")[0]
    gap = abs(got["loss"] - expected["loss"])
    good = got["tokens"] == expected["tokens"] and gap <= LOSS_GATE * expected["loss"]
    say(f"  first step: loss {got['loss']:.7f}, {got['tokens']} tokens; transformers {expected['loss']:.7f}, {expected['tokens']} "
        f"tokens; {'equal' if good else 'NOT EQUAL'} (difference {gap:.1e}, gate {LOSS_GATE * expected['loss']:.1e})")
    line = {"tool": "both", "what": "first step", "set": dataset, "size": size, "loss": got["loss"], "tokens": got["tokens"],
            "expected_loss": expected["loss"], "expected_tokens": expected["tokens"], "good": good}
    bench_process.append(a.out / "train.jsonl", line)
    return line


def subsets(a, dataset, source):
    """[(name, folder, counts)]: whole images, one question per image, only the first image."""
    chosen = bench_data.choose(bench_data.load(dataset, source, "train"), 0 if a.full else a.ours, a.seed)
    if not chosen:
        raise SystemExit(f"{source} has no training question with an image")
    parts = {"grouped": chosen, "one per image": bench_data.one_per_image(chosen),
             "first step": [q for q in chosen if q.image == chosen[0].image]}
    return [(what, bench_data.write(dataset, source, a.out / "data" / f"{dataset}-train-{what.replace(' ', '-')}", questions, "train"),
             {"questions": len(questions), "images": len({q.image for q in questions})}) for what, questions in parts.items()]


def run(a, sets, machine):
    """Writes train.md and train.jsonl; returns the exit status."""
    lines, a.start = [], a.out / "start"
    shutil.rmtree(a.start, ignore_errors=True)
    for dataset, source in sets.items():
        *parts, (_, first, _) = subsets(a, dataset, source)
        for size in a.sizes:
            lines.append(compare_losses(a, dataset, first, size))
            for turn in range(a.passes):
                say(f"{dataset}, {size or 'native'}, pass {turn + 1} of {a.passes}")
                facts = {"set": dataset, "size": size, "pass": turn + 1}
                lines += [record(a, "llama32med", what, ours(a, dataset, folder, size), facts | counts)
                          for what, folder, counts in parts]
                if a.questions:
                    sample = baseline(a, dataset, parts[0][1], size, ["--questions", a.questions])
                    lines.append(record(a, "transformers", "sample", bench_process.measured(sample, a.threads), facts))
    table = bench_table.training_table(lines, machine)
    (a.out / "train.md").write_text(table, encoding="utf-8")
    print(table)
    say(f"one line per run: {a.out / 'train.jsonl'}; this table: {a.out / 'train.md'}")
    return 0 if all(line.get("good", True) for line in lines) else 1
