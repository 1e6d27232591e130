#!/usr/bin/env python3
"""check_readme.py --build FOLDER [--run]: what the Markdown pages of the repository say is still true.

Reads README.md, .github/*.md and the README of each folder. Without --run it checks that

  - README.md has at most README_WORDS words
  - relative links, images and their #anchors exist, and so do files of the repository that inline code names
  - in blocks that open with ```bash, scripts and files exist; where the program is built, its --help knows the subcommands,
    the options, and --help-config the fields after --set; options and config fields in inline code are known too
  - a block that opens with ```LANGUAGE from=FILE is a contiguous part of FILE, so the example is code that a test compiles

With --run, the blocks that open with ```bash run are executed in order, the blocks of one page in one empty folder into which
the folders of the repository are linked. Each line of a ```text printed block must appear in the output of the block before it.
Exit code 77: the program is not built.
"""
import argparse
import functools
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", ".github/*.md", "configs/**/*.md", "scripts/**/*.md", "src/**/*.md", "tests/**/*.md")
README_WORDS = 1100
PROGRAM = "build/release/llama32med"
LINKED = ("scripts", "tests", "configs", "prompts")
FOLDERS = r"(\.ci|\.github|configs|include|prompts|scripts|src|tests|tools)/"
CONFIG_FIELD = r"(data|eval|generate|image|model|prompt|report|runtime|train|tune|validate|stage[12])(\.[a-z0-9_]+)+"
FOREIGN_OPTIONS = re.compile(r"--(build|prefix|gtest_\w+|preset|target|test-dir)\b")  # options of cmake, ctest, googletest


class Block(NamedTuple):
    line: int  # the first line of its text
    mark: str  # what follows the ``` that opens it
    text: str


class Command(NamedTuple):
    line: int
    text: str


def pages():
    return sorted(path for pattern in PAGES for path in ROOT.glob(pattern))


def blocks_of(text):
    """The fenced blocks of a page."""
    blocks, mark, start, body = [], None, 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("```"):
            body.append(line)
        elif mark is None:
            mark, start, body = line[3:].strip(), number + 1, []
        else:
            blocks.append(Block(start, mark, "\n".join(body)))
            mark = None
    return blocks


def prose_of(text):
    """The page with its blocks blanked out, so that line numbers stay."""
    inside, lines = False, []
    for line in text.splitlines():
        fence = line.startswith("```")
        lines.append("" if fence or inside else line)
        inside ^= fence
    return lines


def commands_of(block):
    """The commands of a block; continued lines are joined, comments removed."""
    commands, pending = [], ""
    for number, line in enumerate(block.text.splitlines(), block.line):
        pending += line.split(" #")[0].rstrip()
        if pending.endswith("\\"):
            pending = pending[:-1]
        elif pending:
            commands.append(Command(number, pending.strip()))
            pending = ""
    return commands


class Program:
    """What the built program says about itself; answers None for everything where it is not built."""

    def __init__(self, path):
        self.path = path
        self.built = path.exists()

    @functools.cache
    def output(self, *arguments):
        answer = subprocess.run([self.path, *arguments], capture_output=True, text=True, cwd=ROOT)
        return answer.stdout + answer.stderr if answer.returncode == 0 else None

    def help_of(self, subcommand):
        own = self.output(subcommand, "--help")
        if own is None:
            return None
        return own + self.output("--help") + "".join(self.output(subcommand, name, "--help") for name in self.listed(own, "Actions"))

    @staticmethod
    def listed(text, title):
        """The names under a heading of --help."""
        return re.findall(r"^  ([a-z]+) {2,}", text.partition(f"\n{title}:\n")[2].partition("\n\n")[0], re.MULTILINE)

    def subcommands(self):
        return self.listed(self.output("--help"), "Subcommands")

    @functools.cache
    def every_option(self):
        return set(re.findall(r"--[a-z][\w-]*", "".join(self.help_of(name) for name in self.subcommands())))

    def has_field(self, name):
        """`train.rank` or a section; what a stage says is what the sections after its name say."""
        table = self.output("--help-config")
        short = re.sub(r"^stage[12]\.(?!$)", "", name)
        return any(re.search(rf"`{re.escape(form)}[.`]", table) for form in (name, short))


@functools.cache
def script_options():
    """Options that the scripts of the repository know."""
    scripts = [path for pattern in ("scripts/**/*.py", "scripts/*.sh", "tests/**/*.py") for path in ROOT.glob(pattern)]
    return set(re.findall(r"--[a-z][\w-]*", "".join(path.read_text(encoding="utf-8") for path in scripts)))


def exists(name):
    """Whether a file or folder that a page names is there; * and {a,b} as in a shell, <name> for anything."""
    braces = re.search(r"\{([^{}]*)\}", name)
    if braces:
        return all(exists(name[: braces.start()] + part + name[braces.end() :]) for part in braces.group(1).split(","))
    pattern = re.sub(r"<\w+>", "*", name).rstrip("/")
    return any(ROOT.glob(pattern)) if "*" in pattern else (ROOT / pattern).exists()


def check_fields(words, program):
    fields = [match.group(0) for word in words if (match := re.match(rf"{CONFIG_FIELD}(?==)", word))]
    return [f'no config field is called "{name}"' for name in fields if not program.has_field(name)]


