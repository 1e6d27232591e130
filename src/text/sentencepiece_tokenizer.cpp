#include "text/sentencepiece_tokenizer.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <array>
#include <unordered_map>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "text/added_tokens.h"

namespace llama32med {
namespace {

constexpr std::string_view kBlankMark = "\xE2\x96\x81";  // U+2581
constexpr std::int64_t kSpecialCount = 256;

class SentencePieceTokenizer : public Tokenizer {
 public:
  SentencePieceTokenizer(std::string_view model, const std::string& source) : source_(source) {
    if (const auto status = processor_.LoadFromSerializedProto(model); !status.ok())
      throw data_error("{}: not a SentencePiece model: {}", source, status.ToString());
    read_pieces();
    added_ = llama3_special_tokens(static_cast<std::int64_t>(pieces_.size()));
    // Leading, trailing and double spaces, a compatibility character, the space mark, a character no model has seen.
    const std::string probe = "  A\xEF\xAC\x81 \xE2\x96\x81 b\n\t\xF3\xA0\x81\x81 ";
    if (decode(encode(probe), SpecialTokens::kKeep) != probe)
      throw data_error(
          "{}: this SentencePiece model changes text (normalizer, dummy prefix or missing bytes); train one with "
          "init --train-tokenizer",
          source);
  }

  std::vector<std::int64_t> encode(std::string_view text) const override {
    return encode_around(text, AddedTokens::Which::kPlain);
  }
  std::vector<std::int64_t> encode_with_specials(std::string_view text) const override {
    return encode_around(text, AddedTokens::Which::kAll);
  }

  std::string decode(const std::vector<std::int64_t>& ids, SpecialTokens specials) const override {
    std::string bytes;
    for (const auto id : ids) {
      if (const auto* added = added_.by_id(id)) {
        if (specials == SpecialTokens::kKeep) bytes += added->content;
      } else if (id >= 0 && id < static_cast<std::int64_t>(pieces_.size())) {
        bytes += pieces_[id];
      } else {
        throw data_error("token id {} does not exist in {} (ids 0 to {})", id, source_, added_.largest_id());
      }
    }
    return bytes;
  }

  std::optional<std::int64_t> special(std::string_view name) const override { return added_.id_of(name); }
  std::int64_t vocabulary_size() const override { return head_rows(static_cast<std::int64_t>(pieces_.size()), added_); }
  const std::string& source() const override { return source_; }

 private:
  // The text of every piece; control pieces and <unk> have none.
  void read_pieces() {
    byte_ids_.fill(-1);
    for (int id = 0; id < processor_.GetPieceSize(); ++id) {
      std::string text;
      if (processor_.IsByte(id)) {  // "<0x41>"
        const int byte = std::stoi(processor_.IdToPiece(id).substr(3, 2), nullptr, 16);
        byte_ids_[byte] = id;
        text = static_cast<char>(byte);
      } else if (!processor_.IsControl(id) && !processor_.IsUnknown(id)) {
        text = with_blanks(processor_.IdToPiece(id));
      }
      pieces_.push_back(std::move(text));
    }
    for (int byte = 0; byte < 256; ++byte)
      if (byte_ids_[byte] < 0)
        throw data_error("{}: no piece for the single byte 0x{:02x}; train a model with init --train-tokenizer",
                         source_, byte);
  }

  static std::string with_blanks(std::string_view piece) {
    std::string text;
    for (std::size_t i = 0; i < piece.size();) {
      const bool blank = piece.substr(i).starts_with(kBlankMark);
      text += blank ? ' ' : piece[i];
      i += blank ? kBlankMark.size() : 1;
    }
    return text;
  }

  std::vector<std::int64_t> encode_around(std::string_view text, AddedTokens::Which which) const {
    std::string mended;
    if (!is_valid_utf8(text)) text = mended = replace_invalid_utf8(text);
    std::vector<std::int64_t> ids;
    added_.cut(
        text, which, [&](std::string_view part) { encode_part(part, ids); },
        [&](std::int64_t id) { ids.push_back(id); });
    return ids;
  }

  void encode_part(std::string_view text, std::vector<std::int64_t>& ids) const {
    for (std::size_t begin = 0; begin < text.size();) {
      const auto mark = std::min(text.find(kBlankMark, begin), text.size());
      std::vector<int> part;
      if (const auto status = processor_.Encode(text.substr(begin, mark - begin), &part); !status.ok())
        throw data_error("{}: a text could not be encoded: {}", source_, status.ToString());
      ids.insert(ids.end(), part.begin(), part.end());
      if (mark < text.size())
        for (const char byte : kBlankMark) ids.push_back(byte_ids_[static_cast<unsigned char>(byte)]);
      begin = mark + kBlankMark.size();
    }
  }

  std::string source_;
  sentencepiece::SentencePieceProcessor processor_;
  std::vector<std::string> pieces_;
  std::array<std::int64_t, 256> byte_ids_{};
  AddedTokens added_;
};

// The trainer drops long sentences and expects single lines, so text is cut into lines and long lines at spaces.
class Lines : public sentencepiece::SentenceIterator {
 public:
  explicit Lines(const std::vector<std::string>& texts) {
    constexpr std::size_t kLongest = 4000;
    for (const auto& text : texts)
      for (auto& line : split(replace_invalid_utf8(text), '\n')) {
        while (line.size() > kLongest) {
          auto cut = line.rfind(' ', kLongest);
          if (cut == 0 || cut == line.npos)
            for (cut = kLongest; (line[cut] & 0xC0) == 0x80;) --cut;  // never inside a character
          lines_.push_back(line.substr(0, cut));
          line.erase(0, cut);
        }
        if (!trim(line).empty()) lines_.push_back(std::move(line));
      }
  }
  bool empty() const { return lines_.empty(); }
  bool done() const override { return at_ >= lines_.size(); }
  void Next() override { ++at_; }
  const std::string& value() const override { return lines_[at_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  std::vector<std::string> lines_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(std::string_view model, const std::string& source) {
  return std::make_unique<SentencePieceTokenizer>(model, source);
}

std::string train_sentencepiece(const std::vector<std::string>& texts, std::int64_t vocabulary_size) {
  Lines lines(texts);
  if (lines.empty()) throw usage_error("the texts to train a tokenizer on are empty");
  const std::unordered_map<std::string, std::string> options = {
      {"model_type", "unigram"},
      {"vocab_size", std::to_string(vocabulary_size - kSpecialCount)},
      {"hard_vocab_limit", "false"},
      {"character_coverage", "1.0"},
      {"byte_fallback", "true"},
      {"normalization_rule_name", "identity"},  // this and the next two: decoding reproduces the text
      {"add_dummy_prefix", "false"},
      {"remove_extra_whitespaces", "false"},
      {"split_digits", "true"},
      {"unk_id", "0"},
      {"bos_id", "-1"},  // our own special tokens follow the pieces
      {"eos_id", "-1"},
      {"pad_id", "-1"},
      {"num_threads", "1"},  // a fixed order of sums: the same texts give the same model
      {"minloglevel", "2"},
  };
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(options, &lines, &model);
  if (!status.ok())
    throw usage_error("a tokenizer of {} tokens cannot be trained on these texts: {}", vocabulary_size,
                      status.ToString());
  return model;
}

}  // namespace llama32med
