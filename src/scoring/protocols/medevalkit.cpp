// MedEvalKit's string scores without its judge (metrics/medevalkit.h). Inputs that crash its code score 0.
#include "llama32med/metrics/medevalkit.h"

#include "llama32med/metrics/unicode.h"
#include "scoring/protocols/protocols.h"

namespace llama32med {
namespace {

std::string normal_text(std::string_view reference) {
  const std::string lower = lower_case(reference);
  return std::string(trim_white_space(lower));
}

MedEvalKitRules rules_of(const ScoredAnswer& answer) {
  return answer.dataset == "slake" ? MedEvalKitRules::kAnnotated : MedEvalKitRules::kYesNo;
}

MedEvalKitAnswer open_answer(const ScoredAnswer& answer) {
  return medevalkit_open(answer.prediction, answer.reference, rules_of(answer));
}

// To that code, "Yes." is an open answer, not a label.
AnswerKind kind_of(const ScoredAnswer& answer) {
  if (answer.dataset == "slake") return answer_kind(answer, TypeRule::kAnnotatedInSlake);
  const std::string label = normal_text(answer.reference);
  return label == "yes" || label == "no" ? AnswerKind::kClosed : AnswerKind::kOpen;
}

ProtocolScore score(const ScoredAnswer& answer) {
  ProtocolScore out;
  out.kind = kind_of(answer);
  auto judged = out.kind == AnswerKind::kClosed
                    ? medevalkit_closed(answer.prediction, answer.reference, rules_of(answer))
                    : open_answer(answer);
  out.score = judged.correct && judged.raises.empty() && !is_blank(answer.prediction) ? 1 : 0;
  out.extracted = std::move(judged.compared);
  return out;
}

std::vector<double> measure(const ScoredAnswer& answer, AnswerKind kind) {
  if (kind == AnswerKind::kClosed) return {};
  const auto judged = open_answer(answer);
  return {judged.reported_precision, judged.reported_recall, judged.reported_f1};
}

}  // namespace

Protocol medevalkit_protocol() {
  return {.name = "medevalkit",
          .version = "1",
          .type_rule = TypeRule::kAnnotatedInSlake,
          .extract_rule = ExtractRule::kNone,
          .closed_scores = ScoreKind::kHit,
          .open_scores = ScoreKind::kHit,
          .score = score,
          .normal_form = normal_text,
          .tables_sha256 = medevalkit_tables_sha256,
          .measures = {{"reported precision", AnswerKind::kOpen},
                       {"reported recall", AnswerKind::kOpen},
                       {"reported F1", AnswerKind::kOpen}},
          .measure = measure,
          .remark =
              "bug-compatible; \"The answer is: x\" is a miss for every open item; the reported precision is really "
              "the F1, the recall the precision, the F1 the recall; that code also scores SLAKE's Chinese items"};
}

}  // namespace llama32med
