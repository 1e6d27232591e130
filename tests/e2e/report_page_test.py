"""report.html in a real browser: what it shows, its filters, its keys, texts that want to be more than text, its size.

Called as `report_page_test.py REPORT_PAGE_MAKER [unittest's arguments]`; exits with 77 where there is no browser.
"""
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import browser as browsers
from program import png_bytes

SKIPPED = 77
maker = None
browser = None

HOSTILE = [
    "</script><script>window.hacked = 1; parent.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 1"> & <b>bold</b>',
    "<!--<script>",
    '"><svg onload="window.hacked = 1">',
    "{{items}} $& ${1} \\u003c/script>",
    "javascript:window.hacked = 1",
    "\u2028 left \u202e gnul",
]


def tally(hits, n, fraction=0.0):
    """Of `hits` right in `n`; the intervals are only there to be drawn."""
    share = (hits + fraction) / n
    both = [max(0, 100 * share - 4), min(100, 100 * share + 4)]
    result = {"sum": hits + fraction, "n": n, "percent": 100 * share, "bootstrap95_percent": both}
    if not fraction:
        result["wilson95_percent"] = both
    return result


def items_of(count, runs, seed=1, images=12):
    """Questions with answers of known scores. Item i is of image i % images."""
    rng = random.Random(seed)
    made = []
    for i in range(count):
        closed = i % 2 == 0
        reference = rng.choice(["yes", "no"]) if closed else rng.choice(["lung", "left lung", "liver", "heart"])
        answers = []
        for _ in range(runs):
            right = rng.random() < 0.6
            wrong = ("no" if reference == "yes" else "yes") if closed else "spleen"
            text = reference if right else wrong
            answers.append({"prediction": f"The answer is: {text}", "extracted": text, "score": float(right), "confidence": round(rng.random(), 3),
                            "flips": [] if right or not closed else ["negation"]})
        made.append({"id": str(i), "image": f"picture{i % images}", "question": f"Question {i}: what is {'there' if closed else 'seen'}?", "reference": reference,
                     "answer_type": "CLOSED" if closed else "OPEN", "kind": "closed" if closed else "open",
                     "fields": {"modality": ["CT", "MRI", "X-Ray"][i % 3], "page": f"p{i % 2}", "serial": str(i)}, "answers": answers})
    return made


