// Configs of runs and papers, and the files of a run that is resumed: state.json, metrics.jsonl, optimizer, features.
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include "app/common/run_config.h"
#include "app/common/training_record.h"
#include "app/paper/paper_config.h"
#include "app/train/metrics.h"
#include "app/train/stage_position.h"
#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_object.h"
#include "llama32med/train/adamw.h"
#include "llama32med/train/feature_cache.h"

namespace llama32med::fuzz {
namespace {

void fuzz_run_config(std::string_view bytes) {
  const auto sourced = load_sourced_config({.files = {scratch_file("run_config", "run.json", bytes)}});
  const auto written = config_with_sources(sourced);
  const auto again = load_run_config({.files = {scratch_file("run_config", "again.json", written)}});
  require(write_config(again) == write_config(sourced.config), "--print-config is read as the same config");
}

void fuzz_run_assignment(std::string_view bytes) {
  (void)write_config(load_run_config({.assignments = {std::string(bytes)}}));
}

void fuzz_paper_config(std::string_view bytes) {
  const auto paper = load_paper_config(scratch_file("paper_config", "paper.json", bytes));
  require(!paper.title.empty() && !paper.experiments.empty(), "required fields are there");
}

void fuzz_training_record(std::string_view bytes) {
  const auto file = scratch_file("training_record", "llama32med.json", bytes);
  may_refuse([&] { require(read_training_record(file).at("settings").is_object(), "a record has settings"); });
  (void)load_run_config({.trained = file});
}

void fuzz_state(std::string_view bytes) {
  const auto json = parse_json(bytes, "state.json");
  const auto position = read_position(JsonObject(json, "state.json").section("position"));
  require(position.step >= 0 && position.epoch >= 0 && position.step_of_epoch >= 0, "a position is not negative");
  const auto written = position_json(position);
  require(position_json(read_position(JsonObject(written, "again"))) == written,
          "a position is read as it was written");
}

void fuzz_metrics(std::string_view bytes) {
  const auto file = scratch_file("metrics", "metrics.jsonl", bytes);
  { const MetricsLog resumed(file, 2); }
  for (const auto& line : read_metrics(file)) require(line.step <= 2, "lines beyond the saved step are removed");
}

void fuzz_metrics_reader(std::string_view bytes) {
  (void)read_metrics(scratch_file("metrics_reader", "metrics.jsonl", bytes));
}

AdamW small_optimizer() {
  return AdamW({{.name = "a", .value = at::zeros({2, 3}).set_requires_grad(true), .learning_rate = 0.1}}, {});
}

void fuzz_optimizer(std::string_view bytes) {
  const SafetensorsFile file(scratch_file("optimizer", "optimizer.safetensors", bytes));
  auto optimizer = small_optimizer();
  optimizer.load_state(file);
  require(optimizer.steps() >= 0, "steps are not negative");
}

constexpr const char* kImage = "a.png";

FeatureCache small_cache() { return {{.kind = FeatureCacheKind::kDisk, .folder = scratch_folder("features")}, "key"}; }

// The name of an image's file, found by storing one.
std::filesystem::path feature_file() {
  auto cache = small_cache();
  cache.put(kImage, {.values = at::zeros({1, 2, 3}), .real_tiles = 1});
  return std::filesystem::directory_iterator(scratch_folder("features") / "key")->path();
}

void fuzz_features(std::string_view bytes) {
  static const auto name = feature_file().filename().string();
  scratch_file("features/key", name, bytes);
  auto cache = small_cache();
  const auto states = cache.get(kImage);
  require(cache.hits() + cache.misses() == 1 && cache.hits() == (states ? 1 : 0), "a file is read or counts as absent");
}

// Without the configs of papers.
Seeds run_config_seeds() {
  auto seeds = files_in("configs", ".json");
  std::erase_if(seeds, [](const std::string& text) { return text.find("\"experiments\"") != text.npos; });
  return seeds;
}
Seeds paper_seeds() { return {source_text("configs/paper_ci.json"), source_text("configs/paper.json")}; }
Seeds assignment_seeds() {
  return {"train.seed=5", "data.name=slake", "stage2=null", "tune.rank=8", "image.window=[0, 1]"};
}

Seeds record_seeds() {
  return {R"({"format": 1, "version": "0.1.0", "settings": {"prompt": {"text": "[user]\n<image>\n{question}"},
 "image": {"square_resize": 512}, "data": {"language": "en"}}, "base_model": {"name": "a", "fingerprint": "b"},
 "training": [{"stage": 1, "dataset": "rocov2", "steps": 100}]})"};
}

Seeds state_seeds() {
  const StagePosition position{.step = 2, .epoch = 1, .questions = 36, .last_loss = 0.5, .best_value = 1.5};
  return {json_line({{"position", position_json(position)}})};
}

Seeds metrics_seeds() {
  return {
      "{\"step\": 1, \"epoch\": 0, \"loss\": 2.5, \"learning_rate\": 1e-4}\n{\"step\": 2, \"loss\": "
      "\"nan\"}\n{\"step\": 2, "
      "\"validation_loss\": 2.0}\n"};
}

Seeds optimizer_seeds() {
  const auto file = scratch_folder("optimizer") / "seed.safetensors";
  write_safetensors(file, small_optimizer().state());
  return {read_file(file)};
}

Seeds feature_seeds() { return {read_file(feature_file())}; }

}  // namespace

Targets run_targets() {
  return {{"run_config", fuzz_run_config, run_config_seeds},
          {"run_assignment", fuzz_run_assignment, assignment_seeds},
          {"paper_config", fuzz_paper_config, paper_seeds},
          {"training_record", fuzz_training_record, record_seeds},
          {"state", fuzz_state, state_seeds},
          {"metrics", fuzz_metrics, metrics_seeds},
          {"metrics_reader", fuzz_metrics_reader, metrics_seeds},
          {"optimizer", fuzz_optimizer, optimizer_seeds},
          {"features", fuzz_features, feature_seeds}};
}

}  // namespace llama32med::fuzz
