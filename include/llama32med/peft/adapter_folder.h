// An adapter on disk in PEFT's format: adapter_config.json and adapter_model.safetensors.
//
//   base_model.model.<module>.lora_A.weight            [r, in]
//   base_model.model.<module>.lora_B.weight            [out, r]
//   base_model.model.<module>.lora_magnitude_vector    [out]      DoRA
//   base_model.model.<module of modules_to_save>.*     a whole tensor that replaces the base's
//   base_model.model.<module>.base_layer.weight        the weight the module's adapter was trained with: likewise
//
// PEFT saves base layers of its own accord if lm_head or embed_tokens is among target_modules. LoRA on an embedding
// itself (lora_embedding_A) is not supported.
//
// <module> follows either naming convention of the model (weights/names.h). Files of older PEFT versions, which contain
// the adapter's name (lora_A.default.weight) or lora_magnitude_vector.weight, are also read; pickle files (.bin) are
// not.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "llama32med/nn/linear_chooser.h"
#include "llama32med/nn/parameter_store.h"
#include "llama32med/peft/adapter_spec.h"
#include "llama32med/peft/target_modules.h"
#include "llama32med/peft/tune_config.h"
#include "llama32med/weights/names.h"
#include "llama32med/weights/safetensors.h"
#include "llama32med/weights/weight_source.h"

namespace llama32med {

// The adapter's settings for one module.
struct ModuleAdapter {
  std::int64_t rank = 8;
  double alpha = 8, dropout = 0;
  bool rslora = false;
  LoraKind kind = LoraKind::kLora;

  LoraSpec lora() const;
};

enum class Naming { kHub, kTree };  // the naming convention of a file (weights/names.h)

class AdapterFolder final : public WeightSource {
 public:
  // Throws Error{kData} naming the file and the problem: a missing file, a factor without the other, ranks that differ
  // from the config, no tensors, two names with the same meaning.
  AdapterFolder(const std::filesystem::path& folder, const ModelNames& names);

  const std::filesystem::path& path() const { return folder_; }
  const AdapterSpec& spec() const { return spec_; }
  Naming naming() const { return naming_; }
  // nullopt if the folder has no adapter for this module.
  std::optional<ModuleAdapter> adapter(const std::string& module) const;
  std::optional<LoraSpec> lora(const std::string& module) const;
  const std::set<std::string>& modules() const { return modules_; }  // modules with an adapter, hub names
  std::vector<std::string> saved_tensors() const;                    // tensors of modules_to_save, hub names

  bool has(const std::string& name) const override { return stored_names_.contains(name); }
  TensorInfo info(const std::string& name) const override { return file_.info(stored_name(name)); }
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const override;
  std::vector<std::string> names() const override;
  std::string where() const override { return folder_.string(); }

 private:
  const std::string& stored_name(const std::string& name) const;
  void check_module(const std::string& module) const;
  void refuse_embedding_adapter(const std::string& stored) const;

  std::filesystem::path folder_;
  AdapterSpec spec_;
  Naming naming_ = Naming::kHub;
  SafetensorsFile file_;
  PatternTable<std::int64_t> ranks_;
  PatternTable<double> alphas_;
  std::map<std::string, std::string> stored_names_;  // by hub name
  std::set<std::string> modules_;
};

// Hash of both files in an adapter folder. Throws Error{kData} if one is missing.
std::string adapter_sha256(const std::filesystem::path& folder);

// The tensors of a checkpoint, except those that an adapter replaces (modules_to_save). If it replaces a packed weight,
// the tensors that belong to that weight ("x.weight.absmax") are hidden too.
class OverlaidWeights final : public WeightSource {
 public:
  OverlaidWeights(const WeightSource& base, const AdapterFolder& adapter) : base_(&base), adapter_(&adapter) {}
  bool has(const std::string& name) const override { return base_->has(name) && !is_covered(name); }
  TensorInfo info(const std::string& name) const override { return of(name).info(name); }
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const override {
    return of(name).read(name, target);
  }
  std::vector<std::string> names() const override;
  std::string where() const override { return base_->where() + " with " + adapter_->where(); }

 private:
  bool is_covered(const std::string& name) const;
  const WeightSource& of(const std::string& name) const {
    if (base_->has(name) && adapter_->has(name)) return *adapter_;
    return *base_;
  }
  const WeightSource* base_;
  const AdapterFolder* adapter_;
};

// ---- writing -----------------------------------------------------------------------------------------------------

// The spec of the adapters in `store`, which were created by `tune`: with it PEFT selects exactly these modules and
// gives each its rank and alpha. Parts trained in full become modules_to_save; so do those of `before`, the adapter
// that training continued from. Throws Error{kUsage} for what PEFT's format cannot express: a text decoder trained in
// full.
AdapterSpec spec_of(const TuneConfig& tune, const ParameterStore& store, const std::string& base_model,
                    const AdapterFolder* before = nullptr);

struct AdapterWriting {
  AdapterLayout layout = AdapterLayout::kNew;
  ParameterValue value = [](const Parameter& parameter) { return parameter.value; };
};

// Writes all adapter tensors and those of modules_to_save. Each file appears complete, the tensors first.
void write_adapter(const std::filesystem::path& folder, const ParameterStore& store, const AdapterSpec& spec,
                   const AdapterWriting& writing = {});

}  // namespace llama32med
