// Tests that a second backbone works without changes to the rest of the program. The model in tests/models/toy, which
// inserts images into the token sequence, is registered with one call; then the functions behind the commands init,
// generate, train, plan and eval are run on it. Use these tests as a checklist when you add a backbone of your own.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <sstream>

#include "app/common/load.h"
#include "app/eval/eval.h"
#include "app/model/generate.h"
#include "app/plan/plan.h"
#include "app/train/train.h"
#include "app/train/tuned_model.h"
#include "llama32med/batch/collator.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/data/dataset.h"
#include "llama32med/models/init_folder.h"
#include "llama32med/train/loss.h"
#include "llama32med/train/trainer.h"
#include "llama32med/train/two_phase.h"
#include "llama32med/weights/checkpoint.h"
#include "models/toy/toy_kind.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"
#include "support/tolerances.h"

namespace llama32med {
namespace {

const auto kWide = test::golden("images/rgb_wide_20x400.png");     // a grid of 1 x 4 patches
const auto kLarge = test::golden("images/rgb_large_150x171.png");  // 4 x 4 patches

class SecondBackbone : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    static const bool known = (add_backbone(toy::kind()), true);
    ASSERT_TRUE(known);
  }

  SecondBackbone() {
    write_random_checkpoint(folder_ / "toy", {.preset = "toy"});
    config_.model.folder = folder_ / "toy";
    config_.runtime.device = "cpu";
    config_.runtime.threads = 1;
    config_.generate.max_new_tokens = 12;
    config_.data = {.name = "vqa_rad", .folder = test::shipped_data("vqa_rad"), .split = "train", .limit = 6};
  }

  StageConfig stage() const {
    StageConfig stage{.data = config_.data};
    stage.tune.rank = 4;
    stage.train.max_steps = 3;
    stage.train.learning_rate = 1e-2;
    stage.train.schedule.warmup_ratio = 0;
    return stage;
  }

  test::TempFolder folder_;
  RunConfig config_;
};

std::vector<Question> questions(const std::vector<std::pair<std::filesystem::path, std::string>>& asked) {
  std::vector<Question> questions;
  for (const auto& [image, text] : asked) questions.push_back(question_from_text(text, {image}));
  return questions;
}

// ---- init -----------------------------------------------------------------------------------------------------------

TEST_F(SecondBackbone, InitWritesALoadableFolder) {
  const Checkpoint checkpoint(config_.model.folder, model_names(config_.model.folder));
  const auto loaded = load_model_with_encoder(config_);
  EXPECT_EQ(loaded.model->parameters().all().size(), checkpoint.names().size());
  EXPECT_EQ(loaded.tokenizer->require_special(loaded.encoder->chat().image_token()), loaded.model->facts().image_token);
  EXPECT_EQ(loaded.encoder->images().tokens_of(kWide), 4);
  EXPECT_EQ(loaded.encoder->images()(kLarge).extent.tokens, 16);

  auto config = read_json(config_.model.folder / "config.json");
  config["text_config"]["num_hidden_layers"] = 4;
  write_json(config_.model.folder / "config.json", config);
  EXPECT_ERROR(load_model_with_encoder(config_), ErrorKind::kData, "language_model.model.layers.3", "toy");
}

// ---- generate -------------------------------------------------------------------------------------------------------

TEST_F(SecondBackbone, AnImageHasOneTokenPerPatch) {
  const auto loaded = load_model_with_encoder(config_);
  const auto replies = replies_to(questions({{kWide, "Is it?"}, {kLarge, "Is it?"}}), loaded, config_.generate);
  EXPECT_EQ(replies[1].prompt_tokens - replies[0].prompt_tokens, 16u - 4u);
}

TEST_F(SecondBackbone, AnAnswerDoesNotDependOnItsBatch) {
  const auto loaded = load_model_with_encoder(config_);
  // the first two share an image and a prefix, the third has a larger image, the last returns to the first image
  const auto asked = questions({{kWide, "Is there a fracture?"},
                                {kWide, "Is there air?"},
                                {kLarge, "Which organ?"},
                                {kWide, "Is there a fracture?"}});
  const auto together = replies_to(asked, loaded, config_.generate);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto alone = reply_to(asked[i], loaded, {.generate = config_.generate});
    EXPECT_EQ(together[i].ids, alone.ids) << i;
    EXPECT_NEAR(together[i].log_probability, alone.log_probability, 1e-4) << i;
    EXPECT_EQ(std::ranges::count(alone.ids, loaded.model->facts().image_token), 0) << i;
  }
}

TEST_F(SecondBackbone, TheAnswerDependsOnTheImage) {
  const auto loaded = load_model_with_encoder(config_);
  const auto replies = replies_to(questions({{kWide, "Is it?"}, {test::golden("images/grey8_61x45.png"), "Is it?"}}),
                                  loaded, config_.generate);
  EXPECT_NE(replies[0].log_probability, replies[1].log_probability);
  const auto choice = reply_to(questions({{kWide, "Is it?"}}).front(), loaded, {.choices = {"yes", "no"}});
  EXPECT_NEAR(std::accumulate(choice.probabilities.begin(), choice.probabilities.end(), 0.0), 1, 1e-9);
}

