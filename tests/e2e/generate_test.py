"""`generate`: tokens and text equal to the reference's; choices, streams, several images, prompt files, seeds."""
import json

import program
from program import DATA, IMAGES, TINY, USAGE

PICTURE = IMAGES / "grey8_61x45.png"
OTHER = IMAGES / "rgb_wide_20x400.png"


class Reference(program.ProgramTest):
    """Image file and question to 12 greedy tokens, as in transformers (`hf`) and as the weights were trained (`meta`)."""

    def setUp(self):
        super().setUp()
        self.runs = program.read_json(program.GOLDEN / "tiny/e2e.json")["values"]["runs"]
        self.stops = program.read_json(TINY / "config.json")["text_config"]["eos_token_id"]

    def ask(self, model, run, semantics, *more):
        return self.answer("generate", "--model", model, "--image", IMAGES / run["image"], "--prompt", run["question"],
                           "--set", "image.compatibility=reference", "--dtype", "fp32", "--max-new-tokens", 12,
                           "--semantics", semantics, *more)

    def test_tokens_and_text(self):
        # The reference ran without stop tokens; so does a copy whose only stop token never occurs.
        model = self.copy_model()
        spoken = {token for run in self.runs for how in ("meta", "hf") for token in run[how]["tokens"]}
        stop = next(token for token in range(300, 512) if token not in spoken)
        program.edit_json(model / "config.json", lambda c: c["text_config"].update(eos_token_id=[stop]))
        (model / "generation_config.json").unlink()
        for run in self.runs:
            for how in ("meta", "hf"):
                with self.subTest(image=run["image"], semantics=how):
                    reply = self.ask(model, run, how)
                    self.assertEqual(reply["ids"], run[how]["tokens"])
                    self.assertEqual(reply["text"], run[how]["text"])
                    self.assertEqual(reply["prompt_tokens"], len(run["input_ids"]))
                    self.assertEqual(reply["finish_reason"], "length")

    def test_stop_tokens(self):
        for run in self.runs:
            for how in ("meta", "hf"):
                tokens = run[how]["tokens"]
                stop = next((i for i, token in enumerate(tokens) if token in self.stops), len(tokens))
                with self.subTest(image=run["image"], semantics=how, stop=stop):
                    reply = self.ask(TINY, run, how)
                    self.assertEqual(reply["ids"], tokens[:stop])
                    self.assertEqual(reply["finish_reason"], "stop" if stop < len(tokens) else "length")
                    # exact_length takes the second most likely token instead of the reference's stop token, and differs from there on
                    longer = self.ask(TINY, run, how, "--set", "generate.exact_length=true")
                    self.assertEqual(longer["ids"][:stop], tokens[:stop])
                    self.assertEqual(len(longer["ids"]), 12)
                    self.assertFalse(set(longer["ids"]) & set(self.stops))


