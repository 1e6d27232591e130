#include "app/rate/review.h"

#include <algorithm>
#include <set>

#include "app/common/output_folder.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/sha256.h"
#include "llama32med/core/strings.h"
#include "llama32med/scoring/answered_run.h"
#include "llama32med/scoring/prediction_reader.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

struct Places {
  RunFiles run;
  fs::path verdicts;
};

Places places_of(const fs::path& run, const fs::path& out, const fs::path& verdicts) {
  const auto files = run_files(run, out);
  return {files, verdicts.empty() ? files.folder / "verdicts.jsonl" : verdicts};
}

std::vector<ReviewItem> read_items(const fs::path& predictions) {
  const auto items = read_self_contained(predictions);
  return review_items(score_items(items, protocol("paper"), ""));
}

fs::path only_key(const fs::path& folder) {
  std::vector<std::string> found;
  if (is_folder(folder))
    for (const auto& entry : entries_of(folder)) {
      const auto name = entry.filename().string();
      if (name.starts_with("review_") && name.ends_with(".key.json")) found.push_back(name);
    }
  if (found.empty())
    throw usage_error("{}: holds no review_*.key.json; run `llama32med review export`, or give --key FILE",
                      folder.string());
  if (found.size() > 1)
    throw usage_error("{}: holds {}; choose one with --key FILE", folder.string(), join(found, ", "));
  return folder / found[0];
}

}  // namespace

ExportedReview export_review(const ReviewExport& request) {
  static constexpr std::size_t kDigits = 8;
  const auto places = places_of(request.run, request.out, request.verdicts);
  const auto lock = lock_folder(places.run.folder);
  const auto sheet =
      make_review_sheet(read_items(places.run.predictions), request.options, VerdictStore(places.verdicts));
  const auto text = review_sheet_tsv(sheet);
  const auto stem = "review_" + sha256(text).substr(0, kDigits);
  ExportedReview exported{.sheet = places.run.folder / (stem + ".tsv"),
                          .key = places.run.folder / (stem + ".key.json")};
  exported.controls = static_cast<std::size_t>(
      std::ranges::count_if(sheet.rows, [](const ReviewRow& row) { return row.control.has_value(); }));
  exported.rows = sheet.rows.size();
  exported.reused = sheet.reused.size();
  write_file(exported.sheet, text);
  write_json(exported.key, review_key_json(sheet));
  return exported;
}

ReviewResult import_review(const ReviewImport& request) {
  const auto places = places_of(request.run, request.out, request.verdicts);
  const auto lock = lock_folder(places.run.folder);
  const auto key = read_review_key(request.key.empty() ? only_key(places.run.folder) : request.key);
  if (request.sheets.empty() && !key.rows.empty())
    throw usage_error("review import: give --sheet FILE ..., one file per rater");
  std::vector<RaterSheet> sheets;
  std::set<std::string> raters;
  for (const auto& file : request.sheets) {
    const auto rater = file.stem().string();
    if (!raters.insert(rater).second)
      throw usage_error(
          "--sheet: two files are named \"{}\"; a rater is named like the file, so give each file its own name", rater);
    sheets.push_back(read_rater_sheet(file, rater, key));
  }
  VerdictStore store(places.verdicts);
  const auto result = merge_reviews(read_items(places.run.predictions), key, sheets, store);
  write_json(places.run.folder / "human.json", review_json(result));
  write_file(places.run.folder / "human.md", review_markdown(result));
  store.save(places.verdicts);
  return result;
}

}  // namespace llama32med
