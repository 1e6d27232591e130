#include "decode_checks.h"

#include <algorithm>
#include <array>

#include "llama32med/core/address_space.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_kind.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

Error unknown_format(std::string_view file, const std::string& name) {
  if (const auto* kind = file_kind(file))
    return data_error("{}: is {}, which is not read as an image; {}", name, kind->name, kind->remedy);
  return data_error("{}: not a PNG, JPEG, TIFF, BMP, WebP, GIF, PNM or JPEG 2000 file; convert it to one of these",
                    name);
}

bool exceeds(ImageSize size, std::int64_t most) { return size.height > most / std::max<std::int64_t>(size.width, 1); }

// What a user can do about a size that exceeds the budget: raise it, as far as it goes, or resize the image.
std::string remedy(const char* setting, std::int64_t most) {
  return fmt::format("raise {} (at most {}) or resize the image", setting, most);
}

void check_pixels(const ImageHeader& header, const std::string& name, const ImageBudget& budget) {
  const auto [height, width] = header.size;
  if (height > kMostImageSide || width > kMostImageSide || exceeds(header.size, kMostImagePixels))
    throw data_error("{}: {} x {} pixels is too large (at most {} per side, {} in total); resize it first", name, width,
                     height, kMostImageSide, kMostImagePixels);
  if (exceeds(header.size, budget.max_pixels))
    throw data_error("{}: {} x {} pixels is too large for image.max_pixels {}; {}", name, width, height,
                     budget.max_pixels, remedy("it", kMostImagePixels));
  if (exceeds(header.part, budget.max_pixels))
    throw data_error("{}: its strips or tiles of {} x {} pixels are too large for image.max_pixels {}; {}", name,
                     header.part.width, header.part.height, budget.max_pixels, remedy("it", kMostImagePixels));
}

std::int64_t decoded_bytes(const ImageHeader& header) {
  const auto pixels = std::max(header.size.height * header.size.width, header.part.height * header.part.width);
  return pixels * header.pixel_bytes;
}

void check_bytes(const ImageHeader& header, const std::string& name, const ImageBudget& budget) {
  const auto most = budget.max_mib << 20;
  if (const auto bytes = decoded_bytes(header); bytes > most)
    throw data_error("{}: {} x {} pixels with {} bytes each are {} MiB, too large for image.max_mib {}; {}", name,
                     header.size.width, header.size.height, header.pixel_bytes, bytes >> 20, budget.max_mib,
                     remedy("it", kMostImageMib));
  if (header.codec_bytes > most)
    throw data_error(
        "{}: its tiles, precincts and code blocks take {} MiB to decode, too much for image.max_mib {}; {}", name,
        header.codec_bytes >> 20, budget.max_mib, remedy("it", kMostImageMib));
}

// The most that decoding takes, as measured: see the table in src/image/README.md.
std::size_t peak_bytes(const ImageHeader& header) {
  constexpr std::int64_t kTimesSamples = 2, kPerPixel = 13;
  return static_cast<std::size_t>(kTimesSamples * decoded_bytes(header) +
                                  kPerPixel * header.size.height * header.size.width + header.codec_bytes);
}

// Messages of OpenCV, libjpeg, libpng and OpenJPEG.
bool tells_of_memory(const std::string& messages) {
  constexpr std::array kSigns = {"nsufficient memory", "ut of memory", "not enough memory", "Not enough memory"};
  return std::ranges::any_of(kSigns, [&](const char* sign) { return messages.find(sign) != messages.npos; });
}

}  // namespace

void check_header(const ImageHeader& header, std::string_view file, const std::string& name,
                  const ImageBudget& budget) {
  const auto [height, width] = header.size;
  if (header.format == ImageFormat::kUnknown) throw unknown_format(file, name);
  if (height < 1 || width < 1)
    throw data_error(
        "{}: a {} file of {} x {} pixels (its header is corrupt or truncated); download it again or leave it out", name,
        name_of(header.format), width, height);
  if (header.unbounded) throw data_error("{}: a TIFF compressed with JBIG, which is not read; convert it to PNG", name);
  check_pixels(header, name, budget);
  check_bytes(header, name, budget);
  if (header.format == ImageFormat::kJpeg && header.bits != 8)
    throw data_error("{}: a JPEG with {} bits per sample; only 8 are supported, convert it to PNG or TIFF", name,
                     header.bits);
  if (header.bytes_needed > file.size())
    throw data_error("{}: the file is truncated ({} bytes, its TIFF header says {}); download it again or leave it out",
                     name, file.size(), header.bytes_needed);
}

void check_memory(const ImageHeader& header, const std::string& name, const std::string& messages) {
  if (tells_of_memory(messages) || !has_address_space(peak_bytes(header))) throw_no_memory(header, name);
}

void throw_no_memory(const ImageHeader& header, const std::string& name) {
  throw resource_error("{}: not enough memory to decode {} x {} pixels; free memory, or lower image.max_pixels", name,
                       header.size.width, header.size.height);
}

bool tells_of_damage(const std::string& messages) {
  for (const char* sign : {"remature end", "bad Huffman", "bad arithmetic", "instead of RST"})
    if (messages.find(sign) != std::string::npos) return true;
  return false;
}

void throw_corrupt(const std::string& name, ImageFormat format, const std::string& messages) {
  const std::string first(trim(std::string_view(messages).substr(0, messages.find('\n'))));
  const auto said = first.empty() ? "" : fmt::format(" ({})", first.substr(0, 160));
  if (format == ImageFormat::kJpeg2000)
    throw data_error("{}: cannot be decoded as JPEG 2000{}; it is corrupt or of an unsupported kind: convert it to PNG",
                     name, said);
  throw data_error("{}: cannot be decoded as {}{}; it is corrupt or truncated: download it again or leave it out", name,
                   name_of(format), said);
}

}  // namespace llama32med
