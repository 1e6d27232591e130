// Record -> sample: the only code that knows prompts, chat and images together.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/data/record.h"
#include "llama32med/image/image_processor.h"
#include "llama32med/text/prompt_template.h"
#include "llama32med/text/tokenizer.h"

namespace llama32med {

inline constexpr std::int64_t kNoLabel = -100;  // of a token without loss: PyTorch's ignore_index

struct TrainingText {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> labels;  // the token itself where the assistant speaks (<|eot_id|> included), else kNoLabel
  bool cut = false;                  // it was longer than allowed
};

class SampleEncoder {
 public:
  // `date` stands in the dated system block that text-only prompts get.
  SampleEncoder(const Tokenizer& tokenizer, PromptTemplate prompt, ImageProcessor images, std::string date);

  // The ids that ask for the record's answer; they end with the assistant's header. Throws Error{kUsage} for a prompt
  // whose slots the record cannot fill.
  // image_count: 0 asks without the image; not given: one a mark of the prompt.
  std::vector<std::int64_t> question_ids(const Record& record,
                                         std::optional<std::int64_t> image_count = std::nullopt) const;
  // The whole conversation with the record's answer, cut behind `max_tokens`. Throws as question_ids().
  TrainingText training_text(const Record& record, std::int64_t max_tokens) const;
  std::vector<std::int64_t> chat_ids(const std::vector<ChatTurn>& turns) const;  // the same for any conversation
  TiledImage image(const Record& record) const { return images_(record.image); }

  const Tokenizer& tokenizer() const { return *tokenizer_; }
  const PromptTemplate& prompt() const { return prompt_; }
  const ImageProcessor& images() const { return images_; }

 private:
  const Tokenizer* tokenizer_;
  PromptTemplate prompt_;
  ImageProcessor images_;
  std::string date_;
};

}  // namespace llama32med
