// A finished run's folder: what a run of answers is worth, as `eval`, `score` and `report` write and read it.
//
//   predictions.jsonl    one line per item: the answer, and what the report rests on: run, dataset and hashes, answer
//                        types, normalized forms, the score under each protocol
//   report.json, .md     the sections of the table in src/report/run_report.cpp
//   report.html          the same with every item and its image (report/run_page.h)
//   bertscore_pairs.tsv  of captions: from it scripts/bertscore.py makes bertscore.tsv
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "llama32med/core/json_fwd.h"
#include "llama32med/report/bertscore_exchange.h"
#include "llama32med/report/context.h"

namespace llama32med {

// report.json's content.
Json report_json(const ReportContext& context);

// Writes all files. Returns what it put into report.json.
Json write_report(const std::filesystem::path& folder, const ReportContext& context);

// Throws Error{kData} where predictions.jsonl or report.json is missing, or the report is not that of a single run.
AnsweredRun read_run(const std::filesystem::path& folder);

// Where the folder holds a bertscore.tsv: its scores, and bertscore.json beside it. Throws Error{kData} where it is
// about other items.
std::optional<BertScores> take_in_bertscores(const std::filesystem::path& folder);

}  // namespace llama32med
