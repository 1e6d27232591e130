#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <thread>

#include "image/decode.h"
#include "image/image_files.h"
#include "llama32med/core/files.h"
#include "llama32med/core/random.h"
#include "llama32med/image/geometry.h"
#include "llama32med/image/mllama_image_processor.h"
#include "llama32med/image/png.h"
#include "llama32med/image/resize.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

using Bytes = std::vector<std::uint8_t>;

MllamaImageProcessor reference_processor(std::int64_t tile_size) {
  TileSettings settings;
  settings.tile_size = tile_size;
  ImageProcessorConfig config;
  config.compatibility = ImageCompatibility::kReference;
  return MllamaImageProcessor(settings, config);
}

// The bytes of one tensor in tests/golden/tiny/preprocess.safetensors: u64 size, JSON of that size, data.
class GoldenTensors {
 public:
  GoldenTensors() : file_(read_file(test::golden("tiny/preprocess.safetensors"))) {
    std::memcpy(&header_size_, file_.data(), 8);
    header_ = parse_json(std::string_view(file_).substr(8, header_size_), "preprocess.safetensors");
  }
  bool has(const std::string& name) const { return header_.contains(name); }
  std::string_view bytes(const std::string& name) const {
    const auto& range = header_.at(name).at("data_offsets");
    const auto begin = range[0].get<std::size_t>(), end = range[1].get<std::size_t>();
    return std::string_view(file_).substr(8 + header_size_ + begin, end - begin);
  }

 private:
  std::string file_;
  std::uint64_t header_size_ = 0;
  Json header_;
};

TEST(ImageProcessor, EqualsTransformers) {
  const GoldenTensors tensors;
  int compared = 0;
  for (const std::int64_t tile_size : {56, 560})
    for (const auto& golden : test::golden_images()) {
      const Json& facts = golden.facts[std::to_string(tile_size)];
      const ProcessedImage image = reference_processor(tile_size)(golden.path);
      EXPECT_EQ(image.aspect_ratio_id, facts["aspect_ratio_id"]) << golden.name;
      EXPECT_EQ(image.extent.grid.count(), facts["num_tiles"]) << golden.name;
      EXPECT_EQ(image.extent.grid.high, facts["canvas_tiles_hw"][0]) << golden.name;
      EXPECT_EQ(image.extent.grid.wide, facts["canvas_tiles_hw"][1]) << golden.name;
      EXPECT_EQ(image.source.height, golden.facts["size_hw"][0]) << golden.name;
      EXPECT_EQ(test::crc32(image.pixels), facts["tiles_crc32"]) << golden.name << " " << tile_size;
      const std::string name = golden.name + "/" + std::to_string(tile_size) + "/bytes";
      if (!tensors.has(name)) continue;
      EXPECT_EQ(Bytes(tensors.bytes(name).begin(), tensors.bytes(name).end()), image.pixels) << name;
      ++compared;
    }
  EXPECT_GE(compared, 15);
}

// The returned normalization constants give transformers' pixel_values.
TEST(ImageProcessor, NormalizationNumbers) {
  const GoldenTensors tensors;
  const auto settings = read_preprocessor_config(test::golden("tiny/model"));
  const auto image = reference_processor(56)(test::golden("images/cmyk_44x66.jpg"));
  const auto bytes = tensors.bytes("cmyk_44x66.jpg/56/pixel_values");
  std::vector<float> expected(bytes.size() / 4);
  std::memcpy(expected.data(), bytes.data(), bytes.size());
  ASSERT_GT(expected.size(), image.pixels.size());  // missing tiles follow
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto channel = i / (56 * 56) % 3;
    const float value = i < image.pixels.size()
                            ? (static_cast<float>(image.pixels[i]) * float(settings.scaling.rescale_factor) -
                               settings.scaling.mean[channel]) /
                                  settings.scaling.std[channel]
                            : 0.0F;
    ASSERT_NEAR(value, expected[i], 5e-7) << i;
  }
}

