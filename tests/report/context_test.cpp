// What a report computes, and how many times.
#include "llama32med/report/context.h"

#include <gmock/gmock.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/report/caption_metrics.h"
#include "llama32med/report/run_report.h"
#include "report/scored_items.h"
#include "support/counting_new.h"
#include "support/temp_folder.h"

namespace llama32med::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::size_t kImages = 317;
std::atomic<int> paper_calls, plain_calls;

// All questions differ, because contradictory references are scored additionally, each against the other's answer.
AnsweredRun made_up_run() {
  AnsweredRun run;
  run.facts.dataset = "records", run.facts.split = "test", run.facts.records = 2 * kImages;
  for (std::size_t i = 0; i < 2 * kImages; ++i) {
    auto item = item_of({.id = std::to_string(i * 7919 % (2 * kImages)),
                         .image = "image" + std::to_string(i % kImages),
                         .question = (i % 3 ? "Is it left? " : "What is it? ") + std::to_string(i),
                         .reference = i % 3 ? (i % 2 ? "yes" : "no") : "left lung",
                         .prediction = i % 5 ? "yes" : "Right lung"});
    item.prediction.p_yes = (i % 11 + 1) / 13.0, item.prediction.p_no = 1 - *item.prediction.p_yes;
    run.items.push_back(std::move(item));
  }
  return run;
}

AnsweredRun made_up_captions() {
  auto run = made_up_run();
  for (auto& item : run.items) item.record.question.clear();
  return run;
}

TrainingData training() {
  Dataset train;
  for (const auto* answer : {"yes", "Left lung"}) train.records.push_back(record_of(answer, "Is it left? 1", answer));
  return {.dataset = train};
}

ReportRequest all_of_it(std::vector<const Protocol*> protocols) {
  return {.protocols = std::move(protocols), .train = training()};
}

// A protocol that counts how many answers it scores.
template <std::atomic<int>* calls>
Protocol counting(const char* name) {
  auto rule = protocol(name);
  static ProtocolScore (*score)(const ScoredAnswer&);
  score = rule.score;
  rule.score = [](const ScoredAnswer& answer) { return ++*calls, score(answer); };
  *calls = 0;
  return rule;
}

TEST(ReportContext, EveryAnswerIsScoredOncePerProtocol) {
  const TempFolder folder;
  const auto paper = counting<&paper_calls>("paper"), plain = counting<&plain_calls>("plain");
  const ReportContext context(made_up_run(), all_of_it({&paper, &plain}));
  EXPECT_EQ(paper_calls, 0) << "before anybody asks";
  write_report(folder.path(), context);
  EXPECT_EQ(paper_calls, 2 * kImages);
  EXPECT_EQ(plain_calls, 2 * kImages);
}

TEST(ReportContext, ResamplesAreDrawnOnce) {
  const TempFolder folder;
  count_allocations_of(kImages * ImageBootstrap::kResamples);
  const ReportContext context(made_up_run(), all_of_it(chosen_protocols({"all"})));
  const auto json = write_report(folder.path(), context);
  EXPECT_EQ(counted_allocations, 1u);
  EXPECT_TRUE(json["baselines"]["rows"][0]["overall"].contains("bootstrap95_percent"));
  EXPECT_TRUE(json["leaks"]["scores"][0]["clean"].contains("bootstrap95_percent"));
  EXPECT_TRUE(json["analysis"]["breakdowns"][0]["rows"][0].contains("bootstrap95_percent"));
}

TEST(ReportContext, TheReportDoesNotDependOnTheOrderOfItems) {
  const TempFolder here, there;
  auto run = made_up_run(), shuffled = run;
  RandomStream(7).shuffle(shuffled.items);
  write_report(here / "run", ReportContext(run, all_of_it(chosen_protocols({"all"}))));
  write_report(there / "run", ReportContext(shuffled, all_of_it(chosen_protocols({"all"}))));
  for (const auto* file : {"report.json", "report.md"})
    EXPECT_EQ(read_file(here / "run" / file), read_file(there / "run" / file)) << file;
  EXPECT_EQ(read_run(there / "run").items.front().record.id, shuffled.items.front().record.id) << "order as given";
}

