"""`trace`: the documented outputs with finite values for valid inputs, one precise line for invalid ones."""
import math

import program
from program import DATA, TINY, USAGE, full, tensor

IMAGE = 512  # the image token
TILES, SIDE = 4, 56
IDS = [256, IMAGE, 73, 115, 32, 105, 116, 63]


def good_inputs():
    """Two rows, the second shorter; an image of 1 x 2 tiles for the first, one of a single tile for the second."""
    length = len(IDS)
    pixels = [math.sin(i * 0.37) for i in range(2 * TILES * 3 * SIDE * SIDE)]
    tile = 3 * SIDE * SIDE
    pixels[2 * tile:4 * tile] = [0.0] * (2 * tile)
    pixels[5 * tile:] = [0.0] * (3 * tile)
    return {
        "input_ids": tensor("I64", [2, length], IDS + IDS[:5] + [260] * 3),
        "attention_mask": tensor("I64", [2, length], [1] * length + [1] * 5 + [0] * 3),
        "labels": tensor("I64", [2, length], [-100] * 4 + IDS[4:] + [-100] * 3 + IDS[3:5] + [-100] * 3),
        "pixel_values": tensor("F32", [2, 1, TILES, 3, SIDE, SIDE], pixels),
        "aspect_ratio_ids": tensor("I64", [2, 1], [2, 1]),
        "aspect_ratio_mask": tensor("I64", [2, 1, TILES], [1, 1, 0, 0, 1, 0, 0, 0]),
    }


class TraceTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.inputs, self.outputs = self.folder / "in.safetensors", self.folder / "out.safetensors"

    def ask(self, tensors, *more):
        program.write_safetensors(self.inputs, tensors)
        return ("trace", "--model", TINY, "--inputs", self.inputs, "--outputs", self.outputs, *more)

    def trace(self, tensors, *more):
        self.succeed(*self.ask(tensors, *more))
        return program.read_safetensors(self.outputs)

    def refused(self, parts, change, *more):
        tensors = good_inputs()
        for name, value in change.items():
            if value is None:
                tensors.pop(name)
            else:
                tensors[name] = value
        with self.subTest(change=[(name, value and (value.dtype, value.shape)) for name, value in change.items()]):
            self.refuse(DATA, parts, *self.ask(tensors, *more))
            self.assertFalse(self.outputs.exists())


