// Vision, prefill and decoding.
#include <ATen/core/Tensor.h>

#include "app/model/bench_parts.h"
#include "llama32med/batch/collator.h"
#include "llama32med/generate/generator.h"
#include "llama32med/tensor/dtype.h"

namespace llama32med {
namespace {

constexpr std::int64_t kPrefillTokens = 64, kTimedTokens = 32;
constexpr std::int64_t kImagesTogether = 3, kQuestions = 11, kSharedTokens = 40, kOwnTokens = 24, kAnswerTokens = 8;
constexpr std::int64_t kDecodedRows[] = {1, kQuestions, kImagesTogether* kQuestions};

std::int64_t most_tiles(const BenchSubject& subject) {
  const auto tiles = subject.images->largest_extent().grid.count();
  return tiles >= 4 ? 4 : tiles >= 2 ? 2 : 1;
}

ImageTiming time_image(const BenchmarkRequest& request, const BenchSubject& subject, std::int64_t tiles) {
  const auto& processor = *subject.images;
  const auto picture = noise(tiles, processor.native_size().height);
  ImageBatch batch(1);
  ImageTiming timing{.tiles = tiles};
  timing.preprocess = timed(request, [&] { batch[0] = image_input(processor.process(picture), processor.scaling()); });
  timing.tower = timed(request, [&] { subject.model->vision_features(batch); });
  timing.encode = timed(request, [&] { subject.model->encode_images(batch); });
  timing.tower_flops = subject.outline->cost({.options = request.options, .tiles = tiles}).encoder.all();
  return timing;
}

ImageBatch images_of(const BenchSubject& subject, std::int64_t count) {
  const auto image = image_input(bench_image(subject, most_tiles(subject)), subject.images->scaling());
  return ImageBatch(static_cast<std::size_t>(count), image);
}

// 11 questions per image, which share a prefix.
std::vector<Prompt> questions(const BenchSubject& subject, std::int64_t count) {
  RandomStream stream(fnv1a64("bench questions"));
  const auto& facts = subject.model->facts();
  const auto shared = random_question(stream, kSharedTokens, facts);
  std::vector<Prompt> prompts;
  for (std::int64_t i = 0; i < count; ++i) {
    auto ids = shared;
    const auto own = random_ids(stream, kOwnTokens, facts);
    ids.insert(ids.end(), own.begin(), own.end());
    prompts.push_back({std::move(ids), {i / kQuestions, 1}, static_cast<std::uint64_t>(i)});
  }
  return prompts;
}

struct TokenTiming {
  Timing prefill, token;
};

// An answer of one token is the prefill; how much longer one of 32 takes is the time of 31 tokens. Taken together,
// because the generator may hand over several tokens at once.
TokenTiming time_tokens(const BenchmarkRequest& request, const BenchSubject& subject,
                        const std::vector<Prompt>& prompts, const ImageMemory& memory) {
  const auto answer = [&](std::int64_t tokens) {
    const Generator generator(*subject.model, {.max_new_tokens = tokens, .exact_length = true});
    return milliseconds_of(request.target.device(), [&] { generator.answer(prompts, memory); });
  };
  std::vector<double> prefills, tokens;
  for (std::int64_t i = 0; i <= request.repeats; ++i) {
    const auto first = answer(1), all = answer(kTimedTokens);
    if (i == 0) continue;
    prefills.push_back(first);
    tokens.push_back(std::max(all - first, 0.0) / (kTimedTokens - 1));
  }
  return {summary(std::move(prefills)), summary(std::move(tokens))};
}

Timing time_questions(const BenchmarkRequest& request, const BenchSubject& subject, std::int64_t images) {
  const auto prompts = questions(subject, images * kQuestions);
  const auto batch = images_of(subject, images);
  const Generator generator(*subject.model, {.max_new_tokens = kAnswerTokens, .exact_length = true});
  return timed(request, [&] { generator.answer(prompts, subject.model->encode_images(batch)); });
}

std::string weights_name(const BenchmarkRequest& request, const BenchSubject& subject) {
  for (const auto& parameter : subject.model->parameters().all())
    if (parameter.kind == ParameterKind::kPacked) return "nf4";
  return dtype_name(c10::typeMetaToScalarType(request.target.dtype()));
}

}  // namespace

Picture noise(std::int64_t tiles, std::int64_t tile_size) {
  Picture picture{.size = {tiles == 4 ? 2 * tile_size : tile_size, tiles == 1 ? tile_size : 2 * tile_size}};
  picture.pixels.resize(static_cast<std::size_t>(picture.size.height * picture.size.width * 3));
  RandomStream stream(fnv1a64("bench picture"));
  for (auto& value : picture.pixels) value = static_cast<std::uint8_t>(stream.next() >> 56);
  return picture;
}

ProcessedImage bench_image(const BenchSubject& subject, std::int64_t tiles) {
  return subject.images->process(noise(tiles, subject.images->native_size().height));
}

std::vector<std::int64_t> random_ids(RandomStream& stream, std::int64_t count, const ModelFacts& facts) {
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < count; ++i)
    ids.push_back(
        static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(facts.vocabulary - kSpecialTokens))));
  return ids;
}

std::vector<std::int64_t> random_question(RandomStream& stream, std::int64_t tokens, const ModelFacts& facts) {
  auto ids = random_ids(stream, tokens, facts);
  ids.front() = facts.image_token;
  return ids;
}

std::vector<ImageTiming> time_images(const BenchmarkRequest& request, const BenchSubject& subject) {
  std::vector<ImageTiming> timings;
  for (const std::int64_t tiles : {1, 2, 4})
    if (tiles <= most_tiles(subject)) timings.push_back(time_image(request, subject, tiles));
  return timings;
}

AnswerTiming time_answers(const BenchmarkRequest& request, const BenchSubject& subject) {
  RandomStream stream(fnv1a64("bench question"));
  const Prompt prompt{random_question(stream, kPrefillTokens, subject.model->facts()), {0, 1}};
  const auto one = time_tokens(request, subject, {prompt}, subject.model->encode_images(images_of(subject, 1)));
  AnswerTiming timing{.prefill = one.prefill, .token = one.token};
  timing.image_of_questions = time_questions(request, subject, 1);
  timing.images_of_questions = time_questions(request, subject, kImagesTogether);
  timing.answers_per_second = 1000.0 * kImagesTogether * kQuestions / timing.images_of_questions.median_ms;
  return timing;
}

std::vector<DecodeTiming> time_decoding(const BenchmarkRequest& request, const BenchSubject& subject) {
  std::vector<DecodeTiming> timings;
  for (const auto rows : kDecodedRows) {
    const auto memory = subject.model->encode_images(images_of(subject, (rows + kQuestions - 1) / kQuestions));
    const auto tokens = time_tokens(request, subject, questions(subject, rows), memory);
    timings.push_back({weights_name(request, subject), rows, tokens.token});
  }
  return timings;
}

}  // namespace llama32med
