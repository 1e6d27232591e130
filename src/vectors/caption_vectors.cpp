// Protocol `caption`: metrics of one pair, or of lists of references and predictions.
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/metrics/bleu.h"
#include "llama32med/metrics/rouge.h"
#include "llama32med/metrics/token_overlap.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/word_recall.h"
#include "llama32med/report/caption_metrics.h"
#include "vectors/tables.h"

namespace llama32med {
namespace {

struct Pair {
  std::string reference, prediction;
};

std::vector<Pair> pairs_of(const Json& row) {
  const auto texts = [&](const char* key) {
    const auto found = row.find(key);
    if (found == row.end()) throw data_error("no \"{}\"", key);
    std::vector<std::string> list;
    if (found->is_string())
      list.push_back(found->get<std::string>());
    else if (found->is_array())
      for (const auto& text : *found) list.push_back(text.is_string() ? text.get<std::string>() : json_line(text));
    else
      throw data_error("\"{}\" must be a string or a list of strings, not {}", key, json_line(*found));
    return list;
  };
  const auto references = texts("reference"), predictions = texts("prediction");
  if (references.size() != predictions.size())
    throw data_error("{} references and {} predictions", references.size(), predictions.size());
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < references.size(); ++i) pairs.push_back({references[i], predictions[i]});
  return pairs;
}

// The mean over the row's pairs.
template <class Value>
Json mean_of(const Json& row, Value value) {
  const auto pairs = pairs_of(row);
  double sum = 0;
  for (const auto& pair : pairs) sum += value(pair);
  return pairs.empty() ? 0.0 : sum / static_cast<double>(pairs.size());
}

BleuCounts plain_counts(const Pair& pair) {
  return bleu_counts(white_space_tokens(lower_case(pair.reference)), white_space_tokens(lower_case(pair.prediction)));
}

BleuCounts sum_of(const Json& row, Tokens (*tokens)(std::string_view)) {
  BleuCounts sum;
  for (const auto& pair : pairs_of(row)) sum += bleu_counts(tokens(pair.reference), tokens(pair.prediction));
  return sum;
}

template <int kOrder, NltkSmoothing kSmoothing>
Json nltk(const Json& row) {
  return mean_of(row, [](const Pair& pair) { return nltk_bleu(plain_counts(pair), kOrder, kSmoothing); });
}

template <int kOrder>
Json hf_corpus(const Json& row) {
  return hf_bleu(sum_of(row, tokens_13a), kOrder);
}

template <int kOrder>
Json coco_corpus(const Json& row) {
  return coco_bleu(sum_of(row, ptb_tokens), kOrder);
}

Json sacrebleu_corpus(const Json& row) { return sacrebleu(sum_of(row, tokens_13a), EffectiveOrder::kOff); }

Json sacrebleu_sentence(const Json& row) {
  return mean_of(row, [](const Pair& pair) {
    return sacrebleu(bleu_counts(tokens_13a(pair.reference), tokens_13a(pair.prediction)), EffectiveOrder::kOn);
  });
}

template <RougeScore (*kRouge)(std::string_view, std::string_view), double RougeScore::*kPart>
Json rouge(const Json& row) {
  return mean_of(row, [](const Pair& pair) { return kRouge(pair.reference, pair.prediction).*kPart; });
}

Json coco_rouge(const Json& row) {
  return mean_of(
      row, [](const Pair& pair) { return coco_rouge_l(ptb_tokens(pair.reference), ptb_tokens(pair.prediction)); });
}

Json llava_med_recall(const Json& row) {
  return mean_of(row, [](const Pair& pair) { return llava_med_overlap(pair.prediction, pair.reference).recall; });
}

Json set_recall_white_space(const Json& row) {
  return mean_of(row, [](const Pair& pair) {
    return set_recall(white_space_tokens(lower_case(pair.reference)), white_space_tokens(lower_case(pair.prediction)));
  });
}

Json set_recall_words(const Json& row) {
  return mean_of(
      row, [](const Pair& pair) { return set_recall(word_tokens(pair.reference), word_tokens(pair.prediction)); });
}

Json cider_mean(const Json& row) {
  std::vector<std::string> references, predictions;
  for (const auto& pair : pairs_of(row)) {
    references.push_back(pair.reference);
    predictions.push_back(pair.prediction);
  }
  return metric_of(score_captions(references, predictions), "cider").mean.value_or(0.0);
}

}  // namespace

