#include "llama32med/text/tokenizer.h"

#include <algorithm>

#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"
#include "text/sentencepiece_tokenizer.h"
#include "text/tiktoken_tokenizer.h"
#include "text/tokenizer_json.h"

namespace llama32med {
namespace {

// Number of bytes at the end that start a character which may still be completed.
std::size_t open_bytes(std::string_view bytes) {
  for (std::size_t count = 1; count <= std::min<std::size_t>(3, bytes.size()); ++count) {
    const auto lead = static_cast<unsigned char>(bytes[bytes.size() - count]);
    if ((lead & 0xC0) == 0x80) continue;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return length > count ? count : 0;
  }
  return 0;
}

}  // namespace

std::int64_t Tokenizer::require_special(std::string_view name) const {
  if (const auto id = special(name)) return *id;
  throw data_error("{}: the tokenizer has no special token {}", source(), name);
}

// A protocol buffer starts with tags and lengths; ranks and JSON are text.
bool is_sentencepiece_model(std::string_view bytes) {
  return std::ranges::any_of(bytes.substr(0, 256), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
}

std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder_or_file) {
  std::filesystem::path path = folder_or_file;
  if (is_folder(path)) {
    path = folder_or_file / "tokenizer.model";
    if (!is_there(path)) path = folder_or_file / "tokenizer.json";
    if (!is_there(path))
      throw data_error("{}: no tokenizer.model and no tokenizer.json in this folder", folder_or_file.string());
  }
  const auto bytes = read_file(path);
  const auto source = path.string();
  if (trim(bytes).empty()) throw data_error("{}: the file is empty", source);
  if (is_sentencepiece_model(bytes)) return make_sentencepiece_tokenizer(bytes, source);
  if (trim(bytes).front() == '{') return make_json_tokenizer(bytes, source);
  return make_tiktoken_tokenizer(bytes, source);
}

std::string StreamDecoder::push(std::int64_t id) {
  pending_ += tokenizer_.decode({id}, specials_);
  const auto open = open_bytes(pending_);
  const auto whole = replace_invalid_utf8(std::string_view(pending_).substr(0, pending_.size() - open));
  pending_.erase(0, pending_.size() - open);
  return whole;
}

std::string StreamDecoder::finish() {
  auto rest = replace_invalid_utf8(pending_);
  pending_.clear();
  return rest;
}

}  // namespace llama32med
