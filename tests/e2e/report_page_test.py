"""report.html in a real browser: contents, filters, keys. See page_case.py for how to run it."""
import re

import page_case
from page_case import PageTest
from page_data import items_of

SECTIONS = ["scores", "captions", "items", "baselines", "image-gain", "leaks", "breakdowns", "confusions", "flips",
            "consistency", "calibration", "run"]


class Sections(PageTest):
    def test_every_section_is_filled(self):
        items = self.synthetic()
        self.sound()
        texts = self.sections()
        self.assertEqual(list(texts), SECTIONS)
        right = int(sum(item["answers"][0]["score"] for item in items))
        for section, parts in {
                "scores": [f"{right}\u202f/\u202f60", "llava-med", "vqa|proto:paper-1|n:60", "a remark", "0.4321",
                           "found in 3 of 60", "12 images; the standard error by image is 1.10"],
                "baselines": ["nearest question (TF-IDF)", "99 training records"],
                "image-gain": ["+1.25", "0.065", "no evidence that the model uses its images"],
                "leaks": ["images, by id", "2\u202f/\u202f12", "5\u202f/\u202f11", "20 pairs of test and training images",
                          "the 8 closest of 20 pairs"],
                "breakdowns": ["X-Ray", "10\u202f/\u202f20", "1 value with 7 items"],
                "confusions": ["spleen"], "flips": ["Negation", "13.33"], "consistency": ["both right", "2 groups of 4 items", "28\u202f/\u202f30"],
                "calibration": ["0.700", "65.0 %"], "captions": ["bleu4", "0.1230"],
                "run": ["Image.square resize", "512", "abababababab", "max new tokens 16", "2 answers were given without an image"]}.items():
            for part in parts:
                self.assertIn(part, texts[section], section)

    def test_plots_lie_where_their_numbers_are(self):
        self.synthetic()
        steps = """const at = (node, name) => Number(node.getAttribute(name).replace("%", ""));
        const row = doc.querySelector("#breakdowns tbody tr"), whisker = row.querySelector("line.whisker");
        return {ticks: [...row.querySelectorAll(".grid-lines line")].map((line) => at(line, "x1")),
                point: at(row.querySelector("svg.point"), "x"), whisker: [at(whisker, "x1"), at(whisker, "x2")]};"""
        row = self.browser.drive(self.page, steps)  # 50 %, 46 to 54
        zero, hundred = row["ticks"][0], row["ticks"][-1]
        for value, place in ((50, row["point"]), (46, row["whisker"][0]), (54, row["whisker"][1])):
            self.assertAlmostEqual(place, zero + (hundred - zero) * value / 100)

    def test_several_runs_stand_side_by_side(self):
        self.synthetic(runs=2)
        self.sound()
        texts = self.sections()
        self.assertEqual(list(texts), [SECTIONS[0], "comparisons", *SECTIONS[1:]])
        for section in set(texts) - {"captions", "consistency", "leaks", "image-gain"}:
            for run in ("run 0", "run 1"):
                self.assertIn(run, texts[section], section)
        self.assertIn("\u22120.50 \u2013 +3.00", texts["comparisons"])

    def test_what_is_absent_is_left_out(self):
        empty, one = {"sum": 0, "n": 0, "percent": None}, {"sum": 1, "n": 1, "percent": 100}
        scores = {"dataset": "d", "split": "s", "records": 1, "scored": 1}
        for report in (
                {}, {"analysis": {"protocol": "paper"}}, {"scores": {**scores, "scores": []}},
                {"scores": {**scores, "scores": [{"protocol": "paper", "closed": empty, "open": one}]}},
                {"analysis": {"yes_no": {}, "flips": {}, "calibration": {"closed": None}, "risk_coverage": None}},
                {"leaks": {"a": [1, 2], "b": {"c": {"d": [{"e": None}]}}}, "captions": 7, "image_gain": {"x": 1}},
                {"leaks": None, "baselines": {}, "captions": [], "run": {"name": None, "decode": None}}):
            with self.subTest(report=report):
                self.make({"title": "t", "runs": [{"name": "r", "report": report}], "items": [], "images": {}})
                self.sound()
        self.make({"title": "t", "runs": [], "items": [], "images": {}})
        self.sound()

    def test_a_run_may_lack_answers(self):
        items = items_of(6, 2)
        items[0]["answers"][1] = None
        items[1]["image"] = ""
        self.make({"title": "t", "runs": [{"name": "a"}, {"name": "b"}], "items": items, "images": {}})
        self.sound()
        self.assertEqual(self.shown(["#unanswered=1&run=2"])[0], [1, ["0"]])