// The model, and images and texts as tensors, to compare ways of decoding and of computing gradients.
struct Laws {
  Laws(const RunConfig& config, at::ScalarType type)
      : model(load_backbone(config.model.folder, {}, at::device(at::kCPU).dtype(type))),
        images(load_processor(config.model.folder, {}).images) {
    for (const auto& path : {kWide, kLarge}) batch.push_back(image_input((*images)(path), images->scaling()));
  }

  // One image per row: two text tokens, the image, then labeled tokens.
  std::vector<TextRow> rows() const {
    std::vector<TextRow> rows;
    for (const std::int64_t image : {0, 0, 1, 1, 1}) {
      TextRow row{.ids = {256, 40 + image}, .images = {image, 1}};
      row.ids.insert(row.ids.end(), static_cast<std::size_t>(batch[static_cast<std::size_t>(image)].extent.tokens),
                     model->facts().image_token);
      row.labels.assign(row.ids.size(), kNoLabel);
      for (std::int64_t i = 0; i < 4 + std::ssize(rows); ++i)
        row.ids.push_back(60 + 7 * i + std::ssize(rows)), row.labels.push_back(row.ids.back());
      rows.push_back(std::move(row));
    }
    return rows;
  }

  at::Tensor loss(const std::vector<TextRow>& some, const ImageMemory& memory) const {
    const auto text = collate_text(some, {model->facts().image_token, model->facts().pad_token}, memory.tokens);
    return next_token_loss(*model, model->decode(text.text, memory), text.labels).sum;
  }

  std::map<std::string, at::Tensor> take_gradients() const {
    std::map<std::string, at::Tensor> gradients;
    for (const auto& parameter : model->parameters().all()) {
      auto& gradient = parameter.value.mutable_grad();
      gradients[parameter.name] = gradient.defined() ? gradient.clone() : at::zeros_like(parameter.value);
      gradient = at::Tensor();
    }
    return gradients;
  }

  std::unique_ptr<Backbone> model;
  std::shared_ptr<const ImageProcessor> images;
  ImageBatch batch;
};

TEST_F(SecondBackbone, DecodingWithACacheEqualsOneForward) {
  const at::NoGradGuard no_grad;
  const Laws laws(config_, at::kDouble);
  const auto memory = laws.model->encode_images(laws.batch);
  const TextTokens tokens{laws.model->facts().image_token, laws.model->facts().pad_token};
  const auto whole = collate_text({laws.rows()[0], laws.rows()[2]}, tokens, memory.tokens).text;
  const auto expected = laws.model->decode(whole, memory);
  auto cache = laws.model->new_cache();
  const std::vector<std::pair<std::int64_t, std::int64_t>> parts = {{0, 2}, {2, 19}, {19, 20}, {20, 22}};
  for (const auto& [begin, end] : parts) {  // an image is never split
    auto part = whole;
    part.ids = whole.ids.narrow(1, begin, end - begin);
    for (std::size_t row = 0; row < 2; ++row)
      part.lengths[row] = std::clamp<std::int64_t>(whole.lengths[row] - begin, 0, end - begin);
    for (auto& span : part.spans) span.begin -= cache.empty() ? 0 : cache.lengths()[static_cast<std::size_t>(span.row)];
    std::erase_if(part.spans, [&](const ImageSpan& span) { return span.begin >= end - begin; });
    const auto hidden = laws.model->decode(part, memory, &cache);
    for (std::int64_t row = 0; row < 2; ++row) {
      const auto count = part.lengths[static_cast<std::size_t>(row)];
      if (count == 0) continue;  // the row has no tokens left
      test::expect_close("from " + std::to_string(begin), hidden[row].narrow(0, 0, count),
                         expected[row].narrow(0, begin, count), test::kLaws64);
    }
  }
}

// ---- train ----------------------------------------------------------------------------------------------------------

TEST_F(SecondBackbone, TwoPhaseGradientsEqualJointGradients) {
  const Laws laws(config_, at::kDouble);
  laws.model->parameters().require_gradients();
  laws.loss(laws.rows(), laws.model->encode_images(laws.batch)).backward();
  const auto joint = laws.take_gradients();
  const auto memory = laws.model->encode_images(laws.batch);
  const auto leaves = detach_as_leaves(memory);
  ASSERT_EQ(leaves.tensors.size(), 2u);  // one per image
  for (const auto& row : laws.rows()) laws.loss({row}, leaves).backward();
  backward_through(memory, leaves);
  for (const auto& [name, gradient] : laws.take_gradients()) {
    EXPECT_GT(joint.at(name).abs().max().item<double>(), 0) << name;
    test::expect_close(name, gradient, joint.at(name), test::kLaws64);
  }
}

