// The folder of a finished run: the report that `eval` and `score` write and `report` reads.
//
//   predictions.jsonl    one line per item: the answer, and everything the report is based on: run, dataset and hashes,
//                        answer types, normalized forms, the score under each protocol
//   report.json, .md     the sections listed in src/report/run_report.cpp
//   report.html          the same, with every item and its image (report/run_page.h)
//   bertscore_pairs.tsv  captions only: input from which scripts/bertscore.py makes bertscore.tsv
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "llama32med/core/json_fwd.h"
#include "llama32med/report/bertscore_exchange.h"
#include "llama32med/report/context.h"

namespace llama32med {

// The contents of report.json.
Json report_json(const ReportContext& context);

// Writes all files. Returns the contents of report.json.
Json write_report(const std::filesystem::path& folder, const ReportContext& context);

// Throws Error{kData} if predictions.jsonl or report.json is missing, or if the report is not for a single run.
AnsweredRun read_run(const std::filesystem::path& folder);

// If the folder contains a bertscore.tsv, returns its scores and writes bertscore.json next to it. Throws Error{kData}
// if the scores are for other items.
std::optional<BertScores> take_in_bertscores(const std::filesystem::path& folder);

}  // namespace llama32med
