// A tokenizer made of three parts: added tokens, a split pattern, byte pair encoding within the pieces.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "llama32med/text/tokenizer.h"
#include "text/added_tokens.h"
#include "text/byte_bpe.h"
#include "text/split_pattern.h"

namespace llama32med {

class ByteLevelTokenizer : public Tokenizer {
 public:
  ByteLevelTokenizer(std::unique_ptr<ByteBpe> bpe, SplitPattern pattern, AddedTokens added, std::string source)
      : bpe_(std::move(bpe)), pattern_(std::move(pattern)), added_(std::move(added)), source_(std::move(source)) {}

  std::vector<std::int64_t> encode(std::string_view text) const override;
  std::vector<std::int64_t> encode_with_specials(std::string_view text) const override;
  std::string decode(const std::vector<std::int64_t>& ids, SpecialTokens specials) const override;
  std::optional<std::int64_t> special(std::string_view name) const override { return added_.id_of(name); }
  std::int64_t vocabulary_size() const override { return head_rows(bpe_->size(), added_); }
  const std::string& source() const override { return source_; }

 private:
  std::vector<std::int64_t> encode_around(std::string_view text, AddedTokens::Which which) const;

  std::unique_ptr<ByteBpe> bpe_;
  SplitPattern pattern_;
  AddedTokens added_;
  std::string source_;
};

}  // namespace llama32med
