// Equality in lower case without ASCII punctuation, articles kept: the score of LoRA recipes without their own scorer,
// e.g. the published answers of a Qwen2-VL on VQA-RAD.
#include "llama32med/metrics/bleu.h"
#include "llama32med/metrics/peer_text.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/words.h"
#include "scoring/protocols/protocols.h"

namespace llama32med {
namespace {

ProtocolScore score(const ScoredAnswer& answer) {
  ProtocolScore out;
  out.kind = answer_kind(answer, TypeRule::kYesNo);
  const auto normal = plain_text(answer.prediction), wanted = plain_text(answer.reference);
  // An answer of punctuation only is compared unchanged.
  const bool equal = normal.empty() ? collapse_white_space(answer.prediction) == collapse_white_space(answer.reference)
                                    : normal == wanted;
  out.score = equal && !is_blank(answer.prediction) ? 1 : 0;
  out.extracted = answer.prediction;
  return out;
}

double f1(const std::string& text, const std::string& wanted) {
  const auto given = white_space_words(text), expected = white_space_words(wanted);
  const auto shared = static_cast<double>(count_shared(given, count_words(expected)));
  return shared > 0 ? 2 * shared / static_cast<double>(given.size() + expected.size()) : 0;
}

std::vector<double> measure(const ScoredAnswer& answer, AnswerKind kind) {
  if (kind == AnswerKind::kClosed) return {};
  const auto text = plain_text(answer.prediction), wanted = plain_text(answer.reference);
  const auto counts = bleu_counts(white_space_tokens(wanted), white_space_tokens(text));
  return {f1(text, wanted), nltk_bleu(counts, 1, NltkSmoothing::kNone)};
}

}  // namespace

Protocol plain_protocol() {
  return {.name = "plain",
          .version = "1",
          .type_rule = TypeRule::kYesNo,
          .extract_rule = ExtractRule::kNone,
          .closed_scores = ScoreKind::kHit,
          .open_scores = ScoreKind::kHit,
          .score = score,
          .normal_form = plain_text,
          .tables_sha256 = plain_tables_sha256,
          .measures = {{"token F1", AnswerKind::kOpen}, {"BLEU-1", AnswerKind::kOpen}},
          .measure = measure,
          .remark = "a hit equals the reference, apart from case and punctuation"};
}

}  // namespace llama32med
