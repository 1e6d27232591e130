// Mutations of an input for the replay test, which has no libFuzzer: the same in every run.
#pragma once
#include <string>

#include "fuzz/target.h"
#include "llama32med/core/random.h"

namespace llama32med::fuzz {

// One to four random changes of one of the inputs: bytes changed, inserted, removed, repeated or taken from another
// input, a number replaced by one that is hard to read, deep nesting.
std::string mutated(const Seeds& inputs, RandomStream& random);

}  // namespace llama32med::fuzz
