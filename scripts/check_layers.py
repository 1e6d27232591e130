#!/usr/bin/env python3
"""The rules that can be checked automatically: which floor may include what, what may be in the repository, and its language.

    scripts/check_layers.py              checks this repository; one line per breach, `file:line: what, and what to do`
    scripts/check_layers.py --self-test  breaks every rule once and checks that it is detected

The diagram of the floors and the reasons are in .github/CONTRIBUTING.md. To change a rule, change the tables below (for
words: check_words.py) together with that page. Python's standard library only.
"""
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from check_words import forbidden_words

# ---- the floors ---------------------------------------------------------------------------------------------------
# Third-party headers by family. TYPES, RUNTIME, OPS, ... are parts of libtorch.
FAMILIES = {
    "fmt": r"fmt/",
    "nlohmann": r"nlohmann/",
    "spdlog": r"spdlog/",
    "CLI11": r"CLI/",
    "sentencepiece": r"sentencepiece_\w+\.h$",
    "PCRE2": r"pcre2\.h$",
    "OpenCV": r"opencv2/",
    "libcurl": r"curl/",
    "gtest": r"(gtest|gmock)/",
    "TYPES": r"c10/(?!cuda/)|ATen/core/|torch/headeronly/",
    "OPS": r"ATen/ops/|ATen/Tensor(Operators|Indexing)\.h$",
    "AUTOGRAD": r"torch/csrc/autograd/",
    "LIBRARY": r"torch/library\.h$",
    "C10D": r"torch/csrc/distributed/|gloo/|nccl\.h$",
    "CUDA": r"cuda|ATen/cuda/|c10/cuda/|cub/|thrust/|cublas|mma\.h$",
    "TORCH": r"ATen/(ATen|Functions|NativeFunctions|autocast_mode)\.h$|torch/|caffe2/",
    "RUNTIME": r"ATen/\w+\.h$",
    "BACKEND": r"ATen/(native|detail)/",  # what a device must implement: the counting device of the tests
}
TORCH_PARTS = {"TYPES", "OPS", "AUTOGRAD", "LIBRARY", "C10D", "RUNTIME", "TORCH"}


class Floor(NamedTuple):
    may_include: str  # floors
    third_party: str = ""  # families, in sources and private headers
    one_source: str = ""  # families that only one source of the floor may include


FLOORS = {  # from the ground up; a floor includes floors above it in this table only
    # the text wing: no torch
    "core": Floor("", "fmt nlohmann"),
    "text": Floor("core", "fmt nlohmann sentencepiece PCRE2", one_source="sentencepiece PCRE2"),
    "image": Floor("core", "fmt nlohmann OpenCV", one_source="OpenCV"),
    "metrics": Floor("core", "fmt sentencepiece", one_source="sentencepiece"),
    "data": Floor("core text image", "fmt nlohmann"),
    "scoring": Floor("core metrics data", "fmt nlohmann"),
    "report": Floor("core image metrics data scoring", "fmt nlohmann"),
    "raters": Floor("core text metrics data scoring", "fmt nlohmann libcurl", one_source="libcurl"),
    "vectors": Floor("core metrics data scoring report raters", "fmt nlohmann"),
    # the tensor wing
    "tensor": Floor("core", "fmt TYPES RUNTIME"),
    "kernels": Floor("core tensor", "fmt TYPES OPS RUNTIME AUTOGRAD LIBRARY CUDA"),
    "weights": Floor("core tensor", "fmt nlohmann TYPES OPS"),
    "nn": Floor("core tensor weights kernels", "fmt nlohmann TYPES OPS RUNTIME AUTOGRAD"),
    "peft": Floor("core tensor weights nn", "fmt nlohmann PCRE2 TYPES OPS", one_source="PCRE2"),
    "batch": Floor("core image tensor data", "fmt TYPES OPS"),
    "models": Floor("core text image data tensor weights kernels nn batch", "fmt nlohmann TYPES OPS RUNTIME"),
    "generate": Floor("core tensor text nn batch models", "fmt TYPES OPS"),
    "train": Floor("core tensor weights kernels nn data batch models", "fmt TYPES OPS AUTOGRAD"),
    # where they meet
    "predict": Floor("core text image metrics tensor data batch models generate scoring", "fmt nlohmann TYPES"),
    "app": Floor(
        "core text image metrics data scoring report raters vectors "
        "tensor kernels weights nn peft batch models generate train predict",
        "fmt nlohmann spdlog TYPES OPS RUNTIME",
    ),
}
TOOLS = Floor(" ".join(FLOORS), "fmt nlohmann spdlog CLI11 TYPES")
PUBLIC_HEADER = "fmt TYPES"  # third party in include/: costs everyone who includes it
# The public headers that bring nlohmann (3 s per source).
JSON_HEADERS = {"llama32med/core/config_json.h", "llama32med/core/config_layers.h"}
JSON_NAME_HEADER = "llama32med/core/json_fwd.h"  # and the one that brings its name only
UMBRELLA = "include/llama32med/llama32med.h"  # lists the headers for users of an installed copy; of no floor
TORCHLESS = "core text image metrics data scoring report raters vectors"
WHY = {
    "spdlog": "floors under app do not log: throw, return, or report through a callback",
    "CLI11": "only tools parse command lines",
    "CUDA": "CUDA is only allowed in the kernels floor; the program asks <ATen/DeviceAccelerator.h> in the tensor floor",
    "TORCH": "an umbrella header costs 12 to 30 s per source: include <ATen/core/Tensor.h> and <ATen/ops/NAME.h>",
}

