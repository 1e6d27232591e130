// Vision towers, text, cache and generation give the same results on GPU and CPU.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include "cuda_model.h"
#include "llama32med/generate/generator.h"

namespace llama32med::test {
namespace {

const std::vector<std::string> kCases = {"text_only",       "image_first",  "text_before_image", "two_images",
                                         "adjacent_images", "padded_batch", "mixed_batch"};

ImageBatch some_images() {  // 1 to 4 tiles in a row
  const Golden vision("vision");
  ImageBatch images;
  for (std::int64_t tiles = 1; tiles <= 4; ++tiles)
    images.push_back({vision["pixels/" + std::to_string(tiles)], tiles});
  images.push_back({vision["pixels/4"], 6});  // 2 x 2
  return images;
}

TEST_F(Cuda, VisionTowers) {
  const at::NoGradGuard no_grad;
  for (const auto& options : all_options()) {
    const Pair model(options);
    const auto cpu = model.cpu->vision_features(some_images()), cuda = model.cuda->vision_features(some_images());
    const auto cpu_states = model.cpu->image_states(cpu), cuda_states = model.cuda->image_states(cuda);
    for (std::size_t i = 0; i < cpu.size(); ++i) {
      const auto name = label(options) + " image " + std::to_string(i);
      expect_close(name, cuda[i].values, cpu[i].values, kStates32);
      expect_close(name + " projected", cuda_states[i].values, cpu_states[i].values, kStates32);
    }
  }
}

TEST_F(Cuda, LogitsForEveryLayoutOfTextAndImages) {
  const at::NoGradGuard no_grad;
  const Golden logits("logits");
  for (const auto& options : all_options()) {
    const Pair model(options);
    for (const auto& name : kCases) {
      const auto inputs = case_inputs(logits, name);
      const auto batch = batch_of(inputs, *model.cpu, options.semantics);
      const auto real = inputs.attention_mask.unsqueeze(-1);
      const auto ours = model.cuda->logits(forward(*model.cuda, batch)).cpu() * real;
      expect_close(label(options) + " " + name, ours, model.cpu->logits(forward(*model.cpu, batch)) * real, kStates32);
    }
  }
}

// Tokens begin .. begin + length - 1 from rows of random text about one image.
TextBatch some_text(const Backbone& model, std::int64_t begin, const std::vector<std::int64_t>& lengths) {
  TextBatch text;
  const auto rows = static_cast<std::int64_t>(lengths.size());
  const auto longest = *std::max_element(lengths.begin(), lengths.end());
  text.ids = (at::arange(rows * longest, at::kLong) * 37 + begin * 11).remainder(256).view({rows, longest});
  text.lengths = lengths;
  for (std::int64_t row = 0; row < rows; ++row) {
    if (begin == 0) text.ids[row][0] = model.facts().image_token;
    text.spans.push_back({.row = row, .begin = -begin, .count = 1, .image = 0});
    text.row_images.push_back({0, 1});
  }
  return text;
}

TEST_F(Cuda, CachedDecodingOfRowsOfDifferentLengths) {
  const at::NoGradGuard no_grad;
  const Pair model;
  const ImageBatch image = {some_images()[1]};
  const auto cpu_memory = model.cpu->encode_images(image), cuda_memory = model.cuda->encode_images(image);
  auto cpu_cache = model.cpu->new_cache(), cuda_cache = model.cuda->new_cache();
  std::int64_t begin = 0;
  for (const auto& lengths :
       std::vector<std::vector<std::int64_t>>{{7, 4, 11}, {1, 1, 1}, {1, 1, 1}, {3, 2, 1}, {1, 1, 1}}) {
    const auto text = some_text(*model.cpu, begin, lengths);
    const auto cpu = model.cpu->decode(text, cpu_memory, &cpu_cache);
    const auto cuda = model.cuda->decode(text, cuda_memory, &cuda_cache);
    for (std::size_t row = 0; row < lengths.size(); ++row) {
      const auto b = static_cast<std::int64_t>(row);
      expect_close("after " + std::to_string(begin), cuda[b].narrow(0, 0, lengths[row]),
                   cpu[b].narrow(0, 0, lengths[row]), kStates32);
    }
    if (begin == 0) {  // reorders rows of different lengths
      cpu_cache.keep_rows({2, 0, 1});
      cuda_cache.keep_rows({2, 0, 1});
    }
    begin += 11;
  }
}

TEST_F(Cuda, GreedyTokensForABatch) {
  const Pair model;
  const at::NoGradGuard no_grad;
  const auto image = model.cpu->facts().image_token;
  const std::vector<Prompt> prompts = {{{256, 11, 12, image, 70, 71, 72}, {0, 1}, 0},
                                       {{256, 11, 12, image, 70, 80}, {0, 1}, 1},
                                       {{256, 11, 12, image, 70, 71, 90, 91, 92, 93, 94}, {0, 1}, 2},
                                       {{256, 65, 66, 67}, {}, 3},
                                       {{256, 11, 12, image, 70, 80}, {1, 1}, 4}};
  const ImageBatch images = {some_images()[2], some_images()[0]};
  const auto answers = [&](const Backbone& backbone) {
    return Generator(backbone, {.max_new_tokens = 20, .exact_length = true})
        .answer(prompts, backbone.encode_images(images));
  };
  const auto cpu = answers(*model.cpu), cuda = answers(*model.cuda);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    EXPECT_EQ(cuda[i].ids, cpu[i].ids) << i;
    EXPECT_NEAR(cuda[i].log_probability, cpu[i].log_probability, 1e-3);
  }
}

TEST_F(Cuda, LogitsInHalfTypesDifferNoMoreThanTheReferences) {
  const at::NoGradGuard no_grad;
  const Golden logits("logits");
  const auto exact = tiny_on(at::kCPU);
  for (const auto type : {at::kBFloat16, at::kHalf}) {
    const auto model = tiny_on(gpu(), {}, type);
    for (const auto& name : kCases) {
      const auto inputs = case_inputs(logits, name);
      const auto batch = batch_of(inputs, *model, Semantics::kMeta);
      const auto ours = model->logits(forward(*model, batch)).to(at::kCPU, at::kFloat);
      const auto gap = (ours - exact->logits(forward(*exact, batch))) * inputs.attention_mask.unsqueeze(-1);
      EXPECT_LT(gap.square().mean().sqrt().item<double>(), kLogitsRms16) << type << " " << name;
      EXPECT_LT(gap.abs().max().item<double>(), kLogitsMax16) << type << " " << name;
    }
  }
}

}  // namespace
}  // namespace llama32med::test
