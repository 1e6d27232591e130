// What is refused before and after decoding, with errors that name the file and what to do.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "image_header.h"
#include "llama32med/image/image_budget.h"

namespace llama32med {

// Throws Error{kData} for an unknown format (and says what the file is), no pixels, a file that is shorter than its
// header says, or one that would exceed the budget; the error names the setting that admits it.
void check_header(const ImageHeader& header, std::string_view file, const std::string& name, const ImageBudget& budget);

// libjpeg fills missing or invalid data with gray and only prints a warning; OpenCV then reports success. Warnings
// about harmless oddities (bytes between segments, unusual scan parameters) do not count.
bool tells_of_damage(const std::string& messages);

// Most codecs do not tell a lack of memory from broken data. Throws Error{kResource} if they say so, or if the machine
// would not give the memory that decoding an image with this header may take.
void check_memory(const ImageHeader& header, const std::string& name, const std::string& messages);
[[noreturn]] void throw_no_memory(const ImageHeader& header, const std::string& name);

[[noreturn]] void throw_corrupt(const std::string& name, ImageFormat format, const std::string& messages);

}  // namespace llama32med
