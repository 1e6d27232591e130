// Loads what a RunConfig names: device, model, adapter, tokenizer, prompt template, image processor.
#pragma once
#include <ATen/core/TensorBody.h>

#include <filesystem>
#include <memory>
#include <string>

#include "app/common/run_config.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/models/backbone.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/peft/adapter_folder.h"
#include "llama32med/text/prompt_template.h"
#include "llama32med/text/tokenizer.h"

namespace llama32med {

// Sets the number of CPU threads, and warns if there are more than cores; returns device and compute type. Warns if
// "auto" means the CPU although there is a GPU.
at::TensorOptions choose_target(const RuntimeConfig& runtime);

// The template of a config: its text, or else a file, or the name of one that ships with the program. Throws
// Error{kUsage} with the known names.
PromptTemplate find_prompt(const PromptConfig& prompt);
PromptTemplate find_prompt(const std::string& name_or_path);

// Throws Error{kUsage} if the config names no model.
void require_model(const RunConfig& config);

// Throws Error{kUsage} if the template has no <image>: a model that is asked about images would never see one.
void require_image_mark(const PromptConfig& prompt);
std::vector<std::string> prompt_names(const std::filesystem::path& folder);

// A file or folder that ships with the program ("prompts", "configs"): beside the sources of a build, or in share/.
std::filesystem::path shipped(const std::string& name);

// The model of a folder, with the adapter of `config` if it names one. Throws Error{kData} if a file is missing or
// broken, and if adapter and model do not fit together completely (peft/adapter_check.h).
std::unique_ptr<Backbone> load_model(const ModelConfig& config, const at::TensorOptions& target);

// A model with the linear layers that `linears` chooses. Full tensors of the adapter (modules_to_save) replace the
// folder's.
std::unique_ptr<Backbone> load_adapted(const std::filesystem::path& folder, const AdapterFolder& adapter,
                                       const BackboneOptions& options, const at::TensorOptions& target,
                                       const AdapterChooser& linears);

// A model folder ready to answer. Throws Error{kData} if tokenizer, config.json and the settings of the image processor
// contradict each other.
struct LoadedModel {
  std::unique_ptr<Backbone> model;
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<SampleEncoder> encoder;
};
LoadedModel load_model_with_encoder(const RunConfig& config);
// The same without the prompt template of records: its encoder can only encode chats (SampleEncoder::chat_ids).
LoadedModel load_model_to_chat(const RunConfig& config);

// The same without the model, for one that is already loaded.
struct LoadedEncoder {
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<SampleEncoder> encoder;
};
LoadedEncoder load_encoder(const Backbone& model, const std::filesystem::path& folder, const PromptConfig& prompt,
                           const ImageProcessorConfig& images);

// Hash of a model folder's content: config, tokenizer and weight files by their sizes and sampled pages.
std::string model_fingerprint(const std::filesystem::path& folder);

}  // namespace llama32med
