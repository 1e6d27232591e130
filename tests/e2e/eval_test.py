"""`eval` on the real VQA-RAD slice: its files, resuming after any interruption, corrupt images, a full disk."""
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time

import program
from program import DATA, IMAGES, RESOURCE, STOPPED, USAGE, VQA_RAD

FILES = {"config.json", "environment.json", "predictions.jsonl", "report.html", "report.json", "report.md"}
QUESTIONS = 61  # records in the slice's test split
KILLS = 10


def lines_of(out):
    return [json.loads(line) for line in (out / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]


class EvalTest(program.ProgramTest):
    """Provides `self.model`, a random tiny model, made once."""

    @classmethod
    def setUpClass(cls):
        cls.shared = program.temporary_folder()
        cls.model = cls.shared / "tiny"
        result = program.run("init", "--preset", "tiny", "--out", cls.model)
        assert result.code == 0, result

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared, ignore_errors=True)

    def evaluate(self, out, *more, model=None):
        return ("eval", "--model", model or self.model, "--dataset", "vqa_rad", "--data", VQA_RAD, "--out", out,
                "--max-new-tokens", 4, *more)

    def long_run(self, out):
        """Many small batches with lines in between, to have something to interrupt."""
        return self.evaluate(out, "--set", "generate.max_new_tokens=24", "--set", "generate.exact_length=true",
                             "--set", "eval.images_per_batch=1", "--quiet")


class Screen(EvalTest):
    def test_tables_are_explained_and_gains_are_shown(self):
        result = self.succeed(*self.evaluate(self.folder / "run", "--limit", 3, "--image-gain", "blank", "--set", "data.label=other data"))
        self.assertIn("other data test: 3 of 3 records scored", result.out)
        self.assertIn("|split:vqa_rad-test-3|label:other data|n:3|", result.out)
        self.assertRegex(result.out, r"\nstrict-em: the whole output must equal the reference")
        self.assertRegex(result.out, r"\nclosed: the reference is yes or no.* by image: ")
        self.assertRegex(result.out, r"\nimage gain, blank: [+-]\d+\.\d\d points overall \(95 % by image ")
        self.assertIn("<title>run: other data test</title>", (self.folder / "run/report.html").read_text())


