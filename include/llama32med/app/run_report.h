// What a run of answers is worth: from its items to predictions.jsonl, report.json and report.md.
//
// `eval`, `score` and `report` all come through here, so the same answers have the same numbers whoever asks.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/data/record.h"
#include "llama32med/eval/item.h"
#include "llama32med/eval/run_facts.h"
#include "llama32med/eval/score_table.h"

namespace llama32med {

struct AnsweredRun {
  RunFacts facts;
  std::vector<Item> items;             // in the records' order
  std::vector<SkippedRecord> skipped;  // records of the split that could not be asked
};

struct RunReport {
  RunFacts facts;
  ScoreTable scores;
  std::vector<SkippedRecord> skipped;
  std::int64_t answers_without_image = 0;
};

RunReport make_report(const AnsweredRun& run, const std::vector<std::string>& protocols);
Json run_report_json(const RunReport& report);
std::string run_report_markdown(const RunReport& report);

// predictions.jsonl, report.json, report.md. Each line of predictions.jsonl then holds, beside the answer, what the
// report rests on: run, dataset and hashes, answer types, normal forms and scores under each protocol.
void write_report(const std::filesystem::path& folder, const AnsweredRun& run, const RunReport& report);

// A run as write_report() left it. Throws Error{kData} where the folder holds none.
AnsweredRun read_run(const std::filesystem::path& folder);

}  // namespace llama32med
