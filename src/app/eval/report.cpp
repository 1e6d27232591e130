#include "app/eval/report.h"

#include <algorithm>
#include <list>
#include <map>

#include "app/common/output_folder.h"
#include "app/common/run_folder.h"
#include "app/eval/shown_images.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/raters/review.h"
#include "llama32med/report/run_page.h"
#include "llama32med/report/run_report.h"

namespace llama32med {
namespace {

struct ReportedRun {
  std::string name;
  AnsweredRun answers;
  Json report;
  std::optional<BertScores> bertscores;
  std::map<std::string, double> verdicts;
};
using Contexts = std::list<ReportContext>;  // one per run

// Names that distinguish the runs: the shortest ends of their paths that differ.
std::vector<std::string> names_of_runs(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::string> names;
  for (std::size_t parts = 1; parts <= 8; ++parts) {
    names.clear();
    for (const auto& folder : folders) {
      auto rest = without_last_slash(canonical_path(folder));
      std::string name = rest.filename().string();
      for (std::size_t i = 1; i < parts && rest.has_parent_path(); ++i) {
        rest = rest.parent_path();
        name = rest.filename().string() + "/" + name;
      }
      names.push_back(name);
    }
    auto sorted = names;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end()) return names;
  }
  throw usage_error("report: the same run is given twice");
}

// Adds scores of experts, judge and BERTScore, which arrive after the run; single answers stay in their own files.
Json with_verdicts(Json report, const std::filesystem::path& folder) {
  for (const auto* name : {"human", "judge", "bertscore"}) {
    const auto file = folder / (std::string(name) + ".json");
    if (!is_there(file)) continue;
    report[name] = read_json(file);
    for (const auto* list : {"items", "answers"})
      if (report[name].contains(list) && report[name][list].is_array()) report[name].erase(list);
  }
  return report;
}

std::vector<ReportedRun> read_runs(const ReportRunsRequest& request) {
  const auto& folders = request.runs;
  const auto names = request.names.empty() ? names_of_runs(folders) : request.names;
  std::vector<std::filesystem::path> images;
  if (!request.data.empty()) images.push_back(request.data);
  std::vector<ReportedRun> runs;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    ReportedRun run{.name = names[i], .answers = read_run(folders[i])};
    hide_foreign_images(run.answers.items, AllowedFolders(folders[i], images), folders[i] / "predictions.jsonl");
    run.bertscores = take_in_bertscores(folders[i]);
    run.report = with_verdicts(read_json(folders[i] / "report.json"), folders[i]);
    run.verdicts = human_scores(folders[i]);
    runs.push_back(std::move(run));
  }
  for (const auto& run : runs) {
    const auto &facts = run.answers.facts, &first = runs.front().answers.facts;
    if (facts.dataset != first.dataset || facts.split != first.split || facts.label != first.label)
      throw usage_error("report: {} answers {} {}, but {} answers {} {}; give runs of one dataset and split",
                        runs.front().name, first.shown_dataset(), first.split, run.name, facts.shown_dataset(),
                        facts.split);
  }
  return runs;
}

const Protocol& common_protocol(const std::vector<ReportedRun>& runs, const std::string& wanted) {
  if (!wanted.empty()) return protocol(wanted);
  for (const auto& name : protocols_in(runs.front().report))
    if (std::ranges::all_of(
            runs, [&](const ReportedRun& run) { return std::ranges::count(protocols_in(run.report), name) > 0; }))
      return protocol(name);
  // Captions, or no protocol in common: any can be computed from the answers.
  return protocol(protocol_names().front());
}

Contexts contexts_of(std::vector<ReportedRun>& runs, const Protocol& rule) {
  Contexts contexts;
  for (auto& run : runs) {
    contexts.emplace_back(std::move(run.answers), ReportRequest{.protocols = {&rule}});
    if (contexts.back().are_captions() != contexts.front().are_captions())
      throw usage_error("report: one of {} and {} is a run of captions, the other of answers; give runs of one kind",
                        runs.front().name, run.name);
  }
  return contexts;
}

std::vector<Comparison> comparisons_of(const Contexts& contexts, const std::vector<ReportedRun>& runs) {
  std::vector<ComparedRun> compared;
  for (const auto& context : contexts) compared.push_back({runs[compared.size()].name, &context.scored()});
  return compare_all(compared, contexts.front().protocol());
}

std::string overview(const Contexts& contexts, const std::vector<ReportedRun>& runs) {
  const auto& first = contexts.front();
  std::vector<NamedRow> rows;
  for (const auto& context : contexts) rows.push_back({runs[rows.size()].name, &context.score_table().rows.front()});
  return fmt::format("{} {}, protocol {}\n{}", first.facts().shown_dataset(), first.facts().split,
                     first.protocol().name, score_rows_text("run", rows));
}

std::string bertscore_text(const std::vector<ReportedRun>& runs) {
  std::vector<NamedBertScores> scores;
  for (const auto& run : runs)
    if (run.bertscores) scores.push_back({run.name, *run.bertscores});
  return scores.empty() ? "" : "## BERTScore\n\n" + bertscores_markdown(scores) + "\n";
}

std::string markdown_of(const ReportRunsOutcome& outcome, const Contexts& contexts,
                        const std::vector<ReportedRun>& runs) {
  const auto& facts = contexts.front().facts();
  auto text = fmt::format("# {} {}: {} runs\n\n", facts.shown_dataset(), facts.split, runs.size());
  if (!outcome.text.empty()) text += fmt::format("```\n{}```\n\n", outcome.text);
  text += bertscore_text(runs);
  if (!outcome.comparisons.empty()) text += "## Comparisons\n\n" + comparisons_markdown(outcome.comparisons) + "\n";
  return text;
}

}  // namespace

ReportRunsOutcome report_runs(const ReportRunsRequest& request) {
  if (request.runs.empty()) throw usage_error("report: give one or more folders of finished runs");
  if (request.out.empty()) throw usage_error("report: give --out DIR, the folder for the report");
  refuse_files(request.out, {"config.json", "predictions.jsonl"}, "report");
  const auto lock = lock_folder(request.out);
  auto runs = read_runs(request);
  const auto& rule = common_protocol(runs, request.protocol);
  const auto contexts = contexts_of(runs, rule);
  ReportRunsOutcome outcome;
  if (!contexts.front().are_captions()) {
    outcome.comparisons = comparisons_of(contexts, runs);
    outcome.text = overview(contexts, runs);
  }
  write_file(request.out / "report.md", markdown_of(outcome, contexts, runs));
  const auto comparisons = comparisons_json(outcome.comparisons);
  Json json = {{"schema", 1}, {"protocol", rule.name}, {"runs", Json::array()}, {"comparisons", comparisons}};
  std::vector<PageRun> page;
  for (const auto& context : contexts) {
    const auto& run = runs[page.size()];
    json["runs"].push_back({{"name", run.name}, {"report", run.report}});
    page.push_back({run.name, &context, &run.report, run.verdicts});
  }
  write_json(request.out / "report.json", json);
  write_run_page(request.out / "report.html", page, comparisons);
  if (!outcome.comparisons.empty()) outcome.text += fmt::format("\n{}", comparisons_markdown(outcome.comparisons));
  return outcome;
}

}  // namespace llama32med
