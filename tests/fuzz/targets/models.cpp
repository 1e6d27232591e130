// config.json and generation_config.json of a model folder.
#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/config_json.h"
#include "llama32med/models/model_folder.h"
#include "models/mllama/checkpoint_tensors.h"
#include "models/mllama/mllama_config.h"

namespace llama32med::fuzz {
namespace {

constexpr std::int64_t kMostLayers = 200;  // more cost time without being different

void fuzz_model_config(std::string_view bytes) {
  const auto json = parse_json(bytes, "config.json");
  const auto config = mllama::read_mllama_config(json, "config.json");
  require(config.text.hidden_size > 0 && config.text.head_dim() > 0, "sizes are positive");
  const auto written = mllama::mllama_config_json(config, "float32");
  require(mllama::mllama_config_json(mllama::read_mllama_config(written, "again"), "float32") == written,
          "a config is read as it was written");
  if (config.text.num_hidden_layers > kMostLayers || config.vision.num_layers() > kMostLayers) return;
  for (const auto& tensor : mllama::checkpoint_tensors(config))
    for (const auto side : tensor.shape) require(side > 0, "sides are positive");
}

void fuzz_generation_config(std::string_view bytes) {
  static const auto config =
      scratch_file("generation_config", "config.json", source_text("tests/golden/tiny/model/config.json"));
  const auto file = scratch_file("generation_config", "generation_config.json", bytes);
  (void)mllama::read_mllama_config(read_model_config(file.parent_path()), "config.json");
}

Seeds config_seeds() {
  return {source_text("tests/golden/tiny/model/config.json"), source_text("configs/phantom_base/config.json")};
}

Seeds generation_seeds() {
  return {source_text("tests/golden/tiny/model/generation_config.json"), R"({"eos_token_id": 3})", "{}"};
}

}  // namespace

Targets model_targets() {
  return {{"model_config", fuzz_model_config, config_seeds},
          {"generation_config", fuzz_generation_config, generation_seeds}};
}

}  // namespace llama32med::fuzz
