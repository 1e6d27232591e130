// Where a set of answers comes from: dataset, model, prompt and decoding. The key "run" of report.json.
#pragma once
#include <cstdint>
#include <string>

#include "llama32med/core/config_fields.h"

namespace llama32med {

struct DecodeFacts {
  std::string kind = "unknown";  // greedy, sampled; unknown for predictions made by other programs
  double temperature = 0, top_p = 1;
  std::int64_t max_new_tokens = 0, seed = 0;

  static void describe(auto& c, auto&& field) {
    field("kind", c.kind, "decoding: greedy, sampled or unknown");
    field("temperature", c.temperature, "sampling temperature");
    field("top_p", c.top_p, "nucleus sampling threshold");
    field("max_new_tokens", c.max_new_tokens, "maximum length of an answer, in tokens; 0: unknown");
    field("seed", c.seed, "seed of the sampler");
  }
};

struct RunFacts {  // "" where unknown
  std::string name, dataset, label, split, split_sha256;
  std::int64_t records = 0, scored = 0;
  std::string predictions_sha256;  // hash of ids and texts, independent of their order
  std::string predictions_file;    // source file of predictions made by other programs
  std::string model, model_fingerprint, adapter, adapter_sha256, prompt, prompt_sha256, image, semantics,
      vision_features, dtype, gpu;
  std::string image_condition = "normal";
  DecodeFacts decode;

  std::string shown_dataset() const { return label.empty() ? dataset : label; }

  static void describe(auto& c, auto&& field) {
    field("name", c.name, "name of the run's folder");
    field("dataset", c.dataset, "name of the dataset");
    field("label", c.label, "name shown instead of the dataset's");
    field("split", c.split, "split of the dataset");
    field("split_sha256", c.split_sha256, "hash of the split's records");
    field("records", c.records, "number of records in the split");
    field("scored", c.scored, "number of records scored");
    field("predictions_sha256", c.predictions_sha256, "hash of ids and answers");
    field("predictions_file", c.predictions_file, "file of the predictions, if another program made them");
    field("model", c.model, "name of the model folder");
    field("model_fingerprint", c.model_fingerprint, "hash of the model folder's content");
    field("adapter", c.adapter, "adapter folder");
    field("adapter_sha256", c.adapter_sha256, "hash of the adapter");
    field("prompt", c.prompt, "name of the prompt template");
    field("prompt_sha256", c.prompt_sha256, "hash of the prompt template");
    field("image", c.image, "image settings: compatibility, window and square resize");
    field("semantics", c.semantics, "image attention: meta or hf");
    field("vision_features", c.vision_features, "states taken from intermediate vision layers: input or output");
    field("dtype", c.dtype, "compute type");
    field("gpu", c.gpu, "GPU, driver and libraries; empty: computed on a CPU, or unknown");
    field("image_condition", c.image_condition, "images the model saw: normal, shuffled, blank or none");
    field("decode", c.decode, "decoding settings");
  }
};

// "prompt:radiologist_vqa-5e2fa0b1c2d3|image:sensible,square_resize=512|dtype:fp32"; "" for other programs' answers.
std::string signature_settings(const RunFacts& facts);

}  // namespace llama32med
