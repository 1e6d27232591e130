// The names of Llama 3.2 Vision's tensors, for tests of floors that take a model's names from their callers.
#pragma once
#include "llama32med/core/config_json.h"
#include "llama32med/models/backbone_kind.h"

namespace llama32med::test {

inline const ModelNames& mllama_names() { return *backbone_kind(Json{{"model_type", "mllama"}}, "test").names; }

}  // namespace llama32med::test
