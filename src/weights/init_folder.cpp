#include "llama32med/weights/init_folder.h"

#include <numeric>

#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/weights/safetensors.h"
#include "weights/init_files.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

struct PresetValues {
  ConfigValues config;  // vocab_size comes with the tokenizer
  std::uint64_t seed = 0;
  std::int64_t shards = 1;
  WeightRule rule = WeightRule::kVaried;
};

std::vector<std::int64_t> every(std::int64_t first, std::int64_t end, std::int64_t step) {
  std::vector<std::int64_t> list;
  for (auto i = first; i < end; i += step) list.push_back(i);
  return list;
}

// Sizes of the presets. tiny and small: scripts/reference/make_checkpoint.py.
PresetValues preset_values(Preset preset) {
  PresetValues values;
  auto& [shape, vision_heads, taps, dtype] = values.config;
  switch (preset) {
    case Preset::kTiny:
      shape = {.hidden_size = 48,
               .intermediate_size = 72,
               .layers = 6,
               .cross_layers = {1, 4},
               .heads = 4,
               .kv_heads = 2,
               .vision_hidden = 32,
               .vision_intermediate = 64,
               .vision_layers = 3,
               .vision_global_layers = 2,
               .image_size = 56};
      vision_heads = 4, taps = {0, 2}, dtype = "float32", values.seed = 20320;
      break;
    case Preset::kSmall:
      shape = {.hidden_size = 256,
               .intermediate_size = 320,
               .layers = 8,
               .cross_layers = {2, 6},
               .heads = 8,
               .kv_heads = 4,
               .vision_hidden = 96,
               .vision_intermediate = 192,
               .vision_layers = 6,
               .vision_global_layers = 2,
               .image_size = 112};
      vision_heads = 6, taps = {1, 3, 4}, dtype = "float32", values.seed = 20321, values.shards = 3;
      break;
    case Preset::kBench:
      shape = {.hidden_size = 512,
               .intermediate_size = 1792,
               .layers = 8,
               .cross_layers = {2, 6},
               .heads = 8,
               .kv_heads = 2,
               .vision_hidden = 320,
               .vision_intermediate = 1280,
               .vision_layers = 4,
               .vision_global_layers = 2,
               .image_size = 560};
      vision_heads = 4, taps = {0, 1, 2, 3}, dtype = "bfloat16", values.rule = WeightRule::kPlain;
      break;
    case Preset::k11b:
      shape = {.hidden_size = 4096,
               .intermediate_size = 14336,
               .layers = 40,
               .cross_layers = every(3, 40, 5),
               .heads = 32,
               .kv_heads = 8,
               .vision_hidden = 1280,
               .vision_intermediate = 5120,
               .vision_layers = 32,
               .vision_global_layers = 8,
               .image_size = 560};
      vision_heads = 16, taps = {3, 7, 15, 23, 30}, dtype = "bfloat16", values.shards = 5,
      values.rule = WeightRule::kPlain;
      break;
  }
  shape.patch_size = 14, shape.max_tiles = 4;
  shape.intermediate_features = std::ssize(taps);
  shape.aspect_ratios = aspect_ratios_up_to(shape.max_tiles);
  return values;
}

Json make_preset_config(Preset preset, std::int64_t ordinary_tokens) {
  auto values = preset_values(preset).config;
  values.shape.vocab_size = ordinary_tokens + kSpecialTokens;
  auto config = make_config(values);
  // Without a version transformers 4.57 and 5 suspect another family's word pattern and warn on every load; tiny and
  // small have none, as in the reference.
  if (preset == Preset::kBench || preset == Preset::k11b) config["transformers_version"] = "4.45.0";
  return config;
}

std::string config_dtype_name(at::ScalarType dtype) {
  if (dtype == at::kFloat) return "float32";
  if (dtype == at::kBFloat16) return "bfloat16";
  if (dtype == at::kHalf) return "float16";
  throw usage_error("dtype: a checkpoint is written in fp32, bf16 or fp16");
}

at::ScalarType config_dtype(const Json& config, const std::string& where) {
  const auto name = config.value("torch_dtype", config.value("dtype", "float32"));
  for (const auto dtype : {at::kFloat, at::kBFloat16, at::kHalf})
    if (config_dtype_name(dtype) == name) return dtype;
  throw data_error("{}: torch_dtype \"{}\" is not one of float32, bfloat16, float16", where, name);
}

void set_config_dtype(Json& config, at::ScalarType dtype) {
  config["torch_dtype"] = config_dtype_name(dtype);
  for (const char* section : {"text_config", "vision_config"})
    if (config[section].contains("torch_dtype")) config[section]["torch_dtype"] = config_dtype_name(dtype);
}

// Everything that decides the folder's bytes.
struct Plan {
  Json config;
  ModelShape shape;
  std::optional<TokenizerBytes> tokenizer;
  RandomOptions random;
  std::int64_t shards = 1;
};

Plan plan_preset(const InitOptions& options) {
  const auto values = preset_values(options.preset);
  const bool needs_tokenizer = options.preset == Preset::kBench || options.preset == Preset::k11b;
  if (needs_tokenizer && !options.tokenizer)
    throw usage_error("preset {}: needs a tokenizer, for it keeps the whole vocabulary; give --tokenizer FILE",
                      enum_name(options.preset));
  Plan plan;
  plan.tokenizer = options.tokenizer ? options.tokenizer : byte_tokenizer();
  plan.config = make_preset_config(options.preset, plan.tokenizer->ordinary_tokens);
  plan.random.seed = values.seed, plan.random.rule = values.rule, plan.shards = values.shards;
  return plan;
}

