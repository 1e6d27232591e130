#include "llama32med/report/leaks.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/markdown_table.h"
#include "llama32med/core/parallel.h"
#include "llama32med/core/sha256.h"
#include "llama32med/image/perceptual_hash.h"
#include "report/sections.h"

namespace llama32med {
namespace {

constexpr std::size_t kShownPairs = 20;

struct Fingerprint {
  bool readable = false;
  std::string sha256;
  std::uint64_t looks = 0;
};

using ImageFiles = std::map<std::string, std::filesystem::path>;  // image id -> file
using Fingerprints = std::map<std::string, Fingerprint>;

ImageFiles image_files(const std::vector<Record>& records) {
  ImageFiles files;
  for (const auto& record : records) files.emplace(record.image_id, record.image);
  return files;
}

Fingerprint fingerprint(const std::filesystem::path& file) {
  try {
    return {true, sha256_of_file(file), perceptual_hash_of_file(file)};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    return {};  // counted as unreadable
  }
}

Fingerprints fingerprints(const ImageFiles& files) {
  Fingerprints prints;
  std::vector<std::pair<const std::filesystem::path*, Fingerprint*>> work;
  for (const auto& [id, file] : files) work.emplace_back(&file, &prints[id]);
  parallel_for(work.size(), worker_threads(), [&](std::size_t i) { *work[i].second = fingerprint(*work[i].first); });
  return prints;
}

void compare_looks(Leaks& leaks, const Fingerprints& train, const Fingerprints& test) {
  std::set<std::string> train_contents;
  for (const auto& [id, print] : train)
    if (print.readable) train_contents.insert(print.sha256);
  std::int64_t same_contents = 0, unreadable = 0;
  for (const auto& [id, print] : train) unreadable += !print.readable;
  for (const auto& [test_id, seen] : test) {
    unreadable += !seen.readable && !train.contains(test_id);
    same_contents += seen.readable && train_contents.contains(seen.sha256);
    for (const auto& [train_id, learned] : train) {
      if (!seen.readable || !learned.readable || train_id == test_id || learned.sha256 == seen.sha256) continue;
      const int distance = hamming_distance(seen.looks, learned.looks);
      if (distance <= kNearDuplicate) leaks.near_duplicates.push_back({test_id, train_id, distance});
    }
  }
  leaks.images_by_contents = same_contents;
  leaks.unreadable_images = unreadable;
  std::sort(leaks.near_duplicates.begin(), leaks.near_duplicates.end(), [](const auto& a, const auto& b) {
    return std::tie(a.distance, a.test_image, a.train_image) < std::tie(b.distance, b.test_image, b.train_image);
  });
}

struct NamedFlag {
  const char* name;
  bool TrainOverlap::*flag;
};
constexpr NamedFlag kFlags[] = {{"image", &TrainOverlap::image_in_train},
                                {"question", &TrainOverlap::question_in_train},
                                {"image and question", &TrainOverlap::image_question_in_train},
                                {"image, question and answer", &TrainOverlap::triple_in_train},
                                {"answer", &TrainOverlap::reference_in_train}};

std::string score_cell(const Estimate& estimate) {
  if (estimate.tally.count == 0) return "-";
  return fmt::format("{} ({}), {}", percent(estimate.tally, 1), count_cell(estimate.tally),
                     interval_cell(estimate.bootstrap95));
}

std::string counts_markdown(const Leaks& leaks) {
  MarkdownTable table({{"also in train"}, {"count", Align::kRight}, {"of", Align::kRight}});
  const auto row = [&](const char* name, std::int64_t count, std::int64_t of) {
    table.add_row({name, std::to_string(count), std::to_string(of)});
  };
  row("test images, by id", leaks.images_by_id, leaks.test_images);
  if (leaks.images_by_contents) row("test images, by contents", *leaks.images_by_contents, leaks.test_images);
  row("test records, their image", leaks.records_of_seen_images, leaks.test_records);
  row("test records, their question", leaks.questions, leaks.test_records);
  row("test records, image and question", leaks.image_questions, leaks.test_records);
  row("test records, image, question and answer", leaks.triples, leaks.test_records);
  row("test records, their answer", leaks.references, leaks.test_records);
  return table.text();
}

std::string near_markdown(const Leaks& leaks) {
  if (leaks.near_duplicates.empty())
    return fmt::format("\nNo near-duplicate images (perceptual hashes that differ in at most {} of 64 bits).\n",
                       kNearDuplicate);
  MarkdownTable table({{"test image"}, {"train image"}, {"differing bits", Align::kRight}});
  for (std::size_t i = 0; i < std::min(kShownPairs, leaks.near_duplicates.size()); ++i) {
    const auto& pair = leaks.near_duplicates[i];
    table.add_row({pair.test_image, pair.train_image, std::to_string(pair.distance)});
  }
  return fmt::format(
      "\nPairs of near-duplicate images (perceptual hashes that differ in at most {} of 64 bits): {}. These are only "
      "candidates: medical images of the same kind are similar without being copies. The closest pairs:\n\n{}",
      kNearDuplicate, leaks.near_duplicates.size(), table.text());
}

}  // namespace

Leaks find_leaks(const std::vector<Record>& train, const std::vector<Record>& test, const TrainOverlaps& overlaps,
                 ImageLooks looks) {
  const auto train_files = image_files(train), test_files = image_files(test);
  Leaks leaks{.train_records = std::ssize(train),
              .test_records = std::ssize(test),
              .train_images = std::ssize(train_files),
              .test_images = std::ssize(test_files)};
  for (const auto& [id, file] : test_files) leaks.images_by_id += train_files.contains(id);
  for (const auto& [id, overlap] : overlaps) {
    leaks.records_of_seen_images += overlap.image_in_train;
    leaks.questions += overlap.question_in_train;
    leaks.image_questions += overlap.image_question_in_train;
    leaks.triples += overlap.triple_in_train;
    leaks.references += overlap.reference_in_train;
  }
  if (looks == ImageLooks::kCompare) compare_looks(leaks, fingerprints(train_files), fingerprints(test_files));
  return leaks;
}

std::vector<LeakScore> leak_scores(const std::vector<ScoredItem>& items, const Estimator& estimator,
                                   const TrainOverlaps& overlaps) {
  std::vector<LeakScore> scores;
  for (const auto& [name, flag] : kFlags) {
    std::vector<ScoredItem> leaked, clean;
    for (const auto& item : items) {
      const auto found = overlaps.find(item.item->record.id);
      (found != overlaps.end() && found->second.*flag ? leaked : clean).push_back(item);
    }
    scores.push_back({name, estimator.estimate(leaked), estimator.estimate(clean)});
  }
  return scores;
}

Json leaks_json(const Leaks& leaks, const std::vector<LeakScore>& scores) {
  Json near = Json::array(), rows = Json::array();
  for (const auto& pair : leaks.near_duplicates)
    near.push_back({{"test_image", pair.test_image}, {"train_image", pair.train_image}, {"distance", pair.distance}});
  for (const auto& score : scores)
    rows.push_back(
        {{"name", score.name}, {"leaked", estimate_json(score.leaked)}, {"clean", estimate_json(score.clean)}});
  Json json = {{"train_records", leaks.train_records},
               {"test_records", leaks.test_records},
               {"train_images", leaks.train_images},
               {"test_images", leaks.test_images},
               {"images_by_id", leaks.images_by_id}};
  if (leaks.images_by_contents) {
    json["images_by_contents"] = *leaks.images_by_contents;
    json["unreadable_images"] = leaks.unreadable_images.value_or(0);
    json["near_duplicate_bits"] = kNearDuplicate;
    json["near_duplicates"] = near;
  }
  json["records_of_seen_images"] = leaks.records_of_seen_images;
  json["questions"] = leaks.questions;
  json["image_questions"] = leaks.image_questions;
  json["triples"] = leaks.triples;
  json["references"] = leaks.references;
  json["scores"] = rows;
  return json;
}

std::string leaks_markdown(const Leaks& leaks, const std::vector<LeakScore>& scores) {
  auto text = counts_markdown(leaks);
  if (leaks.images_by_contents) text += near_markdown(leaks);
  MarkdownTable table({{"in train: the item's"}, {"in train: %, 95 % by image"}, {"not in train"}});
  for (const auto& score : scores) table.add_row({score.name, score_cell(score.leaked), score_cell(score.clean)});
  if (scores.empty()) return text;
  text += '\n';
  return text + table.text();
}

Section leak_section(const ReportContext& context) {
  const auto* train = context.training_records();
  if (!train) return {};
  const auto leaks = find_leaks(*train, context.records(), *context.overlaps(), context.request().looks);
  const auto scores = leak_scores(context.scored(), context.estimator(), *context.overlaps());
  return {leaks_json(leaks, scores), leaks_markdown(leaks, scores)};
}

Section training_absent_section(const ReportContext& context) {
  const auto& why = context.request().train.absent;
  if (why.empty()) return {};
  return {why, fmt::format("Not computed: {}.\n", why)};
}

}  // namespace llama32med
