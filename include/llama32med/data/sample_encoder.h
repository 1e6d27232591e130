// Record -> sample: the only code that combines prompts, chat and images.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
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
  // The token itself in the assistant's text and for the token that ends its turn, else kNoLabel.
  std::vector<std::int64_t> labels;
  bool cut = false;  // truncated to the maximum length
};

// How inputs are prepared for a model, apart from the tokenizer. Each backbone creates its own from a model folder.
struct Processor {
  std::shared_ptr<const ImageProcessor> images;
  std::shared_ptr<const ChatFormat> chat;
};

class SampleEncoder {
 public:
  // `date` is for chat formats that contain one.
  SampleEncoder(const Tokenizer& tokenizer, Processor processor, PromptTemplate prompt, std::string date);

  // The ids that ask for the record's answer, ending with the assistant's header. image_tokens: the number of tokens of
  // each image shown; empty: asks without the image. Throws Error{kUsage} if the record cannot fill the prompt's slots.
  std::vector<std::int64_t> question_ids(const Record& record, std::span<const std::int64_t> image_tokens) const;
  // The whole conversation with the record's answer, truncated after `max_tokens`. Throws like question_ids(), and
  // Error{kData} if the number of image tokens depends on the image and it cannot be read.
  TrainingText training_text(const Record& record, std::int64_t max_tokens) const;
  // The same as question_ids() for any conversation.
  std::vector<std::int64_t> chat_ids(const std::vector<ChatTurn>& turns,
                                     std::span<const std::int64_t> image_tokens) const;
  ProcessedImage image(const Record& record) const { return images()(record.image); }

  const Tokenizer& tokenizer() const { return *tokenizer_; }
  const PromptTemplate& prompt() const { return prompt_; }
  const ImageProcessor& images() const { return *processor_.images; }
  const ChatFormat& chat() const { return *processor_.chat; }

 private:
  const Tokenizer* tokenizer_;
  Processor processor_;
  PromptTemplate prompt_;
  std::string date_;
};

}  // namespace llama32med