def report_of(items, run, name):
    """A report.json with every section; what the page has to get right is counted, the rest is made up."""
    def of(kind):
        scores = [item["answers"][run]["score"] for item in items if kind in ("overall", item["kind"])]
        return tally(int(sum(scores)), len(scores))
    hits = {kind: of(kind) for kind in ("closed", "open", "overall")}
    row = {"protocol": "paper", "signature": f"vqa|proto:paper-1|n:{len(items)}", **hits, "extract_hits": 3, "measures": [], "remark": "a remark"}
    loose = {"protocol": "llava-med", "signature": "vqa|proto:llava-med-1", "closed": hits["closed"], "open": tally(10, hits["open"]["n"], 0.25),
             "overall": tally(20, len(items), 0.25), "measures": [{"name": "recall", "of": "open", "mean": 0.4321, "n": hits["open"]["n"]}]}
    bins = [{"confidence": (i + 0.5) / 15, "accuracy": (i + 0.5) / 15, "n": 4} for i in range(15)]
    pair = {"first": name, "second": "shuffled", "protocol": "paper", "n": len(items), "first_only": 9, "second_only": 2, "mcnemar_p": 0.065, "holm_p": 0.13,
            "difference_percent": 1.25, "bootstrap95_percent": [-0.5, 3.0]}
    return {
        "version": "0.1.0", "schema": 1,
        "run": {"name": name, "dataset": "made", "split": "test", "records": len(items), "scored": len(items), "model": "tiny", "predictions_sha256": "ab" * 32,
                "decode": {"do_sample": False, "max_new_tokens": 16}},
        "scores": {"dataset": "made", "split": "test", "records": len(items), "scored": len(items), "scores": [row, loose]},
        "skipped": [], "answers_without_image": 2,
        "analysis": {
            "protocol": "paper", "clustering": {"images": 12, "naive_se": 0.01, "clustered_se": 0.011, "ratio": 1.1},
            "breakdowns": [{"by": "modality", "rows": [{"value": value, **tally(10, 20)} for value in ("CT", "MRI", "X-Ray")], "suppressed": {"values": 1, "items": 7}}],
            "yes_no": {"yes": {"yes": 7, "no": 3, "both": 1, "none": 0}, "no": {"yes": 2, "no": 8, "both": 0, "none": 1}},
            "answer_types": {"labels": ["yes/no", "other"], "counts": [[20, 1], [0, 21]]},
            "top_confusions": [{"reference": "lung", "prediction": "spleen", "count": 5}],
            "flips": {"laterality": {"count": 0, "of": 9, "items": []}, "negation": {"count": 4, "of": 30, "items": ["0"]}},
            "consistency": {"paraphrases": {"pairs": 5, "both_right": 3, "mcnemar_p": 1.0}},
            "calibration": {"closed": {"n": 30, "brier": 0.2, "ece": 0.1, "auroc": 0.7, "bins": bins}, "open": {"n": 30, "ece": 0.1, "auroc": None, "bins": bins}},
            "risk_coverage": {"points": [{"coverage": i / 20, "risk": i / 60} for i in range(1, 21)], "aurc": 0.2, "accuracy_at_80": 0.7, "accuracy_at_90": 0.65, "coverage_at_95": 0.1},
        },
        "baselines": {"train": {"records": 99, "sha256": "cd" * 32}, "rows": [{"name": "nearest question (TF-IDF)", **hits}]},
        "leaks": {"train_records": 99, "test_records": len(items), "train_images": 5, "test_images": 12, "images_by_id": 2, "questions": 11},
        "image_gain": [{"condition": "shuffled", "closed": pair, "open": pair, "overall": pair, "flagged": True}],
        "captions": {"n": 10, "metrics": [{"name": "bleu4", "mean": 0.123, "corpus": None}]},
    }


class PageTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="llama32med-page-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.page = self.folder / "report.html"

    def make(self, data, file="data.json"):
        (self.folder / file).write_text(json.dumps(data), encoding="utf-8")
        done = subprocess.run([maker, self.folder / file, self.page], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def synthetic(self, count=60, runs=1, images=12):
        items = items_of(count, runs, images=images)
        for i in range(images):
            (self.folder / f"{i}.png").write_bytes(png_bytes(40 + i, 30, level=20 * i % 256))
        data = {"title": "A made-up report", "items": items, "comparisons": [], "images": {f"picture{i}": {"file": f"{i}.png"} for i in range(images)},
                "runs": [{"name": f"run {i}", "report": report_of(items, i, f"run {i}")} for i in range(runs)]}
        if runs == 2:
            data["comparisons"] = [{"first": "run 0", "second": "run 1", "protocol": "paper", "n": count, "first_only": 7, "second_only": 3, "mcnemar_p": 1e-40,
                                    "holm_p": 2e-40, "difference_percent": -6.5, "bootstrap95_percent": [-9.0, -4.0]}]
        self.make(data)
        return items

    def sound(self):
        attributes = browser.attributes(self.page.as_uri())
        self.assertEqual((attributes.get("data-ready"), attributes.get("data-errors")), ("1", "0"), attributes)
        return attributes

    def shown(self, hashes):
        """Of each hash: the number of items that pass, and the ids on the page."""
        steps = """const all = [];
        for (const hash of HASHES) {
          await goto(hash);
          all.push([Number(doc.documentElement.dataset.shown), $$(".item").map((card) => card.dataset.id)]);
        }
        return {all, errors: doc.documentElement.dataset.errors};""".replace("HASHES", json.dumps(hashes))
        result = browser.drive(self.page, steps)
        self.assertEqual(result["errors"], "0")
        return result["all"]


class Sections(PageTest):
    def test_every_section_is_filled(self):
        items = self.synthetic()
        self.sound()
        texts = browser.drive(self.page, 'return Object.fromEntries($$("main > section").map((section) => [section.id, section.textContent]));')
        self.assertEqual(list(texts), ["scores", "baselines", "image-gain", "leaks", "breakdowns", "confusions", "flips", "consistency", "calibration",
                                       "captions", "run", "items"])
        right = int(sum(item["answers"][0]["score"] for item in items))
        for section, parts in {
                "scores": [f"{right}\u202f/\u202f60", "llava-med", "vqa|proto:paper-1|n:60", "a remark", "0.4321", "found in 3 of 60"],
                "baselines": ["nearest question (TF-IDF)", "99 training records"], "image-gain": ["+1.25", "0.065", "does not use its images"],
                "leaks": ["images, by their id", "2\u202f/\u202f12"], "breakdowns": ["X-Ray", "10\u202f/\u202f20", "1 value with 7 items"], "confusions": ["spleen"],
                "flips": ["Negation", "13.33"], "consistency": ["both right"], "calibration": ["0.700", "65.0 %"], "captions": ["bleu4", "0.1230"],
                "run": ["abababababab", "max new tokens 16", "2 answers were given without an image"]}.items():
            for part in parts:
                self.assertIn(part, texts[section], section)

    def test_plots_lie_where_their_numbers_are(self):
        self.synthetic()
        steps = """const at = (node, name) => Number(node.getAttribute(name).replace("%", ""));
        return $$("#breakdowns tbody tr").slice(0, 1).map((row) => ({
          ticks: [...row.querySelectorAll(".grid-lines line")].map((line) => at(line, "x1")),
          point: at(row.querySelector("svg.point"), "x"),
          whisker: ["x1", "x2"].map((name) => at(row.querySelector("line.whisker"), name))}))[0];"""
        row = browser.drive(self.page, steps)  # 50 %, 46 to 54
        zero, hundred = row["ticks"][0], row["ticks"][-1]
        for value, place in ((50, row["point"]), (46, row["whisker"][0]), (54, row["whisker"][1])):
            self.assertAlmostEqual(place, zero + (hundred - zero) * value / 100)

    def test_several_runs_stand_side_by_side(self):
        self.synthetic(runs=2)
        self.sound()
        texts = browser.drive(self.page, 'return Object.fromEntries($$("main > section").map((section) => [section.id, section.textContent]));')
        for section in ("scores", "baselines", "breakdowns", "confusions", "flips", "calibration", "run"):
            for run in ("run 0", "run 1"):
                self.assertIn(run, texts[section], section)
        self.assertIn("\u22126.50", texts["comparisons"])
        self.assertIn("1.0e\u221240", texts["comparisons"])

    def test_what_is_absent_is_left_out(self):
        for report in ({}, {"scores": {"dataset": "d", "split": "s", "records": 0, "scored": 0, "scores": []}}, {"analysis": {"protocol": "paper"}},
                       {"analysis": {"yes_no": {}, "flips": {}, "calibration": {"closed": None}, "risk_coverage": None}, "leaks": None, "baselines": {}},
                       {"scores": {"dataset": "d", "split": "s", "records": 1, "scored": 1, "scores": [
                           {"protocol": "paper", "closed": {"sum": 0, "n": 0, "percent": None}, "open": {"sum": 1, "n": 1, "percent": 100}}]}},
                       {"leaks": {"a": [1, 2], "b": {"c": {"d": [{"e": None}]}}}, "captions": 7, "image_gain": {"x": 1}}):
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
                lambda item, answer: answer["score"] == 0 and item["fields"]["modality"] == "CT" and "lung" in item["reference"] + answer["prediction"]),
            "#flips=negation": passing(lambda item, answer: answer["flips"] == ["negation"]),
            "#answer_type=CLOSED&q=%22question+1%22": passing(lambda item, answer: item["kind"] == "closed" and item["id"].startswith("1")),
            "#f.page=p1": passing(lambda item, answer: item["fields"]["page"] == "p1"),  # named like a key of ours
            "#ref=lung&pred=spleen": passing(lambda item, answer: item["reference"] == "lung" and answer["extracted"] == "spleen"),
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
        dom = browser.dump(self.page.as_uri() + "#wrong=1&modality=MRI&page=1")
        expected = [item["id"] for item in items if item["answers"][0]["score"] == 0 and item["fields"]["modality"] == "MRI"]
        self.assertEqual(re.findall(r'<article class="item" data-id="(\d+)"', dom), expected)
        self.assertIn(f'data-shown="{len(expected)}"', dom)

    def test_two_runs_against_each_other(self):
        items = self.synthetic(count=90, runs=2)
        scores = [[answer["score"] for answer in item["answers"]] for item in items]
        cases = {"#vs=disagree": [1, 0], "#vs=only-1": [1], "#vs=only-2": [2], "#vs=all": [3], "#vs=none": [4], "#wrong=1&run=2": [5]}
        counts = [sum(a != b for a, b in scores), sum(a > b for a, b in scores), sum(a < b for a, b in scores), sum(a + b == 2 for a, b in scores),
                  sum(a + b == 0 for a, b in scores), sum(b == 0 for _, b in scores)]
        self.assertEqual([count for count, _ in self.shown(list(cases))], counts)

    def test_controls_keys_and_the_large_view(self):
        items = self.synthetic(count=60)
        wrong = [item for item in items if item["answers"][0]["score"] == 0]
        steps = """const root = doc.documentElement, state = {};
        const press = (key, target = doc.body) => target.dispatchEvent(new win.KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
        const choose = (name, value) => { const menu = doc.querySelector(`[name="${name}"]`); menu.value = value; menu.dispatchEvent(new win.Event("change")); };
        choose("result", "wrong");
        state.wrong = [root.dataset.shown, win.location.hash];
        choose("result", "");
        press("ArrowRight");
        state.turned = win.location.hash;
        press("ArrowRight"); press("ArrowRight"); press("ArrowRight");
        state.last = win.location.hash;
        press("ArrowLeft");
        state.back = win.location.hash;
        press("/");
        state.focus = doc.activeElement.name;
        const search = doc.activeElement;
        search.value = "Question 59"; search.dispatchEvent(new win.Event("input"));
        await pause(300);
        state.searched = [root.dataset.shown, win.location.hash, $$(".item mark").map((mark) => mark.textContent)];
        doc.querySelector(".reset").click();
        state.reset = [root.dataset.shown, win.location.hash, search.value];
        $$(".thumb")[23].click();
        const dialog = doc.querySelector("dialog");
        await pause(300);
        state.opened = [dialog.open, win.location.hash, dialog.querySelector("img").getAttribute("src"), dialog.querySelector("a").getAttribute("href")];
        press("ArrowRight", dialog);
        state.next = [win.location.hash, dialog.querySelector(".question").textContent];
        const close = () => dialog.querySelector('[aria-label="Close"]').click();
        close();
        state.closed = [dialog.open, win.location.hash];
        doc.querySelector("nav a").click();
        state.section = win.location.hash;
        await goto("#item=7");
        state.linked = [dialog.open, dialog.querySelector(".question").textContent];
        close();
        doc.querySelector("#confusions a.go").click();
        await pause(50);
        state.confusion = [root.dataset.shown, $$(".exact").map((button) => button.textContent)];
        state.errors = root.dataset.errors;
        return state;"""
        state = browser.drive(self.page, steps)
        self.assertEqual(state["wrong"], [str(len(wrong)), "#wrong=1"])
        self.assertEqual((state["turned"], state["last"], state["back"]), ("#page=2", "#page=3", "#page=2"))
        self.assertEqual(state["focus"], "q")
        self.assertEqual(state["searched"], ["1", "#q=Question+59", ["Question", "59"]])
        self.assertEqual(state["reset"], ["60", "", ""])
        self.assertEqual(state["opened"], [True, "#item=23", "11.png", "11.png"])
        self.assertEqual(state["next"][0], "#item=24")
        self.assertIn("Question 24", state["next"][1])
        self.assertEqual(state["closed"], [False, "#page=2"])
        self.assertEqual(state["section"], "#page=2")
        self.assertTrue(state["linked"][0])
        self.assertIn("Question 7:", state["linked"][1])
        expected = [item for item in wrong if item["reference"] == "lung"]
        self.assertEqual(state["confusion"][0], str(len(expected)))
        self.assertEqual(len(state["confusion"][1]), 2)
        self.assertEqual(state["errors"], "0")

    def test_everything_has_a_name(self):
        self.synthetic(runs=2)
        steps = """const name = (node) => node.getAttribute("aria-label") || node.getAttribute("alt") || node.textContent.trim() || (node.labels && node.labels[0] && node.labels[0].textContent);
        return {
          nameless: $$("button, a, input, select, img, section, [role=img]").filter((node) => !name(node)).map((node) => node.outerHTML.slice(0, 200)),
          headings: $$("h1, h2").map((node) => node.tagName), cells: $$("th:not([scope])").length, captions: $$("table").filter((table) => !table.caption).length};"""
        found = browser.drive(self.page, steps)
        self.assertEqual((found["nameless"], found["cells"], found["captions"]), ([], 0, 0))
        self.assertEqual(found["headings"].count("H1"), 1)


