#include "llama32med/report/confusion.h"

#include <gmock/gmock.h>

#include "llama32med/core/config_json.h"
#include "report/scored_items.h"

namespace llama32med::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Confusion, KindsOfAnswers) {
  const auto name = [](const char* text) { return std::string(answer_class_name(answer_class(text))); };
  EXPECT_EQ(name("Yes."), "yes/no");
  EXPECT_EQ(name("No, it is not"), "yes/no");
  EXPECT_EQ(name("yes and no"), "other");
  EXPECT_EQ(name("not seen"), "other");
  EXPECT_EQ(name("2.5 cm"), "number");
  EXPECT_EQ(name("Two"), "number");
  EXPECT_EQ(name("T2 weighted MRI"), "modality");
  EXPECT_EQ(name("Chest X-ray"), "modality");
  EXPECT_EQ(name("The left lung"), "laterality");
  EXPECT_EQ(name("leftover"), "other");
  EXPECT_EQ(name(""), "other");
  EXPECT_EQ(yes_no_words("Nothing known, normal"), YesNoWords::kNone);
  EXPECT_EQ(yes_no_words("YES/no"), YesNoWords::kBoth);
}

TEST(Confusion, ByHand) {
  const TestRun run({{"a", "i", "q", "Yes", "no"},
                     {"b", "i", "q", "yes", "Yes"},
                     {"c", "i", "q", "No", "no, yes"},
                     {"d", "i", "q", "no", "hard to say"},
                     {"e", "i", "q", "Left lung", "right lung"},
                     {"f", "i", "q", "left lung", "Right lung."},
                     {"g", "i", "q", "right", "left and right"},
                     {"h", "i", "q", "pneumothorax", "No pneumothorax"},
                     {"i", "i", "q", "without effusion", "effusion"},
                     {"j", "i", "q", "effusion", ""}});
  const auto confusion = confusion_of(run.scored());
  EXPECT_THAT(confusion.yes_no[0], ElementsAre(1, 1, 0, 0));
  EXPECT_THAT(confusion.yes_no[1], ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(confusion.laterality.items, ElementsAre("e", "f"));
  EXPECT_EQ(confusion.laterality.of, 3);
  EXPECT_THAT(confusion.negation.items, ElementsAre("a", "h", "i"));
  EXPECT_EQ(confusion.negation.of, 9);  // all with an answer
  ASSERT_EQ(confusion.top.size(), 8u);
  EXPECT_EQ(confusion.top[0].reference, "left lung");
  EXPECT_EQ(confusion.top[0].prediction, "right lung");
  EXPECT_EQ(confusion.top[0].count, 2);
  const auto json = confusion_json(confusion);
  EXPECT_EQ(json["yes_no"]["no"]["both"], 1);
  EXPECT_EQ(json["answer_types"]["counts"][3][3], 3);  // laterality as laterality
  EXPECT_EQ(confusion_json(confusion_of(run.shuffled())), json);
  EXPECT_THAT(confusion_markdown(confusion), HasSubstr("|     2 | left lung"));
}

}  // namespace
}  // namespace llama32med::test
