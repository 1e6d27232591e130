// predictions.jsonl: one line an item, written as it comes; a killed run goes on where it stopped.
//
// The order of the lines is fixed before the run (evaluator.h), so a file that was cut off is a beginning of the whole
// one. On opening, a last line without its end is taken off, and the items that are left must be the first of the
// expected ones. Throws Error{kUsage} where the file holds other items: it belongs to another run.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/files.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/data/record.h"

namespace llama32med {

class PredictionFile {
 public:
  PredictionFile(const std::filesystem::path& path, const std::vector<Record>& in_order);

  std::size_t done() const { return done_; }  // items at the beginning that need no work
  void write(const Json& line);

 private:
  LineWriter writer_;
  std::size_t done_ = 0;
};

}  // namespace llama32med
