// Record -> sample: the only code that combines prompts, chat and images.
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

inline constexpr std::int64_t kNoLabel = -100;  // label of a token without loss: PyTorch's ignore_index

struct TrainingText {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> labels;  // the token itself in the assistant's text (including <|eot_id|>), else kNoLabel
  bool cut = false;                  // truncated to the maximum length
};

class SampleEncoder {
 public:
  // `date` goes into the system turn of text-only prompts.
  SampleEncoder(const Tokenizer& tokenizer, PromptTemplate prompt, ImageProcessor images, std::string date);

  // The ids that ask for the record's answer, ending with the assistant's header. Throws Error{kUsage} if the record
  // cannot fill the prompt's slots.
  // image_count: 0 asks without the image; default: one per image mark of the prompt.
  std::vector<std::int64_t> question_ids(const Record& record,
                                         std::optional<std::int64_t> image_count = std::nullopt) const;
  // The whole conversation with the record's answer, truncated after `max_tokens`. Throws like question_ids().
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
