// Scoring protocols: pure functions of text. One answer in, a score from 0 to 1 out.
//
//   name              closed if  template   a closed item's score            an open item's score
//   paper             yes/no     taken off  equality after NFKC, white space, lower case, final period
//   paper-human       yes/no     taken off  as paper; raters' verdicts on its open misses come from their files
//   strict-em         yes/no     stays      equality after trim and case folding
//   plain             yes/no     stays      equality in lower case without marks
//   vqa-norm          annotated  taken off  equality after the VQA normalizer
//   vqa-norm-freeform annotated  taken off  the same, of VQA-RAD's questions with phrase_type freeform alone
//   relaxed           yes/no     taken off  the yes/no word said             tokens in any order, or contained
//   token-f1          yes/no     taken off  as relaxed                       F1 of tokens
//   llava-med         annotated  stays      containment if it says yes/no    recall of words
//   llava-med-batch   annotated  stays      containment                      recall of words
//   lmms-slake        annotated  stays      equality after marks, aliases of yes and no
//   medevalkit        by set     stays      see metrics/medevalkit.h         equality in lower case
//   pathvqa-official  yes/no     stays      equality in lower case           share of words found, letters alone
//
// The last five reproduce others' code with its bugs. "yes/no": the reference is yes or no. "annotated": the record's
// answer_type; where that is neither closed nor open, yes/no decides, so that no item is dropped. "by set": annotated
// in SLAKE, else yes/no. "The template" is "The answer is: x". An empty prediction is never right. A new protocol is a
// file in src/scoring/protocols/ and a line in protocol.cpp.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

enum class AnswerKind { kClosed, kOpen };
enum class TypeRule { kYesNo, kAnnotated, kAnnotatedInSlake };  // what decides whether an item is closed
enum class ExtractRule { kNone, kTemplate };                    // what is taken off a prediction first
enum class ScoreKind { kHit, kFraction };                       // each score is 0 or 1, or anything between

struct ScoredAnswer {
  std::string question, reference;
  std::string answer_type;       // the annotation, as in Record
  std::string prediction;        // the model's text, raw
  std::string dataset = {};      // some code bases score one dataset by other rules than another
  std::string phrase_type = {};  // VQA-RAD's: freeform, para, ...
};

struct ProtocolScore {
  double score = 0;
  AnswerKind kind = AnswerKind::kOpen;
  std::string extracted;     // what was compared, before normalization
  bool extract_hit = false;  // the template was found; always false under ExtractRule::kNone
};

struct Measure {  // printed beside the scores of a protocol: recall, precision, F1
  std::string name;
  AnswerKind of;  // the items it is a mean over
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
  bool (*takes)(const ScoredAnswer&) = nullptr;  // items it leaves out are not counted; null: it takes all
  std::vector<Measure> measures = {};
  // The values of those measures that are of items of this kind, in their order.
  std::vector<double> (*measure)(const ScoredAnswer&, AnswerKind) = nullptr;
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

// Whether an item is closed. Annotations are trimmed and compared in upper case: CLOSED and YES/NO are closed, OPEN,
// OTHER and NUMBER open; any other says nothing, and the reference decides.
AnswerKind answer_kind(const ScoredAnswer& answer, TypeRule rule);

}  // namespace llama32med
