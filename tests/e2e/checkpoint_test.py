"""Model folders that are broken in all kinds of ways: exit 3 and one line that names the file and the tensor or key."""
import struct

import program
from program import DATA, IMAGES, TINY, Tensor

WEIGHTS = "model.safetensors"
NORM = "language_model.model.norm.weight"
HEAD = "language_model.lm_head.weight"


class CheckpointTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.model = self.copy_model()
        self.weights = self.model / WEIGHTS

    def ask(self):
        return ("generate", "--model", self.model, "--image", IMAGES / "rgb_57x56.png", "--prompt", "Is it?",
                "--max-new-tokens", 2)

    def refused(self, *parts):
        return self.refuse(DATA, parts, *self.ask())


class Files(CheckpointTest):
    def test_the_copy_answers(self):
        self.succeed(*self.ask())

    def test_truncated(self):
        whole = self.weights.read_bytes()
        for size, part in ((len(whole) - 1000, "truncated"), (len(whole) // 2, "truncated"), (100, "truncated"),
                           (8, "truncated"), (3, "truncated"), (0, "truncated")):
            with self.subTest(size=size):
                self.weights.write_bytes(whole[:size])
                self.refused(self.weights, part)

    def test_more_bytes_than_tensors(self):
        self.weights.write_bytes(self.weights.read_bytes() + b"12345")
        self.refused(self.weights, "5 extra bytes")

    def test_header_length(self):
        body = self.weights.read_bytes()[8:]
        for length in (0, 1 << 27, (1 << 64) - 1, 1 << 63, 50):
            with self.subTest(length=length):
                self.weights.write_bytes(struct.pack("<Q", length) + body)
                self.refused(self.weights, "header")

    def test_header_of_something_else(self):
        for text in (b"[1]", b"{}", b'{"a": 3}', b'{"a": {"dtype": "F32"}}', b"{" * 5000, b'{"a": {"dtype": "F9", "shape": [], '
                     b'"data_offsets": [0, 0]}}', b'{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}', b"\xff\xfe"):
            with self.subTest(text=text[:40]):
                self.weights.write_bytes(struct.pack("<Q", len(text)) + text)
                self.refused(self.model)
        self.weights.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
        self.refused(self.weights, "git lfs pull")

    def edit_entry(self, name, **changes):
        raw = self.weights.read_bytes()
        (length,) = struct.unpack("<Q", raw[:8])
        header = program.json.loads(raw[8:8 + length])
        header[name].update(changes)
        program.write_raw_safetensors(self.weights, header, raw[8 + length:])

    def test_overlapping_ranges(self):
        tensors, _ = program.read_safetensors(self.weights)
        size = len(tensors[NORM].data)
        self.edit_entry(NORM, data_offsets=[0, size])
        self.refused(self.weights, NORM, "share bytes")

    def test_a_range_that_does_not_fit_the_shape(self):
        self.edit_entry(NORM, shape=[49])
        self.refused(self.weights, NORM, "[49]")
        self.edit_entry(NORM, shape=[1 << 62, 1 << 62])
        self.refused(self.weights, NORM)

    def test_pickle_only(self):
        self.weights.rename(self.model / "pytorch_model.bin")
        self.refused(self.model, "pytorch_model.bin", "pickle", "safetensors")

    def test_no_weights(self):
        self.weights.unlink()
        self.refused(self.model, WEIGHTS)
        self.weights.mkdir()
        self.refused(self.weights, "folder")


class Tensors(CheckpointTest):
    def edit(self, change):
        tensors, metadata = program.read_safetensors(TINY / WEIGHTS)
        change(tensors)
        program.write_safetensors(self.weights, tensors, metadata)

    def test_the_writer_changes_nothing(self):
        before = self.answer(*self.ask())
        self.edit(lambda tensors: None)
        self.assertEqual(self.answer(*self.ask()), before)

    def test_missing(self):
        self.edit(lambda tensors: tensors.pop(NORM))
        self.refused(self.model, f'no tensor "{NORM}"')

    def test_unexpected(self):
        def add(tensors):
            tensors["language_model.model.layers.9.mlp.up_proj.weight"] = program.full("F32", [2, 2], 0)
        self.edit(add)
        self.refused(self.model, "language_model.model.layers.9.mlp.up_proj.weight", "config.json")

    def test_renamed(self):
        self.edit(lambda tensors: tensors.update({NORM + "s": tensors.pop(NORM)}))
        self.refused(self.model, f'no tensor "{NORM}"', f'did you mean "{NORM}s"?')

    def test_two_names_of_one_tensor(self):
        self.edit(lambda tensors: tensors.update({"model.language_model.norm.weight": tensors[NORM]}))
        self.refused(self.model, NORM, "model.language_model.norm.weight")

    def test_wrong_shape(self):
        def turn(tensors):
            dtype, shape, data = tensors[HEAD]
            tensors[HEAD] = Tensor(dtype, shape[::-1], data)
        self.edit(turn)
        self.refused(self.model, HEAD, "[48, 512]", "[512, 48]")

    def test_whole_numbers_where_fractions_belong(self):
        for dtype in ("I64", "I32", "U8"):
            with self.subTest(dtype=dtype):
                self.edit(lambda tensors: tensors.update({NORM: program.full(dtype, [48], 1)}))
                self.refused(self.model, NORM, "floating-point")


class Shards(CheckpointTest):
    def setUp(self):
        super().setUp()
        tensors, _ = program.read_safetensors(self.weights)
        names = sorted(tensors)
        self.files = {"model-00001-of-00002.safetensors": names[:50], "model-00002-of-00002.safetensors": names[50:]}
        for file, part in self.files.items():
            program.write_safetensors(self.model / file, {name: tensors[name] for name in part})
        self.weights.unlink()
        self.index = self.model / "model.safetensors.index.json"
        program.write_json(self.index, {"metadata": {}, "weight_map": {name: file for file, part in self.files.items()
                                                                       for name in part}})

    def test_they_answer(self):
        self.succeed(*self.ask())

    def test_missing_shard(self):
        (self.model / "model-00002-of-00002.safetensors").unlink()
        self.refused(self.model, "1 of 2 weight files are missing", "model-00002-of-00002.safetensors")

    def test_an_index_of_another_checkpoint(self):
        program.edit_json(self.index, lambda index: index["weight_map"].pop(NORM))
        self.refused(self.model, NORM, "not listed", "index.json")
        program.edit_json(self.index, lambda index: index["weight_map"].update({NORM: "model-00002-of-00002.safetensors",
                                                                                "more": "model-00001-of-00002.safetensors"}))
        self.refused(self.model, "index.json")

    def test_an_index_that_is_none(self):
        for text in ("{}", "[]", "{", '{"weight_map": 3}', '{"weight_map": {"a": 3}}', '{"weight_map": {"a": "../../x.safetensors"}}'):
            with self.subTest(text=text):
                self.index.write_text(text)
                self.refused(self.index)


class Config(CheckpointTest):
    def changed(self, section, key, value, *parts):
        with self.subTest(section=section, key=key, value=value):
            program.write_json(self.model / "config.json", program.read_json(TINY / "config.json"))

            def change(config):
                place = config[section] if section else config
                if value is None:
                    del place[key]
                else:
                    place[key] = value
            program.edit_json(self.model / "config.json", change)
            self.refused(self.model, *parts)

    def test_model_type(self):
        for value in ("llava", 3, None, ["mllama"]):
            self.changed(None, "model_type", value, "config.json", "model_type")
        self.changed(None, "model_type", "llava", '"llava"', "mllama")

    def test_missing_keys(self):
        for key in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "cross_attention_layers",
                    "intermediate_size"):
            self.changed("text_config", key, None, "config.json", "text_config", f'"{key}"')
        for key in ("hidden_size", "image_size", "patch_size", "max_num_tiles", "num_global_layers",
                    "intermediate_layers_indices", "supported_aspect_ratios"):
            self.changed("vision_config", key, None, "config.json", "vision_config", f'"{key}"')
        for key in ("text_config", "vision_config"):
            self.changed(None, key, None, "config.json", f'"{key}"')

    def test_stop_tokens(self):
        """Those of config.json and generation_config.json together, as long as they are tokens."""
        stops = program.read_json(TINY / "generation_config.json")["eos_token_id"]
        question = [*self.ask()[:-1], 40, "--temperature", 5, "--seed", 1]
        expected = self.answer(*question)
        for value in (None, [], stops[0], stops):
            program.edit_json(self.model / "config.json", lambda c: c["text_config"].update(eos_token_id=value))
            self.assertEqual(self.answer(*question), expected, value)
        program.edit_json(self.model / "generation_config.json", lambda c: c.update(eos_token_id=[*stops, 512]))
        self.refused("generation_config.json", "eos_token_id", "from 0 to 511")
        (self.model / "generation_config.json").unlink()
        for value, part in ((None, "missing"), ([], "empty"), ([512], "from 0 to 511")):
            self.changed("text_config", "eos_token_id", value, "config.json", '"eos_token_id"', part)

    def test_any_pad_token(self):
        """What stands in padding is masked: -1, as in Meta's tokenizer, answers like any other."""
        requests = self.folder / "requests.jsonl"
        requests.write_text('{"prompt": "Bent?"}\n{"prompt": "Is the fifth rib bent?"}\n')
        ask = ("generate", "--model", self.model, "--requests", requests, "--max-new-tokens", 4)
        expected = self.succeed(*ask).out
        for pad in (-1, None, 519, 512, 0):
            with self.subTest(pad=pad):
                program.edit_json(self.model / "config.json", lambda c: c["text_config"].update(pad_token_id=pad))
                self.assertEqual(self.succeed(*ask).out, expected)
        for pad in ("x", 9999, -2):
            self.changed("text_config", "pad_token_id", pad, "config.json", '"pad_token_id"', "from -1 to 519")

    def test_wrong_sizes(self):
        self.changed("text_config", "vocab_size", 511, "embed_tokens", "[520, 48]", "[519, 48]")
        self.changed("text_config", "num_hidden_layers", 7, "layers.6")
        self.changed("text_config", "num_hidden_layers", 5, "tensor", "layers.5")
        self.changed("text_config", "hidden_size", 47, "config.json", "47")
        self.changed("text_config", "hidden_size", -4, "config.json", '"hidden_size"', "-4")
        self.changed("text_config", "hidden_size", "48", "config.json", '"hidden_size"', '"48"')
        self.changed("text_config", "hidden_size", 1 << 62, "config.json", '"hidden_size"')
        self.changed("text_config", "num_key_value_heads", 5, "config.json", "num_key_value_heads 5")
        self.changed("text_config", "cross_attention_layers", [99], "config.json", '"cross_attention_layers"', "99")
        self.changed("text_config", "cross_attention_layers", [0], "tensor")
        self.changed("text_config", "cross_attention_layers", "x", "config.json", '"cross_attention_layers"')
        self.changed("text_config", "rope_scaling", {"rope_type": "yarn"}, "config.json", "rope_scaling", "yarn")
        self.changed("text_config", "rope_scaling", 3, "config.json", "rope_scaling")
        self.changed("text_config", "hidden_act", "relu", "config.json", '"hidden_act"', "relu")
        self.changed("vision_config", "patch_size", 15, "config.json", "patch_size 15")
        self.changed("vision_config", "max_num_tiles", 3, "config.json", "3")
        self.changed("vision_config", "supported_aspect_ratios", [[1, 1], [9, 9]], "config.json", "9 x 9")
        for ratios in ([1, 2], [[1]], "x", [["a", 1]], [[]], 5):
            self.changed("vision_config", "supported_aspect_ratios", ratios, "config.json", '"supported_aspect_ratios"')
        self.changed("vision_config", "supported_aspect_ratios", [[1, 1]], "tile")
        self.changed("vision_config", "intermediate_layers_indices", [0, 0], "config.json", '"intermediate_layers_indices"')
        self.changed(None, "image_token_index", 9999, "config.json", '"image_token_index"', "9999")

    def test_no_config(self):
        for text in ("", "{", "[]", "3", "null", "\0\0"):
            with self.subTest(text=text):
                (self.model / "config.json").write_text(text)
                self.refused(self.model / "config.json")
        (self.model / "config.json").unlink()
        self.refused(self.model, "no config.json")
        (self.model / "params.json").write_text("{}")
        self.refused("Meta's original layout", "Hugging Face")


