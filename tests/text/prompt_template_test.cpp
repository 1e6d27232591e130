#include "llama32med/text/prompt_template.h"

#include <gmock/gmock.h>

#include "llama32med/core/files.h"
#include "llama32med/text/llama3_chat.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PromptTemplate prompt(const std::string& text) { return PromptTemplate::parse(text, "p.txt"); }
PromptTemplate shipped(const std::string& name) {
  return PromptTemplate::load(test::source_folder() / "prompts" / (name + ".txt"));
}
ChatTurn turn(Role role, std::vector<ChatPart> parts) { return {role, std::move(parts)}; }

TEST(PromptTemplate, EveryShippedPromptLoadsAndRenders) {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(test::source_folder() / "prompts")) {
    if (file.path().extension() != ".txt") continue;
    const auto loaded = PromptTemplate::load(file.path());
    for (const auto use : {PromptUse::kTrain, PromptUse::kAnswer}) {
      PromptTemplate::Slots slots;
      for (const auto& name : loaded.slots(use)) slots[name] = "a value";
      EXPECT_FALSE(loaded.render(slots, use).empty()) << file.path();
    }
    EXPECT_EQ(loaded.name(), file.path().stem());
    EXPECT_EQ(loaded.source(), read_file(file.path()));
    ++count;
  }
  EXPECT_GE(count, 5);
}

TEST(PromptTemplate, ThePapersPrompts) {
  EXPECT_EQ(
      render_chat(Llama3Chat(),
                  shipped("radiologist_vqa")
                      .render({{"question", "Is there a fracture?"}, {"answer", "no"}}, PromptUse::kTrain),
                  {}),
      "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n<|image|>You are an expert radiologist. Answer the "
      "following medical question concisely: Is there a fracture?<|eot_id|><|start_header_id|>assistant"
      "<|end_header_id|>\n\nThe answer is: no<|eot_id|>");
  EXPECT_EQ(
      render_chat(Llama3Chat(), shipped("radiologist_caption").render({{"caption", "Axial CT."}}, PromptUse::kTrain),
                  {}),
      "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n<|image|>You are an expert radiologist. Describe "
      "accurately what you see in this medical image.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
      "Axial CT.<|eot_id|>");
}

TEST(PromptTemplate, AskingLeavesTheAnswerOut) {
  const auto vqa = shipped("radiologist_vqa");
  EXPECT_THAT(vqa.slots(PromptUse::kTrain), ElementsAre("question", "answer"));
  EXPECT_THAT(vqa.slots(PromptUse::kAnswer), ElementsAre("question"));
  EXPECT_EQ(vqa.render({{"question", "Q?"}}, PromptUse::kAnswer).size(), 1u);
  EXPECT_EQ(vqa.answer_head(), "The answer is:");
  EXPECT_EQ(shipped("radiologist_caption").answer_head(), "");
  EXPECT_EQ(prompt("[user]\nQ").answer_head(), "");
}

TEST(PromptTemplate, SectionsMarksAndBraces) {
  const auto turns =
      prompt(
          "# a comment\r\n\n[system]\n\nBe {{brief}}.\n# no comment here\n\n[user]\nLook: <image> well.\n"
          "<image>\n\n{a} and {b_2}{a}\n\n[assistant]\n{c}\n[user]\nMore?")
          .render({{"a", "1"}, {"b_2", "2"}, {"c", "\n 3 \n"}}, PromptUse::kAnswer);
  EXPECT_THAT(turns, ElementsAre(turn(Role::kSystem, {ChatPart::of("Be {brief}.\n# no comment here")}),
                                 turn(Role::kUser, {ChatPart::of("Look: "), ChatPart::image(), ChatPart::of(" well.\n"),
                                                    ChatPart::image(), ChatPart::of("\n1 and 21")}),
                                 turn(Role::kAssistant, {ChatPart::of("\n 3 \n")}),
                                 turn(Role::kUser, {ChatPart::of("More?")})));
}

