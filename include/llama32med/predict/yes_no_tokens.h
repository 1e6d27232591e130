// How likely a model found yes and no where its answer begins.
#pragma once
#include <optional>
#include <vector>

#include "llama32med/generate/generator.h"
#include "llama32med/text/tokenizer.h"

namespace llama32med {

// The first tokens of "Yes", "yes" and the same behind a blank; and of no: two groups for Generator. Tokens of both are
// left out; no groups where that leaves one empty.
Generator::TokenGroups yes_no_tokens(const Tokenizer& tokenizer);

struct YesNoProbability {
  double yes = 0.5, no = 0.5;  // of the first token of the answer itself, behind "The answer is:"; they sum to 1
};

// From an answer generated with those groups watched. Nothing where no token was generated.
std::optional<YesNoProbability> yes_no_probability(const Answer& answer, const Tokenizer& tokenizer);

}  // namespace llama32med
