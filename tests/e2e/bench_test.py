"""`bench`: the parts that are asked for, and only those."""
import program
from program import TINY, USAGE

SHAPE = ("--shape", "tiny", "--random-weights")
QUICK = ("--repeats", 1, "--device", "cpu", "--threads", 1)


class Parts(program.ProgramTest):
    def bench(self, *arguments):
        return self.answer("bench", *arguments, *QUICK)

    def test_chosen_parts_only(self):
        result = self.bench(*SHAPE, "--what", "decode,qlora")
        self.assertEqual([(row["weights"], row["rows"]) for row in result["decode"]], [("fp32", 1), ("fp32", 11), ("fp32", 33)])
        self.assertEqual([(row["method"], row["questions"]) for row in result["steps"]], [("QLoRA", 1), ("QLoRA", 10)])
        self.assertFalse({"images", "prefill", "token"} & result.keys())
        for row in result["steps"]:
            self.assertNotIn("nonfinite", row)
            self.assertGreater(row["planned_mib"], 0)
            self.assertGreater(row["step"]["median_ms"], 0)
        self.refuse(USAGE, ["--what", '"training"', "qlora"], "bench", *SHAPE, "--what", "training")

    def test_all_parts_of_a_folder_and_no_weights_twice(self):
        result = self.bench("--model", TINY)
        self.assertEqual([row["weights"] for row in result["decode"]], ["fp32"] * 3 + ["nf4"] * 3)
        self.assertEqual([row["method"] for row in result["steps"]], ["LoRA"] * 2 + ["QLoRA"] * 2)
        self.assertNotIn("gpu", result["environment"])
        quantized = self.bench("--model", TINY, "--set", "model.quantize.weights=nf4")
        self.assertEqual([row["weights"] for row in quantized["decode"]], ["nf4"] * 3)
        self.assertEqual([row["method"] for row in quantized["steps"]], ["QLoRA"] * 2)

    def test_training_follows_the_config(self):
        kept = self.bench(*SHAPE, "--what", "lora")["steps"]
        changed = self.bench(*SHAPE, "--what", "lora", "--set", "tune.rank=4", "--set", "train.optimizer.states=8bit",
                             "--set", "model.text_activations=recompute", "--set", "model.vision_activations=recompute")["steps"]
        for before, after in zip(kept, changed):
            self.assertLess(after["planned_mib"], before["planned_mib"])
        self.refuse(USAGE, ["tune.text.train", "full"], "bench", *SHAPE, "--what", "lora", "--set", "tune.text.train=full", *QUICK)


if __name__ == "__main__":
    program.main()
