"""A headless browser: opens a page, drives it, takes screenshots. Chromium or Chrome; standard library only.

LLAMA32MED_BROWSER names the browser; otherwise the usual names are tried.
"""
import html
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import typing
import zlib

VIRTUAL, REAL = ("--virtual-time-budget=60000",), ()
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find():
    """The command of a working browser, or None. Ubuntu's `chromium-browser` may be a stub."""
    for name in filter(None, (os.environ.get("LLAMA32MED_BROWSER"), *NAMES)):
        command = shutil.which(name)
        if not command:
            continue
        with tempfile.TemporaryDirectory() as profile:
            try:
                page = Browser(command, profile).dump("data:text/html,<p>here")
            except (OSError, subprocess.SubprocessError):
                continue
        if "<p>here" in page:
            return command
    return None


class Browser:
    """Every call starts a separate process that can only access files."""

    def __init__(self, command, profile):
        self.command = [
            command, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND", "--allow-file-access-from-files",
            f"--user-data-dir={profile}",
        ]

    def call(self, *arguments):
        done = subprocess.run([*self.command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=180)
        return done.stdout.decode(errors="replace")

    def dump(self, url):
        """The document as HTML, after its scripts ran."""
        return self.call("--dump-dom", str(url))

    def attributes(self, url):
        """The attributes of <html>."""
        tag = re.search(r"<html[^>]*>", self.dump(url))
        return dict(re.findall(r'([\w-]+)="([^"]*)"', tag.group(0))) if tag else {}

    def drive(self, page, steps, width=1400, height=900, clock=VIRTUAL):
        """Opens `page` (a file) in a frame and runs `steps`, the body of an async function that may use

            win, doc          window and document of the page
            goto(hash)        sets the URL's fragment and waits until the page has followed
            pause(ms)
            $$(selector)      a list of elements

        and returns a value for JSON. Its failures are raised here. With the REAL clock, for measuring, nothing may be
        awaited; with the VIRTUAL one, pauses take no time.
        """
        driver = page.parent / "driver.html"
        driver.write_text(DRIVER.replace("STEPS", steps).replace("PAGE", page.name)
                          .replace("WIDTH", str(width)).replace("HEIGHT", str(height)), encoding="utf-8")
        window = f"--window-size={width + 40},{height + 40}"
        dom = self.call(*clock, window, "--dump-dom", driver.as_uri())
        found = re.search(r'<pre id="result">(.*?)</pre>', dom, re.S)
        if not found or not found.group(1):
            raise AssertionError("the page's driver did not finish: " + dom[:2000])
        result = json.loads(html.unescape(found.group(1)))
        if "failure" in result:
            raise AssertionError(result["failure"])
        return result["value"]

    def photograph(self, page, hash_, width, height, *more):
        """A Picture of the page (a file) in a frame of the given size: unlike frames, windows have a minimum width."""
        frame = page.parent / "frame.html"
        frame.write_text(f'<body style="margin:0"><iframe src="{page.name}{html.escape(hash_)}" '
                         f'style="border:0;width:{width}px;height:{height}px">', encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            shot = pathlib.Path(folder) / "shot.png"
            self.call(f"--window-size={max(width, 500)},{height}", f"--screenshot={shot}", *more, frame.as_uri())
            return read_png(shot.read_bytes(), width)


DRIVER = """<!doctype html><meta charset="utf-8">
<body><iframe id="frame" src="PAGE" style="width:WIDTHpx;height:HEIGHTpx;border:0"></iframe>
<pre id="result"></pre><script>
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
document.getElementById("frame").addEventListener("load", async (event) => {
  const win = event.target.contentWindow, doc = win.document;
  const $$ = (selector) => [...doc.querySelectorAll(selector)];
  const goto = async (hash) => {
    if (win.location.hash === hash) return;
    const followed = new Promise((done) => win.addEventListener("hashchange", done, {once: true}));
    win.location.hash = hash;
    await followed;
    await pause(0);
  };
  let result;
  try {
    result = {value: await (async () => { STEPS })()};
  } catch (error) {
    result = {failure: String(error.stack || error)};
  }
  document.getElementById("result").textContent = JSON.stringify(result);
}, {once: true});
</script>
"""


class Picture(typing.NamedTuple):
    width: int
    height: int
    colors: set  # (red, green, blue) that occur
    brightness: float  # mean of all samples, 0 to 255


def unfiltered(raw, stride, step):
    """The rows of an 8-bit PNG (ISO/IEC 15948, clause 9)."""
    before = bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        kind, row = raw[start], bytearray(raw[start + 1:start + 1 + stride])
        if kind == 1:
            for i in range(step, stride):
                row[i] = (row[i] + row[i - step]) & 255
        elif kind == 2:
            row = bytearray((a + b) & 255 for a, b in zip(row, before))
        elif kind == 3:
            for i in range(stride):
                row[i] = (row[i] + ((row[i - step] if i >= step else 0) + before[i]) // 2) & 255
        elif kind == 4:
            for i in range(stride):
                left, up, corner = (row[i - step], before[i], before[i - step]) if i >= step else (0, before[i], 0)
                by_left, by_up, by_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
                guess = left if by_left <= by_up and by_left <= by_corner else up if by_up <= by_corner else corner
                row[i] = (row[i] + guess) & 255
        yield row
        before = row


def read_png(data, width):
    """The first `width` columns of an 8-bit RGB or RGBA PNG."""
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            columns, height, bits, color = struct.unpack(">IIBB", body[:10])
            assert bits == 8 and color in (2, 6), (bits, color)
            step = 3 if color == 2 else 4
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    colors, total = set(), 0
    for row in unfiltered(zlib.decompress(packed), columns * step, step):
        seen = row[:width * step]
        colors.update(zip(seen[0::step], seen[1::step], seen[2::step]))
        total += sum(sum(seen[channel::step]) for channel in range(3))
    return Picture(columns, height, colors, total / (3 * min(width, columns) * height))
