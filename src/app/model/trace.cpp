#include "app/model/trace.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <map>

#include "app/common/environment.h"
#include "app/common/load.h"
#include "llama32med/batch/hf_inputs.h"
#include "llama32med/core/error.h"
#include "llama32med/core/version.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/train/loss.h"
#include "llama32med/weights/safetensors.h"

namespace llama32med {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

struct TraceInputs {
  HfInputs batch;
  at::Tensor labels;
};

TraceInputs read_inputs(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  TraceInputs inputs;
  const std::map<std::string, at::Tensor*> places = {{"input_ids", &inputs.batch.input_ids},
                                                     {"attention_mask", &inputs.batch.attention_mask},
                                                     {"pixel_values", &inputs.batch.pixel_values},
                                                     {"aspect_ratio_ids", &inputs.batch.aspect_ratio_ids},
                                                     {"aspect_ratio_mask", &inputs.batch.aspect_ratio_mask},
                                                     {"cross_attention_mask", &inputs.batch.cross_attention_mask},
                                                     {"labels", &inputs.labels}};
  std::vector<std::string> known;
  for (const auto& [name, place] : places) known.push_back(name);
  for (const auto& name : file.names()) {
    const auto place = places.find(name);
    if (place == places.end())
      throw data_error("{}: \"{}\" is not an input{}; inputs are {}", path.string(), name, did_you_mean(name, known),
                       join(known, ", "));
    *place->second = file.tensor(name);
  }
  return inputs;
}

// Ids outside the embedding would crash inside libtorch.
void check_against(const TraceInputs& inputs, const ModelFacts& facts, const ImageProcessor& processor,
                   const std::filesystem::path& path) {
  const auto& ids = inputs.batch.input_ids;
  const auto last = facts.embedding_rows - 1;
  const auto low = ids.min().item<std::int64_t>(), high = ids.max().item<std::int64_t>();
  if (low < 0 || high > last)
    throw data_error("{}: \"input_ids\" holds {}, but token ids are 0 to {}", path.string(), low < 0 ? low : high,
                     last);
  const auto& pixels = inputs.batch.pixel_values;
  const auto tiles = processor.largest_extent().grid.count(), side = processor.native_size().height;
  if (pixels.defined() && (pixels.size(2) != tiles || pixels.size(4) != side))
    throw data_error("{}: \"pixel_values\" has {} tiles of {} pixels, but the model expects {} of {}", path.string(),
                     pixels.size(2), pixels.size(4), tiles, side);
  const auto& labels = inputs.labels;
  if (labels.defined() && labels.sizes() != ids.sizes())
    throw data_error("{}: \"labels\" must have the shape of \"input_ids\"", path.string());
  if (labels.defined() && !c10::isIntegralType(labels.scalar_type(), /*includeBool=*/false))
    throw data_error("{}: \"labels\" must hold integers, not {}", path.string(), c10::toString(labels.scalar_type()));
}

// fp64 values stay fp64, so that they can be compared below the precision of fp32; all others become fp32.
at::ScalarType file_dtype(const at::Tensor& value) {
  return value.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

at::Tensor for_file(const at::Tensor& value) { return value.detach().to(at::kCPU, file_dtype(value)).contiguous(); }

// States of images at their slots b M + m of [B M, T, P, width]; zero where nothing was computed. A padded tile that
// represents several is written once for each.
at::Tensor slots_of(const std::vector<ImageStates>& states, const HfBatch& batch, const HfInputs& inputs) {
  const auto& pixels = inputs.pixel_values;
  const auto& first = states.front().values;
  auto out =
      at::zeros({pixels.size(0) * pixels.size(1), pixels.size(2), first.size(1), first.size(2)}, file_dtype(first));
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto values = for_file(states[i].values);
    auto slot = out.select(0, batch.slots[i]);
    slot.narrow(0, 0, values.size(0)).copy_(values);
    const auto padded = values.size(0) - states[i].real_tiles;
    if (padded == 1)
      slot.narrow(0, states[i].real_tiles, states[i].padded_copies).copy_(values.narrow(0, states[i].real_tiles, 1));
  }
  return out;
}

void trace_images(const HfInputs& inputs, const HfBatch& batch, const std::vector<ImageStates>& features,
                  const std::vector<ImageStates>& states, Tensors& out) {
  if (features.empty()) return;
  const auto& pixels = inputs.pixel_values;
  out["vision_output"] = slots_of(features, batch, inputs).unflatten(0, {pixels.size(0), pixels.size(1)});
  out["cross_attention_states"] = slots_of(states, batch, inputs).flatten(0, 1);
}

void record_gradients(ParameterStore& parameters, Gradients which) {
  if (which == Gradients::kAll) return parameters.require_gradients();
  for (const auto& parameter : parameters.all())
    if (parameter.kind == ParameterKind::kAdapter) parameter.value.set_requires_grad(true);
}

void trace_gradients(Backbone& model, Tensors& out) {
  for (const auto& parameter : model.parameters().all()) {
    if (!parameter.value.requires_grad()) continue;
    const auto& grad = parameter.value.grad();
    out["grad." + parameter.name] = for_file(grad.defined() ? grad : at::zeros_like(parameter.value));
  }
}

}  // namespace

void trace(const TraceRequest& request) {
  if (request.gradients == Gradients::kAdapters && request.model.adapter.empty())
    throw usage_error("trace: --gradients adapters needs --adapter DIR");
  const auto inputs = read_inputs(request.inputs);
  const bool backward = request.gradients != Gradients::kNone;
  if (backward && !inputs.labels.defined())
    throw data_error("{}: gradients need \"labels\" [rows, tokens]", request.inputs.string());
  const auto model = load_model(request.model, request.target);
  if (backward) record_gradients(model->parameters(), request.gradients);
  at::GradMode::set_enabled(backward);

  const bool hf = request.model.options.semantics == Semantics::kHf;
  const auto batch =
      batch_from_hf(inputs.batch, model->facts().image_token, hf ? AbsentImages::kKeep : AbsentImages::kDrop);
  check_against(inputs, model->facts(), *synthetic_processor(request.model.folder).images, request.inputs);
  Tensors out;
  const auto features = model->vision_features(batch.images);
  const auto states = model->image_states(features);
  const auto hidden = model->decode(batch.text, model->image_memory(states));
  trace_images(inputs.batch, batch, features, states, out);
  out["logits"] = for_file(model->logits(hidden));
  if (inputs.labels.defined()) {
    const auto loss = next_token_loss(*model, hidden, inputs.labels);
    if (loss.count == 0)
      throw data_error("{}: \"labels\" has no token after the first one, so there is no loss", request.inputs.string());
    const auto mean = loss.sum / static_cast<double>(loss.count);
    out["loss"] = for_file(mean);
    if (backward) mean.backward();
  }
  if (backward) trace_gradients(*model, out);
  write_safetensors(request.outputs, out,
                    {{"version", program_version()},
                     {"semantics", enum_name(request.model.options.semantics)},
                     {"vision_features", enum_name(request.model.options.vision_features)},
                     {"dtype", dtype_name(c10::typeMetaToScalarType(request.target.dtype()))}});
}

}  // namespace llama32med