std::vector<VectorMetric> caption_vectors() {
  constexpr auto kNone = NltkSmoothing::kNone, kMethod1 = NltkSmoothing::kMethod1;
  std::vector<VectorMetric> table;
  const auto add = [&](std::initializer_list<const char*> names, Json (*value)(const Json&)) {
    for (const char* name : names) table.push_back({"caption", name, value});
  };
  add({"nltk_sentence_bleu1", "nltk_sentence_bleu1_none", "bleu1_sent"}, nltk<1, kNone>);
  add({"nltk_sentence_bleu2", "nltk_sentence_bleu2_none", "bleu2_sent"}, nltk<2, kNone>);
  add({"nltk_sentence_bleu3", "nltk_sentence_bleu3_none", "bleu3_sent"}, nltk<3, kNone>);
  add({"nltk_sentence_bleu4", "nltk_sentence_bleu4_none", "bleu4_sent", "bleu4_none"}, nltk<4, kNone>);
  add({"nltk_sentence_bleu1_method1", "bleu1_sent_m1"}, nltk<1, kMethod1>);
  add({"nltk_sentence_bleu2_method1", "bleu2_sent_m1"}, nltk<2, kMethod1>);
  add({"nltk_sentence_bleu3_method1", "bleu3_sent_m1"}, nltk<3, kMethod1>);
  add({"nltk_sentence_bleu4_method1", "bleu4_sent_m1"}, nltk<4, kMethod1>);
  add({"hf_corpus_bleu1", "hf_bleu1", "bleu1_corpus"}, hf_corpus<1>);
  add({"hf_corpus_bleu2", "hf_bleu2", "bleu2_corpus"}, hf_corpus<2>);
  add({"hf_corpus_bleu3", "hf_bleu3", "bleu3_corpus"}, hf_corpus<3>);
  add({"hf_corpus_bleu", "hf_corpus_bleu4", "hf_bleu", "bleu4_corpus"}, hf_corpus<4>);
  add({"sacrebleu_corpus_exp", "sacrebleu_corpus", "sacrebleu"}, sacrebleu_corpus);
  add({"sacrebleu_sentence_exp", "sacrebleu_sentence", "sacrebleu_sentence_effective_order"}, sacrebleu_sentence);
  add({"coco_bleu1"}, coco_corpus<1>);
  add({"coco_bleu2"}, coco_corpus<2>);
  add({"coco_bleu3"}, coco_corpus<3>);
  add({"coco_bleu4", "coco_bleu"}, coco_corpus<4>);
  add({"rougeL_f1", "rouge_l_f1", "rougeL", "rouge_l"}, rouge<rouge_l, &RougeScore::f1>);
  add({"rougeL_recall", "rouge_l_recall"}, rouge<rouge_l, &RougeScore::recall>);
  add({"rougeL_precision", "rouge_l_precision"}, rouge<rouge_l, &RougeScore::precision>);
  add({"rouge1_f1", "rouge1"}, rouge<rouge1, &RougeScore::f1>);
  add({"rouge1_recall", "rouge_1_recall"}, rouge<rouge1, &RougeScore::recall>);
  add({"rouge1_precision", "rouge_1_precision"}, rouge<rouge1, &RougeScore::precision>);
  add({"coco_rougeL", "coco_rouge_l"}, coco_rouge);
  add({"pltrdy_rouge1_f1", "set_rouge1_f1"}, rouge<set_rouge_1, &RougeScore::f1>);
  add({"pltrdy_rougeL_f1", "pltrdy_rouge_l_f1", "set_rougeL_f1"}, rouge<set_rouge_l, &RougeScore::f1>);
  add({"token_recall_set_ws", "recall_set_ws"}, set_recall_white_space);
  add({"token_recall_set_words", "token_recall_set_w", "token_recall_set", "recall_set"}, set_recall_words);
  add({"llava_med_token_recall", "llava_med_recall", "recall_llavamed"}, llava_med_recall);
  add({"cider"}, cider_mean);
  return table;
}

}  // namespace llama32med
