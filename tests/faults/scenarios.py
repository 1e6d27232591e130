"""The commands that write, on inputs so small that a run takes about a second: what to run, and which files must come out."""
import pathlib
import shutil
import sys
import typing
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import program  # noqa: E402  (after its folder is known)
from program import ROOT  # noqa: E402

CONFIG = ROOT / "configs/phantoms.json"


class Scenario(typing.NamedTuple):
    name: str
    arguments: list  # "{out}" stands for the output folder
    results: list    # patterns of files that must have the same bytes whatever happened
    refuses_whole: bool = False  # a repeated command refuses a folder that is complete

    def command(self, out):
        return [str(word).replace("{out}", str(out)) for word in self.arguments]


class Inputs:
    """Model, dataset, adapter and an evaluation, made once in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.model = pathlib.Path(shutil.copytree(ROOT / "configs/phantom_base", folder / "model"))
        self.data = folder / "data"
        self.adapter = folder / "trained/stage1/adapter"
        self.evaluation = folder / "evaluation"
        self._make("data", "phantoms", "--images", 30, "--out", self.data)
        self._make(*self.train(), "--stage", 1, "--out", folder / "trained")
        self._make(*self.eval(), "--out", self.evaluation)

    def _make(self, *arguments):
        result = program.run(*arguments)
        assert result.code == 0, result

    def train(self):
        settings = ["train.max_steps=2", "train.epochs=1", "train.batch_size=4", "train.images_per_pass=4",
                    "train.save_every=1", "validate.split="]
        sets = [f"{stage}.{setting}" for stage in ("stage1", "stage2") for setting in settings]
        sets += [f"stage1.data.folder={self.data}/captions", f"stage2.data.folder={self.data}/vqa", "tune.rank=2",
                 'tune.target_modules=["q_proj"]']  # few tensors: few operations
        return ["train", "--config", CONFIG, "--model", self.model, *_sets(sets)]

    def train_with_caches(self):
        """Frozen vision with its features on disk, 8-bit optimizer states."""
        return [*self.train(), *_sets([f"{stage}.{setting}" for stage in ("stage1", "stage2") for setting in (
            "train.feature_cache.kind=disk", "train.feature_cache.folder={out}/cache", "train.optimizer.states=8bit")]
            + ["tune.vision.train=frozen", "tune.projector.train=frozen"])]

    def eval(self):
        return ["eval", "--config", CONFIG, "--model", self.model, "--data", self.data / "vqa",
                *_sets(["generate.max_new_tokens=4"])]

    def paper_config(self):
        """One experiment: a stage of training and an evaluation."""
        path = self.folder / "paper.json"
        program.write_json(path, {
            "title": "One experiment", "out": "{out}", "data": str(self.data),
            "experiments": [{
                "name": "tuned", "configs": [str(CONFIG)], "stages": [1],
                "set": [a for a in self.train()[5:] if a != "--set"] + [f"model.folder={self.model}"],
                "evaluations": [{"name": "phantoms", "configs": [], "set": [f"data.folder={self.data}/vqa"]}]}]})
        return path


def _sets(settings):
    return [word for setting in settings for word in ("--set", setting)]


TRAINED = ["stage*/adapter/*", "stage*/state/**/*", "stage*/metrics.jsonl", "config.json"]


def scenarios(inputs):
    out = ["--out", "{out}"]
    return {scenario.name: scenario for scenario in (
        Scenario("train", [*inputs.train(), *out], TRAINED),
        Scenario("train-caches", [*inputs.train_with_caches(), *out], TRAINED),
        Scenario("eval", [*inputs.eval(), *out], ["predictions.jsonl", "report.*", "config.json"]),
        Scenario("merge", ["merge", "--model", inputs.model, "--adapter", inputs.adapter, *out], ["**/*"]),
        Scenario("quantize", ["quantize", "--model", inputs.model, *out], ["**/*"]),
        Scenario("init", ["init", "--preset", "tiny", *out], ["**/*"], refuses_whole=True),
        Scenario("paper", ["paper", "--config", inputs.paper_config(), *out],
                 ["**/predictions.jsonl", "**/report.json", "paper.*", "**/adapter/*"]),
        Scenario("phantoms", ["data", "phantoms", "--images", 30, *out], ["**/*"]),
        Scenario("score", ["score", "--predictions", inputs.evaluation / "predictions.jsonl", "--dataset", "slake",
                           "--data", inputs.data / "vqa", *out], ["predictions.jsonl", "report.*"]),
        Scenario("report", ["report", inputs.evaluation, *out], ["report.*"]),
        Scenario("review", ["review", "export", "--run", inputs.evaluation, *out], ["**/*"]),
        Scenario("judge", ["judge", "export", "--run", inputs.evaluation, "--model", "none", *out], ["**/*"]),
        Scenario("data check", ["data", "check", "--dataset", "slake", "--data", inputs.data / "vqa", *out], ["**/*"]),
    )}


class ScenarioTest(unittest.TestCase):
    """Tests over all scenarios, `self.all`, whose inputs are made once per class."""

    @classmethod
    def setUpClass(cls):
        cls.folder = program.temporary_folder()
        cls.inputs = Inputs(cls.folder)
        cls.all = scenarios(cls.inputs)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)
