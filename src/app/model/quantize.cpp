#include "app/model/quantize.h"

#include <ATen/ops/zeros.h>

#include <set>

#include "app/common/model_folder.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/nn/nf4_checkpoint.h"
#include "llama32med/weights/checkpoint.h"
#include "llama32med/weights/names.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

// A checkpoint's names and shapes over a single zero: a model of it takes no memory.
class ShapesOnly final : public WeightSource {
 public:
  explicit ShapesOnly(const WeightSource& base) : base_(&base) {}
  bool has(const std::string& name) const override { return base_->has(name); }
  TensorInfo info(const std::string& name) const override { return base_->info(name); }
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const override {
    return at::zeros({1}, target).expand(info(name).shape);
  }
  std::vector<std::string> names() const override { return base_->names(); }
  std::string where() const override { return base_->where(); }

 private:
  const WeightSource* base_;
};

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

// The linears of the model that config.json describes, found by building it; a folder that does not fit is refused
// here.
std::set<std::string> linears_of(const Checkpoint& checkpoint, const Json& config) {
  const Listing linears;
  load_backbone({config, checkpoint.where() + "/config.json", ShapesOnly(checkpoint)}, {}, at::dtype(at::kFloat),
                &linears);
  return linears.modules();
}

struct Plan {
  std::set<std::string> packed;                 // weights, by hub name
  std::vector<std::vector<std::string>> files;  // the checkpoint's names, file by file
  Nf4Options options;
};

std::vector<NamedTensorInfo> layout_of(const Checkpoint& checkpoint, const std::string& name, const Plan& plan) {
  const auto info = checkpoint.info(name);
  if (!plan.packed.contains(name)) return {{name, info}};
  return nf4_layout(name, info, plan.options);
}

std::int64_t bytes_of(const TensorInfo& info) {
  return c10::multiply_integers(info.shape) * static_cast<std::int64_t>(c10::elementSize(info.dtype));
}

Plan make_plan(const Checkpoint& checkpoint, const Json& config, const QuantizationRequest& request) {
  Plan plan;
  if (!request.quantize.double_quantization) plan.options.scales = DoubleQuantization::kOff;
  for (const auto& module : linears_of(checkpoint, config))
    if (storage_of(request.quantize, module) != WeightStorage::kDense) plan.packed.insert(module + ".weight");
  std::int64_t bytes = 0;
  for (const auto& name : checkpoint.names()) {
    std::int64_t more = 0;
    for (const auto& part : layout_of(checkpoint, name, plan)) more += bytes_of(part.info);
    if (plan.files.empty() || bytes + more > request.shard_bytes) plan.files.emplace_back(), bytes = 0;
    plan.files.back().push_back(name), bytes += more;
  }
  return plan;
}

// transformers' BitsAndBytesConfig. Names of both eras: each version of transformers looks for its own.
Json quantization_config(const QuantizeConfig& quantize, const Json& config) {
  auto skipped = Json::array({"lm_head"});
  if (!quantize.vision) skipped.insert(skipped.end(), {kVisionModule, module_tree_name(kVisionModule)});
  const char* key = config.contains("dtype") ? "dtype" : "torch_dtype";
  return {{"quant_method", "bitsandbytes"},
          {"load_in_4bit", true},
          {"load_in_8bit", false},
          {"_load_in_4bit", true},
          {"_load_in_8bit", false},
          {"bnb_4bit_quant_type", "nf4"},
          {"bnb_4bit_use_double_quant", quantize.double_quantization},
          {"bnb_4bit_compute_dtype", config.value(key, "bfloat16")},
          {"bnb_4bit_quant_storage", "uint8"},
          {"llm_int8_enable_fp32_cpu_offload", false},
          {"llm_int8_has_fp16_weight", false},
          {"llm_int8_skip_modules", skipped},
          {"llm_int8_threshold", 6.0}};
}

class FolderWriter {
 public:
  FolderWriter(const Checkpoint& checkpoint, const Plan& plan, const fs::path& folder, ProgressStyle progress)
      : checkpoint_(checkpoint), plan_(plan), folder_(folder), progress_("quantize", "tensors", progress) {}

  QuantizationReport write() {
    const auto count = plan_.files.size();
    for (std::size_t i = 0; i < count; ++i) {
      report_.files.push_back(count == 1 ? "model.safetensors"
                                         : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, count));
      write_file(plan_.files[i]);
    }
    if (count > 1)
      write_json(folder_ / "model.safetensors.index.json",
                 {{"metadata", {{"total_size", report_.bytes_after}}}, {"weight_map", places_}});
    return report_;
  }

 private:
  void write_file(const std::vector<std::string>& names) {
    std::vector<NamedTensorInfo> layout;
    for (const auto& name : names)
      for (auto& part : layout_of(checkpoint_, name, plan_)) layout.push_back(std::move(part));
    for (const auto& [name, info] : layout) places_[name] = report_.files.back(), report_.bytes_after += bytes_of(info);
    SafetensorsWriter writer(folder_ / report_.files.back(), std::move(layout), {{"format", "pt"}});
    for (const auto& name : names) write_tensor(name, writer);
    writer.finish();
  }

  void write_tensor(const std::string& name, SafetensorsWriter& writer) {
    report_.bytes_before += bytes_of(checkpoint_.info(name));
    if (plan_.packed.contains(name)) {
      for (const auto& [part, tensor] : named_tensors(name, quantize_weight(checkpoint_, name, plan_.options)))
        writer.add(tensor);
      ++report_.quantized;
    } else {
      writer.add(checkpoint_.read(name, at::kCPU));
      ++report_.kept;
    }
    const auto done = static_cast<std::size_t>(report_.quantized + report_.kept);
    progress_.update(done, checkpoint_.names().size(), done);
  }

  const Checkpoint& checkpoint_;
  const Plan& plan_;
  fs::path folder_;
  Progress progress_;
  QuantizationReport report_;
  Json places_ = Json::object();
};

}  // namespace

QuantizationReport quantize(const QuantizationRequest& request) {
  if (request.quantize.weights == Quantize::kNone)
    throw usage_error("quantize: model.quantize.weights is none: there is nothing to do");
  if (fs::exists(request.out)) throw usage_error("--out {}: is there already; name a new folder", request.out.string());
  const Checkpoint checkpoint(request.model);
  auto config = read_json(request.model / "config.json");
  if (config.is_object() && config.contains("quantization_config"))
    throw data_error("{}: is quantized already (\"quantization_config\" of its config.json)", request.model.string());
  const auto plan = make_plan(checkpoint, config, request);
  config["quantization_config"] = quantization_config(request.quantize, config);

  const auto draft = fs::path(request.out.string() + ".partial");
  fs::remove_all(draft);
  copy_side_files(draft, request.model);
  write_json(draft / "config.json", config);
  auto report = FolderWriter(checkpoint, plan, draft, request.progress).write();
  place_folder(draft, request.out);
  return report;
}

}  // namespace llama32med
