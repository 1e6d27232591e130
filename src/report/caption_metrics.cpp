#include "llama32med/report/caption_metrics.h"

#include <fmt/format.h>

#include <array>
#include <numeric>
#include <stdexcept>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/json_object.h"
#include "llama32med/metrics/answer_text.h"
#include "llama32med/metrics/bleu.h"
#include "llama32med/metrics/cider.h"
#include "llama32med/metrics/rouge.h"
#include "llama32med/metrics/token_overlap.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/word_recall.h"
#include "report/sections.h"

namespace llama32med {
namespace {

struct Caption {
  std::string text;
  Tokens plain, mteval, ptb;  // white-space words in lower case, 13a, PTB
};

struct Pair {
  Caption reference, prediction;
  BleuCounts plain, mteval, ptb;
  double cider = 0;
};

struct Sums {
  BleuCounts mteval, ptb;
};

struct Rule {
  const char *name, *unit, *remark, *paper;
  double (*item)(const Pair&);    // null: no value per item
  double (*corpus)(const Sums&);  // null: no corpus value
};

constexpr const char* kNltk = "NLTK sentence BLEU, lower-cased white-space words";
constexpr const char* kHf = "Hugging Face evaluate, 13a words, case kept, no smoothing";
constexpr const char* kCoco = "pycocoevalcap, PTB words";

template <int kOrder>
double nltk_plain(const Pair& pair) {
  return nltk_bleu(pair.plain, kOrder, NltkSmoothing::kNone);
}
template <int kOrder>
double hf(const Sums& sums) {
  return hf_bleu(sums.mteval, kOrder);
}
template <int kOrder>
double coco_item(const Pair& pair) {
  return coco_bleu(pair.ptb, kOrder);
}
template <int kOrder>
double coco_corpus(const Sums& sums) {
  return coco_bleu(sums.ptb, kOrder);
}

// To add a metric, add a row.
constexpr std::array kRules = {
    Rule{"bleu4_sent_m1", "0..1", "NLTK sentence BLEU-4, method1 smoothing, lower-cased white-space words", "BLEU",
         [](const Pair& p) { return nltk_bleu(p.plain, 4, NltkSmoothing::kMethod1); }, nullptr},
    Rule{"bleu1_sent", "0..1", kNltk, "", nltk_plain<1>, nullptr},
    Rule{"bleu2_sent", "0..1", kNltk, "", nltk_plain<2>, nullptr},
    Rule{"bleu3_sent", "0..1", kNltk, "", nltk_plain<3>, nullptr},
    Rule{"bleu4_sent", "0..1", kNltk, "", nltk_plain<4>, nullptr},
    Rule{"bleu1_corpus", "0..1", kHf, "", nullptr, hf<1>},
    Rule{"bleu2_corpus", "0..1", kHf, "", nullptr, hf<2>},
    Rule{"bleu3_corpus", "0..1", kHf, "", nullptr, hf<3>},
    Rule{"bleu4_corpus", "0..1", kHf, "", nullptr, hf<4>},
    Rule{"sacrebleu", "0..100", "sacrebleu, 13a words, case kept, exp smoothing; items with effective order", "",
         [](const Pair& p) { return sacrebleu(p.mteval, EffectiveOrder::kOn); },
         [](const Sums& s) { return sacrebleu(s.mteval, EffectiveOrder::kOff); }},
    Rule{"coco_bleu1", "0..1", kCoco, "", coco_item<1>, coco_corpus<1>},
    Rule{"coco_bleu2", "0..1", kCoco, "", coco_item<2>, coco_corpus<2>},
    Rule{"coco_bleu3", "0..1", kCoco, "", coco_item<3>, coco_corpus<3>},
    Rule{"coco_bleu4", "0..1", kCoco, "", coco_item<4>, coco_corpus<4>},
    Rule{"rouge1_f1", "0..1", "rouge_score (Google), no stemmer", "",
         [](const Pair& p) { return rouge1(p.reference.text, p.prediction.text).f1; }, nullptr},
    Rule{"rougeL_f1", "0..1", "rouge_score (Google), no stemmer", "",
         [](const Pair& p) { return rouge_l(p.reference.text, p.prediction.text).f1; }, nullptr},
    Rule{"coco_rougeL", "0..1", "pycocoevalcap, PTB words, beta 1.2", "",
         [](const Pair& p) { return coco_rouge_l(p.reference.ptb, p.prediction.ptb); }, nullptr},
    Rule{"set_rouge1_f1", "0..1", "rouge (pltrdy): distinct words, case kept", "",
         [](const Pair& p) { return set_rouge_1(p.reference.text, p.prediction.text).f1; }, nullptr},
    Rule{"set_rougeL_f1", "0..1", "rouge (pltrdy): distinct words, case kept, sentences end at periods", "",
         [](const Pair& p) { return set_rouge_l(p.reference.text, p.prediction.text).f1; }, nullptr},
    Rule{"cider", "0..10",
         "pycocoevalcap CIDEr-D, PTB words; idf from these references, so comparable on the same items only", "",
         [](const Pair& p) { return p.cider; }, nullptr},
    Rule{"recall_llavamed", "0..1", "LLaVA-Med's token recall after its normalizer", "recall",
         [](const Pair& p) { return llava_med_overlap(p.prediction.text, p.reference.text).recall; }, nullptr},
    Rule{"rouge1_recall", "0..1", "rouge_score (Google), no stemmer, clipped", "",
         [](const Pair& p) { return rouge1(p.reference.text, p.prediction.text).recall; }, nullptr},
    Rule{"recall_set", "0..1", "share of the reference's distinct words found, words are \\w+ in lower case", "",
         [](const Pair& p) { return set_recall(word_tokens(p.reference.text), word_tokens(p.prediction.text)); },
         nullptr},
    Rule{"recall_set_ws", "0..1", "the same over lower-cased white-space words", "",
         [](const Pair& p) { return set_recall(p.reference.plain, p.prediction.plain); }, nullptr},
    Rule{"imageclef_rouge1", "0..1", "ImageCLEF 2025 text (digits are \"number\", no punctuation), ROUGE-1 F", "",
         [](const Pair& p) { return rouge1(imageclef_text(p.reference.text), imageclef_text(p.prediction.text)).f1; },
         nullptr},
};

Caption caption_of(const std::string& text) {
  return {text, white_space_tokens(lower_case(text)), tokens_13a(text), ptb_tokens(text)};
}

std::vector<Pair> pairs_of(const std::vector<std::string>& references, const std::vector<std::string>& predictions) {
  std::vector<Pair> pairs;
  std::vector<Tokens> wanted, found;
  for (std::size_t i = 0; i < references.size(); ++i) {
    Pair pair{.reference = caption_of(references[i]), .prediction = caption_of(predictions[i])};
    pair.plain = bleu_counts(pair.reference.plain, pair.prediction.plain);
    pair.mteval = bleu_counts(pair.reference.mteval, pair.prediction.mteval);
    pair.ptb = bleu_counts(pair.reference.ptb, pair.prediction.ptb);
    wanted.push_back(pair.reference.ptb);
    found.push_back(pair.prediction.ptb);
    pairs.push_back(std::move(pair));
  }
  const auto scores = cider(wanted, found);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].cider = scores[i];
  return pairs;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::string four_digits(const std::optional<double>& value) { return value ? fmt::format("{:.4f}", *value) : "-"; }

}  // namespace

CaptionScores score_captions(const std::vector<std::string>& references, const std::vector<std::string>& predictions) {
  if (references.size() != predictions.size())
    throw std::invalid_argument("score_captions: expected one prediction per reference");
  const auto pairs = pairs_of(references, predictions);
  CaptionScores scores{.count = pairs.size()};
  Sums sums;
  for (const auto& pair : pairs) {
    sums.mteval += pair.mteval;
    sums.ptb += pair.ptb;
    if (trim_white_space(pair.prediction.text).empty()) ++scores.empty_predictions;
  }
  for (const auto& rule : kRules) {
    CaptionMetric metric{.name = rule.name, .unit = rule.unit, .remark = rule.remark, .paper = rule.paper};
    if (rule.item)
      for (const auto& pair : pairs) metric.items.push_back(rule.item(pair));
    if (!metric.items.empty()) metric.mean = mean(metric.items);
    if (rule.corpus && !pairs.empty()) metric.corpus = rule.corpus(sums);
    scores.metrics.push_back(std::move(metric));
  }
  return scores;
}

const CaptionMetric& metric_of(const CaptionScores& scores, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& metric : scores.metrics) {
    if (metric.name == name) return metric;
    names.push_back(metric.name);
  }
  throw usage_error("caption metric \"{}\" is not known{}; known are {}", name, did_you_mean(name, names),
                    join(names, ", "));
}

