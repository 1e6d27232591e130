#include "llama32med/core/version.h"

namespace llama32med {

std::string program_version() { return LLAMA32MED_VERSION; }

}  // namespace llama32med
