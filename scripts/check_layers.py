#!/usr/bin/env python3
"""The rules of the house that a machine can check: which floor may include what, and what may lie in the repository.

    scripts/check_layers.py              checks this repository; one line per breach, `file:line: what, and what to do`
    scripts/check_layers.py --self-test  breaks every rule once and looks whether it is noticed

The picture of the floors and the reasons stand in .github/CONTRIBUTING.md. To change a rule, change the tables below and
that page together. Python's standard library only.
"""
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import NamedTuple

# ---- the floors -------------------------------------------------------------------------------------------------------------
# Third-party headers by family. TYPES, RUNTIME, OPS, ... are parts of libtorch.
FAMILIES = {
    "fmt": r"fmt/",
    "nlohmann": r"nlohmann/",
    "spdlog": r"spdlog/",
    "CLI11": r"CLI/",
    "sentencepiece": r"sentencepiece_\w+\.h$",
    "PCRE2": r"pcre2\.h$",
    "OpenCV": r"opencv2/",
    "gtest": r"(gtest|gmock)/",
    "TYPES": r"c10/(?!cuda/)|ATen/core/",
    "OPS": r"ATen/ops/|ATen/Tensor(Operators|Indexing)\.h$",
    "AUTOGRAD": r"torch/csrc/autograd/",
    "LIBRARY": r"torch/library\.h$",
    "C10D": r"torch/csrc/distributed/|gloo/|nccl\.h$",
    "CUDA": r"cuda|ATen/cuda/|c10/cuda/|cub/|thrust/|cublas|mma\.h$",
    "RUNTIME": r"ATen/\w+\.h$",
    "TORCH": r"torch/|caffe2/",
}
TORCH_PARTS = {"TYPES", "OPS", "AUTOGRAD", "LIBRARY", "C10D", "RUNTIME", "TORCH"}


class Floor(NamedTuple):
    may_include: str  # floors
    third_party: str = ""  # families, in sources and private headers
    one_source: str = ""  # of these families only one source of the floor may include anything


FLOORS = {  # from the ground up; a floor includes floors above it in this table only
    "core": Floor("", "fmt nlohmann"),
    "text": Floor("core", "fmt nlohmann sentencepiece PCRE2", one_source="sentencepiece PCRE2"),
    "image": Floor("core", "fmt nlohmann OpenCV", one_source="OpenCV"),
    "metrics": Floor("core", "fmt sentencepiece", one_source="sentencepiece"),
    "tensor": Floor("core", "fmt TYPES RUNTIME"),
    "dist": Floor("core tensor", "fmt TYPES C10D"),
    "kernels": Floor("core tensor", "fmt TYPES OPS RUNTIME LIBRARY CUDA"),
    "weights": Floor("core tensor", "fmt nlohmann TYPES OPS"),
    "nn": Floor("core tensor weights kernels", "fmt TYPES OPS RUNTIME AUTOGRAD"),
    "peft": Floor("core tensor weights nn", "fmt nlohmann TYPES OPS"),
    "data": Floor("core text image tensor weights", "fmt nlohmann TYPES OPS"),
    "models": Floor("core tensor weights kernels nn data", "fmt nlohmann TYPES OPS RUNTIME"),
    "generate": Floor("core tensor text nn data models", "fmt TYPES OPS"),
    "train": Floor("core tensor weights dist nn data models", "fmt TYPES OPS AUTOGRAD"),
    "eval": Floor("core text image metrics tensor dist data models generate", "fmt nlohmann TYPES"),
    "app": Floor(
        "core text image metrics tensor dist kernels weights nn peft data models generate train eval",
        "fmt nlohmann spdlog TYPES",
    ),
}
TOOLS = Floor(" ".join(FLOORS), "fmt nlohmann spdlog CLI11 TYPES")
PUBLIC_HEADER = "fmt TYPES"  # third party in include/: costs everyone who includes it
JSON_HEADER = "llama32med/core/config_json.h"  # the one public header that brings nlohmann (3 s a source)
TORCHLESS = "core text image metrics"
WHY = {
    "spdlog": "floors under app do not log: throw, return, or report through a callback",
    "CLI11": "command lines are the business of tools",
    "CUDA": "CUDA stands in the kernels floor only; the program asks <ATen/DeviceAccelerator.h> in the tensor floor",
    "TORCH": "an umbrella header costs 12 to 30 s a source: include <ATen/core/Tensor.h> and <ATen/ops/NAME.h>",
}

