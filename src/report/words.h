// Words, as used by breakdowns and confusions: runs of letters, digits and underscores in lower case; non-ASCII bytes
// count as letters.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

std::vector<std::string> lower_words(std::string_view text);

}  // namespace llama32med
