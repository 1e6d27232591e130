#include "llama32med/core/strings.h"
#include "llama32med/metrics/answer_text.h"
#include "llama32med/metrics/unicode.h"
#include "scoring/protocols/protocols.h"

namespace llama32med {

AnswerKind answer_kind(const ScoredAnswer& answer, TypeRule rule) {
  if (rule == TypeRule::kAnnotated || (rule == TypeRule::kAnnotatedInSlake && answer.dataset == "slake")) {
    const std::string type = ascii_lower(trim_white_space(answer.answer_type));
    if (type == "closed" || type == "yes/no") return AnswerKind::kClosed;
    if (type == "open" || type == "other" || type == "number") return AnswerKind::kOpen;
  }
  return is_yes_or_no(answer.reference) ? AnswerKind::kClosed : AnswerKind::kOpen;
}

bool is_blank(std::string_view prediction) { return trim_white_space(prediction).empty(); }

}  // namespace llama32med
