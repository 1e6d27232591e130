// How three code bases parse a judge's answer. "EXC:NAME" means that the original raises NAME.
//
//   judge-appendix-c  ours (raters/judge.h); null: unparsed
//   judge-pefomed     PeFoMed gpt_eval: the first isolated number 0 to 5 after the first "Score:", converted to int
//   judge-medevalkit  MedEvalKit utils.extract: the text in <judge> tags, else the whole text, must be "0"
#include <cctype>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/raters/judge.h"
#include "vectors/tables.h"

namespace llama32med {
namespace {

std::string prediction_of(const Json& row) {
  const auto found = row.find("prediction");
  if (found == row.end() || !found->is_string()) throw data_error("\"prediction\" is missing or not text");
  return found->get<std::string>();
}

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json appendix_c(const Json& row) { return number_or_null(parse_judge_score(prediction_of(row))); }

Json vqa_verdict(const Json& row) { return number_or_null(parse_judge_verdict(prediction_of(row))); }

bool is_word(char c) {  // bytes beyond ASCII are usually letters
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// \b[0-5](?:\.\d+)?\b, or "".
std::string_view lone_number(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '5' || (i > 0 && is_word(text[i - 1]))) continue;
    auto end = i + 1;
    if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
      auto longer = end + 1;
      while (longer < text.size() && is_digit(text[longer])) ++longer;
      if (longer == text.size() || !is_word(text[longer])) return text.substr(i, longer - i);
    }
    if (end == text.size() || !is_word(text[end])) return text.substr(i, 1);
  }
  return {};
}

Json pefomed(const Json& row, std::string_view label) {
  const auto text = prediction_of(row);
  const auto at = text.find(label);
  if (at == text.npos) return "EXC:IndexError";
  const auto rest = std::string_view(text).substr(at + label.size());
  const auto number = lone_number(rest.substr(0, rest.find(label)));
  if (number.empty()) return "EXC:AttributeError";
  if (number.size() > 1) return "EXC:ValueError";  // int("3.5")
  return number[0] - '0';
}

Json pefomed_score(const Json& row) { return pefomed(row, "Score:"); }
Json pefomed_correctness(const Json& row) { return pefomed(row, "Correctness:"); }

Json medevalkit(const Json& row) {
  static constexpr std::string_view kOpen = "<judge>", kClose = "</judge>";
  const auto text = prediction_of(row);
  std::string inside;
  for (auto begin = text.find(kOpen); begin != text.npos;) {
    begin += kOpen.size();
    const auto end = text.find(kClose, begin);
    if (end == text.npos) break;
    inside += text.substr(begin, end - begin) + " ";
    begin = text.find(kOpen, end + kClose.size());
  }
  const auto extracted = trim_white_space(inside);
  return (extracted.empty() ? std::string_view(text) : extracted) == "0";
}

}  // namespace

std::vector<VectorMetric> judge_vectors() {
  return {{"judge-appendix-c", "parsed_score", appendix_c},
          {"judge-vqa", "parsed_verdict", vqa_verdict},
          {"judge-pefomed", "parsed_score", pefomed_score},
          {"judge-pefomed", "parsed_correctness", pefomed_correctness},
          {"judge-medevalkit", "correct", medevalkit}};
}

}  // namespace llama32med
