// Records and small runs for the tests: items with the fields they need, scored under a protocol.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "llama32med/core/random.h"
#include "llama32med/data/dataset.h"
#include "llama32med/scoring/estimate.h"
#include "llama32med/scoring/item.h"
#include "support/test_data.h"

namespace llama32med::test {

struct Asked {
  std::string id, image, question, reference, prediction;
  std::vector<std::pair<std::string, std::string>> fields = {};
};

inline Item item_of(const Asked& asked) {
  Item item;
  item.record.id = asked.id, item.record.image_id = asked.image, item.record.question = asked.question;
  item.record.answer = asked.reference, item.record.fields = asked.fields;
  item.prediction.id = asked.id, item.prediction.text = asked.prediction;
  return item;
}

class TestRun {  // owns the items that scored items point to
 public:
  explicit TestRun(const std::vector<Asked>& asked, const std::string& rule = "paper") : protocol_(&protocol(rule)) {
    for (const auto& one : asked) items_.push_back(item_of(one));
    scored_ = score_items(items_, *protocol_, "records");
  }
  // The answers `answers` to all records, in the order of the records.
  TestRun(const std::vector<Record>& records, const std::vector<std::string>& answers) : protocol_(&protocol("paper")) {
    for (std::size_t i = 0; i < records.size(); ++i)
      items_.push_back({records[i], {.id = records[i].id, .text = answers[i]}});
    scored_ = score_items(items_, *protocol_, "records");
  }
  TestRun(const TestRun&) = delete;
  TestRun& operator=(const TestRun&) = delete;

  std::vector<Item>& items() { return items_; }
  const std::vector<ScoredItem>& scored() const { return scored_; }
  const Protocol& rule() const { return *protocol_; }
  Estimator estimator() const { return {*protocol_, image_bootstrap(items_)}; }
  std::vector<Record> records() const {
    std::vector<Record> records;
    for (const auto& item : items_) records.push_back(item.record);
    return records;
  }
  std::vector<ScoredItem> shuffled() const {
    auto copy = scored_;
    RandomStream(7).shuffle(copy);
    return copy;
  }

 private:
  const Protocol* protocol_;
  std::vector<Item> items_;
  std::vector<ScoredItem> scored_;
};

// Records of the given splits of a complete dataset (support/test_data.h), one split after the other.
inline std::vector<Record> records_of(const std::string& name, const std::vector<std::string>& splits) {
  std::vector<Record> records;
  for (const auto& split : splits)
    for (auto& record :
         read_dataset({.name = name, .folder = *full_data(name), .split = split, .images = ImageCheck::kIgnore})
             .records)
      records.push_back(std::move(record));
  return records;
}

inline Record record_of(const std::string& id, const std::string& question, const std::string& answer) {
  Record record;
  record.id = id, record.image_id = "image" + id, record.question = question, record.answer = answer;
  return record;
}

// b items that only the first run answers correctly, c that only the second does, each on its own image.
inline std::vector<Asked> discordant(int b, int c, int both, bool is_first) {
  std::vector<Asked> asked;
  for (int i = 0; i < b + c + both; ++i) {
    const bool right = i >= b + c || (i < b) == is_first;
    asked.push_back({"id" + std::to_string(i), "image" + std::to_string(i), "q", "lung", right ? "lung" : "liver"});
  }
  return asked;
}

}  // namespace llama32med::test
