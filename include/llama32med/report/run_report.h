// What a run of answers is worth: from its items to predictions.jsonl, report.json, report.md and report.html.
//
// `eval`, `score` and `report` all come through here, so the same answers have the same numbers whoever asks.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/data/dataset.h"
#include "llama32med/report/analysis.h"
#include "llama32med/report/blind_baselines.h"
#include "llama32med/report/caption_metrics.h"
#include "llama32med/report/image_gain.h"
#include "llama32med/report/leaks.h"
#include "llama32med/scoring/answered_run.h"
#include "llama32med/scoring/run_facts.h"
#include "llama32med/scoring/score_table.h"

namespace llama32med {

// The split that a model was trained on, to compare a test set with.
struct TrainingData {
  std::optional<Dataset> records;
  std::string absent;  // why there are none
};

enum class ReportSections {
  kAll,
  kScores,  // the table alone: for the screen, where nothing else is shown
};

struct ReportRequest {
  ReportSections sections = ReportSections::kAll;
  std::vector<std::string> protocols;  // of the score table; the first is the one that is analyzed
  TrainingData train;
  ImageLooks looks = ImageLooks::kIgnore;
  std::vector<std::pair<std::string, std::vector<Item>>>
      conditions;  // the same questions about shuffled, blank, no images
};

struct RunReport {
  RunFacts facts;
  ScoreTable scores;  // no rows for captions
  std::optional<Analysis> analysis;
  std::optional<BlindBaselines> baselines;
  std::optional<Leaks> leaks;
  std::vector<LeakScore> leak_scores;
  std::string train_absent;  // why there are neither
  std::vector<ImageGain> image_gains;
  std::optional<CaptionScores> captions;
  TrainOverlaps overlaps;                               // by record id
  std::map<std::string, std::int64_t> conflict_groups;  // by record id: asked the same, answered differently
  std::vector<SkippedRecord> skipped;
  std::int64_t answers_without_image = 0;
};

RunReport make_report(const AnsweredRun& run, const ReportRequest& request);
Json run_report_json(const RunReport& report);
std::string run_report_markdown(const RunReport& report);

// All four files; for captions also bertscore_pairs.tsv, from which scripts/bertscore.py makes bertscore.tsv. Each line
// of predictions.jsonl then holds, beside the answer, what the report rests on: run, dataset and hashes, answer types,
// normalized forms, and the scores under each protocol.
void write_report(const std::filesystem::path& folder, const AnsweredRun& run, const RunReport& report);

// Where the folder holds a bertscore.tsv: bertscore.json. Throws Error{kData} where it is of other items.
void take_in_bertscores(const std::filesystem::path& folder);

}  // namespace llama32med
