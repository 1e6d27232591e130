// Which parts of a test record are also in the training records: flags in each line of predictions.jsonl.
//
// Texts are compared after case folding and trimming, images by id. Pass the training split (and any other split that
// was seen, concatenated).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/data/record.h"

namespace llama32med {

struct TrainOverlap {
  bool reference_in_train = false;       // the answer, to any question
  bool question_in_train = false;        // the question, about any image
  bool image_in_train = false;           // by id
  bool image_question_in_train = false;  // the question about this image
  bool triple_in_train = false;          // with this answer
};
using TrainOverlaps = std::map<std::string, TrainOverlap>;  // by record id

TrainOverlaps train_overlaps(const std::vector<Record>& train, const std::vector<Record>& test);

// Records of one split with the same question about the same image but different answers: record id -> number of its
// group, numbered from 0 in the order of the records. Records without such a group are absent. A model that sees only
// image and question can give only one answer per group.
std::map<std::string, std::int64_t> conflict_groups(const std::vector<Record>& records);

// Fields for a line in predictions.jsonl: the flags by name, and "conflict_group", null if there is none.
Json train_overlap_json(const TrainOverlap& overlap, std::optional<std::int64_t> conflict_group);

}  // namespace llama32med