def check_command(command, program):
    words = shlex.split(command, comments=True)
    problems = [f'"{word}" does not exist' for word in words if re.match(FOLDERS, word) and not exists(word)]
    script = ROOT / words[0]
    if words[0].startswith("scripts/") and script.exists() and not os.access(script, os.X_OK):
        problems.append(f"{words[0]} cannot be executed")
    if len(words) < 2 or Path(words[0]).name != "llama32med" or not program.built:
        return problems
    known = program.help_of(words[1])
    if known is None:
        return problems + [f'the program does not know "{words[1]}"']
    options = {word.split("=")[0] for word in words[2:] if word.startswith("--")} - {"--help", "--version"}
    problems += [f"{words[1]} does not know {option}" for option in sorted(options) if option not in known]
    return problems + check_fields(words, program)


def check_quote(block):
    source = re.search(r"\bfrom=(\S+)", block.mark)
    if source is None:
        return []
    file = ROOT / source.group(1)
    if not file.exists():
        return [f"{source.group(1)} does not exist"]
    if f"\n{block.text}\n" not in f"\n{file.read_text(encoding='utf-8')}\n":
        return [f"this block is not a part of {source.group(1)}"]
    return []


def anchors_of(page):
    """The anchors that GitHub gives the headings of a page."""
    headings = [line.lstrip("#") for line in prose_of(page.read_text(encoding="utf-8")) if re.match(r"#+ ", line)]
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def check_link(page, target):
    if re.match(r"[a-z]+:", target):
        return []
    name, _, anchor = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    if not file.exists():
        return [f'the link "{target}" leads nowhere']
    if anchor and file.suffix == ".md" and anchor not in anchors_of(file):
        return [f'"{target}": that page has no such heading']
    return []


def check_inline_code(code, program):
    problems = []
    if re.fullmatch(FOLDERS + r"[\w./*{},<>-]*", code) and not exists(code):
        problems.append(f"`{code}` does not exist")
    if not program.built:
        return problems
    used = re.findall(r"(?<![\w-])--[a-z][\w-]*", FOREIGN_OPTIONS.sub("", code))
    known = program.every_option() | script_options() | {"--help", "--version"}
    problems += [f"nothing knows the option {option}" for option in used if option not in known]
    if re.fullmatch(CONFIG_FIELD, code) and not re.search(r"\.(h|cpp|py|sh|json|jsonl|md|html|txt|csv|svg)$", code):
        problems += [] if program.has_field(code) else [f'no config field is called "{code}"']
    return problems


def check_prose_line(page, line, program):
    text = re.sub(r"`[^`]*`", "", line)
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:href|src|srcset)="([^"]+)"', text)
    problems = [problem for target in links for problem in check_link(page, target)]
    codes = re.findall(r"`([^`]+)`", line)
    return problems + [problem for code in codes for problem in check_inline_code(code, program)]


def check_page(page, program):
    """(line, problem) of one page."""
    text = page.read_text(encoding="utf-8")
    for number, line in enumerate(prose_of(text), 1):
        yield from ((number, problem) for problem in check_prose_line(page, line, program))
    for block in blocks_of(text):
        yield from ((block.line, problem) for problem in check_quote(block))
        if re.match(r"bash\b", block.mark):
            for command in commands_of(block):
                yield from ((command.line, problem) for problem in check_command(command.text, program))


def check_pages(program):
    problems = [f"{page.relative_to(ROOT)}:{line}: {problem}" for page in pages() for line, problem in check_page(page, program)]
    words = len((ROOT / "README.md").read_text(encoding="utf-8").split())
    if words > README_WORDS:
        problems.append(f"README.md: {words} words; at most {README_WORDS}")
    return problems


def prepared_folder(folder, program):
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    (folder / PROGRAM).parent.mkdir(parents=True)
    (folder / PROGRAM).symlink_to(program.path)


def run_command(command, folder):
    """(whether it succeeded, what it printed)."""
    print(f"$ {command}", flush=True)
    answer = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    print(answer.stdout, end="", flush=True)
    return answer.returncode == 0, answer.stdout


def missing_lines(block, printed):
    """Lines of a `printed` block that were not printed; runs of blanks count as one."""
    found = {" ".join(line.split()) for line in printed.splitlines()}
    lines = [(number, " ".join(line.split())) for number, line in enumerate(block.text.splitlines(), block.line)]
    return [(number, line) for number, line in lines if line and line not in found]


def run_page(page, program):
    """Executes the page's `bash run` blocks; its problems, those after a failed command left out."""
    where = page.relative_to(ROOT)
    problems, printed = [], ""
    with tempfile.TemporaryDirectory() as name:
        prepared_folder(Path(name), program)
        for block in blocks_of(page.read_text(encoding="utf-8")):
            if block.mark == "text printed":
                problems += [f'{where}:{number}: was not printed: "{line}"' for number, line in missing_lines(block, printed)]
            elif re.match(r"bash\b.*\brun\b", block.mark):
                printed = ""
                for command in commands_of(block):
                    succeeded, output = run_command(command.text, name)
                    printed += output
                    if not succeeded:
                        return problems + [f"{where}:{command.line}: {command.text}: failed"]
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--run", action="store_true")
    arguments = parser.parse_args()
    program = Program(arguments.build.resolve() / "llama32med")
    if arguments.run and not program.built:
        print("the program is not built")
        return 77
    problems = [problem for page in pages() for problem in run_page(page, program)] if arguments.run else check_pages(program)
    print("\n".join(problems) or f"{len(pages())} pages, no complaint")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
