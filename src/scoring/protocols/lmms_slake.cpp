// SLAKE in lmms-eval (metrics/peer_text.h): one rule for closed and open.
#include "llama32med/metrics/peer_text.h"
#include "llama32med/metrics/unicode.h"
#include "scoring/protocols/protocols.h"

namespace llama32med {
namespace {

ProtocolScore score(const ScoredAnswer& answer) {
  ProtocolScore out;
  out.kind = answer_kind(answer, TypeRule::kAnnotated);
  out.extracted = answer.prediction;
  const bool equal = lmms_slake_text(answer.prediction) == lmms_slake_text(answer.reference);
  out.score = equal && !is_blank(answer.prediction) ? 1 : 0;
  return out;
}

}  // namespace

Protocol lmms_slake_protocol() {
  return {.name = "lmms-slake",
          .version = "1",
          .type_rule = TypeRule::kAnnotated,
          .extract_rule = ExtractRule::kNone,
          .closed_scores = ScoreKind::kHit,
          .open_scores = ScoreKind::kHit,
          .score = score,
          .normal_form = lmms_slake_text,
          .tables_sha256 = lmms_slake_tables_sha256,
          .remark = "bug-compatible; \"true\" and the Chinese word for normal count as yes"};
}

}  // namespace llama32med
