#pragma once
#include "data/readers/reader.h"

namespace llama32med {

DatasetReader vqa_rad_reader();

}  // namespace llama32med
