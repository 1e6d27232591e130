#include "app/model/merge.h"

#include <fmt/format.h>

#include "app/common/load.h"
#include "app/common/training_record.h"
#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "print.h"

namespace llama32med {
namespace {

class MergeCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.model();
    options.adapter();
    options.group("Output");
    options.folder("--out", request_.out, "folder to create; --dtype sets the data type of its weights");
  }

  SourcedConfig config(const CommonOptions& common) const override { return load_config_for_use(common.sources); }

  void run(const CommonOptions& common) override {
    const auto config = this->config(common).config;
    choose_target({.device = config.runtime.device, .threads = config.runtime.threads});  // sets the threads
    request_.model = config.model;
    request_.runtime = config.runtime;
    request_.dtype = dtype_on_disk(config.runtime.dtype);
    request_.progress = common.progress();
    const auto outcome = merge(request_);
    if (common.json) {
      print_text("{}\n", json_line(merge_outcome_json(outcome)));
      return;
    }
    print_text("{}: {} adapters and {} full tensors merged, {:.1f} MB of {} weights\n", request_.out.string(),
               outcome.modules, outcome.saved_tensors, static_cast<double>(outcome.bytes) / 1e6,
               dtype_name(outcome.dtype));
    print_text(
        "logits differ by at most {:.2g} from those of model and adapter (largest logit {:.3g}; allowed for {}: "
        "{:.2g})\n",
        outcome.largest_difference, outcome.largest_logit, dtype_name(outcome.dtype), outcome.tolerance);
  }

 private:
  static std::optional<at::ScalarType> dtype_on_disk(DType dtype) {
    switch (dtype) {
      case DType::kAuto:
        return std::nullopt;
      case DType::kFloat32:
        return at::kFloat;
      case DType::kBFloat16:
        return at::kBFloat16;
      case DType::kFloat16:
        return at::kHalf;
      case DType::kFloat64:
        break;
    }
    throw usage_error("--dtype fp64: merged weights can be fp32, bf16 or fp16");
  }

  MergeRequest request_;
};

}  // namespace

std::unique_ptr<Command> make_merge_command() { return std::make_unique<MergeCommand>(); }

}  // namespace llama32med
