#include "llama32med/models/init_folder.h"

#include <c10/util/accumulate.h>

#include <map>
#include <span>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_object.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/weights/safetensors.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

std::string config_dtype_name(at::ScalarType dtype) {
  if (dtype == at::kFloat) return "float32";
  if (dtype == at::kBFloat16) return "bfloat16";
  if (dtype == at::kHalf) return "float16";
  throw usage_error("dtype: checkpoints can be written in fp32, bf16 or fp16");
}

at::ScalarType config_dtype(const Json& config, const std::string& where) {
  const JsonObject json(config, where);
  const auto name = json.text("torch_dtype", json.text("dtype", "float32"));
  for (const auto dtype : {at::kFloat, at::kBFloat16, at::kHalf})
    if (config_dtype_name(dtype) == name) return dtype;
  throw data_error("{}: torch_dtype \"{}\" is not one of float32, bfloat16, float16", where, name);
}

void set_config_dtype(Json& config, at::ScalarType dtype) {
  config["torch_dtype"] = config_dtype_name(dtype);
  for (const char* section : {"text_config", "vision_config"})
    if (config.contains(section) && config[section].contains("torch_dtype"))
      config[section]["torch_dtype"] = config_dtype_name(dtype);
}

// Everything that determines the contents of the folder.
struct Plan {
  Json config;
  std::string where;  // name of the config in error messages
  std::optional<TokenizerBytes> tokenizer;
  RandomOptions random;
  std::int64_t shards = 1;
};

Plan plan_preset(const InitOptions& options) {
  const auto& preset = find_preset("--preset", options.preset).preset;
  const auto bytes = byte_tokenizer();
  if (!options.tokenizer && preset.ordinary_tokens != bytes.ordinary_tokens)
    throw usage_error("preset {}: needs --tokenizer FILE, because it keeps the full vocabulary", preset.name);
  Plan plan{.where = "preset " + preset.name, .tokenizer = options.tokenizer ? options.tokenizer : bytes};
  plan.config = preset.config(plan.tokenizer->ordinary_tokens + kSpecialTokens);
  plan.random.seed = preset.seed, plan.random.rule = preset.rule, plan.shards = preset.shards;
  return plan;
}

Plan plan_config(const fs::path& path, const InitOptions& options) {
  Plan plan{.config = read_json(path), .where = path.string(), .tokenizer = options.tokenizer};
  const auto vocabulary = read_outline(plan.config, plan.where)->vocab_size();
  if (vocabulary < kSpecialTokens)
    throw usage_error("{}: vocab_size {} leaves no room for the {} special tokens", plan.where, vocabulary,
                      kSpecialTokens);
  if (!plan.tokenizer && vocabulary == 256 + kSpecialTokens) plan.tokenizer = byte_tokenizer();
  if (plan.tokenizer && plan.tokenizer->ordinary_tokens + kSpecialTokens != vocabulary)
    throw usage_error("{}: vocab_size is {}, but the tokenizer has {} tokens plus {} special tokens", plan.where,
                      vocabulary, plan.tokenizer->ordinary_tokens, kSpecialTokens);
  return plan;
}

Plan make_plan(const InitOptions& options) {
  auto plan = options.model_config ? plan_config(*options.model_config, options) : plan_preset(options);
  plan.random.dtype = options.dtype.value_or(config_dtype(plan.config, plan.where));
  if (options.dtype) set_config_dtype(plan.config, *options.dtype);
  plan.random.seed = options.seed.value_or(plan.random.seed);
  plan.random.rule = options.rule.value_or(plan.random.rule);
  plan.random.padded_slots = options.padded_slots;
  plan.shards = options.shards.value_or(plan.shards);
  return plan;
}

// File name -> bytes: config.json and the other small files that the backbone needs.
std::map<std::string, std::string> small_files(const Plan& plan) {
  std::map<std::string, std::string> files;
  if (const auto make = backbone_kind(plan.config, plan.where).side_files) files = make(plan.config, plan.tokenizer);
  files["config.json"] = plan.config.dump(1) + "\n";
  return files;
}

// Removes files that an earlier init may have left and this one might not overwrite: readers would mix them up.
void remove_old_files(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    const bool weights =
        name.starts_with("model") && (name.ends_with(".safetensors") || name == "model.safetensors.index.json");
    if (weights || name == "tokenizer.json" || name == "tokenizer.model") fs::remove(entry.path());
  }
}

void write_part(const fs::path& path, const WeightSource& weights, std::span<const std::string> names) {
  std::vector<NamedTensorInfo> tensors;
  for (const auto& name : names) tensors.push_back({name, weights.info(name)});
  SafetensorsWriter writer(path, std::move(tensors), {{"format", "pt"}});
  for (const auto& name : names) writer.add(weights.read(name, at::TensorOptions(at::kCPU)));
  writer.finish();
}

void write_weights(const fs::path& folder, const WeightSource& weights, std::int64_t shards, InitReport& report) {
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

InitReport write_random_checkpoint(const fs::path& folder, const InitOptions& options) {
  const auto plan = make_plan(options);
  const auto weights = read_outline(plan.config, plan.where)->random_weights(plan.random);
  const auto names = weights->names();
  InitReport report;
  if (plan.shards < 1 || plan.shards > std::ssize(names))
    throw usage_error("shards: {} must be 1 to {}, the number of tensors", plan.shards, names.size());
  for (const auto& name : names) {
    const auto info = weights->info(name);
    const auto parameters = c10::multiply_integers(info.shape);
    ++report.tensors, report.parameters += parameters;
    report.bytes += parameters * static_cast<std::int64_t>(c10::elementSize(info.dtype));
  }
  const auto files = small_files(plan);
  make_folder(folder);
  remove_old_files(folder);
  for (const auto& [name, bytes] : files) {
    write_file(folder / name, bytes);
    report.files.push_back(name);
  }
  write_weights(folder, *weights, plan.shards, report);
  return report;
}

}  // namespace llama32med
