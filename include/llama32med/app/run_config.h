// The configuration of a run: the sum of the floors' configs. Read from a JSON file (comments allowed), then the
// command line, then --set; written in full beside every result.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/eval/evaluator.h"
#include "llama32med/generate/generator.h"
#include "llama32med/image/image_processor.h"
#include "llama32med/models/backbone.h"
#include "llama32med/tensor/dtype.h"

namespace llama32med {

struct ModelConfig {
  std::filesystem::path folder;
  BackboneOptions options;

  static void describe(auto& c, auto&& field) {
    field("folder", c.folder, "a Hugging Face folder: config.json, safetensors, tokenizer");
    BackboneOptions::describe(c.options, field);
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
  std::int64_t limit = 0;

  static void describe(auto& c, auto&& field) {
    field("name", c.name, "vqa_rad, slake, path_vqa, rocov2 or records");
    field("folder", c.folder, "the dataset in its official layout");
    field("split", c.split, "which rows", NotEmpty{});
    field("language", c.language, "of SLAKE: en, zh or all");
    field("limit", c.limit, "take so many records from the beginning; 0: all", InRange{0, 1e9});
  }
};

struct RuntimeConfig {
  std::string device = "auto";
  DType dtype = DType::kAuto;
  std::int64_t threads = 0;

  static void describe(auto& c, auto&& field) {
    field("device", c.device, "auto, cpu, cuda or cuda:N");
    field("dtype", c.dtype, "auto is bf16 where the hardware computes in it, else fp32");
    field("threads", c.threads, "of the CPU; 0: all cores", InRange{0, 1024});
  }
};

struct RunConfig {
  ModelConfig model;
  PromptConfig prompt;
  DataConfig data;
  ImageProcessorConfig image;
  GenerateConfig generate;
  EvaluatorConfig eval;
  RuntimeConfig runtime;

  static void describe(auto& c, auto&& field) {
    field("model", c.model, "what is run");
    field("prompt", c.prompt, "how it is asked");
    field("data", c.data, "about what");
    field("image", c.image, "how pictures are read");
    field("generate", c.generate, "how answers are made");
    field("eval", c.eval, "how they are scored");
    field("runtime", c.runtime, "where and how it is computed");
  }
};

struct ConfigSources {
  std::filesystem::path file;  // or empty
  std::vector<std::pair<std::string, std::string>>
      texts;                             // dotted path and a value that is text whatever it looks like
  std::vector<std::string> options;      // "a.b=c" of other options, the value JSON where it can be
  std::vector<std::string> assignments;  // the same from --set: wins over all
};

// Throws Error{kUsage} listing every problem.
RunConfig load_run_config(const ConfigSources& sources);

// All fields with defaults and meanings, as a Markdown table: `--help-config`, and configs/README.md.
std::string run_config_reference();

}  // namespace llama32med
