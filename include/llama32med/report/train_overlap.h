// What of a test record stands in the training records already: the flags of a per-item record.
//
// Texts are compared after case folding and trimming, images by id. Give the split that was trained on (and others that
// were seen, one after the other in one list).
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
  bool reference_in_train = false;       // the answer, whatever its question
  bool question_in_train = false;        // the question, whatever its image
  bool image_in_train = false;           // by id
  bool image_question_in_train = false;  // the question about this image
  bool triple_in_train = false;          // with this answer
};
using TrainOverlaps = std::map<std::string, TrainOverlap>;  // by record id

TrainOverlaps train_overlaps(const std::vector<Record>& train, const std::vector<Record>& test);

// Records of one split that ask the same about the same image and are answered differently: record id -> number of its
// group, groups numbered from 0 in the records' order. Records in no such group are absent. The best that any model can
// do that answers from image and question alone is one answer a group.
std::map<std::string, std::int64_t> conflict_groups(const std::vector<Record>& records);

// The fields of a per-item record: the flags by their names, and "conflict_group", null where there is none.
Json train_overlap_json(const TrainOverlap& overlap, std::optional<std::int64_t> conflict_group);

}  // namespace llama32med
