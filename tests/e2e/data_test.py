"""`data check`: the shipped slice, and folders with missing images, unusable records and overlapping splits."""
import shutil

import program
from program import DATA, IMAGES, USAGE, VQA_RAD


class DataTest(program.ProgramTest):
    def check(self, dataset, folder, *more):
        """The printed text and data_report.json."""
        out = self.folder / "report"
        text = self.succeed("data", "check", "--dataset", dataset, "--data", folder, "--out", out, *more).out
        return text, program.read_json(out / "data_report.json")


class ShippedSlice(DataTest):
    def test_counts(self):
        text, report = self.check("vqa_rad", VQA_RAD)
        train, test = report["splits"]
        self.assertEqual((report["dataset"], report["folder"]), ("vqa_rad", str(VQA_RAD)))
        self.assertEqual((train["split"], train["records"]), ("train", 125))
        self.assertEqual((test["split"], test["records"], test["images"]), ("test", 61, 24))
        self.assertEqual(test["answer_types"], {"CLOSED": 43, "OPEN": 18})
        self.assertEqual((test["yes_no_answers"], test["other_answers"]), (41, 20))
        for split in (train, test):
            self.assertEqual((split["missing_images"], split["unreadable_images"], split["skipped_records"]), ([], [], []))
        (overlap,) = report["image_overlap"]  # VQA-RAD asks about the same images in both
        self.assertEqual((overlap["first"], overlap["second"]), ("train", "test"))
        self.assertGreater(overlap["images_by_id"], 0)
        self.assertEqual(report["images_of_no_record"], [])
        self.assertIn("61", text)
        self.assertIn("images in both train and test", text)

    def test_one_split(self):
        _, report = self.check("vqa_rad", VQA_RAD, "--split", "test")
        self.assertEqual([split["split"] for split in report["splits"]], ["test"])
        _, report = self.check("vqa_rad", VQA_RAD, "--split", "val")  # an alias of validate, which is derived
        self.assertEqual([split["split"] for split in report["splits"]], ["validate"])
        self.refuse(USAGE, ['"tset"', 'did you mean "test"?', "train"], "data", "check", "--dataset", "vqa_rad", "--data", VQA_RAD,
                    "--split", "tset")

    def test_json(self):
        out = self.folder / "report"
        printed = self.answer("data", "check", "--dataset", "vqa_rad", "--data", VQA_RAD, "--out", out)
        self.assertEqual(printed, program.read_json(out / "data_report.json"))


