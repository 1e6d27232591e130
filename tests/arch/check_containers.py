#!/usr/bin/env python3
"""The container recipes and the list of packages, as far as they can be checked without building an image.

scripts/packages.txt is the only list: setup.sh and the containers read it and name no package themselves. The recipes have
known instructions, and what they copy and run exists.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
DOCKERFILE, RECIPE, INSTALL = (SCRIPTS / "container" / name for name in ("Dockerfile", "llama32med.def", "install.sh"))
IN_IMAGE = "/opt/llama32med/"  # the repository in an image
SECTIONS = ("tools", "libraries", "headers")
INSTRUCTIONS = {"FROM", "COPY", "RUN", "WORKDIR", "ENTRYPOINT", "CMD", "ENV", "ARG", "LABEL", "USER"}
RECIPE_SECTIONS = {"%files", "%post", "%test", "%runscript", "%help", "%environment", "%labels"}


def package_sections():
    sections, inside = {}, None
    for line in (SCRIPTS / "packages.txt").read_text().splitlines():
        if line.startswith("["):
            inside = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            inside.append(line.split()[0])
    return sections


def check_packages():
    sections = package_sections()
    if tuple(sections) != SECTIONS:
        yield f"scripts/packages.txt has the sections {', '.join(sections)}; the scripts read {', '.join(SECTIONS)}"
    names = [name for section in sections.values() for name in section]
    if len(names) != len(set(names)):
        yield "scripts/packages.txt names a package twice"
    for section, expected in sections.items():
        read = subprocess.run(["bash", "-c", f"source scripts/common.sh; packages_of {section}"], cwd=ROOT, text=True,
                              capture_output=True, check=True).stdout.split()
        if read != expected:
            yield f"scripts/common.sh reads {read} from [{section}], expected {expected}"
    if "with_commands " + " ".join(SECTIONS) not in (SCRIPTS / "setup.sh").read_text():
        yield "scripts/setup.sh does not read all sections of scripts/packages.txt"
    for path in (SCRIPTS / "setup.sh", DOCKERFILE, RECIPE, INSTALL):
        for name in re.findall(r"[\w.+-]+-dev\b", path.read_text()):
            yield f"{path.relative_to(ROOT)} names the package {name}; it belongs in scripts/packages.txt"


def check_path(where, source):
    if source != "." and not (ROOT / source).exists():
        yield f"{where}: {source} does not exist"


def check_scripts_run(where, text):
    for script in re.findall(rf"{IN_IMAGE}(\S+\.sh)", text):
        yield from check_path(where, script)


def check_dockerfile():
    lines = [line for line in DOCKERFILE.read_text().splitlines() if line and not line.startswith("#")]
    if not lines[0].startswith("FROM "):
        yield "Dockerfile: must begin with FROM"
    stages = re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE.read_text(), re.MULTILINE)
    for line in lines:
        word, _, rest = line.partition(" ")
        if word not in INSTRUCTIONS:
            yield f"Dockerfile: {word} is not an instruction"
        if word == "COPY" and rest.startswith("--from="):
            if rest.split()[0].removeprefix("--from=") not in stages:
                yield f"Dockerfile: {line}: no such stage"
        elif word == "COPY":
            yield from check_path("Dockerfile", rest.split()[0])
        yield from check_scripts_run("Dockerfile", line)


def check_recipe():
    text = RECIPE.read_text()
    head, *_ = text.partition("\n%")
    base = re.search(r"^From: (\S+)$", head, re.MULTILINE)
    if "Bootstrap: docker" not in head or base is None:
        yield "llama32med.def: needs Bootstrap and From"
    elif f"FROM {base.group(1)} " not in DOCKERFILE.read_text():
        yield f"llama32med.def starts from {base.group(1)}, the Dockerfile does not"
    for section in re.findall(r"^%\w+", text, re.MULTILINE):
        if section not in RECIPE_SECTIONS:
            yield f"llama32med.def: {section} is not a section"
    copied = [line.split() for line in text.partition("%files\n")[2].partition("\n\n")[0].splitlines()]
    for source, target in copied:
        yield from check_path("llama32med.def", source)
        if target != IN_IMAGE + source:
            yield f"llama32med.def: {source} goes to {target}, expected {IN_IMAGE}{source}"
    needed = {path.name for path in ROOT.iterdir() if path.name in "CMakeLists.txt CMakePresets.json include src tools tests "
              "scripts prompts configs".split()}
    for name in sorted(needed - {source for source, _ in copied}):
        yield f"llama32med.def does not copy {name}, which the build needs"
    yield from check_scripts_run("llama32med.def", text)


def check_shell():
    for path in (INSTALL, SCRIPTS / "setup.sh", SCRIPTS / "quickstart.sh"):
        checkers = [["bash", "-n"]] + ([["shellcheck", "-x"]] if shutil.which("shellcheck") else [])
        for checker in checkers:
            done = subprocess.run([*checker, path], capture_output=True, text=True, cwd=ROOT)
            if done.returncode:
                yield f"{path.relative_to(ROOT)}: {(done.stdout + done.stderr).strip()}"


def main():
    problems = [problem for check in (check_packages, check_dockerfile, check_recipe, check_shell) for problem in check()]
    print("\n".join(problems) or "packages and containers: no complaint")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
