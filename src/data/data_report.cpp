#include "llama32med/data/data_report.h"

#include <algorithm>
#include <map>
#include <set>

#include "llama32med/core/file_system.h"
#include "llama32med/core/sha256.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

bool is_yes_no(std::string_view answer) {
  answer = trim(answer);
  if (answer.ends_with('.')) answer.remove_suffix(1);
  const auto lower = ascii_lower(answer);
  return lower == "yes" || lower == "no";
}

// Hashes and probe results, computed once per image file no matter how many splits and records name it.
class ImageFacts {
 public:
  explicit ImageFacts(const ReportOptions& options) : options_(options) {}

  const std::string& hash(const Record& record) {  // "" if contents are not compared or the file is missing
    const auto [entry, is_new] = hashes_.try_emplace(record.image_id);
    if (is_new && options_.contents == ImageContents::kCompare && is_file(record.image))
      entry->second = sha256_of_file(record.image);
    return entry->second;
  }

  const std::string& complaint(const Record& record) {
    const auto [entry, is_new] = complaints_.try_emplace(record.image_id);
    if (is_new && options_.probe) entry->second = options_.probe(record.image);
    return entry->second;
  }

  std::vector<std::pair<std::string, std::string>> same_bytes() const {
    std::map<std::string, std::string> first;  // hash -> id
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& [id, hash] : hashes_) {
      if (hash.empty()) continue;
      const auto [entry, is_new] = first.try_emplace(hash, id);
      if (!is_new) pairs.emplace_back(entry->second, id);
    }
    return pairs;
  }

 private:
  const ReportOptions& options_;
  std::map<std::string, std::string> hashes_, complaints_;  // by image id
};

SplitReport report_split(const Dataset& split, ImageFacts& facts) {
  SplitReport report;
  report.name = split.split;
  report.records = static_cast<std::int64_t>(split.records.size());
  std::map<std::string, std::int64_t> questions, types;
  for (const auto& record : split.records) {
    if (++questions[record.image_id] == 1)
      if (const auto& complaint = facts.complaint(record); !complaint.empty())
        report.unreadable_images.emplace_back(record.image_id, complaint);
    ++types[record.answer_type];
    report.yes_no += is_yes_no(record.answer);
  }
  report.images = static_cast<std::int64_t>(questions.size());
  for (const auto& [image, count] : questions)
    report.most_questions_per_image = std::max(report.most_questions_per_image, count);
  if (report.images > 0)
    report.mean_questions_per_image = static_cast<double>(report.records) / static_cast<double>(report.images);
  report.answer_types.assign(types.begin(), types.end());
  report.image_marks = split.image_marks;
  report.missing_images = split.missing_images;
  report.skipped = split.skipped;
  return report;
}

SplitOverlap overlap_of(const Dataset& first, const Dataset& second, ImageFacts& facts) {
  SplitOverlap overlap{first.split, second.split};
  std::set<std::string> ids, hashes, shared_ids, shared_hashes;
  for (const auto& record : first.records) ids.insert(record.image_id), hashes.insert(facts.hash(record));
  hashes.erase("");
  for (const auto& record : second.records) {
    const bool by_id = ids.contains(record.image_id), by_hash = hashes.contains(facts.hash(record));
    if (by_id) shared_ids.insert(record.image_id);
    if (by_hash) shared_hashes.insert(facts.hash(record));
    overlap.records_of_second += by_id || by_hash;
  }
  overlap.images_by_id = static_cast<std::int64_t>(shared_ids.size());
  overlap.images_by_contents = static_cast<std::int64_t>(shared_hashes.size());
  return overlap;
}

std::vector<std::string> unused_images(const std::vector<Dataset>& splits) {
  std::set<std::string> used;
  for (const auto& split : splits)
    for (const auto& record : split.records) used.insert(record.image_id);
  auto images = image_ids_in_folder(splits.front().name, splits.front().folder);
  std::erase_if(images, [&](const std::string& id) { return used.contains(id); });
  return images;
}

}  // namespace

DataReport make_data_report(const std::vector<Dataset>& splits, const ReportOptions& options) {
  DataReport report;
  if (splits.empty()) return report;
  report.dataset = splits.front().name, report.folder = splits.front().folder.string();
  ImageFacts facts(options);
  for (const auto& split : splits) report.splits.push_back(report_split(split, facts));
  for (std::size_t i = 0; i < splits.size(); ++i)
    for (std::size_t j = i + 1; j < splits.size(); ++j)
      report.overlaps.push_back(overlap_of(splits[i], splits[j], facts));
  if (splits.size() == 1)  // no splits to compare, but duplicates within the split are still of interest
    for (const auto& record : splits[0].records) facts.hash(record);
  report.same_bytes = facts.same_bytes();
  report.unused_images = unused_images(splits);
  return report;
}

}  // namespace llama32med
