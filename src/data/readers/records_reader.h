#pragma once
#include "data/readers/reader.h"

namespace llama32med {

DatasetReader records_reader();

}  // namespace llama32med
