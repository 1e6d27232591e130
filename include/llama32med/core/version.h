// The version of the program, from CMake's project().
#pragma once
#include <string>

namespace llama32med {

std::string program_version();  // "0.1.0"

}  // namespace llama32med
