#include "app/model/merge.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "app/common/environment.h"
#include "app/common/load.h"
#include "app/common/model_folder.h"
#include "app/common/output_folder.h"
#include "app/common/shapes_only.h"
#include "app/common/training_record.h"
#include "llama32med/batch/collator.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/random.h"
#include "llama32med/core/version.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/peft/adapter_check.h"
#include "llama32med/peft/merge.h"
#include "llama32med/tensor/device.h"
#include "llama32med/weights/checkpoint_writer.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMark = "merge.json";  // marks a folder that merge wrote

OutputOwner owner() { return owner_by_mark("merge", kMark); }

// Allowed difference of logits of size 4, by dtype of the weights on disk. fp32: another order of summation; the
// smallest realistic mistake gives three times this difference. Half types: each merged weight is rounded once more,
// which costs as much as the public implementations differ from their own fp32 results.
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
    if (is_there(source) && canonical_path(source) == canonical_path(request.out))
      throw usage_error("--out {}: is an input of the merge; choose another folder", request.out.string());
  refuse_foreign_output(request.out, owner());
}

void refuse_quantized(const Json& config, const fs::path& folder) {
  if (config.contains("quantization_config") && !config["quantization_config"].is_null())
    throw data_error(
        "{}: its weights are quantized, and 4 bits would round the adapter away; merge into the checkpoint it was "
        "quantized from",
        folder.string());
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
        config_(read_json(request.model.folder / "config.json")),
        names_(model_names(request.model.folder)),
        checkpoint_(request.model.folder, names_),
        adapter_(request.model.adapter, names_),
        merged_(checkpoint_, adapter_),
        draft_(request.out, owner()) {
    refuse_quantized(config_, request.model.folder);
    check_adapter();
    outcome_.modules = adapter_.modules().size(), outcome_.saved_tensors = adapter_.saved_tensors().size();
  }

  MergeOutcome run() {
    write_weights();
    write_side_files();
    compare();
    write_mark();
    draft_.place();
    return outcome_;
  }

 private:
  // Before anything is written: an adapter that does not fit would only be found by the comparison at the end.
  void check_adapter() const {
    const AdapterChooser linears({.folder = &adapter_});
    const auto model = load_without_values(checkpoint_, request_.model.folder, linears);
    refuse_missing(adapter_, linears.linears(), model->parameters());
  }

  void write_weights() {
    const auto layout = layout_like(checkpoint_, [&](at::ScalarType stored) {
      return request_.dtype && c10::isFloatingType(stored) ? *request_.dtype : stored;
    });
    Progress progress("merge", "tensors", request_.progress);
    const auto total = checkpoint_.names().size();
    std::size_t done = 0;
    write_checkpoint(draft_.folder(), layout, [&](const NamedTensorInfo& tensor) {
      ++done;
      progress.update(done, total, done, tensor.name);
      return merged_.read(names_.hub_name(tensor.name), at::device(at::kCPU).dtype(tensor.info.dtype));
    });
    outcome_.bytes = layout.bytes();
    for (const auto& file : layout.files)
      if (!file.tensors.empty()) outcome_.dtype = file.tensors.front().info.dtype;
  }

  void write_side_files() {
    copy_side_files(draft_.folder(), request_.model.folder);
    if (const auto record = request_.model.adapter / kTrainingRecord; is_there(record))
      write_file(draft_.folder() / kTrainingRecord, read_file(record));
    if (!request_.dtype) return;
    set_config_dtype(config_, *request_.dtype);
    write_json(draft_.folder() / "config.json", config_);
  }

  // Logits for one image followed by random tokens, and for random tokens alone.
  static at::Tensor answer(const Backbone& model, const ImageProcessor& processor) {
    const at::NoGradGuard no_grad;
    const auto& facts = model.facts();
    RandomStream stream(fnv1a64("merge"));
    constexpr std::int64_t kTokens = 24;
    const auto image = image_input(processor.process(noise(processor.native_size(), stream)), processor.scaling());
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

  // One model at a time: memory may not hold two.
  void compare() {
    const auto device = parse_device(request_.runtime.device);
    const bool slow = outcome_.dtype == at::kHalf && device.is_cpu();  // CPUs have no fp16 arithmetic
    const auto target = at::device(device).dtype(slow ? at::kFloat : outcome_.dtype);
    auto options = request_.model.options;
    options.semantics = Semantics::kMeta;  // rows without an image attend to none
    const ModelConfig config{.folder = request_.model.folder, .adapter = request_.model.adapter, .options = options};
    const auto processor = synthetic_processor(request_.model.folder);
    const auto wrapped = answer(*load_model(config, target), *processor.images);
    const auto merged = answer(*load_backbone(draft_.folder(), options, target), *processor.images);
    outcome_.largest_logit = wrapped.abs().max().item<double>();
    outcome_.largest_difference = (wrapped - merged).abs().max().item<double>();
    outcome_.tolerance = tolerance_of(outcome_.dtype) * std::max(1.0, outcome_.largest_logit / 4);
    if (!(outcome_.largest_difference <= outcome_.tolerance))  // NaN as well
      throw data_error(
          "{}: logits of the merged model differ by {:.2g} from those of model and adapter, {:.2g} is allowed for {} "
          "weights; nothing was written, a wider --dtype rounds less",
          request_.out.string(), outcome_.largest_difference, outcome_.tolerance, dtype_name(outcome_.dtype));
  }

  void write_mark() const {
    Json mark = {{"version", program_version()},
                 {"model", request_.model.folder.string()},
                 {"adapter", request_.model.adapter.string()},
                 {"adapter_sha256", adapter_sha256(request_.model.adapter)}};
    mark.update(merge_outcome_json(outcome_));
    write_json(draft_.folder() / kMark, mark);
  }

  const MergeRequest& request_;
  Json config_;
  const ModelNames& names_;
  Checkpoint checkpoint_;
  AdapterFolder adapter_;
  MergedWeights merged_;
  OutputFolder draft_;
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
