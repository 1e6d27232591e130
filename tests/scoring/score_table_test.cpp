#include "llama32med/scoring/score_table.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/scoring/prediction_join.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

using ::testing::HasSubstr;

Dataset made_up() {
  Dataset data;
  data.name = "records", data.split = "test";
  for (const auto& [id, answer] : {std::pair{"a", "Yes"}, {"b", "no"}, {"c", "Left Lung"}, {"d", "5"}}) {
    Record record;
    record.id = id, record.answer = answer, record.question = "Q?";
    data.records.push_back(record);
  }
  return data;
}

const std::vector<Prediction> kPredictions = {{.id = "d", .text = "The answer is: 5."},
                                              {.id = "a", .text = "yes"},
                                              {.id = "c", .text = "left  lung"},
                                              {.id = "b", .text = "The answer is: yes"}};

ScoreTable table_of(const std::vector<Item>& items, const std::vector<std::string>& protocols, ScoredSet set) {
  set.scored = std::ssize(items);
  const auto scored = score_items(items, chosen_protocols(protocols), set.dataset);
  return make_score_table(scored, image_bootstrap(items), set);
}

ScoreTable score(const Dataset& data, const std::vector<Prediction>& predictions,
                 const std::vector<std::string>& protocols = {"paper", "strict-em"}) {
  return table_of(join_predictions(data, predictions, Coverage::kPartial), protocols,
                  {data.name, data.split, std::ssize(data.records), 0, "greedy"});
}

TEST(ScoreTable, CountsByKindAndOverItems) {
  const auto table = score(made_up(), kPredictions);
  ASSERT_EQ(table.rows.size(), 2u);
  const auto& paper = table.rows[0];
  EXPECT_EQ(paper.closed.tally.sum, 1);
  EXPECT_EQ(paper.closed.tally.count, 2);
  EXPECT_EQ(paper.open.tally.sum, 2);
  EXPECT_EQ(paper.overall.tally.sum, 3);
  EXPECT_EQ(paper.overall.tally.count, 4);
  EXPECT_EQ(paper.extract_hits, 2);
  EXPECT_EQ(table.rows[1].overall.tally.sum, 1);  // strict-em: only "yes"
}

TEST(ScoreTable, TheOrderOfPredictionsChangesNothing) {
  auto predictions = kPredictions;
  std::reverse(predictions.begin(), predictions.end());
  EXPECT_EQ(score_table_json(score(made_up(), predictions)), score_table_json(score(made_up(), kPredictions)));
}

TEST(ScoreTable, PartialScoresAreMarked) {
  const auto table = score(made_up(), {kPredictions[1], kPredictions[2]});
  EXPECT_EQ(table.scored, 2);
  EXPECT_EQ(table.rows[0].overall.tally.count, 2);
  EXPECT_THAT(score_table_text(table), HasSubstr("2 of 4 records scored"));
}

TEST(ScoreTable, TextIsAligned) {
  const auto text = score_table_text(score(made_up(), kPredictions, {"paper"}));
  EXPECT_THAT(text, HasSubstr("records test: 4 of 4 records scored\n"
                              "protocol  answers  k/n      %  % to .01   95 %, Wilson  95 %, by image\n"
                              "----------------------------------------------------------------------\n"
                              "paper     closed   1/2   50.0     50.00    9.5 to 90.5               -\n"
                              "          open     2/2  100.0    100.00  34.2 to 100.0               -\n"
                              "          overall  3/4   75.0     75.00   30.1 to 95.4               -\n"
                              "paper: a hit equals the reference, apart from case, blanks and the final period; "
                              "\"The answer is:\" is removed first\n"
                              "paper: the answer template was found in 2 of 4\n"
                              "vqa|proto:paper-1|"));
  EXPECT_THAT(text, HasSubstr("\nclosed: the reference is yes or no"));
}

TEST(ScoreTable, ProtocolsThatScoreNothingAreNamedAndNotShown) {
  const auto table = score(made_up(), kPredictions, {"paper", "vqa-norm-freeform"});
  const auto text = score_table_text(table);
  EXPECT_THAT(text, HasSubstr("not shown, they score none of these questions: vqa-norm-freeform\n"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("0/0")));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("relaxed")));
  EXPECT_EQ(score_table_json(table)["scores"].size(), 2u);
  EXPECT_THAT(score_table_text(score(made_up(), kPredictions, {"vqa-norm-freeform"})), HasSubstr("0/0"));
}

