#!/usr/bin/env python3
"""Compares greedy answers of the program with transformers, from image file and question to ids and text, on random checkpoints;
single requests and batches.

    python live_generate.py --program build/release/llama32med [--seed N] [--cases 6] [--work DIR]

Interface of the program:

    llama32med generate --model DIR --image FILE... --prompt TEXT --max-new-tokens 16 --temperature 0 --dtype fp32 --json
    llama32med generate --model DIR --requests F.jsonl --batch-size N   (the other options as above)

The chat is one user turn: the images in the given order, then the unchanged prompt, rendered by the folder's own template and
tokenizer, with the generation prompt (without an image the template adds its own date, 26 Jul 2024). Semantics are the default
(meta). Generation ends at any of the three stop ids.
stdout of the first form: exactly one JSON object, {"ids": [...], "text": "..."}, possibly with more keys. `ids` are the new tokens
(with or without the final stop id), `text` is `ids` decoded without special tokens; bytes that are not UTF-8 become U+FFFD, as in
the tokenizers library.
F has one {"images": ["path", ...], "prompt": "..."} per line (images may be empty or missing; relative paths start at F's folder).
stdout of the second form: one such object per line of F, in order, from batches of up to N requests of any lengths.

Once transformers itself has chosen between two tokens closer than 1e-4, the rest is not compared.
"""

import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import live_common as lc  # noqa: E402
import live_image  # noqa: E402
import live_shapes as shapes  # noqa: E402
import make_goldens as mg  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402

NEW_TOKENS, NEAR_TIE = 16, 1e-4
QUESTIONS = ["Is it bent?", "You are an expert radiologist. Which side?", "Where is the 3.5 x 4.2-cm mass?",
             "Is there a fracture", "\u80ba\u90e8\u6709\u7ed3\u8282\u5417\uff1f", "  Spaces kept  \n",
             "T2-weighted MRI: what organ, which plane?", "a"]
# If the first layer has cross-attention, transformers counts the image keys as past tokens, so it is excluded here.
TWISTS = [t for t in shapes.TWISTS if t != "cross layer first"]


class Reference:
    """The processor and the model of a folder in transformers."""

    def __init__(self, folder):
        from transformers import MllamaImageProcessor, MllamaProcessor, PreTrainedTokenizerFast
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
        template = json.loads((folder / "chat_template.json").read_text())["chat_template"]
        self.processor = MllamaProcessor(MllamaImageProcessor.from_pretrained(folder), self.tokenizer, chat_template=template)
        self.ref = mg.Reference(folder).use("meta")
        self.stop = set(self.ref.config.text_config.eos_token_id)

    def answer(self, request):
        """{"ids", "text", "sure"}: ids without the stop id; sure: how many of them were chosen by a clear margin."""
        content = [{"type": "image"}] * len(request["images"]) + [{"type": "text", "text": request["prompt"]}]
        text = self.processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True,
                                                  date_string="26 Jul 2024")
        images = [Image.open(path).convert("RGB") for path in request["images"]]
        inputs = self.processor(images=images or None, text=text, add_special_tokens=False, return_tensors="pt")
        out = mg.greedy(self.ref, inputs, NEW_TOKENS)
        ids = out.sequences[0, inputs["input_ids"].shape[1]:].tolist()
        margins = [float(step[0].topk(2).values.diff().abs()) for step in out.logits]
        sure = next((k for k, m in enumerate(margins) if m < NEAR_TIE), NEW_TOKENS)
        ids = self.before_stop(ids)
        return {"ids": ids, "text": self.tokenizer.decode(ids, skip_special_tokens=True), "sure": sure}

    def before_stop(self, ids):
        return ids[:next((k for k, i in enumerate(ids) if i in self.stop), len(ids))]


def draw_requests(work, seed, index):
    """Three requests: one image, one image, and alternately two images or none."""
    r = random.Random(f"generate/{seed}/{index}")
    requests = []
    for k, count in enumerate((1, 1, 2 if index % 2 == 0 else 0)):
        paths = []
        for j in range(count):
            path = work / f"{index}-{k}-{j}.png"
            live_image.picture(r, (r.randint(5, 160), r.randint(5, 160)), r.choice(["RGB", "L"])).save(path)
            paths.append(str(path))
        requests.append({"images": paths, "prompt": r.choice(QUESTIONS)})
    return requests


