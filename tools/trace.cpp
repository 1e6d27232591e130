#include "app/model/trace.h"

#include "app/common/load.h"
#include "app/common/training_record.h"
#include "command.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

class TraceCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.model();
    options.adapter();
    options.group("Tensors");
    options.file("--inputs", request_.inputs,
                 "safetensors file with input_ids and other tensors, as Hugging Face's processor returns them");
    options.file("--outputs", request_.outputs, "safetensors file to write");
    options.choice("--gradients", gradients_, enum_names<Gradients>(),
                   "parameters whose gradient of the mean loss is written");
  }

  SourcedConfig config(const CommonOptions& common) const override { return load_config_for_use(common.sources); }

  void run(const CommonOptions& common) override {
    if (request_.inputs.empty() || request_.outputs.empty())
      throw usage_error("trace: give --inputs FILE and --outputs FILE");
    const auto config = this->config(common).config;
    if (config.model.folder.empty()) throw usage_error("trace: give --model DIR, a Hugging Face model folder");
    request_.model = config.model;
    request_.gradients = parse_enum<Gradients>("--gradients", gradients_);
    request_.target = choose_target(config.runtime);
    trace(request_);
  }

 private:
  TraceRequest request_;
  std::string gradients_ = "none";
};

}  // namespace

std::unique_ptr<Command> make_trace_command() { return std::make_unique<TraceCommand>(); }

}  // namespace llama32med
