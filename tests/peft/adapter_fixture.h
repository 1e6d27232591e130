// Adapter folders for tests: tensors and a config, as PEFT writes them.
#pragma once
#include <ATen/ops/rand.h>

#include <map>
#include <string>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/nn/scope.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/peft/adapter_folder.h"
#include "llama32med/weights/checkpoint.h"
#include "llama32med/weights/safetensors.h"
#include "support/mllama_names.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med::test {

inline const std::string kQ = "language_model.model.layers.0.self_attn.q_proj";  // [48, 48] in the tiny model

// Tensors of an adapter around module `name` with shape [out, in].
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

// The modules of the tiny checkpoint without the computation, which belongs to the models floor.
struct TinyModel {
  explicit TinyModel(const LinearChooser* linears) {
    const std::set<std::string> kinds = {"q_proj",
                                         "k_proj",
                                         "v_proj",
                                         "o_proj",
                                         "fc1",
                                         "fc2",
                                         "up_proj",
                                         "gate_proj",
                                         "down_proj",
                                         "lm_head",
                                         "multi_modal_projector"};
    const Checkpoint checkpoint(golden("tiny/model"));
    const Scope root(checkpoint, at::dtype(at::kFloat), store, linears);
    for (const auto& name : checkpoint.names()) {
      const auto module = name.substr(0, name.rfind('.'));
      const auto shape = checkpoint.info(name).shape;
      if (!kinds.contains(module.substr(module.rfind('.') + 1))) {
        root.weight(name, shape);
      } else if (name.ends_with(".weight")) {
        const auto bias = checkpoint.has(module + ".bias") ? Bias::kPresent : Bias::kNone;
        root.linear(module, {shape[1], shape[0], bias});
      }
    }
  }
  const ParameterStore& parameters() const { return store; }
  ParameterStore store{test::mllama_names()};
};

}  // namespace llama32med::test
