#include "llama32med/report/train_overlap.h"

#include <unordered_map>
#include <unordered_set>

#include "llama32med/core/config_json.h"
#include "llama32med/metrics/unicode.h"

namespace llama32med {
namespace {

std::string folded(const std::string& text) { return case_fold(trim_white_space(text)); }

struct Keys {
  explicit Keys(const Record& record)
      : answer(folded(record.answer)),
        question(folded(record.question)),
        image_question(record.image_id + '\n' + question),
        triple(image_question + '\n' + answer) {}

  std::string answer, question, image_question, triple;
};

}  // namespace

TrainOverlaps train_overlaps(const std::vector<Record>& train, const std::vector<Record>& test) {
  std::unordered_set<std::string> answers, questions, images, image_questions, triples;
  for (const auto& record : train) {
    Keys keys(record);
    images.insert(record.image_id);
    answers.insert(std::move(keys.answer));
    questions.insert(std::move(keys.question));
    image_questions.insert(std::move(keys.image_question));
    triples.insert(std::move(keys.triple));
  }
  TrainOverlaps overlaps;
  for (const auto& record : test) {
    const Keys keys(record);
    overlaps[record.id] = {.reference_in_train = answers.contains(keys.answer),
                           .question_in_train = questions.contains(keys.question),
                           .image_in_train = images.contains(record.image_id),
                           .image_question_in_train = image_questions.contains(keys.image_question),
                           .triple_in_train = triples.contains(keys.triple)};
  }
  return overlaps;
}

std::map<std::string, std::int64_t> conflict_groups(const std::vector<Record>& records) {
  struct Group {
    std::unordered_set<std::string> answers;
    std::int64_t number = -1;
  };
  std::unordered_map<std::string, Group> groups;
  std::vector<Keys> keys;
  for (const auto& record : records) {
    keys.emplace_back(record);
    groups[keys.back().image_question].answers.insert(keys.back().answer);
  }
  std::map<std::string, std::int64_t> numbers;
  std::int64_t next = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    auto& group = groups.at(keys[i].image_question);
    if (group.answers.size() < 2) continue;
    if (group.number < 0) group.number = next++;
    numbers[records[i].id] = group.number;
  }
  return numbers;
}

Json train_overlap_json(const TrainOverlap& overlap, std::optional<std::int64_t> conflict_group) {
  return {{"reference_in_train", overlap.reference_in_train},
          {"question_in_train", overlap.question_in_train},
          {"image_in_train", overlap.image_in_train},
          {"image_question_in_train", overlap.image_question_in_train},
          {"triple_in_train", overlap.triple_in_train},
          {"conflict_group", conflict_group ? Json(*conflict_group) : Json()}};
}

}  // namespace llama32med
