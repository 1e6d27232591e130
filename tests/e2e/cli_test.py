"""The command line: help, versions, and the errors for mistyped commands, options, values and configs."""
import json
import os
import re

import program
from program import DATA, RESOURCE, TINY, USAGE, VQA_RAD

COMMANDS = ("init", "generate", "eval", "data", "trace", "inspect")
QUESTION = ("generate", "--model", TINY, "--prompt", "Is it?")
ASK = (*QUESTION, "--max-new-tokens", 2)


class Help(program.ProgramTest):
    def test_every_subcommand_shows_an_example(self):
        overview = self.succeed("--help").out
        commands = re.findall(r"^  ([a-z]+) +\S", overview[overview.lower().index("subcommands:"):], re.MULTILINE)
        self.assertLessEqual(set(COMMANDS), set(commands))
        for command in commands:
            text = self.succeed(command, "--help").out
            self.assertRegex(text, rf"Example:\n(  .*\n)*  llama32med {command} ")
            self.assertIn("--", text)

    def test_options_show_type_and_default_of_their_config_field(self):
        text = re.sub(r"\s+", " ", self.succeed("generate", "--help").out)
        self.assertRegex(text, r"--semantics \{meta,hf\} [^-]*\(default: meta\)")
        self.assertRegex(text, r"--max-new-tokens INT maximum length of an answer, in tokens \(default: 64\)")
        self.assertRegex(text, r"--model DIR ")
        self.assertRegex(text, r"--image FILE \.\.\. ")
        text = re.sub(r"\s+", " ", self.succeed("eval", "--help").out)
        self.assertRegex(text, r"--protocol TEXT,\.\.\. [^(]*\(known: paper, [^)]*\) \(default: paper,strict-em\)")
        self.assertRegex(text, r"--image-gain \{normal,shuffled,blank,none\},\.\.\. ")

    def test_help_config_lists_stages_once(self):
        text = self.succeed("--help-config").out
        self.assertIn("| `train.epochs` | `INT` | `3` | number of passes over the training data |", text)
        self.assertIn("`stage1.start`", text)
        self.assertNotIn("`stage1.train.epochs`", text)
        self.assertLess(len(text.splitlines()), 150)

    def test_version(self):
        self.assertRegex(self.succeed("--version").out, r"^llama32med \d+\.\d+\.\d+\n$")


