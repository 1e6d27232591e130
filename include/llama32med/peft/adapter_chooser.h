// What stands at each linear of a model that is tuned, or that runs with an adapter.
//
//   in the folder                           its trained tensors; with a TuneConfig, rank, alpha and kind must agree
//   else part trained by adapters, selected a fresh adapter
//   else                                    none
//
// Without a TuneConfig (inference) only what the folder holds, and no dropout.
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

// The adapter that a TuneConfig asks for at a module, whether selected or not: patterns before parts before the whole.
class TunedAdapters {
 public:
  TunedAdapters(const TuneConfig& tune, const ModelNames& names);
  ModuleAdapter of(const std::string& module) const;
  bool selects(const std::string& module) const;  // its part is trained by adapters, and it is targeted

 private:
  TuneConfig tune_;
  ModelNames names_;
  TargetModules targets_;
  PatternTable<std::int64_t> ranks_;
  PatternTable<double> alphas_;
};

struct AdapterSources {
  const TuneConfig* tune = nullptr;
  const ModelNames* names = nullptr;  // of the model; needed with `tune`
  const AdapterFolder* folder = nullptr;
  std::function<WeightStorage(const std::string& module)> storage = nullptr;  // null: dense
  std::uint64_t seed = 0;                                                     // of fresh adapters
};

class AdapterChooser final : public LinearChooser {
 public:
  explicit AdapterChooser(const AdapterSources& sources);
  // Throws Error{kUsage} where folder and TuneConfig disagree about this module, with both values.
  LinearChoice choose(const std::string& module) const override;

  // Once the model is built: throws Error{kUsage} where an adapter was asked for and target_modules, or a name of its
  // list, fits no linear of the model.
  void refuse_unmatched() const;

 private:
  LinearChoice choose_adapter(const std::string& module) const;
  void check_agreement(const std::string& module, const ModuleAdapter& trained) const;

  AdapterSources sources_;
  std::optional<TunedAdapters> tuned_;
  mutable std::set<std::string> asked_;  // the linears of the model, for refuse_unmatched()
};

}  // namespace llama32med
