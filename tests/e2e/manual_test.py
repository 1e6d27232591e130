"""What the program says about itself: --help in any width, help COMMAND, --help-config, shell completion, the manual page."""
import functools
import os
import re
import shlex
import shutil
import subprocess

import program
from program import USAGE

BASH_RUN = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_llama32med
if [[ ${#COMPREPLY[@]} -gt 0 ]]; then printf '%s\\n' "${COMPREPLY[@]}"; fi
"""


@functools.cache
def help_of(*words):
    return program.run(*words, "--help").out


@functools.cache
def commands():
    """Every subcommand and action: ("data",), ("data", "check"), ..."""
    found = []
    for name in listed(help_of(), "Subcommands"):
        found.append((name,))
        found += [(name, action) for action in listed(help_of(name), "Actions")]
    return found


def listed(text, title):
    """Names under a heading of --help."""
    return re.findall(r"^  ([a-z]+) {2,}", text.partition(f"\n{title}:\n")[2].partition("\n\n")[0], re.MULTILINE)


def options_in(text):
    return set(re.findall(r"^  (?:-h,)?(--[a-z][\w-]*)", text, re.MULTILINE))


def with_width(width, *arguments):
    done = subprocess.run(program.command(*arguments), capture_output=True, text=True, check=True,
                          env=dict(os.environ, COLUMNS=str(width)))
    return done.stdout


class Help(program.ProgramTest):
    def test_help_of_a_command_is_its_help_option(self):
        for words in ((), ("eval",), ("data",), ("data", "check")):
            self.assertEqual(self.succeed("help", *words).out, help_of(*words))
        self.refuse(USAGE, ['"evl"', 'did you mean "eval"?'], "help", "evl")
        self.refuse(USAGE, ['"chek"', "data", 'did you mean "check"?', "phantoms"], "help", "data", "chek")

    def test_help_and_the_man_page_name_every_exit_code(self):
        for text in (self.succeed("--help").out, self.succeed("man").out):
            for part in ("wrong usage or config", "stopped by a signal after saving", "fail a condition"):
                self.assertIn(part, " ".join(text.split()))

    def test_an_action_shows_only_its_own_options(self):
        check, phantoms = (self.succeed("data", action, "--help").out for action in ("check", "phantoms"))
        self.assertEqual(options_in(check), {"--dataset", "--data", "--split", "--language", "--strict", "--out"})
        self.assertLessEqual({"--images", "--pixels", "--look"}, options_in(phantoms))
        self.assertFalse({"--dataset", "--language"} & options_in(phantoms))
        self.refuse(USAGE, ["--pixels", "data check --help"], "data", "check", "--pixels", 3)
        self.assertNotIn("--key-variable", self.succeed("judge", "export", "--help").out)

    def test_lines_fit_the_terminal_and_break_between_words(self):
        for words in ((), ("generate",), ("eval",), ("data", "phantoms"), ("judge", "run")):
            text = {width: with_width(width, *words, "--help") for width in (40, 60, 120)}
            for width in text:
                for line in text[width].splitlines():
                    # a word is never broken, so one that is longer than the line sticks out
                    self.assertTrue(len(line) <= width or " " not in line.strip(" \\"), line)
            whole = text[120].replace("\\\n", " ").split()
            for narrow in (text[40], text[60]):
                self.assertEqual("".join(narrow.replace("\\\n", " ").split()), "".join(whole))
                self.assertLessEqual({word for word in whole if "," not in word}, set(narrow.split()))

    def test_options_show_types_defaults_and_known_values(self):
        text = " ".join(self.succeed("eval", "--help").out.split())
        for part in ("--limit INT", "--dataset TEXT", "vqa_rad, slake, path_vqa", "(default: test)", "--image-gain {normal,",
                     "llava-med", "--semantics {meta,hf}", "(default: paper,strict-em)", "--prompt-file TEXT"):
            self.assertIn(part, text)
        text = " ".join(self.succeed("--help").out.split())
        for part in ("--device TEXT", "--threads INT", "(default: info)", "--log-level {debug,info,warn,error,off}"):
            self.assertIn(part, text)

    def test_help_config_of_a_section_or_word(self):
        self.assertEqual(self.succeed("--help-config", "runtime").out.count("\n"), 6)
        train = self.succeed("--help-config", "train").out  # a section and a subcommand
        self.assertIn("`train.epochs`", train)
        self.assertNotIn("`tune.rank`", train)
        self.assertIn("`generate.sampler.temperature`", self.succeed("--help-config", "temperature").out)
        self.refuse(USAGE, ["runtme", 'did you mean "runtime"?'], "--help-config", "runtme")


class Bash(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.script = self.folder / "llama32med.bash"
        self.script.write_text(self.succeed("completion", "bash").out)
        (self.folder / "files/models").mkdir(parents=True)
        (self.folder / "files/run.json").touch()

    def complete(self, line):
        """What bash offers behind a line, which it splits at blanks and equal signs."""
        words = [part for word in line.split(" ") for part in re.findall(r"=|[^=]+", word) or [""]]
        if line.endswith("="):
            words.append("")
        done = subprocess.run(["bash", "--norc", "-c", BASH_RUN, "bash", self.script, *words], capture_output=True, text=True,
                              cwd=self.folder / "files", check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split("\n")[:-1]

    def test_subcommands_and_actions(self):
        self.assertLessEqual({"eval", "data", "help"}, set(self.complete("llama32med ")))
        self.assertEqual(self.complete("llama32med gen"), ["generate"])
        self.assertEqual(self.complete("llama32med data "), ["check", "import", "phantoms"])
        self.assertEqual(self.complete("llama32med --json judge e"), ["export"])
        self.assertEqual(self.complete("llama32med --log-level info ev"), ["eval"])

    def test_options(self):
        self.assertEqual(self.complete("llama32med eval --image-"), ["--image-gain"])
        self.assertIn("--threads", self.complete("llama32med eval --th"))
        self.assertEqual(self.complete("llama32med data phantoms --lo"), ["--look", "--log-level"])
        self.assertEqual(self.complete("llama32med data check --pix"), [])
        for words in commands():
            own = options_in(help_of(*words))
            self.assertLessEqual(own, set(self.complete(f"llama32med {' '.join(words)} -")))

    def test_values(self):
        self.assertEqual(self.complete("llama32med eval --semantics "), ["meta", "hf"])
        self.assertEqual(self.complete("llama32med eval --semantics=h"), ["hf"])
        self.assertEqual(self.complete("llama32med --log-level w"), ["warn"])
        self.assertEqual(self.complete("llama32med eval --dataset s"), ["slake"])
        self.assertEqual(self.complete("llama32med eval --protocol paper,tok"), ["paper,token-f1"])
        self.assertEqual(self.complete("llama32med eval --protocol paper tok"), ["token-f1"])
        self.assertEqual(self.complete("llama32med completion f"), ["fish"])
        self.assertEqual(self.complete("llama32med eval --limit "), [])

    def test_files_and_folders(self):
        self.assertEqual(self.complete("llama32med eval --model "), ["models"])
        self.assertEqual(self.complete("llama32med eval --out=m"), ["models"])
        self.assertEqual(self.complete("llama32med eval --config r"), ["run.json"])
        self.assertEqual(self.complete("llama32med generate --image a.png r"), ["run.json"])
        self.assertEqual(self.complete("llama32med report models m"), ["models"])
        self.assertIn("radiologist_vqa", self.complete("llama32med generate --prompt-file r"))

    def test_config_fields(self):
        self.assertEqual(self.complete("llama32med train --set train.ep"), ["train.epochs="])
        self.assertEqual(self.complete("llama32med train --set stage2.train.ep"), ["stage2.train.epochs="])
        self.assertEqual(self.complete("llama32med train --set model.semantics="), ["meta", "hf"])
        self.assertEqual(self.complete("llama32med train --set model.semantics=h"), ["hf"])
        self.assertEqual(self.complete("llama32med train --set=model.tower=xyz"), [])
        self.assertEqual(self.complete("llama32med train --set model.folder=m"), ["models"])
        self.assertEqual(self.complete("llama32med train --set train.epochs=3 --peft"), ["--peft-layout"])

    def test_the_shell_must_be_known(self):
        self.refuse(USAGE, ["tcsh", "bash, zsh or fish"], "completion", "tcsh")
        self.refuse(USAGE, ["bash, zsh or fish"], "completion")


class OtherShells(program.ProgramTest):
    def shell(self, name):
        found = os.environ.get(f"LLAMA32MED_{name.upper()}") or shutil.which(name)
        if not found:
            self.skipTest(f"no {name}")
        return found

    def script(self, name):
        path = self.folder / f"completion.{name}"
        path.write_text(self.succeed("completion", name).out)
        return path

    def test_every_option_is_in_the_scripts(self):
        zsh, fish = (self.script(name).read_text() for name in ("zsh", "fish"))
        for words in commands():
            for option in options_in(help_of(*words)):
                self.assertIn(f"{option}", zsh)
                self.assertRegex(fish, rf"'__llama32med_at {' '.join(words)}'.* -l {option[2:]}\b")

    def test_zsh_accepts_its_script(self):
        subprocess.run([self.shell("zsh"), "-n", self.script("zsh")], check=True)

    def test_fish_completes(self):
        shell, script = self.shell("fish"), self.script("fish")

        def complete(line):
            done = subprocess.run([shell, "--no-config", "-c", f"source {script}; complete -C {shlex.quote(line)}"], check=True,
                                  capture_output=True, text=True, env=dict(os.environ, HOME=str(self.folder)))
            return [offer.split("\t")[0] for offer in done.stdout.splitlines()]

        self.assertEqual(complete("llama32med gen"), ["generate"])
        self.assertEqual(complete("llama32med data "), ["check", "import", "phantoms"])
        self.assertEqual(complete("llama32med eval --semantics "), ["hf", "meta"])
        self.assertEqual(complete("llama32med data phantoms --loo"), ["--look"])
        self.assertEqual(complete("llama32med data check --loo"), [])
        self.assertEqual(complete("llama32med train --set model.semantics=h"), ["model.semantics=hf"])


class ManualPage(program.ProgramTest):
    def test_it_names_every_subcommand_and_option(self):
        page = self.folder / "llama32med.1"
        page.write_text(self.succeed("man").out)
        plain = page.read_text().replace("\\-", "-")
        if shutil.which("man"):
            rendered = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True, check=True,
                                      env=dict(os.environ, MANWIDTH="200", LC_ALL="C.UTF-8", MAN_KEEP_FORMATTING=""))
            self.assertEqual(rendered.stderr, "")
            plain = rendered.stdout
        for words in commands():
            self.assertIn(f"llama32med {' '.join(words)}", plain)
            for option in options_in(help_of(*words)):
                self.assertRegex(plain, rf"{option}\b")
        for part in ("EXIT STATUS", "OMP_WAIT_POLICY", "--help-config", "(default: 64)"):
            self.assertIn(part, plain)


if __name__ == "__main__":
    program.main()
