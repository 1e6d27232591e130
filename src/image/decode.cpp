#include "decode.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <string>
#include <utility>

#include "codec_messages.h"
#include "decode_checks.h"
#include "image/codecs/codecs.h"
#include "image/formats/gif.h"
#include "image/formats/pnm.h"
#include "image/formats/tiff.h"
#include "image/formats/webp.h"
#include "image/raster.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"

namespace llama32med {
namespace {

// Decodes with OpenCV, with depth and alpha kept and without rotation. Nothing is left if decoding fails.
Raster decode_with_codec(std::string_view bytes, const ImageHeader& header, int divisor = 1) {
  Raster raster;
  const auto status = codecs().decode(bytes, {header.size.height * header.size.width, divisor}, raster);
  if (status == CodecStatus::kNoMemory) throw std::bad_alloc();
  return raster;
}

// OpenCV inverts samples of 8 bits and fewer, but no deeper ones.
bool is_negative(const Raster& raster, const ImageHeader& header, const DecodeOptions& options) {
  return header.white_is_zero && raster.type != SampleType::kU8 &&
         options.compatibility == ImageCompatibility::kSensible;
}

// ---- CMYK ---------------------------------------------------------------------------------------------------------

bool is_bytes(const Raster& raster, std::int64_t channels) {
  return raster.type == SampleType::kU8 && raster.channels == channels;
}

Picture mixed_by_opencv(const Raster& mixed) {
  return by_rows(mixed.size, [&](std::int64_t y) {
    auto row = row_of_bytes(mixed, y);
    correct_mixed_inks(row.values);
    return Picture{row.size, 3, std::move(row.values)};
  });
}

Picture decode_four_inks(std::string_view bytes, const ImageHeader& header) {
  // First a plain OpenCV decode: libtiff would swallow libjpeg's messages about corrupt data.
  auto mixed = decode_with_codec(bytes, header);
  if (!is_bytes(mixed, 3)) return {};
  if (header.subsampled) return mixed_by_opencv(mixed);
  mixed = {};
  const auto inks = decode_with_codec(jpeg_in_tiff(bytes, header.size), header);
  if (!is_bytes(inks, 4) || inks.size != header.size) return mixed_by_opencv(decode_with_codec(bytes, header));
  return by_rows(inks.size, [&](std::int64_t y) {
    auto row = row_of_bytes(inks, y);
    if (header.adobe_transform > 0) ycck_to_inverted_cmyk(row);
    return inverted_cmyk_to_rgb(row);
  });
}

Picture decode_cmyk_tiff(std::string_view bytes, const ImageHeader& header) {
  const auto inks = decode_with_codec(cmyk_tiff_as_rgba(bytes), header);
  if (!is_bytes(inks, 4)) return {};
  return by_rows(inks.size, [&](std::int64_t y) {
    auto row = row_of_bytes(inks, y);
    for (auto& value : row.values) value = static_cast<std::uint8_t>(255 - value);
    return inverted_cmyk_to_rgb(row);
  });
}

// ---- formats that OpenCV does not read, or not as PIL ---------------------------------------------------------------

Picture decode_pnm(std::string_view bytes, const DecodeOptions& options) {
  const auto image = read_pnm(bytes);
  const auto& [size, channels, values] = image.samples;
  if (values.empty()) return {};
  if (image.full <= 255 || options.compatibility == ImageCompatibility::kReference) return pnm_to_bytes(image);
  Raster deep{.size = size, .channels = channels, .type = SampleType::kU16, .order = ChannelOrder::kRgb};
  deep.data = reinterpret_cast<const std::byte*>(values.data());
  deep.row_bytes = static_cast<std::size_t>(size.width * channels) * sizeof(values[0]);
  return render(deep, {.window = options.window});
}

// The size of the frame's own header decides what is allocated: it must be what the animation says, and on the canvas.
Picture decode_animated_webp(std::string_view bytes, const ImageHeader& header) {
  const auto frame = first_webp_frame(bytes);
  const auto own = read_image_header(frame.still);
  const auto [height, width] = header.size;
  if (own.size != frame.size || frame.top + own.size.height > height || frame.left + own.size.width > width) return {};
  auto raster = decode_with_codec(frame.still, own);
  if (raster.type != SampleType::kU8 || raster.size != frame.size) return {};
  auto pixels = render(raster, {.alpha = frame.transparent ? AlphaKind::kStraight : AlphaKind::kIgnored});
  raster = {};
  return on_canvas(std::move(pixels), frame, header.size);
}

// ---- JPEGs at a reduced size --------------------------------------------------------------------------------------

// The largest of 1, 2, 4, 8 by which the image may be reduced.
int divisor_of(ImageSize size, std::int64_t enough_side) {
  const auto side = std::max(size.height, size.width);
  int divisor = 1;
  while (enough_side > 0 && divisor < 8 && side / divisor / 2 >= enough_side) divisor *= 2;
  return divisor;
}

Picture decode_reduced_jpeg(std::string_view bytes, const ImageHeader& header, int divisor) {
  const auto raster = decode_with_codec(bytes, header, divisor);
  if (raster.empty()) return {};
  auto picture = render(raster, {});
  if (header.components == 4 && picture.channels == 3) correct_mixed_inks(picture.pixels);
  return picture;
}

Picture decode_plain(std::string_view bytes, const ImageHeader& header, const DecodeOptions& options) {
  const auto raster = decode_with_codec(bytes, header);
  if (raster.empty() || (raster.channels != 1 && raster.channels != 3 && raster.channels != 4)) return {};
  Rendering rendering{.compatibility = options.compatibility, .window = options.window, .alpha = header.alpha};
  rendering.inverted = is_negative(raster, header, options);
  if (header.bits <= 8) rendering.key = header.key;
  // PIL leaves RGB with a transparent color unchanged.
  if (options.compatibility == ImageCompatibility::kReference && header.key.size() == 3)
    rendering.alpha = AlphaKind::kIgnored;
  return render(raster, rendering);
}

Picture decode_checked(std::string_view bytes, const ImageHeader& header, const DecodeOptions& options) {
  if (header.format == ImageFormat::kJpeg) {
    const int divisor = divisor_of(header.size, options.enough_side);
    if (divisor > 1) return decode_reduced_jpeg(bytes, header, divisor);
    if (header.components == 4) return decode_four_inks(bytes, header);
  }
  if (header.format == ImageFormat::kGif) return read_gif(bytes);
  if (header.format == ImageFormat::kPnm) return decode_pnm(bytes, options);
  if (header.four_inks) return decode_cmyk_tiff(bytes, header);
  return header.animated ? decode_animated_webp(bytes, header) : decode_plain(bytes, header, options);
}

}  // namespace

Picture decode_image_bytes(std::string_view bytes, const std::string& name, const DecodeOptions& options) {
  constexpr std::string_view kEndOfJpeg = "\xFF\xD9";
  if (bytes.starts_with("\xFF\xD8") && !bytes.ends_with(kEndOfJpeg)) {
    // Without an end marker OpenCV silently repeats the last row for missing data; with it libjpeg prints a warning.
    return decode_image_bytes(std::string(bytes).append(kEndOfJpeg), name, options);
  }
  if (bytes.empty()) throw data_error("{}: the file is empty; download it again or leave it out", name);
  const ImageHeader header = read_image_header(bytes);
  check_header(header, bytes, name, options.budget);
  const CodecMessages messages;
  try {
    Picture picture = decode_checked(bytes, header, options);
    if (picture.pixels.empty()) check_memory(header, name, messages.text());
    if (picture.pixels.empty() || (header.format == ImageFormat::kJpeg && tells_of_damage(messages.text())))
      throw_corrupt(name, header.format, messages.text());
    return options.compatibility == ImageCompatibility::kSensible ? turn(std::move(picture), header.orientation)
                                                                  : picture;
  } catch (const std::bad_alloc&) {
    throw_no_memory(header, name);
  }
}

Picture decode_image(const std::filesystem::path& path, const DecodeOptions& options) {
  return decode_image_bytes(read_file(path), path.string(), options);
}

std::string encode_jpeg(const Picture& picture, int quality) {
  std::string file;
  const auto status = codecs().encode_jpeg(picture, quality, file);
  if (status == CodecStatus::kNoMemory) throw std::bad_alloc();
  assert(status == CodecStatus::kDone);
  return file;
}

}  // namespace llama32med
