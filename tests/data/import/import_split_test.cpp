// How an import splits its records, and what it says about leaks.
#include "data/import/import_fixture.h"
#include "support/expect_error.h"

namespace llama32med::test {
namespace {

using ::testing::ElementsAre;

constexpr auto kUsage = ErrorKind::kUsage;

std::string many_rows() {
  std::string text = "image,question,answer,patient\n";
  for (int i = 0; i < 300; ++i) text += fmt::format("i{}.png,q{},x,P{}\n", i / 3, i, i / 10);
  return text;
}

class ImportSplit : public Import {
 protected:
  ImportSplit() {
    for (int i = 0; i < 100; ++i)
      write_file(source_.path() / fmt::format("i{}.png", i), png(static_cast<std::uint8_t>(i)), Durability::kSystem);
  }
  std::int64_t records_in(const ImportReport& report, const std::string& name) const {
    for (const auto& split : report.splits)
      if (split.name == name) return split.questions;
    return 0;
  }
};

TEST_F(ImportSplit, NoGroupIsOnTwoSides) {
  auto report = read("own.csv", many_rows(), {.by = SplitBy::kImage});
  EXPECT_EQ(report.split_by, "image");
  EXPECT_EQ(report.leaks.images, 0);
  EXPECT_EQ(records_in(report, "test"), 30);
  EXPECT_EQ(records_in(report, "validate"), 30);
  ASSERT_TRUE(report.leaks_by_question);
  EXPECT_GT(report.leaks_by_question->images, 10);
  report = read("own.csv", many_rows());
  EXPECT_EQ(report.split_by, "patient");
  EXPECT_EQ(report.leaks.patients, 0);
  report = read("own.csv", many_rows(), {.by = SplitBy::kRow});
  EXPECT_GT(report.leaks.images, 10);
}

TEST_F(ImportSplit, TheSameGroupsWhateverTheOrder) {
  const auto test_images = [&](const std::string& text) {
    read("own.csv", text, {.by = SplitBy::kImage, .seed = 3});
    std::set<std::string> images;
    for (const auto& line : lines_)
      if (line["split"] == "test") images.insert(line["image"]);
    return images;
  };
  auto text = many_rows();
  const auto images = test_images(text);
  auto rows = split(text, '\n');
  std::reverse(rows.begin() + 1, rows.end());
  EXPECT_EQ(test_images(join(rows, "\n")), images);
  // Pinned: the same on every machine.
  EXPECT_EQ(*images.begin(), "images/i13.png");
}

TEST_F(ImportSplit, SharesAndColumns) {
  EXPECT_EQ(
      records_in(read("own.csv", many_rows(), {.shares = parse_shares("60/20/20"), .by = SplitBy::kImage}), "test"),
      60);
  EXPECT_EQ(records_in(read("own.csv", many_rows(), {.shares = SplitShares{0, 1}}), "test"), 300);
  const std::string given =
      "image,question,answer,split\na.png,q,x,Training\nb.png,q,x,val\nc.png,q,x,test\na.png,r,x,test\n";
  auto report = read("own.csv", given);
  EXPECT_THAT(all("split"), ElementsAre("train", "validate", "test", "test"));
  EXPECT_EQ(report.leaks.images, 1);
  EXPECT_FALSE(report.leaks_by_question);
  EXPECT_ERROR(read("own.csv", given, {.columns = {.split = "split"}, .shares = SplitShares{}}), kUsage, "not both");
  report = read("own.csv", given + "a.png,s,x,\n", kAnyLoss);
  EXPECT_EQ(report.left_out.at("no split").count, 1);
  EXPECT_EQ(report.records, 4);
  EXPECT_ERROR(read("own.csv", given, {.shares = SplitShares{}, .by = SplitBy::kPatient}), kUsage, "--patient-column");
  EXPECT_ERROR(read("own.csv", given, {.shares = SplitShares{0.6, 0.6}}), kUsage, "at most 1 together");
  for (const auto* text : {"80/20", "a/b/c", "0/0/0", "80/10/10/0"})
    EXPECT_ERROR(parse_shares(text), kUsage, "80/10/10");
}

TEST_F(Import, AFewImagesStillGiveEverySplit) {
  const auto report = read("own.csv", "image,question,answer\na.png,q,x\nb.png,q,x\nc.png,q,x\n");
  EXPECT_EQ(report.splits.size(), 3u);
  EXPECT_EQ(read("own.csv", "image,question,answer\na.png,q,x\n").splits[0].name, "train");
}

TEST_F(Import, EqualFilesAreOneImage) {
  source_.add("same.png", png('a'));
  const auto report = read("own.csv", "image,question,answer\na.png,q,x\nsame.png,q,x\nb.png,q,x\nc.png,q,x\n");
  EXPECT_EQ(report.same_contents, 1);
  EXPECT_EQ(lines_[0]["split"], lines_[1]["split"]);
}

TEST_F(ImportSplit, TheSameCommandGivesTheSameBytes) {
  std::vector<std::string> texts;
  for (int i = 0; i < 2; ++i) {
    read("own.csv", many_rows());
    for (const auto& file : files_below(out_ / "data"))
      texts.push_back(file.lexically_relative(out_.path()).string() + read_file(file));
  }
  const auto half = texts.begin() + static_cast<std::ptrdiff_t>(texts.size() / 2);
  EXPECT_TRUE(std::equal(texts.begin(), half, half, texts.end()));
}

}  // namespace
}  // namespace llama32med::test
