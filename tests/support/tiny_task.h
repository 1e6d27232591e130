// A small task for the golden tiny model: questions about three of the golden images, ready to be encoded.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "llama32med/data/sample_encoder.h"
#include "llama32med/models/backbone_kind.h"
#include "support/test_data.h"

namespace llama32med::test {

inline std::vector<Record> tiny_records() {
  static constexpr const char* kQuestions[][2] = {{"rgb_57x56", "is it red"},
                                                  {"palette_48x64", "is it gray"},
                                                  {"rgb_57x56", "what is it"},
                                                  {"rgb_over_333x90", "how many are there"},
                                                  {"palette_48x64", "where is it"}};
  std::vector<Record> records;
  for (const auto& [image, question] : kQuestions)
    records.push_back({.id = std::to_string(records.size()),
                       .image_id = image,
                       .image = golden("images") / (std::string(image) + ".png"),
                       .question = question,
                       .answer = records.size() % 2 == 0 ? "yes" : "the left one"});
  return records;
}

struct TinyEncoder {
  std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(golden("tiny/model"));
  SampleEncoder encoder{*tokenizer, load_processor(golden("tiny/model"), {}),
                        PromptTemplate::load(source_folder() / "prompts/radiologist_vqa.txt"), "26 Jul 2024"};
};

}  // namespace llama32med::test
