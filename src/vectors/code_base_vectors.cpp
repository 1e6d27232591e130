// Vectors for the scoring functions of other code bases, as they behave: a string if the original returns one,
// "EXC:ZeroDivisionError" if it raises. Sources are in the headers of the metrics.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "llama32med/metrics/bleu.h"
#include "llama32med/metrics/letters_overlap.h"
#include "llama32med/metrics/medevalkit.h"
#include "llama32med/metrics/peer_text.h"
#include "llama32med/metrics/token_overlap.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/vqa_normalizer.h"
#include "vectors/multiple_choice.h"
#include "vectors/row.h"
#include "vectors/tables.h"

namespace llama32med {
namespace {

using Table = std::vector<VectorMetric>;
using NormalForm = std::string (*)(std::string_view);

std::string python_repr(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == text.npos) text += ".0";
  return text;
}

template <NormalForm kNormal>
Json equal(const Json& row) {
  return kNormal(row_prediction(row)) == kNormal(row_reference(row)) ? 1.0 : 0.0;
}

template <NormalForm kNormal>
Json normal_form(const Json& row) {  // the reference's, else the prediction's
  const bool of_reference = row.contains("reference") && !row["reference"].is_null();
  return kNormal(of_reference ? row_reference(row) : row_prediction(row));
}

Table normalizer_rows() {
  Table table;
  const auto add = [&](std::string_view protocol, Json (*em)(const Json&), Json (*text)(const Json&)) {
    table.push_back({protocol, "em", em});
    table.push_back({protocol, "normalised_text", text});
  };
  add("vqa-norm/PeFoMed", equal<mmq_text>, normal_form<mmq_text>);
  add("vqa-norm/MMQ", equal<mmq_text>, normal_form<mmq_text>);
  add("vqa-norm/MEVF", equal<mmq_text>, normal_form<mmq_text>);
  add("vqa-norm/M2I2", equal<m2i2_text>, normal_form<m2i2_text>);
  add("vqa-norm/LLaVA-Med", equal<llava_med_text>, normal_form<llava_med_text>);
  add("mumc", equal<mumc_text>, normal_form<mumc_text>);
  add("lmms-slake", equal<lmms_slake_text>, normal_form<lmms_slake_text>);
  return table;
}

// LLaVA-Med. Its scripts normalize before calling the metrics, which normalize too.

std::string llava_med_lower(std::string_view text) { return llava_med_text(lower_case(text)); }

Overlap row_overlap(const Json& row) {
  return llava_med_overlap(llava_med_lower(row_prediction(row)), llava_med_lower(row_reference(row)));
}

bool contains(std::string_view prediction, std::string_view reference) {
  return llava_med_lower(prediction).find(llava_med_lower(reference)) != std::string::npos;
}

bool says_yes_or_no(std::string_view prediction) {
  const std::string text = llava_med_lower(prediction);
  return text.find("yes") != text.npos || text.find("no") != text.npos;
}

Json llava_contains(const Json& row) { return contains(row_prediction(row), row_reference(row)) ? 1.0 : 0.0; }

Json llava_closed_hit(const Json& row) { return says_yes_or_no(row_prediction(row)) ? llava_contains(row) : Json(0.0); }

enum class WrongYesNo {
  kCounts,
  kDropped,  // before PR #35: a wrong answer that says yes or no is never counted
};

double closed_percent(const Json& row, WrongYesNo wrong) {
  const auto predictions = row_texts(row, "prediction"), references = row_texts(row, "reference");
  if (predictions.size() != references.size())
    throw data_error("{} predictions for {} references", predictions.size(), references.size());
  double hits = 0, counted = 0;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const bool says = says_yes_or_no(predictions[i]), hit = says && contains(predictions[i], references[i]);
    hits += hit ? 1 : 0;
    counted += hit || !says || wrong == WrongYesNo::kCounts ? 1 : 0;
  }
  return counted > 0 ? 100 * hits / counted : 0;
}

