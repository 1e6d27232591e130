#include "llama32med/batch/collator.h"

#include <gtest/gtest.h>

#include "llama32med/batch/pixels.h"
#include "llama32med/image/mllama_image_processor.h"
#include "support/golden_case.h"
#include "support/tolerances.h"

namespace llama32med {
namespace {

TEST(Collator, PixelValuesEqualTheReference) {
  const test::Golden golden("preprocess");
  int compared = 0;
  for (const auto& key : golden.names()) {
    const std::string suffix = "/56/pixel_values";
    if (!key.ends_with(suffix)) continue;
    const auto name = key.substr(0, key.size() - suffix.size());
    const MllamaImageProcessor processor(read_preprocessor_config(test::golden("tiny/model")),
                                         {.compatibility = ImageCompatibility::kReference});
    const auto image = processor(test::golden("images/" + name));
    const auto ours = image_input(image, processor.scaling());
    EXPECT_EQ(ours.aspect_ratio_id, image.aspect_ratio_id);
    test::expect_close(key, normalized_pixels(ours), golden[key].narrow(0, 0, image.extent.grid.count()),
                       test::kPixels32);
    ++compared;
  }
  EXPECT_EQ(compared, 1);
}

}  // namespace
}  // namespace llama32med
