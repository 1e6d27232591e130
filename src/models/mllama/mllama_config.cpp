#include "models/mllama/mllama_config.h"

#include <algorithm>

#include "llama32med/core/error.h"

namespace llama32med::mllama {
namespace {

// Reads keys of one object of config.json, naming them in errors.
class Reader {
 public:
  Reader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) throw data_error("{}: must be an object", where_);
  }

  Reader section(const char* key) const { return {require(key), where_ + ": " + key}; }
  const Json* find(const char* key) const {
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }
  const Json& require(const char* key) const {
    if (const auto* value = find(key)) return *value;
    throw data_error("{}: \"{}\" is missing", where_, key);
  }

  std::int64_t size(const char* key) const {  // a positive whole number
    const auto& value = require(key);
    if (!value.is_number_integer() || value.get<std::int64_t>() <= 0 || value.get<std::int64_t>() > 1'000'000'000)
      throw data_error("{}: \"{}\" must be a positive whole number, not {}", where_, key, value.dump());
    return value.get<std::int64_t>();
  }
  std::int64_t size(const char* key, std::int64_t absent) const { return find(key) ? size(key) : absent; }
  double number(const char* key, double absent) const {
    const auto* value = find(key);
    if (!value) return absent;
    if (!value->is_number()) throw data_error("{}: \"{}\" must be a number, not {}", where_, key, value->dump());
    return value->get<double>();
  }
  std::vector<std::int64_t> numbers(const char* key) const {  // a list, or one number
    const auto& value = require(key);
    if (value.is_number_integer()) return {value.get<std::int64_t>()};
    std::vector<std::int64_t> list;
    if (!value.is_array()) throw data_error("{}: \"{}\" must be a list, not {}", where_, key, value.dump());
    for (const auto& item : value) {
      if (!item.is_number_integer()) throw data_error("{}: \"{}\" must hold whole numbers", where_, key);
      list.push_back(item.get<std::int64_t>());
    }
    return list;
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs(const char* key) const {
    std::vector<std::pair<std::int64_t, std::int64_t>> list;
    const auto& value = require(key);
    const auto is_pair = [](const Json& item) {
      return item.is_array() && item.size() == 2 && item[0].is_number_integer() && item[1].is_number_integer();
    };
    if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_pair))
      throw data_error("{}: \"{}\" must be a list of [high, wide], not {}", where_, key, value.dump());
    for (const auto& item : value) list.emplace_back(item[0].get<std::int64_t>(), item[1].get<std::int64_t>());
    return list;
  }
  void require_text(const char* key, const std::string& only) const {
    const auto* value = find(key);
    if (value && (!value->is_string() || value->get<std::string>() != only))
      throw data_error("{}: \"{}\" is {}, only \"{}\" is supported", where_, key, value->dump(), only);
  }
  [[noreturn]] void fail(const std::string& what) const { throw data_error("{}: {}", where_, what); }
  const std::string& where() const { return where_; }

 private:
  const Json& json_;
  std::string where_;
};

void check_layers(const Reader& reader, const char* key, std::vector<std::int64_t>& list, std::int64_t layers) {
  std::sort(list.begin(), list.end());
  for (const auto layer : list)
    if (layer < 0 || layer >= layers)
      reader.fail(fmt::format("\"{}\" names layer {}, there are layers 0 to {}", key, layer, layers - 1));
  if (std::adjacent_find(list.begin(), list.end()) != list.end())
    reader.fail(fmt::format("\"{}\" names a layer twice", key));
}

RopeConfig read_rope(const Reader& text, std::int64_t head_dim) {
  RopeConfig rope;
  rope.head_dim = head_dim;
  // transformers 5 writes one object "rope_parameters" that holds theta as well
  const char* section = text.find("rope_parameters") ? "rope_parameters" : "rope_scaling";
  rope.theta = text.number("rope_theta", rope.theta);
  if (!text.find(section)) return rope;
  const auto scaling = text.section(section);
  rope.theta = scaling.number("rope_theta", rope.theta);
  const auto* type = scaling.find("rope_type") ? scaling.find("rope_type") : scaling.find("type");
  const auto name = type && type->is_string() ? type->get<std::string>() : std::string("default");
  if (name == "default") return rope;
  if (name != "llama3") scaling.fail(fmt::format("rope type \"{}\" is not supported, only llama3 and default", name));
  RopeScaling s;
  s.factor = scaling.number("factor", s.factor);
  s.low_freq_factor = scaling.number("low_freq_factor", s.low_freq_factor);
  s.high_freq_factor = scaling.number("high_freq_factor", s.high_freq_factor);
  s.original_length = scaling.number("original_max_position_embeddings", s.original_length);
  if (s.factor <= 0 || s.low_freq_factor <= 0 || s.high_freq_factor <= s.low_freq_factor)
    scaling.fail("factor and low_freq_factor must be positive, high_freq_factor above low_freq_factor");
  rope.scaling = s;
  return rope;
}

