#include "app/paper/paper_check.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>

#include "app/common/load.h"
#include "app/common/records.h"
#include "app/paper/paper_problems.h"
#include "app/plan/plan.h"
#include "app/train/stage_files.h"
#include "app/train/validation.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/data/phantoms.h"
#include "llama32med/models/backbone_kind.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

// Stands in for phantoms that are still to be drawn: the same layout and splits with the fewest images.
class PhantomSample {
 public:
  PhantomSample(const PaperConfig& config, const PaperSlots& slots) {
    if (!config.phantoms) return;
    place_ = slots.fill(config.phantoms->folder.string());
    if (is_there(place_ / "README.md")) return;  // written last
    auto name = (system_temporary_folder() / "llama32med-XXXXXX").string();
    if (!mkdtemp(name.data())) throw write_error(errno, name, "a temporary folder cannot be made there");
    folder_ = name;
    write_phantom_set(folder_, {.seed = static_cast<std::uint64_t>(config.phantoms->seed),
                                .images = kFewest,
                                .pixels = config.phantoms->pixels});
  }
  ~PhantomSample() {
    if (!folder_.empty()) remove_leftovers(folder_);  // the system empties its folder of temporary files
  }
  PhantomSample(const PhantomSample&) = delete;
  PhantomSample& operator=(const PhantomSample&) = delete;

  // Redirects the folder of a dataset that does not exist yet.
  void stand_in(DataConfig& data) const {
    if (folder_.empty() || data.folder.empty()) return;
    if (const auto inner = relative_below(data.folder, place_)) data.folder = folder_ / *inner;
  }
  const fs::path& folder() const { return folder_; }
  const fs::path& place() const { return place_; }

 private:
  static constexpr std::int64_t kFewest = 30;
  fs::path folder_, place_;  // folder_ is empty if the phantoms exist
};

// A prompt that shows the model its image.
void check_prompt(const PromptConfig& config, ImageCondition images) {
  if (images == ImageCondition::kNone)
    find_prompt(config);
  else
    require_image_mark(config);
}

enum class Plan { kMake, kSkip };  // skipped where the model folder is already a problem

class Checker {
 public:
  Checker(const PaperRequest& request, const PaperConfig& config, const PaperSlots& slots)
      : request_(request), config_(config), slots_(slots), phantoms_(config, slots) {}

  void run() {
    for (const auto& experiment : config_.experiments)
      if (is_selected(request_, experiment.name)) check(experiment);
    problems_.throw_if_any(phantoms_.folder().string(), phantoms_.place().string());
  }

 private:
  void check(const PaperExperiment& experiment);
  void check_training(const PaperExperiment& experiment, const RunConfig& config);
  void check_stage(const TrainingRequest& request, int number, Plan plan);
  void check_evaluation(const PaperExperiment& experiment, const PaperEvaluation& evaluation, ConfigSources sources);
  void check_predicting(const std::string& place, const RunConfig& config);
  bool is_made_before(const fs::path& path) const;
  void check_adapter(const fs::path& adapter) const;
  StageStart start_of(const TrainingRequest& request, int number, const StageConfig& stage) const;
  void check_first_question(const RunConfig& config, const Dataset& dataset);
  const Tokenizer& tokenizer_of(const fs::path& model);
  bool check_model(const std::string& place, const RunConfig& config);

  const PaperRequest& request_;
  const PaperConfig& config_;
  const PaperSlots& slots_;
  PhantomSample phantoms_;
  PaperProblems problems_;
  std::set<std::string> trained_;  // experiments so far that leave a model
  std::map<fs::path, std::unique_ptr<Tokenizer>> tokenizers_;
};

void Checker::check(const PaperExperiment& experiment) {
  auto sources = experiment_sources(request_.common, experiment, slots_);
  RunConfig config;
  if (!problems_.attempt(experiment.name, [&] { config = load_run_config(sources); })) return;
  if (!experiment.stages.empty()) {
    check_training(experiment, config);
    trained_.insert(experiment.name);
  }
  if (const auto result = training_result(experiment, slots_)) start_from_result(sources, *result);
  for (const auto& evaluation : experiment.evaluations)
    check_evaluation(experiment, evaluation, evaluation_sources(sources, evaluation, slots_));
}

void Checker::check_training(const PaperExperiment& experiment, const RunConfig& config) {
  const TrainingRequest request{.config = config,
                                .stages = {experiment.stages.begin(), experiment.stages.end()},
                                .out = slots_.out / experiment.name};
  const bool model = check_model(experiment.name, config);
  problems_.attempt(experiment.name, [&] { check_adapter(config.model.adapter); });
  const bool stages = problems_.attempt(experiment.name, [&] { check_stages(request); });
  if (!stages) return;
  for (const int number : request.stages) check_stage(request, number, model ? Plan::kMake : Plan::kSkip);
}

