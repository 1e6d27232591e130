#include "llama32med/generate/generator.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "generate/prompt_batch.h"
#include "support/expect_error.h"
#include "support/golden_case.h"
#include "support/tolerances.h"

namespace llama32med {
namespace {

using test::Golden;

std::unique_ptr<Backbone> tiny(Semantics semantics = Semantics::kMeta) {
  return load_backbone(test::golden("tiny/model"), {semantics}, at::device(at::kCPU).dtype(at::kFloat));
}

std::vector<std::int64_t> list(const at::Tensor& t) {
  const auto flat = t.contiguous();
  return {flat.const_data_ptr<std::int64_t>(), flat.const_data_ptr<std::int64_t>() + flat.numel()};
}

struct Case {
  Prompt prompt;
  ImageMemory memory;
};

Case golden_case(const Backbone& model, const Golden& file, const std::string& name) {
  const at::NoGradGuard no_grad;
  const auto batch = batch_from_hf(test::case_inputs(file, name), model.facts().image_token, AbsentImages::kDrop);
  return {{list(batch.text.ids), {0, static_cast<std::int64_t>(batch.images.size())}},
          model.encode_images(batch.images)};
}

TEST(Generator, GreedyTokensEqualTheReference) {
  const Golden generate("generate");
  for (const auto semantics : {Semantics::kMeta, Semantics::kHf}) {
    const auto model = tiny(semantics);
    const Generator generator(*model, {.max_new_tokens = 20, .exact_length = true});
    for (const std::string name : {"text_only", "image_first", "two_images"}) {
      const auto key = name + "/tokens." + enum_name(semantics);
      if (!generate.has(key)) continue;
      const auto golden = golden_case(*model, generate, name);
      EXPECT_EQ(generator.answer({golden.prompt}, golden.memory)[0].ids, list(generate[key])) << key;
    }
  }
}

// Prompts of different lengths about one image, with and without a common prefix.
std::vector<Prompt> questions(const Backbone& model) {
  const auto image = model.facts().image_token;
  return {{{256, 11, 12, image, 70, 71, 72}, {0, 1}, 0},
          {{256, 11, 12, image, 70, 80}, {0, 1}, 1},
          {{256, 11, 12, image, 70, 71, 90, 91, 92, 93, 94}, {0, 1}, 2}};
}

ImageMemory one_image(const Backbone& model) {
  const at::NoGradGuard no_grad;
  return model.encode_images({{Golden("vision")["pixels/2"], 2}});
}

TEST(Generator, AnAnswerDoesNotDependOnItsBatch) {
  const auto model = tiny();
  const auto memory = one_image(*model);
  for (const double temperature : {0.0, 1.0}) {
    const Generator generator(*model, {.max_new_tokens = 12, .sampler = {.temperature = temperature}, .seed = 5});
    auto prompts = questions(*model);
    prompts.push_back({{256, 65, 66, 67}, {}, 3});  // text only, so there is no common prefix
    const auto together = generator.answer(prompts, memory);
    const auto shared = generator.answer(questions(*model), memory);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      const auto alone = generator.answer({prompts[i]}, memory)[0];
      EXPECT_EQ(together[i].ids, alone.ids) << i;
      EXPECT_NEAR(together[i].log_probability, alone.log_probability, 1e-4);
      if (i < shared.size()) {
        EXPECT_EQ(shared[i].ids, alone.ids) << i;
      }
    }
  }
}

TEST(Generator, StopTokensEndAnAnswerAndAreNotPartOfIt) {
  const auto model = tiny();
  const auto memory = one_image(*model);
  const Generator generator(*model, {.max_new_tokens = 40, .sampler = {.temperature = 10.0}});
  int stopped = 0;
  for (std::uint64_t draws = 0; draws < 12; ++draws) {
    auto prompt = questions(*model)[0];
    prompt.draws = draws;
    const auto answer = generator.answer({prompt}, memory)[0];
    for (const auto stop : model->facts().stop_tokens)
      EXPECT_EQ(std::count(answer.ids.begin(), answer.ids.end(), stop), 0);
    if (answer.finish == FinishReason::kStop) ++stopped;
    EXPECT_EQ(answer.finish == FinishReason::kLength, answer.ids.size() == 40);
  }
  EXPECT_GT(stopped, 0);
}

TEST(Generator, ReportsEachTokenAsItIsChosen) {
  const auto model = tiny();
  const Generator generator(*model, {.max_new_tokens = 5, .exact_length = true});
  std::vector<std::vector<std::int64_t>> told(3);
  const auto answers = generator.answer(questions(*model), one_image(*model),
                                        [&](std::size_t prompt, std::int64_t id) { told[prompt].push_back(id); });
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(told[i], answers[i].ids);
}

TEST(Generator, ChoicesAreScoredByTheirProbability) {
  const at::NoGradGuard no_grad;
  const auto model = tiny();
  const auto memory = one_image(*model);
  const auto prompt = questions(*model)[0];
  const Generator generator(*model, {});
  const std::vector<std::vector<std::int64_t>> choices = {{121, 101, 115}, {110, 111}, {}};
  const auto scores = generator.choice_log_probabilities(prompt, choices, 265, memory);
  for (std::size_t i = 0; i < choices.size(); ++i) {  // compare with one forward pass over the whole row
    auto row = prompt;
    row.ids.insert(row.ids.end(), choices[i].begin(), choices[i].end());
    row.ids.push_back(265);
    const auto batch = prompt_batch({row}, {{}}, model->facts(), memory);
    const auto log_p = model->logits(model->decode(batch, memory)).log_softmax(-1)[0];
    double sum = 0;
    for (std::size_t t = prompt.ids.size(); t < row.ids.size(); ++t)
      sum += log_p[static_cast<std::int64_t>(t) - 1][row.ids[t]].item<double>();
    EXPECT_NEAR(scores[i], sum, 1e-4);
  }
}

TEST(Generator, ImageTokensAndImagesMustAgree) {
  const auto model = tiny();
  const Generator generator(*model, {});
  EXPECT_ERROR(generator.answer({{{256, 512, 5}, {}}}, {}), ErrorKind::kData, "1 image tokens and 0 images");
  EXPECT_ERROR(generator.answer({{{}, {}}}, {}), ErrorKind::kData, "no tokens");
  EXPECT_ERROR(generator.answer({{std::vector<std::int64_t>(131072, 5), {}}}, {}), ErrorKind::kData,
               "131072 positions");
}

// A weight that is NaN or infinite, as in an adapter of a run that diverged.
TEST(Generator, NonfiniteLogitsAreAnErrorThatNamesThePrompt) {
  const at::NoGradGuard no_grad;
  for (const auto broken : {std::nan(""), double(INFINITY)}) {
    const auto model = tiny();
    const auto memory = one_image(*model);
    for (const auto& parameter : model->parameters().all())
      if (parameter.name == "language_model.lm_head.weight") parameter.value[70][0].fill_(broken);
    auto prompts = questions(*model);
    prompts[0].name = prompts[1].name = prompts[2].name = "record \"17\"";
    for (const double temperature : {0.0, 1.0}) {
      const Generator generator(*model, {.max_new_tokens = 3, .sampler = {.temperature = temperature}});
      EXPECT_ERROR(generator.answer(prompts, memory), ErrorKind::kData, "record \"17\"", "non-finite");
      const Generator watching(*model, {.max_new_tokens = 3, .sampler = {.temperature = temperature}}, {{121}, {110}});
      EXPECT_ERROR(watching.answer(prompts, memory), ErrorKind::kData, "record \"17\"", "non-finite");
    }
    EXPECT_ERROR(Generator(*model, {}).choice_log_probabilities(prompts[0], {{121}, {110}}, 265, memory),
                 ErrorKind::kData, "record \"17\"", "non-finite");
  }
}

TEST(Generator, AChoiceThatCannotBePredictedIsRefused) {
  const auto model = tiny();
  const auto prompt = questions(*model)[0];
  EXPECT_ERROR(Generator(*model, {}).choice_log_probabilities(prompt, {{513}}, 265, one_image(*model)),
               ErrorKind::kUsage, "token 513", "512 logits");
}

TEST(PromptBatch, TheSharedPrefixLeavesATokenToEachPrompt) {
  EXPECT_EQ(shared_prefix({{{1, 2, 3}, {}}, {{1, 2, 3}, {}}}, 9), 2);
  EXPECT_EQ(shared_prefix({{{1, 2, 3}, {}}, {{1, 8, 3}, {}}}, 9), 1);
  EXPECT_EQ(shared_prefix({{{1, 2, 3}, {0, 1}}, {{1, 2, 3}, {1, 1}}}, 9), 0);
  EXPECT_EQ(shared_prefix({{{1, 9, 9, 9}, {0, 1}}, {{1, 9, 9, 9}, {0, 1}}}, 9), 1);  // an image is not split
  EXPECT_EQ(shared_prefix({{{1, 9, 9, 2}, {0, 1}}, {{1, 9, 9, 3}, {0, 1}}}, 9), 3);
}

}  // namespace
}  // namespace llama32med
