#include "llama32med/eval/item.h"

namespace llama32med {

ScoredAnswer scored_answer(const Item& item, const std::string& dataset) {
  const auto& record = item.record;
  return {record.question, record.answer, record.answer_type, item.prediction.text, dataset};
}

std::vector<ScoredItem> score_items(const std::vector<Item>& items, const Protocol& protocol,
                                    const std::string& dataset) {
  std::vector<ScoredItem> scored;
  scored.reserve(items.size());
  for (const auto& item : items) scored.push_back({&item, protocol.score(scored_answer(item, dataset))});
  return scored;
}

}  // namespace llama32med
