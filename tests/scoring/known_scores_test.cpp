// Known scores of published answers in the complete datasets (from their README.md), to every printed digit.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "llama32med/core/config_json.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/data/dataset.h"
#include "llama32med/scoring/protocol.h"
#include "llama32med/scoring/statistics.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

std::vector<ScoredAnswer> answers_of_llava_med(const std::string& dataset, const std::filesystem::path& folder,
                                               const std::filesystem::path& predictions) {
  std::map<std::string, std::string> texts;
  for_each_json_line(predictions, [&](const Json& line, const std::string&) {
    texts[line["question_id"].dump()] = line["text"].get<std::string>();
  });
  std::vector<ScoredAnswer> answers;
  for (const auto& record :
       read_dataset({.name = dataset, .folder = folder, .split = "test", .images = ImageCheck::kIgnore}).records)
    answers.push_back({record.question, record.answer, record.answer_type, texts.at(record.id), dataset});
  return answers;
}

struct Means {
  Tally closed, open, all;
  std::map<std::string, Tally> measures;  // "open recall"
};

Means means_of(const std::vector<ScoredAnswer>& answers, const Protocol& protocol) {
  Means means;
  for (const auto& answer : answers) {
    const auto scored = protocol.score(answer);
    (scored.kind == AnswerKind::kClosed ? means.closed : means.open).add(scored.score);
    means.all.add(scored.score);
    const auto values = protocol.measure(answer, scored.kind);
    auto value = values.begin();
    for (const auto& [name, of] : protocol.measures)
      if (of == scored.kind) means.measures[(of == AnswerKind::kClosed ? "closed " : "open ") + name].add(*value++);
  }
  return means;
}

std::string percent4(const Tally& tally) { return fmt::format("{:.4f}", 100 * tally.mean()); }

struct Known {
  const char *dataset, *file;
  std::int64_t closed, open;
  const char *closed_contains, *closed_recall, *closed_gated;
  const char *open_contains, *open_exact, *open_recall, *open_precision, *open_f1;
};

TEST(KnownScores, LlavaMedInText) {
  for (const auto& known : {Known{"slake", "slake_test", 416, 645, "56.2500", "46.8750", "48.7981", "31.7829", "3.8835",
                                  "39.7152", "4.5124", "7.7596"},
                            Known{"vqa_rad", "vqa_rad_test", 272, 179, "61.3971", "46.5074", "58.8235", "15.0838",
                                  "4.6059", "28.8164", "5.0115", "8.0592"}}) {
    SCOPED_TRACE(known.dataset);
    const auto folder = full_data(known.dataset);
    const auto file = full_data(fmt::format("predictions/llava_med_v1_in_text/{}.jsonl", known.file));
    if (!folder || !file) GTEST_SKIP() << kNoFullData;
    const auto answers = answers_of_llava_med(known.dataset, *folder, *file);
    const auto gated = means_of(answers, protocol("llava-med")), batch = means_of(answers, protocol("llava-med-batch"));
    EXPECT_EQ(gated.closed.count, known.closed);
    EXPECT_EQ(gated.open.count, known.open);
    EXPECT_EQ(percent4(gated.closed), known.closed_gated);
    EXPECT_EQ(percent4(batch.closed), known.closed_contains);
    EXPECT_EQ(percent4(gated.open), known.open_recall);
    EXPECT_EQ(percent4(batch.measures.at("open contains")), known.open_contains);
    EXPECT_EQ(percent4(gated.measures.at("closed contains")), known.closed_contains);
    EXPECT_EQ(percent4(gated.measures.at("closed recall")), known.closed_recall);
    EXPECT_EQ(percent4(gated.measures.at("open contains")), known.open_contains);
    EXPECT_EQ(percent4(gated.measures.at("open exact match")), known.open_exact);
    EXPECT_EQ(percent4(gated.measures.at("open recall")), known.open_recall);
    EXPECT_EQ(percent4(gated.measures.at("open precision")), known.open_precision);
    EXPECT_EQ(percent4(gated.measures.at("open F1")), known.open_f1);
  }
}

TEST(KnownScores, Qwen2VlOnVqaRad) {
  const auto file = full_data("predictions/qwen2vl_lora_rank8/vqa_rad_hf_test.jsonl");
  if (!file) GTEST_SKIP() << kNoFullData;
  std::vector<ScoredAnswer> answers;
  for_each_json_line(*file, [&](const Json& line, const std::string&) {
    const auto text = [&](const char* key) { return line[key].get<std::string>(); };
    answers.push_back({text("question"), text("reference"), text("qtype"), text("prediction"), "vqa_rad"});
  });
  const auto means = means_of(answers, protocol("plain"));
  EXPECT_EQ(means.closed.count, 251);
  EXPECT_EQ(means.open.count, 200);
  EXPECT_EQ(fmt::format("{:.10f}", means.closed.mean()), "0.7370517928");
  EXPECT_EQ(fmt::format("{:.10f}", means.measures.at("open token F1").mean()), "0.3223106061");
  EXPECT_EQ(fmt::format("{:.10f}", means.measures.at("open BLEU-1").mean()), "0.3018664117");
  EXPECT_EQ(fmt::format("{:.10f}", means.all.mean()), "0.5210643016");
}

}  // namespace
}  // namespace llama32med::test
