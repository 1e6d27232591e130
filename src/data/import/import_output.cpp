// What an import did, as JSON and for the terminal.
#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/strings.h"
#include "llama32med/data/import.h"

namespace llama32med {
namespace {

Json json_of(const ImportLeaks& leaks) {
  return {{"records", leaks.records}, {"images", leaks.images}, {"patients", leaks.patients}};
}

Json json_of(const std::map<std::string, ImportReason>& reasons) {
  Json list = Json::array();
  for (const auto& [reason, found] : reasons)
    list.push_back({{"reason", reason}, {"count", found.count}, {"first", found.first}});
  return list;
}

Json json_of(const ImportedSource& source) {
  Json columns = Json::object();
  for (const auto& [role, name] : source.columns) columns[role] = name;
  Json json = {
      {"path", source.path.string()}, {"columns", columns}, {"kept", source.kept}, {"personal", source.personal}};
  if (!source.sha256.empty()) json["sha256"] = source.sha256;
  return json;
}

std::string source_text(const ImportedSource& source) {
  std::vector<std::string> roles;
  for (const auto& [role, name] : source.columns) roles.push_back(fmt::format("{} is \"{}\"", role, name));
  auto text = fmt::format("{}\n  columns   {}\n", source.path.string(), join(roles, ", "));
  if (!source.kept.empty()) text += fmt::format("  kept      {}\n", join(source.kept, ", "));
  if (!source.personal.empty())
    text += fmt::format("  left out  {} (may identify a person)\n", join(source.personal, ", "));
  return text;
}

std::string reasons_text(std::string_view title, const std::map<std::string, ImportReason>& reasons) {
  std::string text;
  for (const auto& [reason, found] : reasons)
    text += fmt::format("{} {:>6}  {}: {}\n", title, found.count, reason, found.places());
  return text;
}

std::string leaks_text(const ImportLeaks& leaks) {
  auto text = fmt::format("{} records with {} images", leaks.records, leaks.images);
  if (leaks.patients > 0) text += fmt::format(" and {} patients", leaks.patients);
  return text;
}

}  // namespace

std::string ImportReason::places() const { return join(first, "; ") + (count > std::ssize(first) ? "; ..." : ""); }

Json import_report_json(const ImportReport& report) {
  Json sources = Json::array(), splits = Json::array();
  for (const auto& source : report.sources) sources.push_back(json_of(source));
  for (const auto& split : report.splits)
    splits.push_back({{"split", split.name},
                      {"questions", split.questions},
                      {"captions", split.captions},
                      {"images", split.images},
                      {"patients", split.patients}});
  Json json = {{"sources", sources},
               {"rows", report.rows},
               {"records", report.records},
               {"images", report.images},
               {"images_with_same_contents", report.same_contents},
               {"split_by", report.split_by},
               {"splits", splits},
               {"left_out", json_of(report.left_out)},
               {"notes", json_of(report.notes)},
               {"leaks", json_of(report.leaks)}};
  if (report.leaks_by_question) json["leaks_of_a_split_by_question"] = json_of(*report.leaks_by_question);
  return json;
}

std::string import_report_text(const ImportReport& report) {
  std::string text;
  for (const auto& source : report.sources) text += source_text(source);
  text += fmt::format("\n{:<9} {:>9} {:>9} {:>9} {:>9}   (split by {})\n", "split", "questions", "captions", "images",
                      "patients", report.split_by);
  for (const auto& split : report.splits)
    text += fmt::format("{:<9} {:>9} {:>9} {:>9} {:>9}\n", split.name, split.questions, split.captions, split.images,
                        split.patients);
  text += "\n" + reasons_text("left out", report.left_out) + reasons_text("note    ", report.notes);
  if (report.same_contents > 0)
    text += fmt::format("note     {:>6}  images have the same bytes as another one\n", report.same_contents);
  if (report.leaks.any())
    text +=
        fmt::format("leaks    {} of validation and test are in the training split as well\n", leaks_text(report.leaks));
  if (report.leaks_by_question && report.leaks_by_question->any())
    text += fmt::format("avoided  a split by question would have put {} of validation and test into training as well\n",
                        leaks_text(*report.leaks_by_question));
  return text;
}

}  // namespace llama32med
