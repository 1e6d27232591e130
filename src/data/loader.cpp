#include "llama32med/data/loader.h"

#include <algorithm>
#include <map>

#include "llama32med/core/error.h"
#include "llama32med/core/random.h"

namespace llama32med {
namespace {

std::vector<RecordIndices> single_records(const std::vector<Record>& records) {
  std::vector<RecordIndices> groups;
  for (std::size_t i = 0; i < records.size(); ++i) groups.push_back({i});
  return groups;
}

// Groups records by image, images in order of first appearance.
RecordIndices together(const RecordIndices& step, const std::vector<Record>& records) {
  std::map<std::string, std::size_t> place;
  for (const auto i : step) place.emplace(records[i].image_id, place.size());
  auto sorted = step;
  std::stable_sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) {
    return place.at(records[a].image_id) < place.at(records[b].image_id);
  });
  return sorted;
}

bool has_label(const TrainingText& text) {
  return std::ranges::any_of(text.labels, [](std::int64_t label) { return label != kNoLabel; });
}

SkippedRecord skip(const Record& record, std::string reason) {
  return {.id = record.id, .where = record.image_id, .reason = std::move(reason)};
}

}  // namespace

std::vector<RecordIndices> epoch_steps(const std::vector<Record>& records, const LoaderConfig& config,
                                       std::uint64_t seed, std::int64_t epoch) {
  auto groups = config.batching == Batching::kByImage ? group_by_image(records) : single_records(records);
  RandomStream(splitmix64_at(seed ^ fnv1a64("epoch"), static_cast<std::uint64_t>(epoch))).shuffle(groups);
  std::vector<RecordIndices> steps;
  for (const auto& group : groups) {
    if (steps.empty() || static_cast<std::int64_t>(steps.back().size()) >= config.batch_size) steps.emplace_back();
    steps.back().insert(steps.back().end(), group.begin(), group.end());
  }
  return steps;
}

TrainingStep load_step(const std::vector<Record>& records, const RecordIndices& step, const SampleEncoder& encoder,
                       std::int64_t max_tokens) {
  TrainingStep loaded;
  std::map<std::string, std::string> unreadable;  // image id -> reason
  for (const auto i : together(step, records)) {
    const auto& record = records[i];
    if (!unreadable.contains(record.image_id)) try {
        auto text = encoder.training_text(record, max_tokens);
        if (!has_label(text)) {
          loaded.skipped.push_back(skip(record, fmt::format("has no answer left within {} tokens", max_tokens)));
          continue;
        }
        if (loaded.pictures.empty() || loaded.pictures.back().image_id != record.image_id)
          loaded.pictures.push_back({record.image_id, encoder.image(record)});
        loaded.rows.push_back({&record, std::move(text), loaded.pictures.size() - 1});
        continue;
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kData) throw;
        unreadable[record.image_id] = error.what();
      }
    loaded.skipped.push_back(skip(record, unreadable.at(record.image_id)));
    loaded.skipped.back().missing_image = record.image_id;
  }
  return loaded;
}

std::string ids_of(const TrainingStep& step) {
  std::vector<std::string> ids;
  for (const auto& row : step.rows) ids.push_back(row.record->id);
  return join(ids, ", ");
}

Loader::Loader(const std::vector<Record>& records, std::vector<RecordIndices> steps, const SampleEncoder& encoder,
               std::int64_t max_tokens)
    : left_(steps.size()),
      ahead_(left_, {.threads = 1, .values = 1},
             [&records, &encoder, max_tokens, steps = std::move(steps)](std::size_t i) {
               return load_step(records, steps[i], encoder, max_tokens);
             }) {}

TrainingStep Loader::next() {
  auto step = ahead_.next();
  --left_;
  return step;
}

}  // namespace llama32med
