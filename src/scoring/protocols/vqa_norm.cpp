// Equality of normalized answers, as M2I2, PeFoMed and MMQ report (metrics/vqa_normalizer.h, mmq_text). Their models
// answer with a label, ours with a sentence, whose template is removed first.
#include "llama32med/core/strings.h"
#include "llama32med/metrics/answer_text.h"
#include "llama32med/metrics/vqa_normalizer.h"
#include "scoring/protocols/protocols.h"

namespace llama32med {
namespace {

ProtocolScore score(const ScoredAnswer& answer) {
  auto [text, hit] = extract_templated_answer(answer.prediction);
  ProtocolScore out;
  out.kind = answer_kind(answer, TypeRule::kAnnotated);
  out.score = !is_blank(text) && mmq_text(text) == mmq_text(answer.reference) ? 1 : 0;
  out.extracted = std::move(text);
  out.extract_hit = hit;
  return out;
}

bool is_freeform(const ScoredAnswer& answer) {
  return ascii_lower(answer.phrase_type).ends_with("freeform");  // "test_freeform" in the released file
}

}  // namespace

Protocol vqa_norm_freeform_protocol() {
  auto protocol = vqa_norm_protocol();
  protocol.name = "vqa-norm-freeform";
  protocol.takes = is_freeform;
  protocol.remark = "as counted by M2I2 and MMQ: VQA-RAD's freeform questions only";
  return protocol;
}

Protocol vqa_norm_protocol() {
  return {.name = "vqa-norm",
          .version = "1",
          .type_rule = TypeRule::kAnnotated,
          .extract_rule = ExtractRule::kTemplate,
          .closed_scores = ScoreKind::kHit,
          .open_scores = ScoreKind::kHit,
          .score = score,
          .normal_form = mmq_text,
          .tables_sha256 = vqa_tables_sha256,
          .remark = "M2I2 and MMQ score VQA-RAD on its 308 freeform items only: vqa-norm-freeform"};
}

}  // namespace llama32med
