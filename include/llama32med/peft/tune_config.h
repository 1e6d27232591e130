// Which parts of a model are trained, and how: with low-rank adapters, in full, or not at all.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>

#include "llama32med/core/config_fields.h"
#include "llama32med/peft/adapter_spec.h"
#include "llama32med/weights/names.h"

namespace llama32med {

enum class PartTraining {
  kAdapter,  // low-rank adapters around its linear layers
  kFull,     // all its tensors
  kFrozen
};
constexpr auto names_of(PartTraining) {
  return std::array{Named{"adapter", PartTraining::kAdapter}, Named{"full", PartTraining::kFull},
                    Named{"frozen", PartTraining::kFrozen}};
}

struct PartConfig {
  PartTraining train = PartTraining::kAdapter;
  std::optional<std::int64_t> rank;
  std::optional<double> alpha, dropout, learning_rate;

  static void describe(auto& c, auto&& field) {
    field("train", c.train, "how this part is trained: with adapters, in full, or frozen");
    field("rank", c.rank, "rank for this part; null: tune.rank", InRange{1, 4096});
    field("alpha", c.alpha, "alpha for this part; null: tune.alpha", InRange{0, kLargestAlpha});
    field("dropout", c.dropout, "dropout for this part; null: tune.dropout", InRange{0, 0.95});
    field("learning_rate", c.learning_rate, "peak learning rate for this part; null: train.learning_rate",
          InRange{0, 10});
  }
};

enum class AdapterLayout {
  kNew,  // module names of transformers >= 4.52
  kOld   // names before 4.52; newer versions read only the language part (PEFT 0.21 with transformers 5)
};
constexpr auto names_of(AdapterLayout) {
  return std::array{Named{"new", AdapterLayout::kNew}, Named{"old", AdapterLayout::kOld}};
}

struct TuneConfig {
  std::int64_t rank = 32;
  double alpha = 32;
  double dropout = 0;
  bool rslora = false;
  bool dora = false;
  TextOrList target_modules = "all-linear";
  TextOrList exclude_modules = std::vector<std::string>{};
  std::map<std::string, std::int64_t> rank_pattern;
  std::map<std::string, double> alpha_pattern;
  PartConfig vision, projector, cross_attention, text;
  AdapterLayout peft_layout = AdapterLayout::kNew;

  const PartConfig& part(Part part) const;

  static void describe(auto& c, auto&& field) {
    field("rank", c.rank, "rank r of the LoRA adapters", InRange{1, 4096});
    field("alpha", c.alpha, "LoRA alpha: the update is scaled by alpha / r", InRange{0, kLargestAlpha});
    field("dropout", c.dropout, "dropout on the input of adapters; above 0, equal tiles are no longer computed once",
          InRange{0, 0.95});
    field("rslora", c.rslora, "rank-stabilized LoRA: scale by alpha / sqrt(r)");
    field("dora", c.dora, "DoRA: train the magnitude of each weight row separately");
    field("target_modules", c.target_modules,
          "modules with adapters, as in PEFT: \"all-linear\", a list of names or endings of names, or a regular "
          "expression",
          NotEmpty{});
    field("exclude_modules", c.exclude_modules, "modules without adapters, as in PEFT: a list or a regular expression");
    field("rank_pattern", c.rank_pattern, "ranks of single modules, by the end of their name, as in PEFT",
          InRange{1, 4096});
    field("alpha_pattern", c.alpha_pattern, "alphas of single modules, by the end of their name, as in PEFT",
          InRange{0, kLargestAlpha});
    field("vision", c.vision, "vision encoder");
    field("projector", c.projector, "projector from the vision encoder to the text decoder");
    field("cross_attention", c.cross_attention, "cross-attention to the image");
    field("text", c.text, "rest of the text decoder");
    field("peft_layout", c.peft_layout, "module names in saved adapters: new, or old for transformers before 4.52");
  }
};

}  // namespace llama32med
