#include "llama32med/scoring/answered_run.h"

#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"

namespace llama32med {

RunFiles run_files(const std::filesystem::path& run, const std::filesystem::path& out) {
  if (run.empty())
    throw usage_error("give --run DIR, the folder of a finished `llama32med eval` (with predictions.jsonl)");
  const bool whole = is_folder(run);
  return {.predictions = whole ? run / "predictions.jsonl" : run,
          .folder = !out.empty() ? out
                    : whole      ? run
                                 : run.parent_path()};
}

}  // namespace llama32med
