// The files in src/report/page/, which the build embeds in the library (scripts/cmake/Embed.cmake).
#pragma once
#include <string_view>

namespace llama32med {

// The text of "page.html", "page.css", ... Throws std::logic_error for a file that was not embedded.
std::string_view page_template(std::string_view file);

}  // namespace llama32med