class Usage(program.ProgramTest):
    def test_subcommands(self):
        self.refuse(USAGE, ["no subcommand", *COMMANDS])
        self.refuse(USAGE, ['"genrate"', 'did you mean "generate"?', *COMMANDS], "genrate", "--model", TINY)
        self.refuse(USAGE, ['"evla"', 'did you mean "eval"?'], "--json", "evla")

    def test_options(self):
        self.refuse(USAGE, ["--modle", 'did you mean "--model"?'], "generate", "--modle", TINY)
        self.refuse(USAGE, ["--modle", 'did you mean "--model"?'], "generate", f"--modle={TINY}")
        self.refuse(USAGE, ["--versio", 'did you mean "--version"?'], "--versio")
        self.refuse(USAGE, ["--jsn", 'did you mean "--json"?'], "--jsn", "eval")
        self.refuse(USAGE, ["--sead", 'did you mean "--seed"?'], *ASK, "--sead", 3)
        self.refuse(USAGE, ["--max-new-tokens"], "generate", "--max-new-tokens")
        self.refuse(USAGE, ["--max-new-tokens", "2"], *ASK, "--max-new-tokens", 3)
        self.refuse(USAGE, ['"extra"'], *ASK, "extra")

    def test_values(self):
        self.refuse(USAGE, ['"tinny"', 'did you mean "tiny"?'], "init", "--preset", "tinny", "--out", self.folder / "m")
        self.refuse(USAGE, ['"metta"', 'did you mean "meta"?'], *ASK, "--semantics", "metta")
        self.refuse(USAGE, ['"fp31"', 'did you mean "fp32"?'], *ASK, "--dtype", "fp31")
        self.refuse(USAGE, ['"cpuu"', 'did you mean "cpu"?'], *ASK, "--device", "cpuu")
        self.refuse(USAGE, ['"cuda:x"'], *ASK, "--device", "cuda:x")
        self.refuse(USAGE, ["loud", "debug, info, warn, error or off"], *ASK, "--log-level", "loud")
        self.refuse(USAGE, ['"x"', "max_new_tokens"], *QUESTION, "--max-new-tokens", "x")
        self.refuse(USAGE, ["temperature", "-1"], *ASK, "--temperature", -1)
        self.refuse(USAGE, ['"papr"', 'did you mean "paper"?'], "eval", "--model", TINY, "--dataset", "vqa_rad", "--data",
                    VQA_RAD, "--out", self.folder / "e", "--protocol", "papr")
        self.refuse(USAGE, ['"al"', 'did you mean "all"?'], "trace", "--model", TINY, "--inputs", "a", "--outputs", "b",
                    "--gradients", "al")
        self.refuse(USAGE, ['"chek"', 'did you mean "check"?'], "data", "chek")
        self.refuse(USAGE, ["data check"], "data")

    def test_init_leaves_nothing_where_it_refuses(self):
        out = self.folder / "m"
        init = ("init", "--preset", "tiny", "--out", out)
        self.refuse(USAGE, ["shards", "-1", "144"], *init, "--shards", -1)
        self.refuse(USAGE, ["shards", "145", "144"], *init, "--shards", 145)
        self.refuse(USAGE, ["tokenizer.json", "tokenizer.model"], *init, "--tokenizer", TINY / "tokenizer.json")
        self.assertFalse(out.exists())

    def test_what_a_subcommand_cannot_do_without(self):
        self.refuse(USAGE, ["--model"], "generate", "--prompt", "Is it?")
        self.refuse(USAGE, ["--prompt"], "generate", "--model", TINY)
        self.refuse(USAGE, ["--out"], "init", "--preset", "tiny")
        self.refuse(USAGE, ["--preset"], "init", "--out", self.folder / "m")
        self.refuse(USAGE, ["--out"], "eval", "--model", TINY, "--dataset", "vqa_rad", "--data", VQA_RAD)
        self.refuse(USAGE, ["--dataset"], "eval", "--model", TINY, "--data", VQA_RAD, "--out", self.folder / "e")
        self.refuse(USAGE, ["--data"], "eval", "--model", TINY, "--dataset", "vqa_rad", "--out", self.folder / "e")
        self.refuse(USAGE, ["--inputs"], "trace", "--model", TINY)
        self.refuse(USAGE, ["--dataset"], "data", "check")
        self.refuse(USAGE, ["folder"], "inspect")

    def test_common_options_stand_before_or_behind_the_subcommand(self):
        behind = self.succeed(*ASK, "--json", "--dtype", "fp32", "--seed", 3, "--quiet").out
        before = self.succeed("--json", "--dtype", "fp32", "--seed", 3, "--quiet", *ASK).out
        self.assertEqual(behind, before)
        self.assertIn("ids", json.loads(before))