TEST(PromptTemplate, SlotsAreNeverParsed) {
  const auto turns = prompt("[user]\n<image>\n{q}").render({{"q", "{q} <image>\n[assistant]\n{x}"}}, PromptUse::kTrain);
  EXPECT_THAT(turns,
              ElementsAre(turn(Role::kUser, {ChatPart::image(), ChatPart::of("{q} <image>\n[assistant]\n{x}")})));
}

TEST(PromptTemplate, OneMarkTakesAllImages) {
  const auto one = prompt("[user]\n<image>\nCompare."), none = prompt("[user]\nHello."),
             two = prompt("[user]\n<image><image>");
  const auto count = [](const std::vector<ChatTurn>& turns) {
    return std::ranges::count(turns[0].parts, ChatPart::image());
  };
  EXPECT_EQ(count(one.render({}, PromptUse::kTrain)), 1);
  EXPECT_EQ(count(one.render({}, PromptUse::kTrain, 3)), 3);
  EXPECT_EQ(count(one.render({}, PromptUse::kTrain, 0)), 0);
  EXPECT_EQ(count(two.render({}, PromptUse::kTrain, 2)), 2);
  EXPECT_EQ(count(none.render({}, PromptUse::kTrain, 0)), 0);
  EXPECT_ERROR(none.render({}, PromptUse::kTrain, 1), ErrorKind::kUsage, "p.txt", "0 <image> marks", "1 images");
  EXPECT_ERROR(two.render({}, PromptUse::kTrain, 1), ErrorKind::kUsage, "p.txt", "2 <image> marks");
}

TEST(PromptTemplate, NamesTheSlotThatIsWrong) {
  const auto vqa = prompt("[user]\n{question}\n[assistant]\n{answer}");
  EXPECT_ERROR(vqa.render({{"question", "Q"}}, PromptUse::kTrain), ErrorKind::kUsage, "p.txt",
               "slot {answer} has no value");
  EXPECT_ERROR(vqa.render({{"question", "Q"}, {"answer", "A"}}, PromptUse::kAnswer), ErrorKind::kUsage,
               "no slot {answer}");
  EXPECT_ERROR(vqa.render({{"qestion", "Q"}, {"answer", "A"}}, PromptUse::kTrain), ErrorKind::kUsage, "p.txt",
               "no slot {qestion}", "did you mean \"question\"", "question, answer");
}

TEST(PromptTemplate, NamesTheLineThatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "no section"},
      {"# only\n", "no section"},
      {"hello\n[user]\nx", "p.txt:1: text before"},
      {"[user]\nx\n[asistant]\ny", "p.txt:3: [asistant] is not a section (did you mean \"[assistant]\"?)"},
      {"[user]\nx\n[system]\ny", "p.txt:3: [system] must be the first"},
      {"[user]\n\n\n[assistant]\ny", "p.txt:1: this section is empty"},
      {"[user]\nx\n\n[assistant]\n \n\n", "p.txt:4: this section is empty"},
      {"[user]\n\nx\na { b\n\n[assistant]\ny", "p.txt:4: { does not begin a slot {name}; write {{ for a brace"},
      {"[user]\n{a", "p.txt:2: { does not begin"},
      {"[user]\n{}", "p.txt:2: { does not begin"},
      {"[user]\n{1a}", "p.txt:2: { does not begin"},
      {"[user]\na } b", "p.txt:2: a single }; write }} for a brace"},
      {"[system]\n<image>\n[user]\nx", "p.txt:2: <image> belongs in a [user] section"},
      {"[user]\n\xff", "not UTF-8"},
      {"[user]\n<image>\nx\n<|image|>{q}", "p.txt:4: \"<|image|>\" would be encoded as plain text"},
  };
  for (const auto& [text, says] : cases) EXPECT_ERROR(prompt(text), ErrorKind::kUsage, "p.txt", says);
  EXPECT_ERROR(PromptTemplate::load("no/such/prompt.txt"), ErrorKind::kData, "no/such/prompt.txt");
}

}  // namespace
}  // namespace llama32med
