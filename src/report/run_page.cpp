#include "llama32med/report/run_page.h"

#include <algorithm>
#include <map>
#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/parallel.h"
#include "llama32med/image/thumbnail.h"
#include "llama32med/report/page.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

std::map<std::string, std::vector<std::string>> flips_by_item(const Confusion& confusion) {
  std::map<std::string, std::vector<std::string>> flips;
  for (const auto& id : confusion.laterality.items) flips[id].emplace_back("laterality");
  for (const auto& id : confusion.negation.items) flips[id].emplace_back("negation");
  return flips;
}

// The model's confidence in its answer; for yes or no, relative to the other one.
std::optional<double> confidence_of(const Item& item, const ProtocolScore& result) {
  const auto& prediction = item.prediction;
  if (result.kind != AnswerKind::kClosed || !prediction.p_yes || !prediction.p_no) return std::nullopt;
  return std::max(*prediction.p_yes, *prediction.p_no);
}

PageItem page_item(const Item& item, AnswerKind kind, std::size_t runs) {
  return {.id = item.record.id,
          .image = item.record.image_id,
          .question = item.record.question,
          .reference = item.record.answer,
          .answer_type = item.record.answer_type,
          .kind = kind,
          .fields = item.record.fields,
          .answers = std::vector<std::optional<PageAnswer>>(runs)};
}

PageAnswer page_answer(const Item& item, const ProtocolScore& result) {
  return {.prediction = item.prediction.text,
          .extracted = result.extracted,
          .score = result.score,
          .confidence = confidence_of(item, result),
          .error = item.prediction.error};
}

std::vector<PageItem> page_items(const std::vector<PageRun>& runs) {
  std::vector<PageItem> items;
  std::map<std::string, std::size_t> places;  // item id -> index
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& [name, context, report, verdicts] = runs[i];
    const auto flips = flips_by_item(context->confusion());
    for (const auto* item : context->items_as_given()) {
      const auto* result = score_of(*item, context->scored());
      if (!result) continue;
      const auto& id = item->record.id;
      const auto [place, is_new] = places.emplace(id, items.size());
      if (is_new) items.push_back(page_item(*item, result->kind, runs.size()));
      auto answer = page_answer(*item, *result);
      if (const auto found = flips.find(id); found != flips.end()) answer.flips = found->second;
      if (const auto found = verdicts.find(id); found != verdicts.end()) answer.human = found->second;
      items[place->second].answers[i] = std::move(answer);
    }
  }
  return items;
}

// The path of the image relative to the page, to show it in full size. "" if the two have only the root of the file
// system in common: such a link would reveal paths of this machine when the page is shared.
std::string link_to(const fs::path& file, const fs::path& folder) {
  const auto from = canonical_path(folder), from_root = from.relative_path();
  const auto link = canonical_path(file).lexically_proximate(from);
  const auto steps_up = std::count(link.begin(), link.end(), fs::path(".."));
  return link.is_absolute() || steps_up >= std::distance(from_root.begin(), from_root.end()) ? ""
                                                                                             : link.generic_string();
}

// The training images of the near-duplicates that the page shows: the closest pairs come first.
void add_leaked_images(std::map<std::string, fs::path>& files, const PageRun& run) {
  static constexpr std::size_t kShownPairs = 8;  // as in page/sections.js
  const auto* train = run.context->training_records();
  const auto leaks = run.report->find("leaks");
  if (!train || leaks == run.report->end() || !leaks->is_object()) return;
  std::set<std::string> wanted;
  const auto pairs = leaks->value("near_duplicates", Json::array());
  for (std::size_t i = 0; i < std::min(kShownPairs, pairs.size()); ++i)
    wanted.insert(pairs[i].value("train_image", ""));
  for (const auto& record : *train)
    if (wanted.contains(record.image_id)) files.emplace(record.image_id, record.image);
}

// False as well for a name that no file can have.
bool is_there_to_show(const fs::path& image) {
  try {
    return is_file(image);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    return false;
  }
}

// One per distinct image. Missing files are left out, because scoring does not need images. Whether a page may show
// them is decided where their names are read.
std::vector<PageImage> page_images(const std::vector<PageRun>& runs, const fs::path& folder) {
  std::map<std::string, fs::path> files;
  for (const auto& run : runs) {
    for (const auto& item : run.context->items())
      if (!item.record.image.empty()) files.emplace(item.record.image_id, item.record.image);
    add_leaked_images(files, run);
  }
  std::erase_if(files, [](const auto& entry) { return !is_there_to_show(entry.second); });
  std::vector<fs::path> paths;
  for (const auto& [id, file] : files) paths.push_back(file);
  auto thumbnails = make_thumbnails(paths, worker_threads());
  std::vector<PageImage> images;
  for (const auto& [id, file] : files) {
    auto& thumbnail = thumbnails[images.size()];
    images.push_back({id, link_to(file, folder), std::move(thumbnail.jpeg), thumbnail.error});
  }
  return images;
}

// Runs first: browser tabs show the beginning of a title.
std::string names_of(const std::vector<PageRun>& runs) {
  static constexpr std::size_t kMostNames = 3;
  std::vector<std::string> names;
  for (const auto& run : runs)
    if (names.size() < kMostNames) names.push_back(run.name);
  if (runs.size() > kMostNames) names.push_back(fmt::format("{} more", runs.size() - kMostNames));
  return join(names, ", ");
}

}  // namespace

void write_run_page(const fs::path& out, const std::vector<PageRun>& runs, const Json& comparisons) {
  const auto& facts = runs.front().context->facts();
  const ReportPage page{.title = fmt::format("{}: {} {}", names_of(runs), facts.shown_dataset(), facts.split),
                        .items = page_items(runs),
                        .images = page_images(runs, out.parent_path())};
  Json summary = {{"runs", Json::array()}};
  for (const auto& run : runs) summary["runs"].push_back({{"name", run.name}, {"report", *run.report}});
  if (!comparisons.empty()) summary["comparisons"] = comparisons;
  write_report_page(out, page, summary);
}

}  // namespace llama32med