// The tiles put together are the resized image with black around it.
TEST(ImageProcessor, TilesCoverTheImageExactly) {
  constexpr std::int64_t kSide = 16;
  RandomStream random(3);
  for (int turn = 0; turn < 200; ++turn) {
    TileSettings settings;
    settings.tile_size = kSide;
    settings.max_tiles = static_cast<std::int64_t>(1 + random.below(5));
    const ImageSize size{static_cast<std::int64_t>(1 + random.below(90)),
                         static_cast<std::int64_t>(1 + random.below(90))};
    Picture picture = test::noise(size, random.below(2) ? 1 : 3, turn);
    for (auto& value : picture.pixels) value |= 1;  // nowhere black
    const ProcessedImage image = MllamaImageProcessor(settings).process(picture);
    ASSERT_LE(image.extent.grid.count(), settings.max_tiles);
    const ImageSize canvas{image.extent.grid.high * kSide, image.extent.grid.wide * kSide};
    const Picture placed = to_rgb(resize_bilinear(picture, fit_to_canvas(size, canvas, kSide)));
    for (std::int64_t y = 0; y < canvas.height; ++y)
      for (std::int64_t x = 0; x < canvas.width; ++x)
        for (std::int64_t c = 0; c < 3; ++c) {
          const auto tile = y / kSide * image.extent.grid.wide + x / kSide;
          const bool inside = y < placed.size.height && x < placed.size.width;
          const int expected = inside ? placed.pixels[(y * placed.size.width + x) * 3 + c] : 0;
          ASSERT_EQ(image.pixels[((tile * 3 + c) * kSide + y % kSide) * kSide + x % kSide], expected);
        }
  }
}

TEST(ImageProcessor, SquareResizeComesFirst) {
  TileSettings settings;
  settings.tile_size = 56;
  ImageProcessorConfig config;
  config.square_resize = 100;
  const Picture picture = test::noise({30, 170}, 3, 1);
  const ProcessedImage image = MllamaImageProcessor(settings, config).process(picture);
  EXPECT_EQ(image.pixels, MllamaImageProcessor(settings).process(resize_bilinear(picture, {100, 100})).pixels);
  EXPECT_EQ(image.aspect_ratio_id, 6);
  EXPECT_EQ(image.source.height, 30);
  EXPECT_EQ(image.source.width, 170);
}

