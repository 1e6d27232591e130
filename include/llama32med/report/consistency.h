// Does the same question get the same answer? Paraphrases (VQA-RAD) and contradictory references (PathVQA).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/estimate.h"

namespace llama32med {

// Pairs of a freeform question and its rewording ("para") in VQA-RAD: same qid_linked_id, same image and same reference
// answer.
struct ParaphrasePairs {
  std::int64_t pairs = 0;
  std::int64_t both_right = 0, first_only = 0, second_only = 0, neither = 0;  // first: the freeform one
  std::int64_t same_answer = 0;  // predictions equal in the normal form `paper`
  double mcnemar_p = 1;
};

// Groups of items with the same image and question but different references. A deterministic model gives one answer per
// group, so at best the most frequent reference of each is correct: the ceiling.
struct Contradictions {
  struct Scores {
    Tally closed, open, overall;

    void add(AnswerKind kind, double score) {
      (kind == AnswerKind::kClosed ? closed : open).add(score);
      overall.add(score);
    }
  };
  std::int64_t groups = 0, items = 0;
  // Over all items of the run, including those in no group:
  Scores ceiling, as_scored;
  Scores any_reference;  // an item scores against the best of its group's references
};

struct Consistency {
  std::optional<ParaphrasePairs> paraphrases;    // absent without such pairs
  std::optional<Contradictions> contradictions;  // absent without such groups
};

// `conflict_groups`: the conflict groups of the items' records (report/train_overlap.h).
Consistency consistency_of(const std::vector<ScoredItem>& items, const Protocol& protocol, const std::string& dataset,
                           const std::map<std::string, std::int64_t>& conflict_groups);

Json consistency_json(const Consistency& consistency);
std::string consistency_markdown(const Consistency& consistency);  // "" if both are absent

}  // namespace llama32med
