#include <fmt/format.h>

#include "app/plan/memory_plan.h"
#include "llama32med/core/config_json.h"

namespace llama32med {
namespace {

std::string remedies_text(const std::vector<Remedy>& remedies, std::int64_t available, bool fits) {
  constexpr double kMiB = 1 << 20;
  if (remedies.empty())
    return fits ? "" : "\nno setting of this program reduces it further: a smaller model or batch is needed\n";
  auto text = fmt::format("\n{:>15}  {:>26}  settings that reduce the total\n", "alone", "with all settings above");
  const auto cell = [&](double total) {
    const bool helps = !fits && total <= static_cast<double>(available);
    return fmt::format("{:.1f} MiB{}", total / kMiB, helps ? " (fits)" : "");
  };
  for (const auto& remedy : remedies)
    text += fmt::format("{:>15}  {:>26}  --set {}{}\n", fmt::format("{:.1f} MiB", remedy.alone / kMiB),
                        cell(remedy.together), remedy.setting, remedy.exact ? "" : "  (changes results)");
  return text;
}

}  // namespace

std::string plan_text(const StagePlan& plan, std::int64_t available, const std::vector<Remedy>& remedies) {
  constexpr double kMiB = 1 << 20;
  std::string text;
  for (const auto& line : plan.lines)
    text += fmt::format("{:<20}{:>10.1f} MiB  {}\n", line.name, line.bytes / kMiB, line.detail);
  const bool fits = plan.total <= static_cast<double>(available);
  text += fmt::format("{:<20}{:>10.1f} MiB  of {:.1f} MiB: {} (the most in a step: {})\n", "total", plan.total / kMiB,
                      static_cast<double>(available) / kMiB, fits ? "fits" : "does not fit", plan.peak);
  text += fmt::format(
      "\nvision activations: {:.1f} MiB if kept, {:.1f} MiB if recomputed; text: {:.1f} and {:.1f} MiB\n",
      plan.vision_kept / kMiB, plan.vision_recomputed / kMiB, plan.text_kept / kMiB, plan.text_recomputed / kMiB);
  text +=
      fmt::format("trained: {:.2f} M of {:.1f} M parameters ({:.2f} %)\n",
                  static_cast<double>(plan.trained_parameters) / 1e6, static_cast<double>(plan.model_parameters) / 1e6,
                  100.0 * static_cast<double>(plan.trained_parameters) / static_cast<double>(plan.model_parameters));
  text += fmt::format("compute: {:.3g} TFLOP per step, forward and backward\n", plan.flops / 1e12);
  text += remedies_text(remedies, available, fits);
  return text;
}

Json plan_json(const StagePlan& plan, std::int64_t available, const std::vector<Remedy>& remedies) {
  Json lines = Json::object(), switches = Json::array();
  for (const auto& line : plan.lines) lines[line.name] = static_cast<std::int64_t>(line.bytes);
  for (const auto& remedy : remedies)
    switches.push_back({{"setting", remedy.setting},
                        {"exact", remedy.exact},
                        {"alone_bytes", static_cast<std::int64_t>(remedy.alone)},
                        {"total_bytes", static_cast<std::int64_t>(remedy.together)}});
  return {{"bytes", lines},
          {"peak", plan.peak},
          {"total_bytes", static_cast<std::int64_t>(plan.total)},
          {"available_bytes", available},
          {"fits", plan.total <= static_cast<double>(available)},
          {"vision_activations", {{"keep", plan.vision_kept}, {"recompute", plan.vision_recomputed}}},
          {"text_activations", {{"keep", plan.text_kept}, {"recompute", plan.text_recomputed}}},
          {"trained_parameters", plan.trained_parameters},
          {"flop_per_step", plan.flops},
          {"switches", switches}};
}

}  // namespace llama32med
