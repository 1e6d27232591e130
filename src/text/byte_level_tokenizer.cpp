#include "text/byte_level_tokenizer.h"

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {

std::vector<std::int64_t> ByteLevelTokenizer::encode_around(std::string_view text, AddedTokens::Which which) const {
  std::string mended;
  if (!is_valid_utf8(text)) text = mended = replace_invalid_utf8(text);
  std::vector<std::int64_t> ids;
  ids.reserve(text.size() / 3);
  added_.cut(
      text, which,
      [&](std::string_view part) {
        for (const auto piece : pattern_.split(part)) bpe_->encode(piece, ids);
      },
      [&](std::int64_t id) { ids.push_back(id); });
  return ids;
}

std::vector<std::int64_t> ByteLevelTokenizer::encode(std::string_view text) const {
  return encode_around(text, AddedTokens::Which::kPlain);
}

std::vector<std::int64_t> ByteLevelTokenizer::encode_with_specials(std::string_view text) const {
  return encode_around(text, AddedTokens::Which::kAll);
}

std::string ByteLevelTokenizer::decode(const std::vector<std::int64_t>& ids, SpecialTokens specials) const {
  std::string bytes;
  for (const auto id : ids) {
    if (const auto* added = added_.by_id(id)) {
      if (added->kind == AddedKind::kPlain || specials == SpecialTokens::kKeep) bytes += added->content;
    } else if (const auto* token = bpe_->token(id)) {
      bytes += *token;
    } else {
      throw data_error("token id {} does not exist in {} (ids 0 to {})", id, source_,
                       std::max(bpe_->size() - 1, added_.largest_id()));
    }
  }
  return bytes;
}

}  // namespace llama32med
