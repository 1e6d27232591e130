// The parts of `bench` (bench.h), each on a model that is already there.
#pragma once
#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "app/model/bench.h"
#include "llama32med/core/random.h"
#include "llama32med/image/image_processor.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/tensor/device.h"

namespace llama32med {

struct BenchSubject {
  std::unique_ptr<Backbone> model;
  std::shared_ptr<const ModelOutline> outline;
  std::shared_ptr<const ImageProcessor> images;
};

// Noise that fills a grid of one row or square: 1, 2 or 4 tiles, before and after the image processor.
Picture noise(std::int64_t tiles, std::int64_t tile_size);
ProcessedImage bench_image(const BenchSubject& subject, std::int64_t tiles);

// Random ids of ordinary tokens; and a question, whose first token is an image.
std::vector<std::int64_t> random_ids(RandomStream& stream, std::int64_t count, const ModelFacts& facts);
std::vector<std::int64_t> random_question(RandomStream& stream, std::int64_t tokens, const ModelFacts& facts);

std::vector<ImageTiming> time_images(const BenchmarkRequest& request, const BenchSubject& subject);
AnswerTiming time_answers(const BenchmarkRequest& request, const BenchSubject& subject);
std::vector<DecodeTiming> time_decoding(const BenchmarkRequest& request, const BenchSubject& subject);
// `subject` has adapters by request.tune.
std::vector<StepTiming> time_steps(const BenchmarkRequest& request, const BenchSubject& subject);

// ---- timing ---------------------------------------------------------------------------------------------------------

inline Timing summary(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  return {samples.front(), samples[samples.size() / 2], std::ssize(samples)};
}

template <class Action>
double milliseconds_of(const at::Device& device, Action&& action) {
  using Clock = std::chrono::steady_clock;
  synchronize(device);
  const auto begin = Clock::now();
  action();
  synchronize(device);
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

template <class Action>
Timing timed(const BenchmarkRequest& request, Action action) {
  std::vector<double> samples;
  for (std::int64_t i = 0; i <= request.repeats; ++i) {
    const auto time = milliseconds_of(request.target.device(), action);
    if (i > 0) samples.push_back(time);  // the first run warms up
  }
  return summary(std::move(samples));
}

}  // namespace llama32med
