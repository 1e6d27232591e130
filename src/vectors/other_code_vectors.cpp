// Vectors for the scoring functions of VLMEvalKit, MedVLMBench, van Sonsbeek, BiomedGPT and the VQA challenge; see
// code_base_vectors.cpp.
#include <algorithm>
#include <string>

#include "llama32med/core/config_json.h"
#include "llama32med/metrics/peer_text.h"
#include "llama32med/metrics/token_overlap.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/vqa_normalizer.h"
#include "vectors/multiple_choice.h"
#include "vectors/row.h"
#include "vectors/tables.h"

namespace llama32med {
namespace {

Options row_options(const Json& row) {
  static const Options kOfOmniMedVqa = {{"A", "CT"}, {"B", "MRI"}, {"C", "X-ray"}, {"D", "US"}};
  const auto found = row.find("choices");
  if (found == row.end() || found->is_null()) return kOfOmniMedVqa;  // the meaning of the published rows
  Options options;
  if (found->is_object()) {
    for (const auto& entry : found->items()) options.emplace_back(entry.key(), row_text(*found, entry.key().c_str()));
    return options;
  }
  for (const auto& text : row_texts(row, "choices")) {
    const std::string letter(1, static_cast<char>('A' + options.size()));
    options.emplace_back(letter, text.starts_with(letter + ". ") ? text.substr(3) : text);
  }
  return options;
}

Json inferred_option(const Json& row) {
  const auto option = vlmevalkit_option(row_prediction(row), row_options(row));
  return option ? Json(*option) : Json(false);
}

std::vector<std::string> characters(const std::string& text) {
  std::vector<std::string> list;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) list.emplace_back();
    if (!list.empty()) list.back().push_back(c);
  }
  return list;
}

// NLTK's BLEU-1 with each character of the reference as a reference of length 1: each counts at most once, and there is
// no brevity penalty.
Json character_bleu(const Json& row) {
  auto given = characters(row_prediction(row));
  const auto expected = characters(row_reference(row));
  if (expected.empty()) return python_exception(given.empty() ? "ValueError" : "KeyError");
  if (given.empty()) return 0.0;
  const auto size = static_cast<double>(given.size());
  std::sort(given.begin(), given.end());
  given.erase(std::unique(given.begin(), given.end()), given.end());
  const auto found = std::count_if(given.begin(), given.end(), [&](const std::string& character) {
    return std::find(expected.begin(), expected.end(), character) != expected.end();
  });
  return static_cast<double>(found) / size;
}

Json lower_equal(const Json& row) {
  return lower_case(row_prediction(row)) == lower_case(row_reference(row)) ? 1.0 : 0.0;
}

Json lower_contains(const Json& row) {
  return lower_case(row_prediction(row)).find(lower_case(row_reference(row))) != std::string::npos ? 1.0 : 0.0;
}

// taokz/BiomedGPT @2c739bd utils/eval_utils.py:91-100: a lookup; VQA-RAD's references were lower-cased.
Json looked_up(const Json& row) {
  const std::string reference = row_reference(row), lower = lower_case(reference);
  const bool rad = row_text_or(row, "dataset", "") == "vqa_rad";
  return trim_white_space(row_prediction(row)) == (rad ? trim_white_space(lower) : std::string_view(reference)) ? 1.0
                                                                                                                : 0.0;
}

}  // namespace

std::vector<VectorMetric> other_code_vectors() {
  std::vector<VectorMetric> table = {
      {"vlmevalkit-mcq", "inferred_option", inferred_option},
      {"vlmevalkit-yorn", "extracted", [](const Json& r) -> Json { return vlmevalkit_yes_no(row_prediction(r)); }},
      {"medvlmbench", "closed_accuracy", lower_contains},
      {"medvlmbench", "open_accuracy",
       [](const Json& r) -> Json {
         return llava_med_overlap(row_prediction(r), row_reference(r)).recall >= 0.75 ? 1.0 : 0.0;
       }},
      {"van-sonsbeek", "em", lower_equal},
      {"van-sonsbeek", "bleu1", character_bleu},
      {"biomedgpt", "score", looked_up},
      {"vqa-official", "accuracy_percent",
       [](const Json& r) -> Json { return 100 * vqa_accuracy(row_texts(r, "reference"), row_prediction(r)); }}};
  // ubc-tea/MedVLMBench @b589983 eval/vqa.py:80-98 passes lower-cased, not normalized texts to LLaVA-Med's functions.
  const auto add = [&](std::string_view name, Json (*value)(const Json&)) {
    table.push_back({"medvlmbench", name, value});
  };
  for (const char* name : {"em", "exact_match"})
    add(name, [](const Json& r) -> Json { return llava_med_exact_match(row_prediction(r), row_reference(r)); });
  add("recall", [](const Json& r) -> Json { return llava_med_overlap(row_prediction(r), row_reference(r)).recall; });
  add("precision",
      [](const Json& r) -> Json { return llava_med_overlap(row_prediction(r), row_reference(r)).precision; });
  for (const char* name : {"f1", "f1_score"})
    add(name, [](const Json& r) -> Json { return llava_med_overlap(row_prediction(r), row_reference(r)).f1; });
  return table;
}

}  // namespace llama32med
