"""Phantoms and the small model that was trained on them: it knows its own look and must be tuned for the other."""
import sys

import program
from program import ROOT, USAGE

sys.path.insert(0, str(ROOT / "scripts"))
import phantom_table  # noqa: E402  (after its folder is known)

BASE = ROOT / "configs/phantom_base"


class Phantoms(program.ProgramTest):
    def draw(self, *more):
        folder = self.folder / "data"
        return folder, self.answer("data", "phantoms", "--images", 80, "--out", folder, *more)

    def answers(self, data, out, *more):
        """The share of correct answers to questions that need the image."""
        self.succeed("eval", "--config", ROOT / "configs/phantoms.json", "--model", BASE, "--data", data / "vqa", "--out", out, *more)
        hits = phantom_table.hits_of(out)
        asked = [str(row["qid"]) for row in program.read_json(data / "vqa/test.json") if row["needs_image"] == "yes"]
        self.assertLess(len(asked), len(hits))  # some do not need the image
        return sum(hits[question] for question in asked) / len(asked)

    def test_counts_and_the_dataset_check(self):
        folder, report = self.draw("--seed", 5)
        self.assertEqual([split["images"] for split in report["splits"]], [64, 8, 8])
        for dataset, part in (("rocov2", "captions"), ("slake", "vqa")):
            check = self.answer("data", "check", "--dataset", dataset, "--data", folder / part, "--out", self.folder / part)
            self.assertEqual([split["unreadable_images"] for split in check["splits"]], [[], [], []])
            self.assertEqual(sum(overlap["images_by_id"] for overlap in check["image_overlap"]), 0)
        self.refuse(USAGE, ['"clinc"', 'did you mean "clinic"?'], "data", "phantoms", "--out", self.folder / "x", "--look", "clinc")

    def test_the_base_knows_its_look_alone(self):
        self.assertLess(sum(file.stat().st_size for file in BASE.iterdir()), 2_000_000)
        atlas, _ = self.draw("--look", "atlas")
        self.assertGreater(self.answers(atlas, self.folder / "atlas"), 0.9)
        clinic, _ = self.draw()
        self.assertLess(self.answers(clinic, self.folder / "clinic"), 0.6)


if __name__ == "__main__":
    program.main()
