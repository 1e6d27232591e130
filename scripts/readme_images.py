#!/usr/bin/env python3
"""Draws the pictures of README.md from what scripts/quickstart.sh left in runs/phantoms.

    scripts/readme_images.py [--runs runs/phantoms] [--out .github/images]

    phantoms-{light,dark}.png   exact match on the unseen test split: untuned, blind, tuned
    report-{light,dark}.png     a part of report.html: test images, their question, and the answers of the three models

Needs Chromium or Chrome (scripts/setup.sh --browser) and Python's standard library. The tables' numbers come from
phantom_table.py, so the picture cannot differ from what quickstart.sh prints.
"""
import argparse
import sys
import tempfile
from pathlib import Path

import phantom_table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import browser  # noqa: E402  (the tests' headless browser)

THEMES = {"light": "preferredColorScheme=1", "dark": "preferredColorScheme=0"}  # settings of Chromium's Blink
RUNS = (("untuned", "as shipped"), ("blind", "tuned on blank images"), ("tuned", "tuned on the images"))
WHOLE_FRAMES = ("--run-all-compositor-stages-before-draw", "--disable-checker-imaging")  # or parts may be missing
WIDTH = 860  # CSS pixels, about a README's column
GALLERY = "#content_type=Quantity&page=5"  # one question per image: how many lesions can be seen?

TABLE_PAGE = """<!doctype html><meta charset="utf-8"><style>
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #59636e; --rule: #d1d9e0; --paper: #ffffff;
  --untuned: #8c959f; --blind: #d4a04c; --tuned: #1f7a4d; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --quiet: #9198a1; --rule: #3d444d; --paper: #0d1117;
  --untuned: #7d8590; --blind: #c99a4b; --tuned: #3fa66f; } }
body { margin: 0; padding: 14px 24px 16px; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, "Segoe UI", "Noto Sans", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { padding: 0 0 8px; font-weight: 600; text-align: left; vertical-align: bottom; }
th small { display: block; white-space: nowrap; color: var(--quiet); font-weight: 400; font-size: 12.5px; }
thead th { border-bottom: 1px solid var(--rule); }
td { padding: 4.5px 0; }
.tuned { width: 176px; }
td:first-child { width: 186px; }
.n { width: 52px; padding-right: 26px; color: var(--quiet); text-align: right; }
.detail td:first-child { padding-left: 16px; color: var(--quiet); }
.detail .bar { height: 10px; }
.whole { font-weight: 600; }
.last td { border-top: 1px solid var(--rule); }
.cell { display: flex; align-items: center; gap: 9px; }
.track { flex: none; width: 108px; }
.bar { height: 14px; min-width: 1px; border-radius: 2px; }
.untuned .bar { background: var(--untuned); } .blind .bar { background: var(--blind); } .tuned .bar { background: var(--tuned); }
</style><table><thead><tr><th>exact match, %<small>images not seen in training</small></th><th class="n">n</th>HEAD</tr></thead>
<tbody>ROWS</tbody></table>
"""

GALLERY_PAGE = """<!doctype html><body style="margin:0;overflow:hidden">
<iframe id="page" src="PAGE" style="display:block;border:0;width:WIDTHpx;height:HEIGHTpx"></iframe><script>
const frame = document.getElementById("page");
frame.addEventListener("load", () => setTimeout(() => {
  const bar = frame.contentDocument.querySelector(".gallery-bar");
  frame.contentWindow.scrollTo(0, bar.getBoundingClientRect().top + frame.contentWindow.scrollY - 52);
}, 200));
</script>
"""


def table_row(row, style):
    cells = "".join(f'<td class="{name}"><div class="cell"><div class="track"><div class="bar" style="width:{score:.1f}%"></div></div>'
                    f"{score:.1f}</div></td>" for (name, _), score in zip(RUNS, row.scores))
    return f'<tr class="{style}"><td>{row.title}</td><td class="n">{row.count}</td>{cells}</tr>'


def table_page(folder):
    rows = phantom_table.rows_of(folder / "data" / "vqa", [folder / name for name, _ in RUNS])
    styles = ["whole"] + ["detail"] * (len(rows) - 2) + ["whole last"]
    head = "".join(f"<th>{name}<small>{what}</small></th>" for name, what in RUNS)
    body = "".join(table_row(row, style) for row, style in zip(rows, styles))
    return TABLE_PAGE.replace("HEAD", head).replace("ROWS", body)


def gallery_page(folder, width, height):
    report = (folder / "compared" / "report.html").resolve().as_uri() + GALLERY
    return GALLERY_PAGE.replace("PAGE", report).replace("WIDTH", str(width)).replace("HEIGHT", str(height))


class Camera:
    def __init__(self, command, folder, out):
        self.browser = browser.Browser(command, folder / "profile")
        self.folder, self.out = folder, out

    def photograph(self, name, page, width, height, scale):
        """Writes NAME-light.png and NAME-dark.png."""
        file = self.folder / f"{name}.html"
        file.write_text(page, encoding="utf-8")
        for theme, setting in THEMES.items():
            shot = self.out / f"{name}-{theme}.png"
            self.browser.call(*browser.VIRTUAL, *WHOLE_FRAMES, f"--window-size={width},{height}", f"--force-device-scale-factor={scale}",
                              f"--blink-settings={setting}", f"--screenshot={shot}", file.as_uri())
            if not shot.exists():
                sys.exit(f"{shot}: the browser wrote no picture")
            print(f"{shot}: {shot.stat().st_size // 1024} KB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "phantoms", help="what quickstart.sh left")
    parser.add_argument("--out", type=Path, default=ROOT / ".github" / "images", help="folder of the pictures")
    arguments = parser.parse_args()
    if not (arguments.runs / "compared" / "report.html").exists():
        sys.exit(f"{arguments.runs}/compared/report.html does not exist; run scripts/quickstart.sh first")
    command = browser.find()
    if command is None:
        sys.exit("no browser starts; scripts/setup.sh --browser installs one")
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        camera = Camera(command, Path(folder), out)
        camera.photograph("phantoms", table_page(arguments.runs), WIDTH, 350, 1.6)
        camera.photograph("report", gallery_page(arguments.runs, 1000, 656), 1000, 656, 1.4)


if __name__ == "__main__":
    main()
