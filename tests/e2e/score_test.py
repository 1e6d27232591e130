"""`score` and `report`: files of any program, invalid files, the same scores as `eval`, several runs side by side."""
import hashlib
import json
import os
import pathlib
import random
import shutil

import program
from program import DATA, GOLDEN, RESOURCE, USAGE, VQA_RAD

ALL_DATA = pathlib.Path(os.environ.get("LLAMA32MED_DATA", program.ROOT.parent / "shared/data"))


def records():
    """The test split of the shipped slice: id -> (question, answer)."""
    rows = program.read_json(VQA_RAD / "VQA_RAD Dataset Public.json")
    return {str(row["qid"]): (row["question"], " ".join(str(row["answer"]).split())) for row in rows if row["phrase_type"].startswith("test")}


class ScoreTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "answers.jsonl"

    def write(self, rows, name=None):
        file = self.folder / name if name else self.file
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return file

    def score(self, *more, file=None):
        return ("score", "--predictions", file or self.file, "--dataset", "vqa_rad", "--data", VQA_RAD, *more)

    def rows(self, *more, file=None):
        return {row["protocol"]: row for row in self.answer(*self.score(*more, file=file))["scores"]["scores"]}


class Formats(ScoreTest):
    def test_the_reference_in_a_sentence_is_right_whatever_the_file(self):
        right = {qid: (question, f"The answer is: {answer}") for qid, (question, answer) in records().items()}
        self.write({"question_id": int(qid), "text": answer} for qid, (_, answer) in right.items())
        table = self.folder / "answers.csv"
        table.write_text("id,prediction\n" + "".join(f'{qid},"{answer}"\n' for qid, (_, answer) in right.items()))
        lines = self.rows("--protocol", "paper,vqa-norm")
        self.assertEqual(lines, self.rows("--protocol", "paper,vqa-norm", file=table))
        for row in lines.values():
            self.assertEqual((row["overall"]["n"], row["overall"]["percent"]), (len(right), 100.0))
            self.assertIn(f"|n:{len(right)}|", row["signature"])

    def test_every_protocol_has_a_row_and_a_signature(self):
        self.write({"id": qid, "prediction": "yes"} for qid in records())
        rows = self.rows("--protocol", "all")
        self.assertLessEqual({"paper", "paper-human", "strict-em", "vqa-norm", "llava-med", "llava-med-batch", "relaxed", "token-f1",
                              "lmms-slake", "medevalkit", "pathvqa-official"}, set(rows))
        self.assertEqual(len({row["signature"] for row in rows.values()}), len(rows))

    def test_the_order_of_the_file_changes_nothing(self):
        rng = random.Random(1)
        rows = [{"id": qid, "prediction": rng.choice(["yes", "no", answer, "left " + answer])} for qid, (_, answer) in records().items()]
        self.write(rows)
        self.succeed(*self.score("--protocol", "all", "--out", self.folder / "a" / "run"))
        rng.shuffle(rows)
        self.write(rows)
        self.succeed(*self.score("--protocol", "all", "--out", self.folder / "b" / "run"))
        one, two = (program.read_json(self.folder / name / "run" / "report.json") for name in "ab")
        self.assertEqual(one, two)

    def test_a_file_with_its_own_references(self):
        self.write({"id": i, "question": "Q?", "reference": "yes", "prediction": "Yes."} for i in range(3))
        report = self.answer("score", "--predictions", self.file)
        self.assertEqual(report["scores"]["scores"][0]["overall"]["sum"], 3)
        self.write({"id": i, "prediction": "Yes."} for i in range(3))
        self.refuse(DATA, [self.file, "reference", "--dataset"], "score", "--predictions", self.file)


class Columns(ScoreTest):
    """What another program calls its columns must not decide the score in silence."""

    def test_copies_of_the_references_are_not_scored(self):
        self.write({"qid": qid, "prediction": answer} for qid, (_, answer) in records().items())
        self.refuse(DATA, ["equals its reference", "--prediction-key"], *self.score())

    def test_the_column_is_named_where_it_is_not_clear(self):
        self.write({"qid": qid, "answer": answer, "my_model": "The answer is: yes"} for qid, (_, answer) in records().items())
        self.refuse(DATA, ['"answer" may be the reference', "my_model", "--prediction-key"], *self.score())
        rows = self.rows("--prediction-key", "my_model", "--protocol", "paper")
        self.assertLess(rows["paper"]["overall"]["percent"], 60)

    def test_a_copy_of_the_dataset_with_other_ids(self):
        self.write({"id": number, "question": question.lower(), "reference": answer.lower(), "prediction": "yes"}
                   for number, (question, answer) in enumerate(records().values()))
        self.refuse(DATA, ["ids belong to no record", "--join question"], *self.score())
        joined = self.answer(*self.score("--join", "question"))["scores"]
        self.write({"id": qid, "prediction": "yes"} for qid in records())
        self.assertEqual(joined, self.answer(*self.score())["scores"])
        self.refuse(USAGE, ["--join question", "--dataset"], "score", "--predictions", self.file, "--join", "question")


