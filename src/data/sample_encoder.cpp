#include "llama32med/data/sample_encoder.h"

#include <algorithm>

#include "llama32med/core/error.h"

namespace llama32med {
namespace {

// The slots that a record can fill; its extra fields are available by their official names.
std::string slot_value(const Record& record, const std::string& slot) {
  if (slot == "question") return record.question;
  if (slot == "answer" || slot == "caption") return record.answer;
  return field_of(record, slot);
}

PromptTemplate::Slots fill_slots(const Record& record, const PromptTemplate& prompt, PromptUse use) {
  PromptTemplate::Slots slots;
  const auto asked = prompt.slots(use);
  if (!record.question.empty() && std::find(asked.begin(), asked.end(), "question") == asked.end())
    throw usage_error(
        "prompt \"{}\" has no slot {{question}}, and record {} is a question; choose another --prompt-file",
        prompt.name(), record.id);
  for (const auto& slot : asked) {
    const auto value = slot_value(record, slot);
    if (value.empty())
      throw usage_error(
          "prompt \"{}\": record {} has nothing for slot {{{}}}; slots are question, answer, caption and the "
          "record's extra fields",
          prompt.name(), record.id, slot);
    slots[slot] = value;
  }
  return slots;
}

}  // namespace

SampleEncoder::SampleEncoder(const Tokenizer& tokenizer, Processor processor, PromptTemplate prompt, std::string date)
    : tokenizer_(&tokenizer), processor_(std::move(processor)), prompt_(std::move(prompt)), date_(std::move(date)) {}

std::vector<std::int64_t> SampleEncoder::question_ids(const Record& record,
                                                      std::span<const std::int64_t> image_tokens) const {
  const auto slots = fill_slots(record, prompt_, PromptUse::kAnswer);
  if (image_tokens.empty()) return chat_ids(prompt_.render(slots, PromptUse::kAnswer, 0), {});
  return chat_ids(prompt_.render(slots, PromptUse::kAnswer), image_tokens);
}

TrainingText SampleEncoder::training_text(const Record& record, std::int64_t max_tokens) const {
  const auto turns = prompt_.render(fill_slots(record, prompt_, PromptUse::kTrain), PromptUse::kTrain);
  const std::int64_t image_tokens[] = {images().tokens_of(record.image)};
  const auto chat = encode_chat(*tokenizer_, *processor_.chat, turns, {.date = date_}, image_tokens);
  const auto kept = std::min(chat.ids.size(), static_cast<std::size_t>(max_tokens));
  TrainingText text{.cut = kept < chat.ids.size()};
  for (std::size_t i = 0; i < kept; ++i) {
    text.ids.push_back(chat.ids[i]);
    text.labels.push_back(chat.supervised[i] ? chat.ids[i] : kNoLabel);
  }
  return text;
}

std::vector<std::int64_t> SampleEncoder::chat_ids(const std::vector<ChatTurn>& turns,
                                                  std::span<const std::int64_t> image_tokens) const {
  const ChatOptions options{.date = date_, .generation_prompt = GenerationPrompt::kAssistant};
  return encode_chat(*tokenizer_, *processor_.chat, turns, options, image_tokens).ids;
}

}  // namespace llama32med
