#include "llama32med/scoring/item.h"

#include <algorithm>
#include <functional>

#include "llama32med/core/parallel.h"

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

std::vector<ScoredItems> score_items(const std::vector<Item>& items, const std::vector<const Protocol*>& protocols,
                                     const std::string& dataset) {
  std::vector<ScoredItems> scored(protocols.size());
  parallel_for(protocols.size(), worker_threads(), [&](std::size_t i) {
    scored[i] = {protocols[i], score_items(items, *protocols[i], dataset)};
  });
  return scored;
}

const ProtocolScore* score_of(const Item& item, const std::vector<ScoredItem>& scored) {
  // Items lie in one vector and are scored in its order, so their addresses rise.
  const auto found = std::ranges::lower_bound(scored, &item, std::less<>(), &ScoredItem::item);
  return found != scored.end() && found->item == &item ? &found->result : nullptr;
}

}  // namespace llama32med
