#include "app/model/quantize.h"

#include <fmt/format.h>

#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "print.h"

namespace llama32med {
namespace {

class QuantizeCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.group("Model");
    options.config_folder("--model", "model.folder", "Hugging Face model folder that is not quantized");
    options.group("Output");
    options.folder("--out", request_.out, "folder to create");
    options.number("--shard-bytes", request_.shard_bytes, "maximum size of a weight file, in bytes");
  }

  SourcedConfig config(const CommonOptions& common) const override {
    auto sourced = load_sourced_config(common.sources);
    if (sourced.origin("model.quantize.weights").empty()) sourced.config.model.quantize.weights = Quantize::kNf4;
    return sourced;
  }

  void run(const CommonOptions& common) override {
    const auto config = this->config(common).config;
    if (config.model.folder.empty() || request_.out.empty())
      throw usage_error("quantize: give --model DIR and --out DIR");
    if (request_.shard_bytes < 1) throw usage_error("--shard-bytes {}: must be positive", request_.shard_bytes);
    request_.model = config.model.folder;
    request_.quantize = config.model.quantize;
    request_.progress = common.progress();
    const auto report = quantize(request_);
    if (common.json)
      print_text("{}\n", json_line({{"folder", request_.out.string()},
                                    {"quantized", report.quantized},
                                    {"kept", report.kept},
                                    {"bytes_before", report.bytes_before},
                                    {"bytes_after", report.bytes_after},
                                    {"files", report.files}}));
    else
      print_text("{}: {} weights in NF4, {} tensors unchanged, {:.1f} MB instead of {:.1f} MB\n", request_.out.string(),
                 report.quantized, report.kept, static_cast<double>(report.bytes_after) / 1e6,
                 static_cast<double>(report.bytes_before) / 1e6);
  }

 private:
  QuantizationRequest request_;
};

}  // namespace

std::unique_ptr<Command> make_quantize_command() { return std::make_unique<QuantizeCommand>(); }

}  // namespace llama32med
