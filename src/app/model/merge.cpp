#include "app/model/merge.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "app/common/environment.h"
#include "app/common/load.h"
#include "app/common/model_folder.h"
#include "llama32med/batch/collator.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/random.h"
#include "llama32med/core/version.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/peft/merge.h"
#include "llama32med/tensor/device.h"
#include "llama32med/weights/checkpoint.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMark = "merge.json";  // says that merge wrote the folder
constexpr const char* kIndex = "model.safetensors.index.json";

// Allowed difference of logits of size 4 by the dtype of the weights on disk. fp32: sums in another order; the cheapest
// mistake costs three times as much. Half types: each merged weight is rounded once more, as the two public
// implementations differ from themselves in fp32.
double tolerance_of(at::ScalarType dtype) {
  if (dtype == at::kDouble) return 1e-9;
  if (dtype == at::kFloat) return 1e-4;
  return dtype == at::kHalf ? 0.05 : 0.2;
}

void check_request(const MergeRequest& request) {
  const auto &folder = request.model.folder, &adapter = request.model.adapter;
  if (folder.empty() || adapter.empty() || request.out.empty())
    throw usage_error("merge: give --model DIR, --adapter DIR and --out DIR");
  for (const auto& source : {folder, adapter})
    if (fs::exists(source) && fs::weakly_canonical(source) == fs::weakly_canonical(request.out))
      throw usage_error("--out {}: is what is to be merged; choose another folder", request.out.string());
  for (const auto& place : {request.out, fs::path(request.out.string() + ".partial")})
    if (fs::exists(place) && !(fs::is_directory(place) && (fs::is_empty(place) || fs::exists(place / kMark))))
      throw usage_error("{}: holds something that merge did not write; choose another --out", place.string());
}

void refuse_quantized(const Json& config, const fs::path& folder) {
  if (config.contains("quantization_config") && !config["quantization_config"].is_null())
    throw data_error(
        "{}: its weights are quantized; a merged adapter would be rounded away. Merge into the bf16 checkpoint it was "
        "made of",
        folder.string());
}

const char* config_dtype(at::ScalarType dtype) {
  return dtype == at::kFloat ? "float32" : dtype == at::kHalf ? "float16" : "bfloat16";
}

void set_config_dtype(Json& config, at::ScalarType dtype) {
  for (auto* part : {&config, config.contains("text_config") ? &config["text_config"] : nullptr,
                     config.contains("vision_config") ? &config["vision_config"] : nullptr})
    if (part)
      for (const auto* key : {"torch_dtype", "dtype"})
        if (part->contains(key)) (*part)[key] = config_dtype(dtype);
}

Picture noise(ImageSize size, RandomStream& stream) {
  Picture picture{.size = size};
  picture.pixels.resize(static_cast<std::size_t>(3 * size.height * size.width));
  for (auto& value : picture.pixels) value = static_cast<std::uint8_t>(stream.next() >> 56);
  return picture;
}

class Merger {
 public:
  explicit Merger(const MergeRequest& request)
      : request_(request),
        partial_(request.out.string() + ".partial"),
        config_(read_json(request.model.folder / "config.json")),
        names_(model_names(request.model.folder)),
        checkpoint_(request.model.folder, names_),
        adapter_(request.model.adapter, names_),
        merged_(checkpoint_, adapter_) {
    refuse_quantized(config_, request.model.folder);
    outcome_.modules = adapter_.modules().size(), outcome_.saved_tensors = adapter_.saved_tensors().size();
  }

  MergeOutcome run() {
    fs::remove_all(partial_);
    make_folder(partial_);
    write_mark();  // from the beginning, so that a killed merge is known as one
    write_weights();
    write_side_files();
    try {
      compare();
    } catch (...) {
      fs::remove_all(partial_);
      throw;
    }
    write_mark();
    place_folder(partial_, request_.out);
    return outcome_;
  }

 private:
  at::ScalarType dtype_on_disk(at::ScalarType stored) const {
    return request_.dtype && c10::isFloatingType(stored) ? *request_.dtype : stored;
  }

  std::vector<NamedTensorInfo> plan_of(const SafetensorsFile& file) const {
    std::vector<NamedTensorInfo> plan;
    for (const auto& stored : file.names()) {
      auto info = file.info(stored);
      info.dtype = dtype_on_disk(info.dtype);
      plan.push_back({stored, std::move(info)});
    }
    std::ranges::stable_sort(plan, std::greater(), [](const auto& t) { return c10::elementSize(t.info.dtype); });
    return plan;
  }

  static std::int64_t bytes_of(const TensorInfo& info) {
    return c10::multiply_integers(info.shape) * static_cast<std::int64_t>(c10::elementSize(info.dtype));
  }

  void check_room() const {
    std::int64_t needed = 0;
    for (const auto& file : checkpoint_.files())
      for (const auto& tensor : plan_of(file)) needed += bytes_of(tensor.info);
    const auto room = fs::space(partial_).available;
    if (room < static_cast<std::uintmax_t>(needed))
      throw resource_error("{}: the merged weights take {} MB, {} MB are free", partial_.string(), needed >> 20,
                           room >> 20);
  }

