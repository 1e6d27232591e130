#include "app/model/bench.h"

#include <fmt/format.h>

#include "app/common/load.h"
#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "llama32med/models/backbone_kind.h"
#include "print.h"

namespace llama32med {
namespace {

class BenchCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.model();
    options.choice("--shape", request_.shape, preset_names(),
                   "model size to time instead of --model; needs --random-weights");
    options.flag("--random-weights", random_weights_, "generate random weights on the device instead of reading files");
    options.group("Timing");
    options.list("--what", parts_, "parts to time; without it, all",
                 fmt::format("{{{}}}", join(enum_names<BenchPart>(), ",")));
    options.number("--repeats", request_.repeats, "timed runs of each piece, after one warmup run");
  }

  void run(const CommonOptions& common) override {
    const auto config = this->config(common).config;
    request_.model = config.model.folder;
    if (request_.model.empty() == request_.shape.empty())
      throw usage_error("bench: give either --model DIR, or --shape NAME with --random-weights");
    if (random_weights_ == request_.shape.empty())
      throw usage_error(
          "bench: --shape and --random-weights must be given together: a shape has no weights of its own");
    request_.options = config.model.options;
    request_.quantize = config.model.quantize;
    request_.tune = config.tune;
    request_.train = config.train;
    for (const auto& part : parts_) request_.parts.push_back(parse_enum<BenchPart>("--what", part));
    request_.target = choose_target(config.runtime);
    const auto result = benchmark(request_);
    if (common.json)
      print_text("{}\n", json_line(benchmark_json(result, request_.target)));
    else
      print_text("{}", benchmark_text(result, request_.target));
  }

 private:
  BenchmarkRequest request_;
  std::vector<std::string> parts_;
  bool random_weights_ = false;
};

}  // namespace

std::unique_ptr<Command> make_bench_command() { return std::make_unique<BenchCommand>(); }

}  // namespace llama32med
