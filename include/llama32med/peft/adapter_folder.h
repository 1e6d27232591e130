// An adapter on disk in PEFT's format: adapter_config.json and adapter_model.safetensors.
//
//   base_model.model.<module>.lora_A.weight            [r, in]
//   base_model.model.<module>.lora_B.weight            [out, r]
//   base_model.model.<module>.lora_magnitude_vector    [out]      DoRA
//   base_model.model.<module of modules_to_save>.*     a whole tensor instead of the base's
//
// <module> is a name of either era of the model it is for (weights/names.h). Files of older versions, which keep the
// adapter's name (lora_A.default.weight) or write lora_magnitude_vector.weight, are read as well; pickle files (.bin)
// are not.
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

class AdapterFolder final : public WeightSource {
 public:
  // Throws Error{kData} naming the file and what is wrong: something is missing, a factor without the other, ranks that
  // are not the config's, no tensor at all, two names that mean the same.
  AdapterFolder(const std::filesystem::path& folder, const ModelNames& names);

  const std::filesystem::path& path() const { return folder_; }
  const AdapterSpec& spec() const { return spec_; }
  // nullopt where the folder has nothing for this module.
  std::optional<ModuleAdapter> adapter(const std::string& module) const;
  std::optional<LoraSpec> lora(const std::string& module) const;
  const std::set<std::string>& modules() const { return modules_; }  // with an adapter, hub names
  std::vector<std::string> saved_tensors() const;                    // of modules_to_save, hub names

  bool has(const std::string& name) const override { return stored_names_.contains(name); }
  TensorInfo info(const std::string& name) const override { return file_.info(stored_name(name)); }
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const override;
  std::vector<std::string> names() const override;
  std::string where() const override { return folder_.string(); }

 private:
  const std::string& stored_name(const std::string& name) const;
  void check_module(const std::string& module) const;

  std::filesystem::path folder_;
  AdapterSpec spec_;
  SafetensorsFile file_;
  PatternTable<std::int64_t> ranks_;
  PatternTable<double> alphas_;
  std::map<std::string, std::string> stored_names_;  // by hub name
  std::set<std::string> modules_;
};

// Of both files of an adapter's folder. Throws Error{kData} where one is missing.
std::string adapter_sha256(const std::filesystem::path& folder);

// A checkpoint's tensors, but for those that an adapter holds whole (modules_to_save); what belongs to a packed weight
// of the checkpoint ("x.weight.absmax") goes with the weight.
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

// Every tensor of the folder must have found its place in the model. Throws Error{kData} naming the first that has not.
void refuse_unused(const AdapterFolder& folder, const ParameterStore& store);

// ---- writing -----------------------------------------------------------------------------------------------------

// The spec of the adapters in `store`, as `tune` made them: PEFT selects exactly these modules by it and gives each its
// rank and alpha. Parts trained in full become modules_to_save, and those of `before`, an adapter that was gone on
// from, stay such. Throws Error{kUsage} where PEFT's format cannot say it: a text decoder trained in full.
AdapterSpec spec_of(const TuneConfig& tune, const ParameterStore& store, const std::string& base_model,
                    const AdapterFolder* before = nullptr);

struct AdapterWriting {
  AdapterLayout layout = AdapterLayout::kNew;
  ParameterValue value = [](const Parameter& parameter) { return parameter.value; };
};

// All adapter tensors, and those of modules_to_save. Each file appears whole, the tensors first.
void write_adapter(const std::filesystem::path& folder, const ParameterStore& store, const AdapterSpec& spec,
                   const AdapterWriting& writing = {});

}  // namespace llama32med
