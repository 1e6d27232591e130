"""A test case with report.html in a browser. Test scripts are called as `x_test.py REPORT_PAGE_MAKER [unittest's
arguments]` and exit with 77 without a browser."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import browser as browsers
from page_data import comparison, items_of, report_of
from program import png_bytes

SKIPPED = 77
_maker = None


class PageTest(unittest.TestCase):
    """Provides an empty folder `self.folder`, a page in it, `self.page`, and `self.browser`."""

    browser = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="llama32med-page-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.page = self.folder / "report.html"

    def run_maker(self, *arguments):
        done = subprocess.run([_maker, *map(str, arguments)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def make(self, data):
        """Makes the page; returns {"seconds", "peak_mib", "bytes"}."""
        (self.folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
        return json.loads(self.run_maker(self.folder / "data.json", self.page))

    def synthetic(self, count=60, runs=1, images=12):
        """Makes a page of synthetic items with images; returns the items."""
        items = items_of(count, runs, images)
        for i in range(images):
            (self.folder / f"{i}.png").write_bytes(png_bytes(40 + i, 30, level=20 * i % 256))
        names = [f"run {i}" for i in range(runs)]
        self.make({"title": "A made-up report", "items": items,
                   "images": {f"picture{i}": {"file": f"{i}.png"} for i in range(images)},
                   "runs": [{"name": name, "report": report_of(items, i, name)} for i, name in enumerate(names)],
                   "comparisons": [comparison("run 0", "run 1", count)] if runs == 2 else []})
        return items

    def sound(self):
        """Checks that the page finished without errors; returns the attributes of <html>."""
        attributes = self.browser.attributes(self.page.as_uri())
        self.assertEqual((attributes.get("data-ready"), attributes.get("data-errors")), ("1", "0"), attributes)
        return attributes

    def sections(self):
        """id of a section -> its text"""
        steps = 'return Object.fromEntries($$("main > section").map((section) => [section.id, section.textContent]));'
        return self.browser.drive(self.page, steps)

    def shown(self, hashes):
        """For each hash: the number of matching items, and the ids on the page."""
        steps = """const all = [];
        for (const hash of HASHES) {
          await goto(hash);
          all.push([Number(doc.documentElement.dataset.shown), $$(".item").map((card) => card.dataset.id)]);
        }
        return {all, errors: doc.documentElement.dataset.errors};""".replace("HASHES", json.dumps(hashes))
        result = self.browser.drive(self.page, steps)
        self.assertEqual(result["errors"], "0")
        return result["all"]


def main():
    global _maker
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(f"usage: {sys.argv[0]} REPORT_PAGE_MAKER [unittest's arguments]")
    _maker = os.path.abspath(sys.argv.pop(1))
    command = browsers.find()
    if not command:
        print("Skipped: found no working browser (chromium or google-chrome, or set LLAMA32MED_BROWSER)")
        sys.exit(1 if os.environ.get("LLAMA32MED_NEED_BROWSER") == "1" else SKIPPED)
    with tempfile.TemporaryDirectory(prefix="llama32med-browser-", ignore_cleanup_errors=True) as profile:
        PageTest.browser = browsers.Browser(command, profile)
        unittest.main()
