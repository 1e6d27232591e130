#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/sha256.h"
#include "llama32med/raters/review.h"

namespace llama32med {

std::string verdict_key(const ReviewItem& item) {
  static constexpr const char* kSeparator = "\x1F";
  return sha256(item.question + kSeparator + item.reference + kSeparator + item.prediction);
}

VerdictStore::VerdictStore(const std::filesystem::path& file) {
  if (!is_there(file)) return;
  for_each_json_line(file, [&](const Json& json, const std::string& where) {
    const JsonObject line(json, where);
    const auto verdict = line.number("verdict", {});
    if (verdict != 0 && verdict != 0.5 && verdict != 1) line.refuse("verdict", "1, 0.5 or 0");
    const ReviewItem item{
        .question = line.text("question"), .reference = line.text("reference"), .prediction = line.text("prediction")};
    if (line.text("key") != verdict_key(item))
      throw data_error("{}: the key does not match its question, reference and prediction", where);
    add(item, line.text("rater"), verdict);
  });
}

void VerdictStore::add(const ReviewItem& item, const std::string& rater, double verdict) {
  auto& entry = entries_[verdict_key(item)];
  entry.question = item.question;
  entry.reference = item.reference;
  entry.prediction = item.prediction;
  entry.verdicts[rater] = verdict;
}

const std::map<std::string, double>& VerdictStore::verdicts(const ReviewItem& item) const {
  static const std::map<std::string, double> kNone;
  const auto found = entries_.find(verdict_key(item));
  return found == entries_.end() ? kNone : found->second.verdicts;
}

void VerdictStore::save(const std::filesystem::path& file) const {
  std::string text;
  for (const auto& [key, entry] : entries_)
    for (const auto& [rater, verdict] : entry.verdicts)
      text += json_line({{"key", key},
                         {"rater", rater},
                         {"verdict", verdict},
                         {"question", entry.question},
                         {"reference", entry.reference},
                         {"prediction", entry.prediction}}) +
              "\n";
  write_file(file, text);
}

}  // namespace llama32med