Plan plan_config(const fs::path& path, const InitOptions& options) {
  Plan plan;
  plan.config = read_json(path);
  const auto vocabulary = read_model_shape(plan.config.dump(), path.string()).vocab_size;
  plan.tokenizer = options.tokenizer;
  if (vocabulary < kSpecialTokens)
    throw usage_error("{}: vocab_size {} leaves no room for the {} special tokens", path.string(), vocabulary,
                      kSpecialTokens);
  if (!plan.tokenizer && vocabulary == 256 + kSpecialTokens) plan.tokenizer = byte_tokenizer();
  if (plan.tokenizer && plan.tokenizer->ordinary_tokens + kSpecialTokens != vocabulary)
    throw usage_error("{}: vocab_size is {}, but the tokenizer has {} tokens and there are {} special ones",
                      path.string(), vocabulary, plan.tokenizer->ordinary_tokens, kSpecialTokens);
  return plan;
}

Plan make_plan(const InitOptions& options) {
  auto plan = options.model_config ? plan_config(*options.model_config, options) : plan_preset(options);
  const auto where = options.model_config ? options.model_config->string() : "preset " + enum_name(options.preset);
  plan.random.dtype = options.dtype.value_or(config_dtype(plan.config, where));
  if (options.dtype) set_config_dtype(plan.config, *options.dtype);
  plan.random.seed = options.seed.value_or(plan.random.seed);
  plan.random.rule = options.rule.value_or(plan.random.rule);
  plan.random.padded_slots = options.padded_slots;
  plan.shards = options.shards.value_or(plan.shards);
  plan.shape = read_model_shape(plan.config.dump(), where);
  return plan;
}

// What an earlier init may have left and this one may not overwrite: a reader would take it for ours.
void remove_old_files(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    const bool weights =
        name.starts_with("model") && (name.ends_with(".safetensors") || name == "model.safetensors.index.json");
    if (weights || name == "tokenizer.json" || name == "tokenizer.model") fs::remove(entry.path());
  }
}

void write_part(const fs::path& path, const RandomWeights& weights, std::span<const std::string> names) {
  std::vector<NamedTensorInfo> tensors;
  for (const auto& name : names) tensors.push_back({name, weights.info(name)});
  SafetensorsWriter writer(path, std::move(tensors), {{"format", "pt"}});
  for (const auto& name : names) writer.add(weights.read(name, at::TensorOptions(at::kCPU)));
  writer.finish();
}

void write_weights(const fs::path& folder, const RandomWeights& weights, std::int64_t shards, InitReport& report) {
  const auto names = weights.names();
  const auto count = std::ssize(names);
  Json weight_map = Json::object();
  for (std::int64_t s = 0; s < shards; ++s) {
    const auto file =
        shards == 1 ? "model.safetensors" : fmt::format("model-{:05}-of-{:05}.safetensors", s + 1, shards);
    const auto begin = count * s / shards, end = count * (s + 1) / shards;
    const auto part = std::span(names).subspan(begin, end - begin);
    write_part(folder / file, weights, part);
    for (const auto& name : part) weight_map[name] = file;
    report.files.push_back(file);
  }
  if (shards == 1) return;
  report.files.emplace_back("model.safetensors.index.json");
  const Json index = {{"metadata", {{"total_size", report.bytes}}}, {"weight_map", weight_map}};
  write_file(folder / report.files.back(), index.dump(1) + "\n");
}

}  // namespace

TokenizerBytes byte_tokenizer() {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  TokenizerBytes bytes{TokenizerKind::kRanks, "", 256};
  for (std::size_t byte = 0; byte < 256; ++byte)
    bytes.model += fmt::format("{}{}== {}\n", kDigits[byte >> 2], kDigits[(byte & 3) << 4], byte);
  return bytes;
}

std::string preset_config(Preset preset, std::int64_t ordinary_tokens) {
  return make_preset_config(preset, ordinary_tokens).dump(1) + "\n";
}

InitReport write_random_checkpoint(const fs::path& folder, const InitOptions& options) {
  const auto plan = make_plan(options);
  const RandomWeights weights(plan.shape, plan.random);
  auto files = make_side_files(plan.config, plan.tokenizer);
  files["config.json"] = plan.config.dump(1) + "\n";
  InitReport report;
  if (const auto count = std::ssize(weights.names()); plan.shards < 1 || plan.shards > count)
    throw usage_error("shards: {} must be 1 to {}, the number of tensors", plan.shards, count);
  for (const auto& name : weights.names()) {
    const auto info = weights.info(name);
    const auto numbers = c10::multiply_integers(info.shape);
    ++report.tensors, report.parameters += numbers;
    report.bytes += numbers * static_cast<std::int64_t>(c10::elementSize(info.dtype));
  }
  make_folder(folder);
  remove_old_files(folder);
  for (const auto& [name, bytes] : files) {
    write_file(folder / name, bytes);
    report.files.push_back(name);
  }
  write_weights(folder, weights, plan.shards, report);
  return report;
}

}  // namespace llama32med