class BrokenFolders(DataTest):
    def test_missing_and_skipped(self):
        data = self.folder / "vqa"
        pictures = data / "VQA_RAD Image Folder"
        shutil.copytree(VQA_RAD, data)
        for name in ("synpic59536.jpg", "synpic47783.jpg"):
            (pictures / name).unlink()
        (pictures / "synpic51426.jpg").write_bytes(b"no picture")
        (pictures / "unused.png").write_bytes(program.png_bytes(8, 8))
        file = data / "VQA_RAD Dataset Public.json"
        rows = program.read_json(file)
        tests = [row for row in rows if row["phrase_type"].startswith("test")]
        gone = [row for row in tests if row["image_name"] in ("synpic59536.jpg", "synpic47783.jpg")]
        kept = [row for row in tests if row not in gone]
        kept[0]["answer"] = "  "
        kept[1]["question"] = ""
        kept[2]["qid"] = kept[3]["qid"]
        program.write_json(file, rows + [17])
        text, report = self.check("vqa_rad", data)
        test = report["splits"][1]
        self.assertEqual(set(test["missing_images"]), {"synpic59536.jpg", "synpic47783.jpg"})
        self.assertEqual([image["image_id"] for image in test["unreadable_images"]], ["synpic51426.jpg"])
        self.assertEqual(test["records"], len(tests) - len(gone) - 3)
        reasons = " ".join(record["reason"] for record in test["skipped_records"])
        for part in ("no answer", "no question", "duplicate id", "not an object", "is missing"):
            self.assertIn(part, reasons)
        for record in test["skipped_records"]:
            self.assertRegex(record["where"], r"VQA_RAD Dataset Public\.json: record \d+")
        self.assertEqual(report["images_of_no_record"], ["unused.png"])
        for part in ("synpic59536.jpg", "synpic51426.jpg", "unused.png", "no answer"):
            self.assertIn(part, text)

    def test_overlap_by_name_and_by_contents(self):
        data = self.folder / "own"
        data.mkdir()
        for name, level in (("a.png", 10), ("b.png", 20), ("copy_of_a.png", 10), ("c.png", 30)):
            (data / name).write_bytes(program.png_bytes(20, 20, level))
        rows = [("train", "a.png"), ("train", "b.png"), ("test", "copy_of_a.png"), ("test", "b.png"), ("test", "c.png")]
        program.write_records(data, [{"id": i, "image": image, "question": "Is it?", "answer": "no", "split": split}
                                     for i, (split, image) in enumerate(rows)])
        text, report = self.check("records", data)
        (overlap,) = report["image_overlap"]
        self.assertEqual((overlap["images_by_id"], overlap["images_by_contents"]), (1, 2))
        self.assertEqual(overlap["records_of_second_with_an_image_of_first"], 2)
        self.assertEqual([sorted(pair) for pair in report["images_with_same_bytes"]], [["a.png", "copy_of_a.png"]])
        self.assertIn("images in both train and test: 1 by name, 2 by contents; affects 2 records of test", text)

    def test_records_without_splits(self):
        data = self.folder / "own"
        program.write_records(data, [{"id": "x", "image": "x.png", "answer": "a lung"}])
        (data / "x.png").write_bytes((IMAGES / "rgb_57x56.png").read_bytes())
        _, report = self.check("records", data / "records.jsonl")
        self.assertEqual([(split["split"], split["records"]) for split in report["splits"]], [("all", 1)])

    def test_strict_and_without_a_folder_for_the_report(self):
        data = self.folder / "own"
        program.write_records(data, [{"id": i, "image": f"{i}.png", "question": "?", "answer": "x", "split": "test"} for i in range(3)])
        for i in range(3):
            (data / f"{i}.png").write_bytes(program.png_bytes(8, 8, i))
        check = ("data", "check", "--dataset", "records", "--data", data)
        before = program.folder_bytes(self.folder)
        self.assertNotIn("data_report.json", self.succeed(*check, "--strict").out)
        self.assertEqual(program.folder_bytes(self.folder), before)
        (data / "1.png").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
        (data / "2.png").unlink()
        self.succeed(*check)
        result = program.run(*check, "--strict")
        self.assertEqual(result.code, DATA, result)
        self.assertIn("1 skipped records, 1 unreadable images", result.err)
        self.assertIn("Git LFS pointer", result.out)

    def test_a_split_that_cannot_be_read_is_reported(self):
        data = self.folder / "slake"
        data.mkdir()
        (data / "test.json").write_text('[{"qid": 1, "img_name": "a.png", "question": "?", "answer": "x"}]')
        (data / "train.json").write_text('[{"qid": 1,')
        text, report = self.check("slake", data)
        self.assertEqual([split["split"] for split in report["unread_splits"]], ["train", "validate"])
        self.assertIn("train.json:1", text)

    def test_files_that_are_no_dataset(self):
        data = self.folder / "own"
        data.mkdir()
        check = ("data", "check", "--dataset")
        for name, file, text in (("vqa_rad", "VQA_RAD Dataset Public.json", "[1, 2"), ("vqa_rad", "VQA_RAD Dataset Public.json", "{}"),
                                 ("records", "records.jsonl", '{"id": 1}\n{"id"\n'), ("path_vqa", "test.json", "5")):
            with self.subTest(dataset=name, text=text):
                (data / file).write_text(text)
                self.refuse(DATA, [file], *check, name, "--data", data)
        for name in ("slake", "rocov2"):
            self.refuse(DATA, [data], *check, name, "--data", data)
        self.refuse(USAGE, ['"fr"', "en, zh, all"], *check, "slake", "--data", data, "--language", "fr")
        self.refuse(USAGE, ['"vqarad"', 'did you mean "vqa_rad"?'], *check, "vqarad", "--data", data)


if __name__ == "__main__":
    program.main()
