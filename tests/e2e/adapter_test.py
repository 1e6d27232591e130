"""Adapters in the program: all commands that take one, `merge`, what it rejects and what it writes."""
import shutil

import program
from program import DATA, GOLDEN, IMAGES, TINY, USAGE, tensor
from trace_test import good_inputs

PLAIN, DORA, OLD = (GOLDEN / "tiny/adapters" / name for name in ("plain", "dora", "rslora_names_before_4.52"))
PROJECTOR = "multi_modal_projector.bias"


class AdapterTest(program.ProgramTest):
    def trace(self, *more, model=TINY):
        inputs, outputs = self.folder / "in.safetensors", self.folder / "out.safetensors"
        program.write_safetensors(inputs, good_inputs())
        self.succeed("trace", "--model", model, "--inputs", inputs, "--outputs", outputs, "--dtype", "fp32", *more)
        return program.read_safetensors(outputs)[0]

    def gap(self, one, other):
        return max(abs(a - b) for a, b in zip(one["logits"].numbers(), other["logits"].numbers(), strict=True))

    def copy_adapter(self, source=PLAIN):
        return shutil.copytree(source, self.folder / "adapter")

    def saved_projector(self):
        """An adapter with a projector of its own: the weight of the base, another bias."""
        folder = self.copy_adapter()
        file = folder / "adapter_model.safetensors"
        tensors, metadata = program.read_safetensors(file)
        tensors["base_model.model.model." + PROJECTOR] = tensor("F32", [48], [0.25] * 48)
        weight = PROJECTOR.replace("bias", "weight")
        tensors["base_model.model.model." + weight] = program.read_safetensors(TINY / "model.safetensors")[0][weight]
        program.write_safetensors(file, tensors, metadata)
        program.edit_json(folder / "adapter_config.json", lambda c: c.update(modules_to_save=["multi_modal_projector"]))
        return folder


