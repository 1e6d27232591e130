// The kinds of models this program knows, by the model_type of config.json. Whatever `plan`, `init`, `quantize` and
// `bench` need to know of a model, they ask here: outside of its own folder nothing knows a model by name.
//
// A backbone is one folder and one line. The folder holds a function that reads config.json into a ModelOutline; the
// line is in the table of src/models/backbone_kind.cpp, or a call of add_backbone().
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/models/backbone.h"
#include "llama32med/models/model_cost.h"
#include "llama32med/weights/random_weights.h"
#include "llama32med/weights/tokenizer_json.h"

namespace llama32med {

// A model as its config.json describes it, before any weight is opened. There is one per config: what is loaded,
// planned and filled with random weights is read and checked once, and so is accepted or refused in the same words.
class ModelOutline {
 public:
  virtual ~ModelOutline() = default;

  virtual std::int64_t vocab_size() const = 0;
  virtual std::vector<NamedShape> tensors() const = 0;  // of a checkpoint, by hub name, sorted
  virtual ModelCost cost(const CostQuery& query) const = 0;
  // The image processor and the chat format, from the files of a model folder. Throws Error{kData} if they contradict
  // config.json.
  virtual Processor processor(const std::filesystem::path& folder, const ImageProcessorConfig& images) const = 0;

  // Takes all of tensors() from `weights`. `linears`: see load_backbone.
  virtual std::unique_ptr<Backbone> build(const WeightSource& weights, const BackboneOptions& options,
                                          const at::TensorOptions& target, const LinearChooser* linears) const = 0;
  // By the rules of random_weights.h, unless the model has tensors that need rules of their own.
  virtual std::unique_ptr<WeightSource> random_weights(const RandomOptions& options) const {
    return std::make_unique<RandomWeights>(tensors(), options);
  }

  const ModelNames& names() const { return *names_; }  // of its kind

 private:
  friend std::unique_ptr<ModelOutline> read_outline(const Json& config, const std::string& where);
  const ModelNames* names_ = nullptr;
};

// A size that `init --preset` writes and `bench --shape` times.
struct ModelPreset {
  std::string name;
  std::function<Json(std::int64_t vocab_size)> config;  // config.json
  std::int64_t ordinary_tokens = 256;  // of the tokenizer it is made for; 256: single bytes, which need no file
  std::uint64_t seed = 0;
  std::int64_t shards = 1;
  WeightRule rule = WeightRule::kVaried;
};

struct BackboneKind {
  std::string model_type;  // of config.json
  // Throws Error{kData} naming `where`, the key and its value.
  std::unique_ptr<ModelOutline> (*read)(const Json& config, const std::string& where) = nullptr;
  const ModelNames* names = nullptr;  // of its tensors; must outlive the program's models
  std::vector<ModelPreset> presets = {};
  // The small files of a folder beside config.json and the weights, name -> bytes; null: `init` writes none.
  std::map<std::string, std::string> (*side_files)(const Json& config,
                                                   const std::optional<TokenizerBytes>& tokenizer) = nullptr;
};

// Makes a kind known to the whole program, before its first use. One table per process and not a value that is passed
// along: every command opens model folders, and none of them would ever pass another table. Not thread-safe. Throws
// std::logic_error for a model_type that is known already.
void add_backbone(BackboneKind kind);

// By the model_type of a config.json. Throws Error{kData} with the known ones.
const BackboneKind& backbone_kind(const Json& config, const std::string& where);
// Reads the config of any known kind.
std::unique_ptr<ModelOutline> read_outline(const Json& config, const std::string& where);

// The tensor names of a model folder, according to its config.json; and those of all known kinds.
const ModelNames& model_names(const std::filesystem::path& folder);
std::vector<const ModelNames*> known_model_names();

// The processor of a model folder.
Processor load_processor(const std::filesystem::path& folder, const ImageProcessorConfig& images);

std::vector<std::string> preset_names();  // of all known kinds

struct PresetOf {
  const BackboneKind& kind;
  const ModelPreset& preset;
};
// Throws Error{kUsage} with the known names; `option` is where the name was given.
PresetOf find_preset(const std::string& option, const std::string& name);

}  // namespace llama32med
