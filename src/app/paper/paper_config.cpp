#include "app/paper/paper_config.h"

#include <map>
#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/scoring/protocol.h"

namespace llama32med {
namespace {

std::set<std::string> run_names(const PaperConfig& config, std::vector<std::string>& problems) {
  std::set<std::string> runs, experiments;
  for (const auto& experiment : config.experiments) {
    if (!experiments.insert(experiment.name).second)
      problems.push_back(fmt::format("experiment \"{}\" is defined twice", experiment.name));
    for (const auto& evaluation : experiment.evaluations)
      if (const auto name = experiment.name + "/" + evaluation.name; !runs.insert(name).second)
        problems.push_back(fmt::format("evaluation \"{}\" is defined twice", name));
  }
  return runs;
}

bool is_measure(const std::string& measure) {
  return measure == "closed" || measure == "open" || measure == "overall" || measure.starts_with(kCaptionMeasure) ||
         is_pointer(measure);
}

// Families whose reports would share a folder.
void check_families(const PaperConfig& config, std::vector<std::string>& problems) {
  std::map<std::string, std::string> folders;
  for (const auto& comparison : config.comparisons) {
    const auto folder = family_folder(comparison.family);
    if (folder.empty())
      problems.push_back(fmt::format("family \"{}\": needs a letter or a digit, for its folder", comparison.family));
    else if (const auto [known, is_new] = folders.emplace(folder, comparison.family); !is_new)
      problems.push_back(fmt::format("families \"{}\" and \"{}\": both would be in compared/{}; rename one",
                                     known->second, comparison.family, folder));
  }
}

void spread_incomparable(PaperConfig& config) {
  if (config.incomparable.empty() && config.phantoms) config.incomparable = "phantoms";
  for (auto& cell : config.cells)
    if (cell.incomparable.empty()) cell.incomparable = config.incomparable;
}

}  // namespace

bool is_pointer(std::string_view measure) {
  const auto mark = measure.find('#');
  if (mark == measure.npos || !measure.substr(mark + 1).starts_with('/')) return false;
  for (auto at = measure.find('~', mark); at != measure.npos; at = measure.find('~', at + 1))  // ~0 is ~ and ~1 is /
    if (const auto next = measure.substr(at + 1, 1); next != "0" && next != "1") return false;
  return true;
}

PaperConfig load_paper_config(const std::filesystem::path& file) {
  if (!is_there(file))
    throw usage_error("{}: no such file; configs/paper.json and configs/paper_ci.json ship with the program",
                      file.string());
  PaperConfig config;
  read_config(read_json(file), config, file.string());
  std::vector<std::string> problems;
  const auto runs = run_names(config, problems);
  const std::vector<std::string> known(runs.begin(), runs.end());
  const auto check_run = [&](const std::string& run, const std::string& where) {
    if (!runs.contains(run))
      problems.push_back(fmt::format("{}: \"{}\" is not a run{}", where, run, did_you_mean(run, known)));
  };
  for (const auto& cell : config.cells) {
    const auto where = fmt::format("cell \"{}, {}, {}\"", cell.table, cell.row, cell.column);
    if (!cell.run.empty()) check_run(cell.run, where);
    if (!is_measure(cell.measure))
      problems.push_back(fmt::format("{}: measure \"{}\" is not closed, open, overall, caption:METRIC or FILE#/POINTER",
                                     where, cell.measure));
    protocol(cell.protocol);
  }
  for (const auto& comparison : config.comparisons) {
    protocol(comparison.protocol);
    check_run(comparison.first, comparison.family);
    for (const auto& other : comparison.others) check_run(other, comparison.family);
  }
  check_families(config, problems);
  if (!problems.empty()) throw usage_error("{}: {}", file.string(), join(problems, "; "));
  spread_incomparable(config);
  return config;
}

std::string family_folder(const std::string& family) {
  std::string name;
  for (const char c : ascii_lower(family)) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (kept)
      name += c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  if (name.ends_with('-')) name.pop_back();
  return name;
}

}  // namespace llama32med