TEST(ImageProcessor, ServesManyThreads) {
  const MllamaImageProcessor processor = reference_processor(56);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (const auto& image : test::golden_images())
        if (image.name.find('/') == std::string::npos)
          wrong[thread] += test::crc32(processor(image.path).pixels) != image.facts["56"]["tiles_crc32"];
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(ImageProcessor, Config) {
  ImageProcessorConfig config;
  read_config(parse_json(R"({"compatibility": "reference", "window": [0, 4095], "square_resize": 512})", "t"), config,
              "t");
  EXPECT_EQ(config.compatibility, ImageCompatibility::kReference);
  EXPECT_EQ(config.window, (std::vector<double>{0, 4095}));
  EXPECT_EQ(config.square_resize, 512);
  EXPECT_ERROR(read_config(parse_json(R"({"window": [9, 9], "square_resize": -1})", "t"), config, "t"),
               ErrorKind::kUsage, "window: must be [] or [low, high]", "square_resize: must be 0 to 8192");
  EXPECT_ERROR(read_config(parse_json(R"({"max_pixels": 178956971, "max_mib": 0})", "t"), config, "t"),
               ErrorKind::kUsage, "max_pixels: must be 1 to 178956970", "max_mib: must be 1 to 1365");
}

TEST(ImageProcessor, RefusesImagesOverItsBudget) {
  const test::TempFolder folder;
  write_file(folder / "a.png", encode_png(test::noise({20, 30}, 3, 1)));
  const MllamaImageProcessor exact({}, {.max_pixels = 600}), small({}, {.max_pixels = 599});
  EXPECT_EQ(exact(folder / "a.png").source, (ImageSize{20, 30}));
  EXPECT_ERROR(small(folder / "a.png"), ErrorKind::kData, "a.png", "30 x 20 pixels", "image.max_pixels 599");
}

TEST(PreprocessorConfig, ReadsTheGolden) {
  const TileSettings settings = read_preprocessor_config(test::golden("tiny/model"));
  EXPECT_EQ(settings.tile_size, 56);
  EXPECT_EQ(settings.max_tiles, 4);
  EXPECT_EQ(settings.scaling.mean, PixelScaling{}.mean);
  EXPECT_EQ(settings.scaling.std, PixelScaling{}.std);
  EXPECT_EQ(settings.scaling.rescale_factor, 1.0 / 255);
}

TEST(PreprocessorConfig, Transformers5WritesItsSettingsIntoASection) {
  const Json settings = read_json(test::golden("tiny/model/preprocessor_config.json"));
  const test::TempFolder folder;
  EXPECT_ERROR(read_preprocessor_config(folder.path()), ErrorKind::kData, "preprocessor_config.json",
               "processor_config.json");
  const auto whole = folder / "processor_config.json";
  write_json(whole, {{"processor_class", "MllamaProcessor"}});
  EXPECT_ERROR(read_preprocessor_config(folder.path()), ErrorKind::kData, "/processor_config.json", "image_processor");
  write_json(whole, {{"processor_class", "MllamaProcessor"}, {"image_processor", settings}});
  EXPECT_EQ(read_preprocessor_config(folder.path()).tile_size, 56);
  EXPECT_EQ(image_processor_file(folder.path()), whole);
  auto other = settings;
  other["max_image_tiles"] = 2;
  write_json(folder / "preprocessor_config.json", other);  // an own file counts
  EXPECT_EQ(read_preprocessor_config(folder.path()).max_tiles, 2);
}

TEST(PreprocessorConfig, NamesWhatIsNotSupported) {
  const Json good = read_json(test::golden("tiny/model/preprocessor_config.json"));
  const test::TempFolder folder;
  const auto read_with = [&](const char* key, const Json& value) {
    Json json = good;
    if (value.is_discarded())
      json.erase(key);
    else
      json[key] = value;
    write_json(folder / "preprocessor_config.json", json);
    return read_preprocessor_config(folder.path());
  };
  const Json absent(Json::value_t::discarded);
  constexpr auto kData = ErrorKind::kData;
  EXPECT_ERROR(read_with("resample", 3), kData, "preprocessor_config.json", "\"resample\" is 3, only 2");
  EXPECT_ERROR(read_with("do_pad", false), kData, "\"do_pad\" is false");
  EXPECT_ERROR(read_with("image_mean", Json::array({0.5, 0.5})), kData, "image_mean", "three numbers");
  EXPECT_ERROR(read_with("image_std", Json::array({0.5, 0, 0.5})), kData, "image_std",
               "each item a number from 1e-06 to 1000", "[0.5,0,0.5]");
  EXPECT_ERROR(read_with("rescale_factor", 0), kData, "rescale_factor", "from 1e-09 to 1000, not 0");
  EXPECT_ERROR(read_with("image_mean", Json::array({0.5, 1e300, 0.5})), kData, "image_mean", "from -1000 to 1000");
  EXPECT_ERROR(read_with("max_image_tiles", 1099511627776), kData, "from 1 to 64, not 1099511627776");
  EXPECT_ERROR(read_with("image_std", absent), kData, "image_std", "is missing");
  EXPECT_ERROR(read_with("size", Json{{"height", 56}, {"width", 60}}), kData, "56 x 60", "square");
  EXPECT_ERROR(read_with("size", Json{{"height", 5.5}, {"width", 5.5}}), kData, "whole number", "5.5");
  EXPECT_ERROR(read_with("max_image_tiles", absent), kData, "max_image_tiles");
  EXPECT_ERROR(read_preprocessor_config(folder / "nowhere"), kData, "nowhere");
}

// Real images of all sizes: no image in the datasets is rejected, none has more than four tiles.
TEST(ImageProcessor, ProcessesRealImages) {
  const auto folder = test::full_data("rocov2/valid");
  if (!folder) GTEST_SKIP() << test::kNoFullData;
  const MllamaImageProcessor processor(TileSettings{});
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (entry.path().extension() != ".jpg") continue;
    const ProcessedImage image = processor(entry.path());
    EXPECT_LE(image.extent.grid.count(), 4) << entry.path();
  }
}

}  // namespace
}  // namespace llama32med
