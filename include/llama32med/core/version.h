// The version of the program, as CMake's project() states it.
#pragma once
#include <string>

namespace llama32med {

std::string program_version();  // "0.1.0"

}  // namespace llama32med
