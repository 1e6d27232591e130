// An answered question: the record, the model's answer, and its score under a protocol. Everything in a report is
// computed from these, whether they come from a new run or from an old predictions.jsonl.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/data/record.h"
#include "llama32med/scoring/protocol.h"

namespace llama32med {

struct Prediction {
  std::string id;    // the record's
  std::string text;  // raw output of the model
  // May be unknown for predictions made by other programs:
  std::string finish_reason = {}, image_sha256 = {};
  std::string error = {};  // why there is no answer
  std::optional<std::int64_t> prompt_tokens = {}, new_tokens = {};
  std::optional<double> log_probability = {};   // log-probability of the complete answer
  std::optional<double> p_yes = {}, p_no = {};  // for the answer's first token, renormalized over the two
};

struct Item {
  Record record;
  Prediction prediction;
};

struct ScoredItem {  // under one protocol; the item must outlive this
  const Item* item = nullptr;
  ProtocolScore result;
};

struct ScoredItems {  // the items that a protocol accepts, in order
  const Protocol* protocol = nullptr;
  std::vector<ScoredItem> items;
};

// The part of an item that a protocol sees.
ScoredAnswer scored_answer(const Item& item, const std::string& dataset);

// Scores the items that the protocol accepts, in order.
std::vector<ScoredItem> score_items(const std::vector<Item>& items, const Protocol& protocol,
                                    const std::string& dataset);

// Under each of the protocols, in parallel.
std::vector<ScoredItems> score_items(const std::vector<Item>& items, const std::vector<const Protocol*>& protocols,
                                     const std::string& dataset);

// The score of one of the items that score_items() was given; null if the protocol does not accept it.
const ProtocolScore* score_of(const Item& item, const std::vector<ScoredItem>& scored);

}  // namespace llama32med
