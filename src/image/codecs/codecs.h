// The codecs that OpenCV brings, as a module (core/module.h): libllama32med_codecs.so is opened by the first image that
// is decoded, because on Debian it loads 140 libraries, in 0.05 s. All calls into it are in this header. Nothing is
// thrown across it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "image/raster.h"
#include "llama32med/image/picture.h"

namespace llama32med {

enum class CodecStatus {
  kDone,
  kBroken,   // the bytes cannot be decoded
  kNoMemory  // the codec says that memory is short; most codecs say nothing and report kBroken
};

struct DecodeRequest {
  // OpenCV reads the header once more and allocates what it finds there: it is refused more pixels than these.
  std::int64_t max_pixels = 0;
  int divisor = 1;  // 2, 4 or 8: decode a JPEG at this part of its size
};

struct Codecs {
  // With depth and alpha as stored and without rotation.
  CodecStatus (*decode)(std::string_view file, const DecodeRequest& request, Raster& raster);
  // The JPEG file of an 8-bit image, gray or RGB.
  CodecStatus (*encode_jpeg)(const Picture& picture, int quality, std::string& file);
};

// The module's only symbol, a Codecs. Its number changes with this header: a module of another build is refused.
inline constexpr const char* kCodecsSymbol = "llama32med_codecs_1";

// Loads the module at the first call. Throws Error{kResource} that says where it was looked for.
const Codecs& codecs();

}  // namespace llama32med
