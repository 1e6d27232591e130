#include "llama32med/models/backbone.h"

#include <set>

#include "llama32med/core/error.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/weights/checkpoint.h"

namespace llama32med {
namespace {

// An unexpected tensor means that config.json describes a different model, which would silently give wrong answers.
void refuse_unexpected(const WeightSource& source, const ParameterStore& parameters) {
  std::set<std::string> taken;
  for (const auto& parameter : parameters.all()) taken.insert(parameter.name);
  std::vector<std::string> unexpected;
  for (const auto& name : source.names())
    if (!taken.contains(name)) unexpected.push_back(name);
  if (unexpected.empty()) return;
  throw data_error("{}: tensor \"{}\"{} is not part of the model that config.json describes", source.where(),
                   unexpected.front(),
                   unexpected.size() > 1 ? fmt::format(" (the first of {})", unexpected.size()) : std::string());
}

std::unique_ptr<Backbone> build(const ModelOutline& outline, const WeightSource& weights,
                                const BackboneOptions& options, const at::TensorOptions& target,
                                const LinearChooser* linears) {
  auto model = outline.build(weights, options, target, linears);
  refuse_unexpected(weights, model->parameters());
  return model;
}

}  // namespace

DecodedText Backbone::decode_with(const TextBatch& text, const ImageMemory& memory, const IndexLists& lists) const {
  return {decode(text, memory), index_tensors(lists, target().device())};
}

std::unique_ptr<NextTokens> Backbone::next_tokens(const TextBatch&, const ImageMemory&, KvCache&, std::int64_t) const {
  return nullptr;
}

std::unique_ptr<Backbone> load_backbone(const std::filesystem::path& folder, const BackboneOptions& options,
                                        const at::TensorOptions& target, const LinearChooser* linears) {
  const auto outline = read_outline(folder);  // an invalid config fails before the weights are opened
  const Checkpoint checkpoint(folder, outline->names());
  return build(*outline, checkpoint, options, target, linears);
}

std::unique_ptr<Backbone> load_backbone(const ModelSource& source, const BackboneOptions& options,
                                        const at::TensorOptions& target, const LinearChooser* linears) {
  return build(*read_outline(source.config, source.where), source.weights, options, target, linears);
}

}  // namespace llama32med
