// BERTScore (Zhang et al., ICLR 2020) by way of the Python package: pairs go out as a table, scripts/bertscore.py
// scores them, its table comes in. roberta-large, layer 17, no idf, no rescaling: the only set-up whose raw values lie
// where the paper's Table 2 does.
//
//   pairs   item_id <tab> reference <tab> prediction     one line per item under a header line; in text, \t \n \r \\
//                                                        stand for a tab, line ends and a backslash
//   scores  item_id <tab> P <tab> R <tab> F
//
// Rescaled: (F - 0.83122575) / (1 - 0.83122575), the package's baseline of random English pairs for that layer.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

struct CaptionPair {
  std::string id, reference, prediction;
};

std::string bertscore_pairs(const std::vector<CaptionPair>& pairs);  // the whole file; throws Error{kData}: doubled id

struct BertScore {
  std::string id;
  double precision = 0, recall = 0, f1 = 0;  // raw
};

struct BertScores {
  std::vector<BertScore> items;                               // in the order of the ids expected
  double precision = 0, recall = 0, f1 = 0, f1_rescaled = 0;  // means
};

// Throws Error{kData} that names the lines which are broken and the ids that are missing, doubled or not expected.
BertScores read_bertscores(const std::filesystem::path& file, const std::vector<std::string>& ids);

Json bertscores_json(const BertScores& scores);
std::string bertscores_markdown(const BertScores& scores);

}  // namespace llama32med