class Use(AdapterTest):
    def test_it_changes_the_answer(self):
        ask = ("generate", "--model", TINY, "--image", IMAGES / "grey8_61x45.png", "--prompt", "What is this?",
               "--max-new-tokens", 4)
        self.assertNotEqual(self.answer(*ask)["log_probability"], self.answer(*ask, "--adapter", PLAIN)["log_probability"])
        self.assertGreater(self.gap(self.trace(), self.trace("--adapter", PLAIN)), 0.01)

    def test_gradients_of_its_factors(self):
        out = self.trace("--adapter", DORA, "--gradients", "adapters")
        module = "grad.language_model.model.layers.0.self_attn.q_proj."
        gradients = {name for name in out if name.startswith("grad.")}
        self.assertEqual(len(gradients), 18)
        self.assertLessEqual({module + name for name in ("lora_A.weight", "lora_B.weight", "lora_magnitude_vector")}, gradients)
        everything = self.trace("--adapter", DORA, "--gradients", "all")
        weights, _ = program.read_safetensors(TINY / "model.safetensors")
        self.assertEqual({n for n in everything if n.startswith("grad.")}, gradients | {"grad." + name for name in weights})
        self.assertTrue(any(out[module + "lora_B.weight"].numbers()))

    def test_inspect_counts_by_part(self):
        shown = self.answer("inspect", OLD)
        self.assertEqual((shown["rank"], shown["alpha"], shown["rslora"], shown["parameters"]), (4, 8, True, 6080))
        self.assertEqual({part: counts["modules"] for part, counts in shown["parts"].items()},
                         {"text": 4, "cross_attention": 2, "projector": 1, "vision": 10})
        self.assertIn("target_modules", self.succeed("inspect", OLD).out)

    def test_an_evaluation_is_of_its_adapter(self):
        adapter, out = self.copy_adapter(), self.folder / "eval"
        ask = ("eval", "--model", TINY, "--adapter", adapter, "--dataset", "vqa_rad", "--data", program.VQA_RAD, "--split",
               "test", "--limit", 1, "--max-new-tokens", 2, "--out", out, "--quiet")
        self.succeed(*ask)
        self.assertEqual(len(program.read_json(out / "config.json")["adapter_sha256"]), 64)
        self.assertIn(str(adapter), (out / "report.md").read_text())
        program.edit_json(adapter / "adapter_config.json", lambda c: c.update(lora_alpha=9))
        self.refuse(USAGE, ["adapter_sha256"], *ask)

    def test_whole_tensors_take_the_place_of_the_base(self):
        folder = self.saved_projector()
        self.assertGreater(self.gap(self.trace("--adapter", PLAIN), self.trace("--adapter", folder)), 0.01)

    def edit_tensors(self, folder, change):
        file = folder / "adapter_model.safetensors"
        tensors, metadata = program.read_safetensors(file)
        change(tensors)
        program.write_safetensors(file, tensors, metadata)

    def test_half_an_adapter(self):
        folder, inputs = self.copy_adapter(), self.folder / "in.safetensors"
        self.edit_tensors(folder, lambda tensors: [tensors.pop(name) for name in list(tensors) if "vision_model" in name])
        program.write_safetensors(inputs, good_inputs())
        for ask in (("generate", "--prompt", "x"), ("trace", "--inputs", inputs, "--outputs", self.folder / "o"),
                    ("merge", "--out", self.folder / "merged")):
            self.refuse(DATA, ["incomplete", "30 parts are missing", "vision_model"], ask[0], "--model", TINY, "--adapter", folder, *ask[1:])
        self.assertFalse((self.folder / "merged").exists())

    def test_nonfinite_logits(self):
        folder = self.copy_adapter()

        def spoil(tensors):
            name = next(name for name in tensors if name.endswith("layers.0.mlp.up_proj.lora_B.weight"))
            numbers = list(tensors[name].numbers())
            tensors[name] = tensor("F32", tensors[name].shape, [float("nan")] + numbers[1:])
        self.edit_tensors(folder, spoil)
        requests = self.folder / "requests.jsonl"
        requests.write_text('{"prompt": "Bent?"}\n')
        for ask, part in ((("--prompt", "x"), "the prompt"), (("--prompt", "x", "--choices", "yes,no"), "the prompt"),
                          (("--requests", requests), "requests.jsonl:1"), (("--prompt", "x", "--temperature", 1), "the prompt")):
            self.refuse(DATA, ["non-finite", part], "generate", "--model", TINY, "--adapter", folder, *ask)
        self.refuse(DATA, ["non-finite", 'record "'], "eval", "--model", TINY, "--adapter", folder, "--dataset", "vqa_rad", "--data",
                    program.VQA_RAD, "--split", "test", "--limit", 1, "--max-new-tokens", 2, "--out", self.folder / "eval", "--quiet")

    def test_broken_folders(self):
        def ask(adapter):
            return ("generate", "--model", TINY, "--adapter", adapter, "--prompt", "x")
        self.refuse(DATA, ["absent", "not a folder"], *ask(self.folder / "absent"))
        self.refuse(DATA, ["adapter_config.json", "--model"], *ask(TINY))
        self.refuse(DATA, ["is an adapter", "--adapter"], "generate", "--model", PLAIN, "--prompt", "x")
        folder = self.copy_adapter()
        program.edit_json(folder / "adapter_config.json", lambda c: c.update(r=8))
        self.refuse(DATA, ["rank 4", "has rank 8"], *ask(folder))
        program.edit_json(folder / "adapter_config.json", lambda c: c.update(r=4, bias="all"))
        self.refuse(DATA, ["bias", "all"], *ask(folder))
        program.edit_json(folder / "adapter_config.json", lambda c: c.update(bias="none"))
        (folder / "adapter_model.safetensors").write_bytes(b"")
        self.refuse(DATA, ["adapter_model.safetensors"], *ask(folder))
        inputs = self.folder / "in.safetensors"
        program.write_safetensors(inputs, good_inputs())
        self.refuse(USAGE, ["--adapter"], "trace", "--model", TINY, "--inputs", inputs, "--outputs", self.folder / "o",
                    "--gradients", "adapters")


