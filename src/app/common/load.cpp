#include "app/common/load.h"

#include <ATen/Parallel.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "app/common/environment.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/cores.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/sha256.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/models/model_folder.h"
#include "llama32med/peft/adapter_check.h"
#include "llama32med/tensor/device.h"
#include "llama32med/weights/checkpoint.h"

namespace llama32med {
namespace {

void check_fit(const Backbone& model, const Tokenizer& tokenizer, const ChatFormat& chat) {
  const auto& facts = model.facts();
  const auto image_token = tokenizer.require_special(chat.image_token());
  if (image_token != facts.image_token)
    throw data_error("{}: {} is token {}, but the image token in config.json is {}", tokenizer.source(),
                     chat.image_token(), image_token, facts.image_token);
  if (tokenizer.vocabulary_size() > facts.embedding_rows)
    throw data_error("{}: has {} tokens, but the embedding has {} rows (\"vocab_size\" in config.json is {})",
                     tokenizer.source(), tokenizer.vocabulary_size(), facts.embedding_rows, facts.vocabulary);
}

// The files of a model folder, beside weights and tokenizer, that change its answers.
const std::set<std::string> kDecidingFiles = {"config.json", "generation_config.json", "preprocessor_config.json",
                                              "processor_config.json"};

struct DatedPrompt {
  PromptTemplate prompt;
  std::string date;
};

LoadedEncoder encoder_with(DatedPrompt prompt, const Backbone& model, const std::filesystem::path& folder,
                           const ImageProcessorConfig& images) {
  LoadedEncoder encoder{.tokenizer = load_tokenizer(folder)};
  auto processor = load_processor(folder, images);
  check_fit(model, *encoder.tokenizer, *processor.chat);
  encoder.encoder = std::make_unique<SampleEncoder>(*encoder.tokenizer, std::move(processor), std::move(prompt.prompt),
                                                    std::move(prompt.date));
  for (const auto& notice : model.notices()) spdlog::warn("{}", notice);
  return encoder;
}

// The prompt was found before: an unknown name is reported before the weights are read.
LoadedModel load_with(DatedPrompt prompt, const RunConfig& config) {
  LoadedModel loaded{.model = load_model(config.model, choose_target(config.runtime))};
  auto encoder = encoder_with(std::move(prompt), *loaded.model, config.model.folder, config.image);
  loaded.tokenizer = std::move(encoder.tokenizer);
  loaded.encoder = std::move(encoder.encoder);
  return loaded;
}

// 64 pages spread over the file: distinguishes checkpoints of the same shape without reading 21 GB.
void add_sample(Sha256& sum, const MappedFile& file) {
  constexpr std::size_t kPages = 64, kPage = 4096;
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
  sum.add(std::to_string(file.size()) + "\n");
  for (std::size_t i = 0; i < kPages; ++i) sum.add(bytes.substr(file.size() / kPages * i, kPage));
}

// 0: all cores, or fewer where the environment or libtorch says so.
void choose_threads(std::int64_t wanted) {
  const auto cores = static_cast<int>(available_cores());
  if (wanted == 0 && !std::getenv("OMP_NUM_THREADS")) wanted = std::min(at::get_num_threads(), cores);
  if (wanted == 0 || wanted == at::get_num_threads()) return;
  if (wanted > cores)
    spdlog::warn("{} threads on {} core{}: more threads than cores make a run slower; --threads 0 uses all cores",
                 wanted, cores, cores == 1 ? "" : "s");
  at::set_num_threads(static_cast<int>(wanted));
}

}  // namespace

at::TensorOptions choose_target(const RuntimeConfig& runtime) {
  choose_threads(runtime.threads);
  const auto device = parse_device(runtime.device);
  if (runtime.device != "cpu") warn_of_slow_device(device);
  return at::device(device).dtype(scalar_type(runtime.dtype, device));
}

std::filesystem::path shipped(const std::string& name) {
  // bin/ is beside share/ when installed, build/<preset>/ is below the sources otherwise
  auto folder = canonical_path("/proc/self/exe").parent_path();
  for (; folder != folder.root_path(); folder = folder.parent_path())
    for (const auto& found : {folder / "share/llama32med" / name, folder / name})
      if (is_there(found)) return found;
  throw usage_error("folder \"{}\" that ships with the program is missing beside it; the installation is incomplete",
                    name);
}

std::vector<std::string> prompt_names(const std::filesystem::path& folder) {
  std::set<std::string> names;
  if (is_folder(folder))
    for (const auto& entry : entries_of(folder))
      if (entry.extension() == ".txt") names.insert(entry.stem().string());
  return {names.begin(), names.end()};
}

PromptTemplate find_prompt(const std::string& name_or_path) {
  if (is_file(name_or_path)) return PromptTemplate::load(name_or_path);
  const auto folder = shipped("prompts");
  const auto file = folder / (name_or_path + ".txt");
  if (is_file(file)) return PromptTemplate::load(file);
  const auto names = prompt_names(folder);
  throw usage_error("prompt \"{}\": neither a file nor a prompt that ships{}; prompts that ship are {}", name_or_path,
                    did_you_mean(name_or_path, names), join(names, ", "));
}

PromptTemplate find_prompt(const PromptConfig& prompt) {
  if (prompt.text.empty()) return find_prompt(prompt.file);
  return PromptTemplate::parse(prompt.text, std::filesystem::path(prompt.file).stem().string());
}

void require_model(const RunConfig& config) {
  if (config.model.folder.empty()) throw usage_error("no model: give --model DIR, a Hugging Face model folder");
}

void require_image_mark(const PromptConfig& prompt) {
  if (find_prompt(prompt).image_marks() > 0) return;
  throw usage_error("prompt \"{}\": has no <image>, so the model would never see an image; put <image> where it goes",
                    prompt.file);
}

std::unique_ptr<Backbone> load_model(const ModelConfig& config, const at::TensorOptions& target) {
  const auto storage = storage_choice(config.quantize, model_names(config.folder));
  if (config.adapter.empty()) {
    const AdapterChooser plain({.storage = storage});
    return load_backbone(config.folder, config.options, target, &plain);
  }
  const AdapterFolder adapter(config.adapter, model_names(config.folder));
  const AdapterChooser wrapping({.folder = &adapter, .storage = storage});
  return load_adapted(config.folder, adapter, config.options, target, wrapping);
}

std::unique_ptr<Backbone> load_adapted(const std::filesystem::path& folder, const AdapterFolder& adapter,
                                       const BackboneOptions& options, const at::TensorOptions& target,
                                       const AdapterChooser& linears) {
  std::unique_ptr<Backbone> model;
  if (adapter.saved_tensors().empty()) {
    model = load_backbone(folder, options, target, &linears);
  } else {
    const auto where = (folder / "config.json").string();
    const auto config = read_model_config(folder);
    const Checkpoint checkpoint(folder, model_names(folder));
    model = load_backbone({config, where, OverlaidWeights(checkpoint, adapter)}, options, target, &linears);
  }
  refuse_unused(adapter, model->parameters());
  refuse_missing(adapter, linears.linears(), model->parameters());
  return model;
}

LoadedEncoder load_encoder(const Backbone& model, const std::filesystem::path& folder, const PromptConfig& prompt,
                           const ImageProcessorConfig& images) {
  return encoder_with({find_prompt(prompt), prompt.date}, model, folder, images);
}

LoadedModel load_model_with_encoder(const RunConfig& config) {
  require_model(config);
  return load_with({find_prompt(config.prompt), config.prompt.date}, config);
}

LoadedModel load_model_to_chat(const RunConfig& config) {
  require_model(config);
  return load_with({PromptTemplate(), config.prompt.date}, config);
}

std::string model_fingerprint(const std::filesystem::path& folder) {
  Sha256 sum;
  for (const auto& file : entries_of(folder)) {
    const auto name = file.filename().string();
    if (!kDecidingFiles.contains(name) && !name.ends_with(".safetensors") && !name.starts_with("tokenizer.")) continue;
    sum.add(name + "\n");
    add_sample(sum, MappedFile(file));
  }
  return sum.hex();
}

}  // namespace llama32med
