// The settings of an adapter: content of PEFT's adapter_config.json (PEFT 0.17, peft/tuners/lora/config.py).
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/core/json_fwd.h"

namespace llama32med {

// Values by patterns of module names; the first pattern that matches decides (target_modules.h).
template <class Value>
using NamePatterns = std::vector<std::pair<std::string, Value>>;

// The update is scaled by alpha / r, a number of the compute type: beyond fp16's range it would be infinite.
inline constexpr double kLargestAlpha = 65504;

// layers_to_transform and layers_pattern: the layers to which a list of target_modules is restricted.
struct LayerSelection {
  std::vector<std::int64_t> indices;  // empty: all layers
  std::vector<std::string> patterns;  // names of the lists of layers, regular expressions; empty: any
};

struct AdapterSpec {
  std::int64_t rank = 8;
  double alpha = 8;
  double dropout = 0;
  bool rslora = false, dora = false;
  TextOrList target_modules, exclude_modules = std::vector<std::string>{};
  LayerSelection layers;  // read to check an adapter; an adapter that is written lists its modules instead
  NamePatterns<std::int64_t> rank_pattern;
  NamePatterns<double> alpha_pattern;
  std::vector<std::string> modules_to_save;  // trained in full; their tensors are in the adapter's file
  std::string base_model;                    // the model it was trained on, for information only
};

// Keys that do not matter here are ignored, as in PEFT. Throws Error{kData} naming key and value if a key has the wrong
// type or requests an unsupported feature that changes the results: biases, PiSSA, replicated layers, .., or a feature
// newer than this program ("use_x": true, or a section "x_config").
AdapterSpec read_adapter_spec(const Json& json, const std::string& where);

// All keys that PEFT 0.17 writes, sorted.
Json adapter_config_json(const AdapterSpec& spec);

}  // namespace llama32med