TEST(ReportContext, SectionsAreWhereReadersLook) {
  const TempFolder folder;
  const auto json = write_report(folder.path(), ReportContext(made_up_run(), all_of_it(chosen_protocols({"paper"}))));
  std::vector<std::string> keys, parts;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  for (const auto& [key, value] : json["analysis"].items()) parts.push_back(key);
  EXPECT_THAT(keys, ::testing::ElementsAre("version", "schema", "run", "scores", "analysis", "baselines", "leaks",
                                           "answers_without_image", "skipped"));
  EXPECT_THAT(parts, ::testing::ElementsAre("protocol", "scores", "clustering", "breakdowns", "yes_no", "answer_types",
                                            "top_confusions", "flips", "consistency", "calibration", "risk_coverage"));
  EXPECT_EQ(json["analysis"]["scores"]["overall"], json["scores"]["scores"][0]["overall"]);
  EXPECT_EQ(read_json(folder / "report.json"), json);
  const auto text = read_file(folder / "report.md");
  EXPECT_THAT(text, HasSubstr("\n## Image gain\n\nNot measured."));
  EXPECT_THAT(text, HasSubstr("\n## Behind the score\n\n\n### Scores\n\n"));
  EXPECT_LT(text.find("## Leaks"), text.find("### Calibration"));
}

TEST(ReportContext, ReportsWhyTrainingRecordsAreMissing) {
  const ReportContext context(made_up_run(),
                              {.protocols = chosen_protocols({"paper"}), .train = {.absent = "no such file"}});
  EXPECT_EQ(context.overlaps(), nullptr);
  const auto json = report_json(context);
  EXPECT_EQ(json["train_absent"], "no such file");
  EXPECT_FALSE(json.contains("leaks") || json.contains("baselines"));
}

TEST(ReportContext, CaptionsOnlyHaveCaptionMetrics) {
  const TempFolder folder;
  const auto paper = counting<&paper_calls>("paper"), plain = counting<&plain_calls>("plain");
  count_allocations_of(kImages * ImageBootstrap::kResamples);
  const ReportContext context(made_up_captions(), all_of_it({&paper, &plain}));
  const auto json = write_report(folder.path(), context);
  EXPECT_TRUE(context.scores().empty());
  EXPECT_TRUE(json["scores"]["scores"].empty());
  EXPECT_FALSE(json.contains("analysis") || json.contains("baselines"));
  EXPECT_TRUE(caption_score_in(json, "bleu4_sent_m1"));
  EXPECT_EQ(paper_calls, 2 * kImages) << "for the page";
  EXPECT_EQ(plain_calls, 0);
  EXPECT_EQ(counted_allocations, 0u);
  EXPECT_THAT(read_file(folder / "predictions.jsonl"), Not(HasSubstr("\"score\"")));
  EXPECT_THAT(read_file(folder / "bertscore_pairs.tsv"), HasSubstr("\tleft lung\tRight lung\n"));
}

TEST(ReportContext, ItemsThatAProtocolLeavesOutHaveNoScore) {
  auto run = made_up_run();
  for (std::size_t i = 0; i < run.items.size(); ++i)
    run.items[i].record.fields = {{"phrase_type", i % 2 ? "freeform" : "para"}};
  const ReportContext context(run, {.protocols = chosen_protocols({"vqa-norm-freeform", "paper"})});
  EXPECT_EQ(context.scored().size(), kImages);
  for (const auto& item : context.items())
    EXPECT_EQ(score_of(item, context.scored()) != nullptr, field_of(item.record, "phrase_type") == "freeform");
  EXPECT_EQ(context.score_table().rows[1].overall.tally.count, 2 * kImages);
}

}  // namespace
}  // namespace llama32med::test
