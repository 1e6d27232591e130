#include "llama32med/raters/review.h"

#include <gmock/gmock.h>

#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/csv.h"
#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med::test {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// SLAKE's figures of the paper: 355 closed items (324 right), 706 open ones (575 string matches).
std::vector<ReviewItem> slake_like() {
  std::vector<ReviewItem> items;
  for (int i = 0; i < 355; ++i)
    items.push_back({fmt::format("c{}", i), "i.jpg", "Is it?", "Yes", "yes", AnswerKind::kClosed, i < 324 ? 1.0 : 0.0});
  for (int i = 0; i < 706; ++i) {
    const bool hit = i < 575;
    items.push_back({fmt::format("o{}", i), fmt::format("images/{}.jpg", i % 96), fmt::format("Question {}?", i),
                     fmt::format("reference{}", i), hit ? fmt::format("reference{}", i) : fmt::format("answer{}", i),
                     AnswerKind::kOpen, hit ? 1.0 : 0.0});
  }
  return items;
}

// A filled-in sheet: the first `accepted` rows except controls are accepted, controls have their known verdict.
std::string filled(const ReviewSheet& sheet, int accepted) {
  std::string out = "item_id\tverdict\tcomment\n";
  for (const auto& row : sheet.rows) {
    const double verdict = row.control ? *row.control : accepted-- > 0 ? 1 : 0;
    out += fmt::format("{}\t{}\t\n", row.item.id, verdict);
  }
  return out;
}

class Review : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    write_file(folder_ / name, text);
    return folder_ / name;
  }
  RaterSheet read(const std::string& text, const ReviewSheet& key) const {
    return read_rater_sheet(write("rater.tsv", text), "a", key);
  }

  TempFolder folder_;
};

TEST_F(Review, TheSheetHoldsAllMismatchesAndSomeControlsInAnotherOrder) {
  const auto items = slake_like();
  const auto sheet = make_review_sheet(items, {.seed = 3});
  std::set<std::string> ids;
  int matches = 0, mismatches = 0;
  for (const auto& row : sheet.rows) {
    EXPECT_TRUE(ids.insert(row.item.id).second) << row.item.id;
    if (row.control == 1) {
      ++matches;
      EXPECT_EQ(row.item.prediction, row.item.reference);
    }
    if (row.control == 0) {
      ++mismatches;
      EXPECT_NE(row.item.prediction, row.item.reference);
    }
  }
  EXPECT_EQ(sheet.rows.size(), 131u + 7u);  // 5 % of 131, rounded up
  EXPECT_EQ(matches, 4);
  EXPECT_EQ(mismatches, 3);
  for (int i = 575; i < 706; ++i) EXPECT_TRUE(ids.contains(fmt::format("o{}", i)));
  EXPECT_EQ(review_sheet_tsv(sheet), review_sheet_tsv(make_review_sheet(items, {.seed = 3})));
  EXPECT_NE(review_sheet_tsv(sheet), review_sheet_tsv(make_review_sheet(items, {.seed = 4})));
  EXPECT_NE(sheet.rows[0].item.id, "o575");
}

TEST_F(Review, TheSheetIsBlind) {
  const auto text = review_sheet_tsv(make_review_sheet(slake_like(), {}));
  EXPECT_TRUE(text.starts_with("item_id\timage\tquestion\treference\tprediction\tverdict\tcomment\n"));
  EXPECT_EQ(text.find("control"), text.npos);
  for (const auto& row : parse_csv(text, "sheet", '\t')) EXPECT_EQ(row.cells.size(), 7u);
}

TEST_F(Review, AwkwardTextRoundTrips) {
  const std::vector<ReviewItem> items = {
      {"1", "a b.jpg", "tab\there, \"quoted\"\nand \xC3\xA9?", "x", "y", AnswerKind::kOpen, 0}};
  const auto text = review_sheet_tsv(make_review_sheet(items, {}));
  EXPECT_TRUE(text.starts_with("\xEF\xBB\xBFitem_id"));
  EXPECT_EQ(parse_csv(text, "sheet", '\t')[1].cells[2], items[0].question);
}

TEST_F(Review, ThePapersFigures) {
  const auto items = slake_like();
  const auto sheet = make_review_sheet(items, {});
  write_json(folder_ / "key.json", review_key_json(sheet));
  const auto key = read_review_key(folder_ / "key.json");
  std::vector<RaterSheet> sheets;
  int number = 0;
  for (const int accepted : {17, 18, 20})
    sheets.push_back(read_rater_sheet(write("r.tsv", filled(sheet, accepted)), fmt::format("r{}", ++number), key));
  VerdictStore store;
  const auto result = merge_reviews(items, key, sheets, store);
  EXPECT_NEAR(100 * result.open_human.mean(), 84.0415, 5e-5);
  EXPECT_EQ(percent(result.open_string, 2), "81.44");
  EXPECT_EQ(result.closed.sum, 324);
  EXPECT_NEAR(result.overall_human.sum, 324 + 575 + 55.0 / 3, 1e-9);
  EXPECT_EQ(result.overall_human.count, 1061);
  EXPECT_EQ(result.open_majority.sum, 575 + 18);
  EXPECT_EQ(result.reviewed, 131);
  EXPECT_NEAR(result.accepted_share, 55.0 / 3 / 131, 1e-12);
  EXPECT_EQ(result.raters[2].accepted, 20);
  EXPECT_EQ(result.raters[2].rows, 131);
  EXPECT_EQ(result.raters[0].controls.sum, 7);
  EXPECT_GT(result.fleiss_kappa.value(), 0.9);
  EXPECT_NEAR(result.alpha_nominal.value(), result.alpha_ordinal.value(), 1e-12);  // two categories were used
  const auto json = review_json(result);
  EXPECT_NEAR(json["open"]["human"]["percent"].get<double>(), 84.0415, 5e-5);
  EXPECT_EQ(json["items"].size(), 131u);
  EXPECT_NE(review_markdown(result).find("| open | 706 | 81.44 | 84.04 |"), std::string::npos);

  // A later run with the same answers needs no rater.
  store.save(folder_ / "verdicts.jsonl");
  VerdictStore later(folder_ / "verdicts.jsonl");
  const auto again = make_review_sheet(items, {}, later);
  EXPECT_TRUE(again.rows.empty());
  EXPECT_EQ(again.reused.size(), 131u);
  EXPECT_NEAR(merge_reviews(items, again, {}, later).open_human.sum, result.open_human.sum, 1e-9);
}

