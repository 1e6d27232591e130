#include "decode_checks.h"

#include "decode.h"
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

}  // namespace

void check_header(const ImageHeader& header, std::string_view file, const std::string& name) {
  const auto [height, width] = header.size;
  if (header.format == ImageFormat::kUnknown) throw unknown_format(file, name);
  if (height < 1 || width < 1)
    throw data_error(
        "{}: a {} file of {} x {} pixels (its header is corrupt or truncated); download it again or leave it out", name,
        name_of(header.format), width, height);
  if (height > kMaxImageSide || width > kMaxImageSide || height * width > kMaxImagePixels)
    throw data_error("{}: {} x {} pixels is too large (at most {} per side, {} million in total); resize it first",
                     name, width, height, kMaxImageSide, kMaxImagePixels / 1'000'000);
  if (header.format == ImageFormat::kJpeg && header.bits != 8)
    throw data_error("{}: a JPEG with {} bits per sample; only 8 are supported, convert it to PNG or TIFF", name,
                     header.bits);
  if (header.bytes_needed > file.size())
    throw data_error("{}: the file is truncated ({} bytes, its TIFF header says {}); download it again or leave it out",
                     name, file.size(), header.bytes_needed);
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
