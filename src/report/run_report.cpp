#include "llama32med/report/run_report.h"

#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/version.h"
#include "llama32med/report/caption_metrics.h"
#include "llama32med/report/run_page.h"
#include "llama32med/scoring/item_json.h"
#include "report/item_line.h"
#include "report/sections.h"

namespace llama32med {
namespace {

Section answers_without_image_section(const ReportContext& context) { return {context.answers_without_image(), ""}; }

Section skipped_section(const ReportContext& context) {
  Json list = Json::array();
  for (const auto& record : context.skipped())
    list.push_back({{"id", record.id}, {"where", record.where}, {"reason", record.reason}});
  return {list, list.empty()
                    ? ""
                    : fmt::format("{} records of the split were skipped; report.json lists them with reasons.\n",
                                  list.size())};
}

enum class About { kAnswers, kCaptions, kBoth };  // the runs that have a section

constexpr char kFactsKey[] = "run", kSkippedKey[] = "skipped";
constexpr std::string_view kAnalysis = "analysis";

// The one list of sections, in the order of report.json.
//
// `path`: place in report.json; sections with the same path are objects, which are merged. In report.md, sections in
// "analysis" come after the others under a heading of their own, and sections without a title at the very end.
struct SectionRow {
  std::string_view path, title;
  Section (*make)(const ReportContext&);
  About about = About::kAnswers;
};
constexpr SectionRow kSections[] = {
    {kScoreTableKey, "Scores", score_section, About::kBoth},
    {kCaptionsKey, "Captions", caption_section, About::kCaptions},
    {kAnalysis, "Scores", analyzed_score_section},
    {"analysis/breakdowns", "By kind of question", breakdown_section},
    {kAnalysis, "Confusions", confusion_section},
    {"analysis/consistency", "Consistency", consistency_section},
    {kAnalysis, "Calibration", calibration_section},
    {"baselines", "Blind baselines", blind_baseline_section},
    {"leaks", "Leaks between train and test", leak_section},
    {"train_absent", "Blind baselines and leaks", training_absent_section},
    {"image_gain", "Image gain", image_gain_section},
    {"answers_without_image", "", answers_without_image_section, About::kBoth},
    {kSkippedKey, "", skipped_section, About::kBoth},
};

struct MadeSection {
  const SectionRow* row;
  Section section;
};

std::vector<MadeSection> make_sections(const ReportContext& context) {
  const auto left_out = context.are_captions() ? About::kAnswers : About::kCaptions;
  std::vector<MadeSection> made;
  for (const auto& row : kSections)
    if (row.about != left_out) made.push_back({&row, row.make(context)});
  return made;
}

Json json_of(const std::vector<MadeSection>& sections, const RunFacts& facts) {
  Json json = {{"version", program_version()}, {"schema", 1}, {kFactsKey, write_config(facts)}};
  if (facts.gpu.empty()) json[kFactsKey].erase("gpu");
  for (const auto& [row, section] : sections) {
    if (section.json.is_null()) continue;
    auto& place = json[Json::json_pointer(fmt::format("/{}", row->path))];
    if (place.is_object() && section.json.is_object())
      place.update(section.json);
    else
      place = section.json;
  }
  return json;
}

std::string facts_markdown(const RunFacts& facts) {
  std::string text = "| | |\n|---|---|\n";
  const auto json = write_config(facts);
  for (const auto& [name, value] : json.items())
    if (value != "" && value != 0 && !value.is_object())
      text += fmt::format("| {} | `{}` |\n", name, value.is_string() ? value.get<std::string>() : json_line(value));
  return text;
}

std::string markdown_of(const std::vector<MadeSection>& sections, const RunFacts& facts) {
  auto text = fmt::format("# {}: {} {}\n\n{}", facts.name, facts.shown_dataset(), facts.split, facts_markdown(facts));
  std::string analysis, notes;
  for (const auto& [row, section] : sections) {
    if (section.markdown.empty()) continue;
    if (row->title.empty())
      notes += "\n" + section.markdown;
    else if (row->path.starts_with(kAnalysis))
      analysis += fmt::format("\n### {}\n\n{}", row->title, section.markdown);
    else
      text += fmt::format("\n## {}\n\n{}", row->title, section.markdown);
  }
  if (!analysis.empty()) text += "\n## Behind the score\n\n" + analysis;
  return text + notes;
}

void write_predictions(const std::filesystem::path& folder, const ReportContext& context) {
  std::string lines;
  for (const auto* item : context.items_as_given()) lines += json_line(item_line(*item, context)) + "\n";
  write_file(folder / "predictions.jsonl", lines);
  if (context.are_captions())
    write_file(folder / "bertscore_pairs.tsv", bertscore_pairs(caption_pairs(context.items_as_given())));
}

}  // namespace

Json report_json(const ReportContext& context) { return json_of(make_sections(context), context.facts()); }

Json write_report(const std::filesystem::path& folder, const ReportContext& context) {
  const auto sections = make_sections(context);
  auto json = json_of(sections, context.facts());
  write_json(folder / "report.json", json);  // first: it tells a repeated `score` that the predictions are its own
  write_predictions(folder, context);
  write_file(folder / "report.md", markdown_of(sections, context.facts()));
  write_run_page(folder / "report.html", {{context.facts().name, &context, &json}}, Json::array());
  return json;
}

AnsweredRun read_run(const std::filesystem::path& folder) {
  const auto predictions = folder / "predictions.jsonl", file = folder / "report.json";
  if (!is_file(predictions) || !is_file(file))
    throw data_error("{}: not a finished run; eval and score --out write report.json and predictions.jsonl",
                     folder.string());
  const auto report = read_json(file);
  if (!holds_score_table(report) || !report.contains(kFactsKey) || !report[kFactsKey].is_object())
    throw data_error("{}: is not the report of one run; it was written by another program or an older version",
                     file.string());
  AnsweredRun run;
  read_config(report[kFactsKey], run.facts, file.string());
  run.facts.name = folder_name(folder);
  for_each_json_line(predictions, [&](const Json& line, const std::string&) {
    run.items.push_back({record_from_json(line), prediction_from_json(line)});
  });
  for (const auto& skipped : JsonObject(report, file.string()).objects(kSkippedKey))
    run.skipped.push_back({skipped.text("id", ""), skipped.text("where", ""), skipped.text("reason", "")});
  return run;
}

std::optional<BertScores> take_in_bertscores(const std::filesystem::path& folder) {
  const auto file = folder / "bertscore.tsv";
  if (!is_there(file)) return std::nullopt;
  std::vector<std::string> ids;
  for (const auto& item : read_run(folder).items) ids.push_back(item.record.id);
  auto scores = read_bertscores(file, ids);
  write_json(folder / "bertscore.json", bertscores_json(scores));
  return scores;
}

}  // namespace llama32med
