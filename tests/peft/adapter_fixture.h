// Adapter folders of tests: tensors and a config, written as PEFT would.
#pragma once
#include <ATen/ops/rand.h>

#include <map>
#include <string>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/models/backbone.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/peft/adapter_folder.h"
#include "llama32med/weights/safetensors.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med::test {

inline const std::string kQ = "language_model.model.layers.0.self_attn.q_proj";  // [48, 48] in the tiny model

// Tensors of an adapter around module `name` of `in` and `out`.
inline std::map<std::string, at::Tensor> factors(const std::string& name, std::int64_t rank, std::int64_t in = 48,
                                                 std::int64_t out = 48) {
  return {{"base_model.model." + name + ".lora_A.weight", at::rand({rank, in})},
          {"base_model.model." + name + ".lora_B.weight", at::rand({out, rank})}};
}

inline void write_folder(const std::filesystem::path& folder, const std::string& config,
                         const std::map<std::string, at::Tensor>& tensors) {
  write_file(folder / "adapter_config.json", config);
  write_safetensors(folder / "adapter_model.safetensors", tensors, {{"format", "pt"}});
}

inline std::unique_ptr<Backbone> tiny_model(const LinearChooser* linears, at::ScalarType dtype = at::kFloat) {
  return load_backbone(golden("tiny/model"), {}, at::device(at::kCPU).dtype(dtype), linears);
}

}  // namespace llama32med::test