def stand_in(plant):
    """Stand-in for `generate`, using transformers."""
    def run(arguments):
        option = lambda name: arguments[arguments.index(name) + 1]  # noqa: E731
        model = Reference(pathlib.Path(option("--model")))
        if "--requests" in arguments:
            requests = lc.json_lines(pathlib.Path(option("--requests")).read_text(encoding="utf-8"))
        else:
            after = arguments[arguments.index("--image") + 1:] if "--image" in arguments else []
            images = after[:next((k for k, a in enumerate(after) if a.startswith("--")), len(after))]
            requests = [{"images": images, "prompt": option("--prompt")}]
        answers = [{k: v for k, v in model.answer(r).items() if k != "sure"} for r in requests]
        if plant == "token":
            answers[-1]["ids"][3:4] = [(i + 1) % 256 for i in answers[-1]["ids"][3:4]]
        if plant == "text":
            answers[-1]["text"] += " "
        return "\n".join(json.dumps(a) for a in answers)
    return run


def compare(model, got, expected):
    """Compares two answers: (good, detail)."""
    if not isinstance(got.get("ids"), list) or not isinstance(got.get("text"), str):
        return False, f"ids or text missing in {json.dumps(got)[:200]}"
    ids, sure = model.before_stop(got["ids"]), expected["sure"]
    if sure < len(expected["ids"]):
        good = ids[:sure] == expected["ids"][:sure]
        return good, f"{ids[:sure]}, expected {expected['ids'][:sure]}, then a near tie"
    if ids != expected["ids"]:
        return False, f"ids {ids}, expected {expected['ids']}"
    if got["text"] != expected["text"]:
        return False, f"text {got['text']!r}, expected {expected['text']!r}"
    return True, f"{len(ids)} tokens equal, {len(set(ids))} different"


def run_program(program, folder, arguments, count):
    """`count` answers from one run of the program."""
    answers = lc.json_lines(program("generate", "--model", folder, *arguments, "--max-new-tokens", NEW_TOKENS, "--temperature", 0,
                                    "--dtype", "fp32", "--device", "cpu", "--threads", 1, "--json"))
    if len(answers) != count:
        raise lc.ProgramFailed(f"{len(answers)} lines on standard output, expected {count}")
    return answers


def check_case(program, folder, requests, tally, label):
    model = Reference(folder)
    with torch.no_grad():
        expected = [model.answer(r) for r in requests]
    file = folder.parent / f"{folder.name}.requests.jsonl"
    file.write_text("".join(json.dumps(r) + "\n" for r in requests), encoding="utf-8")
    runs = []
    for request, want in zip(requests, expected, strict=True):
        images = ["--image", *request["images"]] if request["images"] else []
        runs.append((f"{label}, alone, {len(request['images'])} image(s)", [*images, "--prompt", request["prompt"]], [want]))
    runs.append((f"{label}, batch", ["--requests", file, "--batch-size", len(requests)], expected))
    for name, arguments, wanted in runs:
        try:
            answers = run_program(program, folder, arguments, len(wanted))
        except lc.ProgramFailed as e:
            tally.record(name, False, str(e))
            continue
        for k, (got, want) in enumerate(zip(answers, wanted, strict=True)):
            good, detail = compare(model, got, want)
            tally.record(f"{name} {k}" if len(wanted) > 1 else name, good, detail)


def main():
    p = lc.parser(__doc__.splitlines()[0] + " " + __doc__.splitlines()[1])
    p.add_argument("--cases", type=int, default=6)
    p.add_argument("--plant", choices=["token", "text"], help="with --program self: a mistake to make")
    a = p.parse_args()
    lc.quiet_transformers()
    lc.announce("live_generate", a)
    program, tally = lc.Program(a.program, stand_in(a.plant)), lc.Tally()
    with lc.work_folder(a.work) as work:
        for index in range(a.cases):
            shape = shapes.draw(a.seed, index, TWISTS[index % len(TWISTS)])
            folder = shapes.write(work / f"{a.seed}-{index:03d}", shape)
            print(f"---- {folder.name} {shapes.describe(shape)}", flush=True)
            check_case(program, folder, draw_requests(work, a.seed, index), tally, folder.name)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
