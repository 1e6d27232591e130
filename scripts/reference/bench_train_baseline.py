#!/usr/bin/env python3
"""Baseline of a transformers + PEFT user: LoRA steps on one question at a time, fp32, AdamW. One process, one JSON line.

    python bench_train_baseline.py --model DIR --dataset vqa_rad --data DIR --start ADAPTER --questions 4 --threads 2 [--resize 512]
    python bench_train_baseline.py ... --start ADAPTER --loss-only      # writes ADAPTER if it does not exist

One question per step is the fastest way: the vision tower dominates, and every question has its own copy of the image. A step does
what Trainer does: reading and resizing the image, forward, backward, clipping, AdamW. One warm-up step is not counted. --loss-only:
no step; the loss over all questions of the folder, as the mean over their labeled tokens.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bench_baseline as bb  # noqa: E402
import bench_data  # noqa: E402

ANSWER = "The answer is: "
LINEARS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "fc1", "fc2"]
RANK = ALPHA = 32
LEARNING_RATE, WEIGHT_DECAY, CLIP = 2e-4, 0.01, 1.0


def with_adapter(model, folder, seed):
    """The model with the adapter of a folder; if there is none, a new one (B zero) is written there."""
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model
    if folder.exists():
        return PeftModel.from_pretrained(model, folder, is_trainable=True)
    torch.manual_seed(seed)
    wrapped = get_peft_model(model, LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=LINEARS, bias="none",
                                               task_type="CAUSAL_LM"))
    wrapped.save_pretrained(folder, save_embedding_layers=False)
    return wrapped


class Trainer:
    def __init__(self, a):
        import torch
        import transformers
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        torch.set_num_threads(a.threads)
        self.torch, self.a = torch, a
        self.processor = bb.load_processor(a.model)
        self.processor.tokenizer.padding_side = "right"
        model = transformers.MllamaForConditionalGeneration.from_pretrained(
            a.model, torch_dtype=torch.float32, attn_implementation="sdpa")
        self.model = with_adapter(model, a.start, a.seed).train()
        self.params = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.params, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)

    def inputs(self, question):
        from PIL import Image
        image = Image.open(question.image).convert("RGB")
        if self.a.resize:
            image = image.resize((self.a.resize, self.a.resize), Image.BILINEAR)
        user = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": bb.PROMPT + question.question}]}
        spoken = {"role": "assistant", "content": [{"type": "text", "text": ANSWER + question.answer}]}
        inputs = self.processor(images=image, text=self.processor.apply_chat_template([user, spoken]),
                                add_special_tokens=False, return_tensors="pt")
        asked = self.processor.apply_chat_template([user], add_generation_prompt=True)
        labels = inputs["input_ids"].clone()
        labels[:, :len(self.processor.tokenizer(asked, add_special_tokens=False)["input_ids"])] = -100
        return dict(inputs) | {"labels": labels}

    def step(self, question):
        loss = self.model(**self.inputs(question), use_cache=False).loss
        loss.backward()
        self.torch.nn.utils.clip_grad_norm_(self.params, CLIP)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def loss(self, questions):
        """(mean over labeled tokens, their number)."""
        total = count = 0
        with self.torch.inference_mode():
            for question in questions:
                inputs = self.inputs(question)
                tokens = int((inputs["labels"][:, 1:] != -100).sum())
                total, count = total + tokens * float(self.model(**inputs, use_cache=False).loss.double()), count + tokens
        return total / count, count


def run(a, trainer, questions):
    if a.loss_only:
        loss, tokens = trainer.loss(questions)
        return {"loss": loss, "tokens": tokens, "wall_s": 0}
    spent, losses = [], []
    trainer.step(questions[0])
    start = time.perf_counter()
    for question in questions:
        before = time.perf_counter()
        losses.append(round(trainer.step(question), 5))
        spent.append(time.perf_counter() - before)
    return {"wall_s": round(time.perf_counter() - start, 3), "losses": losses,
            "s_per_question": {"fastest": round(min(spent), 3), "median": round(statistics.median(spent), 3)}}


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--model", required=True)
    p.add_argument("--dataset", choices=["vqa_rad", "slake"], required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--start", type=pathlib.Path, required=True)
    p.add_argument("--questions", type=int, default=4, help="0: all")
    p.add_argument("--resize", type=int, default=0)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--loss-only", action="store_true")
    a = p.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    questions = bench_data.shuffled(bench_data.load(a.dataset, a.data, "train"), a.seed)
    questions = questions[:a.questions] if a.questions else questions
    trainer = Trainer(a)
    ready = bb.process_age()
    result = run(a, trainer, questions)
    import peft
    import transformers
    print(json.dumps({
        "questions": len(questions), "images": len({q.image for q in questions}), "ready_s": round(ready, 2), **result,
        "trained": sum(p.numel() for p in trainer.params),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "versions": {"transformers": transformers.__version__, "peft": peft.__version__, "torch": trainer.torch.__version__}}))


if __name__ == "__main__":
    main()
