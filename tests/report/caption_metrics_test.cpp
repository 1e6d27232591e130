// Expected values: scripts/reference/make_caption_goldens.py, which runs the packages themselves,
// nltk 3.10.4, sacrebleu 2.6.0, rouge-score 0.1.2, rouge 1.0.1, pycocoevalcap 1.2.
#include "llama32med/report/caption_metrics.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/csv.h"
#include "llama32med/core/files.h"
#include "llama32med/metrics/tokens.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

struct Expected {
  std::string metric;  // "NAME": the corpus value, or the mean if there is none; "NAME mean": the mean
  double value;
};

const std::vector<std::string> kReferences = {"Chest X-ray showing a right-sided pneumothorax (arrow).",
                                              "CT of the abdomen: a 3.5 x 2 cm cyst in the liver, without enhancement.",
                                              "The patient's MRI isn't normal; edema is 10 mm wide.",
                                              "Sagittal T2-weighted image of the spine",
                                              "Ultrasound of the thyroid gland.",
                                              "Fracture of the distal radius, 45\u00B0 tilt."};
const std::vector<std::string> kPredictions = {"Chest x-ray showing a left-sided pneumothorax.",
                                               "CT of the abdomen shows a cyst in the liver.",
                                               "Normal MRI. No edema. No edema.",
                                               "Sagittal T2-weighted image of the spine",
                                               "lung",
                                               ""};

const std::vector<Expected> kOfThePairs = {
    {"bleu4_sent_m1", 0.256810321}, {"bleu1_sent", 0.331482102},       {"bleu2_sent", 0.312278115},
    {"bleu3_sent", 0.292321504},    {"bleu4_sent", 0.238354181},       {"bleu1_corpus", 0.341153621},
    {"bleu2_corpus", 0.269772535},  {"bleu3_corpus", 0.233508994},     {"bleu4_corpus", 0.206842627},
    {"sacrebleu mean", 23.5854878}, {"sacrebleu", 20.6842627},         {"coco_bleu1", 0.323565621},
    {"coco_bleu2", 0.277495439},    {"coco_bleu3", 0.250440606},       {"coco_bleu4", 0.221408612},
    {"rouge1_f1", 0.47486174},      {"rougeL_f1", 0.456343221},        {"coco_rougeL", 0.42466977},
    {"set_rouge1_f1", 0.400183147}, {"set_rougeL_f1", 0.400183147},    {"cider", 2.88476219},
    {"rouge1_recall", 0.431712963}, {"imageclef_rouge1", 0.477371795},
};

const std::vector<Expected> kOfRocov2 = {
    {"bleu4_sent_m1", 0.0453044856}, {"bleu1_sent", 0.346385212},       {"bleu2_sent", 0.250028412},
    {"bleu3_sent", 7.84518529e-104}, {"bleu4_sent", 4.42390342e-155},   {"bleu1_corpus", 0.395977295},
    {"bleu2_corpus", 0.28909207},    {"bleu3_corpus", 0.163946892},     {"bleu4_corpus", 0.0971694921},
    {"sacrebleu mean", 12.2294879},  {"sacrebleu", 9.71694921},         {"coco_bleu1", 0.387346037},
    {"coco_bleu2", 0.276585961},     {"coco_bleu3", 0.120291174},       {"coco_bleu4", 0.0658476535},
    {"rouge1_f1", 0.44975526},       {"rougeL_f1", 0.445031533},        {"coco_rougeL", 0.436808046},
    {"set_rouge1_f1", 0.448753938},  {"set_rougeL_f1", 0.446092004},    {"cider", 1.23216296},
    {"rouge1_recall", 0.389720409},  {"imageclef_rouge1", 0.453054656},
};

void check(const CaptionScores& scores, const std::vector<Expected>& expected) {
  for (const auto& [name, value] : expected) {
    const auto& metric = metric_of(scores, name.substr(0, name.find(' ')));
    const double got = name.ends_with(" mean") || !metric.corpus ? metric.mean.value() : *metric.corpus;
    EXPECT_NEAR(got, value, std::max(1e-100, 1e-8 * value)) << name;  // printed with nine digits
  }
}

TEST(CaptionMetrics, AgreeWithThePackages) {
  const auto scores = score_captions(kReferences, kPredictions);
  check(scores, kOfThePairs);
  EXPECT_EQ(scores.count, 6u);
  EXPECT_EQ(scores.empty_predictions, 1u);
}