STANDARD = re.compile(
    r"[a-z_0-9]+$|(std(arg|bool|def|int|io|lib)|string|math|time|errno|signal|limits|locale|float|assert|ctype)\.h$"
)
SYSTEM = re.compile(
    r"(sys/\w+|unistd|fcntl|dlfcn|termios|pthread|sched|dirent|poll|link|malloc|execinfo|cxxabi|elf|ucontext|\w*intrin)\.h$"
)

# ---- the repository -----------------------------------------------------------------------------------------------
TOP_LEVEL = set(
    "CMakeLists.txt CMakePresets.json README.md LICENSE include src tools configs prompts tests scripts "
    ".ci .clang-format .clang-tidy .editorconfig .gitattributes .github .gitignore".split()
)
CODE = (".h", ".cpp", ".cu", ".cuh")
TEXT = CODE + (".py", ".sh", ".cmake", ".txt", ".md", ".json", ".jsonl", ".yml", ".yaml", ".in", "")
# Brackets in the patterns keep this file from matching itself.
FORBIDDEN = (
    (re.compile(r"\bpy[p]i\.|python[h]osted\.org|download\.py[t]orch\.org|\b[a]naconda\.(org|com)|\bp[y]pi\.nvidia\."),
     "names the host of a package registry; name the package and its version, pip knows where"),
    (re.compile(r"(?<![\w.$~})-])/(home|work|root|mnt|Users)/\w"),
     "an absolute path of one machine; make it relative or an option"),
)
# Files belong to core, which reports why something fails. Path arithmetic (fs::path, lexically_normal()) is free.
FILE_HEADER = re.compile(r"(fstream|fcntl\.h|dirent\.h|sys/(stat|mman)\.h)$")
FILE_CALL = re.compile(
    r"\b(?:std::filesystem|fs)::(?!path\b)[a-z]\w*"
    r"|(?<![\w.>:])(?:is_directory|is_regular_file|remove_all|create_director(?:y|ies)|weakly_canonical)\("
    r"|\bstd::(?:basic_)?[io]?fstream\b|\bstd::(?:fopen|remove|rename)\(\"?|(?<![\w.>:])fopen\("
    r"|(?<!\w)::(?:open|creat|stat|lstat|truncate|unlink|rmdir|mkdir|rename|renameat2|opendir|mmap|access)\("
)
# What only some sources may use, by pattern. Comments do not count.
RESERVED = (
    (re.compile(r"\bstd::(w?regex|basic_regex|[wcs]*match|regex_\w+)\b|#\s*include\s*<regex>"), (),
     "std::regex recurses without a limit and matches without an end: use PCRE2 with limits (peft/name_pattern.h)"),
    (re.compile(r"\b(\w*[jJ]son)::(parse|accept|sax_parse|from_\w+)\s*\("),
     ("src/core/json_file.cpp", "src/core/config_layers.cpp"),
     "JSON comes in through core/json_file.h, which limits depth, size and numbers and names the place"),
)
COLUMNS = 120  # longest line of C++ or JavaScript
GENERATED = ("src/metrics/case_table.cpp",)  # tables written by scripts
FOLDERS = ("include/", "src/", "tools/", "tests/")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Place(NamedTuple):
    """The kind of a file, 'public', 'private', 'tools' or 'test', and its floor or test folder."""

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
    """The floor and all floors below it."""
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
    """The path in the repository of one of our headers, or None for third-party headers."""
    if header.startswith("llama32med/"):
        return "include/" + header
    for candidate in (str(PurePosixPath(path).parent / header), "src/" + header, "tests/" + header, "tools/" + header):
        if candidate in files:
            return candidate
    return None


