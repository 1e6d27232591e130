// LLaVA-Med's scores, bugs and all: microsoft/LLaVA-Med @b9a98a7 (v1.0.0) llava/eval/run_eval.py:40-97 and
// run_eval_batch.py:58-118. Its scripts normalise both sides and its metrics do so again.
#include "eval/protocols/protocols.h"
#include "llama32med/metrics/overlap.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/vqa_normaliser.h"

namespace llama32med {
namespace {

enum class Gate {
  kYesNo,  // closed: the prediction must hold the letters "yes" or "no" somewhere, as "normal" and "not" do
  kNone,
};

std::string normal_text(std::string_view text) { return llava_med_text(lower_case(text)); }

double contains(const ScoredAnswer& answer) {
  return normal_text(answer.prediction).find(normal_text(answer.reference)) != std::string::npos ? 1 : 0;
}

double gated_contains(const ScoredAnswer& answer) {
  const std::string text = normal_text(answer.prediction);
  if (text.find("yes") == text.npos && text.find("no") == text.npos) return 0;
  return text.find(normal_text(answer.reference)) != text.npos ? 1 : 0;
}

// The second pass changes only what still has a period: no more than 32 go at once.
std::string metric_text(std::string_view text) {
  std::string normal = normal_text(text);
  return normal.find('.') == normal.npos ? normal : llava_med_text(normal);
}

template <class Metric>
auto of_words(const ScoredAnswer& answer, Metric metric) {
  const std::string predicted = metric_text(answer.prediction), expected = metric_text(answer.reference);
  return metric(white_space_words(predicted), white_space_words(expected));
}

Overlap overlap_of(const ScoredAnswer& answer) { return of_words(answer, overlap); }

double recall(const ScoredAnswer& answer) { return overlap_of(answer).recall; }
double precision(const ScoredAnswer& answer) { return overlap_of(answer).precision; }
double f1(const ScoredAnswer& answer) { return overlap_of(answer).f1; }
double exact_match(const ScoredAnswer& answer) { return of_words(answer, found_share); }

ProtocolScore score_with(const ScoredAnswer& answer, Gate gate) {
  ProtocolScore out;
  out.kind = answer_kind(answer, TypeRule::kAnnotated);
  out.extracted = answer.prediction;
  if (is_blank(answer.prediction)) return out;
  if (out.kind == AnswerKind::kOpen)
    out.score = recall(answer);
  else
    out.score = gate == Gate::kYesNo ? gated_contains(answer) : contains(answer);
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
          .measures = {{"contains", AnswerKind::kClosed, contains},
                       {"recall", AnswerKind::kClosed, recall},
                       {"contains", AnswerKind::kOpen, contains},
                       {"exact match", AnswerKind::kOpen, exact_match},
                       {"recall", AnswerKind::kOpen, recall},
                       {"precision", AnswerKind::kOpen, precision},
                       {"F1", AnswerKind::kOpen, f1}},
          .remark =
              "bug-compatible; overall is not defined by that code, here the mean over items; a closed item whose "
              "reference is neither yes nor no is a miss unless the answer holds \"yes\" or \"no\""};
}

Protocol llava_med_batch_protocol() {
  Protocol protocol = llava_med_protocol();
  protocol.name = "llava-med-batch";
  protocol.score = batch_score;
  protocol.measures = {{"contains", AnswerKind::kOpen, contains}};
  protocol.remark =
      "bug-compatible; overall is not defined by that code, here the mean over items; its \"open accuracy\" is the "
      "measure contains, its other columns those of llava-med";
  return protocol;
}

}  // namespace llama32med
