// Text to token ids and back.
//
// Two kinds behind one interface: the Llama-3 byte-level BPE (`tokenizer.model` in tiktoken's form or a
// `tokenizer.json`), and SentencePiece models for small experiments. Both know the same special tokens in the released
// numbering: with n ordinary tokens, <|begin_of_text|> = n, ..., <|eot_id|> = n + 9, ..., n + 255; <|image|> = n + 256.
// No begin token is ever added here: the chat (chat.h) writes exactly one.
//
// Throws Error{kData} for files that are broken and for ids that do not exist.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

enum class SpecialTokens { kSkip, kKeep };

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Users' text. What spells a special token stays text; bytes that are not UTF-8 become U+FFFD first, one for each
  // maximal invalid part. decode(encode(s)) == s for every valid s.
  virtual std::vector<std::int64_t> encode(std::string_view text) const = 0;
  // Text of our own, in which `<|eot_id|>` is that token. Never for users' text.
  virtual std::vector<std::int64_t> encode_with_specials(std::string_view text) const = 0;
  // The bytes of the tokens. A token may hold half a character, so the bytes of a part of a text need not be UTF-8.
  virtual std::string decode(const std::vector<std::int64_t>& ids, SpecialTokens specials) const = 0;

  virtual std::optional<std::int64_t> special(std::string_view name) const = 0;  // "<|eot_id|>" -> id
  // Rows of the output head, the config's vocab_size: all ids but <|image|>, which stands behind them and is never
  // predicted.
  virtual std::int64_t vocabulary_size() const = 0;
  virtual const std::string& source() const = 0;  // the file, for errors

  std::int64_t require_special(std::string_view name) const;  // Error{kData} names the token and the file
};

// A folder: its tokenizer.model (ranks or SentencePiece, told apart by content), else its tokenizer.json. Or one such
// file.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder_or_file);

// Whether a tokenizer.model holds a SentencePiece model (binary) and not tiktoken ranks (text).
bool is_sentencepiece_model(std::string_view bytes);

// A tokenizer.model in SentencePiece's form, made from the texts; the same texts give the same bytes. vocabulary_size
// counts everything (256 bytes, 256 special tokens, pieces); the model may come out smaller where the texts offer no
// more pieces, so ask the loaded tokenizer. Throws Error{kUsage} if the size is too small for the texts' characters.
std::string train_sentencepiece(const std::vector<std::string>& texts, std::int64_t vocabulary_size);

// Text as it grows, token by token: gives out whole UTF-8 characters only.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer, SpecialTokens specials = SpecialTokens::kSkip)
      : tokenizer_(tokenizer), specials_(specials) {}

  std::string push(std::int64_t id);  // the characters that this token completes, perhaps none
  std::string finish();               // what is left: U+FFFD for a character that never came to its end

 private:
  const Tokenizer& tokenizer_;
  SpecialTokens specials_;
  std::string pending_;  // at most 3 bytes between calls
};

}  // namespace llama32med
