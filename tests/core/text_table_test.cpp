#include "llama32med/core/text_table.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(TextTable, AlignsByCharacters) {
  TextTable table({Align::kLeft, Align::kRight});
  table.add_row({"split", "n"});
  table.add_rule();
  table.add_row({"größe", "451"});
  table.add_row({"x"});
  EXPECT_EQ(table.text(), "split    n\n----------\ngröße  451\nx\n");
}

}  // namespace
}  // namespace llama32med
