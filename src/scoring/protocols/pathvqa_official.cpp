// PathVQA's script for open answers (metrics/letters_overlap.h); its baselines count yes and no as labels.
#include "llama32med/metrics/letters_overlap.h"
#include "llama32med/metrics/unicode.h"
#include "scoring/protocols/protocols.h"

namespace llama32med {
namespace {

std::string label_text(std::string_view text) {
  const std::string lower = lower_case(text);
  return std::string(trim_white_space(lower));
}

double exact_match(const ScoredAnswer& answer) {
  return letters_exact_match(answer.prediction, answer.reference).value_or(0);
}
std::vector<double> measure(const ScoredAnswer& answer, AnswerKind kind) {
  if (kind == AnswerKind::kClosed) return {exact_match(answer)};
  std::vector<double> values = {letters_f1(answer.prediction, answer.reference).value_or(0)};
  for (const int order : {1, 2, 3})
    values.push_back(letters_bleu(answer.prediction, answer.reference, order).value_or(0));
  return values;
}

ProtocolScore score(const ScoredAnswer& answer) {
  ProtocolScore out;
  out.kind = answer_kind(answer, TypeRule::kYesNo);
  out.extracted = answer.prediction;
  if (out.kind == AnswerKind::kOpen)
    out.score = exact_match(answer);
  else
    out.score = label_text(answer.prediction) == label_text(answer.reference) ? 1 : 0;
  return out;
}

}  // namespace

Protocol pathvqa_official_protocol() {
  return {.name = "pathvqa-official",
          .version = "1",
          .type_rule = TypeRule::kYesNo,
          .extract_rule = ExtractRule::kNone,
          .closed_scores = ScoreKind::kHit,
          .open_scores = ScoreKind::kFraction,
          .score = score,
          .normal_form = label_text,
          .tables_sha256 = unicode_tables_sha256,
          .measures = {{"exact match", AnswerKind::kClosed},
                       {"F1", AnswerKind::kOpen},
                       {"BLEU-1", AnswerKind::kOpen},
                       {"BLEU-2", AnswerKind::kOpen},
                       {"BLEU-3", AnswerKind::kOpen}},
          .measure = measure,
          .remark =
              "bug-compatible; its \"exact match\" of open answers is the share of predicted words that are in the "
              "reference; answers without letters crash that script and score 0 here"};
}

}  // namespace llama32med
