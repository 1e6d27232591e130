// The configuration of a run. Each source overrides those before it: defaults, JSON files in order (comments allowed,
// null removes a section), options of the command line, --set. A stage has the run's tune, train and validate, field by
// field; within one source a value of the stage itself wins, but a later source overrides both ("--set train.seed=1"
// changes all stages, whatever a file says). Written in full beside every result.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
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
#include "llama32med/report/leaks.h"
#include "llama32med/tensor/dtype.h"
#include "llama32med/train/train_config.h"

namespace llama32med {

struct ModelConfig {
  std::filesystem::path folder, adapter;
  BackboneOptions options;
  QuantizeConfig quantize;

  static void describe(auto& c, auto&& field) {
    field(
        "folder", c.folder,
        "Hugging Face model folder (config.json, safetensors files, tokenizer), or a model's id on the hub if it is in "
        "the hub's local cache");
    field("adapter", c.adapter, "adapter folder in PEFT format; empty: no adapter");
    BackboneOptions::describe(c.options, field);
    field("quantize", c.quantize, "4-bit quantization of the linear layers");
  }
};

struct PromptConfig {
  std::string file = "radiologist_vqa";
  std::string text;
  std::string date = "26 Jul 2024";

  static void describe(auto& c, auto&& field) {
    field("file", c.file, "prompt template: a file, or the name of one in prompts/", NotEmpty{});
    field("text", c.text, "the template itself, as in a prompt file; empty: read from the file");
    field("date", c.date, "date in the system message of prompts without an image");
  }
};

struct DataConfig {
  std::string name;
  std::filesystem::path folder;
  std::string split = "test";
  RecordKind kind = RecordKind::kAll;
  std::string language = "en";
  bool allow_leaky = false;
  bool allow_missing = false;
  std::vector<std::filesystem::path> allow_outside;
  std::int64_t limit = 0;
  std::string label;

  static void describe(auto& c, auto&& field) {
    field("name", c.name, "dataset: vqa_rad, slake, path_vqa, rocov2 or records");
    field("folder", c.folder, "folder of the dataset, in its official layout");
    field("split", c.split, "split of the dataset", NotEmpty{});
    field("kind", c.kind, "which records are used; in training, a stage without any of its kind is left out");
    field("language", c.language, "language of SLAKE's questions: en, zh or all");
    field("allow_leaky", c.allow_leaky, "use SLAKE's Chinese rows although their training images include test images");
    field("allow_missing", c.allow_missing, "train although more than 1 % of the records have no image file");
    field(
        "allow_outside", c.allow_outside,
        "folders outside of the dataset's from which its records may take images, by path or by link; a record with an "
        "image anywhere else is skipped");
    field("limit", c.limit, "use only the first N records; 0: all", InRange{0, 1e9});
    field("label", c.label,
          "name shown for the data in titles and tables, for other data in the layout of a known dataset; empty: name",
          Effort{});
  }
};

struct ReportConfig {
  std::vector<std::string> protocols = {"paper", "strict-em"};
  std::vector<ImageCondition> image_gain;
  std::string train_split = "train";
  std::filesystem::path train_folder;
  bool compare_pictures = true;

  ImageLooks looks() const { return compare_pictures ? ImageLooks::kCompare : ImageLooks::kIgnore; }

  static void describe(auto& c, auto&& field) {
    field("protocols", c.protocols, "scoring protocols: paper, strict-em, llava-med, ... or all", NotEmpty{});
    field("image_gain", c.image_gain, "repeat the evaluation with these images, to measure what the images contribute");
    field("train_split", c.train_split,
          "training split of the same dataset, for blind baselines and leak detection; empty: none");
    field("train_folder", c.train_folder, "folder of the training split; empty: the folder of the evaluated split");
    field("compare_pictures", c.compare_pictures,
          "leak detection compares images by SHA-256 and perceptual hash too, not only by id");
  }
};

struct RuntimeConfig {
  std::string device = "auto";
  DType dtype = DType::kAuto;
  std::int64_t threads = 0;

