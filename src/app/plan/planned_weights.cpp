#include "app/plan/planned_weights.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "llama32med/peft/adapter_chooser.h"

namespace llama32med {
namespace {

constexpr double kNf4Block = 64, kNf4NestedBlock = 256;     // values per scale, scales per scale of scales
constexpr double kLevels = 16 * 4, kScaleLevels = 256 * 4;  // tables of a 4-bit weight
constexpr double kEightBitBlock = 256;                      // values of a state per scale
constexpr double kEightBitMaps = 4 * 256 * 4;               // two, each with its borders
constexpr double kSmallest8bit = 4096;                      // train/adamw.cpp
constexpr double kUpdatedAtOnce = 1 << 26;                  // parameters; the same
constexpr double kStepNumbers = 8 + 8 + 4;                  // loss, gradient norm, number of updates

bool is_linear(const NamedShape& tensor) {
  return tensor.shape.size() == 2 && tensor.name.ends_with(".weight") &&
         tensor.name.find("embed") == tensor.name.npos;  // not embeddings, nor the tables of tile positions
}

std::string module_of(const std::string& tensor) { return tensor.substr(0, tensor.rfind('.')); }

double count(const NamedShape& tensor) {
  double parameters = 1;
  for (const auto size : tensor.shape) parameters *= static_cast<double>(size);
  return parameters;
}

LinearUse use_of(const PlanRequest& request, const TunedAdapters& tuned, const std::string& module) {
  const auto& names = request.model->names();
  LinearUse use{.trains = request.tune.part(names.part_of(module)).train == PartTraining::kFull};
  use.is_packed = !use.trains && storage_of(request.quantize, names, module) != WeightStorage::kDense;
  if (!tuned.selects(module)) return use;
  const auto adapter = tuned.of(module);
  use.rank = adapter.rank;
  use.drops = adapter.dropout > 0;
  use.is_dora = adapter.kind == LoraKind::kDora;
  return use;
}

class Counter {
 public:
  Counter(const PlanRequest& request)
      : request_(request),
        linear_(planned_linears(request)),
        bytes_(static_cast<double>(request.target.dtype().itemsize())),
        wide_(std::max(4.0, bytes_)) {}

  PlannedWeights count_all() {
    for (const auto& tensor : request_.model->tensors()) add(tensor);
    found_.update_bytes = kStepNumbers;
    if (bytes_ < wide_)  // gradients in fp32
      found_.update_bytes += wide_ * std::min(found_.full_parameters, kUpdatedAtOnce + largest_full_);
    if (eight_bit_ > 0) found_.map_bytes = kEightBitMaps;
    if (eight_bit_ > 0 && request_.target.device().is_cpu())  // states in fp32, before and after
      found_.update_bytes += 4 * wide_ * std::min(eight_bit_, kUpdatedAtOnce);
    return found_;
  }

 private:
  void add(const NamedShape& tensor) {
    const auto parameters = count(tensor);
    const auto part = request_.model->names().part_of(tensor.name);
    found_.base_parameters += parameters;
    if (request_.tune.part(part).train == PartTraining::kFull) add_full(part, parameters);
    if (is_linear(tensor))
      add_linear(module_of(tensor.name), tensor, part);
    else
      found_.base_bytes += parameters * bytes_;
  }

  // Trained through an fp32 copy if it is narrow.
  void add_full(Part part, double parameters) {
    found_.full_parameters += parameters;
    found_.optimizer_bytes += states(parameters) + (bytes_ < wide_ ? wide_ * parameters : 0);
    found_.full_gradient = std::max(found_.full_gradient, parameters * bytes_);
    largest_full_ = std::max(largest_full_, parameters);
    add_gradient(part, parameters * bytes_);
  }

  void add_linear(const std::string& module, const NamedShape& tensor, Part part) {
    const auto parameters = count(tensor);
    const auto use = linear_(module);
    found_.base_bytes += use.is_packed ? packed_bytes(parameters) : parameters * bytes_;
    auto& dequantized = of_image(part) ? found_.image_dequantized : found_.text_dequantized;
    if (use.is_packed) dequantized = std::max(dequantized, parameters * bytes_);
    if (use.rank > 0) add_adapter(use, tensor, part);
  }

  double packed_bytes(double parameters) const {
    const double codes = std::ceil(parameters / 2), scales = std::ceil(parameters / kNf4Block);
    if (!request_.quantize.double_quantization) return kLevels + codes + 4 * scales;
    return kLevels + kScaleLevels + codes + scales + 4 * std::ceil(scales / kNf4NestedBlock);
  }

  // A [rank, in] and B [out, rank] in fp32. Layers that compute together on a GPU keep both in the compute dtype as
  // well (nn/adapted_group.h). DoRA: magnitudes and norms [out].
  void add_adapter(const LinearUse& use, const NamedShape& tensor, Part part) {
    const auto rank = static_cast<double>(use.rank);
    const auto out = static_cast<double>(tensor.shape[0]), in = static_cast<double>(tensor.shape[1]);
    const double parameters = rank * (in + out) + (use.is_dora ? out : 0);
    found_.adapter_parameters += parameters;
    found_.adapter_bytes += parameters * wide_ + (use.is_dora ? out * wide_ : 0);
    if (!request_.target.device().is_cpu() && bytes_ < wide_ && !use.is_dora && !use.drops)
      found_.adapter_bytes += parameters * bytes_;
    found_.optimizer_bytes += states(rank * in) + states(rank * out) + (use.is_dora ? states(out) : 0);
    if (use.is_dora) found_.norms_bytes = std::max(found_.norms_bytes, 3 * wide_ * in * out);
    add_gradient(part, parameters * wide_);
  }

  double states(double parameters) {
    const bool eight_bit = request_.train.optimizer.states == OptimizerStates::k8bit && parameters >= kSmallest8bit;
    if (eight_bit) eight_bit_ += parameters;
    return 2 * (eight_bit ? parameters + 4 * std::ceil(parameters / kEightBitBlock) : parameters * wide_);
  }

  static bool of_image(Part part) { return part == Part::kVision || part == Part::kProjector; }

  void add_gradient(Part part, double bytes) {
    (of_image(part) ? found_.image_gradients : found_.text_gradients) += bytes;
    found_.vision_trains |= part == Part::kVision;
    found_.image_side_trains |= of_image(part);
  }

  const PlanRequest& request_;
  std::function<LinearUse(const std::string&)> linear_;
  double bytes_, wide_;  // per value: of the compute dtype, of adapters and optimizer states
  double largest_full_ = 0, eight_bit_ = 0;
  PlannedWeights found_;
};

}  // namespace

PlannedWeights planned_weights(const PlanRequest& request) { return Counter(request).count_all(); }

std::function<LinearUse(const std::string& module)> planned_linears(const PlanRequest& request) {
  const auto tuned = std::make_shared<TunedAdapters>(request.tune, request.model->names());
  return [&request, tuned](const std::string& module) { return use_of(request, *tuned, module); };
}

}  // namespace llama32med
