"""`train` on the real VQA-RAD slice: output files, bit-exact resume after any interruption, signals, a full disk."""
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import time

import program
from program import DATA, RESOURCE, STOPPED, USAGE, VQA_RAD

KILLS = 20
MOUNTED = "/dev/shm"


def safetensors_numbers(path):
    return {name: tensor.data for name, tensor in program.read_safetensors(path)[0].items()}


def metrics_of(stage):
    return [json.loads(line) for line in (stage / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def losses_of(stage):
    return [line["loss"] for line in metrics_of(stage) if "loss" in line]


class TrainTest(program.ProgramTest):
    """Provides `self.model`, a random tiny model, and `self.captions`, images of the slice with one caption each."""

    @classmethod
    def setUpClass(cls):
        cls.shared = program.temporary_folder()
        cls.model = cls.shared / "tiny"
        result = program.run("init", "--preset", "tiny", "--out", cls.model)
        assert result.code == 0, result
        cls.captions = cls.shared / "captions"
        cls.captions.mkdir()
        pictures = sorted((VQA_RAD / "VQA_RAD Image Folder").iterdir())[:6]
        for picture in pictures:
            shutil.copy(picture, cls.captions)
        program.write_records(cls.captions, [
            {"id": i, "image": picture.name, "answer": f"picture number {i}"} for i, picture in enumerate(pictures)])

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared, ignore_errors=True)

    def config(self, **changes):
        """Two short stages; `changes` replace sections."""
        config = {
            "model": {"folder": str(self.model)},
            "tune": {"rank": 4, "alpha": 8},
            "train": {"learning_rate": 1e-3, "batch_size": 4, "save_every": 3},
            "stage1": {"data": {"name": "records", "folder": str(self.captions), "split": "all"},
                       "prompt": {"file": "radiologist_caption"}, "train": {"epochs": 2, "batch_size": 2}},
            "stage2": {"data": {"name": "vqa_rad", "folder": str(VQA_RAD), "split": "train-rest"},
                       "prompt": {"file": "radiologist_vqa"}, "train": {"epochs": 1, "max_steps": 8},
                       "validate": {"split": "validate", "every": 4, "limit": 4}},
        }
        config.update(changes)
        path = self.folder / "train.json"
        program.write_json(path, config)
        return path

    def train(self, out, *more, config=None):
        return ("train", "--config", config or self.config(), "--out", out, "--quiet", *more)


class Files(TrainTest):
    def test_what_two_stages_leave(self):
        out = self.folder / "run"
        result = self.succeed(*self.train(out))
        self.assertIn("llama32med eval --config", result.out)
        self.assertLessEqual({"config.json", "environment.json", "README.md", "stage1", "stage2"},
                             {path.name for path in out.iterdir()})
        for stage in (out / "stage1", out / "stage2"):
            names = {path.name for path in stage.iterdir()}
            self.assertLessEqual({"config.json", "metrics.jsonl", "curves.svg", "adapter", "state"}, names)
            self.assertFalse([name for name in names if name.endswith(".draft")], names)
            self.assertEqual({path.name for path in (stage / "adapter").iterdir()},
                             {"adapter_config.json", "adapter_model.safetensors", "llama32med.json", "README.md"})
            self.assertTrue((stage / "curves.svg").read_text().startswith("<svg"))
            steps = [line["step"] for line in metrics_of(stage) if "loss" in line]
            self.assertEqual(steps, list(range(1, len(steps) + 1)))
        self.assertTrue((out / "stage2/best/adapter_config.json").exists())
        self.assertEqual(sum("validation_loss" in line for line in metrics_of(out / "stage2")), 2)
        self.assertIn("Stage 2", (out / "README.md").read_text())

    def test_plan_adds_up_before_anything_is_loaded(self):
        model = self.copy_model("no-weights", self.model)
        (model / "model.safetensors").unlink()
        plan = self.answer("plan", "--config", self.config(), "--model", model)
        self.assertEqual([stage["stage"] for stage in plan["stages"]], ["1", "2"])
        for stage in plan["stages"]:
            self.assertTrue(stage["fits"])
            self.assertAlmostEqual(sum(stage["bytes"].values()), stage["total_bytes"], delta=len(stage["bytes"]))
            self.assertGreater(stage["flop_per_step"], 0)
        self.assertIn("vision activations", self.succeed("plan", "--config", self.config(), "--stage", 2).out)

    def test_again_does_nothing(self):
        out = self.folder / "run"
        self.succeed(*self.train(out))
        before = program.folder_bytes(out)
        again = self.answer(*self.train(out))
        self.assertTrue(all(stage["was_done"] for stage in again["stages"]))
        after = program.folder_bytes(out)
        self.assertEqual({name for name in before if before[name] != after.get(name)} - {"README.md"}, set())

    def test_stage_by_stage_is_the_same(self):
        both, single = self.folder / "both", self.folder / "single"
        self.succeed(*self.train(both))
        self.succeed(*self.train(single, "--stage", 1))
        self.succeed(*self.train(single, "--stage", 2))
        for stage in ("stage1", "stage2"):
            self.assertEqual(losses_of(both / stage), losses_of(single / stage))
            weights = f"{stage}/adapter/adapter_model.safetensors"
            self.assertEqual(safetensors_numbers(both / weights), safetensors_numbers(single / weights))

    def test_the_adapter_answers(self):
        out = self.folder / "run"
        self.succeed(*self.train(out))
        report = self.answer("eval", "--model", self.model, "--adapter", out / "stage2/adapter", "--dataset", "vqa_rad",
                             "--data", VQA_RAD, "--limit", 3, "--max-new-tokens", 4, "--out", self.folder / "eval")
        self.assertEqual(report["questions"], 3)

    def test_a_whole_model_without_adapters(self):
        parts = {part: {"train": "full"} for part in ("vision", "projector", "cross_attention", "text")}
        out = self.folder / "run"
        self.succeed(*self.train(out, "--stage", 1, config=self.config(tune=parts)))
        model = out / "stage1/model"
        self.assertTrue((model / "model.safetensors").exists())
        trained, plain = (program.read_safetensors(folder / "model.safetensors")[0] for folder in (model, self.model))
        self.assertEqual(set(trained), set(plain))
        changed = [name for name in plain if trained[name].data != plain[name].data]
        self.assertGreater(len(changed), len(plain) // 2)
        self.succeed(*self.train(out, "--stage", 2, config=self.config(tune=parts)))

    def test_only_the_projector(self):
        parts = {part: {"train": "frozen"} for part in ("vision", "cross_attention", "text")}
        out = self.folder / "run"
        config = self.config(tune={**parts, "projector": {"train": "full"}},
                             train={"learning_rate": 1e-3, "feature_cache": {"kind": "memory"}})
        self.succeed(*self.train(out, "--stage", 1, config=config))
        trained, plain = (program.read_safetensors(folder / "model.safetensors")[0]
                          for folder in (out / "stage1/model", self.model))
        changed = {name for name in plain if trained[name].data != plain[name].data}
        self.assertEqual(changed, {"multi_modal_projector.weight", "multi_modal_projector.bias"})

    def test_what_is_not_trained_keeps_its_bytes_in_every_compute_type(self):
        frozen = {part: {"train": "frozen"} for part in ("vision", "cross_attention", "text")}
        run = ("--stage", 1, "--dtype", "bf16", "--set", "stage1.train.max_steps=3")
        self.succeed(*self.train(self.folder / "full", *run, config=self.config(
            tune={**frozen, "projector": {"train": "full"}})))
        trained, plain = (program.read_safetensors(folder / "model.safetensors")[0]
                          for folder in (self.folder / "full/stage1/model", self.model))
        changed = {name for name in plain if trained[name].data != plain[name].data}
        self.assertEqual(changed, {"multi_modal_projector.weight", "multi_modal_projector.bias"})

        # An adapter and a whole projector from a first stage in fp32, frozen in a second one in bf16.
        out, tune = self.folder / "run", {"rank": 4, "alpha": 8, "projector": {"train": "full"}}
        self.succeed(*self.train(out, "--stage", 1, config=self.config(tune=tune)))
        later = self.config(tune={**tune, "projector": {"train": "frozen"}, "vision": {"train": "frozen"}})
        self.succeed(*self.train(out, "--stage", 2, "--dtype", "bf16", "--set", "stage2.train.max_steps=3", config=later))
        first, second = (program.read_safetensors(out / stage / "adapter/adapter_model.safetensors")[0]
                         for stage in ("stage1", "stage2"))
        self.assertEqual(set(first), set(second))
        kept = {name for name in first if "vision_model" in name or "multi_modal_projector" in name}
        self.assertTrue(any("lora_A" in name for name in kept) and any("projector" in name for name in kept), kept)
        self.assertEqual({name for name in kept if first[name] != second[name]}, set())
        self.assertTrue(any(first[name] != second[name] for name in set(first) - kept))


def next_command(output):
    """The command after "next", as a user copies it."""
    [line] = [line for line in output.splitlines() if line.startswith("next ")]
    return line.split(None, 1)[1]


def in_a_shell(command, folder):
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


class FromARunToItsScore(TrainTest):
    """An adapter knows how it was trained; who uses it otherwise is warned."""

    PROMPT = "[user]\n<image>\nYou look at a scan. Be brief. {question}\n[assistant]\n{answer}\n"

    def setUp(self):
        super().setUp()
        self.prompt = self.folder / "my prompt.txt"
        self.prompt.write_text(self.PROMPT)
        self.out = self.folder / "a run's folder"
        self.result = self.succeed(*self.train(
            self.out, "--set", "image.square_resize=40", "--set", f"stage2.prompt.file={self.prompt}",
            "--set", "model.semantics=hf", "--set", "generate.max_new_tokens=6", "--stage", 1))

    def evaluate(self, *more, out="eval"):
        return self.succeed("eval", "--model", self.model, "--adapter", self.out / "stage2/adapter", "--dataset",
                            "vqa_rad", "--data", VQA_RAD, "--limit", 6, "--max-new-tokens", 6, "--out",
                            self.folder / out, *more)

    def test_each_printed_command_runs_and_scores_as_in_training(self):
        after_one = in_a_shell(next_command(self.result.out), self.folder)[0]
        last, warnings = in_a_shell(next_command(after_one) + " --limit 6", self.folder)
        self.assertNotIn("warning", warnings)
        self.assertIn("|prompt:my prompt-", last)
        self.assertIn("|image:sensible,square_resize=40|dtype:fp32", last)
        by_hand = self.evaluate("--prompt-file", self.prompt, "--set", "image.square_resize=40", "--semantics", "hf")
        plain = self.evaluate(out="plain")
        for result in (by_hand, plain):
            self.assertNotIn("warning", result.err)
        answers = [(self.folder / name / "predictions.jsonl").read_text() for name in ("eval", "plain")]
        printed = (self.out / "eval/vqa_rad-test/predictions.jsonl").read_text()
        texts = [[json.loads(line)["prediction_raw"] for line in text.splitlines()] for text in (*answers, printed)]
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(texts[0], texts[2])
        self.score_of_the_predictions_carries_the_same_signature(last)
        self.differences_are_one_warning()
        self.generate_asks_as_in_training(texts[0][0])
        self.a_merged_model_keeps_the_settings()

    def score_of_the_predictions_carries_the_same_signature(self, printed):
        scored = self.succeed("score", "--predictions", self.out / "eval/vqa_rad-test/predictions.jsonl", "--dataset",
                              "vqa_rad", "--data", VQA_RAD, "--partial")
        signatures = [line for line in printed.splitlines() if line.startswith("vqa|")]
        self.assertTrue(signatures)
        for signature in signatures:
            self.assertIn(signature.split("|decode:")[1], scored.out)

    def differences_are_one_warning(self):
        other = self.evaluate("--set", "image.square_resize=56", "--prompt-file", "radiologist_vqa", out="other")
        [warning] = [line for line in other.err.splitlines() if "warning" in line]
        for part in ("image.square_resize: 40 in training, 56 here (--set image.square_resize=56)", '"my prompt"',
                     '"radiologist_vqa"', "(--prompt-file radiologist_vqa)"):
            self.assertIn(part, warning)

    def generate_asks_as_in_training(self, expected):
        record = program.read_json(VQA_RAD / "VQA_RAD Dataset Public.json")
        first = json.loads((self.folder / "plain/predictions.jsonl").read_text().splitlines()[0])
        row = next(row for row in record if str(row["qid"]) == first["item_id"])
        ask = ("generate", "--model", self.model, "--adapter", self.out / "stage2/adapter", "--image",
               VQA_RAD / "VQA_RAD Image Folder" / row["image_name"], "--prompt", first["question"],
               "--max-new-tokens", 6)
        asked = self.succeed(*ask)
        self.assertEqual(asked.out.strip(), expected.strip())
        self.assertIn("--raw-prompt", asked.err)
        raw = self.answer(*ask, "--raw-prompt")
        self.assertNotEqual(raw["prompt_tokens"], self.answer(*ask)["prompt_tokens"])

    def a_merged_model_keeps_the_settings(self):
        self.succeed("merge", "--model", self.model, "--adapter", self.out / "stage2/adapter", "--out",
                     self.folder / "merged")
        shown = self.succeed("eval", "--model", self.folder / "merged", "--print-config", "--out", self.folder / "x").out
        self.assertIn('"square_resize": 40', shown)
        self.assertIn("llama32med.json:", shown)

    def test_the_record_names_what_training_saw(self):
        in_a_shell(next_command(self.result.out), self.folder)
        record = program.read_json(self.out / "stage2/adapter/llama32med.json")
        self.assertEqual([stage["stage"] for stage in record["training"]], [1, 2])
        self.assertEqual(record["training"][1]["dataset"], "vqa_rad")
        self.assertEqual(record["training"][1]["tune"]["rank"], 4)
        self.assertEqual(record["settings"]["prompt"]["text"], self.PROMPT)
        self.assertEqual(record["settings"]["model"]["semantics"], "hf")
        self.assertNotIn(str(self.folder), json.dumps(record))
        card = (self.out / "stage2/adapter/README.md").read_text()
        self.assertTrue(card.startswith("---\nbase_model: \"tiny\"\nlibrary_name: peft\n"), card)
        other = self.copy_model("other", self.model)
        program.edit_json(other / "config.json", lambda config: config.update(note="another file"))
        warned = self.succeed("eval", "--model", other, "--adapter", self.out / "stage2/adapter", "--dataset",
                              "vqa_rad", "--data", VQA_RAD, "--limit", 1, "--out", self.folder / "other_base")
        self.assertIn("trained on the base model tiny", warned.err)


class Claims(TrainTest):
    """A folder belongs to a run once everything about it was accepted."""

    def test_a_refused_run_leaves_the_folder_free(self):
        out = self.folder / "run"
        self.refuse(USAGE, ["q_prj"], *self.train(out, "--set", 'tune.target_modules=["q_prj"]'))
        self.assertFalse(out.exists())
        self.refuse(RESOURCE, ["only 1 MiB are available"], *self.train(out, "--fit", "1MiB"))
        self.assertFalse(out.exists())
        self.succeed(*self.train(out, "--stage", 1))

    def test_a_prompt_without_an_image_is_refused_before_the_first_step(self):
        blind = self.folder / "blind.txt"
        blind.write_text("[user]\n{question}\n[assistant]\n{answer}\n")
        self.refuse(USAGE, [blind, "has no <image>"], *self.train(self.folder / "run", "--set",
                                                                  f"stage2.prompt.file={blind}"))
        self.assertFalse((self.folder / "run").exists())

    def test_files_of_others_stay(self):
        for options in ((), ("--fresh",)):
            model = self.copy_model("copy", self.model)
            before = program.folder_bytes(model)
            self.refuse(USAGE, ["config.json", "choose another"], *self.train(model, *options))
            self.refuse(USAGE, ["config.json", "choose another"], "eval", "--model", self.model, "--dataset",
                        "vqa_rad", "--data", VQA_RAD, "--limit", 1, "--out", model, *options)
            self.assertEqual(program.folder_bytes(model), before)
            shutil.rmtree(model)

    def test_fit_applies_exact_settings_and_says_which(self):
        plan = self.answer("plan", "--config", self.config(), "--stage", 2)["stages"][0]
        smallest = [switch for switch in plan["switches"] if switch["exact"]][-1]["total_bytes"]
        limit = f"{(smallest >> 20) + 1}MiB"
        result = self.succeed("train", "--config", self.config(), "--stage", 2, "--set", "stage2.start=fresh", "--out",
                              self.folder / "run", "--fit", limit)
        self.assertIn("--fit: stage 2 gets --set", result.err)
        settings = [word for line in result.err.splitlines() if "--fit: stage 2 gets" in line
                    for word in line.split("gets ")[1].split() if "=" in word]
        planned = self.answer("plan", "--config", self.config(), "--stage", 2,
                              *[word for setting in settings for word in ("--set", setting)])["stages"][0]
        self.assertLessEqual(planned["total_bytes"], (smallest >> 20) + 1 << 20)
        self.assertIn("GPU", self.succeed("plan", "--config", self.config(), "--memory", "24GiB").out)


class GoingOn(TrainTest):
    def setUp(self):
        super().setUp()
        self.run_folder = self.folder / "run"
        self.command = self.train(self.run_folder, config=self.config())
        start = time.monotonic()
        self.succeed(*self.command)
        self.seconds = time.monotonic() - start
        self.expected = self.results()
        shutil.rmtree(self.run_folder)

    def results(self):
        """Output that must not depend on interruptions."""
        kept = {}
        for stage in ("stage1", "stage2"):
            folder = self.run_folder / stage
            kept[stage] = (losses_of(folder), program.folder_bytes(folder / "adapter"))
        kept["best"] = program.folder_bytes(self.run_folder / "stage2/best")
        return kept

    def test_killed_at_random_times(self):
        seed = int(os.environ.get("LLAMA32MED_TEST_SEED", random.randrange(1 << 32)))
        print(f"LLAMA32MED_TEST_SEED={seed}", flush=True)
        times = random.Random(seed)
        done = 0
        for _ in range(KILLS):
            running = program.start(*self.command)
            time.sleep(times.uniform(0, self.seconds))
            running.kill()
            running.communicate()
            if (self.run_folder / "stage2/adapter").exists():  # finished: collect the results of this chain, then start a new one
                self.succeed(*self.command)
                self.assertEqual(self.results(), self.expected, seed)
                shutil.rmtree(self.run_folder)
                done += 1
        self.succeed(*self.command)
        self.assertEqual(self.results(), self.expected, (seed, done))

    def test_stopped_by_a_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            with self.subTest(signal=number):
                shutil.rmtree(self.run_folder, ignore_errors=True)
                running = program.start(*self.command)
                metrics = self.run_folder / "stage1/metrics.jsonl"
                self.assertTrue(program.wait_for(lambda: metrics.exists() and metrics.stat().st_size > 0))
                running.send_signal(number)
                err = running.communicate(timeout=60)[1].decode()
                self.assertEqual(running.returncode, STOPPED, err)
                self.assertIn("stopped by a signal", err)
                self.assertTrue(list((self.run_folder / "stage1/state").glob("step-*")))
                self.succeed(*self.command)
                self.assertEqual(self.results(), self.expected)

    def test_a_state_that_is_not_whole_is_passed_over(self):
        self.succeed(*self.command)
        states = sorted((self.run_folder / "stage2/state").glob("step-*"))
        (states[-1] / "state.json").write_text("{}")
        shutil.rmtree(self.run_folder / "stage2/adapter")
        again = self.succeed(*self.command)
        self.assertIn("the state is not whole", again.err)
        self.assertEqual(self.results(), self.expected)
        for state in (self.run_folder / "stage2/state").glob("step-*"):
            (state / "state.json").write_text("{}")
        self.refuse(program.DATA, ["the state is not whole", "--fresh"], *self.command)

    def test_a_folder_has_one_owner(self):
        running = program.start(*self.command)
        metrics = self.run_folder / "stage1/metrics.jsonl"
        self.assertTrue(program.wait_for(lambda: metrics.exists() and metrics.stat().st_size > 0))
        self.refuse(USAGE, ["in use by process ", str(running.pid)], *self.command)
        running.communicate(timeout=60)
        self.assertEqual(self.results(), self.expected)

    def test_fresh_starts_over(self):
        self.succeed(*self.command)
        self.succeed(*self.command, "--fresh")
        self.assertEqual(self.results(), self.expected)

    def test_what_only_costs_time_may_change(self):
        running = program.start(*self.command, "--set", "train.save_every=2")
        metrics = self.run_folder / "stage1/metrics.jsonl"
        self.assertTrue(program.wait_for(lambda: metrics.exists() and metrics.stat().st_size > 0))
        running.send_signal(signal.SIGTERM)
        running.communicate()
        self.succeed(*self.command, "--set", "train.keep_last=1", "--set", "model.text_activations=recompute")
        self.assertEqual(self.results(), self.expected)

    def test_another_run_is_not_gone_on_with(self):
        self.succeed(*self.command)
        self.refuse(USAGE, ["another run", "learning_rate"], *self.command, "--set", "train.learning_rate=1e-2")

    def test_from_a_given_state(self):
        self.succeed(*self.command)
        state = sorted((self.run_folder / "stage2/state").glob("step-*"))[0]
        other = self.folder / "other"
        shutil.copytree(self.run_folder / "stage1", other / "stage1")
        resume = lambda *more: self.train(other, "--stage", 2, *more, config=self.folder / "train.json")
        self.refuse(USAGE, ["--resume never", "saved state", "--fresh"], *resume("--resume", "never"))
        self.refuse(USAGE, ["--resume", "--fresh", "one of them"], *resume("--resume", state, "--fresh"))
        of_stage_1 = sorted((self.run_folder / "stage1/state").glob("step-*"))[0]
        self.refuse(USAGE, ["is a state of stage 1", "--stage 1"], *resume("--resume", of_stage_1))
        self.assertFalse((other / "stage2").exists())
        weights = "stage2/adapter/adapter_model.safetensors"
        last = sorted((self.run_folder / "stage2/state").glob("step-*"))[-1]
        for given in (last, state):  # a state of a finished stage leads to its result, too
            shutil.rmtree(other / "stage2", ignore_errors=True)
            self.succeed(*resume("--resume", given))
            self.assertEqual(safetensors_numbers(other / weights), safetensors_numbers(self.run_folder / weights))


class Trouble(TrainTest):
    def test_wrong_usage(self):
        out = self.folder / "run"
        self.refuse(USAGE, ["no stage", "stage1"], "train", "--out", out)
        self.refuse(USAGE, ["--stage 3"], *self.train(out, "--stage", 3))
        self.refuse(USAGE, ["stage 2 starts from", "--stage 1"], *self.train(out, "--stage", 2))
        self.refuse(USAGE, ["stage1.train.learning_rat", "did you mean"], *self.train(
            out, "--set", "stage1.train.learning_rat=1"))
        self.refuse(USAGE, ["test", "model selection"], *self.train(out, "--stage", 1, "--set", "stage1.data.split=test"))
        self.refuse(USAGE, ["target_modules", "nothing"], *self.train(
            out, "--stage", 1, "--set", 'tune.target_modules=["nothing"]'))

    def test_a_non_finite_loss_names_the_records(self):
        out = self.folder / "run"
        model = self.copy_model("broken", self.model)
        tensors, metadata = program.read_safetensors(model / "model.safetensors")
        name = "language_model.model.norm.weight"
        old = tensors[name]
        size = len(old.data) // {"F32": 4, "BF16": 2}[old.dtype]
        nan = struct.pack("<f", float("nan"))[-(len(old.data) // size):]
        tensors[name] = program.Tensor(old.dtype, old.shape, nan * size)
        program.write_safetensors(model / "model.safetensors", tensors, metadata)
        result = program.run(*self.train(out, "--stage", 1, "--model", model))
        self.assertEqual(result.code, DATA, result)
        for part in ("the loss is nan", "records in this step:", "on_nonfinite=skip"):
            self.assertIn(part, result.err)
        skipped = self.answer(*self.train(self.folder / "skip", "--stage", 1, "--model", model, "--set",
                                          "train.on_nonfinite=skip"))
        self.refuse(DATA, ["validation: the loss of these records is nan", "--dtype fp32"], *self.train(
            self.folder / "validated", "--stage", 1, "--model", model, "--set", "train.on_nonfinite=skip", "--set",
            "stage1.validate.share=0.5"))
        self.assertEqual(skipped["stages"][0]["skipped_steps"], skipped["stages"][0]["steps"])

    def test_a_broken_picture_is_left_out_and_counted(self):
        folder = self.folder / "captions"
        shutil.copytree(self.captions, folder)
        sorted(folder.glob("*.jpg"))[0].write_bytes(b"no picture")
        out = self.folder / "run"
        outcome = self.answer(*self.train(out, "--stage", 1, "--data", folder))
        self.assertEqual(outcome["stages"][0]["skipped_records"], 2)  # in each of two epochs

    def test_a_broken_picture_is_reported_once(self):
        folder = self.folder / "captions"
        shutil.copytree(self.captions, folder)
        broken = sorted(folder.glob("*.jpg"))[0]
        broken.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
        result = self.succeed(*self.train(self.folder / "run", "--stage", 1, "--data", folder))  # two epochs
        self.assertEqual(result.err.count(f"image {broken.name} cannot be used"), 1, result.err)
        self.assertIn("git lfs pull", result.err)
        self.assertIn("captions, loss", result.out)
        self.assertIn("6 captions", (self.folder / "run/README.md").read_text())

    def test_no_usable_picture_at_all(self):
        folder = self.folder / "captions"
        shutil.copytree(self.captions, folder)
        for picture in folder.glob("*.jpg"):
            picture.write_bytes(b"<!doctype html><html>not found</html>")
        result = program.run(*self.train(self.folder / "run", "--stage", 1, "--data", folder))
        self.assertEqual(result.code, DATA, result)
        self.assertIn("none of the 6 captions of epoch 1 could be used", result.err)
        self.assertFalse((self.folder / "run/stage1/adapter").exists())
        shutil.copytree(self.captions, folder, dirs_exist_ok=True)  # and once they are there
        self.succeed(*self.train(self.folder / "run", "--stage", 1, "--data", folder))

    def test_missing_pictures_are_counted_and_refused(self):
        folder = self.folder / "captions"
        shutil.copytree(self.captions, folder)
        gone = sorted(folder.glob("*.jpg"))[0]
        gone.unlink()
        command = self.train(self.folder / "run", "--stage", 1, "--data", folder)
        self.refuse(DATA, ["1 of 6 records have no image file", gone.name, "stage1.data.allow_missing=true"], *command)
        result = self.succeed(*command, "--set", "stage1.data.allow_missing=true")
        self.assertIn("1 of 6 records have no image file", result.err)

    def test_a_full_disk_keeps_the_last_good_state(self):
        limited = (lambda: __import__("resource").setrlimit(__import__("resource").RLIMIT_FSIZE, (60000, 60000)))
        out = self.folder / "run"
        self.succeed(*self.train(out, "--stage", 1, "--set", "stage1.train.max_steps=3"))
        states = program.folder_bytes(out / "stage1/state")
        self.assertTrue(states)
        result = program.run(*self.train(self.folder / "full", "--stage", 1), before=lambda: (
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN), limited()))
        self.assertEqual(result.code, RESOURCE, result)
        self.assertIn("cannot be written", result.err)
        self.assertFalse(list((self.folder / "full/stage1").glob("state/step-*/half*")))
        again = self.answer(*self.train(self.folder / "full", "--stage", 1))
        self.assertGreater(again["stages"][0]["steps"], 0)


class Learning(TrainTest):
    def test_eight_real_questions_are_learned_by_heart(self):
        """Overfits to an exact match of 1.0: the whole path from images to answers works."""
        source = program.read_json(VQA_RAD / "VQA_RAD Dataset Public.json")
        chosen = [entry for entry in source if entry["phrase_type"].startswith("free")][:8]
        folder = self.folder / "eight"
        folder.mkdir()
        for entry in chosen:
            shutil.copy(VQA_RAD / "VQA_RAD Image Folder" / entry["image_name"], folder)
        program.write_records(folder, [{"id": entry["qid"], "image": entry["image_name"], "question": entry["question"],
                                        "answer": str(entry["answer"])} for entry in chosen])
        out = self.folder / "run"
        config = self.config(
            tune={"rank": 16, "alpha": 32},
            train={"learning_rate": 1e-2, "batch_size": 8, "epochs": 120, "save_every": 0, "keep_last": 1,
                   "schedule": {"warmup_ratio": 0.05}},
            stage1=None, stage2={"data": {"name": "records", "folder": str(folder), "split": "all"}, "start": "fresh"})
        self.succeed(*self.train(out, config=config))  # the loss stays above 0.58: a random head cannot be more certain
        scores = self.answer("eval", "--model", self.model, "--adapter", out / "stage2/adapter", "--dataset", "records",
                             "--data", folder, "--split", "all", "--max-new-tokens", 64, "--out", self.folder / "eval")
        for row in scores["scores"]["scores"]:
            if row["protocol"] == "paper":
                self.assertEqual(row["overall"]["sum"], 8, row)


if __name__ == "__main__":
    program.main()
