// The questions and captions of one row: by its columns, or by the turns of its conversation.
#pragma once
#include "data/import/columns.h"
#include "data/import/item.h"

namespace llama32med {

// `number` is the row's id if no column holds one.
void read_row_items(const ImportRow& row, const ChosenColumns& columns, const std::string& number, ItemSink& sink);

}  // namespace llama32med