  static void describe(auto& c, auto&& field) {
    field("device", c.device, "compute device: auto, cpu, cuda or cuda:N");
    field("dtype", c.dtype, "compute type; auto: bf16 on a GPU, fp32 on a CPU");
    // Sums that threads divide differently may differ in their last bits, as between two processors.
    field("threads", c.threads, "CPU threads; 0: all cores", InRange{0, 1024}, Effort{});
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
    field("split", c.split, "validation split of the same dataset, never a test split; empty: see share");
    field("share", c.share, "share of the training images held out for validation, with all their records; 0: none",
          InRange{0, 0.9});
    field("every", c.every, "steps between validations; 0: once at the end of each epoch", InRange{0, 1e9});
    field("limit", c.limit, "use only the first N validation records; 0: all", InRange{0, 1e9});
    field("answers", c.answers, "also generate answers and score them with the first of report.protocols");
    field("metric", c.metric, "metric that selects the best checkpoint: loss, or accuracy of the generated answers");
    field("patience", c.patience, "early stopping: number of validations without improvement; 0: never stop early",
          InRange{0, 1e6});
    field("result", c.result, "checkpoint that the stage hands on: the last or the best one");
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
    field("data", c.data, "training data of the stage");
    field("prompt", c.prompt, "prompt template of the stage");
    field("start", c.start,
          "starting point: auto, the previous stage's result in the run folder (stage 1: the model section); fresh, "
          "the model section; or an adapter or model folder",
          NotEmpty{});
    field("tune", c.tune, "overrides of the run's tune section, field by field");
    field("train", c.train, "overrides of the run's train section, field by field");
    field("validate", c.validate, "overrides of the run's validate section, field by field");
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
    field("model", c.model, "model and adapter");
    field("prompt", c.prompt, "prompt template");
    field("data", c.data, "dataset and split to evaluate");
    field("image", c.image, "image decoding and preprocessing");
    field("generate", c.generate, "generation of answers");
    field("eval", c.eval, "prediction of a split");
    field("report", c.report, "scoring, baselines and leak detection");
    field("tune", c.tune, "which parts of the model are trained, and how; for all stages");
    field("train", c.train, "training loop and optimizer, for all stages");
    field("validate", c.validate, "validation during training, for all stages");
    field("stage1", c.stage1,
          "stage 1, alignment on captions: data, prompt, tune, train and validate as above, for this stage only; null: "
          "no stage 1");
    field("stage2", c.stage2, "stage 2, instruction tuning on questions: the same fields as stage1; null: no stage 2");
    field("runtime", c.runtime, "device, compute type and threads");
  }
};

// The section stage1 or stage2.
inline const std::optional<StageConfig>& stage_section(const RunConfig& config, int number) {
  return number == 1 ? config.stage1 : config.stage2;
}

struct ConfigSources {
  // llama32med.json of a trained model (training_record.h): its settings come before all other sources.
  std::optional<std::filesystem::path> trained = {};
  std::vector<std::filesystem::path> files = {};  // each overrides those before it
  // Dotted path and value; the value is text even if it looks like a number.
  std::vector<std::pair<std::string, std::string>> texts = {};
  std::vector<std::string> options = {};          // "a.b=c" from other options; the value is JSON if it parses as JSON
  std::vector<std::string> assignments = {};      // the same from --set: overrides everything
  std::map<std::string, std::string> flags = {};  // path: the option that set it, as typed: "--dtype bf16"
};

struct SourcedConfig {
  RunConfig config;
  ConfigOrigin origin;  // "run.json:12", "--set train.seed=1"; "" for a default
};

// Throws Error{kUsage} listing every problem with its source.
SourcedConfig load_sourced_config(const ConfigSources& sources);
RunConfig load_run_config(const ConfigSources& sources);

// The config as JSON in which a comment names the source of each value; it can be used as a config file:
// `--print-config`.
std::string config_with_sources(const SourcedConfig& sourced);

}  // namespace llama32med
