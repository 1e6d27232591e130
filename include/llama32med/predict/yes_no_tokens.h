// The probabilities that a model assigned to yes and no at the beginning of its answer.
#pragma once
#include <optional>
#include <vector>

#include "llama32med/generate/generator.h"
#include "llama32med/text/tokenizer.h"

namespace llama32med {

// Two groups of watched tokens for Generator: the first tokens of "Yes" and "yes", with and without a leading space,
// and the same for no. Tokens in both groups are left out; if that leaves a group empty, there are no groups.
Generator::TokenGroups yes_no_tokens(const Tokenizer& tokenizer);

struct YesNoProbability {
  double yes = 0.5, no = 0.5;  // for the first token of the answer itself, after "The answer is:"; they sum to 1
};

// From an answer that was generated with those groups watched. Empty if no token was generated.
std::optional<YesNoProbability> yes_no_probability(const Answer& answer, const Tokenizer& tokenizer);

}  // namespace llama32med