Json caption_scores_json(const CaptionScores& scores) {
  Json rows = Json::array();
  for (const auto& metric : scores.metrics) {
    Json row = {{"name", metric.name}, {"unit", metric.unit}};
    if (metric.corpus) row["corpus"] = *metric.corpus;
    if (metric.mean) row["mean"] = *metric.mean;
    row["remark"] = metric.remark;
    if (!metric.paper.empty()) row["paper"] = metric.paper;
    rows.push_back(std::move(row));
  }
  return {{"n", scores.count}, {"empty_predictions", scores.empty_predictions}, {"metrics", std::move(rows)}};
}

std::string caption_scores_markdown(const CaptionScores& scores) {
  std::string out = fmt::format("{} captions, {} empty predictions\n\n", scores.count, scores.empty_predictions);
  out += "| metric | range | corpus | mean of items | rule |\n|---|---|---:|---:|---|\n";
  for (const auto& metric : scores.metrics) {
    const auto mark = metric.paper.empty() ? "" : fmt::format("; our guess for the paper's {}", metric.paper);
    out += fmt::format("| {} | {} | {} | {} | {}{} |\n", metric.name, metric.unit, four_digits(metric.corpus),
                       four_digits(metric.mean), metric.remark, mark);
  }
  return out;
}

std::optional<double> caption_score_in(const Json& report, const std::string& metric) {
  const auto* rows = json_at(report, {kCaptionsKey, "metrics"});
  for (const auto& row : rows && rows->is_array() ? *rows : Json::array())
    if (const auto* name = json_at(row, {"name"}); name && *name == metric)
      for (const auto* key : {"mean", "corpus"})
        if (const auto found = row.find(key); found != row.end() && found->is_number()) return found->get<double>();
  return std::nullopt;
}

Section caption_section(const ReportContext& context) {
  std::vector<std::string> references, predictions;
  for (const auto& [record, prediction] : context.items()) {
    references.push_back(record.answer);
    predictions.push_back(extract_templated_answer(prediction.text).text);
  }
  const auto scores = score_captions(references, predictions);
  return {caption_scores_json(scores), caption_scores_markdown(scores)};
}

}  // namespace llama32med
