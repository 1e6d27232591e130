#include "app/plan/plan.h"

#include <fmt/format.h>

#include <cstdio>

#include "app/common/load.h"
#include "app/common/records.h"
#include "app/train/empty_stages.h"
#include "command.h"
#include "llama32med/core/byte_size.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/tensor/dtype.h"
#include "print.h"

namespace llama32med {
namespace {

class PlanCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.model();
    options.group("Stages");
    options.list("--stage", stages_, "stages to plan; without it, all stages of the config", "{1,2}");
    options.text("--memory", memory_,
                 "plan for a GPU with this much memory, such as 24GiB, that need not be here; with --device cpu, for a "
                 "machine");
  }

  void run(const CommonOptions& common) override {
    auto config = this->config(common).config;
    require_model(config);
    std::vector<int> asked_stages;
    for (const auto& number : stages_) asked_stages.push_back(number == "2" ? 2 : 1);
    leave_out_empty_stages(config, asked_stages);
    Json list = Json::array();
    const auto target = memory_.empty() ? choose_target(config.runtime) : planned_target(config.runtime);
    const auto available = memory_.empty() ? available_memory(target.device()) : parse_byte_size("--memory", memory_);
    for (const auto& [number, stage] : {std::pair("1", &config.stage1), std::pair("2", &config.stage2)}) {
      const bool asked = stages_.empty() || std::find(stages_.begin(), stages_.end(), number) != stages_.end();
      if (!asked || !*stage) continue;
      const auto request = plan_request({config, number[0] - '0', **stage, target},
                                        read_records((*stage)->data).records, config.model.folder);
      const auto plan = plan_stage(request);
      list.push_back(plan_json(plan, available, remedies(request)));
      list.back()["stage"] = number;
      if (common.json) continue;
      print_text("stage {}, {} on a {}\n\n{}\n", number, dtype_name(c10::typeMetaToScalarType(target.dtype())),
                 target.device().is_cpu() ? "CPU" : "GPU", plan_text(plan, available, remedies(request)));
    }
    if (list.empty())
      throw usage_error(
          "plan: the config has no such stage; give --config FILE with a section stage1 or stage2, such as "
          "configs/phantoms.json");
    if (common.json) print_text("{}\n", json_line({{"stages", list}}));
  }

 private:
  std::vector<std::string> stages_;
  std::string memory_;
};

}  // namespace

std::unique_ptr<Command> make_plan_command() { return std::make_unique<PlanCommand>(); }

}  // namespace llama32med
