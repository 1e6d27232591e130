#include <fmt/format.h>

#include "app/plan/memory_plan.h"

namespace llama32med {

std::vector<Remedy> remedies(const PlanRequest& request) {
  const auto stage = fmt::format("stage{}.", request.stage);
  std::vector<Remedy> found;
  auto changed = request;
  double before = plan_stage(changed).total;
  const auto attempt = [&](std::string setting, bool exact, auto change) {
    auto alone = request, together = changed;
    change(alone), change(together);
    const double total = plan_stage(together).total;
    if (total > 0.995 * before) return;
    found.push_back({std::move(setting), exact, plan_stage(alone).total, total});
    changed = together;
    before = total;
  };
  attempt(stage + "train.images_per_pass=1", true, [](PlanRequest& r) { r.train.images_per_pass = 1; });
  attempt("model.vision_activations=recompute", true,
          [](PlanRequest& r) { r.options.vision_activations = Activations::kRecompute; });
  attempt("model.text_activations=recompute", true,
          [](PlanRequest& r) { r.options.text_activations = Activations::kRecompute; });
  attempt(stage + "train.questions_per_pass=1", true, [](PlanRequest& r) { r.step = r.step_by_question; });
  attempt(stage + "train.optimizer.states=8bit", false,
          [](PlanRequest& r) { r.train.optimizer.states = OptimizerStates::k8bit; });
  attempt("model.quantize.weights=nf4", false, [](PlanRequest& r) { r.quantize.weights = Quantize::kNf4; });
  attempt("image.square_resize=512", false, [](PlanRequest& r) {
    for (auto* step : {&r.step, &r.step_by_question}) step->tiles = std::min(step->tiles, step->square_tiles);
  });
  return found;
}

std::vector<Remedy> exact_remedies_for(const PlanRequest& request, std::int64_t available) {
  std::vector<Remedy> chosen;
  if (plan_stage(request).total <= static_cast<double>(available)) return chosen;
  for (const auto& remedy : remedies(request)) {
    if (!remedy.exact) break;
    chosen.push_back(remedy);
    if (remedy.together <= static_cast<double>(available)) break;
  }
  return chosen;
}

}  // namespace llama32med
