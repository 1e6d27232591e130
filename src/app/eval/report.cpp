#include "app/eval/report.h"

#include <algorithm>
#include <list>
#include <map>

#include "app/common/run_folder.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/raters/review.h"
#include "llama32med/report/run_page.h"
#include "llama32med/scoring/score_table.h"

namespace llama32med {
namespace {

struct FinishedRun {
  std::string name;
  AnsweredRun run;
  Json report;
  std::map<std::string, double> verdicts;
};

// Names that tell the runs apart: as many last parts of their paths as that takes.
std::vector<std::string> names_of_runs(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::string> names;
  for (std::size_t parts = 1; parts <= 8; ++parts) {
    names.clear();
    for (const auto& folder : folders) {
      auto rest = std::filesystem::weakly_canonical(folder);
      if (!rest.has_filename()) rest = rest.parent_path();
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
  throw usage_error("report: a run is named twice");
}

// What experts, a judge and BERTScore said since the run was made; their answers one by one stay in their own files.
Json with_verdicts(Json report, const std::filesystem::path& folder) {
  take_in_bertscores(folder);
  for (const auto* name : {"human", "judge", "bertscore"}) {
    const auto file = folder / (std::string(name) + ".json");
    if (!std::filesystem::exists(file)) continue;
    report[name] = read_json(file);
    for (const auto* list : {"items", "answers"})
      if (report[name].contains(list) && report[name][list].is_array()) report[name].erase(list);
  }
  return report;
}

std::vector<FinishedRun> read_runs(const std::vector<std::filesystem::path>& folders,
                                   const std::vector<std::string>& names) {
  std::vector<FinishedRun> runs;
  for (std::size_t i = 0; i < folders.size(); ++i)
    runs.push_back({names[i], read_run(folders[i]), with_verdicts(read_json(folders[i] / "report.json"), folders[i]),
                    human_scores(folders[i])});
  for (const auto& run : runs) {
    const auto &facts = run.run.facts, &first = runs.front().run.facts;
    if (facts.dataset != first.dataset || facts.split != first.split)
      throw usage_error("report: {} is about {} {}, {} about {} {}; report them apart", runs.front().name,
                        first.dataset, first.split, run.name, facts.dataset, facts.split);
  }
  return runs;
}

std::vector<std::string> protocols_of(const Json& report) {
  std::vector<std::string> names;
  for (const auto& row : report["scores"]["scores"]) names.push_back(row["protocol"]);
  return names;
}

std::string common_protocol(const std::vector<FinishedRun>& runs, const std::string& wanted) {
  if (!wanted.empty()) return protocol(wanted).name;
  for (const auto& name : protocols_of(runs.front().report))
    if (std::all_of(runs.begin(), runs.end(), [&](const FinishedRun& run) {
          const auto names = protocols_of(run.report);
          return std::find(names.begin(), names.end(), name) != names.end();
        }))
      return name;
  return protocol_names().front();  // captions, or runs scored apart: every protocol can be computed from the answers
}

std::vector<Comparison> comparisons_of(const std::vector<FinishedRun>& runs, const Protocol& rule) {
  std::list<std::vector<ScoredItem>> scored;
  std::vector<ComparedRun> compared;
  for (const auto& run : runs) {
    scored.push_back(score_items(run.run.items, rule, run.run.facts.dataset));
    compared.push_back({run.name, &scored.back()});
  }
  return compare_all(compared, rule);
}

bool are_captions(const std::vector<FinishedRun>& runs) { return runs.front().report.contains("captions"); }

std::string overview(const std::vector<FinishedRun>& runs, const Protocol& rule) {
  std::vector<ScoreTable> tables;
  for (const auto& [name, run, report, verdicts] : runs)
    tables.push_back(make_score_table(
        run.items, {.dataset = run.facts.dataset, .split = run.facts.split, .protocols = {rule.name}}));
  std::vector<NamedRow> rows;
  for (std::size_t i = 0; i < runs.size(); ++i) rows.push_back({runs[i].name, &tables[i].rows.front()});
  return score_rows_text("run", rows);
}

}  // namespace

ReportingOutcome report_runs(const ReportingRequest& request) {
  if (request.runs.empty()) throw usage_error("report: give one or more folders of finished runs");
  if (request.out.empty()) throw usage_error("report: give --out DIR");
  const auto runs = read_runs(request.runs, request.names.empty() ? names_of_runs(request.runs) : request.names);
  const auto& rule = protocol(common_protocol(runs, request.protocol));
  ReportingOutcome outcome;
  if (!are_captions(runs)) {
    outcome.comparisons = comparisons_of(runs, rule);
    outcome.text = fmt::format("{} {}, protocol {}\n{}", runs.front().run.facts.dataset, runs.front().run.facts.split,
                               rule.name, overview(runs, rule));
  }
  const auto comparisons = comparisons_json(outcome.comparisons);
  Json json = {{"schema", 1}, {"protocol", rule.name}, {"runs", Json::array()}, {"comparisons", comparisons}};
  std::vector<PageRun> page;
  auto markdown = fmt::format("# {} {}: {} runs\n\n```\n{}```\n\n", runs.front().run.facts.dataset,
                              runs.front().run.facts.split, runs.size(), outcome.text);
  for (const auto& run : runs) {
    json["runs"].push_back({{"name", run.name}, {"report", run.report}});
    page.push_back({run.name, &run.run, &run.report, run.verdicts});
  }
  if (runs.size() > 1) markdown += "## Comparisons\n\n" + comparisons_markdown(outcome.comparisons) + "\n";
  write_json(request.out / "report.json", json);
  write_file(request.out / "report.md", markdown);
  write_run_page(request.out / "report.html", page, rule.name, comparisons);
  if (runs.size() > 1) outcome.text += "\n" + comparisons_markdown(outcome.comparisons);
  return outcome;
}

}  // namespace llama32med
