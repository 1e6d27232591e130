#include "app/train/stage_files.h"

#include <fmt/format.h>

#include "app/common/load.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

StageStart start_from(const fs::path& folder, const fs::path& model) {
  if (is_there(folder / "adapter_config.json")) return {model, folder};
  if (is_there(folder / "config.json")) return {folder, std::nullopt};
  throw usage_error("{}: is neither an adapter folder (adapter_config.json) nor a model folder (config.json)",
                    folder.string());
}

}  // namespace

StageFiles::StageFiles(const fs::path& run, int stage)
    : folder(run / fmt::format("stage{}", stage)),
      metrics(folder / "metrics.jsonl"),
      curves(folder / "curves.svg"),
      best(folder / "best") {}

std::optional<fs::path> StageFiles::find_result() const {
  for (const bool is_adapter : {true, false})
    if (is_there(result(is_adapter))) return result(is_adapter);
  return std::nullopt;
}

StageStart find_start(const TrainingRequest& request, int number, const StageConfig& stage) {
  require_model(request.config);
  const auto& model = request.config.model.folder;
  if (stage.start != "auto" && stage.start != "fresh") return start_from(stage.start, model);
  if (stage.start == "auto" && number > 1) {
    const StageFiles before(request.out, number - 1);
    if (const auto result = before.find_result()) return start_from(*result, model);
    throw usage_error(
        "stage {} starts from the result of stage {}, but {} does not exist: run --stage {} first, or start from the "
        "model with --set stage{}.start=fresh",
        number, number - 1, before.result(true).string(), number - 1, number);
  }
  return request.config.model.adapter.empty() ? StageStart{model, std::nullopt}
                                              : StageStart{model, request.config.model.adapter};
}

}  // namespace llama32med
