#include "llama32med/models/init_folder.h"

#include <c10/util/accumulate.h>

#include <map>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_object.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/weights/checkpoint_writer.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

at::ScalarType config_dtype(const Json& config, const std::string& where) {
  const JsonObject json(config, where);
  const auto name = json.text("torch_dtype", json.text("dtype", "float32"));
  for (const auto dtype : {at::kFloat, at::kBFloat16, at::kHalf})
    if (config_dtype_name(dtype) == name) return dtype;
  throw data_error("{}: torch_dtype \"{}\" is not one of float32, bfloat16, float16", where, name);
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
  for (const auto& entry : entries_of(folder)) {
    const auto name = entry.filename().string();
    const bool weights =
        name.starts_with("model") && (name.ends_with(".safetensors") || name == "model.safetensors.index.json");
    if (weights || name == "tokenizer.json" || name == "tokenizer.model") remove_file(entry);
  }
}

// Shards of about the same number of tensors.
CheckpointLayout make_layout(const WeightSource& weights, std::int64_t shards) {
  const auto names = weights.names();
  const auto count = std::ssize(names);
  std::vector<std::vector<NamedTensorInfo>> files(static_cast<std::size_t>(shards));
  for (std::int64_t s = 0; s < shards; ++s)
    for (auto i = count * s / shards; i < count * (s + 1) / shards; ++i) {
      const auto& name = names[static_cast<std::size_t>(i)];
      files[static_cast<std::size_t>(s)].push_back({name, weights.info(name)});
    }
  auto layout = numbered_files(std::move(files));
  layout.index_indent = 1;
  return layout;
}

}  // namespace

InitReport write_random_checkpoint(const fs::path& folder, const InitOptions& options) {
  const auto plan = make_plan(options);
  const auto weights = read_outline(plan.config, plan.where)->random_weights(plan.random);
  const auto tensors = std::ssize(weights->names());
  if (plan.shards < 1 || plan.shards > tensors)
    throw usage_error("shards: {} must be 1 to {}, the number of tensors", plan.shards, tensors);
  const auto layout = make_layout(*weights, plan.shards);
  InitReport report{.tensors = tensors, .bytes = layout.bytes()};
  for (const auto& file : layout.files)
    for (const auto& tensor : file.tensors) report.parameters += c10::multiply_integers(tensor.info.shape);
  const auto files = small_files(plan);
  make_folder(folder);
  remove_old_files(folder);
  for (const auto& [name, bytes] : files) {
    write_file(folder / name, bytes);
    report.files.push_back(name);
  }
  write_checkpoint(folder, layout, [&](const NamedTensorInfo& tensor) {
    return weights->read(tensor.name, at::TensorOptions(at::kCPU));
  });
  for (const auto& file : layout.files) report.files.push_back(file.name);
  if (plan.shards > 1) report.files.emplace_back("model.safetensors.index.json");
  return report;
}

}  // namespace llama32med
