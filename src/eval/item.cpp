#include "llama32med/eval/item.h"

namespace llama32med {

std::vector<ScoredItem> score_items(const std::vector<Item>& items, const Protocol& protocol,
                                    const std::string& dataset) {
  std::vector<ScoredItem> scored;
  scored.reserve(items.size());
  for (const auto& item : items) {
    const auto& record = item.record;
    scored.push_back(
        {&item, protocol.score({record.question, record.answer, record.answer_type, item.prediction.text, dataset})});
  }
  return scored;
}

}  // namespace llama32med
