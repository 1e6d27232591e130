// A lower bound: the whole output must equal the reference, except for case and outer white space.
#include "llama32med/metrics/answer_text.h"
#include "llama32med/metrics/unicode.h"
#include "scoring/protocols/protocols.h"

namespace llama32med {
namespace {

ProtocolScore score(const ScoredAnswer& answer) {
  const auto normal = strict_text(answer.prediction);
  ProtocolScore out;
  out.kind = is_yes_or_no(answer.reference) ? AnswerKind::kClosed : AnswerKind::kOpen;
  out.score = !normal.empty() && normal == strict_text(answer.reference) ? 1.0 : 0.0;
  out.extracted = answer.prediction;
  return out;
}

}  // namespace

Protocol strict_em_protocol() {
  return {.name = "strict-em",
          .version = "1",
          .type_rule = TypeRule::kYesNo,
          .extract_rule = ExtractRule::kNone,
          .closed_scores = ScoreKind::kHit,
          .open_scores = ScoreKind::kHit,
          .score = score,
          .normal_form = strict_text,
          .tables_sha256 = unicode_tables_sha256,
          .remark =
              "the whole output must equal the reference, apart from case: a lower bound, and 0 for answers in a "
              "template"};
}

}  // namespace llama32med