STANDARD = re.compile(r"[a-z_0-9]+$|(c?std(arg|bool|def|int|io|lib)|string|math|time|errno|signal|limits|locale|float|assert|ctype)\.h$")
SYSTEM = re.compile(r"(sys/\w+|unistd|fcntl|dlfcn|termios|pthread|sched|dirent|poll|link|malloc|execinfo|cxxabi|elf|omp|\w*intrin)\.h$")

# ---- the repository ---------------------------------------------------------------------------------------------------------
TOP_LEVEL = set(
    "CMakeLists.txt CMakePresets.json README.md LICENSE include src tools configs prompts tests scripts "
    ".ci .clang-format .clang-tidy .editorconfig .gitattributes .github .gitignore".split()
)
CODE = (".h", ".cpp", ".cu", ".cuh")
TEXT = CODE + (".py", ".sh", ".cmake", ".txt", ".md", ".json", ".jsonl", ".yml", ".yaml", ".in", "")
# Brackets in the patterns keep this file from being found by itself.
FORBIDDEN = (
    (re.compile(r"\bpy[p]i\.|python[h]osted\.org|download\.py[t]orch\.org|\b[a]naconda\.(org|com)|\bp[y]pi\.nvidia\."),
     "names the host of a package registry; name the package and its version, pip knows where"),
    (re.compile(r"(?<![\w.$~})-])/(home|work|root|mnt|Users)/\w"),
     "an absolute path of somebody's machine; make it relative or an option"),
)
FOLDERS = ("include/", "src/", "tools/", "tests/")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Place(NamedTuple):
    """What kind of file this is: 'public', 'private', 'tools', 'test' or 'support', and its floor or test folder."""

    kind: str
    floor: str


def place_of(path):
    parts = PurePosixPath(path).parts
    if parts[0] == "include":
        return Place("public", parts[2] if len(parts) > 3 else "")
    if parts[0] == "src":
        return Place("private", parts[1] if len(parts) > 2 else "")
    if parts[0] == "tests":
        return Place("test", parts[1] if len(parts) > 2 else "")
    return Place("tools", "tools")


def beneath(floor):
    """The floor and everything beneath it, however deep."""
    found = {floor}
    for name in FLOORS[floor].may_include.split():
        found |= beneath(name)
    return found


def family_of(header):
    for name, pattern in FAMILIES.items():
        if re.match(pattern, header):
            return name
    return None


def own_header(header, path, files):
    """The path in the repository of a header that is not third party, or None."""
    if header.startswith("llama32med/"):
        return "include/" + header
    for candidate in (str(PurePosixPath(path).parent / header), "src/" + header, "tests/" + header, "tools/" + header):
        if candidate in files:
            return candidate
    return None