class Gallery(PageTest):
    def test_filters_in_the_address(self):
        items = self.synthetic(count=200)

        def passing(test):
            return [item["id"] for item in items if test(item, item["answers"][0])]
        cases = {
            "#wrong=1": passing(lambda item, answer: answer["score"] == 0),
            "#right=1&kind=open": passing(lambda item, answer: answer["score"] == 1 and item["kind"] == "open"),
            "#wrong=1&modality=CT&q=lung&page=2&size=12": passing(
                lambda item, answer: answer["score"] == 0 and item["fields"]["modality"] == "CT" and
                "lung" in item["reference"] + answer["prediction"]),
            "#flips=negation": passing(lambda item, answer: answer["flips"] == ["negation"]),
            "#answer_type=CLOSED&q=%22question+1%22": passing(
                lambda item, answer: item["kind"] == "closed" and item["id"].startswith("1")),
            "#f.page=p1": passing(lambda item, answer: item["fields"]["page"] == "p1"),  # has the name of one of our keys
            "#ref=lung&pred=spleen": passing(
                lambda item, answer: item["reference"] == "lung" and answer["extracted"] == "spleen"),
            "#q=nothing+like+it": [],
            "#sort=sure": [item["id"] for item in sorted(items, key=lambda item: -item["answers"][0]["confidence"])],
            "#modality=None+such&page=-3&size=7&run=9&kind=": [],
        }
        for (hash_, expected), (count, ids) in zip(cases.items(), self.shown(list(cases))):
            self.assertEqual(count, len(expected), hash_)
            size = 12 if "size=12" in hash_ else 24
            page = min(2 if "page=2" in hash_ else 1, max(1, -(-len(expected) // size)))
            self.assertEqual(ids, expected[size * (page - 1):size * page], hash_)

    def test_the_address_works_from_the_start(self):
        items = self.synthetic()
        dom = self.browser.dump(self.page.as_uri() + "#wrong=1&modality=MRI&page=1")
        expected = [item["id"] for item in items
                    if item["answers"][0]["score"] == 0 and item["fields"]["modality"] == "MRI"]
        self.assertEqual(re.findall(r'<article class="item" data-id="(\d+)"', dom), expected)
        self.assertIn(f'data-shown="{len(expected)}"', dom)

    def test_two_runs_against_each_other(self):
        items = self.synthetic(count=90, runs=2)
        scores = [[answer["score"] for answer in item["answers"]] for item in items]
        counts = {"#vs=disagree": sum(a != b for a, b in scores), "#vs=only-1": sum(a > b for a, b in scores),
                  "#vs=only-2": sum(a < b for a, b in scores), "#vs=all": sum(a + b == 2 for a, b in scores),
                  "#vs=none": sum(a + b == 0 for a, b in scores), "#wrong=1&run=2": sum(b == 0 for _, b in scores)}
        self.assertEqual([count for count, _ in self.shown(list(counts))], list(counts.values()))

    def test_controls_and_keys(self):
        items = self.synthetic(count=60)
        state = self.browser.drive(self.page, TOOLS + """
        choose("result", "wrong");
        state.wrong = [root.dataset.shown, win.location.hash];
        choose("result", "");
        for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"]) {
          press(key);
          state.pages.push(win.location.hash);
        }
        press("/");
        const search = doc.activeElement;
        state.focus = search.name;
        search.value = "Question 59";
        search.dispatchEvent(new win.Event("input"));
        await pause(300);
        state.searched = [root.dataset.shown, win.location.hash, $$(".item mark").map((mark) => mark.textContent)];
        doc.querySelector(".reset").click();
        state.reset = [root.dataset.shown, win.location.hash, search.value];
        return state;""")
        wrong = [item for item in items if item["answers"][0]["score"] == 0]
        self.assertEqual(state["wrong"], [str(len(wrong)), "#wrong=1"])
        self.assertEqual(state["pages"], ["#page=2", "#page=3", "#page=3", "#page=2"])
        self.assertEqual(state["focus"], "q")
        self.assertEqual(state["searched"], ["1", "#q=Question+59", ["Question", "59"]])
        self.assertEqual(state["reset"], ["60", "", ""])

    def test_an_item_in_large(self):
        self.synthetic(count=60)
        state = self.browser.drive(self.page, TOOLS + """
        const dialog = doc.querySelector("dialog"), question = () => dialog.querySelector(".question").textContent;
        const close = () => dialog.querySelector('[aria-label="Close"]').click();
        $$(".thumb")[23].click();
        await pause(300);
        state.opened = [dialog.open, win.location.hash, dialog.querySelector("img").getAttribute("src"),
                        dialog.querySelector("a").getAttribute("href")];
        press("ArrowRight", dialog);
        state.next = [win.location.hash, question()];
        close();
        state.closed = [dialog.open, win.location.hash];
        doc.querySelector("nav a").click();
        state.section = win.location.hash;
        await goto("#item=7");
        state.linked = [dialog.open, question()];
        close();
        state.errors = root.dataset.errors;
        return state;""")
        self.assertEqual(state["opened"], [True, "#item=23", "11.png", "11.png"])  # the full file next to the page
        self.assertEqual(state["next"][0], "#item=24")
        self.assertTrue(state["next"][1].startswith("Question 24:"), state["next"])
        self.assertEqual(state["closed"], [False, "#page=2"])  # the page with item 24
        self.assertEqual(state["section"], "#page=2")
        self.assertEqual(state["linked"][0], True)
        self.assertTrue(state["linked"][1].startswith("Question 7:"), state["linked"])
        self.assertEqual(state["errors"], "0")

    def test_tables_lead_to_their_items(self):
        items = self.synthetic(count=60)
        state = self.browser.drive(self.page, TOOLS + """
        doc.querySelector("#confusions a.go").click();
        await pause(50);
        state.confusion = [root.dataset.shown, $$(".exact").map((button) => button.textContent)];
        $$(".exact")[1].click();
        state.reference = [root.dataset.shown, win.location.hash];
        doc.querySelector("#flips a.go").click();
        await pause(50);
        state.flips = root.dataset.shown;
        return state;""")
        lungs = [item for item in items if item["reference"] == "lung"]
        self.assertEqual(state["confusion"][0], str(sum(item["answers"][0]["score"] == 0 for item in lungs)))
        self.assertEqual(len(state["confusion"][1]), 2)
        self.assertEqual(state["reference"], [str(len(lungs)), "#ref=lung"])
        self.assertEqual(state["flips"], str(sum(bool(item["answers"][0]["flips"]) for item in items)))

    def test_everything_has_a_name(self):
        self.synthetic(runs=2)
        found = self.browser.drive(self.page, """
        const name = (node) => ["aria-label", "alt"].map((key) => node.getAttribute(key)).find(Boolean) ||
          node.textContent.trim() || (node.labels && node.labels[0] && node.labels[0].textContent);
        const all = $$("button, a, input, select, img, section, [role=img]");
        return {nameless: all.filter((node) => !name(node)).map((node) => node.outerHTML.slice(0, 200)),
                headings: $$("h1").length, cells: $$("th:not([scope])").length,
                captions: $$("table").filter((table) => !table.caption).length};""")
        self.assertEqual(found, {"nameless": [], "headings": 1, "cells": 0, "captions": 0})


TOOLS = """const root = doc.documentElement, state = {pages: []};
const press = (key, target = doc.body) =>
  target.dispatchEvent(new win.KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
const choose = (name, value) => {
  const menu = doc.querySelector(`[name="${name}"]`);
  menu.value = value;
  menu.dispatchEvent(new win.Event("change"));
};
"""

if __name__ == "__main__":
    page_case.main()
