"""`paper` with configs/paper_ci.json: all steps of a paper's tables, end to end, resuming where it stopped."""
import json
import os
import re
import time
import xml.etree.ElementTree

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
            self.assertEqual(cell["verdict"], "n/a: phantoms and slices")  # nothing is said about the paper
            self.assertNotIn("difference", cell)
            self.assertIn(cell["label"], {"phantoms", "VQA-RAD slice", "phantoms as PathVQA"})
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
        for name in ("paper.json", "paper.md", "compared/table-3/report.html", "lora/eval/slake/report.html"):
            self.assertTrue((out / name).exists(), name)
        report = program.read_json(out / "lora/eval/slake/report.json")
        self.assertEqual([gain["condition"] for gain in report["image_gain"]], ["shuffled", "blank"])
        self.assertEqual((report["run"]["name"], report["run"]["label"]), ("lora/slake", "phantoms"))
        self.assertIn("<title>lora/slake: phantoms test</title>", (out / "lora/eval/slake/report.html").read_text())
        self.assertNotIn("verdict |", (out / "paper.md").read_text())
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
        for page in (out / "lora/eval/slake/report.html", out / "compared/table-3/report.html"):
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
        same = {"first": "a/x", "others": ["a/x"]}
        program.write_json(file, {**good, "comparisons": [{"family": "T 1", **same}, {"family": "T-1", **same}, {"family": "..", **same}]})
        self.refuse(USAGE, ["compared/t-1", '"T 1"', '"T-1"', '".."'], "paper", "--config", file, "--out", self.folder / "out")


class Small(program.ProgramTest):
    """Papers of one or two evaluations of a tiny model on a few questions."""

    def setUp(self):
        super().setUp()
        self.config, self.out = self.folder / "small.json", self.folder / "out"
        self.base = [f"model.folder={program.TINY}", "data.name=vqa_rad", f"data.folder={program.VQA_RAD}", "data.limit=3",
                     "generate.max_new_tokens=2", "report.train_split="]

    def paper(self, *arguments, **options):
        return program.run("paper", "--config", self.config, "--out", self.out, *arguments, **options)

    def write(self, experiments, **rest):
        program.write_json(self.config, {"title": "t", "experiments": experiments, **rest})

    def evaluation(self, name, *settings):
        return {"name": name, "set": [*self.base, *settings]}

    def write_cells(self, *columns):
        cell = {"table": "T <1>", "row": "a & b | c", "run": "a/x", "measure": "overall", "paper": 200}
        self.write([{"name": "a", "evaluations": [self.evaluation("x")]}], cells=[{**cell, "column": c} for c in columns])


class Checks(Small):
    def test_every_problem_is_reported_before_anything_runs(self):
        blind = self.folder / "blind.txt"
        blind.write_text("[user]\n{question}\n[assistant]\n{answer}\n")
        data = f"stage2.data.folder={program.VQA_RAD}"
        self.write([
            {"name": "a", "evaluations": [self.evaluation("fine"), self.evaluation("split", "data.split=tset"),
                                          self.evaluation("blind", f"prompt.file={blind}"),
                                          self.evaluation("captions", "prompt.file=radiologist_caption"),
                                          self.evaluation("protocol", 'report.protocols=["papre"]'),
                                          self.evaluation("adapter", "model.adapter={out}/none"),
                                          self.evaluation("later", "model.adapter={out}/b/stage2/adapter"),
                                          self.evaluation("gone", "data.folder={out}/gone"),
                                          self.evaluation("typo", "data.splt=test"),
                                          {**self.evaluation("file"), "predictions": "{data}/none.jsonl"}]},
            {"name": "b", "stages": [2], "set": [*self.base, "stage2.data.name=vqa_rad", data, "stage2.start=fresh",
                                                 f"stage2.prompt.file={blind}"],
             "evaluations": [self.evaluation("gone", "data.folder={out}/gone")]},
            {"name": "c", "stages": [2], "set": [*self.base, "stage2.data.name=vqa_rad", data]},
            {"name": "d", "stages": [2], "set": [*self.base, "stage2.data.name=vqa_rad", data,
                                                 "stage2.start={out}/b/stage2/adapter"], "evaluations": []}])
        error = self.refuse(USAGE, ["a/split: ", '"tset"', "a/blind, b stage 2: ", "<image>", "a/captions: ", "a/protocol: ", '"papre"',
                                    "a/adapter: ", "a/later: ", '"b"', "a/gone, b/gone: ", "a/typo: ", "data.splt", "a/file: ",
                                    "c stage 2: ", "stage2.start=fresh"],
                            "paper", "--config", self.config, "--out", self.out)
        for sound in ("a/fine", "d stage 2"):
            self.assertNotIn(sound, error)
        self.assertFalse(self.out.exists())

    def test_the_kind_is_that_of_the_problems(self):
        self.write([{"name": "a", "evaluations": [self.evaluation("x", "data.folder={data}/gone")]}])
        self.refuse(program.DATA, ["1 problem", "a/x", "gone"], "paper", "--config", self.config, "--out", self.out)
        self.assertFalse(self.out.exists())
        self.refuse(USAGE, ["a/x", "--model"], "paper", "--config", self.config, "--out", self.out, "--set", "model.folder=")

    def test_a_training_that_does_not_fit_is_refused_with_the_others(self):
        large = self.copy_model()
        program.edit_json(large / "config.json", lambda config: config["text_config"].update(
            intermediate_size=131072, num_hidden_layers=1000))
        self.write([{"name": name, "stages": [2], "set": [*self.base, f"model.folder={large}", "stage2.data.name=vqa_rad",
                                                          f"stage2.data.folder={program.VQA_RAD}", "stage2.start=fresh"]}
                    for name in ("a", "b")])
        self.refuse(program.RESOURCE, ["2 problems", "a stage 2: ", "b stage 2: ", "MiB", "--no-plan"],
                    "paper", "--config", self.config, "--out", self.out)
        self.assertFalse(self.out.exists())

    def test_phantoms_are_checked_before_they_are_drawn(self):
        self.write([{"name": "a", "evaluations": [self.evaluation("x", "data.name=slake", "data.folder={out}/p/vqa", "data.split=tset")]}],
                   phantoms={"folder": "{out}/p"})
        self.refuse(USAGE, ["a/x", '"tset"'], "paper", "--config", self.config, "--out", self.out)
        self.assertFalse(self.out.exists())

    def test_a_comparison_of_nothing_is_refused(self):
        self.write_cells("c")
        for folder in (self.out, self.folder):
            self.refuse(USAGE, ["--compare", folder, "no finished run"], "paper", "--config", self.config, "--out", folder, "--compare")
        self.assertFalse(self.out.exists() or (self.folder / "paper.json").exists())


