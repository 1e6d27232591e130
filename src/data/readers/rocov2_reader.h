#pragma once
#include "data/readers/reader.h"

namespace llama32med {

DatasetReader rocov2_reader();

}  // namespace llama32med