  void write_weights() {
    check_room();
    Progress progress("merge", "tensors", request_.progress);
    const auto total = checkpoint_.names().size();
    std::size_t done = 0;
    for (const auto& file : checkpoint_.files()) {
      const auto plan = plan_of(file);
      SafetensorsWriter writer(partial_ / file.path().filename(), plan, file.metadata());
      for (const auto& [stored, info] : plan) {
        writer.add(merged_.read(names_.hub_name(stored), at::device(at::kCPU).dtype(info.dtype)));
        outcome_.bytes += bytes_of(info);
        ++done;
        progress.update(done, total, done, file.path().filename().string());
      }
      outcome_.dtype = plan.empty() ? outcome_.dtype : plan.front().info.dtype;
      writer.finish();
    }
    write_index();
  }

  void write_index() const {
    const auto file = request_.model.folder / kIndex;
    if (!fs::exists(file) || fs::exists(request_.model.folder / "model.safetensors")) return;
    auto index = read_json(file);
    index["metadata"]["total_size"] = outcome_.bytes;
    write_file(partial_ / kIndex, index.dump(2) + "\n");
  }

  void write_side_files() {
    copy_side_files(partial_, request_.model.folder);
    if (!request_.dtype) return;
    set_config_dtype(config_, *request_.dtype);
    write_json(partial_ / "config.json", config_);
  }

  // What both models make of one image and random tokens behind it, and of the tokens alone.
  static at::Tensor answer(const Backbone& model, const ImageProcessor& processor) {
    const at::NoGradGuard no_grad;
    const auto& facts = model.facts();
    RandomStream stream(fnv1a64("merge"));
    constexpr std::int64_t kTokens = 24;
    const auto image = normalize(processor.process(noise(processor.native_size(), stream)), processor.scaling());
    std::vector<TextRow> rows(2);
    for (auto& row : rows)
      for (std::int64_t i = 0; i < kTokens; ++i)
        row.ids.push_back(static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(facts.vocabulary))));
    for (auto& row : rows) std::ranges::replace(row.ids, facts.image_token, 0);
    rows.front().ids.insert(rows.front().ids.begin(), static_cast<std::size_t>(image.extent.tokens), facts.image_token);
    rows.front().images = {0, 1};
    const std::int64_t image_tokens[] = {image.extent.tokens};
    const auto text = collate_text(rows, {facts.image_token, facts.pad_token}, image_tokens).text;
    const auto hidden = model.decode(text, model.encode_images({image}));
    return model.logits(hidden).to(at::device(at::kCPU).dtype(at::kDouble));
  }

  // One model at a time: two would not fit where one just does.
  void compare() {
    const auto device = parse_device(request_.runtime.device);
    const bool slow = outcome_.dtype == at::kHalf && device.is_cpu();  // fp16 is no arithmetic of CPUs
    const auto target = at::device(device).dtype(slow ? at::kFloat : outcome_.dtype);
    auto options = request_.model.options;
    options.semantics = Semantics::kMeta;  // rows without an image see none
    const ModelConfig config{.folder = request_.model.folder, .adapter = request_.model.adapter, .options = options};
    const auto processor = load_processor(request_.model.folder, {});
    const auto wrapped = answer(*load_model(config, target), *processor.images);
    const auto merged = answer(*load_backbone(partial_, options, target), *processor.images);
    outcome_.largest_logit = wrapped.abs().max().item<double>();
    outcome_.largest_difference = (wrapped - merged).abs().max().item<double>();
    outcome_.tolerance = tolerance_of(outcome_.dtype) * std::max(1.0, outcome_.largest_logit / 4);
    if (!(outcome_.largest_difference <= outcome_.tolerance))  // NaN as well
      throw data_error(
          "{}: logits of the merged model differ from the wrapped one's by {:.2g}, {:.2g} is allowed for {} weights; "
          "nothing is kept. A larger --dtype rounds less",
          request_.out.string(), outcome_.largest_difference, outcome_.tolerance, dtype_name(outcome_.dtype));
  }

  void write_mark() const {
    Json mark = {{"version", program_version()},
                 {"model", request_.model.folder.string()},
                 {"adapter", request_.model.adapter.string()},
                 {"adapter_sha256", adapter_sha256(request_.model.adapter)}};
    mark.update(merge_outcome_json(outcome_));
    write_json(partial_ / kMark, mark);
  }

  const MergeRequest& request_;
  fs::path partial_;
  Json config_;
  const ModelNames& names_;
  Checkpoint checkpoint_;
  AdapterFolder adapter_;
  MergedWeights merged_;
  MergeOutcome outcome_;
};

}  // namespace

MergeOutcome merge(const MergeRequest& request) {
  check_request(request);
  return Merger(request).run();
}

Json merge_outcome_json(const MergeOutcome& outcome) {
  return {{"modules", outcome.modules},
          {"saved_tensors", outcome.saved_tensors},
          {"bytes", outcome.bytes},
          {"dtype", dtype_name(outcome.dtype)},
          {"largest_difference", outcome.largest_difference},
          {"tolerance", outcome.tolerance},
          {"largest_logit", outcome.largest_logit}};
}

}  // namespace llama32med
