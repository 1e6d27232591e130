// What of a model is trained: low-rank adapters, whole tensors or nothing, part by part.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>

#include "llama32med/core/config_fields.h"
#include "llama32med/weights/names.h"

namespace llama32med {

enum class PartTraining {
  kAdapter,  // low-rank factors around its linears
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
    field("train", c.train, "adapter, full or frozen");
    field("rank", c.rank, "instead of tune.rank", InRange{1, 4096});
    field("alpha", c.alpha, "instead of tune.alpha", InRange{0, 1e6});
    field("dropout", c.dropout, "instead of tune.dropout", InRange{0, 0.95});
    field("learning_rate", c.learning_rate, "instead of the stage's", InRange{0, 10});
  }
};

enum class AdapterLayout {
  kNew,  // module names of transformers >= 4.52
  kOld   // and before; newer ones read only the language part of it (PEFT 0.21 with transformers 5)
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
    field("rank", c.rank, "r of the adapters B A", InRange{1, 4096});
    field("alpha", c.alpha, "their products are scaled by alpha / r", InRange{0, 1e6});
    field("dropout", c.dropout, "of their input; not 0: equal tiles are no longer computed once", InRange{0, 0.95});
    field("rslora", c.rslora, "scale by alpha / sqrt(r)");
    field("dora", c.dora, "train the length of each weight row apart");
    field("target_modules", c.target_modules,
          "as PEFT: \"all-linear\", a list of names or endings of names, or a regular expression", NotEmpty{});
    field("exclude_modules", c.exclude_modules, "as PEFT: a list or a regular expression");
    field("rank_pattern", c.rank_pattern, "as PEFT: ranks of modules by the end of their name");
    field("alpha_pattern", c.alpha_pattern, "as PEFT: the same of alpha");
    field("vision", c.vision, "the vision encoder");
    field("projector", c.projector, "between vision encoder and text decoder");
    field("cross_attention", c.cross_attention, "where the text looks at the image");
    field("text", c.text, "the rest of the text decoder");
    field("peft_layout", c.peft_layout, "module names of written adapters: new, or old (before transformers 4.52)");
  }
};

}  // namespace llama32med