TEST_F(Review, OneRowForEqualTexts) {
  std::vector<ReviewItem> items;
  for (const auto* id : {"1", "2", "3"}) items.push_back({id, id, "Where?", "left", "right", AnswerKind::kOpen, 0});
  items.push_back({"4", "4", "Where?", "left", "left side", AnswerKind::kOpen, 0});
  EXPECT_EQ(make_review_sheet(items, {}).rows.size(), 4u);
  const auto sheet = make_review_sheet(items, {.duplicates = Duplicates::kOnce});
  ASSERT_EQ(sheet.rows.size(), 2u);
  VerdictStore store;
  const RaterSheet rater{"a", {{"1", 1}, {"4", 0.5}}, {}};
  const auto result = merge_reviews(items, sheet, {rater}, store);
  EXPECT_EQ(result.open_human.sum, 3.5);
  EXPECT_EQ(result.raters[0].accepted, 3.5);
  EXPECT_EQ(result.raters[0].rows, 4);
  EXPECT_FALSE(result.fleiss_kappa);
}

TEST_F(Review, ReadsSpreadsheetFiles) {
  const std::vector<ReviewItem> items = {{"1", "i", "a, b?", "x", "y", AnswerKind::kOpen, 0},
                                         {"2", "i", "c", "x", "z", AnswerKind::kOpen, 0}};
  const auto key = make_review_sheet(items, {});
  const auto expected = UnorderedElementsAre(std::pair{std::string("1"), 1.0}, std::pair{std::string("2"), 0.5});
  EXPECT_THAT(read("item_id\tverdict\n1\ty\n2\tP\n", key).verdicts, expected);
  EXPECT_THAT(
      read("\xEF\xBB\xBFItem_ID,question,Verdict,comment\r\n2,\"c, \"\"d\"\"\",0.5,\r\n1,\"a\nb\",1,fine\r\n,,,\r\n",
           key)
          .verdicts,
      expected);
  EXPECT_THAT(read("item_id;verdict\n1;1.0\n2;0,5\n", key).verdicts, expected);
  EXPECT_THAT(read("item_id\tverdict\tcomment\n1\t1\tclose enough\n2\tp\t\n", key).comments,
              ElementsAre(std::pair{std::string("1"), std::string("close enough")}));
}

TEST_F(Review, ProblemsOfASheetAreListed) {
  std::vector<ReviewItem> items;
  for (const auto* id : {"1", "2", "3", "4"}) items.push_back({id, id, id, "x", "y", AnswerKind::kOpen, 0});
  const auto key = make_review_sheet(items, {});
  EXPECT_ERROR(read("item_id\tverdict\n1\t1\n1\t1\n2\tmaybe\n3\t\n9\t1\n", key), ErrorKind::kData,
               "items missing (1): 4", "duplicate items (1): 1", "not in the exported sheet (1): 9",
               "without a verdict (1): 3", "2 (\"maybe\")");
  EXPECT_ERROR(read("id\tverdict\n", key), ErrorKind::kData, "no column \"item_id\"", "id, verdict");
  EXPECT_ERROR(read("item_id\tverdict\n1\t\xFF\n", key), ErrorKind::kData, "not UTF-8");
  EXPECT_ERROR(read("\xFF\xFEi", key), ErrorKind::kData, "UTF-16");
  EXPECT_ERROR(read("PK\x03\x04..xl/workbook.xml", key), ErrorKind::kData, "Excel workbook", "CSV");
  EXPECT_ERROR(read("", key), ErrorKind::kData, "empty");
}

TEST_F(Review, AKeyOfOtherPredictionsIsRejected) {
  std::vector<ReviewItem> items = {{"1", "i", "q", "x", "y", AnswerKind::kOpen, 0}};
  const auto key = make_review_sheet(items, {});
  items[0].prediction = "z";
  VerdictStore store;
  EXPECT_ERROR(merge_reviews(items, key, {RaterSheet{"a", {{"1", 1.0}}, {}}}, store), ErrorKind::kData,
               "other predictions", "1");
  EXPECT_ERROR(merge_reviews(items, {}, {}, store), ErrorKind::kData, "item 1", "no verdict");
}

TEST_F(Review, AnInvalidStoreIsRejected) {
  EXPECT_ERROR(VerdictStore(write("v.jsonl", "{\"key\":\"1\"}\n")), ErrorKind::kData, "v.jsonl:1", "verdict");
  EXPECT_ERROR(VerdictStore(write("v.jsonl", "[]\n")), ErrorKind::kData, "v.jsonl:1");
}

}  // namespace
}  // namespace llama32med::test