class Companions(CheckpointTest):
    """Tokenizer and preprocessor must exist and match the model."""

    def test_tokenizer(self):
        (self.model / "tokenizer.model").unlink()
        self.succeed(*self.ask())  # tokenizer.json will do too
        file = self.model / "tokenizer.json"
        text = file.read_text(encoding="utf-8")
        for broken in ("", "{}", '{"model": 3}', "not a tokenizer", text[:len(text) // 2], text.replace("<|image|>", "<|picture|>")):
            with self.subTest(text=broken[:40]):
                file.write_text(broken, encoding="utf-8")
                self.refused(file)
        file.unlink()
        self.refused(self.model, "no tokenizer.model and no tokenizer.json")

    def test_a_tokenizer_of_another_size(self):
        ranks = (self.model / "tokenizer.model").read_bytes().rstrip() + b"\n"
        (self.model / "tokenizer.model").write_bytes(ranks + b"aXM= 256\naXQ= 257\n")  # "is", "it"
        self.refused("tokenizer.model", "<|image|>", "514", "512", "config.json")

    def test_preprocessor(self):
        file = self.model / "preprocessor_config.json"
        good = program.read_json(file)
        size = good["size"]["height"]
        for change, part in (({"max_image_tiles": 2}, "2 tiles"), ({"max_image_tiles": 0}, '"max_image_tiles"'),
                             ({"size": {"height": size * 2, "width": size * 2}}, str(size * 2)), ({"size": {"height": size}}, '"width"'),
                             ({"size": {"height": size, "width": 9}}, "square"), ({"size": size}, "size: must be an object"),
                             ({"image_mean": [0.5]}, '"image_mean"'), ({"image_std": [0.5, 0, 0.5]}, '"image_std"'),
                             ({"image_std": "x"}, '"image_std"'), ({"resample": 3}, '"resample"'), ({"do_pad": False}, '"do_pad"'),
                             ({"rescale_factor": "x"}, '"rescale_factor"')):
            with self.subTest(change=change):
                program.write_json(file, {**good, **change})
                self.refused("preprocessor_config.json", part)
        file.write_text("[]")
        self.refused(file)
        file.unlink()
        self.refused(self.model, "neither preprocessor_config.json nor processor_config.json")
        program.write_json(self.model / "processor_config.json", {"image_processor": {**good, "max_image_tiles": 2}})
        self.refused("processor_config.json", "2 tiles")

    def test_a_folder_of_transformers_5(self):
        """processor_config.json with the image processor in a section, tokenizer.json, a chat template of its own."""
        expected = self.answer(*self.ask())
        settings = program.read_json(self.model / "preprocessor_config.json")
        program.write_json(self.model / "processor_config.json", {"image_processor": settings, "processor_class": "MllamaProcessor"})
        (self.model / "chat_template.jinja").write_text("{{ messages }}")
        for name in ("preprocessor_config.json", "tokenizer.model", "chat_template.json", "special_tokens_map.json"):
            (self.model / name).unlink()
        self.assertEqual(self.answer(*self.ask()), expected)
        for command in (("quantize", "--set", "model.quantize.vision=false"), ("merge", "--adapter", program.GOLDEN / "tiny/adapters/plain")):
            out = self.folder / command[0]
            self.succeed(command[0], "--model", self.model, "--out", out, *command[1:])
            for name in ("processor_config.json", "generation_config.json", "chat_template.jinja"):
                self.assertEqual((out / name).read_bytes(), (self.model / name).read_bytes())

    def test_tokens_in_the_spare_rows(self):
        """The embedding has 8 rows more than the output head; tokens that were added there can be read."""
        expected = self.answer(*self.ask())
        (self.model / "tokenizer.model").unlink()
        file = self.model / "tokenizer.json"

        def add(*ids):
            program.edit_json(file, lambda t: t["added_tokens"].extend(
                {**t["added_tokens"][0], "id": i, "content": f"<pad{i}>"} for i in ids))
        add(513, 519)
        self.assertEqual(self.answer(*self.ask()), expected)
        add(520)
        self.refused(file, "521 tokens", "520 rows")


if __name__ == "__main__":
    program.main()
