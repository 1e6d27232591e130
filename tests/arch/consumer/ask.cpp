// ask FOLDER IMAGE QUESTION: loads a Hugging Face folder, encodes an image, answers.
#include <llama32med/llama32med.h>

#include <iostream>

using namespace llama32med;

int main(int, char** arguments) {
  const auto model = load_backbone(arguments[1], {}, at::kFloat);
  const auto tokenizer = load_tokenizer(arguments[1]);
  const auto processor = load_processor(arguments[1], {});

  const auto image = image_input((*processor.images)(arguments[2]), processor.images->scaling());
  const auto memory = model->encode_images({image});  // once, however many questions follow

  const ChatTurn turn = {Role::kUser, {ChatPart::image(), ChatPart::of(arguments[3])}};
  const ChatOptions options = {.generation_prompt = GenerationPrompt::kAssistant};
  const auto chat = encode_chat(*tokenizer, *processor.chat, {turn}, options, memory.tokens);
  const auto answer = Generator(*model, {.max_new_tokens = 32}).answer({{chat.ids, {0, 1}}}, memory).front();
  std::cout << tokenizer->decode(answer.ids, SpecialTokens::kSkip) << "\n";
}
