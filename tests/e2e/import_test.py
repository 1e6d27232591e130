"""`data import`: the worked example of src/data/README.md, what a killed import leaves behind, and large sources."""
import json
import re
import signal

import program
from program import DATA, ROOT, TINY, USAGE

OWN = ROOT / "tests/datasets/own/findings.csv"
IMAGES = ROOT / "tests/datasets/path_vqa"
CONFIG = ROOT / "configs/own_data.json"


class ImportTest(program.ProgramTest):
    def table(self, rows, header="image,question,answer", name="own.csv"):
        """Writes a table and one image per name in its first column."""
        folder = self.folder / "source"
        folder.mkdir(exist_ok=True)
        for row in rows:
            (folder / row.split(",")[0]).write_bytes(program.png_bytes(8, 8))
        file = folder / name
        file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return file


class WorkedExample(ImportTest):
    def test_from_a_table_to_both_stages_and_a_report(self):
        data, run = self.folder / "data", self.folder / "run"
        report = self.answer("data", "import", OWN, "--image-folder", IMAGES, "--out", data)
        self.assertEqual((report["rows"], report["split_by"], report["leaks"]["records"]), (180, "patient", 0))
        self.assertEqual([split["split"] for split in report["splits"]], ["train", "validate", "test"])
        self.assertGreater(report["leaks_of_a_split_by_question"]["patients"], 0)
        self.assertNotIn("P01", (data / "records.jsonl").read_text())
        check = self.answer("data", "check", "--dataset", "records", "--data", data, "--strict")
        self.assertEqual([overlap["images_by_contents"] for overlap in check["image_overlap"]], [0, 0, 0])
        short = ["--set", "train.epochs=1", "--set", "image.square_resize=56", "--set", "generate.max_new_tokens=2"]
        text = self.succeed("train", "--config", CONFIG, "--model", TINY, "--data", data, "--out", run, *short).out
        self.assertIn("stage 1  done", text)
        self.assertIn("stage 2  done", text)
        words = re.search(r"^next +(.*)$", text, re.MULTILINE).group(1).split()
        self.assertEqual(words[1], "eval")
        self.succeed(*words[1:])
        (page,) = run.rglob("report.html")
        self.succeed("report", page.parent, "--out", self.folder / "compared")
        self.assertTrue((self.folder / "compared/report.html").exists())

    def test_a_table_without_captions_needs_no_other_command(self):
        rows = [f"{i}.png,is it {i}?,yes" for i in range(20)]
        data = self.folder / "data"
        text = self.succeed("data", "import", self.table(rows), "--out", data).out
        words = re.search(r"^next +(.*)$", text, re.MULTILINE).group(1).replace("MODEL", str(TINY)).split()
        words[words.index("--out") + 1] = str(self.folder / "run")
        result = self.succeed(*words[1:], "--set", "train.epochs=1", "--set", "image.square_resize=56")
        self.assertIn("stage 1 is left out", result.err)
        self.assertIn("stage 2  done", result.out)
        self.refuse(DATA, ["captions"], *words[1:], "--stage", 1)


class Output(ImportTest):
    def test_a_killed_import_is_repeated_with_the_same_bytes(self):
        file = self.table([f"{i}.png,is it {i}?,yes" for i in range(3000)])
        out = self.folder / "out"
        process = program.start("data", "import", file, "--out", out)
        self.assertTrue(program.wait_for(lambda: any(self.folder.glob("out.draft/images/*"))))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertFalse(out.exists())
        self.succeed("data", "import", file, "--out", out)
        first = program.folder_bytes(out)
        self.assertEqual(len(first), 3002)
        self.succeed("data", "import", file, "--out", out)
        self.assertEqual(program.folder_bytes(out), first)
        self.assertEqual([path.name for path in self.folder.iterdir() if path.name.startswith("out")], ["out"])

    def test_folders_of_others_and_of_the_source_are_refused(self):
        file = self.table(["a.png,q,x"])
        other = self.folder / "other"
        other.mkdir()
        (other / "thesis.txt").write_text("text")
        self.refuse(USAGE, ["other", "data import"], "data", "import", file, "--out", other)
        self.refuse(USAGE, ["--out", "own.csv", "choose another folder"], "data", "import", file, "--out", file.parent)
        self.refuse(USAGE, ["--out DIR"], "data", "import", file)
        self.refuse(USAGE, ["give a file or a folder"], "data", "import", "--out", self.folder / "out")
        self.refuse(USAGE, ["0.1"], "data", "import", file, "--out", self.folder / "out", "--validation", "ten")
        self.assertFalse((self.folder / "out").exists())

    def test_names_of_the_options(self):
        file = self.table(["a.png,q,x,s", "b.png,q,x,t"], "scan,q,a,part", "own.txt")
        report = self.answer("data", "import", "--from", "csv", "--source", file, "--image", "scan", "--question", "q",
                             "--answer", "a", "--split", "part", "--pictures", "reference", "--out", self.folder / "out")
        self.assertEqual([split["split"] for split in report["splits"]], ["s", "t"])
        lines = (self.folder / "out/records.jsonl").read_text().splitlines()
        self.assertEqual(json.loads(lines[0]), {"id": "1", "image": str(file.parent.resolve() / "a.png"), "question": "q",
                                                "answer": "x", "split": "s"})

    def test_losses_are_an_error_unless_allowed(self):
        file = self.table(["a.png,q,x", "b.png,q,x"])
        (file.parent / "b.png").unlink()
        out = self.folder / "out"
        self.refuse(DATA, ["1 of 2 records", "image file is missing", "own.csv:3", "--allow-left-out"],
                    "data", "import", file, "--out", out)
        self.assertFalse(out.exists())
        text = self.succeed("data", "import", file, "--out", out, "--allow-left-out").out
        self.assertIn("image file is missing: own.csv:3: \"b.png\"", text)


if __name__ == "__main__":
    program.main()
