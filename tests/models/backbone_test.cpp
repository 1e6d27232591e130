#include "llama32med/models/backbone.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/golden_case.h"
#include "support/temp_folder.h"
#include "support/tolerances.h"

namespace llama32med {
namespace {

std::unique_ptr<Backbone> tiny(at::ScalarType type = at::kDouble) {
  return load_backbone(test::golden("tiny/model"), {}, at::device(at::kCPU).dtype(type));
}

ImageInput image(std::int64_t tiles) { return {at::randn({tiles, 3, 56, 56}), tiles}; }

// Rows whose images have one token each and start at the given indices.
TextBatch batch(const std::vector<std::vector<std::int64_t>>& rows, const std::vector<std::int64_t>& first_images) {
  TextBatch text;
  std::size_t longest = 0;
  for (const auto& row : rows) longest = std::max(longest, row.size());
  std::vector<std::int64_t> ids;
  for (std::size_t b = 0; b < rows.size(); ++b) {
    auto row = rows[b];
    text.lengths.push_back(static_cast<std::int64_t>(row.size()));
    const std::vector<std::int64_t> image_tokens(8, 1);
    for (const auto& span : image_spans(row, 512, static_cast<std::int64_t>(b), {first_images[b], 8}, image_tokens))
      text.spans.push_back(span);
    row.resize(longest, 260);
    ids.insert(ids.end(), row.begin(), row.end());
  }
  text.ids = at::tensor(at::ArrayRef<std::int64_t>(ids)).view({static_cast<std::int64_t>(rows.size()), -1});
  return text;
}

TEST(Backbone, AMixedBatchEqualsItsRowsAlone) {
  const at::NoGradGuard no_grad;
  at::manual_seed(1);
  const auto model = tiny();
  const auto memory = model->encode_images({image(1), image(3), image(2)});
  const std::vector<std::vector<std::int64_t>> rows = {{256, 512, 5, 6, 7}, {256, 9, 512, 8, 512, 4, 4}, {256, 1, 2}};
  const std::vector<std::int64_t> first = {0, 1, 0};
  const auto together = model->decode(batch(rows, first), memory);
  for (std::size_t b = 0; b < rows.size(); ++b) {
    const auto alone = model->decode(batch({rows[b]}, {first[b]}), memory);
    test::expect_close("row", together.select(0, static_cast<std::int64_t>(b)).narrow(0, 0, alone.size(1)), alone[0],
                       test::kLaws64);
  }
}

TEST(Backbone, DecodingWithACacheEqualsOneForward) {
  const at::NoGradGuard no_grad;
  at::manual_seed(2);
  const auto model = tiny();
  const auto memory = model->encode_images({image(2)});
  const std::vector<std::vector<std::int64_t>> rows = {{256, 512, 5, 6, 7, 8, 9}, {256, 512, 3}};
  const auto whole = model->decode(batch(rows, {0, 0}), memory);
  auto cache = model->new_cache();
  model->decode(batch({{256, 512, 5, 6}, {256, 512}}, {0, 0}), memory, &cache);
  auto next = batch({{7, 8, 9}, {3}}, {0, 0});
  next.spans = {{.row = 0, .begin = -3, .image = 0}, {.row = 1, .begin = -1, .image = 0}};
  const auto rest = model->decode(next, memory, &cache);
  test::expect_close("row 0", rest[0], whole[0].narrow(0, 4, 3), test::kLaws64);
  test::expect_close("row 1", rest[1].narrow(0, 0, 1), whole[1].narrow(0, 2, 1), test::kLaws64);
  EXPECT_EQ(cache.lengths(), (std::vector<std::int64_t>{7, 3}));
}

TEST(Backbone, TextWithoutImagesSkipsTheCrossAttentionLayers) {
  const at::NoGradGuard no_grad;
  const auto model = tiny();
  const auto text = batch({{256, 1, 2, 3}}, {0});
  at::manual_seed(3);
  test::expect_close("text", model->decode(text, model->encode_images({image(1)})), model->decode(text, {}),
                     test::kLaws64);
}

TEST(Backbone, FactsComeFromTheConfig) {
  const auto model = tiny(at::kFloat);
  EXPECT_EQ(model->facts().vocabulary, 512);
  EXPECT_EQ(model->facts().embedding_rows, 520);
  EXPECT_EQ(model->facts().stop_tokens, (std::vector<std::int64_t>{257, 264, 265}));
  EXPECT_TRUE(model->notices().empty());
  EXPECT_EQ(model->parameters().all().size(), 144u);
}

TEST(Backbone, ErrorsNameFoldersWithoutAModel) {
  const test::TempFolder folder;
  EXPECT_ERROR(load_backbone(folder / "absent", {}, at::kCPU), ErrorKind::kData, "absent", "not a folder");
  EXPECT_ERROR(load_backbone(folder.path(), {}, at::kCPU), ErrorKind::kData, "config.json");
  write_file(folder / "config.json", R"({"model_type": "llava"})");
  EXPECT_ERROR(load_backbone(folder.path(), {}, at::kCPU), ErrorKind::kData, "\"llava\" is not known", "mllama");
}

}  // namespace
}  // namespace llama32med
