"""`review`: exporting a blinded sheet, importing raters' verdicts, and reusing them in a later run."""
import csv
import io
import json

import program
from program import DATA, USAGE

OPEN, MATCHES, CLOSED = 706, 575, 355  # SLAKE's test split, and the paper's figures
ACCEPTED = {"anna": 17, "ben": 18, "cleo": 20}


def predictions():
    for i in range(CLOSED):
        yield {"item_id": f"c{i}", "image_id": "a.jpg", "question": "Is it?", "reference": "Yes", "answer_type_annotated": "CLOSED",
               "prediction_raw": "The answer is: yes" if i < 324 else "no"}
    for i in range(OPEN):
        yield {"item_id": f"o{i}", "image_id": f"{i % 96}.jpg", "question": f"Which organ, {i}?", "reference": f"organ{i}",
               "answer_type_annotated": "OPEN", "prediction_raw": f"The answer is: {'organ' if i < MATCHES else 'other'}{i}"}


def read_sheet(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter="\t"))


class ReviewTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "run"
        self.out.mkdir()
        self.write_predictions(self.out)

    @staticmethod
    def write_predictions(folder, edit=lambda line: line):
        (folder / "predictions.jsonl").write_text("".join(json.dumps(edit(line)) + "\n" for line in predictions()), encoding="utf-8")

    def export(self, *more):
        answer = self.answer("review", "export", "--run", self.out, *more)
        return answer, read_sheet(program.pathlib.Path(answer["sheet"])), program.read_json(answer["key"])

    def fill(self, rows, key, rater, accepted, encoding="utf-8", delimiter="\t"):
        """A filled-in sheet: controls with their known verdict, and the given number of other rows accepted."""
        known = {row["item_id"]: row["control"] for row in key["rows"] if "control" in row}
        for row in rows:
            if row["item_id"] in known:
                row["verdict"] = {1.0: "y", 0.0: "n"}[known[row["item_id"]]]
            else:
                row["verdict"] = "1" if accepted > 0 else "0"
                accepted -= 1
        path = self.folder / f"{rater}.csv"
        with open(path, "w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def test_the_papers_figures(self):
        made, rows, key = self.export()
        self.assertEqual((made["rows"], made["controls"], made["reused"]), (131 + 7, 7, 0))
        self.assertEqual(list(rows[0]), ["item_id", "image", "question", "reference", "prediction", "verdict", "comment"])
        ids = [row["item_id"] for row in rows]
        self.assertEqual(len(set(ids)), len(ids))
        self.assertLessEqual({f"o{i}" for i in range(MATCHES, OPEN)}, set(ids))
        self.assertNotEqual(ids, sorted(ids, key=lambda name: int(name[1:])))
        self.assertTrue(all(row["prediction"] and "answer is" not in row["prediction"] for row in rows))
        self.assertFalse(any("control" in text for text in (self.out / made["sheet"]).read_text(encoding="utf-8").split()))
        formats = {"anna": ("utf-8", "\t"), "ben": ("utf-8-sig", ","), "cleo": ("utf-8", ";")}
        sheets = [self.fill(rows, key, name, count, *formats[name]) for name, count in ACCEPTED.items()]
        result = self.answer("review", "import", "--run", self.out, "--sheet", *sheets)
        self.assertAlmostEqual(result["open"]["human"]["percent"], 84.0415, delta=5e-5)
        self.assertEqual(result["closed"]["sum"], 324)
        self.assertEqual(result["overall"]["human"]["n"], CLOSED + OPEN)
        self.assertEqual({rater["rater"]: rater["accepted"] for rater in result["raters"]}, ACCEPTED)
        self.assertTrue(all(rater["controls"]["percent"] == 100 for rater in result["raters"]))
        self.assertEqual(program.read_json(self.out / "human.json"), result)
        self.assertIn("84.04", (self.out / "human.md").read_text(encoding="utf-8"))
        self.reuse(result)

    def reuse(self, before):
        """The same answers in another run and order: no rater is needed."""
        later = self.folder / "later"
        later.mkdir()
        lines = (self.out / "predictions.jsonl").read_text(encoding="utf-8").splitlines(True)
        (later / "predictions.jsonl").write_text("".join(reversed(lines)), encoding="utf-8")
        made = self.answer("review", "export", "--run", later, "--verdicts", self.out / "verdicts.jsonl")
        self.assertEqual((made["rows"], made["reused"]), (0, 131))
        result = self.answer("review", "import", "--run", later, "--verdicts", self.out / "verdicts.jsonl")
        self.assertEqual(result["open"], before["open"])

    def test_a_seed_gives_an_order(self):
        first, rows, _ = self.export()
        again, same, _ = self.export()
        other, others, _ = self.export("--seed", 5)
        self.assertEqual((first["sheet"], rows), (again["sheet"], same))
        self.assertNotEqual((first["sheet"], rows), (other["sheet"], others))
        self.refuse(USAGE, ["review_", "--key"], "review", "import", "--run", self.out, "--sheet", self.folder / "x.csv")

    def test_what_is_wrong_with_a_sheet(self):
        _, rows, key = self.export()
        sheet = self.fill(rows, key, "anna", 3)
        lines = sheet.read_text(encoding="utf-8").splitlines()
        sheet.write_text("\n".join([lines[0], *lines[2:], lines[2], "zz\t\t\t\t\t1\t"]) + "\n", encoding="utf-8")
        self.refuse(DATA, ["anna.csv", f"missing (1): {rows[0]['item_id']}", f"duplicate items (1): {rows[1]['item_id']}",
                           "not in the exported sheet (1): zz"], "review", "import", "--run", self.out, "--sheet", sheet)
        self.assertFalse((self.out / "human.json").exists())
        self.assertFalse((self.out / "verdicts.jsonl").exists())

    def test_other_predictions_are_refused(self):
        _, rows, key = self.export()
        sheet = self.fill(rows, key, "anna", 3)
        self.write_predictions(self.out, lambda line: {**line, "prediction_raw": line["prediction_raw"] + "!"})
        self.refuse(DATA, ["other predictions"], "review", "import", "--run", self.out, "--sheet", sheet)

    def test_usage(self):
        self.refuse(USAGE, ["export", "import"], "review")
        self.refuse(USAGE, ["exprot", "export"], "review", "exprot")
        self.refuse(USAGE, ["--run"], "review", "export")
        self.refuse(USAGE, ["review export"], "review", "import", "--run", self.out, "--sheet", "a.csv")


if __name__ == "__main__":
    program.main()