BleuCounts row_bleu_counts(const Json& row) {
  return bleu_counts(white_space_tokens(llava_med_lower(row_reference(row))),
                     white_space_tokens(llava_med_lower(row_prediction(row))));
}

Json llava_bleu(const Json& row) { return nltk_bleu(row_bleu_counts(row), kBleuOrders, NltkSmoothing::kNone); }

// NLTK's with weight 1 for one order: that order's precision with the length penalty; 0 if no word matches.
template <std::size_t kOrder>
Json llava_bleu_of_order(const Json& row) {
  const auto counts = row_bleu_counts(row);
  if (counts.matches[0] == 0 || counts.matches[kOrder - 1] == 0) return 0.0;
  const double longer = static_cast<double>(counts.reference_words) / static_cast<double>(counts.hypothesis_words);
  const double precision =
      static_cast<double>(counts.matches[kOrder - 1]) / static_cast<double>(counts.totals[kOrder - 1]);
  return precision * std::exp(std::min(0.0, 1 - longer));
}

Json llava_exact_match(const Json& row) {
  return llava_med_exact_match(llava_med_lower(row_prediction(row)), llava_med_lower(row_reference(row)));
}
Json llava_recall(const Json& row) { return row_overlap(row).recall; }
Json llava_precision(const Json& row) { return row_overlap(row).precision; }
Json llava_f1(const Json& row) { return row_overlap(row).f1; }

Json llava_candidate_accuracy(const Json& row) {
  const auto candidates = row_texts(row, "candidates");
  if (candidates.empty()) return python_exception("ValueError");  // max() of an empty sequence
  return llava_med_candidate_accuracy(llava_med_lower(row_prediction(row)), llava_med_lower(row_reference(row)),
                                      candidates);
}

Table llava_med_rows() {
  Table table = {{"llava-med", "closed_hit", llava_closed_hit},
                 {"llava-med-old", "closed_hit", llava_closed_hit},
                 {"llava-med-batch", "closed_hit", llava_contains},
                 {"llava-med", "closed_accuracy_percent",
                  [](const Json& r) -> Json { return closed_percent(r, WrongYesNo::kCounts); }},
                 {"llava-med-old", "closed_accuracy_percent",
                  [](const Json& r) -> Json { return closed_percent(r, WrongYesNo::kDropped); }}};
  for (const char* protocol : {"llava-med", "llava-med-batch", "llava-med-old"}) {
    for (const char* name : {"closed_contains", "open_contains", "open_hit"})
      table.push_back({protocol, name, llava_contains});
    for (const char* name : {"open_recall", "closed_recall"}) table.push_back({protocol, name, llava_recall});
    for (const char* name : {"open_precision", "closed_precision"}) table.push_back({protocol, name, llava_precision});
    for (const char* name : {"open_f1", "closed_f1"}) table.push_back({protocol, name, llava_f1});
    for (const char* name : {"open_em", "closed_em"}) table.push_back({protocol, name, llava_exact_match});
    table.push_back({protocol, "open_bleu", llava_bleu});
    table.push_back({protocol, "open_bleu1", llava_bleu_of_order<1>});
    table.push_back({protocol, "open_bleu2", llava_bleu_of_order<2>});
    table.push_back({protocol, "open_bleu3", llava_bleu_of_order<3>});
    table.push_back({protocol, "open_candidate_accuracy", llava_candidate_accuracy});
  }
  return table;
}

// PathVQA, whose script returns strings.

Json or_warning(std::optional<double> value) {
  return value ? Json(*value) : Json("0 (warning: length of candidate's words is 0)");
}

template <int kOrder>
Json letters_bleu_text(const Json& row) {
  const auto value = letters_bleu(row_prediction(row), row_reference(row), kOrder);
  return value ? python_repr(*value) : python_exception("ZeroDivisionError");
}