TEST_F(SecondBackbone, ALoraStepTrainsEveryPartAndLowersTheLoss) {
  const auto tuned = load_tuned_model(config_, stage(), {.model = config_.model.folder});
  const auto loaded = load_encoder(*tuned.model, config_.model.folder, stage().prompt, config_.image);
  const auto& encoder = loaded.encoder;
  const auto records = read_dataset({.name = "vqa_rad", .folder = config_.data.folder, .split = "train"}).records;
  const auto batch = load_step(records, {0, 1, 2}, *encoder, 1024);
  ASSERT_EQ(batch.rows.size(), 3u);
  Trainer trainer(*tuned.model, stage().train,
                  {.trained = tuned.trained, .scaling = encoder->images().scaling(), .total_steps = 3});
  const auto before = trainer.step(batch, 0);
  std::map<Part, int> moved;  // adapters whose B, initialized with zeros, has changed
  for (const auto& tensor : tuned.trained)
    if (tensor.name.ends_with("lora_B.weight") && tensor.value.abs().max().item<double>() > 0)
      ++moved[tuned.model->parameters().names().part_of(tensor.name)];
  EXPECT_EQ(moved, (std::map<Part, int>{{Part::kVision, 1}, {Part::kProjector, 1}, {Part::kText, 21}}));
  EXPECT_LT(trainer.step(batch, 1).loss(), before.loss());
}

TEST_F(SecondBackbone, TrainWritesALoadableAdapter) {
  TrainingRequest request{.config = config_, .out = folder_ / "run", .progress = ProgressStyle::kNone};
  request.config.stage2 = stage();
  request.config.stage2->start = "fresh";
  const auto outcome = train(request).front();
  EXPECT_EQ(outcome.steps, 3);
  config_.model.adapter = outcome.result;
  const auto adapted = load_model_with_encoder(config_);
  config_.model.adapter.clear();
  const auto plain = load_model_with_encoder(config_);
  const auto asked = questions({{kWide, "Is there a fracture?"}});
  EXPECT_NE(replies_to(asked, adapted, config_.generate)[0].log_probability,
            replies_to(asked, plain, config_.generate)[0].log_probability);
}

// ---- plan -----------------------------------------------------------------------------------------------------------

TEST_F(SecondBackbone, ThePlanAddsUp) {
  const auto dataset = read_dataset({.name = "vqa_rad", .folder = config_.data.folder, .split = "train"});
  const auto request =
      plan_request({config_, 2, stage(), choose_target(config_.runtime)}, dataset.records, config_.model.folder);
  const auto plan = plan_stage(request);
  double sum = 0;
  for (const auto& line : plan.lines) sum += line.bytes;
  EXPECT_DOUBLE_EQ(plan.total, sum);
  const auto tuned = load_tuned_model(config_, stage(), {.model = config_.model.folder});
  std::int64_t trained = 0, base = 0;
  for (const auto& tensor : tuned.trained) trained += tensor.value.numel();
  for (const auto& parameter : tuned.model->parameters().all())
    if (parameter.kind == ParameterKind::kBase) base += parameter.value.numel();
  EXPECT_EQ(plan.trained_parameters, trained);
  EXPECT_EQ(plan.model_parameters, base);
  EXPECT_LE(request.step.tiles, 16);
  EXPECT_GT(request.step.tokens, request.step.tiles);  // image tokens are part of the text
  EXPECT_GT(plan.flops, 0);
}

// ---- eval -----------------------------------------------------------------------------------------------------------

TEST_F(SecondBackbone, EvalPredictsAndScoresADataset) {
  config_.eval.questions_per_batch = 4;
  config_.report.compare_pictures = false;
  const auto outcome = evaluate({.config = config_, .out = folder_ / "eval", .progress = ProgressStyle::kNone});
  EXPECT_EQ(outcome.progress.done, 6u);
  EXPECT_EQ(outcome.answers_without_image, 0u);
  const auto first = read_file(folder_ / "eval/predictions.jsonl");
  EXPECT_EQ(std::ranges::count(first, '\n'), 6);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "eval/report.json"));
  config_.eval.questions_per_batch = 1;  // different batches must give the same answers
  evaluate({.config = config_, .out = folder_ / "again", .progress = ProgressStyle::kNone});
  const auto text_of = [](const std::string& lines) {
    std::vector<std::string> texts;
    std::istringstream stream(lines);
    for (std::string line; std::getline(stream, line);)
      texts.push_back(parse_json(line, "line")["prediction_raw"].dump());
    return texts;
  };
  EXPECT_EQ(text_of(read_file(folder_ / "again/predictions.jsonl")), text_of(first));
  for (const auto images : {ImageCondition::kBlank, ImageCondition::kNone}) {
    config_.eval.images = images;
    const auto out = folder_ / enum_name(images);
    EXPECT_EQ(evaluate({.config = config_, .out = out, .progress = ProgressStyle::kNone}).progress.done, 6u);
  }
}

}  // namespace
}  // namespace llama32med
