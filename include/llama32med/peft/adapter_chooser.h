// Chooses the adapter of each linear layer, for a model that is fine-tuned or that runs with an adapter.
//
//   module in the adapter folder                   its trained tensors; rank, alpha and kind must match a TuneConfig
//   else in a part trained by adapters, selected   a fresh adapter
//   else                                           none
//
// Without a TuneConfig (inference): only the adapters in the folder, and no dropout.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "llama32med/nn/linear_chooser.h"
#include "llama32med/peft/adapter_folder.h"
#include "llama32med/peft/target_modules.h"
#include "llama32med/peft/tune_config.h"

namespace llama32med {

// The adapter settings of a TuneConfig for a module, selected or not. Patterns override parts, which override the
// global settings.
class TunedAdapters {
 public:
  TunedAdapters(const TuneConfig& tune, const ModelNames& names);
  ModuleAdapter of(const std::string& module) const;
  bool selects(const std::string& module) const;  // true if its part is trained by adapters and it is a target

 private:
  TuneConfig tune_;
  ModelNames names_;
  TargetModules targets_;
  PatternTable<std::int64_t> ranks_;
  PatternTable<double> alphas_;
};

struct AdapterSources {
  const TuneConfig* tune = nullptr;
  const ModelNames* names = nullptr;  // names of the model; required with `tune`
  const AdapterFolder* folder = nullptr;
  std::function<WeightStorage(const std::string& module)> storage = nullptr;  // null: dense
  std::uint64_t seed = 0;                                                     // for fresh adapters
};

class AdapterChooser final : public LinearChooser {
 public:
  explicit AdapterChooser(const AdapterSources& sources);
  // Throws Error{kUsage} with both values if folder and TuneConfig disagree about this module.
  LinearChoice choose(const std::string& module) const override;

  // To be called after the model is built: throws Error{kUsage} if adapters are configured but target_modules, or a
  // name in its list, matches no linear layer of the model.
  void refuse_unmatched() const;
  // Linear layers of the model that was built, hub names.
  const std::set<std::string>& linears() const { return asked_; }

 private:
  LinearChoice choose_adapter(const std::string& module) const;
  void check_agreement(const std::string& module, const ModuleAdapter& trained) const;

  AdapterSources sources_;
  std::optional<TunedAdapters> tuned_;
  mutable std::set<std::string> asked_;  // linear layers of the model
};

}  // namespace llama32med
