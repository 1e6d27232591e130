#include "app/model/bench.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>

#include "llama32med/batch/collator.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/random.h"
#include "llama32med/generate/generator.h"
#include "llama32med/image/image_processor.h"
#include "llama32med/kernels/ops.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

constexpr std::int64_t kPrefillTokens = 64, kTimedTokens = 32;
constexpr std::int64_t kImagesTogether = 3, kQuestions = 11, kSharedTokens = 40, kOwnTokens = 24, kAnswerTokens = 8;

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

Timing summary(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  return {samples.front(), samples[samples.size() / 2], std::ssize(samples)};
}

template <class Action>
Timing timed(const BenchmarkRequest& request, Action action) {
  std::vector<double> samples;
  for (std::int64_t i = 0; i <= request.repeats; ++i) {
    synchronize(request.target.device());
    const auto begin = Clock::now();
    action();
    synchronize(request.target.device());
    if (i > 0) samples.push_back(milliseconds_since(begin));  // the first run warms up
  }
  return summary(std::move(samples));
}

struct Subject {
  std::unique_ptr<Backbone> model;
  std::unique_ptr<ModelOutline> outline;
  std::shared_ptr<const ImageProcessor> images;
};

Subject random_subject(const BenchmarkRequest& request) {
  const auto& [kind, preset] = find_preset("--shape", request.shape);
  const auto config = preset.config(preset.ordinary_tokens + kSpecialTokens);
  Subject subject{.outline = read_outline(config, "preset " + preset.name)};
  const auto weights = subject.outline->random_weights({.rule = WeightRule::kPlain, .fill = RandomFill::kOnDevice});
  const AdapterChooser chooser({.storage = storage_choice(request.quantize, *kind.names)});
  subject.model = subject.outline->build(*weights, request.options, request.target, &chooser);
  subject.images = subject.outline->processor({}, {}).images;
  return subject;
}

Subject folder_subject(const BenchmarkRequest& request) {
  const AdapterChooser chooser({.storage = storage_choice(request.quantize, model_names(request.model))});
  Subject subject{.model = load_backbone(request.model, request.options, request.target, &chooser),
                  .outline = read_outline(request.model)};
  subject.images = subject.outline->processor(request.model, {}).images;
  return subject;
}

// Noise that fills a grid of one row or square: 1, 2 or 4 tiles.
Picture noise(std::int64_t tiles, std::int64_t tile_size) {
  Picture picture{.size = {tiles == 4 ? 2 * tile_size : tile_size, tiles == 1 ? tile_size : 2 * tile_size}};
  picture.pixels.resize(static_cast<std::size_t>(picture.size.height * picture.size.width * 3));
  RandomStream stream(fnv1a64("bench picture"));
  for (auto& value : picture.pixels) value = static_cast<std::uint8_t>(stream.next() >> 56);
  return picture;
}

ImageTiming time_image(const BenchmarkRequest& request, const Subject& subject, std::int64_t tiles) {
  const auto& processor = *subject.images;
  const auto picture = noise(tiles, processor.native_size().height);
  ImageBatch batch(1);
  ImageTiming timing{.tiles = tiles};
  timing.preprocess = timed(request, [&] { batch[0] = normalize(processor.process(picture), processor.scaling()); });
  timing.tower = timed(request, [&] { subject.model->vision_features(batch); });
  timing.encode = timed(request, [&] { subject.model->encode_images(batch); });
  timing.tower_flops = subject.outline->cost({.options = request.options, .tiles = tiles}).encoder.all();
  return timing;
}

std::vector<std::int64_t> random_ids(RandomStream& stream, std::int64_t count, const ModelFacts& facts) {
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < count; ++i)
    ids.push_back(
        static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(facts.vocabulary - kSpecialTokens))));
  return ids;
}

// An image token, then random tokens.
std::vector<std::int64_t> question(RandomStream& stream, std::int64_t tokens, const ModelFacts& facts) {
  auto ids = random_ids(stream, tokens, facts);
  ids.front() = facts.image_token;
  return ids;
}

