#include "llama32med/predict/yes_no_tokens.h"

#include <algorithm>
#include <cmath>

#include "llama32med/metrics/answer_text.h"

namespace llama32med {
namespace {

std::vector<std::int64_t> first_tokens(const Tokenizer& tokenizer, const std::vector<std::string>& spellings) {
  std::vector<std::int64_t> ids;
  for (const auto& spelling : spellings) {
    const auto encoded = tokenizer.encode(spelling);
    if (!encoded.empty() && std::find(ids.begin(), ids.end(), encoded[0]) == ids.end()) ids.push_back(encoded[0]);
  }
  return ids;
}

// Index of the token in which the answer itself begins, after a template.
std::size_t first_token_of_answer(const Answer& answer, const Tokenizer& tokenizer) {
  const auto whole = tokenizer.decode(answer.ids, SpecialTokens::kSkip);
  const auto [text, hit] = extract_templated_answer(whole);
  if (!hit || text.empty()) return 0;
  const auto begin = whole.rfind(text);
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < answer.ids.size(); ++i) {
    ids.push_back(answer.ids[i]);
    if (tokenizer.decode(ids, SpecialTokens::kSkip).size() > begin) return i;
  }
  return 0;
}

}  // namespace

Generator::TokenGroups yes_no_tokens(const Tokenizer& tokenizer) {
  auto yes = first_tokens(tokenizer, {"Yes", "yes", " Yes", " yes"});
  auto no = first_tokens(tokenizer, {"No", "no", " No", " no"});
  const auto shared = [](const std::vector<std::int64_t>& ids) {  // a separate space token fits both words
    return [&ids](std::int64_t id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); };
  };
  const auto all_yes = yes;
  std::erase_if(yes, shared(no));
  std::erase_if(no, shared(all_yes));
  if (yes.empty() || no.empty()) return {};
  return {std::move(yes), std::move(no)};
}

std::optional<YesNoProbability> yes_no_probability(const Answer& answer, const Tokenizer& tokenizer) {
  if (answer.watched.empty()) return std::nullopt;
  const auto& logs = answer.watched[first_token_of_answer(answer, tokenizer)];
  const double yes = 1 / (1 + std::exp(logs.at(1) - logs.at(0)));
  return YesNoProbability{yes, 1 - yes};
}

}  // namespace llama32med
