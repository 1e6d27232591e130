// Whether a file is an image that can be decoded, by its header alone: format, size, and for some formats its length.
#pragma once
#include <string>
#include <string_view>

#include "llama32med/image/image_budget.h"

namespace llama32med {

// Throws Error{kData} that begins with `name` as decoding would: empty, another kind of file, no pixels, over the
// budget. Damage behind the header is not seen.
void check_image_header(std::string_view file, const std::string& name, const ImageBudget& budget = {});

}  // namespace llama32med
