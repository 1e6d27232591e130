// Image headers, images of every format, thumbnails, preprocessor_config.json.
#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "image/decode.h"
#include "image/image_header.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/image/mllama_image_processor.h"
#include "llama32med/image/png.h"
#include "llama32med/image/thumbnail.h"

namespace llama32med::fuzz {
namespace {

// Larger images are left out: decoding one takes most of a second under sanitizers.
constexpr ImageBudget kBudget = {.max_pixels = 300'000, .max_mib = 4};

void fuzz_image_header(std::string_view bytes) {
  const auto header = read_image_header(bytes);
  require(header.size.height >= 0 && header.size.width >= 0, "sizes are not negative");
  require(header.orientation >= 1 && header.orientation <= 8, "an orientation is 1 to 8");
  (void)name_of(header.format);
}

void require_whole(const Picture& image) {
  const auto samples = image.size.height * image.size.width * image.channels;
  require(samples > 0 && static_cast<std::int64_t>(image.pixels.size()) == samples, "a decoded image is whole");
}

void fuzz_image(std::string_view bytes) {
  const auto image = decode_image_bytes(bytes, "x", {.budget = kBudget});
  require_whole(image);
  require(image.size.height * image.size.width <= kBudget.max_pixels, "an image is within its budget");
  require_whole(decode_image_bytes(bytes, "x", {.enough_side = 8, .budget = kBudget}));
  require_whole(decode_image_bytes(bytes, "x", {.compatibility = ImageCompatibility::kReference, .budget = kBudget}));
  const auto again = decode_image_bytes(encode_png(image), "again", {});
  require(again.size == image.size && to_rgb(again).pixels == to_rgb(image).pixels, "PNG keeps every pixel");
}

void fuzz_thumbnail(std::string_view bytes) {
  const auto size = read_image_header(bytes).size;
  if (size.height > 0 && size.width > kBudget.max_pixels / size.height) return;
  const auto thumbnail = make_thumbnail(scratch_file("thumbnail", "x", bytes), {.max_side = 32});
  const auto small = read_image_header(thumbnail.jpeg).size;
  require(std::max(small.height, small.width) <= 32 && small.height > 0 && small.width > 0, "a thumbnail is small");
}

void fuzz_preprocessor_config(std::string_view bytes) {
  const auto settings =
      read_preprocessor_config(scratch_file("preprocessor_config", "preprocessor_config.json", bytes).parent_path());
  const MllamaImageProcessor processor(settings);
  if (settings.tile_size > 256 || settings.max_tiles > 16) return;
  const auto image = processor.process({{7, 9}, 1, std::vector<std::uint8_t>(63, 3)});
  std::int64_t samples = 1;
  for (const auto side : image.shape) samples *= side;
  require(static_cast<std::int64_t>(image.pixels.size()) == samples, "pixels fill their shape");
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

// The small images of one format that Pillow wrote.
Seeds images_of(ImageFormat format) {
  Seeds seeds;
  const auto json = parse_json(source_text("tests/golden/image_formats.json"), "image_formats.json");
  for (const auto& image : json.at("images"))
    if (auto bytes = bytes_of_hex(image.at("file")); read_image_header(bytes).format == format)
      seeds.push_back(std::move(bytes));
  return seeds;
}

Seeds png_seeds() { return joined({images_of(ImageFormat::kPng), files_in("tests/golden/images", ".png")}); }
Seeds jpeg_seeds() { return joined({images_of(ImageFormat::kJpeg), files_in("tests/golden/images", ".jpg")}); }
Seeds bmp_seeds() {  // 2 x 2 pixels of 24 bits
  return {
      std::string("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\x18\0\0\0\0\0\x10\0\0\0", 38) +
      std::string(16, '\0') + "\x01\x02\x03\x04\x05\x06zz\xff\xfe\xfd\x10\x20\x30zz"};
}
Seeds webp_seeds() { return images_of(ImageFormat::kWebp); }
Seeds tiff_seeds() { return images_of(ImageFormat::kTiff); }
Seeds gif_seeds() { return images_of(ImageFormat::kGif); }
Seeds pnm_seeds() { return images_of(ImageFormat::kPnm); }
Seeds jp2_seeds() { return images_of(ImageFormat::kJpeg2000); }

Seeds all_image_seeds() {
  return joined({images_of(ImageFormat::kPng), images_of(ImageFormat::kJpeg), bmp_seeds(), webp_seeds(), tiff_seeds(),
                 gif_seeds(), pnm_seeds(), jp2_seeds()});
}

Seeds preprocessor_seeds() {
  return {source_text("tests/golden/tiny/model/preprocessor_config.json"),
          source_text("configs/phantom_base/preprocessor_config.json")};
}

}  // namespace

Targets image_targets() {
  return {{"image_header", fuzz_image_header, all_image_seeds},
          {"image_png", fuzz_image, png_seeds},
          {"image_jpeg", fuzz_image, jpeg_seeds},
          {"image_bmp", fuzz_image, bmp_seeds},
          {"image_webp", fuzz_image, webp_seeds},
          {"image_tiff", fuzz_image, tiff_seeds},
          {"image_gif", fuzz_image, gif_seeds},
          {"image_pnm", fuzz_image, pnm_seeds},
          {"image_jp2", fuzz_image, jp2_seeds},
          {"thumbnail", fuzz_thumbnail, all_image_seeds},
          {"preprocessor_config", fuzz_preprocessor_config, preprocessor_seeds}};
}

}  // namespace llama32med::fuzz
