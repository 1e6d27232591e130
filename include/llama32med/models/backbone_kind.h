// The registry of backbones, keyed by the model_type in config.json. Everything that `plan`, `init`, `quantize` and
// `bench` need to know about a model comes from here: no code outside a model's own folder refers to it by name.
//
// To add a backbone, write one folder and one line of code. The folder contains a function that reads config.json into
// a ModelOutline; the line is an entry in the table in src/models/backbone_kind.cpp or a call to add_backbone().
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

// A model as described by its config.json, before any weights are opened. Loading, planning and random initialization
// all start from an outline, so they accept the same configs and reject the others with the same error messages.
class ModelOutline {
 public:
  virtual ~ModelOutline() = default;

  virtual std::int64_t vocab_size() const = 0;
  virtual std::vector<NamedShape> tensors() const = 0;  // tensors of a checkpoint, sorted by their names on the hub
  virtual ModelCost cost(const CostQuery& query) const = 0;
  // The image processor and the chat format, from the files of a model folder; without a folder (""), those of
  // config.json alone, which suffice for synthetic images. Throws Error{kData} if they contradict config.json.
  virtual Processor processor(const std::filesystem::path& folder, const ImageProcessorConfig& images) const = 0;

  // Builds the model. Must read every tensor in tensors() from `weights`. `linears`: see load_backbone().
  virtual std::unique_ptr<Backbone> build(const WeightSource& weights, const BackboneOptions& options,
                                          const at::TensorOptions& target, const LinearChooser* linears) const = 0;
  // Random weights by the rules in random_weights.h. Override this if some tensors need their own rules.
  virtual std::unique_ptr<WeightSource> random_weights(const RandomOptions& options) const {
    return std::make_unique<RandomWeights>(tensors(), options);
  }

  const ModelNames& names() const { return *names_; }  // those of its BackboneKind

 private:
  friend std::unique_ptr<ModelOutline> read_outline(const Json& config, const std::string& where);
  const ModelNames* names_ = nullptr;
};

// A model size that `init --preset` can write and `bench --shape` can time.
struct ModelPreset {
  std::string name;
  std::function<Json(std::int64_t vocab_size)> config;  // config.json
  std::int64_t ordinary_tokens = 256;  // size of the expected tokenizer; 256: bytes, which need no tokenizer file
  std::uint64_t seed = 0;
  std::int64_t shards = 1;
  WeightRule rule = WeightRule::kVaried;
};

struct BackboneKind {
  std::string model_type;  // value in config.json
  // Throws an Error{kData} that names `where`, the key and its value.
  std::unique_ptr<ModelOutline> (*read)(const Json& config, const std::string& where) = nullptr;
  const ModelNames* names = nullptr;  // tensor names; must outlive all models
  std::vector<ModelPreset> presets = {};
  // The small files of a model folder other than config.json: file name -> bytes. Null: `init` writes none.
  std::map<std::string, std::string> (*side_files)(const Json& config,
                                                   const std::optional<TokenizerBytes>& tokenizer) = nullptr;
};

// Registers a backbone for the whole process; call it before the backbone is first used. The table is global rather
// than passed as an argument because every command opens model folders and none would ever use a different table. Not
// thread-safe. Throws std::logic_error if the model_type is already registered.
void add_backbone(BackboneKind kind);

// Looks up the model_type of a config.json. If it is unknown, throws an Error{kData} that lists the known ones.
const BackboneKind& backbone_kind(const Json& config, const std::string& where);
// Reads a config.json with any known model_type.
std::unique_ptr<ModelOutline> read_outline(const Json& config, const std::string& where);
// The same from a model folder (model_folder.h).
std::unique_ptr<ModelOutline> read_outline(const std::filesystem::path& folder);

// The tensor names used in a model folder, according to its config.json; and those of all known backbones.
const ModelNames& model_names(const std::filesystem::path& folder);
std::vector<const ModelNames*> known_model_names();

// The processor of a model folder.
Processor load_processor(const std::filesystem::path& folder, const ImageProcessorConfig& images);
// One that needs no file but config.json, for synthetic images.
Processor synthetic_processor(const std::filesystem::path& folder);

std::vector<std::string> preset_names();  // presets of all known backbones

struct PresetOf {
  const BackboneKind& kind;
  const ModelPreset& preset;
};
// If the name is unknown, throws an Error{kUsage} that lists the known ones; `option` is the option that gave the name.
PresetOf find_preset(const std::string& option, const std::string& name);

}  // namespace llama32med
