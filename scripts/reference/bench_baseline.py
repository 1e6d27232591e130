#!/usr/bin/env python3
"""Baseline of a transformers user: greedy answers of exactly N tokens, one question at a time, fp32. One process, one JSON line.

    python bench_baseline.py --model DIR --dataset vqa_rad --data DIR --questions 6 --threads 2 [--resize 512]

The line has the keys that bench.py expects from `llama32med eval`: questions, images, wall_s, ready_s, peak_rss_mib; and
s_per_question (the fastest and the median). One warm-up answer is not counted.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import sys
import time

START = time.time()
PROMPT = "You are an expert radiologist. Answer the following medical question concisely: "


def process_age():
    """Seconds since the process was started, including the interpreter's startup."""
    try:
        ticks = int(pathlib.Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
        return float(pathlib.Path("/proc/uptime").read_text().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")
    except OSError:
        return time.time() - START


def load_processor(folder):
    """Also works without tokenizer.json."""
    from transformers import MllamaImageProcessor, MllamaProcessor, PreTrainedTokenizerFast
    folder = pathlib.Path(folder)
    if (folder / "tokenizer.json").exists():
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    else:
        import make_goldens
        tokenizer = make_goldens.build_tokenizer(folder / "tokenizer.model")
    template = None
    for name in ("chat_template.json", "tokenizer_config.json"):
        if (folder / name).exists() and not template:
            template = json.loads((folder / name).read_text(encoding="utf-8")).get("chat_template")
    return MllamaProcessor(MllamaImageProcessor.from_pretrained(folder), tokenizer, chat_template=template)


class Baseline:
    def __init__(self, a):
        import torch
        import transformers
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        torch.set_num_threads(a.threads)
        self.torch, self.a = torch, a
        self.processor = load_processor(a.model)
        self.model = transformers.MllamaForConditionalGeneration.from_pretrained(
            a.model, torch_dtype=torch.float32, attn_implementation="sdpa").eval()
        config = self.model.generation_config
        config.do_sample, config.temperature, config.top_p = False, None, None

    def answer(self, question):
        from PIL import Image
        image = Image.open(question.image).convert("RGB")
        if self.a.resize:
            image = image.resize((self.a.resize, self.a.resize), Image.BILINEAR)
        chat = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": PROMPT + question.question}]}]
        text = self.processor.apply_chat_template(chat, add_generation_prompt=True)
        inputs = self.processor(images=image, text=text, add_special_tokens=False, return_tensors="pt")
        with self.torch.inference_mode():
            out = self.model.generate(**inputs, max_new_tokens=self.a.new_tokens, min_new_tokens=self.a.new_tokens)
        fresh = out[0, inputs["input_ids"].shape[1]:]
        assert len(fresh) == self.a.new_tokens
        return self.processor.tokenizer.decode(fresh, skip_special_tokens=True)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--model", required=True)
    p.add_argument("--dataset", choices=["vqa_rad", "slake"], required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--questions", type=int, default=6, help="0: all")
    p.add_argument("--resize", type=int, default=0)
    p.add_argument("--new-tokens", type=int, default=8)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    import bench_data
    questions = bench_data.shuffled(bench_data.load(a.dataset, a.data), a.seed)
    questions = questions[:a.questions] if a.questions else questions
    bench = Baseline(a)
    ready, answers, spent = process_age(), [], []
    bench.answer(questions[0])
    start = time.perf_counter()
    for question in questions:
        before = time.perf_counter()
        answers.append(bench.answer(question))
        spent.append(time.perf_counter() - before)
    wall = time.perf_counter() - start
    import transformers
    print(json.dumps({
        "questions": len(questions), "images": len({q.image for q in questions}), "wall_s": round(wall, 3),
        "ready_s": round(ready, 2),
        "s_per_question": {"fastest": round(min(spent), 3), "median": round(statistics.median(spent), 3)},
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), "answers": answers[:2],
        "versions": {"transformers": transformers.__version__, "torch": bench.torch.__version__}}))


if __name__ == "__main__":
    main()