class Checker:
    """Checks a tree given as {path: text}. For files that are not text (None), only the place is checked."""

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
            if path.endswith(CODE + (".js",)) and path not in GENERATED:
                self.check_columns(path, text)
            if path.startswith(FOLDERS) and path.endswith(CODE) and "/consumer/" not in path:
                self.check_includes(path, text)
                self.check_reserved(path, text)
            if re.fullmatch(r"src/\w+/CMakeLists\.txt", path):
                self.check_floor_rules(path, text)
        for (floor, family), sources in sorted(self.sources_of.items()):
            for path, line in list(sorted(sources.items()))[1:]:
                text = f"a second source of {floor} that includes {family}; only one may: {min(sources)}"
                self.complain(path, line, text)
        return self.breaches

    def check_place(self, path):
        top = PurePosixPath(path).parts[0]
        if top not in TOP_LEVEL:
            self.complain(path, 1, f'"{top}" has no place at the top level; allowed: {", ".join(sorted(TOP_LEVEL))}')

    def check_words(self, path, text):
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, why in FORBIDDEN:
                found = pattern.search(line)
                if found:
                    self.complain(path, number, f"\"{found.group(0)}\": {why}")
        for number, words, instead in forbidden_words(path, text):
            self.complain(path, number, f'"{words}": {instead}')

    def check_reserved(self, path, text):
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, sources, why in RESERVED:
                found = pattern.search(line.split("//")[0])
                if found and path not in sources and not path.startswith("tests/"):
                    self.complain(path, number, f'"{found.group(0)}": {why}')

    def check_columns(self, path, text):
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > COLUMNS:
                self.complain(path, number, f"{len(line)} columns; at most {COLUMNS}")

    def check_includes(self, path, text):
        place = place_of(path)
        if path == UMBRELLA:
            place = Place("public", "umbrella")
        elif place.kind != "test" and place.kind != "tools" and place.floor not in FLOORS:
            self.complain(path, 1, f"\"{place.floor}\" is not a floor; known are {', '.join(FLOORS)}")
            return
        keeps_off_files = place.kind != "test" and place.floor != "core"
        for number, line in enumerate(text.splitlines(), 1):
            found = INCLUDE.match(line)
            if found:
                self.check_include(path, number, place, found.group(1), found.group(2))
            if keeps_off_files:
                self.check_files(path, number, line, found.group(2) if found else "")

    def check_files(self, path, number, line, header):
        call = FILE_CALL.search(line.split("//")[0])
        what = call.group(0) if call and not header else header if FILE_HEADER.match(header) else ""
        if what:
            text = "belongs in core: it throws exceptions of its own or hides why it fails; use core/file_system.h or core/files.h"
            self.complain(path, number, f'"{what}" {text}')

    def check_include(self, path, line, place, mark, header):
        if ".." in PurePosixPath(header).parts:
            self.complain(path, line, f"\"{header}\" goes up; include \"llama32med/<floor>/x.h\"")
            return
        own = own_header(header, path, self.files)
        if own:
            self.check_own(path, line, place, header, own)
        elif mark == '"':
            self.complain(path, line, f'"{header}" is not in the repository; <> is for third-party headers')
        else:
            self.check_third_party(path, line, place, header)

    def check_own(self, path, line, place, header, own):
        target = place_of(own)
        if own.startswith("include/") and own not in self.files:
            self.complain(path, line, f"\"{header}\" does not exist")
        elif own == UMBRELLA:
            self.complain(path, line, f"\"{header}\" is for users of an installed copy; include the headers you need")
        elif target.kind == "public" and path != UMBRELLA:
            self.check_floor(path, line, place, target.floor, header)
        elif target.kind == "private" and not self.may_see_inside(place, target.floor):
            self.complain(path, line, f"\"{header}\" is private to the floor {target.floor}; use its public headers")
        elif target.kind in ("test", "tools") and place.kind != target.kind:
            self.complain(path, line, f"\"{header}\": only {target.kind} code may include it")
        if header in JSON_HEADERS and place.kind == "public":
            text = f'a public header must not bring all of JSON (3 s per source); include "{JSON_NAME_HEADER}"'
            self.complain(path, line, text)

    @staticmethod
    def may_see_inside(place, floor):
        """Sources and tests of the floor itself, and tests that do not belong to a floor: parity compares the internals of a
        model. The program may see inside app, which only serves it."""
        if place.kind == "tools":
            return floor == "app"
        return place.floor == floor or (place.kind == "test" and place.floor not in FLOORS)

    def check_floor(self, path, line, place, target, header):
        if place.kind == "tools":
            return
        if place.kind == "test":
            if place.floor in FLOORS and target not in beneath(place.floor):
                text = f"tests of {place.floor} may only use it and lower floors; tests of several floors belong in tests/e2e"
                self.complain(path, line, f'"{header}": {text}')
            return
        allowed = FLOORS[place.floor].may_include
        if target != place.floor and target not in allowed.split():
            self.complain(path, line, f"{place.floor} must not include {target}; allowed: {allowed or 'no other floor'}")

    def check_third_party(self, path, line, place, header):
        if STANDARD.match(header) or SYSTEM.match(header):
            return
        family = family_of(header)
        if family is None:
            text = "a new dependency needs a line in scripts/check_layers.py and a reason in scripts/cmake/README.md"
            self.complain(path, line, f"<{header}> belongs to no known library; {text}")
        elif place.kind == "test":
            self.check_test_header(path, line, place, header, family)
        else:
            floor = TOOLS if place.kind == "tools" else FLOORS.get(place.floor, Floor(""))
            self.check_family(path, line, place, header, family, floor)

    def check_test_header(self, path, line, place, header, family):
        if family == "gtest" or place.floor not in FLOORS:
            return
        allowed = {name for floor in beneath(place.floor) for name in FLOORS[floor].third_party.split()}
        if allowed & TORCH_PARTS:
            allowed |= {"OPS"}
        if family not in allowed:
            text = f"tests of {place.floor} may use {', '.join(sorted(allowed))}, not {family}"
            self.complain(path, line, f"<{header}>: {text}")

    def check_family(self, path, line, place, header, family, floor):
        allowed = floor.third_party.split()
        may_be_public = path[len("include/") :] in JSON_HEADERS | {JSON_NAME_HEADER} or family in PUBLIC_HEADER.split()
        if family not in allowed:
            reason = WHY.get(family, f"{place.floor} may use {', '.join(allowed)}")
            if family in TORCH_PARTS and place.floor in TORCHLESS.split():
                reason = f"{place.floor} works without torch"
            self.complain(path, line, f"<{header}> ({family}) is not allowed in {place.floor}: {reason}")
        elif place.kind == "public" and not may_be_public:
            self.complain(path, line, f"<{header}> ({family}) is for sources; public headers may use {PUBLIC_HEADER}")
        elif family == "CUDA" and not path.startswith("src/kernels/cuda/"):
            self.complain(path, line, f"<{header}>: CUDA headers are only allowed in src/kernels/cuda/")
        elif family in floor.one_source.split():
            if path.endswith(".h"):
                self.complain(path, line, f"<{header}> ({family}) belongs in one source of {place.floor}, not in a header")
            self.sources_of.setdefault((place.floor, family), {}).setdefault(path, line)

    def check_floor_rules(self, path, text):
        """The build rules of a floor must match the table: no other floors linked, no torch in floors without torch."""
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
                text = f"{name} must not link {floor}; allowed: {FLOORS[name].may_include or 'no other floor'}"
                self.complain(path, number, text)