class Hostile(PageTest):
    def test_texts_stay_texts_and_nothing_is_fetched(self):
        items = items_of(len(HOSTILE), 1, images=3)
        for text, item in zip(HOSTILE, items):
            item.update(question=text, reference=text, id=text, answer_type=text, fields={text: text, "modality": text})
            item["answers"][0].update(prediction=text, extracted=text + ".", flips=[text])
        items[0]["image"], items[1]["image"], items[2]["image"] = "far", "code", "broken"
        (self.folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
        report = report_of(items, 0, HOSTILE[0])
        for text in HOSTILE:
            report["run"][text] = text
            report["leaks"][text] = {text: [{text: text}]}
            report["analysis"]["top_confusions"].append({"reference": text, "prediction": text, "count": 1})
            report["analysis"]["breakdowns"].append({"by": text, "rows": [{"value": text, **tally(10, 20)}]})
        report["scores"]["scores"][0].update(protocol=HOSTILE[1], signature=HOSTILE[2], remark=HOSTILE[3])
        self.make({"title": HOSTILE[0], "runs": [{"name": HOSTILE[1], "report": report}], "items": items,
                   "images": {"far": {"file": "https://example.com/far.png"}, "code": {"file": "javascript:alert(1)"}, "broken": {"file": "broken.jpg"},
                              "picture0": {"file": "//example.com/x.png"}}})
        self.sound()
        steps = """const found = {questions: $$(".item .question").map((node) => node.textContent), predictions: $$(".item .prediction").map((node) => node.textContent)};
        for (const thumb of $$(".thumb")) { thumb.click(); await pause(50); doc.querySelector('[aria-label="Close"]').click(); }
        return {...found, hacked: Boolean(win.hacked || window.hacked), scripts: $$("script").length, bold: $$("b").length, errors: doc.documentElement.dataset.errors,
          links: $$("a[href]").map((node) => node.getAttribute("href")).filter((href) => !href.startsWith("#")),
          sources: $$("img").map((node) => node.getAttribute("src")).filter((source) => !source.startsWith("data:")),
          fetched: win.performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => !/^(data|file):/.test(name)),
          placeholder: $$(".no-picture").map((node) => node.textContent)};"""
        found = browser.drive(self.page, steps)
        self.assertEqual(found["questions"], HOSTILE)
        self.assertEqual(found["predictions"], HOSTILE)
        self.assertEqual((found["hacked"], found["scripts"], found["bold"], found["errors"]), (False, 4, 0, "0"))
        self.assertEqual((found["links"], found["sources"], found["fetched"]), ([], [], []))
        self.assertIn("no picture: broken.jpg", found["placeholder"])

    def test_names_no_other_place(self):
        self.synthetic()
        text = self.page.read_text(encoding="utf-8")
        self.assertEqual(set(re.findall(r"""(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s"']*""", re.sub(r"base64,[\w+/=]+", "", text))), {"http://www.w3.org/2000/svg"})
        self.assertIn("default-src 'none'", text)


class Looks(PageTest):
    def test_is_not_blank_at_any_width_in_either_light(self):
        self.synthetic(runs=2)
        for width in (1400, 420):
            with self.subTest(width=width):
                light = browser.photograph(self.page, "", width, 900, "--blink-settings=preferredColorScheme=1")
                dark = browser.photograph(self.page, "", width, 900, "--blink-settings=preferredColorScheme=0")
                gallery = browser.photograph(self.page, "#kind=open", width, 900, "--blink-settings=preferredColorScheme=1")
                for picture in (light, dark, gallery):
                    self.assertGreater(len(picture.pixels), 100)
                self.assertGreater(light.brightness, 200)
                self.assertLess(dark.brightness, 60)

    def test_fits_a_telephone(self):
        self.synthetic(runs=2)
        width, pages = 420, {}
        for hash_ in ("#kind=open", "#item=3"):
            pages[hash_] = browser.drive(self.page, f'await goto("{hash_}"); await pause(100); return doc.documentElement.scrollWidth;', width=width, height=800)
        self.assertEqual(set(pages.values()), {width})


class Size(PageTest):
    ITEMS, IMAGES = 6719, 858  # PathVQA's test split

    def test_path_vqa_is_made_and_browsed_quickly(self):
        (self.folder / "pictures").mkdir()
        subprocess.run([maker, str(self.IMAGES), self.folder / "pictures"], check=True)
        items = items_of(self.ITEMS, 2, images=self.IMAGES)
        made = self.make({"title": "Large", "items": items, "images": {f"picture{i}": {"file": f"pictures/{i}.jpg"} for i in range(self.IMAGES)},
                          "runs": [{"name": f"run {i}", "report": report_of(items, i, f"run {i}")} for i in range(2)]})
        print(f"page of {self.ITEMS} items and {self.IMAGES} pictures of 700 x 500: {made['seconds']:.1f} s, {made['peak_mib']} MiB at most, "
              f"{made['bytes'] / 1e6:.1f} MB")
        self.assertLess(made["seconds"], 10)
        self.assertLess(made["peak_mib"], 1000)
        self.assertEqual(self.sound()["data-shown"], str(self.ITEMS))
        steps = """const times = {};
        const choose = (name, value) => {
          const begin = performance.now(), control = doc.querySelector(`[name="${name}"]`);
          control.value = value;
          control.dispatchEvent(new win.Event("change"));
          doc.body.getBoundingClientRect();  // the layout too
          times[`${name}=${value}`] = Math.round(performance.now() - begin);
        };
        choose("result", "wrong"); choose("vs", "disagree"); choose("modality", "CT"); choose("result", ""); choose("vs", ""); choose("modality", "");
        choose("sort", "sure"); choose("size", "96");
        return {ready: Math.round(win.performance.now()), ...times};"""
        times = browser.drive(self.page, steps, clock=browsers.REAL)
        print("milliseconds in the browser:", times)
        self.assertLess(max(times.values()), 10_000)


def main():
    global maker, browser
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(f"usage: {sys.argv[0]} REPORT_PAGE_MAKER [unittest's arguments]")
    maker = os.path.abspath(sys.argv.pop(1))
    command = browsers.find()
    if not command:
        print("Skipped: no browser that starts was found (chromium or google-chrome; LLAMA32MED_BROWSER names one)")
        sys.exit(1 if os.environ.get("LLAMA32MED_NEED_BROWSER") == "1" else SKIPPED)
    with tempfile.TemporaryDirectory(prefix="llama32med-browser-", ignore_cleanup_errors=True) as profile:
        browser = browsers.Browser(command, profile)
        unittest.main()


if __name__ == "__main__":
    main()