TEST(ScoreTable, AnswersWithoutTheTemplateGetAHint) {
  const auto table = score(made_up(), {{.id = "a", .text = "Yes, it is."}, {.id = "b", .text = "It is not."}});
  EXPECT_THAT(score_table_text(table), HasSubstr("if the answers are sentences, relaxed and llava-med compare them"));
}

TEST(ScoreTable, JsonHoldsSumsAndCounts) {
  const auto json = score_table_json(score(made_up(), kPredictions));
  EXPECT_EQ(json["scores"][0]["protocol"], "paper");
  EXPECT_EQ(json["scores"][0]["overall"]["sum"], 3);
  EXPECT_EQ(json["scores"][0]["overall"]["n"], 4);
  EXPECT_EQ(json["scores"][0]["overall"]["percent"], 75.0);
  EXPECT_THAT(json["scores"][1]["signature"].get<std::string>(),
              HasSubstr("proto:strict-em-1|type:yesno|extract:none"));
}

TEST(ScoreTable, AReportIsReadBack) {
  const Json report = {{kScoreTableKey, score_table_json(score(made_up(), kPredictions))}};
  EXPECT_TRUE(holds_score_table(report));
  EXPECT_EQ(protocols_in(report), (std::vector<std::string>{"paper", "strict-em"}));
  const auto overall = score_in(report, "paper", "overall").value();
  EXPECT_EQ(overall.value, 75.0);
  EXPECT_NEAR(overall.interval95->low, 30.1, 0.05);  // Wilson's: all items are about one image
  EXPECT_FALSE(score_in(report, "paper", "measures"));
  EXPECT_FALSE(score_in(report, "plain", "overall"));
  EXPECT_FALSE(score_in(Json::object(), "paper", "overall"));
  EXPECT_FALSE(holds_score_table({{"runs", Json::array()}}));
}

TEST(ScoreTable, ASplitWithoutRecordsHasATable) {
  Dataset none;
  none.name = "slake", none.split = "test";
  EXPECT_THAT(score_table_text(score(none, {})), HasSubstr("0/0"));
}

// LLaVA-Med answers in sentences: none equals a reference, but all items are counted.
TEST(ScoreTable, PublishedPredictionsOfCompleteTestSets) {
  const auto slake = full_data("slake"), rad = full_data("vqa_rad"),
             texts = full_data("predictions/llava_med_v1_in_text");
  if (!slake || !rad || !texts) GTEST_SKIP() << kNoFullData;
  const auto score_split = [&](const char* name, const std::filesystem::path& folder) {
    const auto data = read_dataset({.name = name, .folder = folder, .split = "test"});
    return score(data, read_predictions(*texts / (std::string(name) + "_test.jsonl")));
  };
  const auto on_slake = score_split("slake", *slake), on_rad = score_split("vqa_rad", *rad);
  EXPECT_EQ(on_slake.rows[0].closed.tally.count, 355);
  EXPECT_EQ(on_slake.rows[0].open.tally.count, 706);
  EXPECT_EQ(on_rad.rows[0].closed.tally.count, 251);
  EXPECT_EQ(on_rad.rows[0].open.tally.count, 200);
  for (const auto& table : {on_slake, on_rad})
    for (const auto& row : table.rows) EXPECT_EQ(row.overall.tally.sum, 0);
}

// Short answers of a fine-tuned model with their references; the expected counts come from a few lines of Python
// (str.lower, str.casefold, unicodedata.normalize) over the same file, the closed one also from its published
// 0.7370517928 = 185 / 251.
TEST(ScoreTable, PublishedShortAnswers) {
  const auto file = full_data("predictions/qwen2vl_lora_rank8/vqa_rad_hf_test.jsonl");
  if (!file) GTEST_SKIP() << kNoFullData;
  const auto table =
      table_of(read_self_contained(*file), {"paper", "strict-em"}, {"vqa_rad", "test", 451, 0, "unknown"});
  EXPECT_EQ(table.rows[0].closed.tally.count, 251);
  EXPECT_EQ(table.rows[0].closed.tally.sum, 185);
  EXPECT_EQ(table.rows[0].open.tally.sum, 49);
  EXPECT_EQ(table.rows[1].overall.tally.sum, 234);
}

}  // namespace
}  // namespace llama32med::test
