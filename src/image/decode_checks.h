// What is refused before and after decoding, with errors that name the file and what to do.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "image_header.h"

namespace llama32med {

// Throws Error{kData} for an unknown format (and says what the file is), no pixels, too many pixels, or a file that is
// shorter than its header says.
void check_header(const ImageHeader& header, std::string_view file, const std::string& name);

// libjpeg fills missing or invalid data with gray and only prints a warning; OpenCV then reports success. Warnings
// about harmless oddities (bytes between segments, unusual scan parameters) do not count.
bool tells_of_damage(const std::string& messages);

[[noreturn]] void throw_corrupt(const std::string& name, ImageFormat format, const std::string& messages);

}  // namespace llama32med
