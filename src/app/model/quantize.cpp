#include "app/model/quantize.h"

#include <map>
#include <set>

#include "app/common/model_folder.h"
#include "app/common/output_folder.h"
#include "app/common/run_folder.h"
#include "app/common/shapes_only.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/version.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/nn/nf4_checkpoint.h"
#include "llama32med/weights/checkpoint_writer.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMark = "quantize.json";  // marks a folder that quantize wrote

OutputOwner owner() { return owner_by_mark("quantize", kMark); }

class Listing final : public LinearChooser {
 public:
  LinearChoice choose(const std::string& module) const override {
    modules_.insert(module);
    return {};
  }
  const std::set<std::string>& modules() const { return modules_; }

 private:
  mutable std::set<std::string> modules_;
};

// Names of all linear layers; throws if the folder does not match its config.json.
std::set<std::string> load_linear_names(const Checkpoint& checkpoint, const std::filesystem::path& folder) {
  const Listing linears;
  load_without_values(checkpoint, folder, linears);
  return linears.modules();
}

struct Plan {
  std::set<std::string> packed;  // weights, by hub name
  Nf4Options options;
  CheckpointLayout layout;
};

std::vector<NamedTensorInfo> stored_as(const Checkpoint& checkpoint, const std::string& name, const Plan& plan) {
  const auto info = checkpoint.info(name);
  if (!plan.packed.contains(name)) return {{name, info}};
  return nf4_layout(name, info, plan.options);
}

Plan make_plan(const Checkpoint& checkpoint, const QuantizationRequest& request) {
  Plan plan;
  if (!request.quantize.double_quantization) plan.options.scales = DoubleQuantization::kOff;
  const auto& names = model_names(request.model);
  for (const auto& module : load_linear_names(checkpoint, request.model))
    if (storage_of(request.quantize, names, module) != WeightStorage::kDense) plan.packed.insert(module + ".weight");
  std::vector<std::vector<NamedTensorInfo>> files;
  std::int64_t bytes = 0;
  for (const auto& name : checkpoint.names()) {
    const auto parts = stored_as(checkpoint, name, plan);
    std::int64_t more = 0;
    for (const auto& part : parts) more += part.info.bytes();
    if (files.empty() || bytes + more > request.shard_bytes) files.emplace_back(), bytes = 0;
    files.back().insert(files.back().end(), parts.begin(), parts.end()), bytes += more;
  }
  plan.layout = numbered_files(std::move(files));
  return plan;
}

// transformers' BitsAndBytesConfig, with module names in the old and the new style: each version of transformers looks
// for its own.
Json quantization_config(const QuantizeConfig& quantize, const ModelNames& names, const JsonObject& config) {
  auto skipped = Json::array({"lm_head"});
  if (const auto* vision = names.rule(Part::kVision); vision && !quantize.vision)
    for (const auto& name : {vision->root, names.module_tree_name(vision->root)})
      if (skipped.back() != name) skipped.push_back(name);
  const char* key = config.has("dtype") ? "dtype" : "torch_dtype";
  return {{"quant_method", "bitsandbytes"},
          {"load_in_4bit", true},
          {"load_in_8bit", false},
          {"_load_in_4bit", true},
          {"_load_in_8bit", false},
          {"bnb_4bit_quant_type", "nf4"},
          {"bnb_4bit_use_double_quant", quantize.double_quantization},
          {"bnb_4bit_compute_dtype", config.text(key, "bfloat16")},
          {"bnb_4bit_quant_storage", "uint8"},
          {"llm_int8_enable_fp32_cpu_offload", false},
          {"llm_int8_has_fp16_weight", false},
          {"llm_int8_skip_modules", skipped},
          {"llm_int8_threshold", 6.0}};
}

// Gives the tensors of the new checkpoint in the order of its layout. A packed weight is quantized when its first
// tensor is asked for.
class QuantizedTensors {
 public:
  QuantizedTensors(const Checkpoint& checkpoint, const Plan& plan, ProgressStyle progress)
      : checkpoint_(checkpoint), plan_(plan), progress_("quantize", "tensors", progress) {}

  at::Tensor next(const std::string& name) {
    if (const auto part = parts_.find(name); part != parts_.end()) return part->second;
    report_.bytes_before += checkpoint_.info(name).bytes();
    const bool packed = plan_.packed.contains(name);
    ++(packed ? report_.quantized : report_.kept);
    const auto done = static_cast<std::size_t>(report_.quantized + report_.kept);
    progress_.update(done, checkpoint_.names().size(), done);
    if (!packed) return checkpoint_.read(name, at::kCPU);
    parts_.clear();
    for (auto& part : named_tensors(name, quantize_weight(checkpoint_, name, plan_.options, at::kCPU)))
      parts_.insert(std::move(part));
    return parts_.at(name);
  }

  const QuantizationReport& report() const { return report_; }

 private:
  const Checkpoint& checkpoint_;
  const Plan& plan_;
  Progress progress_;
  std::map<std::string, at::Tensor> parts_;  // tensors of the last quantized weight
  QuantizationReport report_;
};

// Which model was quantized, and how: a killed run may be repeated, also after the folder got its name.
Json record_of(const QuantizationRequest& request) {
  return {{"version", program_version()},
          {"model", request.model.string()},
          {"quantize", identity_of(request.quantize)},
          {"shard_bytes", request.shard_bytes}};
}

void refuse_other_result(const fs::path& out, const Json& record) {
  refuse_foreign_output(out, owner());
  if (!is_there(out / kMark)) return;
  if (const auto difference = first_difference(record, read_json(out / kMark)); !difference.empty())
    throw usage_error("--out {}: already exists, from another run ({}); choose a new folder", out.string(), difference);
}

}  // namespace

QuantizationReport quantize(const QuantizationRequest& request) {
  if (request.quantize.weights == Quantize::kNone)
    throw usage_error(
        "quantize: model.quantize.weights is none, so there is nothing to quantize; remove it or set it to nf4");
  const auto record = record_of(request);
  refuse_other_result(request.out, record);
  const Checkpoint checkpoint(request.model, model_names(request.model));
  auto config = read_json(request.model / "config.json");
  if (config.is_object() && config.contains("quantization_config"))
    throw data_error("{}: is already quantized (\"quantization_config\" in its config.json)", request.model.string());
  const auto plan = make_plan(checkpoint, request);
  auto section = quantization_config(request.quantize, model_names(request.model),
                                     JsonObject(config, (request.model / "config.json").string()));
  config["quantization_config"] = std::move(section);

  OutputFolder draft(request.out, owner());
  write_json(draft.folder() / kMark, record);
  copy_side_files(draft.folder(), request.model);
  write_json(draft.folder() / "config.json", config);
  QuantizedTensors tensors(checkpoint, plan, request.progress);
  write_checkpoint(draft.folder(), plan.layout,
                   [&](const NamedTensorInfo& wanted) { return tensors.next(wanted.name); });
  draft.place();
  auto report = tensors.report();
  report.bytes_after = plan.layout.bytes();
  for (const auto& file : plan.layout.files) report.files.push_back(file.name);
  return report;
}

}  // namespace llama32med
