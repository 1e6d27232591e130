// Text in XML: JUnit files, SVG.
#pragma once
#include <string>
#include <string_view>

namespace llama32med {

// Text of an element or an attribute. Characters that XML 1.0 cannot hold become U+FFFD.
std::string xml_escaped(std::string_view text);

}  // namespace llama32med
