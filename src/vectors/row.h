// Checked access to the keys of a test vector. Throws Error{kData} naming the key.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/protocol.h"

namespace llama32med {

std::string row_text(const Json& row, const char* key);  // a string, or a number as its digits (VQA-RAD has some)
std::string row_text_or(const Json& row, const char* key, std::string_view otherwise);  // if absent or null
std::vector<std::string> row_texts(const Json& row, const char* key);                   // a list of strings, or one

inline std::string row_prediction(const Json& row) { return row_text(row, "prediction"); }
inline std::string row_reference(const Json& row) { return row_text(row, "reference"); }

// What a vector expects if the original code raises an exception: "EXC:ValueError".
inline std::string python_exception(std::string_view name) { return "EXC:" + std::string(name); }

ScoredAnswer row_answer(const Json& row);

}  // namespace llama32med
