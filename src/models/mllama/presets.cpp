#include "models/mllama/presets.h"

#include "models/mllama/mllama_config.h"

namespace llama32med::mllama {
namespace {

constexpr std::int64_t kReleasedTokens = 128000;  // ordinary tokens of the Llama 3 tokenizer

struct PresetSizes {
  ModelPreset preset;
  const char* dtype;
  // Without it, transformers 4.57 and 5 suspect another family's tokenizer regex and warn on every load. tiny and small
  // have none, like the reference checkpoints.
  const char* transformers_version;
  TextConfig text;
  VisionConfig vision;
};

// Columns of TextConfig: vocab_size, hidden_size, intermediate_size, num_hidden_layers, cross_attention_layers,
// num_attention_heads, num_key_value_heads. Columns of VisionConfig: hidden_size, intermediate_size, attention_heads,
// num_hidden_layers, num_global_layers, intermediate_layers_indices, image_size.
const std::vector<PresetSizes>& table() {
  static const std::vector<PresetSizes> kTable = {
      {{.name = "tiny", .seed = 20320},
       "float32",
       nullptr,
       {0, 48, 72, 6, {1, 4}, 4, 2},
       {32, 64, 4, 3, 2, {0, 2}, 56}},
      {{.name = "small", .seed = 20321, .shards = 3},
       "float32",
       nullptr,
       {0, 256, 320, 8, {2, 6}, 8, 4},
       {96, 192, 6, 6, 2, {1, 3, 4}, 112}},
      {{.name = "bench", .ordinary_tokens = kReleasedTokens, .rule = WeightRule::kPlain},
       "bfloat16",
       "4.45.0",
       {0, 512, 1792, 8, {2, 6}, 8, 2},
       {320, 1280, 4, 4, 2, {0, 1, 2, 3}, 560}},
      {{.name = "11b", .ordinary_tokens = kReleasedTokens, .shards = 5, .rule = WeightRule::kPlain},
       "bfloat16",
       "4.45.0",
       {0, 4096, 14336, 40, {3, 8, 13, 18, 23, 28, 33, 38}, 32, 8},
       {1280, 5120, 16, 32, 8, {3, 7, 15, 23, 30}, 560}},
  };
  return kTable;
}

// (high, wide) with high * wide <= max_num_tiles, in the released order: (1, 1) (1, 2) .. (2, 1) ..
VisionConfig::AspectRatios aspect_ratios_up_to(std::int64_t max_num_tiles) {
  VisionConfig::AspectRatios ratios;
  for (std::int64_t high = 1; high <= max_num_tiles; ++high)
    for (std::int64_t wide = 1; high * wide <= max_num_tiles; ++wide) ratios.emplace_back(high, wide);
  return ratios;
}

Json config_of(const PresetSizes& sizes, std::int64_t vocab_size) {
  Config config{sizes.text, sizes.vision, vocab_size};
  const auto first_special = vocab_size - kSpecialTokens;
  config.text.vocab_size = vocab_size;
  config.text.rope.scaling = RopeScaling();
  config.text.eos_token_id = {first_special + 1, first_special + 8, first_special + 9};
  config.text.pad_token_id = first_special + 4;
  config.vision.patch_size = 14, config.vision.max_num_tiles = 4;
  config.vision.supported_aspect_ratios = aspect_ratios_up_to(config.vision.max_num_tiles);
  auto json = mllama_config_json(config, sizes.dtype);
  if (sizes.transformers_version) json["transformers_version"] = sizes.transformers_version;
  return json;
}

}  // namespace

std::vector<ModelPreset> presets() {
  std::vector<ModelPreset> presets;
  for (const auto& sizes : table()) {
    presets.push_back(sizes.preset);
    presets.back().config = [&sizes](std::int64_t vocab_size) { return config_of(sizes, vocab_size); };
  }
  return presets;
}

}  // namespace llama32med::mllama