class Merge(AdapterTest):
    def merge(self, *more, model=TINY, adapter=PLAIN, out=None):
        return ("merge", "--model", model, "--adapter", adapter, "--out", out or self.folder / "merged", "--quiet", *more)

    def test_it_is_a_plain_model_of_the_same_logits(self):
        for adapter in (PLAIN, DORA, OLD, self.saved_projector()):
            with self.subTest(adapter=adapter.name):
                self.succeed(*self.merge(adapter=adapter))
                merged = self.folder / "merged"
                self.assertLess(self.gap(self.trace("--adapter", adapter), self.trace(model=merged)), 2e-5)
                names = {path.name for path in TINY.iterdir()}
                self.assertEqual({path.name for path in merged.iterdir()}, names | {"merge.json"})
                for name in names - {"model.safetensors"}:
                    self.assertEqual((merged / name).read_bytes(), (TINY / name).read_bytes(), name)
        self.assertFalse((self.folder / "merged.draft").exists())

    def test_shards_and_index_stay(self):
        model = self.folder / "model"
        self.succeed("init", "--preset", "tiny", "--shards", 3, "--out", model)
        self.succeed(*self.merge(model=model))
        merged = self.folder / "merged"
        before, after = (program.read_json(f / "model.safetensors.index.json") for f in (model, merged))
        self.assertEqual(before, after)
        for file in set(after["weight_map"].values()):
            old, new = (program.read_safetensors(f / file)[0] for f in (model, merged))
            self.assertEqual(list(old), list(new))
            kept = [name for name in old if "layernorm" in name]
            self.assertEqual([old[name].data for name in kept], [new[name].data for name in kept])

    def test_another_dtype(self):
        result = self.answer(*self.merge("--dtype", "bf16"))
        self.assertEqual(result["dtype"], "bf16")
        self.assertLessEqual(result["largest_difference"], result["tolerance"])
        merged = self.folder / "merged"
        self.assertEqual(program.read_json(merged / "config.json")["torch_dtype"], "bfloat16")
        self.assertEqual({t.dtype for t in program.read_safetensors(merged / "model.safetensors")[0].values()}, {"BF16"})
        self.refuse(USAGE, ["fp64"], *self.merge("--dtype", "fp64"))

    def test_only_its_own_folder_is_written_over(self):
        out = self.folder / "merged"
        out.mkdir()
        (out / "thesis.txt").write_text("precious")
        self.refuse(USAGE, ["merged", "choose a new folder"], *self.merge())
        self.assertEqual((out / "thesis.txt").read_text(), "precious")
        self.refuse(USAGE, ["choose another"], *self.merge(out=TINY))
        (out / "thesis.txt").unlink()
        self.succeed(*self.merge())
        self.succeed(*self.merge(adapter=DORA))
        self.assertEqual(program.read_json(out / "merge.json")["modules"], 6)

    def test_a_result_that_differs_is_thrown_away(self):
        """With NaN in a factor, no difference is small enough."""
        folder = self.copy_adapter()
        file = folder / "adapter_model.safetensors"
        tensors, metadata = program.read_safetensors(file)
        name = next(name for name in tensors if name.endswith("layers.0.mlp.up_proj.lora_B.weight"))
        numbers = list(tensors[name].numbers())
        numbers[0] = float("nan")
        tensors[name] = tensor("F32", tensors[name].shape, numbers)
        program.write_safetensors(file, tensors, metadata)
        self.refuse(DATA, ["differ", "fp32"], *self.merge(adapter=folder))
        self.assertFalse((self.folder / "merged").exists() or (self.folder / "merged.draft").exists())

    def test_adapters_of_other_models_and_quantized_bases(self):
        other = self.folder / "other"
        self.succeed("init", "--preset", "small", "--out", other)
        self.refuse(DATA, ["adapters/plain", "other"], *self.merge(model=other))
        model = self.copy_model()
        program.edit_json(model / "config.json", lambda c: c.update(quantization_config={"load_in_4bit": True}))
        self.refuse(DATA, ["quantized", "4 bits"], *self.merge(model=model))
        self.refuse(USAGE, ["--adapter"], "merge", "--model", TINY, "--out", self.folder / "merged")


if __name__ == "__main__":
    program.main()
