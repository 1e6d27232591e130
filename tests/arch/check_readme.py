#!/usr/bin/env python3
"""check_readme.py --build FOLDER [--run]: the commands that README.md shows are commands that exist.

Looks into every fenced block that opens with ```bash. Scripts and files of the repository that a command names must be
there, and where the program is built, its subcommands and options must be known to their --help. With --run, the blocks
that open with ```bash run are run in order in an empty folder, with the repository's folders linked into it.
Exit code 77: there is nothing to check yet.
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

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "build/release/llama32med"
LINKED = ("scripts", "tests", "configs", "prompts")
COMMON = {"--help", "--version"}  # options that every subcommand takes


def blocks(text, mark=""):
    """(line, command) of every command in the blocks whose fence opens with ```bash and `mark`; lines joined."""
    commands, inside, pending = [], False, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside = not inside and re.match(rf"```bash\b.*\b{mark}", line) is not None
        elif inside:
            pending += line.split(" #")[0].rstrip()
            if pending.endswith("\\"):
                pending = pending[:-1]
            elif pending:
                commands.append((number, pending.strip()))
                pending = ""
    return commands


@functools.cache
def help_of(program, subcommand):
    answer = subprocess.run([program, subcommand, "--help"], capture_output=True, text=True, cwd=ROOT)
    return answer.stdout + answer.stderr if answer.returncode == 0 else None


@functools.cache
def common_help(program):
    """Options that every subcommand takes stand in the program's own help."""
    return subprocess.run([program, "--help"], capture_output=True, text=True, cwd=ROOT).stdout


def check_command(command, program):
    words = shlex.split(command, comments=True)
    problems = [f"\"{word}\" does not exist" for word in words
                if re.match(r"(scripts|tests|configs|prompts|\.ci)/", word) and not (ROOT / word).exists()]
    script = ROOT / words[0]
    if words[0].startswith("scripts/") and script.exists() and not os.access(script, os.X_OK):
        problems.append(f"{words[0]} cannot be executed")
    if len(words) > 1 and Path(words[0]).name == "llama32med" and program.exists():
        known = help_of(program, words[1])
        if known is None:
            return problems + [f"the program does not know \"{words[1]}\""]
        known += common_help(program)
        options = {word.split("=")[0] for word in words[2:] if word.startswith("--")} - COMMON
        problems += [f"{words[1]} does not know {option}" for option in sorted(options) if option not in known]
    return problems


def run_blocks(commands, program):
    with tempfile.TemporaryDirectory() as folder:
        for name in LINKED:
            if (ROOT / name).exists():
                (Path(folder) / name).symlink_to(ROOT / name)
        (Path(folder) / PROGRAM).parent.mkdir(parents=True)
        (Path(folder) / PROGRAM).symlink_to(program)
        for line, command in commands:
            print(f"$ {command}", flush=True)
            if subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder).returncode != 0:
                return [f"README.md:{line}: {command}: failed"]
    return []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--run", action="store_true")
    arguments = parser.parse_args()
    program = arguments.build.resolve() / "llama32med"
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    if arguments.run:
        commands = blocks(text, mark="run")
        if not program.exists():
            print("the program is not built")
            return 77
        problems = run_blocks(commands, program)
    else:
        commands = blocks(text)
        found = ((line, problem) for line, command in commands for problem in check_command(command, program))
        problems = [f"README.md:{line}: {problem}" for line, problem in found]
    if not commands:
        problems.append("README.md: shows no command; a block opens with ```bash")
    print("\n".join(problems) or f"{len(commands)} commands")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