class Captions(ScoreTest):
    def test_bertscores_reach_every_report(self):
        run, out = self.folder / "run", self.folder / "report"
        self.write({"id": i, "reference": "A chest X-ray.", "prediction": "Chest X-ray."} for i in range(2))
        self.succeed("score", "--predictions", self.file, "--out", run)
        self.assertEqual(len((run / "bertscore_pairs.tsv").read_text(encoding="utf-8").splitlines()), 3)
        (run / "bertscore.tsv").write_text("item_id\tP\tR\tF\n0\t0.9\t0.8\t0.85\n1\t0.9\t0.8\t0.85\n", encoding="utf-8")
        self.succeed("report", run, "--out", out)
        text = (out / "report.md").read_text(encoding="utf-8")
        self.assertIn("## BERTScore", text)
        self.assertIn("| run | 2 | 0.9000 | 0.8000 | 0.8500 |".replace(" ", ""), text.replace(" ", ""))
        self.assertEqual(program.read_json(out / "report.json")["runs"][0]["report"]["bertscore"]["n"], 2)


class BadFiles(ScoreTest):
    def test_ids_that_do_not_fit_are_listed(self):
        ids = list(records())
        self.write({"id": qid, "prediction": "yes"} for qid in [*ids[2:], ids[5], "zebra"])
        self.refuse(DATA, ["1 ids belong to no record: zebra", f"1 duplicate ids: {ids[5]}", "2 records have no prediction",
                           ids[0], ids[1]], *self.score())
        self.write({"id": qid, "prediction": "yes"} for qid in ids[2:])
        self.refuse(DATA, ["2 records have no prediction", "--partial"], *self.score())
        rows = self.rows("--partial")
        self.assertEqual(rows["paper"]["overall"]["n"], len(ids) - 2)

    def test_broken_lines_and_encodings(self):
        good = '{"id": "%s", "prediction": "yes"}\n' % next(iter(records()))
        cases = {b"": ["no prediction"], good.encode() + b'{"id": "2", "pre': [":2:"], good.encode() * 2: ["duplicate ids: " + next(iter(records()))],
                 good.encode() + '{"id": "2", "prediction": "gr\u00f6\u00dfer"}\n'.encode("latin-1"): [":2", "UTF-8"],
                 good.encode("utf-16")[:-1]: ["UTF-16"], good.encode("utf-16-le"): ["UTF-16"], b'[1, 2]\n': [":1", "array"], b'{"id": "1"}\n': [":1", "prediction"]}
        for content, parts in cases.items():
            self.file.write_bytes(content)
            self.refuse(DATA, parts, *self.score())
        self.refuse(DATA, ["missing.jsonl", "no such file"], *self.score(file=self.folder / "missing.jsonl"))
        self.file.write_text(good)
        self.refuse(USAGE, ["papr", "paper"], *self.score("--protocol", "papr"))


class Vectors(ScoreTest):
    def test_ours_pass_and_a_wrong_one_is_named(self):
        file = GOLDEN / "eval_vectors.jsonl"
        rows = self.answer("score", "--vectors", file)
        self.assertTrue(all(row["agrees"] for row in rows))
        self.assertEqual(len(rows), len(file.read_text(encoding="utf-8").splitlines()))
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        lines[0]["expected"] = 0.25
        self.write(lines[:3])
        result = program.run("score", "--vectors", self.file)
        self.assertEqual(result.code, DATA, result)
        self.assertIn(lines[0]["id"], result.out)
        self.assertIn("differs", result.out)
        self.assertIn("1 of 3", result.err)


