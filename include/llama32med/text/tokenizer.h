// Text to token ids and back.
//
// Two kinds behind one interface: the byte-level BPE of Llama 3 (`tokenizer.model` in tiktoken format, or a
// `tokenizer.json`), and SentencePiece models for small experiments. Both have the released special tokens: with n
// ordinary tokens, <|begin_of_text|> = n, ..., <|eot_id|> = n + 9, ..., n + 255; <|image|> = n + 256.
// No begin token is added here: the chat (chat.h) writes exactly one.
//
// Throws Error{kData} for invalid files and unknown ids.
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

  // Encodes user text. A spelled-out special token stays text; each maximal invalid UTF-8 part becomes U+FFFD first.
  // decode(encode(s)) == s for every valid s.
  virtual std::vector<std::int64_t> encode(std::string_view text) const = 0;
  // Encodes trusted text, in which `<|eot_id|>` is that token. Never use it for user text.
  virtual std::vector<std::int64_t> encode_with_specials(std::string_view text) const = 0;
  // The bytes of the tokens. A token may hold part of a character, so the result for part of a text may not be valid
  // UTF-8.
  virtual std::string decode(const std::vector<std::int64_t>& ids, SpecialTokens specials) const = 0;

  virtual std::optional<std::int64_t> special(std::string_view name) const = 0;  // "<|eot_id|>" -> id
  // One more than the largest id, not counting <|image|> if it comes last: the config's vocab_size, unless tokens were
  // added after it.
  virtual std::int64_t vocabulary_size() const = 0;
  virtual const std::string& source() const = 0;  // the file, for errors

  std::int64_t require_special(std::string_view name) const;  // Error{kData} names the token and the file
};

// Loads a folder's tokenizer.model (ranks or SentencePiece, detected by content), else its tokenizer.json; or one such
// file.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder_or_file);

// Whether a tokenizer.model holds a SentencePiece model (binary) rather than tiktoken ranks (text).
bool is_sentencepiece_model(std::string_view bytes);

// Trains a SentencePiece tokenizer.model; the same texts give the same bytes. vocabulary_size counts everything (256
// bytes, 256 special tokens, pieces). The model may come out smaller if the texts offer too few pieces, so query the
// loaded tokenizer. Throws Error{kUsage} if the size is too small for the characters in the texts.
std::string train_sentencepiece(const std::vector<std::string>& texts, std::int64_t vocabulary_size);

// Decodes a growing text token by token; emits whole UTF-8 characters only.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer, SpecialTokens specials = SpecialTokens::kSkip)
      : tokenizer_(tokenizer), specials_(specials) {}

  std::string push(std::int64_t id);  // the characters that this token completes, possibly none
  std::string finish();               // the remainder: U+FFFD for an incomplete character

 private:
  const Tokenizer& tokenizer_;
  SpecialTokens specials_;
  std::string pending_;  // at most 3 bytes between calls
};

}  // namespace llama32med
