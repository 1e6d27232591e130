#include "llama32med/data/sample_encoder.h"

#include <gtest/gtest.h>

#include "llama32med/image/mllama_image_processor.h"
#include "llama32med/text/llama3_chat.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

constexpr std::int64_t kOneToken[] = {1};

struct Fixture {
  std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(test::golden("tiny/model"));
  SampleEncoder encoder(const std::string& prompt) const {
    return {*tokenizer,
            {std::make_shared<MllamaImageProcessor>(TileSettings{}), std::make_shared<Llama3Chat>()},
            PromptTemplate::parse(prompt, "p"),
            "26 Jul 2024"};
  }
};

TEST(SampleEncoder, AsksWithThePromptAndEndsWithTheAssistantsHeader) {
  const Fixture fixture;
  const auto encoder = fixture.encoder("[user]\n<image>\nSay: {question}\n[assistant]\nThe answer is: {answer}\n");
  const auto ids = encoder.question_ids({.id = "1", .question = "Is it <|eot_id|>?", .answer = "No"}, kOneToken);
  EXPECT_EQ(fixture.tokenizer->decode(ids, SpecialTokens::kKeep),
            "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n<|image|>Say: Is it <|eot_id|>?<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n");
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 265), 1);  // the question's own <|eot_id|> is only text
}

TEST(SampleEncoder, SlotsMayNameExtraFields) {
  const Fixture fixture;
  const auto encoder = fixture.encoder("[user]\n<image>{modality}: {question}\n");
  const auto ids = encoder.question_ids({.id = "1", .question = "q", .fields = {{"modality", "CT"}}}, kOneToken);
  EXPECT_NE(fixture.tokenizer->decode(ids, SpecialTokens::kSkip).find("CT: q"), std::string::npos);
  EXPECT_ERROR(encoder.question_ids({.id = "7", .question = "q"}, kOneToken), ErrorKind::kUsage, "record 7",
               "{modality}");
}

TEST(SampleEncoder, APromptWithoutTheQuestionIsRejected) {
  const Fixture fixture;
  const auto encoder = fixture.encoder("[user]\n<image>Describe it.\n");
  EXPECT_ERROR(encoder.question_ids({.id = "7", .question = "q"}, kOneToken), ErrorKind::kUsage, "{question}",
               "record 7");
  EXPECT_FALSE(encoder.question_ids({.id = "8", .answer = "a caption"}, kOneToken).empty());
}

}  // namespace
}  // namespace llama32med
