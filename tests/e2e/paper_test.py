"""`paper` with configs/paper_ci.json: all steps of a paper's tables, end to end, resuming where it stopped."""
import json
import os
import time

import browser as browsers
import program
from program import ROOT, USAGE

CONFIG = ROOT / "configs/paper_ci.json"
ABLATIONS = ["LoRA (full)", "LoRA w/o stage 1 FT", "LoRA w/o role-based prompt", "LoRA w/o vision encoder FT", "QLoRA (full)"]


class Paper(program.ProgramTest):
    def cells(self, outcome, table):
        return [cell for cell in outcome["cells"] if cell["table"] == table]

    def test_the_whole_pipeline(self):
        out = self.folder / "paper"
        running = program.start("paper", "--config", CONFIG, "--out", out, "--quiet")  # interrupted while training
        self.assertTrue(program.wait_for((out / "lora/stage1/metrics.jsonl").exists, 300))
        running.kill()
        running.communicate()

        begin = time.monotonic()
        result = program.run("paper", "--config", CONFIG, "--out", out, "--json", timeout=800)
        self.assertEqual(result.code, 0, result)
        print(f"the rest took {time.monotonic() - begin:.0f} s", flush=True)
        outcome = json.loads(result.out)
        self.check_tables(outcome)
        self.check_files(out)

        begin = time.monotonic()
        again = self.answer("paper", "--config", CONFIG, "--out", out, "--threads", 1)  # which decides nothing
        self.assertEqual(again, outcome)
        self.assertLess(time.monotonic() - begin, 60)  # nothing is trained or evaluated again
        self.assertEqual(self.answer("paper", "--config", CONFIG, "--out", out, "--compare"), outcome)

    def check_tables(self, outcome):
        ablations = self.cells(outcome, "Table 3")
        self.assertEqual([cell["row"] for cell in ablations], ABLATIONS)
        self.assertEqual([cell["paper"] for cell in ablations], [84.6, 79.1, 82.4, 80.4, 81.8])
        for cell in ablations + self.cells(outcome, "Table 1"):
            self.assertIsInstance(cell["ours"], float, cell)
            self.assertLessEqual(cell["interval95"][0], cell["ours"])
            self.assertAlmostEqual(cell["difference"], cell["ours"] - cell.get("paper"), 9)
            self.assertIn(cell["verdict"], {"reproduced", "inside our interval", "outside"})
        columns = {cell["column"].split()[0] for cell in self.cells(outcome, "Table 1")}
        self.assertEqual(columns, {"SLAKE", "PathVQA", "VQA-RAD"})
        captions = {cell["column"]: cell for cell in self.cells(outcome, "Table 2") if cell["row"] == "LLaMA32-Med"}
        self.assertIsInstance(captions["BLEU"]["ours"], float)
        self.assertEqual(captions["DeepSeek score"]["verdict"], "not run")
        family = outcome["families"][0]["comparisons"]
        self.assertEqual(len(family), 4)
        for comparison in family:
            self.assertGreaterEqual(comparison["holm_p"], comparison["mcnemar_p"])

    def check_files(self, out):
        for name in ("paper.json", "paper.md", "compared/Table 3/report.html", "lora/eval/slake/report.html"):
            self.assertTrue((out / name).exists(), name)
        report = program.read_json(out / "lora/eval/slake/report.json")
        self.assertEqual([gain["condition"] for gain in report["image_gain"]], ["shuffled", "blank"])
        overall = {row["protocol"]: row["overall"]["percent"] for row in report["scores"]["scores"]}
        self.assertGreater(overall["paper"], 40)  # it has learned something
        self.check_pages(out)

    def check_pages(self, out):
        command = browsers.find()
        if not command:
            if os.environ.get("LLAMA32MED_NEED_BROWSER"):
                self.fail("no browser")
            return
        browser = browsers.Browser(command, self.folder / "profile")
        for page in (out / "lora/eval/slake/report.html", out / "compared/Table 3/report.html"):
            attributes = browser.attributes(page.resolve().as_uri() + "#wrong=1")
            self.assertEqual((attributes["data-errors"], "data-ready" in attributes), ("0", True), attributes)

    def test_mistakes_in_a_config(self):
        good = {"title": "t", "experiments": [{"name": "a", "evaluations": [{"name": "x"}]}]}
        cases = [({"titel": "t"}, ["titel", "title"]), ({"cells": [{"table": "T", "row": "r", "column": "c", "run": "a/y"}]}, ["a/y", "a/x"]),
                 ({"cells": [{"table": "T", "row": "r", "column": "c", "run": "a/x", "measure": "all"}]}, ["measure \"all\""]),
                 ({"experiments": good["experiments"] * 2}, ["\"a\" is defined twice"]), ({"experiments": []}, ["experiments"])]
        file = self.folder / "paper.json"
        for change, parts in cases:
            program.write_json(file, {**good, **change})
            self.refuse(USAGE, [file, *parts], "paper", "--config", file, "--out", self.folder / "out")
        program.write_json(file, good)
        self.refuse(USAGE, ["--only", "\"b\"", "experiments are a"], "paper", "--config", file, "--out", self.folder / "out", "--only", "b")
        self.refuse(USAGE, ["--config"], "paper", "--out", self.folder / "out")


if __name__ == "__main__":
    program.main()
