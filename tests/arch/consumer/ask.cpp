// ask FOLDER IMAGE QUESTION: loads a Hugging Face folder, encodes an image, answers.
#include <llama32med/batch/collator.h>
#include <llama32med/generate/generator.h>
#include <llama32med/text/chat.h>

#include <iostream>

using namespace llama32med;

int main(int, char** arguments) {
  const auto model = load_backbone(arguments[1], {}, at::kFloat);
  const auto tokenizer = load_tokenizer(arguments[1]);
  const ImageProcessor processor(read_preprocessor_config(arguments[1]));

  const auto image = normalize_tiles(processor(arguments[2]), processor.settings());
  const auto memory = model->encode_images({image});  // once, however many questions follow

  const ChatTurn turn = {Role::kUser, {ChatPart::image(), ChatPart::of(arguments[3])}};
  const ChatOptions options = {.generation_prompt = GenerationPrompt::kAssistant};
  const Prompt prompt = {encode_chat(*tokenizer, {turn}, options).ids, {.first = 0, .count = 1}};
  const auto answer = Generator(*model, {.max_new_tokens = 32}).answer({prompt}, memory).front();
  std::cout << tokenizer->decode(answer.ids, SpecialTokens::kSkip) << "\n";
}