class Shards(EvalTest):
    """Processes that share an evaluation write what one process writes."""

    def sampled(self, out, *more):
        return self.evaluate(out, "--set", "eval.images_per_batch=2", "--set", "generate.sampler.temperature=1",
                             "--set", "generate.seed=5", "--image-gain", "shuffled", "--quiet", *more)

    def test_three_processes_write_the_file_of_one(self):
        alone, shared = self.folder / "alone", self.folder / "shared"
        self.succeed(*self.sampled(alone))
        running = [program.start(*self.sampled(shared, "--shard", f"{k}/3")) for k in (1, 2, 3)]
        self.assertEqual([(process.communicate(), process.returncode)[1] for process in running], [0, 0, 0])
        parts = [lines_of(shared / f"shards/{k}-of-3") for k in (1, 2, 3)]
        self.assertEqual(sum(map(len, parts)), QUESTIONS)
        self.assertTrue(all(parts))
        self.assertFalse((shared / "predictions.jsonl").exists())
        joined = self.succeed(*self.sampled(shared, "--json"))
        self.assertEqual(json.loads(joined.out)["questions"], 0)
        for name in ("predictions.jsonl", "answers.shuffled.jsonl", "report.json"):
            self.assertEqual((shared / name).read_bytes().replace(b"shared", b"alone"), (alone / name).read_bytes(), name)

    def test_what_a_shard_did_not_answer_is_computed(self):
        alone, shared = self.folder / "alone", self.folder / "shared"
        self.succeed(*self.sampled(alone))
        for k in (1, 3):
            self.succeed(*self.sampled(shared, "--shard", f"{k}/3"))
        part = shared / "shards/3-of-3/predictions.jsonl"
        whole = part.read_bytes()
        part.write_bytes(whole[:len(whole) // 2])  # as a killed process leaves it
        computed = json.loads(self.succeed(*self.sampled(shared, "--json")).out)["questions"]
        self.assertTrue(QUESTIONS / 3 < computed < 3 * QUESTIONS, computed)  # in both conditions
        self.assertEqual((shared / "predictions.jsonl").read_bytes(), (alone / "predictions.jsonl").read_bytes())

    def test_an_interrupted_shard_continues(self):
        out = self.folder / "run"
        self.succeed(*self.sampled(out, "--shard", "1/2"))
        part = out / "shards/1-of-2/predictions.jsonl"
        whole = part.read_bytes()
        part.write_bytes(whole[:len(whole) // 3])
        self.succeed(*self.sampled(out, "--shard", "1/2"))
        self.assertEqual(part.read_bytes(), whole)

    def test_shards_of_another_run_are_refused(self):
        out = self.folder / "run"
        self.succeed(*self.sampled(out, "--shard", "1/2"))
        for more in (("--shard", "2/2"), ()):
            self.refuse(USAGE, ["1-of-2: is a shard of another run", "generate.seed", "6 here, 5 there"],
                        *self.sampled(out, "--set", "generate.seed=6", *more))

    def test_a_shard_is_a_number_and_a_count(self):
        for text in ("0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3x"):
            self.refuse(USAGE, [f"--shard {text}: give NUMBER/COUNT"], *self.evaluate(self.folder / "x", f"--shard={text}"))


class Files(EvalTest):
    def test_the_bytes_do_not_depend_on_the_folder(self):
        outs = [self.folder / name for name in ("one", "another")]
        for out in outs:
            self.succeed(*self.evaluate(out), "--limit", 5)
        self.assertEqual(*[(out / "predictions.jsonl").read_bytes() for out in outs])

    def test_what_a_run_leaves(self):
        out = self.folder / "run"
        result = self.succeed(*self.evaluate(out))
        self.assertEqual(set(program.folder_bytes(out)), FILES)
        self.assertIn("61 of 61", result.out)
        lines = lines_of(out)
        self.assertEqual(len(lines), QUESTIONS)
        self.assertEqual(len({line["item_id"] for line in lines}), QUESTIONS)
        for line in lines:
            self.assertLessEqual({"item_id", "image_id", "question", "reference", "prediction_raw", "score", "logprob_mean"}, set(line))
            self.assertNotIn("error", line)
            self.assertEqual("p_yes" in line, line["n_new_tokens"] > 0)
        report = program.read_json(out / "report.json")
        self.assertEqual((report["answers_without_image"], report["skipped"]), (0, []))
        for row in report["scores"]["scores"]:
            self.assertEqual((row["closed"]["n"], row["open"]["n"], row["overall"]["n"]), (41, 20, QUESTIONS))
            self.assertEqual(row["overall"]["sum"], sum(line["score"][row["protocol"]] for line in lines))
        config = program.read_json(out / "config.json")
        self.assertEqual(config["config"]["data"]["split"], "test")
        self.assertIn("device", program.read_json(out / "environment.json"))

    def test_again_does_nothing(self):
        out = self.folder / "run"
        first = self.answer(*self.evaluate(out))
        before = program.folder_bytes(out)
        again = self.answer(*self.evaluate(out))
        self.assertEqual(program.folder_bytes(out), before)
        self.assertEqual((first["questions"], again["questions"], again["images"]), (QUESTIONS, 0, 0))
        self.assertEqual(first["scores"], again["scores"])

    def test_a_small_model_and_a_limit(self):
        model, out = self.folder / "small", self.folder / "run"
        self.succeed("init", "--preset", "small", "--out", model)
        report = self.answer(*self.evaluate(out, "--limit", 5, model=model))
        self.assertEqual(report["questions"], 5)
        self.assertEqual(len(lines_of(out)), 5)

    def test_batches_change_nothing(self):
        one, many = self.folder / "one", self.folder / "many"
        self.succeed(*self.evaluate(one, "--set", "eval.images_per_batch=1", "--dtype", "fp32"))
        self.succeed(*self.evaluate(many, "--set", "eval.images_per_batch=24", "--set", "eval.questions_per_batch=64",
                                    "--dtype", "fp32"))
        self.assertEqual([line["prediction_raw"] for line in lines_of(one)],
                         [line["prediction_raw"] for line in lines_of(many)])


class GoingOn(EvalTest):
    def setUp(self):
        super().setUp()
        self.whole = self.folder / "run"  # moved away below, so that config.json is the same
        start = time.monotonic()
        self.succeed(*self.long_run(self.whole))
        self.seconds = time.monotonic() - start
        self.expected = program.folder_bytes(self.whole)
        shutil.rmtree(self.whole)

    def test_killed_at_random_times(self):
        seed = int(os.environ.get("LLAMA32MED_TEST_SEED", random.randrange(1 << 32)))
        print(f"LLAMA32MED_TEST_SEED={seed}", flush=True)
        times, counts = random.Random(seed), []
        for _ in range(KILLS):
            running = program.start(*self.long_run(self.whole))
            time.sleep(times.uniform(0, self.seconds))
            running.kill()
            running.communicate()
            file = self.whole / "predictions.jsonl"
            counts.append(file.read_bytes().count(b"\n") if file.exists() else 0)
            if counts[-1] == QUESTIONS:  # finished: starts again from the beginning
                shutil.rmtree(self.whole)
        self.succeed(*self.long_run(self.whole))
        self.assertEqual(program.folder_bytes(self.whole), self.expected, (seed, counts))

    def test_a_torn_line_is_written_again(self):
        self.succeed(*self.long_run(self.whole))
        file = self.whole / "predictions.jsonl"
        file.write_bytes(file.read_bytes()[:-(len(file.read_bytes()) // 3)])
        (self.whole / "report.json.draft").write_text("half a rep")
        self.succeed(*self.long_run(self.whole))
        self.assertEqual(program.folder_bytes(self.whole), self.expected)

    def test_stopped_by_a_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                shutil.rmtree(self.whole, ignore_errors=True)
                running = program.start(*self.long_run(self.whole))
                file = self.whole / "predictions.jsonl"
                self.assertTrue(program.wait_for(lambda: file.exists() and file.stat().st_size > 0))
                running.send_signal(number)
                err = running.communicate(timeout=60)[1].decode()
                self.assertEqual(running.returncode, STOPPED, err)
                self.assertEqual(err.count("\n"), 1, err)
                self.assertIn("stopped by a signal", err)
                self.assertTrue(0 < len(lines_of(self.whole)) < QUESTIONS)
                self.succeed(*self.long_run(self.whole))
                self.assertEqual(program.folder_bytes(self.whole), self.expected)


class OtherRuns(EvalTest):
    def test_a_folder_of_another_run(self):
        out = self.folder / "run"
        self.succeed(*self.evaluate(out, "--limit", 3))
        before = program.folder_bytes(out)
        self.refuse(USAGE, [out, "data.limit", "4", "3", "--fresh"], *self.evaluate(out, "--limit", 4))
        self.refuse(USAGE, [out, "generate.max_new_tokens", "5", "4"],
                    *self.evaluate(out, "--limit", 3, "--set", "generate.max_new_tokens=5"))
        self.refuse(USAGE, [out, "generate.sampler.temperature"], *self.evaluate(out, "--limit", 3, "--set",
                                                                                 "generate.sampler.temperature=1"))
        self.assertEqual(program.folder_bytes(out), before)
        self.succeed(*self.evaluate(out, "--limit", 3, "--threads", 1))  # threads do not change results

    def test_a_model_that_changed(self):
        model, out = self.copy_model(source=self.model), self.folder / "run"
        self.succeed(*self.evaluate(out, "--limit", 3, model=model))
        self.succeed("init", "--preset", "tiny", "--seed", 9, "--force", "--out", model)
        self.refuse(USAGE, [out, "model_fingerprint"], *self.evaluate(out, "--limit", 3, model=model))
        self.succeed(*self.evaluate(out, "--limit", 3, "--fresh", model=model))
        other = self.folder / "elsewhere" / "run"
        self.succeed(*self.evaluate(other, "--limit", 3, model=model))
        differing = {name for name, content in program.folder_bytes(out).items() if (other / name).read_bytes() != content}
        self.assertLessEqual(differing, {"report.html"})  # it contains paths of images relative to itself

    def test_predictions_of_something_else(self):
        out = self.folder / "run"
        self.succeed(*self.evaluate(out, "--limit", 3))
        file = out / "predictions.jsonl"
        good = file.read_text(encoding="utf-8")
        for text in ('{"item_id": "x"}\n', "5\n", "[]\n", '{"item_id": 5}\n', good + good):
            file.write_text(text, encoding="utf-8")
            self.refuse(USAGE, [file, "line", "--fresh"], *self.evaluate(out, "--limit", 3))
        file.write_text("no json\n")
        self.refuse(USAGE, [file, "line 1", "--fresh"], *self.evaluate(out, "--limit", 3))
        self.succeed(*self.evaluate(out, "--limit", 3, "--fresh"))
        self.assertEqual(file.read_text(encoding="utf-8"), good)


class BrokenPictures(EvalTest):
    def test_they_are_named_and_count_as_wrong(self):
        data, out = self.folder / "data", self.folder / "run"
        data.mkdir()
        good = (IMAGES / "rgb_57x56.png").read_bytes()
        bad = {"cut.png": good[:len(good) // 2], "empty.png": b"", "text.jpg": b"this is not a picture",
               "vast.png": program.png_bytes(30000, 30000, rows=1), "zero.png": program.png_bytes(0, 0)}
        (data / "good.png").write_bytes(good)
        for name, content in bad.items():
            (data / name).write_bytes(content)
        names = ["good.png", *bad, "good.png"]
        program.write_records(data, [{"id": i, "image": name, "question": "Is it?", "answer": "yes"}
                                     for i, name in enumerate(names)] +
                              [{"id": "gone", "image": "gone.png", "question": "Is it?", "answer": "yes"}])
        ask = ("eval", "--model", self.model, "--dataset", "records", "--data", data, "--split", "all", "--out", out,
               "--max-new-tokens", 4)
        report = self.answer(*ask)
        self.assertEqual((report["questions"], report["skipped"]), (len(names), 1))
        errors = {line["image_id"]: line.get("error", "") for line in lines_of(out)}
        self.assertEqual(errors.pop("good.png"), "")
        self.assertEqual(set(errors), set(bad))
        for line in lines_of(out):
            if line["image_id"] in bad:
                self.assertIn(line["image_id"], line["error"])
                self.assertEqual((line["prediction_raw"], line["score"]["paper"]), ("", 0))
        written = program.read_json(out / "report.json")
        self.assertEqual(written["answers_without_image"], len(bad))
        self.assertEqual(written["skipped"][0]["id"], "gone")
        self.assertEqual(written["scores"]["scores"][0]["overall"]["n"], len(names))
        text = self.succeed(*ask).out  # nothing left to do, but it warns again
        self.assertIn(f"{len(bad)} answers are empty and count as wrong", text)

    def test_no_record_can_be_asked(self):
        data = self.folder / "data"
        program.write_records(data, [{"id": 1, "image": "gone.png", "question": "Is it?", "answer": "yes"}])
        self.refuse(DATA, ["1 skipped", "gone.png"], "eval", "--model", self.model, "--dataset", "records", "--data", data,
                    "--split", "all", "--out", self.folder / "run")


class FullDisk(EvalTest):
    """--out is full: exit 4, whole lines stay, and with free space the run is resumed."""

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.out = self.disk / "run"
        self.succeed(*self.evaluate(self.out))
        self.expected = program.folder_bytes(self.out)
        self.answers = [[line["item_id"], line["prediction_raw"]] for line in lines_of(self.out)]
        shutil.rmtree(self.out)

    def check_stopped(self, result):
        self.assertEqual(result.code, RESOURCE, result)
        self.assertEqual(result.err.count("error: "), 1, result)
        self.assertIn("predictions.jsonl: cannot be written", result.err)
        whole, _, _ = (self.out / "predictions.jsonl").read_bytes().rpartition(b"\n")
        self.assertGreater(whole.count(b"\n"), 3)
        answers = [[line["item_id"], line["prediction_raw"]] for line in map(json.loads, whole.splitlines())]
        self.assertEqual(answers, self.answers[:len(answers)])

    def check_goes_on(self):
        self.succeed(*self.evaluate(self.out))
        self.assertEqual(program.folder_bytes(self.out), self.expected)

    def test_a_file_that_may_not_grow(self):
        limit = len(self.expected["predictions.jsonl"]) // 4

        def limited():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # write() then fails with EFBIG
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        self.check_stopped(program.run(*self.evaluate(self.out), before=limited))
        self.check_goes_on()

    def test_a_small_disk(self):
        mount = ["mount", "-t", "tmpfs", "-o", "size=20k", "tmpfs", self.disk]
        if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            self.skipTest("mounting a small disk is not permitted here")
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True)
        self.check_stopped(program.run(*self.evaluate(self.out)))
        subprocess.run(["mount", "-o", "remount,size=1m", self.disk], check=True)
        self.check_goes_on()


if __name__ == "__main__":
    program.main()
