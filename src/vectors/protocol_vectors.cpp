// Vectors for the protocols of protocol.h and their building blocks. For functions of other code bases, see
// code_base_vectors.cpp.
#include "llama32med/core/config_json.h"
#include "llama32med/metrics/answer_text.h"
#include "llama32med/metrics/answer_tokens.h"
#include "llama32med/scoring/protocol.h"
#include "vectors/row.h"
#include "vectors/tables.h"

namespace llama32med {
namespace {

const Protocol& row_protocol(const Json& row) { return protocol(row_text(row, "protocol")); }

Json score(const Json& row) { return row_protocol(row).score(row_answer(row)).score; }
Json extracted(const Json& row) { return row_protocol(row).score(row_answer(row)).extracted; }
Json extract_hit(const Json& row) { return row_protocol(row).score(row_answer(row)).extract_hit; }

Json normalized_text(const Json& row) {
  const auto text = row_text_or(row, "reference", "");
  return row_protocol(row).normal_form(text.empty() ? row_text_or(row, "prediction", "") : text);
}

const char* kind_name(AnswerKind kind) { return kind == AnswerKind::kClosed ? "CLOSED" : "OPEN"; }

Json both_types(const Json& row) {  // by annotation and by yes or no
  const ScoredAnswer answer = {"", row_reference(row), row_text_or(row, "annotated_answer_type", ""), ""};
  return Json::array(
      {kind_name(answer_kind(answer, TypeRule::kAnnotated)), kind_name(answer_kind(answer, TypeRule::kYesNo))});
}

Json yes_no(const Json& row) {
  switch (said_yes_or_no(row_prediction(row))) {
    case SaidYesNo::kYes:
      return "yes";
    case SaidYesNo::kNo:
      return "no";
    case SaidYesNo::kBoth:
      return "both";
    case SaidYesNo::kNone:
      break;
  }
  return "none";
}

Json open_token_f1(const Json& row) { return token_f1(row_prediction(row), row_reference(row)); }

}  // namespace

std::vector<VectorMetric> protocol_vectors() {
  std::vector<VectorMetric> table = {{"answer-type", "annot|yesno", both_types},
                                     {"relaxed", "yesno", yes_no},
                                     {"relaxed", "parse", yes_no},
                                     {"token-f1", "f1", score},
                                     {"token-f1", "open_f1", open_token_f1}};
  for (const auto& name : protocol_names()) {  // the names are never destroyed
    table.push_back({name, "correct", score});
    table.push_back({name, "score", score});
    table.push_back({name, "extracted", extracted});
    table.push_back({name, "extract_hit", extract_hit});
    table.push_back({name, "normalised_text", normalized_text});
  }
  for (const auto& entry : code_base_vectors()) table.push_back(entry);
  return table;
}

}  // namespace llama32med