Json label_equal(const Json& row) {
  const std::string given = lower_case(row_prediction(row)), label = lower_case(row_reference(row));
  return trim_white_space(given) == trim_white_space(label) ? 1.0 : 0.0;
}

Table path_vqa_rows() {
  Table table = {{"pathvqa-official", "em",
                  [](const Json& r) { return or_warning(letters_exact_match(row_prediction(r), row_reference(r))); }},
                 {"pathvqa-official", "f1",
                  [](const Json& r) { return or_warning(letters_f1(row_prediction(r), row_reference(r))); }},
                 {"pathvqa-official", "bleu1", letters_bleu_text<1>},
                 {"pathvqa-official", "bleu2", letters_bleu_text<2>},
                 {"pathvqa-official", "bleu3", letters_bleu_text<3>}};
  for (const char* name : {"yesno", "yesno_accuracy", "closed_hit"})
    table.push_back({"pathvqa-official", name, label_equal});
  return table;
}

// MedEvalKit and its port in lmms-eval.

MedEvalKitAnswer medevalkit_row(const Json& row) {
  const auto prediction = row_prediction(row), reference = row_reference(row);
  const bool slake = row_text(row, "protocol") == "medevalkit-slake";
  const auto rules = slake ? MedEvalKitRules::kAnnotated : MedEvalKitRules::kYesNo;
  const std::string lower = lower_case(reference);
  const auto label = trim_white_space(lower);
  const bool open = slake ? row_text_or(row, "annotated_answer_type", "") == "OPEN" : label != "yes" && label != "no";
  return open ? medevalkit_open(prediction, reference, rules) : medevalkit_closed(prediction, reference, rules);
}

template <class Value>
Json unless_it_raises(const Json& row, Value value) {
  const auto judged = medevalkit_row(row);
  return judged.raises.empty() ? Json(value(judged)) : Json(python_exception(judged.raises));
}

Json medevalkit_correct(const Json& row) {
  return unless_it_raises(row, [](const auto& judged) { return judged.correct; });
}
Json medevalkit_precision(const Json& row) {
  return unless_it_raises(row, [](const auto& judged) { return judged.reported_precision; });
}
Json medevalkit_recall(const Json& row) {
  return unless_it_raises(row, [](const auto& judged) { return judged.reported_recall; });
}
Json medevalkit_f1(const Json& row) {
  return unless_it_raises(row, [](const auto& judged) { return judged.reported_f1; });
}

Table medevalkit_rows() {
  Table table = {
      {"lmms-medevalkit", "open_em",
       [](const Json& r) -> Json { return lmms_medevalkit_open(row_prediction(r), row_reference(r)) ? 1.0 : 0.0; }},
      {"lmms-medevalkit", "close_accuracy",
       [](const Json& r) -> Json { return lmms_medevalkit_closed(row_prediction(r), row_reference(r)) ? 1.0 : 0.0; }},
      {"medevalkit-mcq", "correct", [](const Json& r) -> Json {
         return medevalkit_choice_correct(row_texts(r, "choices"), row_reference(r), row_prediction(r));
       }}};
  for (const char* protocol : {"medevalkit-slake", "medevalkit-rad", "medevalkit-pathvqa"}) {
    for (const char* name : {"correct", "em"}) table.push_back({protocol, name, medevalkit_correct});
    for (const char* name : {"reported_precision", "precision"})
      table.push_back({protocol, name, medevalkit_precision});
    for (const char* name : {"reported_recall", "recall"}) table.push_back({protocol, name, medevalkit_recall});
    for (const char* name : {"reported_f1", "f1"}) table.push_back({protocol, name, medevalkit_f1});
  }
  return table;
}

}  // namespace

std::vector<VectorMetric> code_base_vectors() {
  Table table;
  for (const auto& rows :
       {normalizer_rows(), llava_med_rows(), path_vqa_rows(), medevalkit_rows(), other_code_vectors()})
    table.insert(table.end(), rows.begin(), rows.end());
  return table;
}

}  // namespace llama32med