class SameAsEval(ScoreTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = program.temporary_folder()
        model, cls.run_ = cls.shared / "tiny", cls.shared / "run"
        for command in (("init", "--preset", "tiny", "--out", model),
                        ("eval", "--model", model, "--dataset", "vqa_rad", "--data", VQA_RAD, "--out", cls.run_, "--max-new-tokens", 4,
                         "--protocol", "all", "--image-gain", "shuffled,blank,none")):
            result = program.run(*command)
            assert result.code == 0, result

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared, ignore_errors=True)

    def test_the_same_numbers(self):
        made = program.read_json(self.run_ / "report.json")
        again = self.answer(*self.score("--protocol", "all", file=self.run_ / "predictions.jsonl"))
        for mine, theirs in zip(made["scores"]["scores"], again["scores"]["scores"], strict=True):
            for row in (mine, theirs):
                row["signature"] = row["signature"].replace("decode:greedy", "decode:unknown")
            self.assertEqual(mine, theirs)
        for section in ("analysis", "baselines", "leaks"):
            self.assertEqual(made[section], again[section])

    def test_what_a_line_and_a_report_hold(self):
        report = program.read_json(self.run_ / "report.json")
        self.assertEqual([gain["condition"] for gain in report["image_gain"]], ["shuffled", "blank", "none"])
        self.assertEqual(len(report["baselines"]["rows"]), 5)
        lines = [json.loads(line) for line in (self.run_ / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]
        for line in lines:
            self.assertLessEqual({"run_id", "model_id", "prompt_id", "split_sha256", "question_sha256", "type_yesno", "type_annotated",
                                  "reference_norm", "prediction_extracted", "extract_rule", "recall", "parse", "image_in_train",
                                  "triple_in_train", "image_condition", "image_sha256"}, set(line))
            missing = {row["protocol"] for row in report["scores"]["scores"]} - set(line["score"])
            self.assertEqual(missing, set() if line["phrase_type"].endswith("freeform") else {"vqa-norm-freeform"})
        for row in report["scores"]["scores"]:
            self.assertAlmostEqual(row["overall"]["sum"], sum(line["score"].get(row["protocol"], 0) for line in lines), 9)
        page = (self.run_ / "report.html").read_text(encoding="utf-8")
        self.assertIn("data:image/jpeg;base64", page.replace("image\\/", "image/"))
        self.assertFalse(str(VQA_RAD) in page, "a page to be shared must not contain folders of this machine")

    def test_more_protocols_later_ask_nothing_again(self):
        out = self.folder / "run"
        shutil.copytree(self.run_, out)
        model = self.run_.parent / "tiny"
        answer = self.answer("eval", "--model", model, "--dataset", "vqa_rad", "--data", VQA_RAD, "--out", out, "--max-new-tokens", 4)
        self.assertEqual((answer["questions"], len(answer["scores"]["scores"])), (0, 2))

    def test_experts_verdicts_reach_the_page(self):
        run, out = self.folder / "run", self.folder / "page"
        shutil.copytree(self.run_, run)
        first = json.loads((run / "predictions.jsonl").read_text(encoding="utf-8").splitlines()[0])["item_id"]
        program.write_json(run / "human.json", {"reviewed": 1, "items": [{"item_id": first, "score_human": 0.5, "experts": []}]})
        self.succeed("report", run, "--out", out)
        self.assertEqual((out / "report.html").read_text(encoding="utf-8").count('"human":0.5'), 1)
        self.assertEqual(program.read_json(out / "report.json")["runs"][0]["report"]["human"], {"reviewed": 1})

    def test_two_runs_side_by_side(self):
        other, out = self.folder / "other", self.folder / "both"
        rows = [{"id": qid, "prediction": f"The answer is: {answer}"} for qid, (_, answer) in records().items()]
        self.write(rows)
        self.succeed(*self.score("--out", other))
        compared = self.answer("report", self.run_, other, "--out", out)["comparisons"]
        self.assertEqual((compared[0]["first"], compared[0]["second"], compared[0]["n"]), ("run", "other", len(rows)))
        self.assertLess(compared[0]["mcnemar_p"], 1e-6)
        self.assertEqual({path.name for path in out.iterdir()}, {"report.json", "report.md", "report.html"})
        self.refuse(DATA, [self.folder, "not a finished run"], "report", self.folder, "--out", out)
        self.refuse(USAGE, ["--out"], "report", other)
        shutil.copy(other / "predictions.jsonl", out)
        self.refuse(DATA, [out / "report.json", "not the report of one run"], "report", out, "--out", self.folder / "again")


class ForeignFiles(ScoreTest):
    """A predictions file of somebody else does not choose what a page shows; the machine's errors are not silent."""

    def page_of(self, out):
        return (out / "report.html").read_text(encoding="utf-8").replace("image\\/", "image/").count("data:image/jpeg;base64")

    def test_images_of_a_page(self):
        image, out = self.folder / "data/a.png", self.folder / "out"
        image.parent.mkdir()
        shutil.copy(program.IMAGES / "grey8_61x45.png", image)
        file = self.folder / "run/predictions.jsonl"
        file.parent.mkdir()
        line = {"item_id": 1, "image_id": "a.png", "image": str(image), "question": "Q?", "reference": "yes", "prediction_raw": "no"}
        self.write([line], "run/predictions.jsonl")
        score = ("score", "--predictions", file, "--out", out)
        self.assertIn("1 of 1 images are not shown", self.succeed(*score).err)
        self.assertEqual(self.page_of(out), 0)
        for allow in (("--data", image.parent), ("--set", f'data.allow_outside=["{image.parent}"]')):
            self.assertNotIn("not shown", self.succeed(*score, *allow).err)
            self.assertEqual(self.page_of(out), 1)
        # as eval writes it: who made this file had the image
        self.write([{**line, "image_sha256": hashlib.sha256(image.read_bytes()).hexdigest()}], "run/predictions.jsonl")
        self.succeed(*score)
        self.assertEqual(self.page_of(out), 1)
        for run, more, images in ((out, (), 1), (self.page_run(line, "other"), (), 0),
                                  (self.page_run(line, "another"), ("--data", image.parent), 1)):
            self.succeed("report", run, "--out", self.folder / "page", *more)
            self.assertEqual(self.page_of(self.folder / "page"), images)

    def page_run(self, line, name):
        """A finished run whose predictions were replaced by one line."""
        run = self.folder / name
        self.write([line], "source.jsonl")
        self.succeed("score", "--predictions", self.folder / "source.jsonl", "--out", run)
        self.write([line], f"{name}/predictions.jsonl")
        return run

    def test_an_unreadable_training_split_is_an_error_of_the_machine(self):
        data = self.folder / "slake"
        data.mkdir()
        rows = [{"qid": 1, "img_name": "a.png", "question": "Side?", "answer": "left", "q_lang": "en"}]
        program.write_json(data / "test.json", rows)
        self.write([{"id": 1, "prediction": "right"}])
        score = ("score", "--predictions", self.file, "--dataset", "slake", "--data", data, "--out", self.folder / "out")
        self.succeed(*score)
        absent = program.read_json(self.folder / "out/report.json")["train_absent"]
        self.assertIn("train.json: no such file", absent)
        (data / "train.json").symlink_to("/proc/self/mem")  # EIO
        self.refuse(RESOURCE, ["train.json", "Input/output error"], *score)

    def test_pipes_and_devices_are_refused_by_name(self):
        os.mkfifo(self.folder / "pipe")
        for path, what in ((self.folder / "pipe", "is a named pipe"), ("/dev/zero", "is a device")):
            self.refuse(DATA, [path, what], "score", "--predictions", path)


class PublishedAnswers(ScoreTest):
    """The known scores of published files; needs the complete datasets."""

    def measures(self, dataset, file):
        answer = self.answer("score", "--predictions", ALL_DATA / "predictions/llava_med_v1_in_text" / file, "--dataset", dataset, "--data",
                             ALL_DATA / dataset, "--protocol", "llava-med")
        row = answer["scores"]["scores"][0]
        return row, {(m["of"], m["name"]): round(100 * m["mean"], 4) for m in row["measures"]}

    def test_to_every_printed_digit(self):
        if not (ALL_DATA / "predictions").is_dir():
            self.skipTest("the complete datasets are not available")
        known = {"slake": ("slake_test.jsonl", 48.7981, (56.25, 46.875), (31.7829, 3.8835, 39.7152, 4.5124, 7.7596)),
                 "vqa_rad": ("vqa_rad_test.jsonl", 58.8235, (61.3971, 46.5074), (15.0838, 4.6059, 28.8164, 5.0115, 8.0592))}
        for dataset, (file, rule, closed, open_) in known.items():
            row, measures = self.measures(dataset, file)
            self.assertEqual(round(row["closed"]["percent"], 4), rule)
            self.assertEqual(sorted(v for (of, _), v in measures.items() if of == "closed"), sorted(closed))
            self.assertEqual(sorted(v for (of, _), v in measures.items() if of == "open"), sorted(open_))


if __name__ == "__main__":
    program.main()
