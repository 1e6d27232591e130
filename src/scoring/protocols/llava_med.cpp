// LLaVA-Med's scores with their bugs: microsoft/LLaVA-Med @b9a98a7 (v1.0.0) llava/eval/run_eval.py:40-97 and
// run_eval_batch.py:58-118. Its scripts normalize both sides and its metrics do so again.
#include "llama32med/metrics/overlap.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/vqa_normalizer.h"
#include "scoring/protocols/protocols.h"

namespace llama32med {
namespace {

enum class Gate {
  kYesNo,  // closed: the prediction must contain the letters "yes" or "no", as "normal" and "not" do
  kNone,
};

std::string normal_text(std::string_view text) { return llava_med_text(lower_case(text)); }

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

// The second pass only changes texts that still have periods: each pass removes at most 32.
std::string metric_text(std::string normal) {
  return normal.find('.') == normal.npos ? normal : llava_med_text(normal);
}

std::vector<double> measure(const ScoredAnswer& answer, AnswerKind kind) {
  const auto text = normal_text(answer.prediction), wanted = normal_text(answer.reference);
  const auto predicted = metric_text(text), expected = metric_text(wanted);
  const auto given = white_space_words(predicted), right = white_space_words(expected);
  const double contained = contains(text, wanted) ? 1 : 0;
  const auto shared = overlap(given, right);
  if (kind == AnswerKind::kClosed) return {contained, shared.recall};
  return {contained, found_share(given, right), shared.recall, shared.precision, shared.f1};
}

std::vector<double> contained(const ScoredAnswer& answer, AnswerKind kind) {
  if (kind == AnswerKind::kClosed) return {};
  return {contains(normal_text(answer.prediction), normal_text(answer.reference)) ? 1.0 : 0.0};
}

double recall(const std::string& text, const std::string& wanted) {
  const auto predicted = metric_text(text), expected = metric_text(wanted);
  return overlap(white_space_words(predicted), white_space_words(expected)).recall;
}

ProtocolScore score_with(const ScoredAnswer& answer, Gate gate) {
  ProtocolScore out;
  out.kind = answer_kind(answer, TypeRule::kAnnotated);
  out.extracted = answer.prediction;
  if (is_blank(answer.prediction)) return out;
  const auto text = normal_text(answer.prediction), wanted = normal_text(answer.reference);
  const bool open_gate = gate == Gate::kNone || contains(text, "yes") || contains(text, "no");
  if (out.kind == AnswerKind::kOpen)
    out.score = recall(text, wanted);
  else
    out.score = open_gate && contains(text, wanted) ? 1 : 0;
  return out;
}

ProtocolScore gated_score(const ScoredAnswer& answer) { return score_with(answer, Gate::kYesNo); }
ProtocolScore batch_score(const ScoredAnswer& answer) { return score_with(answer, Gate::kNone); }

}  // namespace

Protocol llava_med_protocol() {
  return {.name = "llava-med",
          .version = "1",
          .type_rule = TypeRule::kAnnotated,
          .extract_rule = ExtractRule::kNone,
          .closed_scores = ScoreKind::kHit,
          .open_scores = ScoreKind::kFraction,
          .score = gated_score,
          .normal_form = normal_text,
          .tables_sha256 = vqa_tables_sha256,
          .measures = {{"contains", AnswerKind::kClosed},
                       {"recall", AnswerKind::kClosed},
                       {"contains", AnswerKind::kOpen},
                       {"exact match", AnswerKind::kOpen},
                       {"recall", AnswerKind::kOpen},
                       {"precision", AnswerKind::kOpen},
                       {"F1", AnswerKind::kOpen}},
          .measure = measure,
          .remark =
              "bug-compatible; that code has no overall score, here it is the mean over items; a closed item whose "
              "reference is neither yes nor no is a miss unless the answer contains \"yes\" or \"no\""};
}

Protocol llava_med_batch_protocol() {
  Protocol protocol = llava_med_protocol();
  protocol.name = "llava-med-batch";
  protocol.score = batch_score;
  protocol.measures = {{"contains", AnswerKind::kOpen}};
  protocol.measure = contained;
  protocol.remark =
      "bug-compatible; that code has no overall score, here it is the mean over items; its \"open accuracy\" is the "
      "measure contains, its other columns are those of llava-med";
  return protocol;
}

}  // namespace llama32med