TEST(CaptionMetrics, AgreeWithThePackagesOnRocov2) {
  const auto file = full_data("rocov2/test_captions.csv");
  if (!file) GTEST_SKIP() << kNoFullData;
  std::vector<std::string> captions, references, predictions;
  const auto rows = parse_csv(read_file(*file), "test_captions.csv");
  for (std::size_t i = 1; i < rows.size(); ++i) captions.push_back(rows[i].cells.at(1));
  for (std::size_t i = 0; i + 1 < captions.size(); ++i) {
    references.push_back(captions[i]);
    predictions.push_back(captions[i + 1]);
  }
  for (const auto& caption : captions) {
    Tokens kept;
    const auto words = white_space_tokens(caption);
    for (std::size_t i = 0; i < words.size(); ++i)
      if (i % 3 != 2) kept.push_back(words[i]);
    references.push_back(caption);
    predictions.push_back(join(kept, " "));
  }
  check(score_captions(references, predictions), kOfRocov2);
}

TEST(CaptionMetrics, OrderDoesNotMatterAndPerfectCaptionsScorePerfectly) {
  auto references = kReferences, predictions = kPredictions;
  std::reverse(references.begin(), references.end());
  std::reverse(predictions.begin(), predictions.end());
  const auto there = score_captions(kReferences, kPredictions), back = score_captions(references, predictions);
  const auto perfect = score_captions(kReferences, kReferences);
  for (std::size_t i = 0; i < there.metrics.size(); ++i) {
    const auto& metric = perfect.metrics[i];
    SCOPED_TRACE(metric.name);
    if (there.metrics[i].corpus) {
      EXPECT_EQ(*there.metrics[i].corpus, *back.metrics[i].corpus);
    }
    if (there.metrics[i].mean) {
      EXPECT_NEAR(*there.metrics[i].mean, *back.metrics[i].mean, 1e-12);
    }
    const double top = metric.unit == "0..100" ? 100 : metric.unit == "0..10" ? 10 : 1;
    if (metric.corpus) {
      EXPECT_NEAR(*metric.corpus, top, 1e-6 * top);
    }
    if (metric.mean) {
      EXPECT_NEAR(*metric.mean, top, 1e-6 * top);
    }
  }
}

TEST(CaptionMetrics, NoCaptionsHaveNoValue) {
  const auto scores = score_captions({}, {});
  EXPECT_FALSE(metric_of(scores, "bleu4_sent_m1").mean);
  EXPECT_FALSE(metric_of(scores, "sacrebleu").corpus);
  EXPECT_THROW(score_captions({"a"}, {}), std::invalid_argument);
  EXPECT_ERROR(metric_of(scores, "bleu5"), ErrorKind::kUsage, "bleu5", "known are");
}

// The example of LLaMA32-Med's Figure 5; microsoft/LLaVA-Med@v1.0.0 evaluate_metrics.py gives 4/11.
TEST(CaptionMetrics, LlavaMedsRecall) {
  const auto scores = score_captions(
      {"Enhanced CT scan of the chest revealed an anterior mediastinal tumor (black arrow)."},
      {"Chest CT (axial view) showing a soft-tissue mass in the mediastinum, consistent with a mediastinal tumor."});
  EXPECT_NEAR(metric_of(scores, "recall_llavamed").mean.value(), 4.0 / 11, 1e-12);
  EXPECT_EQ(metric_of(scores, "recall_llavamed").paper, "recall");
}

TEST(CaptionMetrics, Output) {
  const auto scores = score_captions(kReferences, kPredictions);
  const auto json = caption_scores_json(scores);
  EXPECT_EQ(json["n"], 6);
  EXPECT_EQ(json["metrics"][0]["name"], "bleu4_sent_m1");
  EXPECT_EQ(json["metrics"][0]["paper"], "BLEU");
  const Json report = {{kCaptionsKey, json}};
  EXPECT_EQ(caption_score_in(report, "bleu4_sent_m1"), *metric_of(scores, "bleu4_sent_m1").mean);
  EXPECT_EQ(caption_score_in(report, "bleu1_corpus"), *metric_of(scores, "bleu1_corpus").corpus);
  EXPECT_FALSE(caption_score_in(report, "bleu5"));
  EXPECT_FALSE(caption_score_in(Json::object(), "bleu1_corpus"));
  EXPECT_NE(caption_scores_markdown(scores).find("| bleu4_sent_m1 | 0..1 | - | 0.2568 |"), std::string::npos);
}

}  // namespace
}  // namespace llama32med::test
