// Scoring protocols: pure functions of text. One answer in, a score from 0 to 1 out.
//
//   name       closed if            before scoring       a hit is
//   paper      reference is yes/no  template taken off   equality after NFKC, white space, lower case, final period
//   strict-em  reference is yes/no  nothing              equality after trim and case folding
//
// An empty prediction is never right. A new protocol is a file in src/eval/protocols/ and a line in protocol.cpp.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

enum class AnswerKind { kClosed, kOpen };
enum class TypeRule { kYesNo, kAnnotated };   // what decides whether an item is closed
enum class ExtractRule { kNone, kTemplate };  // what is taken off a prediction first
enum class ScoreKind { kHit, kFraction };     // each score is 0 or 1, or anything between

struct ScoredAnswer {
  std::string question, reference;
  std::string answer_type;   // the annotation, as in Record
  std::string prediction;    // the model's text, raw
  std::string dataset = {};  // some code bases score one dataset by other rules than another
};

struct ProtocolScore {
  double score = 0;
  AnswerKind kind = AnswerKind::kOpen;
  std::string extracted;     // what was compared, before normalisation
  bool extract_hit = false;  // the template was found; always false under ExtractRule::kNone
};

struct Measure {  // printed beside the scores of a protocol: recall, precision, F1
  std::string name;
  AnswerKind of;  // the items it is a mean over
  double (*value)(const ScoredAnswer&);
};

struct Protocol {
  std::string name;
  std::string version;
  TypeRule type_rule;
  ExtractRule extract_rule;
  ScoreKind closed_scores, open_scores;
  ProtocolScore (*score)(const ScoredAnswer&);
  std::string (*normal_form)(std::string_view);  // of a reference: what is stored beside a prediction as reference_norm
  std::string (*tables_sha256)();                // of the tables the normal form rests on
  std::vector<Measure> measures = {};
  std::string remark = {};  // printed under its rows: what a reader has to know before comparing
};

// Throws Error{kUsage} for an unknown name, with the known ones.
const Protocol& protocol(std::string_view name);
const std::vector<std::string>& protocol_names();

// What a number belongs to, in one line:
//   vqa|proto:paper-1|type:yesno|extract:template|split:slake-test-1061|n:1061|decode:greedy|tables:0f3a5c9d1e2b
struct ScoredSet {
  std::string dataset, split;
  std::int64_t records = 0, scored = 0;
  std::string decode;  // "greedy", "sampled", or "unknown" for predictions of others
};
std::string signature(const Protocol& protocol, const ScoredSet& set);

}  // namespace llama32med
