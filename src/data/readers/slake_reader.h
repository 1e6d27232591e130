#pragma once
#include "data/readers/reader.h"

namespace llama32med {

DatasetReader slake_reader();

}  // namespace llama32med
