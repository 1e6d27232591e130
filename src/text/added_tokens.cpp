#include "text/added_tokens.h"

#include <fmt/format.h>

#include <algorithm>

namespace llama32med {

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::stable_sort(tokens_.begin(), tokens_.end(),
                   [](const auto& a, const auto& b) { return a.content.size() > b.content.size(); });
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    by_id_.emplace(tokens_[i].id, i);
    by_content_.emplace(tokens_[i].content, i);
    first_byte_[static_cast<unsigned char>(tokens_[i].content[0])] = true;
    has_plain_ |= tokens_[i].kind == AddedKind::kPlain;
  }
}

std::optional<std::int64_t> AddedTokens::id_of(std::string_view content) const {
  const auto found = by_content_.find(content);
  if (found == by_content_.end()) return std::nullopt;
  return tokens_[found->second].id;
}

const AddedToken* AddedTokens::by_id(std::int64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &tokens_[found->second];
}

std::optional<AddedTokens::Found> AddedTokens::find(std::string_view text, std::size_t from, Which which) const {
  if (which == Which::kPlain && !has_plain_) return std::nullopt;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (!first_byte_[static_cast<unsigned char>(text[at])]) continue;
    for (const auto& token : tokens_) {
      if (which == Which::kPlain && token.kind != AddedKind::kPlain) continue;
      if (text.compare(at, token.content.size(), token.content) == 0) return Found{at, &token};
    }
  }
  return std::nullopt;
}

AddedTokens llama3_special_tokens(std::int64_t first_id) {
  std::vector<std::string> names = {"<|begin_of_text|>",
                                    "<|end_of_text|>",
                                    "<|reserved_special_token_0|>",
                                    "<|reserved_special_token_1|>",
                                    "<|finetune_right_pad_id|>",
                                    "<|step_id|>",
                                    "<|start_header_id|>",
                                    "<|end_header_id|>",
                                    "<|eom_id|>",
                                    "<|eot_id|>",
                                    "<|python_tag|>"};
  for (int number = 2; names.size() < 256; ++number)
    names.push_back(fmt::format("<|reserved_special_token_{}|>", number));
  names.emplace_back(kImageToken);
  std::vector<AddedToken> tokens;
  for (auto& name : names)
    tokens.push_back({std::move(name), first_id + static_cast<std::int64_t>(tokens.size()), AddedKind::kSpecial});
  return AddedTokens(std::move(tokens));
}

std::int64_t head_rows(std::int64_t ordinary_tokens, const AddedTokens& added) {
  const auto ids = std::max(ordinary_tokens, added.largest_id() + 1);
  return added.id_of(kImageToken) == ids - 1 ? ids - 1 : ids;
}

}  // namespace llama32med
