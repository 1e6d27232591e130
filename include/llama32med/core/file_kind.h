// What a file is, by its bytes and never by its name. Readers ask when a file is not what they expect: an Excel
// workbook in place of a CSV file, a Git LFS pointer or an HTML page in place of an image.
#pragma once
#include <string_view>

namespace llama32med {

struct FileKind {
  std::string_view name;    // "an Excel workbook"
  std::string_view remedy;  // "save it as CSV or TSV"
};

// Null for plain text and for unknown bytes.
const FileKind* file_kind(std::string_view bytes);

}  // namespace llama32med
