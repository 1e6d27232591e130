// Lenient scores for verbose models: the yes or no in an answer, and tokens that respect negation
// (metrics/answer_tokens.h).
#include "llama32med/core/strings.h"
#include "llama32med/metrics/answer_text.h"
#include "llama32med/metrics/answer_tokens.h"
#include "scoring/protocols/protocols.h"

namespace llama32med {
namespace {

using OpenScore = double (*)(std::string_view prediction, std::string_view reference);

ProtocolScore score_with(const ScoredAnswer& answer, OpenScore open) {
  auto [text, hit] = extract_templated_answer(answer.prediction);
  ProtocolScore out;
  out.kind = answer_kind(answer, TypeRule::kYesNo);
  if (out.kind == AnswerKind::kClosed)
    out.score = said_yes_or_no(text) == said_yes_or_no(answer.reference) ? 1 : 0;
  else
    out.score = open(text, answer.reference);
  out.extracted = std::move(text);
  out.extract_hit = hit;
  return out;
}

double relaxed_hit(std::string_view prediction, std::string_view reference) {
  return relaxed_match(prediction, reference) ? 1 : 0;
}

ProtocolScore relaxed_score(const ScoredAnswer& answer) { return score_with(answer, relaxed_hit); }
ProtocolScore token_f1_score(const ScoredAnswer& answer) { return score_with(answer, token_f1); }

std::vector<double> extracted_f1(const ScoredAnswer& answer, AnswerKind) {
  return {token_f1(extract_templated_answer(answer.prediction).text, answer.reference)};
}

std::string joined_tokens(std::string_view text) { return join(answer_tokens(text), " "); }

}  // namespace

Protocol relaxed_protocol() {
  return {.name = "relaxed",
          .version = "1",
          .type_rule = TypeRule::kYesNo,
          .extract_rule = ExtractRule::kTemplate,
          .closed_scores = ScoreKind::kHit,
          .open_scores = ScoreKind::kHit,
          .score = relaxed_score,
          .normal_form = joined_tokens,
          .tables_sha256 = answer_token_tables_sha256,
          .remark = "containment is lenient: \"left lung\" is a hit for \"left\""};
}

Protocol token_f1_protocol() {
  Protocol protocol = relaxed_protocol();
  protocol.name = "token-f1";
  protocol.open_scores = ScoreKind::kFraction;
  protocol.score = token_f1_score;
  protocol.measures = {{"token F1", AnswerKind::kClosed}, {"token F1", AnswerKind::kOpen}};
  protocol.measure = extracted_f1;
  protocol.remark = "overall mixes closed hits with open F1; the measures give the F1 of both";
  return protocol;
}

}  // namespace llama32med
