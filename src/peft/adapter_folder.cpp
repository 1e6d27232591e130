#include "llama32med/peft/adapter_folder.h"

#include <ATen/core/Tensor.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/sha256.h"
#include "llama32med/weights/folders.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "adapter_config.json";
constexpr const char* kWeights = "adapter_model.safetensors";

// Explains why there is no adapter. Pickle files can execute arbitrary code, so they are not read.
void check_files(const fs::path& folder) {
  if (!is_folder(folder))
    throw data_error("{}: is not a folder; --adapter takes a folder with {} and {}{}", folder.string(), kConfig,
                     kWeights, hub_advice(folder));
  if (!is_there(folder / kConfig)) {
    const auto inner = subfolder_with(folder, kConfig);
    throw data_error("{}: has no {}; {}", folder.string(), kConfig,
                     inner                              ? fmt::format("{} has one: pass that folder", inner->string())
                     : is_there(folder / "config.json") ? "it is a model: pass it with --model"
                                                        : "is it an adapter folder?");
  }
  if (is_there(folder / kWeights)) return;
  if (is_there(folder / "adapter_model.bin"))
    throw data_error(
        "{}: stores its tensors as a Python pickle (adapter_model.bin), which is not supported; save it with "
        "safe_serialization=True",
        folder.string());
  throw data_error("{}: has no {}", folder.string(), kWeights);
}

AdapterSpec read_spec(const fs::path& folder) {
  check_files(folder);
  return read_adapter_spec(read_json(folder / kConfig), (folder / kConfig).string());
}

constexpr std::string_view kMagnitude = ".lora_magnitude_vector";

// "m.lora_A.default.weight" -> "m.lora_A.weight", "m.lora_magnitude_vector[.default][.weight]" ->
// "m.lora_magnitude_vector", "m.modules_to_save.default.weight" and "m.base_layer.weight" -> "m.weight"; other names
// are kept.
std::string without_adapter_name(const std::string& name) {
  constexpr std::string_view kBaseLayer = ".base_layer.";
  if (const auto at = name.find(kBaseLayer); at != name.npos)
    return name.substr(0, at + 1) + name.substr(at + kBaseLayer.size());
  for (const std::string_view factor : {"lora_A", "lora_B"}) {
    const auto mark = fmt::format(".{}.", factor);
    if (const auto at = name.find(mark); at != name.npos && name.ends_with(".weight"))
      return name.substr(0, at + mark.size()) + "weight";
  }
  if (const auto at = name.find(kMagnitude); at != name.npos) return name.substr(0, at + kMagnitude.size());
  constexpr std::string_view kSaved = ".modules_to_save.";
  if (const auto at = name.find(kSaved); at != name.npos) {
    const auto rest = name.find('.', at + kSaved.size());
    if (rest != name.npos) return name.substr(0, at) + name.substr(rest);
  }
  return name;
}

constexpr std::array kAdapterEndings = {std::string_view(".lora_A.weight"), std::string_view(".lora_B.weight"),
                                        kMagnitude};

// "m" for "m.lora_A.weight" etc.; "" for other tensors.
std::string module_of(const std::string& name) {
  for (const auto end : kAdapterEndings)
    if (name.ends_with(end)) return name.substr(0, name.size() - end.size());
  return "";
}

}  // namespace

LoraSpec ModuleAdapter::lora() const {
  const auto r = static_cast<double>(rank);
  return {.rank = rank, .scale = alpha / (rslora ? std::sqrt(r) : r), .dropout = dropout, .kind = kind};
}

AdapterFolder::AdapterFolder(const fs::path& folder, const ModelNames& names)
    : folder_(folder),
      spec_(read_spec(folder)),
      file_(folder / kWeights),
      ranks_(spec_.rank_pattern, names, {"rank_pattern", (folder / kConfig).string()}),
      alphas_(spec_.alpha_pattern, names, {"alpha_pattern", (folder / kConfig).string()}) {
  for (const auto& stored : file_.names()) {
    refuse_embedding_adapter(stored);
    const auto hub = names.hub_name(stored);
    if (stored != hub && stored != "base_model.model." + hub) naming_ = Naming::kTree;
    const auto name = without_adapter_name(hub);
    const auto [at, fresh] = stored_names_.emplace(name, stored);
    if (!fresh)
      throw data_error("{}: tensors \"{}\" and \"{}\" are two names of the same tensor", file_.path().string(),
                       at->second, stored);
    if (const auto module = module_of(name); !module.empty()) modules_.insert(module);
  }
  if (stored_names_.empty()) throw data_error("{}: has no tensors", file_.path().string());
  for (const auto& module : modules_) check_module(module);
}

