// The string match of LLaMA32-Med (Dong et al., MIDL 2026) as far as the paper specifies it: micro-averaged equality of
// short answers, closed if the reference is yes or no. Its training targets are "The answer is: x".
#include "llama32med/metrics/answer_text.h"
#include "llama32med/metrics/unicode.h"
#include "scoring/protocols/protocols.h"

namespace llama32med {
namespace {

ProtocolScore score(const ScoredAnswer& answer) {
  auto [text, hit] = extract_templated_answer(answer.prediction);
  const auto normal = paper_text(text);
  ProtocolScore out;
  out.kind = is_yes_or_no(answer.reference) ? AnswerKind::kClosed : AnswerKind::kOpen;
  out.score = !normal.empty() && normal == paper_text(answer.reference) ? 1.0 : 0.0;
  out.extracted = std::move(text);
  out.extract_hit = hit;
  return out;
}

}  // namespace

Protocol paper_protocol() {
  return {.name = "paper",
          .version = "1",
          .type_rule = TypeRule::kYesNo,
          .extract_rule = ExtractRule::kTemplate,
          .closed_scores = ScoreKind::kHit,
          .open_scores = ScoreKind::kHit,
          .score = score,
          .normal_form = paper_text,
          .tables_sha256 = unicode_tables_sha256,
          .remark =
              "a hit equals the reference, apart from case, blanks and the final period; \"The answer is:\" is "
              "removed first"};
}

Protocol paper_human_protocol() {
  Protocol protocol = paper_protocol();
  protocol.name = "paper-human";
  protocol.open_scores = ScoreKind::kFraction;  // once verdicts are imported
  protocol.remark =
      "without imported verdicts the same as paper; raters judge its open misses, which then score the mean verdict";
  return protocol;
}

}  // namespace llama32med
