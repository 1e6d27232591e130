#include "llama32med/peft/adapter_chooser.h"

#include <algorithm>

#include "llama32med/core/error.h"

namespace llama32med {
namespace {

std::string describe(const TextOrList& names) {
  if (const auto* text = std::get_if<std::string>(&names)) return fmt::format("\"{}\"", *text);
  return fmt::format("[{}]", join(std::get<std::vector<std::string>>(names), ", "));
}

bool trains_adapters(const TuneConfig& tune) {
  return std::ranges::any_of(names_of(Part{}),
                             [&](const auto& part) { return tune.part(part.value).train == PartTraining::kAdapter; });
}

std::string last_part(const std::string& module) { return module.substr(module.rfind('.') + 1); }

}  // namespace

TunedAdapters::TunedAdapters(const TuneConfig& tune, const ModelNames& names)
    : tune_(tune),
      names_(names),
      targets_(tune.target_modules, tune.exclude_modules, names),
      ranks_(tune.rank_pattern, names, {"rank_pattern"}),
      alphas_(tune.alpha_pattern, names, {"alpha_pattern"}) {}

ModuleAdapter TunedAdapters::of(const std::string& module) const {
  const auto& part = tune_.part(names_.part_of(module));
  return {.rank = ranks_.find(module, part.rank.value_or(tune_.rank)),
          .alpha = alphas_.find(module, part.alpha.value_or(tune_.alpha)),
          .dropout = part.dropout.value_or(tune_.dropout),
          .rslora = tune_.rslora,
          .kind = tune_.dora ? LoraKind::kDora : LoraKind::kLora};
}

bool TunedAdapters::selects(const std::string& module) const {
  return tune_.part(names_.part_of(module)).train == PartTraining::kAdapter && targets_(module);
}

AdapterChooser::AdapterChooser(const AdapterSources& sources) : sources_(sources) {
  if (sources.tune) tuned_.emplace(*sources.tune, *sources.names);
}

LinearChoice AdapterChooser::choose(const std::string& module) const {
  asked_.insert(module);
  auto choice = choose_adapter(module);
  const bool whole = sources_.folder && sources_.folder->has(module + ".weight");  // trained in full: not quantized
  if (sources_.storage && !whole) choice.storage = sources_.storage(module);
  return choice;
}

LinearChoice AdapterChooser::choose_adapter(const std::string& module) const {
  LinearChoice choice{.seed = sources_.seed};
  if (const auto trained = sources_.folder ? sources_.folder->adapter(module) : std::nullopt) {
    if (tuned_) check_agreement(module, *trained);
    choice.lora = trained->lora();
    choice.lora->dropout = tuned_ && tuned_->selects(module) ? tuned_->of(module).dropout : 0;  // frozen: none
    choice.trained = sources_.folder;
  } else if (tuned_ && tuned_->selects(module)) {
    choice.lora = tuned_->of(module).lora();
  }
  return choice;
}

void AdapterChooser::check_agreement(const std::string& module, const ModuleAdapter& trained) const {
  const auto where = sources_.folder->where();
  const auto part = sources_.names->part_of(module);
  if (sources_.tune->part(part).train == PartTraining::kFull)
    throw usage_error("{}: contains an adapter for \"{}\", but {} is to be trained in full; merge the adapter first",
                      where, module, enum_name(part));
  const auto wanted = tuned_->of(module);
  const auto differ = [&](const char* what, const auto& theirs, const auto& ours) {
    if (theirs != ours)
      throw usage_error("{}: \"{}\" has {} {}, the config has {}; these settings of an adapter cannot be changed",
                        where, module, what, theirs, ours);
  };
  differ("rank", trained.rank, wanted.rank);
  differ("alpha", trained.alpha, wanted.alpha);
  differ("rslora", trained.rslora, wanted.rslora);
  differ("dora", trained.kind == LoraKind::kDora, wanted.kind == LoraKind::kDora);
}

namespace {

// A text is a regular expression for the whole name of a module; many users mean the name of a layer.
std::string list_advice(const TextOrList& targets, const std::set<std::string>& modules) {
  const auto* text = std::get_if<std::string>(&targets);
  if (!text || std::ranges::none_of(modules, [&](const auto& module) { return last_part(module) == *text; })) return "";
  return fmt::format(
      "; as in PEFT, a text is a regular expression for the whole name: write [\"{}\"] for all layers of "
      "that name",
      *text);
}

}  // namespace

void AdapterChooser::refuse_unmatched() const {
  if (!sources_.tune || !trains_adapters(*sources_.tune)) return;
  const auto& tune = *sources_.tune;
  if (std::ranges::none_of(asked_, [&](const auto& module) { return choose_adapter(module).lora.has_value(); }))
    throw usage_error(
        "target_modules {} matches no linear layer in the parts of this model that are trained with adapters{}",
        describe(tune.target_modules), list_advice(tune.target_modules, asked_));
  const auto* list = std::get_if<std::vector<std::string>>(&tune.target_modules);
  if (!list) return;
  std::set<std::string> known;
  for (const auto& module : asked_) known.insert(last_part(module));
  for (const auto& name : *list)
    if (std::ranges::none_of(asked_, names_test(std::vector{name}, *sources_.names, {"target_modules"})))
      throw usage_error("target_modules: \"{}\" matches no linear layer of this model{}", name,
                        did_you_mean(name, {known.begin(), known.end()}));
}

}  // namespace llama32med
