#include "llama32med/report/calibration.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "llama32med/core/config_json.h"
#include "llama32med/core/markdown_table.h"
#include "llama32med/metrics/answer_text.h"
#include "llama32med/report/confusion.h"
#include "report/sections.h"

namespace llama32med {
namespace {

constexpr std::int64_t kBins = 15, kPoints = 101;

struct Judged {
  double confidence = 0;
  bool right = false;
  std::string id;
};

void sort_by_confidence(std::vector<Judged>& answers) {
  std::sort(answers.begin(), answers.end(),
            [](const auto& a, const auto& b) { return std::tie(a.confidence, a.id) < std::tie(b.confidence, b.id); });
}

// p_yes / (p_yes + p_no), if a closed item has both.
std::optional<double> probability_of_yes(const ScoredItem& scored) {
  const auto& prediction = scored.item->prediction;
  if (!is_yes_or_no(scored.item->record.answer) || !prediction.p_yes || !prediction.p_no) return std::nullopt;
  const double sum = *prediction.p_yes + *prediction.p_no;
  if (!(sum > 0)) return std::nullopt;
  return *prediction.p_yes / sum;
}

std::optional<double> open_confidence(const ScoredItem& scored) {
  const auto& prediction = scored.item->prediction;
  if (!prediction.log_probability || !prediction.new_tokens || *prediction.new_tokens <= 0) return std::nullopt;
  return std::exp(*prediction.log_probability / static_cast<double>(*prediction.new_tokens));
}

std::vector<CalibrationBin> bins_of(const std::vector<Judged>& rising) {
  const auto n = static_cast<std::int64_t>(rising.size());
  std::vector<CalibrationBin> bins;
  for (std::int64_t b = 0; b < kBins; ++b) {
    CalibrationBin bin;
    for (std::int64_t i = b * n / kBins; i < (b + 1) * n / kBins; ++i) {
      bin.confidence += rising[i].confidence;
      bin.accuracy += rising[i].right ? 1 : 0;
      ++bin.n;
    }
    if (bin.n == 0) continue;  // fewer answers than bins
    bin.confidence /= static_cast<double>(bin.n);
    bin.accuracy /= static_cast<double>(bin.n);
    bins.push_back(bin);
  }
  return bins;
}

// Mann-Whitney count of (right, wrong) pairs in the correct order, in units of one half (ties count one).
std::optional<double> auroc_of(const std::vector<Judged>& rising) {
  std::int64_t halves = 0, right = 0, wrong = 0;
  for (std::size_t begin = 0, end; begin < rising.size(); begin = end) {
    std::int64_t right_here = 0, wrong_here = 0;
    for (end = begin; end < rising.size() && rising[end].confidence == rising[begin].confidence; ++end)
      ++(rising[end].right ? right_here : wrong_here);
    halves += right_here * (2 * wrong + wrong_here);
    right += right_here, wrong += wrong_here;
  }
  if (right == 0 || wrong == 0) return std::nullopt;
  return static_cast<double>(halves) / (2.0 * static_cast<double>(right) * static_cast<double>(wrong));
}

std::optional<Calibration> calibration_of_answers(std::vector<Judged> answers, std::int64_t without) {
  if (answers.empty()) return std::nullopt;
  sort_by_confidence(answers);
  Calibration result{.n = static_cast<std::int64_t>(answers.size()), .without = without};
  result.bins = bins_of(answers);
  for (const auto& bin : result.bins)
    result.ece += static_cast<double>(bin.n) * std::abs(bin.accuracy - bin.confidence) / static_cast<double>(result.n);
  result.auroc = auroc_of(answers);
  return result;
}

std::optional<Calibration> closed_calibration(const std::vector<ScoredItem>& items) {
  std::vector<Judged> answers;
  std::vector<double> squares;
  std::int64_t without = 0;
  for (const auto& scored : items) {
    if (!is_yes_or_no(scored.item->record.answer)) continue;
    const auto p = probability_of_yes(scored);
    if (!p) {
      ++without;
      continue;
    }
    const bool is_yes = yes_no_words(scored.item->record.answer) == YesNoWords::kYes;
    const double error = *p - (is_yes ? 1 : 0);
    squares.push_back(error * error);
    answers.push_back({std::max(*p, 1 - *p), (*p > 0.5) == is_yes, scored.item->record.id});
  }
  auto result = calibration_of_answers(std::move(answers), without);
  if (!result) return result;
  std::sort(squares.begin(), squares.end());  // the sum must not depend on the order of items
  double sum = 0;
  for (const double square : squares) sum += square;
  result->brier = sum / static_cast<double>(result->n);
  return result;
}

std::optional<Calibration> open_calibration(const std::vector<ScoredItem>& items) {
  std::vector<Judged> answers;
  std::int64_t without = 0;
  for (const auto& scored : items) {
    if (is_yes_or_no(scored.item->record.answer)) continue;
    if (const auto confidence = open_confidence(scored)) {
      answers.push_back({*confidence, scored.result.score >= 0.5, scored.item->record.id});
    } else {
      ++without;
    }
  }
  return calibration_of_answers(std::move(answers), without);
}

// wrong[k]: how many of the k most confident answers are wrong; for equal confidences, the mean over all orders.
std::vector<double> wrong_among_surest(const std::vector<Judged>& rising) {
  std::vector<double> wrong = {0};
  for (std::size_t end = rising.size(), begin; end > 0; end = begin) {
    double here = 0;
    for (begin = end; begin > 0 && rising[begin - 1].confidence == rising[end - 1].confidence; --begin)
      here += rising[begin - 1].right ? 0 : 1;
    const double before = wrong.back(), size = static_cast<double>(end - begin);
    for (std::size_t i = 1; i <= end - begin; ++i) wrong.push_back(before + static_cast<double>(i) * here / size);
  }
  return wrong;
}

std::optional<RiskCoverage> risk_coverage_of(const std::vector<ScoredItem>& items) {
  std::vector<Judged> answers;
  for (const auto& scored : items) {
    const auto p = probability_of_yes(scored);
    const bool closed = is_yes_or_no(scored.item->record.answer);
    const auto confidence = closed ? (p ? std::optional(std::max(*p, 1 - *p)) : std::nullopt) : open_confidence(scored);
    if (confidence) answers.push_back({*confidence, scored.result.score >= 0.5, scored.item->record.id});
  }
  if (answers.empty()) return std::nullopt;
  sort_by_confidence(answers);
  const auto wrong = wrong_among_surest(answers);
  const auto n = static_cast<std::int64_t>(answers.size());
  const auto risk = [&](std::int64_t k) { return wrong[k] / static_cast<double>(k); };
  const auto share = [&](std::int64_t k) { return static_cast<double>(k) / static_cast<double>(n); };
  RiskCoverage curve{.n = n};
  for (std::int64_t k = 1; k <= n; ++k) {
    curve.aurc += risk(k);
    if (20 * wrong[k] <= static_cast<double>(k) + 1e-9) curve.coverage_at_95 = share(k);
  }
  curve.aurc /= static_cast<double>(n);
  curve.accuracy_at_80 = 1 - risk((4 * n + 4) / 5);
  curve.accuracy_at_90 = 1 - risk((9 * n + 9) / 10);
  const std::int64_t points = std::min(n, kPoints);
  for (std::int64_t i = 0; i < points; ++i) {
    const std::int64_t k = points == 1 ? 1 : 1 + i * (n - 1) / (points - 1);
    curve.points.push_back({share(k), risk(k)});
  }
  return curve;
}

Json calibration_json(const std::optional<Calibration>& calibration) {
  if (!calibration) return nullptr;
  Json bins = Json::array();
  for (const auto& bin : calibration->bins)
    bins.push_back({{"confidence", bin.confidence}, {"accuracy", bin.accuracy}, {"n", bin.n}});
  Json json = {{"n", calibration->n}, {"without_probability", calibration->without}};
  if (calibration->brier) json["brier"] = *calibration->brier;
  json["ece"] = calibration->ece;
  json["auroc"] = calibration->auroc ? Json(*calibration->auroc) : Json();
  json["bins"] = bins;
  return json;
}

std::vector<std::string> calibration_row(const char* name, const Calibration& calibration) {
  return {name, std::to_string(calibration.n), calibration.brier ? fmt::format("{:.4f}", *calibration.brier) : "-",
          fmt::format("{:.4f}", calibration.ece), calibration.auroc ? fmt::format("{:.4f}", *calibration.auroc) : "-"};
}

}  // namespace

CalibrationReport calibration_of(const std::vector<ScoredItem>& items) {
  return {closed_calibration(items), open_calibration(items), risk_coverage_of(items)};
}

Json calibration_json(const CalibrationReport& report) {
  return {{"closed", calibration_json(report.closed)}, {"open", calibration_json(report.open)}};
}

Json risk_coverage_json(const CalibrationReport& report) {
  if (!report.risk_coverage) return nullptr;
  const auto& curve = *report.risk_coverage;
  Json points = Json::array();
  for (const auto& point : curve.points) points.push_back({{"coverage", point.coverage}, {"risk", point.risk}});
  return {{"n", curve.n},
          {"points", points},
          {"aurc", curve.aurc},
          {"accuracy_at_80", curve.accuracy_at_80},
          {"accuracy_at_90", curve.accuracy_at_90},
          {"coverage_at_95", curve.coverage_at_95}};
}

std::string calibration_markdown(const CalibrationReport& report) {
  if (!report.closed && !report.open) return "";
  MarkdownTable table(
      {{"answers"}, {"n", Align::kRight}, {"Brier", Align::kRight}, {"ECE", Align::kRight}, {"AUROC", Align::kRight}});
  if (report.closed) table.add_row(calibration_row("closed", *report.closed));
  if (report.open) table.add_row(calibration_row("open", *report.open));
  auto text = table.text();
  if (report.risk_coverage) {
    const auto& curve = *report.risk_coverage;
    text += fmt::format(
        "\n{} answers with a probability: area under the risk-coverage curve {:.4f}; {:.1f} % correct among the most "
        "confident 80 %, {:.1f} % among the most confident 90 %; at least 95 % correct up to a coverage of {:.1f} %.\n",
        curve.n, curve.aurc, 100 * curve.accuracy_at_80, 100 * curve.accuracy_at_90, 100 * curve.coverage_at_95);
  }
  return text;
}

Section calibration_section(const ReportContext& context) {
  const auto report = calibration_of(context.scored());
  return {{{"calibration", calibration_json(report)}, {"risk_coverage", risk_coverage_json(report)}},
          calibration_markdown(report)};
}

}  // namespace llama32med