void time_generation(const BenchmarkRequest& request, const Subject& subject, const ImageInput& image,
                     BenchmarkResult& result) {
  RandomStream stream(fnv1a64("bench question"));
  const Prompt prompt{question(stream, kPrefillTokens, subject.model->facts()), {0, 1}};
  const auto memory = subject.model->encode_images({image});
  const Generator generator(*subject.model, {.max_new_tokens = kTimedTokens, .exact_length = true});
  std::vector<double> prefills, steps;
  for (std::int64_t i = 0; i <= request.repeats; ++i) {
    synchronize(request.target.device());
    auto last = Clock::now();
    std::vector<double> times;
    generator.answer({prompt}, memory,
                     [&](std::size_t, std::int64_t) {  // its id is on the CPU: the device is synchronized
                       times.push_back(milliseconds_since(last));
                       last = Clock::now();
                     });
    if (i == 0) continue;
    prefills.push_back(times.front());
    steps.insert(steps.end(), times.begin() + 1, times.end());
  }
  result.prefill = summary(std::move(prefills));
  result.token = summary(std::move(steps));
}

// `images` equal images and their questions, which share a prefix.
Timing time_questions(const BenchmarkRequest& request, const Subject& subject, const ImageInput& image,
                      std::int64_t images) {
  RandomStream stream(fnv1a64("bench questions"));
  const auto& facts = subject.model->facts();
  const auto shared = question(stream, kSharedTokens, facts);
  std::vector<Prompt> prompts;
  for (std::int64_t i = 0; i < images * kQuestions; ++i) {
    auto ids = shared;
    const auto own = random_ids(stream, kOwnTokens, facts);
    ids.insert(ids.end(), own.begin(), own.end());
    prompts.push_back({std::move(ids), {i / kQuestions, 1}, static_cast<std::uint64_t>(i)});
  }
  const ImageBatch batch(static_cast<std::size_t>(images), image);
  const Generator generator(*subject.model, {.max_new_tokens = kAnswerTokens, .exact_length = true});
  return timed(request, [&] { generator.answer(prompts, subject.model->encode_images(batch)); });
}

}  // namespace

BenchmarkResult benchmark(const BenchmarkRequest& request) {
  if (request.repeats < 1) throw usage_error("bench: --repeats {}: must be at least 1", request.repeats);
  const at::NoGradGuard no_grad;
  const auto device = request.target.device();
  reset_peak_device_memory(device);
  BenchmarkResult result;
  result.what = request.shape.empty() ? request.model.string() : request.shape + ", random weights";
  result.own_kernels = !device.is_cpu() && kernels::has_own_kernels(device);
  const auto begin = Clock::now();
  const auto subject = request.shape.empty() ? folder_subject(request) : random_subject(request);
  synchronize(device);
  result.load_seconds = milliseconds_since(begin) / 1000;
  result.parameters = subject.model->parameters().count();
  result.weight_bytes = subject.model->parameters().bytes();

  const auto& processor = *subject.images;
  std::int64_t most = 1;
  for (const std::int64_t tiles : {1, 2, 4}) {
    if (tiles > processor.largest_extent().grid.count()) break;
    result.images.push_back(time_image(request, subject, tiles));
    most = tiles;
  }
  const auto image = normalize(processor.process(noise(most, processor.native_size().height)), processor.scaling());
  time_generation(request, subject, image, result);
  result.image_of_questions = time_questions(request, subject, image, 1);
  result.images_of_questions = time_questions(request, subject, image, kImagesTogether);
  result.answers_per_second = 1000.0 * kImagesTogether * kQuestions / result.images_of_questions.median_ms;
  result.peak_host_bytes = peak_host_memory();
  result.peak_device_bytes = peak_device_memory(device);
  return result;
}

}  // namespace llama32med
