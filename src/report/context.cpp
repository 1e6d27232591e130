#include "llama32med/report/context.h"

#include <algorithm>
#include <numeric>

#include "llama32med/core/config_json.h"
#include "llama32med/core/sha256.h"

namespace llama32med {
namespace {

// Sorts by id. Returns the items in their original order.
std::vector<const Item*> sort_by_id(std::vector<Item>& items) {
  std::vector<std::size_t> places(items.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::stable_sort(places, {}, [&](std::size_t place) -> const std::string& { return items[place].record.id; });
  std::vector<Item> sorted;
  sorted.reserve(items.size());
  std::vector<const Item*> as_given(items.size());
  for (const auto place : places) as_given[place] = &sorted.emplace_back(std::move(items[place]));
  items = std::move(sorted);
  return as_given;
}

}  // namespace

std::string predictions_sha256(const std::vector<Item>& items) {
  std::vector<const Item*> sorted;
  for (const auto& item : items) sorted.push_back(&item);
  std::ranges::stable_sort(sorted, {}, [](const Item* item) -> const std::string& { return item->record.id; });
  Sha256 sum;
  for (const auto* item : sorted) sum.add(json_line(Json::array({item->record.id, item->prediction.text})) + "\n");
  return sum.hex();
}

ReportContext::ReportContext(AnsweredRun run, ReportRequest request)
    : run_(std::move(run)), request_(std::move(request)), as_given_(sort_by_id(run_.items)) {
  are_captions_ =
      !items().empty() && std::ranges::all_of(items(), [](const Item& item) { return item.record.question.empty(); });
  run_.facts.scored = std::ssize(items());
  run_.facts.predictions_sha256 = predictions_sha256(items());
}

std::int64_t ReportContext::answers_without_image() const {
  return std::ranges::count_if(items(), [](const Item& item) { return !item.prediction.error.empty(); });
}

std::span<const ScoredItems> ReportContext::scores() const {
  if (are_captions()) return {};
  return all_scores();
}

const ScoreTable& ReportContext::score_table() const {
  return score_table_.get([&] {
    return make_score_table(scores(), are_captions() ? nullptr : bootstrap(),
                            {.dataset = facts().dataset,
                             .split = facts().split,
                             .records = facts().records,
                             .scored = facts().scored,
                             .decode = facts().decode.kind,
                             .label = facts().label,
                             .settings = signature_settings(facts())});
  });
}

const Confusion& ReportContext::confusion() const {
  return confusion_.get([&] { return confusion_of(scored()); });
}

const std::vector<Record>& ReportContext::records() const {
  return records_.get([&] {
    std::vector<Record> records;
    records.reserve(items().size());
    for (const auto& item : items()) records.push_back(item.record);
    return records;
  });
}

const std::map<std::string, std::int64_t>& ReportContext::conflict_groups() const {
  return conflict_groups_.get([&] { return llama32med::conflict_groups(records()); });
}

const std::vector<Record>* ReportContext::training_records() const {
  return request_.train.dataset && !items().empty() ? &request_.train.dataset->records : nullptr;
}

const TrainOverlaps* ReportContext::overlaps() const {
  if (!training_records()) return nullptr;
  return &overlaps_.get([&] { return train_overlaps(*training_records(), records()); });
}

const std::vector<ScoredItems>& ReportContext::all_scores() const {
  return scores_.get([&] {
    const auto protocols = are_captions() ? std::vector{request_.protocols.front()} : request_.protocols;
    return score_items(items(), protocols, facts().dataset);
  });
}

const SharedBootstrap& ReportContext::bootstrap() const {
  return bootstrap_.get([&] { return image_bootstrap(items()); });
}

}  // namespace llama32med