class GoodInputs(TraceTest):
    def test_names_shapes_and_finite_numbers(self):
        out, metadata = self.trace(good_inputs(), "--gradients", "all", "--dtype", "fp32")
        weights, _ = program.read_safetensors(TINY / "model.safetensors")
        gradients = {name for name in out if name.startswith("grad.")}
        self.assertEqual(gradients, {"grad." + name for name in weights})
        self.assertEqual(set(out) - gradients, {"logits", "loss", "vision_output", "cross_attention_states"})
        for name in gradients:
            self.assertEqual(out[name].shape, weights[name.removeprefix("grad.")].shape, name)
        config = program.read_json(TINY / "config.json")
        text, vision = config["text_config"], config["vision_config"]
        patches = (SIDE // vision["patch_size"]) ** 2 + 1
        width = vision["hidden_size"] * (1 + len(vision["intermediate_layers_indices"]))
        self.assertEqual(out["logits"].shape, [2, len(IDS), text["vocab_size"]])
        self.assertEqual(out["loss"].shape, [])
        self.assertEqual(out["vision_output"].shape, [2, 1, TILES, patches, width])
        self.assertEqual(out["cross_attention_states"].shape, [2 * TILES, patches, text["hidden_size"]])
        for name, value in out.items():
            self.assertEqual(value.dtype, "F32", name)
            self.assertTrue(all(map(math.isfinite, value.numbers())), name)
        self.assertTrue(any(out["grad.vision_model.class_embedding"].numbers()))
        self.assertLessEqual({"version", "semantics", "dtype"}, set(metadata))
        self.assertEqual((metadata["semantics"], metadata["dtype"]), ("meta", "fp32"))

    def test_what_is_left_out(self):
        tensors = good_inputs()
        del tensors["labels"]
        self.assertEqual(set(self.trace(tensors)[0]), {"logits", "vision_output", "cross_attention_states"})
        text = {"input_ids": tensor("I64", [1, 4], [256, 73, 115, 63])}
        out, metadata = self.trace(text, "--semantics", "hf")
        self.assertEqual(set(out), {"logits"})
        self.assertEqual(metadata["semantics"], "hf")

    def test_the_dense_tower_gives_the_same(self):
        lean, dense = (self.trace(good_inputs(), "--tower", tower, "--dtype", "fp64")[0] for tower in ("deduplicated", "dense"))
        self.assertEqual({t.dtype for t in lean.values()}, {"F64"})  # so that they can be compared this closely
        self.assertLess(abs(lean["loss"].numbers()[0] - dense["loss"].numbers()[0]), 1e-12)


class WrongInputs(TraceTest):
    def test_names(self):
        self.refused(['"pixel_valuse"', 'did you mean "pixel_values"?', self.inputs], {"pixel_valuse": full("F32", [1], 0)})
        self.refused(['"input_ids"'], {"input_ids": None})
        self.refused(['"aspect_ratio_ids"', "missing"], {"aspect_ratio_ids": None})
        self.refused(['"aspect_ratio_mask"', "missing"], {"aspect_ratio_mask": None})
        self.refused(["row 0", "more image tokens than images"], {"pixel_values": None})

    def test_shapes(self):
        self.refused(['"input_ids"'], {"input_ids": tensor("I64", [8], IDS)})
        self.refused(['"input_ids"'], {"input_ids": tensor("I64", [2, 0], []), "attention_mask": None, "labels": None})
        self.refused(['"attention_mask"', "[2, 7]", "[2, 8]"], {"attention_mask": full("I64", [2, 7], 1)})
        self.refused(['"labels"'], {"labels": full("I64", [2, 7], 1)})
        self.refused(['"labels"'], {"labels": full("I64", [16], 1)})
        self.refused(['"pixel_values"'], {"pixel_values": full("F32", [TILES, 3, SIDE, SIDE], 0)})
        self.refused(['"pixel_values"', "3"], {"pixel_values": full("F32", [2, 1, TILES, 1, SIDE, SIDE], 0)})
        self.refused(['"pixel_values"', "28"], {"pixel_values": full("F32", [2, 1, TILES, 3, 28, 28], 0)})
        self.refused(['"pixel_values"'], {"pixel_values": full("F32", [2, 1, TILES, 3, SIDE, 28], 0)})
        self.refused(['"pixel_values"', "5"], {"pixel_values": full("F32", [2, 1, 5, 3, SIDE, SIDE], 0),
                                               "aspect_ratio_mask": full("I64", [2, 1, 5], 1)})
        self.refused(['"aspect_ratio_ids"', "[2, 1]"], {"aspect_ratio_ids": tensor("I64", [2], [1, 1])})
        self.refused(['"cross_attention_mask"', "[2, 8, 1, 4]"], {"cross_attention_mask": full("I64", [2, 8, 1], 1)})

    def test_kinds_of_numbers(self):
        self.refused(['"input_ids"', "integers"], {"input_ids": full("F32", [2, 8], 3)})
        self.refused(['"labels"', "integers"], {"labels": full("F32", [2, 8], 3)})
        self.refused(['"pixel_values"', "floating-point"], {"pixel_values": full("I32", [2, 1, TILES, 3, SIDE, SIDE], 0)})

    def test_values(self):
        self.refused(["row 0", '"attention_mask"', "right"], {"attention_mask": tensor("I64", [2, 8], [0] + [1] * 15)})
        self.refused(["row 1", '"attention_mask"', "no token"], {"attention_mask": tensor("I64", [2, 8], [1] * 8 + [0] * 8)})
        self.refused(['"input_ids"', "520"], {"input_ids": tensor("I64", [2, 8], [256, IMAGE, 520] + [65] * 5 + [256, IMAGE] + [65] * 6)})
        self.refused(['"input_ids"', "-1"], {"input_ids": tensor("I64", [2, 8], [256, IMAGE, -1] + [65] * 5 + [256, IMAGE] + [65] * 6)})
        self.refused(["row 0", "more image tokens"], {"input_ids": full("I64", [2, 8], IMAGE)})
        self.refused(["aspect ratio id", "9"], {"aspect_ratio_ids": tensor("I64", [2, 1], [9, 1])})
        self.refused(["aspect ratio id", "-3"], {"aspect_ratio_ids": tensor("I64", [2, 1], [-3, 1])})
        self.refused(['"aspect_ratio_mask"', "row 0, image 0"], {"aspect_ratio_mask": tensor("I64", [2, 1, TILES], [0, 1, 0, 0] * 2)})
        self.refused(['"aspect_ratio_mask"', "row 0, image 0"], {"aspect_ratio_mask": full("I64", [2, 1, TILES], 0)})
        self.refused(["labels", "512"], {"labels": full("I64", [2, 8], IMAGE)})
        self.refused(['"labels"', "no token"], {"labels": full("I64", [2, 8], -100)})

    def test_gradients_without_labels(self):
        self.refused([self.inputs, '"labels"'], {"labels": None}, "--gradients", "all")

    def test_files(self):
        ask = self.ask(good_inputs())
        self.inputs.write_bytes(self.inputs.read_bytes()[:1000])
        self.refuse(DATA, [self.inputs, "truncated"], *ask)
        self.inputs.unlink()
        self.refuse(DATA, [self.inputs, "No such file"], *ask)
        self.refuse(USAGE, ["--outputs"], "trace", "--model", TINY, "--inputs", self.inputs)


if __name__ == "__main__":
    program.main()
