#include "models/mllama/mllama_config.h"

#include <algorithm>

#include "llama32med/core/json_object.h"

namespace llama32med::mllama {
namespace {

// Generous bounds that keep every product of sizes within 64 bits.
constexpr IntegerRange kSize{1, 1 << 17}, kImageSize{1, 1 << 14}, kLayers{1, 1 << 12}, kTiles{1, 64};
constexpr IntegerRange kOutput{1, kSize.highest*(1 + kLayers.highest)};
constexpr std::int64_t kMostPatches = 1 << 16;  // per tile
constexpr IntegerRange kTokens{1, 1'000'000'000}, kLayer{0, kLayers.highest};
// Where a norm and the rotations are computed in fp32: 0 divides by zero, a base of 1 does not rotate.
constexpr NumberRange kEps{1e-12, 1}, kTheta{2, 1e12}, kFactor{1, 1e6}, kFrequency{1e-3, 1e6}, kLength{1, 1e9};

std::vector<std::int64_t> read_layers(const JsonObject& json, const char* key, std::int64_t num_layers) {
  auto list = json.integers(key, kLayer);
  std::ranges::sort(list);
  if (!list.empty() && list.back() >= num_layers)
    json.fail("\"{}\" names layer {}, but the layers are 0 to {}", key, list.back(), num_layers - 1);
  if (std::ranges::adjacent_find(list) != list.end()) json.fail("\"{}\" names a layer twice", key);
  return list;
}

RopeScaling read_rope_scaling(const JsonObject& json) {
  RopeScaling s;
  s.factor = json.number("factor", kFactor, s.factor);
  s.low_freq_factor = json.number("low_freq_factor", kFrequency, s.low_freq_factor);
  s.high_freq_factor = json.number("high_freq_factor", kFrequency, s.high_freq_factor);
  s.original_length = json.number("original_max_position_embeddings", kLength, s.original_length);
  if (s.high_freq_factor <= s.low_freq_factor)
    json.fail("\"high_freq_factor\" {} must be greater than \"low_freq_factor\" {}", s.high_freq_factor,
              s.low_freq_factor);
  return s;
}

RopeConfig read_rope(const JsonObject& text, std::int64_t head_dim) {
  RopeConfig rope{.head_dim = head_dim};
  rope.theta = text.number("rope_theta", kTheta, rope.theta);
  // transformers 5 writes one object "rope_parameters", which also holds theta
  const auto section = text.find_section(text.has("rope_parameters") ? "rope_parameters" : "rope_scaling");
  if (!section) return rope;
  rope.theta = section->number("rope_theta", kTheta, rope.theta);
  const auto type = section->text(section->has("rope_type") ? "rope_type" : "type", "default");
  if (type == "llama3")
    rope.scaling = read_rope_scaling(*section);
  else if (type != "default")
    section->fail("rope type \"{}\" is not supported; use llama3 or default", type);
  return rope;
}

void check_heads(const JsonObject& json, const TextConfig& c) {
  const auto heads = c.num_attention_heads;
  if (c.hidden_size % heads != 0)
    json.fail("hidden_size {} is not a multiple of num_attention_heads {}", c.hidden_size, heads);
  if (heads % c.num_key_value_heads != 0)
    json.fail("num_attention_heads {} is not a multiple of num_key_value_heads {}", heads, c.num_key_value_heads);
  if (c.head_dim() % 2 != 0) json.fail("the head size {} is odd; rotary embeddings need an even one", c.head_dim());
  if (json.integer("head_dim", kSize, c.head_dim()) != c.head_dim())
    json.fail("\"head_dim\" must be hidden_size / num_attention_heads = {}", c.head_dim());
}

// Padding is masked, so any token will do in place of an id that is not a token: -1, as in Meta's tokenizer, null, or a
// row of the embedding behind the vocabulary.
std::int64_t read_pad(const JsonObject& json, const TextConfig& c) {
  const auto pad = json.integer("pad_token_id", {-1, c.embeddings() - 1}, -1);
  return pad >= 0 && pad < c.vocab_size ? pad : c.eos_token_id.front();
}

TextConfig read_text(const JsonObject& json) {
  TextConfig c;
  json.require_only("hidden_act", "silu");
  if (json.flag("tie_word_embeddings", false))
    json.fail("\"tie_word_embeddings\" is true, but the embedding cannot be tied: it has 8 more rows than the output");
  c.vocab_size = json.integer("vocab_size", kTokens);
  c.hidden_size = json.integer("hidden_size", kSize);
  c.intermediate_size = json.integer("intermediate_size", kSize);
  c.num_hidden_layers = json.integer("num_hidden_layers", kLayers);
  c.num_attention_heads = json.integer("num_attention_heads", kSize);
  c.num_key_value_heads = json.integer("num_key_value_heads", kSize, c.num_attention_heads);
  check_heads(json, c);
  c.cross_attention_layers = read_layers(json, "cross_attention_layers", c.num_hidden_layers);
  c.rms_norm_eps = json.number("rms_norm_eps", kEps, c.rms_norm_eps);
  c.rope = read_rope(json, c.head_dim());
  c.max_position_embeddings = json.integer("max_position_embeddings", kTokens, c.max_position_embeddings);
  const IntegerRange token{0, c.vocab_size - 1};
  c.eos_token_id = json.integers("eos_token_id", token);
  if (c.eos_token_id.empty()) json.fail("\"eos_token_id\" is an empty list");
  json.integer("bos_token_id", token, 0);  // not used here, but another program would begin with it
  c.pad_token_id = read_pad(json, c);
  return c;
}

void check_sizes(const JsonObject& json, const VisionConfig& c) {
  if (c.hidden_size % c.attention_heads != 0)
    json.fail("hidden_size {} is not a multiple of attention_heads {}", c.hidden_size, c.attention_heads);
  if (c.image_size % c.patch_size != 0)
    json.fail("image_size {} is not a multiple of patch_size {}", c.image_size, c.patch_size);
  if (c.patches() > kMostPatches)
    json.fail("image_size {} and patch_size {} give {} patches per tile; at most {} are supported", c.image_size,
              c.patch_size, c.patches(), kMostPatches);
  if (c.supported_aspect_ratios.empty()) json.fail("\"supported_aspect_ratios\" is an empty list");
  for (const auto& [high, wide] : c.supported_aspect_ratios)
    if (high * wide > c.max_num_tiles)
      json.fail("aspect ratio {} x {} does not fit max_num_tiles {}", high, wide, c.max_num_tiles);
  if (json.integer("vision_output_dim", kOutput, c.vision_output_dim()) != c.vision_output_dim())
    json.fail("\"vision_output_dim\" must be {} = hidden_size (1 + intermediate layers)", c.vision_output_dim());
}

VisionConfig read_vision(const JsonObject& json) {
  VisionConfig c;
  json.require_only("hidden_act", "gelu");
  json.require_only("num_channels", 3);
  c.hidden_size = json.integer("hidden_size", kSize);
  c.intermediate_size = json.integer("intermediate_size", kSize);
  c.attention_heads = json.integer(json.has("attention_heads") ? "attention_heads" : "num_attention_heads", kSize);
  c.num_hidden_layers = json.integer("num_hidden_layers", kLayers);
  c.num_global_layers = json.integer("num_global_layers", kLayers);
  c.intermediate_layers_indices = read_layers(json, "intermediate_layers_indices", c.num_hidden_layers);
  c.image_size = json.integer("image_size", kImageSize);
  c.patch_size = json.integer("patch_size", kImageSize);
  c.max_num_tiles = json.integer("max_num_tiles", kTiles);
  c.norm_eps = json.number("norm_eps", kEps, c.norm_eps);
  c.supported_aspect_ratios = json.pairs("supported_aspect_ratios", kTiles);
  check_sizes(json, c);
  return c;
}

// Whether a tensor is stored in 4 bits is read from the tensor itself, but other quantization formats would be misread.
void check_quantization(const JsonObject& json) {
  const auto section = json.find_section("quantization_config");
  if (!section) return;
  section->require_only("quant_method", "bitsandbytes");
  if (section->flag("load_in_8bit", false))
    section->fail("\"load_in_8bit\" is true; NF4 is the only supported bitsandbytes format");
  section->require_only("bnb_4bit_quant_type", "nf4");
}

Json rope_scaling_json(const RopeScaling& s) {
  return {{"factor", s.factor},
          {"high_freq_factor", s.high_freq_factor},
          {"low_freq_factor", s.low_freq_factor},
          {"original_max_position_embeddings", static_cast<std::int64_t>(s.original_length)},
          {"rope_type", "llama3"}};
}

Json text_config_json(const TextConfig& c, const std::string& dtype) {
  return {{"bos_token_id", std::max<std::int64_t>(c.eos_token_id.front() - 1, 0)},
          {"cross_attention_layers", c.cross_attention_layers},
          {"dropout", 0},
          {"eos_token_id", c.eos_token_id},
          {"hidden_act", "silu"},
          {"hidden_size", c.hidden_size},
          {"initializer_range", 0.02},
          {"intermediate_size", c.intermediate_size},
          {"max_position_embeddings", c.max_position_embeddings},
          {"model_type", "mllama_text_model"},
          {"num_attention_heads", c.num_attention_heads},
          {"num_hidden_layers", c.num_hidden_layers},
          {"num_key_value_heads", c.num_key_value_heads},
          {"pad_token_id", c.pad_token_id},
          {"rms_norm_eps", c.rms_norm_eps},
          {"rope_scaling", c.rope.scaling ? rope_scaling_json(*c.rope.scaling) : Json()},
          {"rope_theta", c.rope.theta},
          {"tie_word_embeddings", false},
          {"torch_dtype", dtype},
          {"use_cache", true},
          {"vocab_size", c.vocab_size}};
}

Json vision_config_json(const VisionConfig& c, const std::string& dtype) {
  return {{"attention_heads", c.attention_heads},
          {"hidden_act", "gelu"},
          {"hidden_size", c.hidden_size},
          {"image_size", c.image_size},
          {"initializer_range", 0.02},
          {"intermediate_layers_indices", c.intermediate_layers_indices},
          {"intermediate_size", c.intermediate_size},
          {"max_num_tiles", c.max_num_tiles},
          {"model_type", "mllama_vision_model"},
          {"norm_eps", c.norm_eps},
          {"num_channels", 3},
          {"num_global_layers", c.num_global_layers},
          {"num_hidden_layers", c.num_hidden_layers},
          {"patch_size", c.patch_size},
          {"supported_aspect_ratios", c.supported_aspect_ratios},
          {"torch_dtype", dtype},
          {"vision_output_dim", c.vision_output_dim()}};
}

}  // namespace

bool TextConfig::is_cross(std::int64_t layer) const {
  return std::ranges::binary_search(cross_attention_layers, layer);
}

Config read_mllama_config(const Json& json, const std::string& where) {
  const JsonObject object(json, where);
  check_quantization(object);
  Config config;
  config.text = read_text(object.section("text_config"));
  config.vision = read_vision(object.section("vision_config"));
  const char* key = object.has("image_token_id") ? "image_token_id" : "image_token_index";
  config.image_token_index = object.integer(key, {0, config.text.embeddings() - 1});
  return config;
}

Json mllama_config_json(const Config& config, const std::string& dtype) {
  return {{"architectures", {"MllamaForConditionalGeneration"}},
          {"image_token_index", config.image_token_index},
          {"model_type", "mllama"},
          {"text_config", text_config_json(config.text, dtype)},
          {"torch_dtype", dtype},
          {"vision_config", vision_config_json(config.vision, dtype)}};
}

}  // namespace llama32med::mllama
