#include "llama32med/report/run_page.h"

#include <algorithm>
#include <map>
#include <set>

#include "llama32med/core/config_json.h"
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

// How sure the model was of what it said; of yes and no, where it said one of them.
std::optional<double> confidence_of(const ScoredItem& scored) {
  const auto& prediction = scored.item->prediction;
  if (scored.result.kind != AnswerKind::kClosed || !prediction.p_yes || !prediction.p_no) return std::nullopt;
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

void add_run(const PageRun& run, std::size_t index, std::size_t runs, const Protocol& rule,
             std::map<std::string, std::size_t>& places, std::vector<PageItem>& items) {
  const auto scored = score_items(run.run->items, rule, run.run->facts.dataset);
  const auto flips = flips_by_item(confusion_of(scored));
  for (const auto& one : scored) {
    const auto& id = one.item->record.id;
    const auto [place, is_new] = places.emplace(id, items.size());
    if (is_new) items.push_back(page_item(*one.item, one.result.kind, runs));
    PageAnswer answer{.prediction = one.item->prediction.text,
                      .extracted = one.result.extracted,
                      .score = one.result.score,
                      .confidence = confidence_of(one),
                      .error = one.item->prediction.error};
    if (const auto found = flips.find(id); found != flips.end()) answer.flips = found->second;
    if (const auto found = run.verdicts.find(id); found != run.verdicts.end()) answer.human = found->second;
    items[place->second].answers[index] = std::move(answer);
  }
}

// Where the picture lies as seen from the page, for the view in full size. "" where the two have only the root of the
// disk in common: such a link says more about this machine than a page that is handed on should.
std::string link_to(const fs::path& file, const fs::path& folder) {
  const auto link = fs::proximate(file, folder);
  const auto steps_up = std::count(link.begin(), link.end(), fs::path(".."));
  const auto from_root = fs::weakly_canonical(folder).relative_path();
  return link.is_absolute() || steps_up >= std::distance(from_root.begin(), from_root.end()) ? ""
                                                                                             : link.generic_string();
}

// One a distinct image. Files that are gone are left out: scoring needs no pictures.
std::vector<PageImage> page_images(const std::vector<PageRun>& runs, const fs::path& folder) {
  std::map<std::string, fs::path> files;
  for (const auto& run : runs)
    for (const auto& item : run.run->items)
      if (!item.record.image.empty()) files.emplace(item.record.image_id, item.record.image);
  std::erase_if(files, [](const auto& entry) {
    std::error_code ignored;
    return !fs::is_regular_file(entry.second, ignored);
  });
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

}  // namespace

void write_run_page(const fs::path& out, const std::vector<PageRun>& runs, const std::string& protocol_name,
                    const Json& comparisons) {
  const auto& facts = runs.front().run->facts;
  ReportPage page{.title = fmt::format("{} {}", facts.dataset, facts.split),
                  .items = {},
                  .images = page_images(runs, out.parent_path())};
  std::map<std::string, std::size_t> places;
  Json summary = {{"runs", Json::array()}};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    add_run(runs[i], i, runs.size(), protocol(protocol_name), places, page.items);
    summary["runs"].push_back({{"name", runs[i].name}, {"report", *runs[i].report}});
  }
  if (!comparisons.empty()) summary["comparisons"] = comparisons;
  write_report_page(out, page, summary);
}

}  // namespace llama32med
