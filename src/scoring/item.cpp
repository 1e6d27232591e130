#include "llama32med/scoring/item.h"

namespace llama32med {

ScoredAnswer scored_answer(const Item& item, const std::string& dataset) {
  const auto& record = item.record;
  return {.question = record.question,
          .reference = record.answer,
          .answer_type = record.answer_type,
          .prediction = item.prediction.text,
          .dataset = dataset,
          .phrase_type = field_of(record, "phrase_type")};
}

std::vector<ScoredItem> score_items(const std::vector<Item>& items, const Protocol& protocol,
                                    const std::string& dataset) {
  std::vector<ScoredItem> scored;
  scored.reserve(items.size());
  for (const auto& item : items) {
    const auto answer = scored_answer(item, dataset);
    if (!protocol.takes || protocol.takes(answer)) scored.push_back({&item, protocol.score(answer)});
  }
  return scored;
}

}  // namespace llama32med
