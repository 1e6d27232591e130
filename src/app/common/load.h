// Puts the floors together by a RunConfig: device, model, tokenizer, prompt, images.
#pragma once
#include <ATen/core/TensorBody.h>

#include <filesystem>
#include <memory>
#include <string>

#include "app/common/run_config.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/models/backbone.h"
#include "llama32med/peft/adapter_folder.h"
#include "llama32med/text/prompt_template.h"
#include "llama32med/text/tokenizer.h"

namespace llama32med {

// Sets the number of CPU threads; says where and in what numbers to compute.
at::TensorOptions choose_target(const RuntimeConfig& runtime);

// A path, or the name of a prompt that ships with the program. Throws Error{kUsage} with the known names.
PromptTemplate find_prompt(const std::string& name_or_path);

// A file or folder that ships with the program ("prompts", "configs"): beside the sources of a build, or in share/.
std::filesystem::path shipped(const std::string& name);

// The model of a folder, with the adapter of `config` around it where it names one. Throws Error{kData} as the floors
// beneath do, and where a tensor of the adapter has no place in the model.
std::unique_ptr<Backbone> load_model(const ModelConfig& config, const at::TensorOptions& target);

// A model whose linears the caller chooses, with the whole tensors of an adapter (modules_to_save) over the folder's.
std::unique_ptr<Backbone> load_adapted(const std::filesystem::path& folder, const AdapterFolder& adapter,
                                       const BackboneOptions& options, const at::TensorOptions& target,
                                       const LinearChooser& linears);

// A model folder ready to answer. Throws Error{kData} where tokenizer, config and processor do not fit each other.
struct LoadedModel {
  std::unique_ptr<Backbone> model;
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<SampleEncoder> encoder;
};
LoadedModel load_model_with_encoder(const RunConfig& config);

// All but the model, for one that is there already.
struct LoadedEncoder {
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<SampleEncoder> encoder;
};
LoadedEncoder load_encoder(const Backbone& model, const std::filesystem::path& folder, const PromptConfig& prompt,
                           const ImageProcessorConfig& images);

// What a model folder is, by content: config.json, sizes and headers of the weight files, and pages sampled from them.
std::string model_fingerprint(const std::filesystem::path& folder);

}  // namespace llama32med
