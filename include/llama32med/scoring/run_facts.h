// What a set of answers is: the facts that a number has to be read with. "run" of report.json.
#pragma once
#include <cstdint>
#include <string>

#include "llama32med/core/config_fields.h"

namespace llama32med {

struct DecodeFacts {
  std::string kind = "unknown";  // greedy, sampled; unknown of predictions of others
  double temperature = 0, top_p = 1;
  std::int64_t max_new_tokens = 0, seed = 0;

  static void describe(auto& c, auto&& field) {
    field("kind", c.kind, "greedy, sampled or unknown");
    field("temperature", c.temperature, "of the sampler");
    field("top_p", c.top_p, "of the sampler");
    field("max_new_tokens", c.max_new_tokens, "an answer ends here at the latest; 0: unknown");
    field("seed", c.seed, "of the draws");
  }
};

struct RunFacts {  // "" where unknown
  std::string name, dataset, split, split_sha256;
  std::int64_t records = 0, scored = 0;
  std::string predictions_sha256;  // of ids and texts, in any order
  std::string predictions_file;    // where they came from, for predictions of others
  std::string model, model_fingerprint, adapter, adapter_sha256, prompt, prompt_sha256, semantics, vision_features,
      dtype;
  std::string image_condition = "normal";
  DecodeFacts decode;

  static void describe(auto& c, auto&& field) {
    field("name", c.name, "of the run's folder");
    field("dataset", c.dataset, "what was asked");
    field("split", c.split, "which part");
    field("split_sha256", c.split_sha256, "of its records");
    field("records", c.records, "of the split");
    field("scored", c.scored, "of them");
    field("predictions_sha256", c.predictions_sha256, "of ids and answers");
    field("predictions_file", c.predictions_file, "where answers of others came from");
    field("model", c.model, "its folder's name");
    field("model_fingerprint", c.model_fingerprint, "its content");
    field("adapter", c.adapter, "its folder");
    field("adapter_sha256", c.adapter_sha256, "its content");
    field("prompt", c.prompt, "its name");
    field("prompt_sha256", c.prompt_sha256, "its file");
    field("semantics", c.semantics, "meta or hf");
    field("vision_features", c.vision_features, "input or output");
    field("dtype", c.dtype, "computed in");
    field("image_condition", c.image_condition, "normal, shuffled, blank or none");
    field("decode", c.decode, "how answers were made");
  }
};

}  // namespace llama32med
