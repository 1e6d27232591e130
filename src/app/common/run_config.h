// The configuration of a run: the sum of the floors' configs. Read from JSON files (comments allowed; a later one
// changes what the earlier ones say, null takes a section away), then the command line, then --set; written in full
// beside every result.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/generate/generator.h"
#include "llama32med/image/image_processor.h"
#include "llama32med/models/backbone.h"
#include "llama32med/nn/quantize_config.h"
#include "llama32med/peft/tune_config.h"
#include "llama32med/predict/predictor.h"
#include "llama32med/tensor/dtype.h"
#include "llama32med/train/train_config.h"

namespace llama32med {

struct ModelConfig {
  std::filesystem::path folder, adapter;
  BackboneOptions options;
  QuantizeConfig quantize;

  static void describe(auto& c, auto&& field) {
    field("folder", c.folder, "a Hugging Face folder: config.json, safetensors, tokenizer");
    field("adapter", c.adapter, "an adapter in PEFT's format, or none");
    BackboneOptions::describe(c.options, field);
    field("quantize", c.quantize, "hold its linears in 4 bits");
  }
};

struct PromptConfig {
  std::string file = "radiologist_vqa";
  std::string date = "26 Jul 2024";

  static void describe(auto& c, auto&& field) {
    field("file", c.file, "a prompt file, or the name of one that ships in prompts/", NotEmpty{});
    field("date", c.date, "stands in the system block of prompts without an image");
  }
};

struct DataConfig {
  std::string name;
  std::filesystem::path folder;
  std::string split = "test";
  std::string language = "en";
  bool allow_leaky = false;
  std::int64_t limit = 0;

  static void describe(auto& c, auto&& field) {
    field("name", c.name, "vqa_rad, slake, path_vqa, rocov2 or records");
    field("folder", c.folder, "the dataset in its official layout");
    field("split", c.split, "which rows", NotEmpty{});
    field("language", c.language, "of SLAKE: en, zh or all");
    field("allow_leaky", c.allow_leaky, "use SLAKE's Chinese rows although they show test images in training");
    field("limit", c.limit, "take so many records from the beginning; 0: all", InRange{0, 1e9});
  }
};

struct ReportConfig {
  std::string train_split = "train";
  std::filesystem::path train_folder;
  bool compare_pictures = true;

  static void describe(auto& c, auto&& field) {
    field("train_split", c.train_split,
          "of the same dataset: what blind baselines learn from and leaks are looked for in");
    field("train_folder", c.train_folder, "where it lies; empty: where the test split lies");
    field("compare_pictures", c.compare_pictures, "look for test pictures in training by their contents and looks too");
  }
};

struct RuntimeConfig {
  std::string device = "auto";
  DType dtype = DType::kAuto;
  std::int64_t threads = 0;

  static void describe(auto& c, auto&& field) {
    field("device", c.device, "auto, cpu, cuda or cuda:N");
    field("dtype", c.dtype, "auto: bf16 on a GPU, fp32 on a CPU");
    field("threads", c.threads, "of the CPU; 0: all cores", InRange{0, 1024});
  }
};

enum class ValidationMetric { kLoss, kAccuracy };
constexpr auto names_of(ValidationMetric) {
  return std::array{Named{"loss", ValidationMetric::kLoss}, Named{"accuracy", ValidationMetric::kAccuracy}};
}

enum class StageResult { kLast, kBest };
constexpr auto names_of(StageResult) {
  return std::array{Named{"last", StageResult::kLast}, Named{"best", StageResult::kBest}};
}

struct ValidateConfig {
  std::string split;
  double share = 0;
  std::int64_t every = 0;
  std::int64_t limit = 0;
  bool answers = false;
  ValidationMetric metric = ValidationMetric::kLoss;
  std::int64_t patience = 0;
  StageResult result = StageResult::kLast;

  static void describe(auto& c, auto&& field) {
    field("split", c.split, "of the same data, never the test split; empty: see share");
    field("share", c.share, "of the training images, put aside with all their records; 0: none", InRange{0, 0.9});
    field("every", c.every, "steps; 0: at the end of each epoch", InRange{0, 1e9});
    field("limit", c.limit, "take so many records from the beginning; 0: all", InRange{0, 1e9});
    field("answers", c.answers, "generate answers too, and score them by the first of eval.protocols");
    field("metric", c.metric, "what the best state is chosen by: loss or accuracy (of answers)");
    field("patience", c.patience, "stop after so many validations without a better one; 0: never", InRange{0, 1e6});
    field("result", c.result, "what the stage hands on: its last state or its best");
  }
};

struct StageConfig {
  DataConfig data{.split = "train"};
  PromptConfig prompt;
  std::string start = "auto";
  TuneConfig tune;
  TrainConfig train;
  ValidateConfig validate;

  static void describe(auto& c, auto&& field) {
    field("data", c.data, "what is learned from");
    field("prompt", c.prompt, "how it is asked");
    field("start", c.start, "auto: the stage before it, in the same run folder; fresh: the plain model; or a folder",
          NotEmpty{});
    field("tune", c.tune, "instead of the run's tune, field by field");
    field("train", c.train, "instead of the run's train, field by field");
    field("validate", c.validate, "instead of the run's validate, field by field");
  }
};

struct RunConfig {
  ModelConfig model;
  PromptConfig prompt;
  DataConfig data;
  ImageProcessorConfig image;
  GenerateConfig generate;
  PredictConfig eval;
  ReportConfig report;
  TuneConfig tune;
  TrainConfig train;
  ValidateConfig validate;
  std::optional<StageConfig> stage1, stage2;
  RuntimeConfig runtime;

  static void describe(auto& c, auto&& field) {
    field("model", c.model, "what is run");
    field("prompt", c.prompt, "how it is asked");
    field("data", c.data, "about what");
    field("image", c.image, "how pictures are read");
    field("generate", c.generate, "how answers are made");
    field("eval", c.eval, "how they are scored");
    field("report", c.report, "what a report compares them with");
    field("tune", c.tune, "what is trained, in every stage");
    field("train", c.train, "how, in every stage");
    field("validate", c.validate, "how it is watched, in every stage");
    field("stage1", c.stage1, "alignment on captions; null: none");
    field("stage2", c.stage2, "instruction tuning on questions; null: none");
    field("runtime", c.runtime, "where and how it is computed");
  }
};

struct ConfigSources {
  std::vector<std::filesystem::path> files = {};  // each changes what those before it say
  // Dotted path, and a value that is text whatever it looks like.
  std::vector<std::pair<std::string, std::string>> texts = {};
  std::vector<std::string> options;      // "a.b=c" of other options, the value JSON where it can be
  std::vector<std::string> assignments;  // the same from --set: wins over all
};

// Throws Error{kUsage} listing every problem.
RunConfig load_run_config(const ConfigSources& sources);

// All fields with defaults and meanings, as a Markdown table: `--help-config`, and configs/README.md.
std::string run_config_reference();

}  // namespace llama32med