class Checker:
    """Checks a tree given as {path: text}; text None means: not text, only its place counts."""

    def __init__(self, files):
        self.files = files
        self.breaches = []
        self.sources_of = {}  # (floor, family) -> {source: line}

    def complain(self, path, line, text):
        self.breaches.append(f"{path}:{line}: {text}")

    def run(self):
        for path, text in sorted(self.files.items()):
            self.check_place(path)
            if text is None:
                continue
            self.check_words(path, text)
            if path.startswith(FOLDERS) and path.endswith(CODE) and "/consumer/" not in path:
                self.check_includes(path, text)
            if re.fullmatch(r"src/\w+/CMakeLists\.txt", path):
                self.check_floor_rules(path, text)
        for (floor, family), sources in sorted(self.sources_of.items()):
            for path, line in list(sorted(sources.items()))[1:]:
                self.complain(path, line, f"a second source of {floor} that includes {family}; one source owns it: {min(sources)}")
        return self.breaches

    def check_place(self, path):
        top = PurePosixPath(path).parts[0]
        if top not in TOP_LEVEL:
            self.complain(path, 1, f"\"{top}\" has no place at the top level; allowed are {', '.join(sorted(TOP_LEVEL))}")

    def check_words(self, path, text):
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, why in FORBIDDEN:
                found = pattern.search(line)
                if found:
                    self.complain(path, number, f"\"{found.group(0)}\": {why}")

    def check_includes(self, path, text):
        place = place_of(path)
        if place.kind != "test" and place.kind != "tools" and place.floor not in FLOORS:
            self.complain(path, 1, f"\"{place.floor}\" is not a floor; known are {', '.join(FLOORS)}")
            return
        for number, line in enumerate(text.splitlines(), 1):
            found = INCLUDE.match(line)
            if found:
                self.check_include(path, number, place, found.group(1), found.group(2))

    def check_include(self, path, line, place, mark, header):
        if ".." in PurePosixPath(header).parts:
            self.complain(path, line, f"\"{header}\" goes up; include \"llama32med/<floor>/x.h\"")
            return
        own = own_header(header, path, self.files)
        if own:
            self.check_own(path, line, place, header, own)
        elif mark == '"':
            self.complain(path, line, f"\"{header}\" is not in the repository; third-party headers are included with <>")
        else:
            self.check_third_party(path, line, place, header)

    def check_own(self, path, line, place, header, own):
        target = place_of(own)
        if own.startswith("include/") and own not in self.files:
            self.complain(path, line, f"\"{header}\" does not exist")
        elif target.kind == "public":
            self.check_floor(path, line, place, target.floor, header)
        elif target.kind == "private" and target.floor != place.floor:
            self.complain(path, line, f"\"{header}\" is private to the floor {target.floor}; use its public headers")
        elif target.kind in ("test", "tools") and place.kind != target.kind:
            self.complain(path, line, f"\"{header}\": only {target.kind} code may include it")
        if header == JSON_HEADER and place.kind == "public":
            self.complain(path, line, f"a public header must not bring JSON to its readers (3 s a source); include \"{header}\" in the source")

    def check_floor(self, path, line, place, target, header):
        if place.kind == "tools":
            return
        if place.kind == "test":
            if place.floor in FLOORS and target not in beneath(place.floor):
                self.complain(path, line, f"\"{header}\": tests of {place.floor} know only it and the floors beneath it; tests of several floors belong in tests/e2e")
            return
        allowed = FLOORS[place.floor].may_include.split()
        if target != place.floor and target not in allowed:
            self.complain(path, line, f"{place.floor} must not include {target}; it may include {', '.join(allowed) or 'no other floor'}")

    def check_third_party(self, path, line, place, header):
        if STANDARD.match(header) or SYSTEM.match(header):
            return
        family = family_of(header)
        if family is None:
            self.complain(path, line, f"<{header}> belongs to no known library; a new dependency needs a line in scripts/check_layers.py and a reason in CONTRIBUTING.md")
        elif place.kind == "test":
            self.check_test_header(path, line, place, header, family)
        else:
            floor = TOOLS if place.kind == "tools" else FLOORS[place.floor]
            self.check_family(path, line, place, header, family, floor)

    def check_test_header(self, path, line, place, header, family):
        if family == "gtest" or place.floor not in FLOORS:
            return
        allowed = {name for floor in beneath(place.floor) for name in FLOORS[floor].third_party.split()}
        if allowed & TORCH_PARTS:
            allowed |= {"OPS"}
        if family not in allowed:
            self.complain(path, line, f"<{header}>: tests of {place.floor} may use {', '.join(sorted(allowed))}, not {family}")

    def check_family(self, path, line, place, header, family, floor):
        allowed = floor.third_party.split()
        if family not in allowed:
            reason = WHY.get(family, f"{place.floor} may use {', '.join(allowed)}")
            if family in TORCH_PARTS and place.floor in TORCHLESS.split():
                reason = f"{place.floor} works without torch"
            self.complain(path, line, f"<{header}> ({family}) is not allowed in {place.floor}: {reason}")
        elif place.kind == "public" and family not in PUBLIC_HEADER.split() and path != "include/" + JSON_HEADER:
            self.complain(path, line, f"<{header}> ({family}) is for sources; public headers may use {' and '.join(PUBLIC_HEADER.split())}")
        elif family == "CUDA" and not path.startswith("src/kernels/cuda/"):
            self.complain(path, line, f"<{header}>: CUDA headers stand in src/kernels/cuda/ only")
        elif family in floor.one_source.split():
            if path.endswith(".h"):
                self.complain(path, line, f"<{header}> ({family}) belongs into one source of {place.floor}, not into a header")
            self.sources_of.setdefault((place.floor, family), {}).setdefault(path, line)

    def check_floor_rules(self, path, text):
        """The build rules of a floor agree with the table: no other floor linked, no torch where none is allowed."""
        name = PurePosixPath(path).parts[1]
        if name not in FLOORS:
            self.complain(path, 1, f"\"{name}\" is not a floor; known are {', '.join(FLOORS)}")
            return
        linked, keyword = [], ""
        for number, line in enumerate(text.splitlines(), 1):
            for word in re.findall(r"[\w:.$<>/-]+", line.split("#")[0]):
                if word in ("SOURCES", "FLOORS", "LIBRARIES", "TENSOR"):
                    keyword = word
                elif keyword == "FLOORS" and word in FLOORS:
                    linked.append((number, word))
                elif word.startswith("llama32med::"):
                    linked.append((number, word.split("::")[1]))
                if name in TORCHLESS.split() and (word == "TENSOR" or word.startswith("libtorch::")):
                    self.complain(path, number, f"{name} works without torch, \"{word}\" links it")
        for number, floor in linked:
            if floor in FLOORS and floor not in FLOORS[name].may_include.split():
                self.complain(path, number, f"{name} must not link {floor}; it may include {FLOORS[name].may_include or 'no other floor'}")


