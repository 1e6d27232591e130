// An answered question: the record, what the model said, and its score under a protocol. Everything a report computes
// starts from these, whether they come from a run just made or from a predictions.jsonl of long ago.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/data/record.h"
#include "llama32med/scoring/protocol.h"

namespace llama32med {

struct Prediction {
  std::string id;    // of the record
  std::string text;  // the model's, raw
  // What predictions of others may not say:
  std::string finish_reason = {}, image_sha256 = {};
  std::string error = {};  // why there is no answer
  std::optional<std::int64_t> prompt_tokens = {}, new_tokens = {};
  std::optional<double> log_probability = {};   // of the whole answer
  std::optional<double> p_yes = {}, p_no = {};  // of the answer's first token, renormalized over the two
};

struct Item {
  Record record;
  Prediction prediction;
};

struct ScoredItem {  // under one protocol; the item must outlive it
  const Item* item = nullptr;
  ProtocolScore result;
};

// What a protocol sees of an item.
ScoredAnswer scored_answer(const Item& item, const std::string& dataset);

// The items that the protocol takes, in their order.
std::vector<ScoredItem> score_items(const std::vector<Item>& items, const Protocol& protocol,
                                    const std::string& dataset);

}  // namespace llama32med