TextConfig read_text(const Reader& reader) {
  TextConfig c;
  reader.require_text("hidden_act", "silu");
  if (const auto* tied = reader.find("tie_word_embeddings"); tied && tied->is_boolean() && tied->get<bool>())
    reader.fail("\"tie_word_embeddings\" is true; the embedding has 8 rows more than the output, so it cannot be tied");
  c.vocabulary = reader.size("vocab_size");
  c.width = reader.size("hidden_size");
  c.inner = reader.size("intermediate_size");
  c.layers = reader.size("num_hidden_layers");
  c.heads = reader.size("num_attention_heads");
  c.kv_heads = reader.size("num_key_value_heads", c.heads);
  if (c.width % c.heads != 0)
    reader.fail(fmt::format("hidden_size {} is not a multiple of num_attention_heads {}", c.width, c.heads));
  if (c.heads % c.kv_heads != 0)
    reader.fail(fmt::format("num_attention_heads {} is not a multiple of num_key_value_heads {}", c.heads, c.kv_heads));
  c.head_dim = c.width / c.heads;
  if (c.head_dim % 2 != 0) reader.fail(fmt::format("heads of {} numbers are odd; rotation needs pairs", c.head_dim));
  if (reader.size("head_dim", c.head_dim) != c.head_dim)
    reader.fail(fmt::format("\"head_dim\" must be hidden_size / num_attention_heads = {}", c.head_dim));
  c.cross_layers = reader.numbers("cross_attention_layers");
  check_layers(reader, "cross_attention_layers", c.cross_layers, c.layers);
  c.norm_eps = reader.number("rms_norm_eps", c.norm_eps);
  c.rope = read_rope(reader, c.head_dim);
  c.max_positions = reader.size("max_position_embeddings", 131072);
  c.stop_tokens = reader.numbers("eos_token_id");
  if (c.stop_tokens.empty()) reader.fail("\"eos_token_id\" is an empty list");
  const auto* pad = reader.find("pad_token_id");
  c.pad_token = pad && pad->is_number_integer() ? pad->get<std::int64_t>() : c.stop_tokens.front();
  return c;
}

VisionConfig read_vision(const Reader& reader) {
  VisionConfig c;
  reader.require_text("hidden_act", "gelu");
  if (reader.size("num_channels", 3) != 3) reader.fail("\"num_channels\" must be 3");
  c.width = reader.size("hidden_size");
  c.inner = reader.size("intermediate_size");
  c.heads = reader.size(reader.find("attention_heads") ? "attention_heads" : "num_attention_heads");
  if (c.width % c.heads != 0)
    reader.fail(fmt::format("hidden_size {} is not a multiple of attention_heads {}", c.width, c.heads));
  c.layers = reader.size("num_hidden_layers");
  c.global_layers = reader.size("num_global_layers");
  c.intermediate_layers = reader.numbers("intermediate_layers_indices");
  check_layers(reader, "intermediate_layers_indices", c.intermediate_layers, c.layers);
  c.tile_size = reader.size("image_size");
  c.patch_size = reader.size("patch_size");
  if (c.tile_size % c.patch_size != 0)
    reader.fail(fmt::format("image_size {} is not a multiple of patch_size {}", c.tile_size, c.patch_size));
  c.max_tiles = reader.size("max_num_tiles");
  c.norm_eps = reader.number("norm_eps", c.norm_eps);
  c.aspect_ratios = reader.pairs("supported_aspect_ratios");
  for (const auto& [high, wide] : c.aspect_ratios)
    if (high < 1 || wide < 1 || high * wide > c.max_tiles)
      reader.fail(fmt::format("aspect ratio {} x {} does not fit max_num_tiles {}", high, wide, c.max_tiles));
  if (reader.size("vision_output_dim", c.output_width()) != c.output_width())
    reader.fail(
        fmt::format("\"vision_output_dim\" must be {} = hidden_size (1 + intermediate layers)", c.output_width()));
  return c;
}

// Weights in 4 bits are told by their tensors, one by one; what other tools and formats write would be misread.
void check_quantization(const Reader& reader) {
  if (!reader.find("quantization_config")) return;
  const auto section = reader.section("quantization_config");
  section.require_text("quant_method", "bitsandbytes");
  const auto* eight = section.find("load_in_8bit");
  if (eight && eight->is_boolean() && eight->get<bool>())
    section.fail("\"load_in_8bit\" is true; of bitsandbytes' formats only NF4 is read");
  section.require_text("bnb_4bit_quant_type", "nf4");
}

}  // namespace

bool TextConfig::is_cross(std::int64_t layer) const {
  return std::binary_search(cross_layers.begin(), cross_layers.end(), layer);
}

Config read_mllama_config(const Json& json, const std::string& where) {
  const Reader reader(json, where);
  check_quantization(reader);
  Config config;
  config.text = read_text(reader.section("text_config"));
  config.vision = read_vision(reader.section("vision_config"));
  config.image_token = reader.size(reader.find("image_token_index") ? "image_token_index" : "image_token_id");
  if (config.image_token >= config.text.vocabulary + 8)
    reader.fail(fmt::format("\"image_token_index\" {} is outside the {} rows of the embedding", config.image_token,
                            config.text.vocabulary + 8));
  return config;
}

}  // namespace llama32med::mllama
