// The share of a reference's distinct words that are in the prediction; 0 if the reference has no words.
#pragma once
#include "llama32med/metrics/tokens.h"

namespace llama32med {

double set_recall(const Tokens& reference, const Tokens& prediction);

}  // namespace llama32med