class Gates(Small):
    def test_cells_fail_a_run(self):
        self.write_cells("c", 'd "e"')
        junit, summary = self.folder / "junit.xml", self.folder / "summary.md"
        self.assertEqual(self.paper("--junit", junit, "--summary", summary).code, 0)
        suites = xml.etree.ElementTree.parse(junit).getroot()
        self.assertEqual((suites.tag, suites.get("tests"), suites.get("failures")), ("testsuites", "2", "0"))
        self.assertNotIn("--fail-on", summary.read_text())

        result = self.paper("--compare", "--fail-on", "outside", "--junit", junit, variables={"GITHUB_STEP_SUMMARY": str(summary)})
        self.assertEqual(result.code, program.GATE, result)
        self.assertIn("verdict", result.out)
        self.assertRegex(result.err, r'^error: paper: 2 of 2 cells fail --fail-on: T <1>, a & b \| c, c: outside: .*\n$')
        self.assertIn("2 of 2 cells", summary.read_text())
        self.assertEqual(summary.read_text().count("# t\n"), 2)  # appended
        self.check_junit(junit)

    def check_junit(self, file):
        suite, = xml.etree.ElementTree.parse(file).getroot()
        self.assertEqual({k: suite.get(k) for k in ("name", "tests", "failures", "errors", "skipped", "time")},
                         {"name": "T <1>", "tests": "2", "failures": "2", "errors": "0", "skipped": "0", "time": "0"})
        self.assertEqual([(case.get("classname"), case.get("name")) for case in suite],
                         [("T <1>", "a & b | c, c"), ("T <1>", 'a & b | c, d "e"')])
        self.assertTrue(suite[0].find("failure").get("message").startswith("outside: "))

    def test_a_run_is_worse_than_an_earlier_one(self):
        self.write_cells("c")
        earlier = self.folder / "earlier, 1.json"
        self.assertEqual(self.paper().code, 0)
        (self.out / "paper.json").rename(earlier)
        self.assertEqual(self.paper("--compare", "--fail-on", "worse-than", earlier).code, 0)
        program.edit_json(earlier, lambda paper: paper["cells"][0].update(ours=150))
        for option in (["worse-than", earlier], [f"worse-than={str(earlier).replace(', ', '_')}"]):
            earlier.with_name("earlier_1.json").write_bytes(earlier.read_bytes())
            result = self.paper("--compare", "--fail-on", *option)
            self.assertEqual(result.code, program.GATE, result)
            self.assertIn("150 before", result.err)
        self.refuse(program.DATA, ["none.json"], "paper", "--config", self.config, "--out", self.out, "--fail-on", "worse-than", "none.json")
        self.refuse(USAGE, ['did you mean "not-run"'], "paper", "--config", self.config, "--out", self.out, "--fail-on", "not-ran")


class Workflow(program.ProgramTest):
    FILE = ROOT / ".github/workflows/paper.yml"

    def test_it_is_valid_and_uses_known_options(self):
        text = self.FILE.read_text()
        options = set(re.findall(r"(--[a-z-]+) ", text[text.index("options=("):]))
        self.assertLessEqual({"--config", "--out", "--fail-on", "--junit"}, options)
        known = program.run("paper", "--help").out + program.run("--help").out
        for option in options:
            self.assertIn(f"{option} ", known)

    def test_every_input_reaches_a_step(self):
        try:
            import yaml
        except ImportError:
            self.skipTest("needs PyYAML")
        workflow = yaml.safe_load(self.FILE.read_text())
        inputs = workflow[True]["workflow_call"]["inputs"]  # YAML 1.1 reads "on" as true
        used = set(re.findall(r"inputs\.([a-z-]+)", self.FILE.read_text()))
        self.assertEqual(set(inputs), used)
        self.assertTrue(all({"description", "type"} <= set(field) for field in inputs.values()))


if __name__ == "__main__":
    program.main()
