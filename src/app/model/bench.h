// `llama32med bench`: times the parts of a model on this device. The model is in a folder, or a preset with random
// weights that are generated on the device, so that the 11B model can be timed without its files.
//
// Images are noise and token ids are random; answers are ignored. Every part runs once to warm up, then `repeats`
// times; the device is synchronized at both ends of a timing.
#pragma once
#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/models/backbone.h"
#include "llama32med/nn/quantize_config.h"

namespace llama32med {

struct BenchmarkRequest {
  std::filesystem::path model;  // a Hugging Face folder, or
  std::string shape;            // a preset, with random weights
  BackboneOptions options;
  QuantizeConfig quantize;
  at::TensorOptions target;
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

struct BenchmarkResult {
  std::string what;  // the folder or the preset
  std::int64_t parameters = 0, weight_bytes = 0;
  double load_seconds = 0;  // reading or generating the weights; the file cache is not dropped
  bool own_kernels = false;
  std::vector<ImageTiming> images;  // images of 1, 2 and 4 tiles, up to the model's maximum
  Timing prefill;                   // a question of 64 tokens about an image, to the first new token
  Timing token;                     // one more token, one row
  Timing image_of_questions;        // one image of 4 tiles, encoded, and its 11 questions of 8 new tokens each
  Timing images_of_questions;       // three of them together, as `eval` takes them
  double answers_per_second = 0;    // from the median of the three
  std::int64_t peak_host_bytes = 0, peak_device_bytes = 0;
};

// Throws what load_backbone throws.
BenchmarkResult benchmark(const BenchmarkRequest& request);

Json benchmark_json(const BenchmarkResult& result, const at::TensorOptions& target);
std::string benchmark_text(const BenchmarkResult& result, const at::TensorOptions& target);

}  // namespace llama32med