class Answers(program.ProgramTest):
    def ask(self, *more):
        return ("generate", "--model", TINY, "--max-new-tokens", 8, "--set", "generate.exact_length=true", *more)

    def test_choices(self):
        reply = self.answer(*self.ask("--image", PICTURE, "--prompt", "Bent?", "--choices", "yes,no", "--choices", "not sure"))
        self.assertEqual(list(reply["choices"]), ["yes", "no", "not sure"])
        self.assertAlmostEqual(sum(reply["choices"].values()), 1, places=9)
        self.assertEqual(reply["text"], max(reply["choices"], key=reply["choices"].get))
        for wrong, part in (("yes,yes", '"yes"'), ("", "empty"), ("yes, ", "empty")):
            self.refuse(USAGE, ["--choices", part], *self.ask("--prompt", "Bent?", "--choices", wrong))
        # the order of the choices does not matter
        other = self.answer(*self.ask("--image", PICTURE, "--prompt", "Bent?", "--choices", "not sure,no,yes"))
        for choice, probability in reply["choices"].items():
            self.assertAlmostEqual(other["choices"][choice], probability, places=5)

    def test_stream_prints_the_same_text(self):
        ask = self.ask("--image", PICTURE, "--prompt", "Is it bent?")
        self.assertEqual(self.succeed(*ask, "--stream").out, self.succeed(*ask).out)
        self.assertEqual(self.succeed(*ask).out, self.answer(*ask)["text"] + "\n")

    def test_no_image_one_and_two(self):
        text = self.answer(*self.ask("--prompt", "Bent?"))
        one = self.answer(*self.ask("--prompt", "Bent?", "--image", PICTURE))
        two = self.answer(*self.ask("--prompt", "Bent?", "--image", PICTURE, "--image", OTHER))
        self.assertEqual(two["prompt_tokens"], one["prompt_tokens"] + 1)
        self.assertEqual(len({json.dumps(reply["ids"]) + str(reply["log_probability"]) for reply in (text, one, two)}), 3)
        # text-only prompts have a dated system turn
        dated = self.answer(*self.ask("--prompt", "Bent?", "--set", "prompt.date=1 Jan 2025"))
        self.assertEqual(dated["prompt_tokens"], text["prompt_tokens"] - 1)
        placed = self.answer(*self.ask("--prompt", "<image>Bent?", "--image", PICTURE))
        self.assertEqual(placed, one)
        self.refuse(USAGE, ["<image>", "2", "1"], *self.ask("--prompt", "<image> or <image>?", "--image", PICTURE))
        self.refuse(USAGE, ["<image>", "1", "0"], *self.ask("--prompt", "<image>?"))

    def test_special_tokens_cannot_be_typed(self):
        for name in ("<|image|>", "<|begin_of_text|>", "<|eot_id|>"):
            parts = [name, "plain text", "<image>"]
            self.refuse(USAGE, parts, *self.ask("--prompt", f"{name}Bent?", "--image", PICTURE))
            self.refuse(USAGE, parts, *self.ask("--prompt", "x", "--choices", f"yes{name}"))
            self.refuse(USAGE, [*parts, "question"], *self.ask("--prompt-file", "radiologist_vqa", "--image", PICTURE,
                                                               "--slot", f"question={name}Bent?"))
            requests = self.folder / "requests.jsonl"
            requests.write_text(json.dumps({"prompt": "Bent?"}) + "\n" + json.dumps({"prompt": name}) + "\n")
            self.refuse(DATA, [*parts, "requests.jsonl:2"], *self.ask("--requests", requests))
        self.refuse(USAGE, ["question", "<image>"], *self.ask("--prompt-file", "radiologist_vqa", "--image", PICTURE,
                                                              "--slot", "question=<image>Bent?"))

    def test_images_of_requests_are_relative_to_their_file(self):
        folder = self.folder / "requests"
        folder.mkdir()
        (folder / "a.png").write_bytes(PICTURE.read_bytes())
        lines = [{"images": ["a.png"], "prompt": "Bent?"}, {"images": [str(PICTURE)], "prompt": "Bent?"}]
        (folder / "requests.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        out = self.succeed(*self.ask("--requests", folder / "requests.jsonl")).out.splitlines()
        self.assertEqual(json.loads(out[0])["ids"], json.loads(out[1])["ids"])
        self.assertEqual(json.loads(out[0])["ids"], self.answer(*self.ask("--prompt", "Bent?", "--image", PICTURE))["ids"])

    def test_pictures_that_cannot_be_read(self):
        broken = self.folder / "text.jpg"
        broken.write_text("not a picture")
        self.refuse(DATA, [broken], *self.ask("--prompt", "Bent?", "--image", broken))
        self.refuse(DATA, ["none.png"], *self.ask("--prompt", "Bent?", "--image", self.folder / "none.png"))
        self.refuse(DATA, [self.folder], *self.ask("--prompt", "Bent?", "--image", self.folder))

    def test_a_seed_repeats(self):
        hot = self.ask("--prompt", "Bent?", "--image", PICTURE, "--temperature", 2, "--top-p", 0.95)
        first = self.answer(*hot, "--seed", 5)
        self.assertEqual(self.answer(*hot, "--seed", 5), first)
        self.assertTrue(any(self.answer(*hot, "--seed", seed)["ids"] != first["ids"] for seed in (6, 7)))
        greedy = self.ask("--prompt", "Bent?", "--image", PICTURE)
        self.assertEqual(self.answer(*greedy, "--seed", 5), self.answer(*greedy, "--seed", 6))

    def test_a_prompt_longer_than_the_model(self):
        model = self.copy_model()
        program.edit_json(model / "config.json", lambda c: c["text_config"].update(max_position_embeddings=20))
        self.refuse(DATA, ["20 positions"], "generate", "--model", model, "--prompt", "word " * 20)


class Prompts(program.ProgramTest):
    def ask(self, *more):
        return ("generate", "--model", TINY, "--image", PICTURE, "--max-new-tokens", 4, *more)

    def test_slots(self):
        file = self.folder / "mine.txt"
        file.write_text("# mine\n[user]\n<image>\nSay of the {organ}: {question}\n[assistant]\n{answer}\n")
        ask = self.ask("--prompt-file", file)
        filled = self.answer(*ask, "--slot", "organ=lung", "--slot", "question=is a=b, or not?")
        spelled = self.answer(*self.ask("--prompt", "Say of the lung: is a=b, or not?"))
        self.assertEqual(filled["ids"], spelled["ids"])
        self.refuse(USAGE, ["mine.txt", "{question}"], *ask, "--slot", "organ=lung")
        self.refuse(USAGE, ["mine.txt", "{side}", "organ"], *ask, "--slot", "organ=lung", "--slot", "question=x", "--slot", "side=y")
        self.refuse(USAGE, ["organ", "NAME=VALUE"], *ask, "--slot", "organ")
        self.refuse(USAGE, ["--slot"], *self.ask("--prompt", "x", "--slot", "a=b"))

    def test_files(self):
        self.succeed(*self.ask("--prompt-file", "radiologist_vqa", "--slot", "question=Bent?"))
        self.refuse(USAGE, ["radiologist_vqaa", 'did you mean "radiologist_vqa"?'], *self.ask("--prompt-file", "radiologist_vqaa"))
        self.refuse(USAGE, ["--prompt"], *self.ask("--prompt-file", "radiologist_vqa", "--prompt", "Bent?"))
        broken = self.folder / "broken.txt"
        broken.write_text("[usr]\nhello\n")
        self.refuse(USAGE, ["broken.txt", "usr"], *self.ask("--prompt-file", broken))


if __name__ == "__main__":
    program.main()
