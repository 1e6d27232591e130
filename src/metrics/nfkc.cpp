#include "metrics/nfkc.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <unordered_map>

namespace llama32med {
namespace {

constexpr std::string_view kMetaBlank = "\xE2\x96\x81";  // U+2581: sentencepiece's mark for a space

class OneSentence : public sentencepiece::SentenceIterator {
 public:
  bool done() const override { return done_; }
  void Next() override { done_ = true; }
  const std::string& value() const override { return text_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  std::string text_ = "a";
  bool done_ = false;
};

// sentencepiece before 0.2 has no public normalizer. A character model trained on the single letter "a" serves as one:
// its pieces, joined, are the normalized text, even for unknown characters. Training it takes 2 ms, most of it for the
// normalization table it carries.
std::unique_ptr<const sentencepiece::SentencePieceProcessor> make_normalizer() {
  OneSentence sentence;
  std::string model;
  const std::unordered_map<std::string, std::string> options = {
      {"model_type", "char"},        {"vocab_size", "4"},
      {"hard_vocab_limit", "false"}, {"normalization_rule_name", "nfkc"},
      {"add_dummy_prefix", "false"}, {"remove_extra_whitespaces", "false"},
      {"minloglevel", "2"},
  };
  const auto trained = sentencepiece::SentencePieceTrainer::Train(options, &sentence, &model);
  auto normalizer = std::make_unique<sentencepiece::SentencePieceProcessor>();
  if (!trained.ok() || !normalizer->LoadFromSerializedProto(model).ok())
    throw std::logic_error("sentencepiece gave no NFKC normalizer: " + trained.ToString());
  return normalizer;
}

}  // namespace

std::string sentencepiece_nfkc(std::string_view text) {
  static const auto normalizer = make_normalizer();
  std::string out;
  for (;;) {
    const auto mark = text.find(kMetaBlank);  // protects a real U+2581 in the text
    for (const auto& piece : normalizer->EncodeAsPieces({text.data(), std::min(mark, text.size())})) {
      std::size_t begin = 0;
      for (auto at = piece.find(kMetaBlank); at != piece.npos; at = piece.find(kMetaBlank, begin)) {
        out.append(piece, begin, at - begin).push_back(' ');
        begin = at + kMetaBlank.size();
      }
      out.append(piece, begin);
    }
    if (mark == text.npos) return out;
    out.append(kMetaBlank);
    text.remove_prefix(mark + kMetaBlank.size());
  }
}

}  // namespace llama32med
