// Scoring protocols: pure functions of text. One answer in, a score from 0 to 1 out.
//
//   name              closed if  template  score of closed items           score of open items
//   paper             yes/no     removed   equality after NFKC, white space, lower case, final period
//   paper-human       yes/no     removed   as paper; raters' verdicts replace the score of its open misses
//   strict-em         yes/no     kept      equality after trimming and case folding
//   plain             yes/no     kept      equality in lower case without punctuation
//   vqa-norm          annotated  removed   equality after the VQA normalizer
//   vqa-norm-freeform annotated  removed   the same for VQA-RAD's freeform questions only (phrase_type)
//   relaxed           yes/no     removed   the yes or no said              tokens in any order, or contained
//   token-f1          yes/no     removed   as relaxed                      F1 of tokens
//   llava-med         annotated  kept      containment if it says yes/no   recall of words
//   llava-med-batch   annotated  kept      containment                     recall of words
//   lmms-slake        annotated  kept      equality without punctuation, aliases of yes and no
//   medevalkit        dataset    kept      see metrics/medevalkit.h        equality in lower case
//   pathvqa-official  yes/no     kept      equality in lower case          share of words found, letters only
//
// The last five reproduce other code bases with their bugs. "yes/no": the reference is yes or no. "annotated": the
// record's answer_type; if that is neither closed nor open, yes/no decides, so that no item is dropped. "dataset":
// annotated for SLAKE, else yes/no. The template is "The answer is: x". An empty prediction is never correct. A new
// protocol is a file in src/scoring/protocols/ and a line in protocol.cpp.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

enum class AnswerKind { kClosed, kOpen };
enum class TypeRule { kYesNo, kAnnotated, kAnnotatedInSlake };  // what decides whether an item is closed
enum class ExtractRule { kNone, kTemplate };                    // what is removed from a prediction first
enum class ScoreKind { kHit, kFraction };                       // each score is 0 or 1, or anything in between

struct ScoredAnswer {
  std::string question, reference;
  std::string answer_type;       // the annotation, as in Record
  std::string prediction;        // raw output of the model
  std::string dataset = {};      // some code bases have rules for single datasets
  std::string phrase_type = {};  // VQA-RAD's: freeform, para, ...
};

struct ProtocolScore {
  double score = 0;
  AnswerKind kind = AnswerKind::kOpen;
  std::string extracted;     // what was compared, before normalization
  bool extract_hit = false;  // the template was found; always false under ExtractRule::kNone
};

struct Measure {  // reported next to a protocol's scores: recall, precision, F1
  std::string name;
  AnswerKind of;  // the kind of items it is averaged over
};

struct Protocol {
  std::string name;
  std::string version;
  TypeRule type_rule;
  ExtractRule extract_rule;
  ScoreKind closed_scores, open_scores;
  ProtocolScore (*score)(const ScoredAnswer&);
  std::string (*normal_form)(std::string_view);  // normalizes a reference: stored as reference_norm
  std::string (*tables_sha256)();                // hash of the tables behind the normal form
  bool (*takes)(const ScoredAnswer&) = nullptr;  // items it rejects are not counted; null: accepts all
  std::vector<Measure> measures = {};
  // The values of the measures for items of this kind, in order.
  std::vector<double> (*measure)(const ScoredAnswer&, AnswerKind) = nullptr;
  std::string remark = {};  // printed below its rows: what to know before comparing scores
};

// Throws Error{kUsage} for an unknown name, listing the known ones.
const Protocol& protocol(std::string_view name);
const std::vector<std::string>& protocol_names();

// The protocols of a config: by name, or every one for "all". Throws Error{kUsage} for unknown and repeated names.
std::vector<const Protocol*> chosen_protocols(const std::vector<std::string>& names);

// Identifies how a score was computed, in one line:
//   vqa|proto:paper-1|type:yesno|extract:template|split:slake-test-1061|n:1061|decode:greedy|tables:0f3a5c9d1e2b
//
// Data with a label of its own has it after the split: "|split:slake-test-1125|label:phantoms|n:1125|". "|" and line
// breaks of a label become "_". Answers of llama32med are followed by their settings, as in
// "|prompt:radiologist_vqa-5e2fa0b1c2d3|image:sensible|dtype:fp32".
struct ScoredSet {
  std::string dataset, split;
  std::int64_t records = 0, scored = 0;
  std::string decode;         // "greedy", "sampled", or "unknown" for predictions made by other programs
  std::string label = {};     // shown instead of the dataset's name
  std::string settings = {};  // signature_settings(); "" if unknown
};
std::string signature(const Protocol& protocol, const ScoredSet& set);

// Whether an item is closed. Annotations are trimmed and compared in upper case: CLOSED and YES/NO are closed; OPEN,
// OTHER and NUMBER are open; for anything else the reference decides.
AnswerKind answer_kind(const ScoredAnswer& answer, TypeRule rule);

}  // namespace llama32med
