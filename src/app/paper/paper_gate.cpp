#include "app/paper/paper_gate.h"

#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/json_object.h"

namespace llama32med {
namespace {

constexpr std::string_view kWorseThan = "worse-than";
constexpr double kRounding = 1e-9;  // 0.1 is not a binary fraction

struct GatedVerdict {
  std::string_view name;
  Verdict verdict;
};
constexpr GatedVerdict kVerdicts[] = {{"outside", Verdict::kOutside}, {"not-run", Verdict::kNotRun}};

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const auto& entry : kVerdicts) names.emplace_back(entry.name);
  names.emplace_back(kWorseThan);
  return names;
}

Verdict verdict_named(const std::string& name) {
  for (const auto& entry : kVerdicts)
    if (entry.name == name) return entry.verdict;
  const auto names = known_names();
  throw usage_error("--fail-on {}: is not known{}; known are outside, not-run and worse-than FILE", name,
                    did_you_mean(name, names));
}

void set_earlier(FailOn& fail_on, std::string_view file) {
  if (!fail_on.worse_than.empty()) throw usage_error("--fail-on worse-than: is given twice; give one file");
  fail_on.worse_than = std::string(trim(file));
}

// The file within one word: "worse-than=FILE" or "worse-than FILE"; nothing if `name` is something else.
std::string_view file_in(std::string_view name) {
  if (!name.starts_with(kWorseThan)) return "";
  const auto rest = name.substr(kWorseThan.size());
  return rest.starts_with('=') || rest.starts_with(' ') ? rest.substr(1) : "";
}

// A cell by everything that says which number it is.
std::string key_of(const PaperCell& cell) {
  return json_line({cell.table, cell.row, cell.column, cell.run, cell.measure, cell.protocol});
}

std::string name_of(const PaperCell& cell) { return fmt::format("{}, {}, {}", cell.table, cell.row, cell.column); }

std::map<std::string, double> read_earlier(const std::filesystem::path& file) {
  const auto json = read_json(file);
  if (const auto* cells = json_at(json, {"cells"}); !cells || !cells->is_array())
    throw data_error("{}: is not a paper.json; give the one that an earlier `llama32med paper` wrote", file.string());
  std::map<std::string, double> values;
  for (const auto& entry : JsonObject(json, file.string()).objects("cells")) {
    if (!entry.has("ours")) continue;  // not run
    PaperCell cell;
    cell.table = entry.text("table", ""), cell.row = entry.text("row", ""), cell.column = entry.text("column", "");
    cell.run = entry.text("run", ""), cell.measure = entry.text("measure", "");
    cell.protocol = entry.text("protocol", "");
    values[key_of(cell)] = entry.number("ours", {});
  }
  if (values.empty()) throw data_error("{}: has no cell with a value, so nothing could be worse", file.string());
  return values;
}

void refuse_idle(const FailOn& fail_on, const PaperConfig& config) {
  const auto compared = [](const PaperCell& cell) { return !cell.run.empty() && cell.incomparable.empty(); };
  if (std::ranges::count(fail_on.verdicts, Verdict::kOutside) > 0 && std::ranges::none_of(config.cells, compared))
    throw usage_error(
        "--fail-on outside: no cell of this config is compared with the paper ({}); use not-run or worse-than FILE",
        config.incomparable.empty() ? "there are none" : config.incomparable);
}

}  // namespace

FailOn parse_fail_on(const std::vector<std::string>& words) {
  FailOn fail_on;
  bool file_follows = false;
  for (const auto& word : words) {
    if (file_follows) {
      set_earlier(fail_on, word);
      file_follows = false;
      continue;
    }
    for (const auto& name : split(word, ',')) {
      if (file_follows) throw usage_error("--fail-on worse-than: give the file next: worse-than FILE");
      if (const auto file = file_in(name); !file.empty())
        set_earlier(fail_on, file);
      else if (name == kWorseThan)
        file_follows = true;
      else
        fail_on.verdicts.push_back(verdict_named(name));
    }
  }
  if (file_follows) throw usage_error("--fail-on worse-than: give the file, an earlier paper.json");
  return fail_on;
}

PaperGate::PaperGate(FailOn fail_on, const PaperConfig& config) : fail_on_(std::move(fail_on)) {
  refuse_idle(fail_on_, config);
  if (fail_on_.worse_than.empty()) return;
  earlier_ = read_earlier(fail_on_.worse_than);
  if (std::ranges::none_of(config.cells, [&](const auto& cell) { return earlier_.contains(key_of(cell)); }))
    throw data_error("{}: has no cell in common with this config", fail_on_.worse_than.string());
}

void PaperGate::apply(PaperOutcome& outcome) const {
  auto gone = earlier_;
  for (auto& compared : outcome.cells) {
    gone.erase(key_of(compared.cell));
    for (const auto verdict : fail_on_.verdicts)
      if (const auto failure = failure_of(compared, verdict); !failure.empty()) compared.failures.push_back(failure);
    if (const auto decline = decline_of(compared); !decline.empty()) compared.failures.push_back(decline);
  }
  if (!gone.empty())
    outcome.notices.push_back(fmt::format("{} cells of {} are not in this config and were not compared", gone.size(),
                                          fail_on_.worse_than.string()));
}

std::string PaperGate::failure_of(const ComparedCell& compared, Verdict verdict) const {
  if (compared.verdict != verdict) return "";
  if (verdict == Verdict::kNotRun) return "not run";
  return fmt::format("outside: {:.4g}, the paper has {:.4g}", compared.ours->value, compared.target());
}

std::string PaperGate::decline_of(const ComparedCell& compared) const {
  const auto found = earlier_.find(key_of(compared.cell));
  if (found == earlier_.end()) return "";
  const double before = found->second;
  if (!compared.ours) return fmt::format("worse: not run, {:.4g} before", before);
  const auto& interval = compared.ours->interval95;
  const double highest = interval ? interval->high : compared.ours->value + compared.cell.tolerance;
  if (before <= highest + kRounding) return "";
  return fmt::format("worse: {:.4g} (at most {:.4g}), {:.4g} before", compared.ours->value, highest, before);
}

std::string failures_text(const PaperOutcome& outcome) {
  std::vector<std::string> lines;
  for (const auto& compared : outcome.cells)
    if (!compared.failures.empty())
      lines.push_back(fmt::format("{}: {}", name_of(compared.cell), join(compared.failures, ", ")));
  if (lines.empty()) return "";
  return fmt::format("{} of {} cells {} --fail-on: {}", lines.size(), outcome.cells.size(),
                     lines.size() == 1 ? "fails" : "fail", join(lines, "; "));
}

}  // namespace llama32med
