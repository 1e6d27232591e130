// What travels to a GPU: pixels as bytes, and the index lists of a training pass in one copy.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "device/counting/counting_device.h"
#include "device/deep_model.h"
#include "llama32med/train/loss.h"

namespace llama32med::test {
namespace {

using counting::count;
using counting::Counts;

struct OnDevice {
  DeepModel deep;
  std::unique_ptr<Backbone> model = deep.build(at::device(counting::device()).dtype(at::kBFloat16));
};

Counts counts_of_vision(const OnDevice& task, const ImageBatch& images) {
  const at::NoGradGuard no_gradients;
  task.model->vision_features(images);  // what is made once is made
  return count([&] { task.model->vision_features(images); });
}

TEST(Uploads, PixelsAreBytes) {
  const OnDevice task;
  for (const std::int64_t tiles : {1, 2, 4}) {
    const auto images = task.deep.images(3, tiles);
    const auto counts = counts_of_vision(task, images);
    EXPECT_EQ(counts.uploads, 1) << tiles;
    EXPECT_EQ(counts.uploaded_bytes, 3 * images[0].pixels.numel()) << tiles;
    EXPECT_EQ(counts.waits, 0) << tiles;
  }
}

TEST(Uploads, ImagesOfSeveralGridsAreOneUploadPerGrid) {
  const OnDevice task;
  auto images = task.deep.images(2, 1);
  images.push_back(task.deep.images(1, 4)[0]);
  EXPECT_EQ(counts_of_vision(task, images).uploads, 2);
}

TEST(Uploads, LabelsTravelWithTheText) {
  const OnDevice task;
  const auto& facts = task.model->facts();
  const Record record;
  const auto step = training_step(task.deep, 3, facts, record);
  std::vector<TextRow> rows;
  for (const auto& row : step.rows) rows.push_back({row.text.ids, row.text.labels, {0, 1}});
  const std::int64_t image_tokens[] = {1};
  const auto text = collate_text(rows, {facts.image_token, facts.pad_token}, image_tokens);
  const at::NoGradGuard no_gradients;
  const auto memory = task.model->encode_images(task.deep.images(1, 1));
  LossSum together;
  EXPECT_EQ(count([&] { together = next_token_loss(*task.model, text, memory); }).uploads, 1);
  const auto apart = next_token_loss(*task.model, task.model->decode(text.text, memory), text.labels);
  EXPECT_EQ(together.count, apart.count);
  EXPECT_EQ(together.sum.item<double>(), apart.sum.item<double>());
}

}  // namespace
}  // namespace llama32med::test
