// predictions.jsonl: one line per item, written as it is answered; an unfinished file is resumed.
//
// The order of the lines is fixed before the run (predict/predictor.h), so an unfinished file is a prefix of the
// complete one. On opening, an unfinished last line is removed; the remaining items must be the first of the expected
// ones. Throws Error{kUsage} if the file contains other items: it belongs to another run.
#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/core/files.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/data/record.h"

namespace llama32med {

// Calls `take` with each whole line of such a file, without its break, and the item's id; null if it holds none. What
// follows is a line that was, or is, being written. Returns the number of bytes before it.
using TakePredictionLine = std::function<void(std::string_view line, const Json& id)>;
std::size_t for_each_written_line(std::string_view bytes, const TakePredictionLine& take);

class PredictionFile {
 public:
  PredictionFile(const std::filesystem::path& path, const std::vector<Record>& in_order);

  std::size_t done() const { return done_; }  // number of items already in the file
  void write(const std::string& line);        // without its line break
  void sync() { writer_.sync(); }             // after the last line

 private:
  LineWriter writer_;
  std::size_t done_ = 0;
};

}  // namespace llama32med
