#include "llama32med/scoring/answered_run.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/scoring/item_json.h"

namespace llama32med {

AnsweredRun read_run(const std::filesystem::path& folder) {
  const auto predictions = folder / "predictions.jsonl", file = folder / "report.json";
  if (!std::filesystem::is_regular_file(predictions) || !std::filesystem::is_regular_file(file))
    throw data_error("{}: not a finished run; eval and score --out write report.json and predictions.jsonl",
                     folder.string());
  const auto report = read_json(file);
  const auto scores = report.is_object() ? report.value("scores", Json::object()) : Json();
  if (!scores.is_object() || !scores.contains("scores") || !report.contains("run") || !report["run"].is_object())
    throw data_error("{}: is not the report of one run; it was written by another program or an older version",
                     file.string());
  AnsweredRun run;
  read_config(report["run"], run.facts, file.string());
  run.facts.name = folder_name(folder);
  for_each_json_line(predictions, [&](const Json& line, const std::string&) {
    run.items.push_back({record_from_json(line), prediction_from_json(line)});
  });
  for (const auto& skipped : report.value("skipped", Json::array()))
    run.skipped.push_back({skipped.value("id", ""), skipped.value("where", ""), skipped.value("reason", "")});
  return run;
}

RunFiles run_files(const std::filesystem::path& run, const std::filesystem::path& out) {
  if (run.empty())
    throw usage_error("give --run DIR, the folder of a finished `llama32med eval` (with predictions.jsonl)");
  const bool is_folder = std::filesystem::is_directory(run);
  return {.predictions = is_folder ? run / "predictions.jsonl" : run,
          .folder = !out.empty() ? out
                    : is_folder  ? run
                                 : run.parent_path()};
}

}  // namespace llama32med
