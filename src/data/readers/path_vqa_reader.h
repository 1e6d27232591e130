#pragma once
#include "data/readers/reader.h"

namespace llama32med {

DatasetReader path_vqa_reader();

}  // namespace llama32med