void AdapterFolder::refuse_embedding_adapter(const std::string& stored) const {
  if (stored.find(".lora_embedding_") == stored.npos) return;
  throw data_error(
      "{}: \"{}\" is LoRA on an embedding, which is not supported; merge the adapter with PEFT's merge_and_unload(), "
      "save "
      "the model and pass it with --model, or train without embed_tokens in target_modules",
      file_.path().string(), stored);
}

void AdapterFolder::check_module(const std::string& module) const {
  const auto where = file_.path().string();
  for (const auto* factor : {".lora_A.weight", ".lora_B.weight"}) {
    if (!has(module + factor)) throw data_error("{}: \"{}\" has no {}", where, module, factor + 1);
    if (const auto shape = info(module + factor).shape; shape.size() != 2 || shape[0] == 0 || shape[1] == 0)
      throw data_error("{}: \"{}{}\" has shape [{}]; a matrix is required", where, module, factor,
                       fmt::join(shape, ", "));
  }
  const auto a = info(module + ".lora_A.weight").shape[0], b = info(module + ".lora_B.weight").shape[1];
  const auto rank = ranks_.find(module, spec_.rank);
  if (a != rank || b != rank)
    throw data_error("{}: \"{}\" has lora_A with rank {} and lora_B with rank {}, but {} has rank {}", where, module, a,
                     b, kConfig, rank);
  if (has(module + std::string(kMagnitude)) != spec_.dora)
    throw data_error("{}: \"{}\" has {} lora_magnitude_vector, but {} has \"use_dora\": {}", where, module,
                     spec_.dora ? "no" : "a", kConfig, spec_.dora);
}

std::optional<ModuleAdapter> AdapterFolder::adapter(const std::string& module) const {
  if (!modules_.contains(module)) return std::nullopt;
  return ModuleAdapter{.rank = ranks_.find(module, spec_.rank),
                       .alpha = alphas_.find(module, spec_.alpha),
                       .dropout = spec_.dropout,
                       .rslora = spec_.rslora,
                       .kind = spec_.dora ? LoraKind::kDora : LoraKind::kLora};
}

std::optional<LoraSpec> AdapterFolder::lora(const std::string& module) const {
  const auto found = adapter(module);
  return found ? std::optional(found->lora()) : std::nullopt;
}

std::vector<std::string> AdapterFolder::saved_tensors() const {
  std::vector<std::string> saved;
  for (const auto& [name, stored] : stored_names_)
    if (module_of(name).empty()) saved.push_back(name);
  return saved;
}

std::string adapter_sha256(const fs::path& folder) {
  check_files(folder);
  return sha256(sha256_of_file(folder / kConfig) + sha256_of_file(folder / kWeights));
}

const std::string& AdapterFolder::stored_name(const std::string& name) const {
  const auto found = stored_names_.find(name);
  if (found == stored_names_.end())
    throw data_error("{}: has no tensor \"{}\"{}", where(), name, did_you_mean(name, names()));
  return found->second;
}

at::Tensor AdapterFolder::read(const std::string& name, const at::TensorOptions& target) const {
  return file_.read(stored_name(name), target);
}

std::vector<std::string> AdapterFolder::names() const {
  std::vector<std::string> names;
  for (const auto& [name, stored] : stored_names_) names.push_back(name);
  return names;
}

bool OverlaidWeights::is_covered(const std::string& name) const {
  constexpr std::string_view kWeight = ".weight";
  const auto at = name.find(std::string(kWeight) + ".");
  return at != name.npos && adapter_->has(name.substr(0, at + kWeight.size()));
}

std::vector<std::string> OverlaidWeights::names() const {
  auto names = base_->names();
  std::erase_if(names, [&](const auto& name) { return is_covered(name); });
  return names;
}

}  // namespace llama32med