def listed_files(root):
    """Paths that are, or could be, committed."""
    git = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True)
    if git.returncode == 0:
        names = git.stdout.decode().split("\0")
    else:  # an unpacked archive
        skipped = {".git", ".venv", "build", "runs", "__pycache__"}
        names = [p.relative_to(root).as_posix() for p in root.rglob("*") if not skipped & set(p.relative_to(root).parts)]
    return [name for name in names if name and (root / name).is_file()]


def read_tree(root):
    files = {}
    for name in listed_files(root):
        files[name] = None
        if PurePosixPath(name).suffix in TEXT:
            data = (root / name).read_bytes()
            if b"\0" not in data[:4096]:
                files[name] = data.decode("utf-8", "replace")
    return files


# ---- self-test: every rule broken once ------------------------------------------------------------------------------------------
GOOD = {
    "include/llama32med/core/error.h": "#include <fmt/format.h>\n#include <string>\n",
    "include/llama32med/core/config_json.h": "#include <nlohmann/json.hpp>\n",
    "include/llama32med/text/tokenizer.h": '#include "llama32med/core/error.h"\n',
    "include/llama32med/train/trainer.h": "#include <ATen/core/Tensor.h>\n",
    "include/llama32med/eval/report.h": "#include <vector>\n",
    "src/text/pieces.h": "#include <string>\n",
    "src/text/pieces.cpp": '#include "text/pieces.h"\n#include <sentencepiece_processor.h>\n#include <sys/mman.h>\n',
    "src/nn/attention.cpp": "#include <ATen/ops/softmax.h>\n#include <cmath>\n",
    "src/core/CMakeLists.txt": "llama32med_floor(core SOURCES a.cpp)\n",
    "src/kernels/cuda/scale.cu": "#include <cuda_runtime.h>\n",
    "tests/support/data.h": "#include <string>\n",
    "tests/text/pieces_test.cpp": '#include "text/pieces.h"\n#include <gtest/gtest.h>\n#include "support/data.h"\n',
    "tools/main.cpp": '#include <CLI/CLI.hpp>\n#include "llama32med/eval/report.h"\n',
    "README.md": "build/release/program and /usr/include and $HOME/work/x and ~/work/x and ../work/x\n",
}
BAD = [  # (path, text, place and part of the message)
    ("src/text/a.cpp", '#include "llama32med/eval/report.h"', "src/text/a.cpp:1: text must not include eval"),
    ("include/llama32med/train/a.h", '\n#include "llama32med/eval/report.h"', "include/llama32med/train/a.h:2: train must not include eval"),
    ("src/core/a.cpp", '#include "llama32med/text/tokenizer.h"', "src/core/a.cpp:1: core must not include text"),
    ("src/core/a.cpp", '#include "llama32med/core/nothing.h"', 'src/core/a.cpp:1: "llama32med/core/nothing.h" does not exist'),
    ("src/text/a.cpp", '#include "../core/x.h"', 'src/text/a.cpp:1: "../core/x.h" goes up'),
    ("src/data/a.cpp", '#include "text/pieces.h"', 'src/data/a.cpp:1: "text/pieces.h" is private to the floor text'),
    ("tests/data/a_test.cpp", '#include "text/pieces.h"', "tests/data/a_test.cpp:1: "),
    ("src/text/a.cpp", '#include "support/data.h"', "src/text/a.cpp:1: \"support/data.h\": only test code"),
    ("src/text/a.cpp", '#include "nowhere.h"', 'src/text/a.cpp:1: "nowhere.h" is not in the repository'),
    ("src/cellar/a.cpp", "", 'src/cellar/a.cpp:1: "cellar" is not a floor'),
    ("src/text/a.cpp", "#include <ATen/core/Tensor.h>", "src/text/a.cpp:1: <ATen/core/Tensor.h> (TYPES) is not allowed in text: text works without torch"),
    ("src/image/a.cpp", "#include <torch/torch.h>", "image works without torch"),
    ("src/metrics/a.cpp", "#include <c10/core/Device.h>", "metrics works without torch"),
    ("src/nn/a.cpp", "#include <torch/torch.h>", "an umbrella header costs"),
    ("src/nn/a.cpp", "#include <ATen/ATen.h>\n#include <spdlog/spdlog.h>", "src/nn/a.cpp:2: <spdlog/spdlog.h> (spdlog) is not allowed in nn: floors under app do not log"),
    ("src/app/a.cpp", "#include <CLI/CLI.hpp>", "command lines are the business of tools"),
    ("src/models/a.cpp", "#include <cuda_runtime.h>", "CUDA stands in the kernels floor only"),
    ("src/kernels/cpu/a.cpp", "#include <cuda_runtime.h>", "CUDA headers stand in src/kernels/cuda/ only"),
    ("src/text/a.cpp", "#include <opencv2/core.hpp>", "src/text/a.cpp:1: <opencv2/core.hpp> (OpenCV) is not allowed in text"),
    ("src/text/a.cpp", "#include <boost/any.hpp>", "src/text/a.cpp:1: <boost/any.hpp> belongs to no known library"),
    ("include/llama32med/nn/a.h", "#include <ATen/ops/add.h>", "include/llama32med/nn/a.h:1: <ATen/ops/add.h> (OPS) is for sources"),
    ("include/llama32med/data/a.h", "#include <nlohmann/json.hpp>", "(nlohmann) is for sources"),
    ("include/llama32med/data/a.h", '#include "llama32med/core/config_json.h"', "must not bring JSON"),
    ("src/text/a.h", "#include <pcre2.h>", "src/text/a.h:1: <pcre2.h> (PCRE2) belongs into one source of text"),
    ("src/text/second.cpp", "\n#include <sentencepiece_trainer.h>", "src/text/second.cpp:2: a second source of text that includes sentencepiece"),
    ("tests/text/a_test.cpp", '#include "llama32med/eval/report.h"', "tests/text/a_test.cpp:1: "),
    ("tests/text/a_test.cpp", "#include <ATen/core/Tensor.h>", "tests of text may use"),
    ("src/text/CMakeLists.txt", "llama32med_floor(text\n  SOURCES a.cpp\n  FLOORS core tensor)", "src/text/CMakeLists.txt:3: text must not link tensor"),
    ("src/image/CMakeLists.txt", "llama32med_floor(image SOURCES a.cpp TENSOR)", "src/image/CMakeLists.txt:1: image works without torch"),
    ("notes.txt", "", 'notes.txt:1: "notes.txt" has no place at the top level'),
    ("scripts/a.sh", "\n\npip --index https://py" "pi.org/simple", "scripts/a.sh:3: "),
    ("scripts/a.sh", "curl https://files.python" "hosted.org/x", "host of a package registry"),
    ("scripts/a.sh", "cd /ho" "me/me/x", "scripts/a.sh:1: \"/ho" "me/m\": an absolute path"),
]


def self_test():
    failures = [f"good tree: {breach}" for breach in Checker(dict(GOOD)).run()]
    for path, text, expected in BAD:
        breaches = Checker({**GOOD, path: text}).run()
        if not any(expected in breach for breach in breaches):
            failures.append(f"{path} {text!r}: expected {expected!r}, got {breaches}")
    names = list(FLOORS)
    for index, (name, floor) in enumerate(FLOORS.items()):
        upward = set(floor.may_include.split()) - set(names[:index])
        if upward:
            failures.append(f"the table itself: {name} includes {upward}, which does not stand before it")
    return failures


def main():
    if sys.argv[1:] not in ([], ["--self-test"]):
        sys.exit(__doc__)
    if sys.argv[1:]:
        problems, done = self_test(), f"{len(BAD)} breaches noticed, the good tree passes"
    else:
        files = read_tree(Path(__file__).resolve().parent.parent)
        problems, done = Checker(files).run(), f"{len(files)} files, no breach"
    print("\n".join(problems) or done)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
