#include "decode.h"

#include <algorithm>
#include <limits>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "codec_messages.h"
#include "decode_checks.h"
#include "image/formats/gif.h"
#include "image/formats/pnm.h"
#include "image/formats/tiff.h"
#include "image/formats/webp.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"

namespace llama32med {
namespace {

// Decodes with OpenCV, with depth and alpha kept and without rotation; empty if decoding fails.
cv::Mat decode_with_opencv(std::string_view bytes, int flags = cv::IMREAD_UNCHANGED) {
  [[maybe_unused]] static const auto before = cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return {};
  const cv::Mat view(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
  try {
    return cv::imdecode(view, flags);
  } catch (const cv::Exception&) {
    return {};
  }
}

template <class Sample>
Samples<Sample> to_samples(const cv::Mat& image, int type) {
  Samples<Sample> samples{{image.rows, image.cols}, image.channels(), {}};
  samples.values.resize(image.total() * image.channels());
  cv::Mat target(image.rows, image.cols, type, samples.values.data());
  switch (image.channels()) {
    case 1:
      image.copyTo(target);
      break;
    case 3:
      cv::cvtColor(image, target, cv::COLOR_BGR2RGB);
      break;
    default:
      cv::cvtColor(image, target, cv::COLOR_BGRA2RGBA);
      break;
  }
  return samples;
}

// Most medical images are gray but stored as color: one channel then replaces three, at a third of the work.
bool is_gray(const cv::Mat& image) {
  if (image.type() != CV_8UC3) return false;
  const auto length = static_cast<std::size_t>(image.cols) * 3;
  std::vector<std::uint8_t> within(length);  // 255 if the next byte belongs to the same pixel
  for (std::size_t i = 0; i < length; ++i) within[i] = i % 3 == 2 ? 0 : 255;
  for (int y = 0; y < image.rows; ++y) {
    const std::uint8_t* row = image.ptr(y);
    std::uint8_t difference = 0;
    for (std::size_t i = 0; i + 1 < length; ++i) difference |= (row[i] ^ row[i + 1]) & within[i];
    if (difference != 0) return false;
  }
  return true;
}

Samples<std::uint8_t> to_bytes(const cv::Mat& image, const DecodeOptions& options) {
  if (is_gray(image)) {
    cv::Mat gray;
    cv::extractChannel(image, gray, 0);
    return to_samples<std::uint8_t>(gray, CV_8UC1);
  }
  if (image.depth() == CV_8U) return to_samples<std::uint8_t>(image, image.type());
  cv::Mat deep;
  image.convertTo(deep, CV_32F);
  const auto samples = to_samples<float>(deep, deep.type());
  if (options.compatibility == ImageCompatibility::kReference) return clip_or_shift_to_bytes(samples);
  return scale_to_bytes(samples, options.window, image.depth() == CV_16U ? 65535 : 1);
}

// OpenCV inverts samples of 8 bits and fewer, but no deeper ones.
bool is_negative(const cv::Mat& image, const ImageHeader& header, const DecodeOptions& options) {
  return header.white_is_zero && image.depth() != CV_8U && options.compatibility == ImageCompatibility::kSensible;
}

Samples<std::uint8_t> negative_to_bytes(const cv::Mat& image, DecodeOptions options) {
  cv::Mat negative;
  image.convertTo(negative, CV_32F, -1);
  if (options.window) options.window = IntensityWindow{-options.window->high, -options.window->low};
  return scale_to_bytes(to_samples<float>(negative, negative.type()), options.window, 1);
}

// ---- CMYK ---------------------------------------------------------------------------------------------------------

Picture decode_four_inks(std::string_view bytes, const ImageHeader& header) {
  // First a plain OpenCV decode: libtiff would swallow libjpeg's messages about corrupt data.
  const cv::Mat mixed = decode_with_opencv(bytes);
  if (mixed.type() != CV_8UC3) return {};
  if (!header.subsampled) {
    const cv::Mat inks = decode_with_opencv(jpeg_in_tiff(bytes, header.size));
    if (inks.type() == CV_8UC4 && inks.size() == mixed.size()) {
      auto samples = to_samples<std::uint8_t>(inks, inks.type());
      if (header.adobe_transform > 0) ycck_to_inverted_cmyk(samples);
      return inverted_cmyk_to_rgb(samples);
    }
  }
  auto samples = to_samples<std::uint8_t>(mixed, mixed.type());
  correct_mixed_inks(samples);
  return {samples.size, 3, std::move(samples.values)};
}

Picture decode_cmyk_tiff(std::string_view bytes) {
  const cv::Mat inks = decode_with_opencv(cmyk_tiff_as_rgba(bytes));
  if (inks.type() != CV_8UC4) return {};
  auto samples = to_samples<std::uint8_t>(inks, inks.type());
  for (auto& value : samples.values) value = static_cast<std::uint8_t>(255 - value);
  return inverted_cmyk_to_rgb(samples);
}

// ---- formats that OpenCV does not read, or not as PIL ---------------------------------------------------------------

Picture decode_gif(std::string_view bytes) {
  auto samples = read_gif(bytes);
  if (samples.values.empty()) return {};
  return composite_on_white(std::move(samples), AlphaKind::kStraight);
}

Picture decode_pnm(std::string_view bytes, const DecodeOptions& options) {
  const auto image = read_pnm(bytes);
  if (image.samples.values.empty()) return {};
  const bool deep = image.full > 255 && options.compatibility == ImageCompatibility::kSensible;
  auto samples = deep ? scale_to_bytes(image.samples, options.window, image.full) : pnm_to_bytes(image);
  return {samples.size, samples.channels, std::move(samples.values)};
}

cv::Mat decode_animated_webp(std::string_view bytes, const ImageHeader& header) {
  const auto frame = first_webp_frame(bytes);
  const cv::Mat image = decode_with_opencv(frame.still);
  const auto [height, width] = header.size;
  if (image.depth() != CV_8U || image.rows != frame.size.height || image.cols != frame.size.width ||
      frame.top + image.rows > height || frame.left + image.cols > width)
    return {};
  cv::Mat pixels = image;
  if (image.channels() == 4 && !frame.transparent) cv::cvtColor(image, pixels, cv::COLOR_BGRA2BGR);
  if (image.channels() == 3 && frame.transparent) cv::cvtColor(image, pixels, cv::COLOR_BGR2BGRA);
  cv::Mat canvas = cv::Mat::zeros(static_cast<int>(height), static_cast<int>(width), pixels.type());
  pixels.copyTo(canvas(cv::Rect(static_cast<int>(frame.left), static_cast<int>(frame.top), image.cols, image.rows)));
  return canvas;
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
  const int flags = (divisor == 2   ? cv::IMREAD_REDUCED_COLOR_2
                     : divisor == 4 ? cv::IMREAD_REDUCED_COLOR_4
                                    : cv::IMREAD_REDUCED_COLOR_8) |
                    cv::IMREAD_IGNORE_ORIENTATION;
  const cv::Mat image = decode_with_opencv(bytes, flags);
  if (image.empty()) return {};
  auto samples = to_bytes(image, {});
  if (header.components == 4 && samples.channels == 3) correct_mixed_inks(samples);
  return {samples.size, samples.channels, std::move(samples.values)};
}

Picture decode_checked(std::string_view bytes, const ImageHeader& header, const DecodeOptions& options) {
  if (header.format == ImageFormat::kJpeg) {
    const int divisor = divisor_of(header.size, options.enough_side);
    if (divisor > 1) return decode_reduced_jpeg(bytes, header, divisor);
    if (header.components == 4) return decode_four_inks(bytes, header);
  }
  if (header.format == ImageFormat::kGif) return decode_gif(bytes);
  if (header.format == ImageFormat::kPnm) return decode_pnm(bytes, options);
  if (header.four_inks) return decode_cmyk_tiff(bytes);
  const cv::Mat image = header.animated ? decode_animated_webp(bytes, header) : decode_with_opencv(bytes);
  if (image.empty() || (image.channels() != 1 && image.channels() != 3 && image.channels() != 4)) return {};
  auto samples = is_negative(image, header, options) ? negative_to_bytes(image, options) : to_bytes(image, options);
  if (static_cast<std::int64_t>(header.key.size()) == samples.channels && header.bits <= 8)
    samples = key_to_alpha(samples, header.key);
  // PIL leaves RGB with a transparent color unchanged.
  const bool opaque = options.compatibility == ImageCompatibility::kReference && header.key.size() == 3;
  return composite_on_white(std::move(samples), opaque ? AlphaKind::kIgnored : header.alpha);
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
  check_header(header, bytes, name);
  const CodecMessages messages;
  try {
    Picture picture = decode_checked(bytes, header, options);
    if (picture.pixels.empty() || (header.format == ImageFormat::kJpeg && tells_of_damage(messages.text())))
      throw_corrupt(name, header.format, messages.text());
    return options.compatibility == ImageCompatibility::kSensible ? turn(std::move(picture), header.orientation)
                                                                  : picture;
  } catch (const std::bad_alloc&) {
    throw data_error("{}: not enough memory for {} x {} pixels; resize it first", name, header.size.width,
                     header.size.height);
  } catch (const cv::Exception&) {
    throw_corrupt(name, header.format, messages.text());
  }
}

Picture decode_image(const std::filesystem::path& path, const DecodeOptions& options) {
  return decode_image_bytes(read_file(path), path.string(), options);
}

std::string encode_jpeg(const Picture& picture, int quality) {
  const int rows = static_cast<int>(picture.size.height), columns = static_cast<int>(picture.size.width);
  const int type = picture.channels == 1 ? CV_8UC1 : CV_8UC3;
  cv::Mat image(rows, columns, type, const_cast<std::uint8_t*>(picture.pixels.data()));
  if (picture.channels == 3) {
    cv::Mat swapped;
    cv::cvtColor(image, swapped, cv::COLOR_RGB2BGR);
    image = swapped;
  }
  std::vector<std::uint8_t> bytes;
  cv::imencode(".jpg", image, bytes, {cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_JPEG_OPTIMIZE, 1});
  return {bytes.begin(), bytes.end()};
}

}  // namespace llama32med