class Config(program.ProgramTest):
    def write(self, text):
        path = self.folder / "run.json"
        path.write_text(text)
        return path

    def test_a_file_with_comments_then_options_then_set(self):
        config = self.write("""{
          // which model
          "model": {"folder": "%s"},
          "generate": {"max_new_tokens": 5, "exact_length": true /* never stop */}
        }""" % TINY)
        ask = ("generate", "--config", config, "--prompt", "Is it?")
        self.assertEqual(len(self.answer(*ask)["ids"]), 5)
        self.assertEqual(len(self.answer(*ask, "--max-new-tokens", 4)["ids"]), 4)
        self.assertEqual(len(self.answer(*ask, "--set", "generate.max_new_tokens=3", "--max-new-tokens", 4)["ids"]), 3)

    def test_all_problems_at_once(self):
        config = self.write('{"modle": {}, "generate": {"seed": "x", "sampler": {"top_p": 7}}, "model": 5}')
        self.refuse(USAGE, [config, 'modle: unknown key (did you mean "model"?)', "generate.seed", '"x"',
                            "generate.sampler.top_p", "7", "runtime.dtype", '"fp31"', "model: must be an object", "data.limt"],
                    *ASK, "--config", config, "--dtype", "fp31", "--set", "data.limt=3")

    def test_set(self):
        self.refuse(USAGE, ["generate.sed", 'did you mean "generate.seed"?'], *ASK, "--set", "generate.sed=3")
        self.refuse(USAGE, ["modle", 'did you mean "model"?'], *ASK, "--set", "modle.folder=3")
        self.refuse(USAGE, ["generate: must be an object", "3"], *ASK, "--set", "generate=3")
        self.refuse(USAGE, ["generate.seed"], *ASK, "--set", "generate.seed.x=3")
        self.refuse(USAGE, ["generate.seed", "section.name=value"], *ASK, "--set", "generate.seed")
        self.refuse(USAGE, ["=3"], *ASK, "--set", "=3")

    def test_a_config_that_cannot_be_read(self):
        self.refuse(USAGE, ["none.json", "No such file"], *ASK, "--config", self.folder / "none.json")
        self.refuse(USAGE, ["run.json:2", "not valid JSON"], *ASK, "--config", self.write('{"model":\n }'))
        self.refuse(USAGE, ["run.json", "object"], *ASK, "--config", self.write("[1]"))
        self.refuse(USAGE, ["is a folder"], *ASK, "--config", self.folder)
        self.refuse(RESOURCE, ["/proc/self/mem", "Input/output error"], *ASK, "--config", "/proc/self/mem")

    def test_pipes_and_devices_are_refused_by_name(self):
        pipe, model = self.folder / "pipe", self.copy_model()
        os.mkfifo(pipe)
        self.refuse(USAGE, [pipe, "is a named pipe"], *ASK, "--config", pipe)
        self.refuse(USAGE, ["/dev/zero", "is a device"], *ASK, "--config", "/dev/zero")
        self.refuse(DATA, [pipe, "is a named pipe"], "generate", "--model", model, "--image", pipe, "--prompt", "Is it?")
        for name in ("preprocessor_config.json", "tokenizer.model", "model.safetensors", "config.json"):
            (model / name).unlink()
            (model / name).symlink_to(pipe)
            self.refuse(DATA, [name, "is a named pipe"], "generate", "--model", model, "--prompt", "Is it?")

    def test_a_tokenizer_that_the_machine_cannot_read(self):
        model = self.copy_model()
        (model / "tokenizer.model").unlink()
        (model / "tokenizer.model").symlink_to("/proc/self/mem")
        self.refuse(RESOURCE, ["tokenizer.model", "Input/output error"], "generate", "--model", model, "--prompt", "Is it?")


class Folders(program.ProgramTest):
    def test_models(self):
        nowhere = self.folder / "nowhere"
        self.refuse(DATA, [nowhere], "generate", "--model", nowhere, "--prompt", "Is it?")
        self.refuse(DATA, [nowhere], "eval", "--model", nowhere, "--dataset", "vqa_rad", "--data", VQA_RAD, "--out",
                    self.folder / "e")
        self.refuse(DATA, [nowhere], "inspect", nowhere)
        self.refuse(DATA, ["config.json"], "generate", "--model", self.folder, "--prompt", "Is it?")
        self.refuse(DATA, ["config.json", "folder"], "generate", "--model", TINY / "config.json", "--prompt", "Is it?")

    def test_datasets(self):
        nowhere = self.folder / "nowhere"
        evaluate = ("eval", "--model", TINY, "--out", self.folder / "e", "--dataset")
        self.refuse(DATA, [nowhere, "VQA_RAD Dataset Public.json"], *evaluate, "vqa_rad", "--data", nowhere)
        self.refuse(DATA, [self.folder, "VQA_RAD Dataset Public.json"], *evaluate, "vqa_rad", "--data", self.folder)
        self.refuse(USAGE, ['"vqarad"', 'did you mean "vqa_rad"?'], *evaluate, "vqarad", "--data", VQA_RAD)
        self.refuse(USAGE, ['"tset"', 'did you mean "test"?'], *evaluate, "vqa_rad", "--data", VQA_RAD, "--split", "tset")
        self.refuse(DATA, [nowhere], "data", "check", "--dataset", "slake", "--data", nowhere)
        self.assertFalse((self.folder / "e").exists(), "a run that did not start must not leave a folder")


if __name__ == "__main__":
    program.main()