void Checker::check_stage(const TrainingRequest& request, int number, Plan plan) {
  const auto place = fmt::format("{} stage {}", request.out.filename().string(), number);
  auto stage = *stage_section(request.config, number);
  phantoms_.stand_in(stage.data);
  StageStart start;
  StageData data;
  const bool starts = problems_.attempt(place, [&] { start = start_of(request, number, stage); });
  const bool prompt = problems_.attempt(place, [&] { check_prompt(stage.prompt, ImageCondition::kNormal); });
  const bool records = problems_.attempt(place, [&] { data = read_stage_data(stage, number); });
  const bool is_done = StageFiles(request.out, number).find_result().has_value();
  if (plan == Plan::kSkip || !starts || !prompt || !records || is_done) return;
  problems_.attempt(place, [&] {
    const auto target = choose_target(request.config.runtime);
    const auto size = plan_request({request.config, number, stage, target}, data.train.records, start.model);
    if (request_.check_memory == MemoryCheck::kRefuse) refuse_too_large(size, available_memory(target.device()));
  });
}

void Checker::check_evaluation(const PaperExperiment& experiment, const PaperEvaluation& evaluation,
                               ConfigSources sources) {
  const auto place = experiment.name + "/" + evaluation.name;
  RunConfig config;
  if (!problems_.attempt(place, [&] { config = load_run_config(sources); })) return;
  const auto folder = evaluation_folder(slots_.out, experiment.name, evaluation.name);
  if (request_.resume == Resume::kAuto && is_finished(folder, evaluation_step(config, evaluation))) return;
  problems_.attempt(place, [&] { chosen_protocols(config.report.protocols); });
  if (evaluation.predictions.empty()) return check_predicting(place, config);
  problems_.attempt(place, [&] {
    const auto file = slots_.fill(evaluation.predictions.string());
    if (!is_file(file)) throw data_error("{}: no such file of predictions", file);
  });
  if (config.data.name.empty()) return;
  phantoms_.stand_in(config.data);
  problems_.attempt(place, [&] { read_records(config.data, ImageCheck::kIgnore); });
}

void Checker::check_predicting(const std::string& place, const RunConfig& config) {
  auto data = config.data;
  phantoms_.stand_in(data);
  Dataset dataset;
  const bool model = check_model(place, config);
  problems_.attempt(place, [&] { check_adapter(config.model.adapter); });
  const bool prompt = problems_.attempt(place, [&] { check_prompt(config.prompt, config.eval.images); });
  const bool records = problems_.attempt(place, [&] { dataset = read_records(data); });
  if (model && prompt && records) problems_.attempt(place, [&] { check_first_question(config, dataset); });
}

// Whether an experiment before this one leaves `path`, so that it need not exist yet.
bool Checker::is_made_before(const fs::path& path) const {
  const auto inner = relative_below(path, slots_.out);
  if (!inner) return false;
  const auto maker = inner->begin()->string();
  if (trained_.contains(maker)) return true;
  for (const auto& experiment : config_.experiments)
    if (experiment.name == maker && !experiment.stages.empty())
      throw usage_error("{}: does not exist; experiment \"{}\" makes it and must run first", path.string(), maker);
  return false;
}

void Checker::check_adapter(const fs::path& adapter) const {
  if (adapter.empty() || is_there(adapter / "adapter_config.json") || is_made_before(adapter)) return;
  throw data_error("{}: no adapter_config.json there; give an adapter folder in PEFT format", adapter.string());
}

// Where a stage starts; the model folder stands in for results that do not exist yet and have its shapes.
StageStart Checker::start_of(const TrainingRequest& request, int number, const StageConfig& stage) const {
  const StageStart model{request.config.model.folder, std::nullopt};
  if (stage.start == "auto" && std::ranges::count(request.stages, number - 1) > 0) return model;
  const bool is_path = stage.start != "auto" && stage.start != "fresh";
  if (is_path && !is_there(stage.start) && is_made_before(stage.start)) return model;
  return find_start(request, number, stage);
}

// The prompt fits the records: a prompt for captions asks no question.
void Checker::check_first_question(const RunConfig& config, const Dataset& dataset) {
  const SampleEncoder encoder(tokenizer_of(config.model.folder), load_processor(config.model.folder, config.image),
                              find_prompt(config.prompt), config.prompt.date);
  const auto& record = dataset.records.front();
  if (config.eval.images == ImageCondition::kNone) {
    encoder.question_ids(record, {});
    return;
  }
  const std::int64_t tokens[] = {encoder.images().tokens_of(record.image)};
  encoder.question_ids(record, tokens);
}

bool Checker::check_model(const std::string& place, const RunConfig& config) {
  return problems_.attempt(place, [&] {
    require_model(config);
    choose_target(config.runtime);
    read_outline(config.model.folder);
    tokenizer_of(config.model.folder);
    load_processor(config.model.folder, config.image);
  });
}

const Tokenizer& Checker::tokenizer_of(const fs::path& model) {
  auto& tokenizer = tokenizers_[model];
  if (!tokenizer) tokenizer = load_tokenizer(model);
  return *tokenizer;
}

}  // namespace

void check_experiments(const PaperRequest& request, const PaperConfig& config, const PaperSlots& slots) {
  Checker(request, config, slots).run();
}

}  // namespace llama32med
