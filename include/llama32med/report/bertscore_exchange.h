// BERTScore (Zhang et al., ICLR 2020) through the Python package: pairs are exported as a table, scripts/bertscore.py
// scores them, and its table is imported. roberta-large, layer 17, no idf, no rescaling: the only setup whose raw
// values are in the range of the paper's Table 2.
//
//   pairs   item_id <tab> reference <tab> prediction     a header, then one line per item; tabs, line breaks and
//                                                        backslashes are escaped as \t \n \r \\ in texts
//   scores  item_id <tab> P <tab> R <tab> F
//
// Rescaled: (F - 0.83122575) / (1 - 0.83122575), the package's baseline of random English pairs for that layer.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/item.h"

namespace llama32med {

struct CaptionPair {
  std::string id, reference, prediction;
};

// References, and answers without the training template.
std::vector<CaptionPair> caption_pairs(const std::vector<const Item*>& items);

// The contents of the file of pairs. Throws Error{kData} for duplicate ids.
std::string bertscore_pairs(const std::vector<CaptionPair>& pairs);

struct BertScore {
  std::string id;
  double precision = 0, recall = 0, f1 = 0;  // raw
};

struct BertScores {
  std::vector<BertScore> items;                               // in the order of the expected ids
  double precision = 0, recall = 0, f1 = 0, f1_rescaled = 0;  // means
};

// Throws Error{kData} that lists invalid lines and missing, duplicate or unexpected ids.
BertScores read_bertscores(const std::filesystem::path& file, const std::vector<std::string>& ids);

Json bertscores_json(const BertScores& scores);

struct NamedBertScores {
  std::string run;
  BertScores scores;
};
std::string bertscores_markdown(const std::vector<NamedBertScores>& runs);

}  // namespace llama32med