def listed_files(root):
    """Paths that are or could be committed."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    git = subprocess.run(command, capture_output=True)
    if git.returncode == 0:
        names = git.stdout.decode().split("\0")
    else:  # an unpacked archive
        skipped = {".git", ".venv", "build", "runs", "__pycache__"}
        paths = (path.relative_to(root) for path in root.rglob("*"))
        names = [path.as_posix() for path in paths if not skipped & set(path.parts)]
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


def self_test():
    from check_layers_cases import BAD, GOOD

    failures = [f"good tree: {breach}" for breach in Checker(dict(GOOD)).run()]
    for path, text, expected in BAD:
        breaches = Checker({**GOOD, path: text}).run()
        if not any(expected in breach for breach in breaches):
            failures.append(f"{path} {text!r}: expected {expected!r}, got {breaches}")
    names = list(FLOORS)
    for index, (name, floor) in enumerate(FLOORS.items()):
        upward = set(floor.may_include.split()) - set(names[:index])
        if upward:
            failures.append(f"the table itself: {name} includes {upward}, which are not before it")
    return failures


def main():
    if sys.argv[1:] not in ([], ["--self-test"]):
        sys.exit(__doc__)
    if sys.argv[1:]:
        problems, done = self_test(), "all breaches are detected, the good tree passes"
    else:
        files = read_tree(Path(__file__).resolve().parent.parent)
        problems, done = Checker(files).run(), f"{len(files)} files, no breaches"
    print("\n".join(problems) or done)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
