// A DataReport as JSON and as text.
#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/text_table.h"
#include "llama32med/data/data_report.h"

namespace llama32med {
namespace {

constexpr std::size_t kShown = 5;  // entries of a list on the terminal; data_report.json has them all

Json split_json(const SplitReport& split) {
  Json types = Json::object(), unreadable = Json::array(), skipped = Json::array();
  for (const auto& [type, count] : split.answer_types) types[type.empty() ? "none" : type] = count;
  for (const auto& [id, reason] : split.unreadable_images) unreadable.push_back({{"image_id", id}, {"reason", reason}});
  for (const auto& record : split.skipped)
    skipped.push_back({{"id", record.id}, {"where", record.where}, {"reason", record.reason}});
  return {{"split", split.name},
          {"records", split.records},
          {"images", split.images},
          {"mean_questions_per_image", split.mean_questions_per_image},
          {"most_questions_per_image", split.most_questions_per_image},
          {"answer_types", types},
          {"yes_no_answers", split.yes_no},
          {"other_answers", split.records - split.yes_no},
          {"image_marks_removed", split.image_marks},
          {"missing_images", split.missing_images},
          {"unreadable_images", unreadable},
          {"skipped_records", skipped}};
}

Json overlap_json(const SplitOverlap& overlap) {
  return {{"first", overlap.first},
          {"second", overlap.second},
          {"images_by_id", overlap.images_by_id},
          {"images_by_contents", overlap.images_by_contents},
          {"records_of_second_with_an_image_of_first", overlap.records_of_second}};
}

std::int64_t count_of(const SplitReport& split, const std::string& type) {
  for (const auto& [name, count] : split.answer_types)
    if (name == type) return count;
  return 0;
}

std::string splits_text(const DataReport& report) {
  TextTable table({Align::kLeft, Align::kRight, Align::kRight, Align::kRight, Align::kRight, Align::kRight,
                   Align::kRight, Align::kRight, Align::kRight, Align::kRight, Align::kRight});
  table.add_row({"split", "records", "images", "per image", "most", "closed", "open", "yes/no", "skipped", "missing",
                 "unreadable"});
  table.add_rule();
  for (const auto& split : report.splits)
    table.add_row({split.name, fmt::format("{}", split.records), fmt::format("{}", split.images),
                   fmt::format("{:.1f}", split.mean_questions_per_image),
                   fmt::format("{}", split.most_questions_per_image), fmt::format("{}", count_of(split, "CLOSED")),
                   fmt::format("{}", count_of(split, "OPEN")), fmt::format("{}", split.yes_no),
                   fmt::format("{}", split.skipped.size()), fmt::format("{}", split.missing_images.size()),
                   fmt::format("{}", split.unreadable_images.size())});
  return table.text();
}

std::string overlaps_text(const DataReport& report) {
  std::string out;
  for (const auto& overlap : report.overlaps)
    out += fmt::format("images in both {} and {}: {} by name, {} by contents; affects {} records of {}\n",
                       overlap.first, overlap.second, overlap.images_by_id, overlap.images_by_contents,
                       overlap.records_of_second, overlap.second);
  return out;
}

template <class List, class Line>
std::string list_text(const std::string& title, const List& list, Line line) {
  if (list.empty()) return {};
  std::string out = fmt::format("{}: {}\n", title, list.size());
  for (std::size_t i = 0; i < std::min(kShown, list.size()); ++i) out += "  " + line(list[i]) + "\n";
  if (list.size() > kShown)
    out += fmt::format("  and {} more; data_report.json lists them all (--out DIR)\n", list.size() - kShown);
  return out;
}

}  // namespace

std::string problems_text(const DataReport& report) {
  std::size_t skipped = 0, unreadable = 0;
  for (const auto& split : report.splits) skipped += split.skipped.size(), unreadable += split.unreadable_images.size();
  std::vector<std::string> parts;
  const auto say = [&](std::size_t count, const char* what) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, what));
  };
  say(report.unread_splits.size(), "splits that cannot be read");
  say(skipped, "skipped records");
  say(unreadable, "unreadable images");
  return join(parts, ", ");
}

Json data_report_json(const DataReport& report) {
  Json splits = Json::array(), overlaps = Json::array(), same = Json::array();
  for (const auto& split : report.splits) splits.push_back(split_json(split));
  for (const auto& overlap : report.overlaps) overlaps.push_back(overlap_json(overlap));
  for (const auto& [first, second] : report.same_bytes) same.push_back(Json::array({first, second}));
  Json unread = Json::array();
  for (const auto& [name, reason] : report.unread_splits) unread.push_back({{"split", name}, {"reason", reason}});
  return {{"dataset", report.dataset},
          {"folder", report.folder},
          {"splits", splits},
          {"unread_splits", unread},
          {"image_overlap", overlaps},
          {"images_with_same_bytes", same},
          {"images_of_no_record", report.unused_images}};
}

std::string data_report_text(const DataReport& report) {
  const auto name = [](const std::string& id) { return id; };
  const auto pair = [](const auto& item) { return item.first + ": " + item.second; };
  const auto record = [](const SkippedRecord& r) { return fmt::format("{} (id {}): {}", r.where, r.id, r.reason); };
  std::string out = fmt::format("{} in {}\n", report.dataset, report.folder) + splits_text(report);
  out += overlaps_text(report);
  out += list_text("splits that cannot be read", report.unread_splits, pair);
  for (const auto& split : report.splits) {
    std::vector<SkippedRecord> others;
    for (const auto& skipped : split.skipped)
      if (skipped.missing_image.empty()) others.push_back(skipped);
    if (split.image_marks > 0)
      out += fmt::format("questions of {} from which an image mark (<image>) was removed: {}\n", split.name,
                         split.image_marks);
    out += list_text("skipped records of " + split.name + " for other reasons than a missing image", others, record);
    out += list_text("missing images of " + split.name, split.missing_images, name);
    out += list_text("unreadable images of " + split.name, split.unreadable_images, pair);
  }
  out += list_text("images with the same bytes", report.same_bytes,
                   [](const auto& item) { return item.first + " = " + item.second; });
  return out + list_text("images without a record", report.unused_images, name);
}

}  // namespace llama32med
