// Tokens outside the ordinary vocabulary that are matched as a whole, such as `<|eot_id|>`.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

enum class AddedKind {
  kSpecial,  // never matched in user text; skipped by SpecialTokens::kSkip
  kPlain,    // an ordinary word that was added later: matched in all text
};

struct AddedToken {
  std::string content;
  std::int64_t id;
  AddedKind kind;
};

class AddedTokens {
 public:
  AddedTokens() = default;
  explicit AddedTokens(std::vector<AddedToken> tokens);

  std::optional<std::int64_t> id_of(std::string_view content) const;
  const AddedToken* by_id(std::int64_t id) const;  // nullptr if there is none
  bool has_plain() const { return has_plain_; }
  std::int64_t largest_id() const { return by_id_.empty() ? -1 : by_id_.rbegin()->first; }

  enum class Which { kPlain, kAll };
  struct Found {
    std::size_t at;
    const AddedToken* token;
  };
  // The first match at or after `from`; the longest if several start at the same position.
  std::optional<Found> find(std::string_view text, std::size_t from, Which which) const;

  // Calls on_text(part) and on_token(id) in order. Empty parts are skipped.
  template <class OnText, class OnToken>
  void cut(std::string_view text, Which which, OnText on_text, OnToken on_token) const {
    std::size_t done = 0;
    while (const auto found = find(text, done, which)) {
      if (found->at > done) on_text(text.substr(done, found->at - done));
      on_token(found->token->id);
      done = found->at + found->token->content.size();
    }
    if (done < text.size()) on_text(text.substr(done));
  }

 private:
  std::vector<AddedToken> tokens_;  // longest first
  std::map<std::int64_t, std::size_t> by_id_;
  std::map<std::string, std::size_t, std::less<>> by_content_;
  std::array<bool, 256> first_byte_{};
  bool has_plain_ = false;
};

inline constexpr std::string_view kImageToken = "<|image|>";

// The 256 special tokens of Llama 3.2 Vision in the released order, from first_id on, followed by <|image|>.
AddedTokens llama3_special_tokens(std::int64_t first_id);

// Rows of the output head, if no tokens were added later: all ids, without <|image|> if it is the last one.
std::int64_t head_rows(std::int64_t ordinary_tokens, const AddedTokens& added);

}  // namespace llama32med
