// `llama32med bench`: times the parts of a model on this device. The model is in a folder, or a preset with random
// weights that are generated on the device, so that the 11B model can be timed without its files.
//
// Images are noise and token ids are random; answers and losses are ignored. Every part runs once to warm up, then
// `repeats` times; the device is synchronized at both ends of a timing.
#pragma once
#include <ATen/core/TensorBody.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/models/backbone.h"
#include "llama32med/nn/quantize_config.h"
#include "llama32med/peft/tune_config.h"
#include "llama32med/train/train_config.h"

namespace llama32med {

enum class BenchPart { kVision, kAnswers, kDecode, kLora, kDecodeNf4, kQlora };
constexpr auto names_of(BenchPart) {
  return std::array{Named{"vision", BenchPart::kVision},        Named{"answers", BenchPart::kAnswers},
                    Named{"decode", BenchPart::kDecode},        Named{"lora", BenchPart::kLora},
                    Named{"decode-nf4", BenchPart::kDecodeNf4}, Named{"qlora", BenchPart::kQlora}};
}

struct BenchmarkRequest {
  std::filesystem::path model;  // a Hugging Face folder, or
  std::string shape;            // a preset, with random weights
  BackboneOptions options;
  QuantizeConfig quantize;  // the weights of all parts but those in NF4
  TuneConfig tune;
  TrainConfig train;
  at::TensorOptions target;
  std::vector<BenchPart> parts;  // empty: all that differ
  std::int64_t repeats = 5;
};

struct Timing {
  double fastest_ms = 0, median_ms = 0;
  std::int64_t samples = 0;
};

struct ImageTiming {
  std::int64_t tiles = 0;
  Timing preprocess;       // from a decoded image: resize, tiles, normalize; on the CPU
  Timing encode;           // vision tower, projector, keys and values of the cross-attention layers
  Timing tower;            // the vision tower alone
  double tower_flops = 0;  // FLOPs of the matrix products it computes; 2 per multiply-add
};

struct AnswerTiming {
  Timing prefill;                 // a question of 64 tokens about an image, to the first new token
  Timing token;                   // one more token, one row
  Timing image_of_questions;      // one image of 4 tiles, encoded, and its 11 questions of 8 new tokens each
  Timing images_of_questions;     // three of them together, as `eval` takes them
  double answers_per_second = 0;  // from the median of the three
};

struct DecodeTiming {
  std::string weights;    // "bf16", "nf4"
  std::int64_t rows = 0;  // 11 questions per image
  Timing token;           // one more token for each row
};

struct StepTiming {
  std::string method;                  // "LoRA", "QLoRA"
  std::int64_t questions = 0;          // about one image of one tile, 36 tokens and an answer of 7 each
  Timing step;                         // forward, backward, optimizer
  std::int64_t peak_device_bytes = 0;  // 0 on a CPU
  double planned_bytes = 0;            // by `plan`, without context and workspaces
  std::string nonfinite;               // what was non-finite with these weights: then the optimizer was not timed
};

struct BenchmarkResult {
  std::string what;  // the folder or the preset
  std::vector<BenchPart> parts;
  std::int64_t parameters = 0, weight_bytes = 0;
  double load_seconds = 0;  // reading or generating the weights; the file cache is not dropped
  bool own_kernels = false;
  std::vector<ImageTiming> images;  // images of 1, 2 and 4 tiles, up to the model's maximum
  AnswerTiming answers;
  std::vector<DecodeTiming> decode;  // 1, 11 and 33 rows
  std::vector<StepTiming> steps;     // 1 and 10 questions
  std::int64_t peak_host_bytes = 0, peak_device_bytes = 0;

  bool has(BenchPart part) const;
};

// Throws what load_backbone throws.
BenchmarkResult benchmark(const BenchmarkRequest& request);

Json benchmark_json(const BenchmarkResult& result, const at::TensorOptions& target);
std::string benchmark_text(const BenchmarkResult& result, const at::TensorOptions& target);

}  // namespace llama32med
