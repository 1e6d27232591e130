#include "llama32med/eval/evaluator.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/sha256.h"
#include "llama32med/data/collator.h"
#include "llama32med/eval/protocol.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

using ImageGroup = Evaluator::ImageGroup;

std::vector<ImageGroup> group_by_image(const Dataset& dataset) {
  std::vector<ImageGroup> groups;
  std::map<std::string, std::size_t> found;
  for (const auto& record : dataset.records) {
    const auto [place, is_new] = found.emplace(record.image_id, groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].records.push_back(&record);
  }
  return groups;
}

// What is kept of an answer: enough to score it again without a model. No times: a repeated run gives the same line.
Json prediction_line(const Record& record, const Answer& answer, std::size_t prompt_tokens, const std::string& text) {
  Json line = {{"item_id", record.id},
               {"image_id", record.image_id},
               {"question", record.question},
               {"reference", record.answer},
               {"answer_type", record.answer_type},
               {"prediction_raw", text},
               {"finish_reason", enum_name(answer.finish)},
               {"prompt_tokens", prompt_tokens},
               {"new_tokens", answer.ids.size()},
               {"log_probability", answer.log_probability}};
  return line;
}

Json item_scores(const Record& record, const std::string& text, const std::vector<std::string>& protocols,
                 const std::string& dataset) {
  Json scores = Json::object();
  for (const auto& name : protocols)
    scores[name] = protocol(name).score({record.question, record.answer, record.answer_type, text, dataset}).score;
  return scores;
}

class Stopwatch {  // adds the time until it goes out of scope; waits for the device
 public:
  Stopwatch(double& total, const at::Device& device) : total_(total), device_(device) {}
  ~Stopwatch() {
    synchronize(device_);
    total_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  double& total_;
  at::Device device_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

struct Evaluator::Batch {
  struct Item {
    const Record* record;
    std::size_t group;
    Prompt prompt;
    Answer answer;
  };
  struct Picture {
    std::string sha256, error;  // error: why it could not be read
    std::int64_t index = -1;    // in the memory
  };
  std::size_t first_item = 0;  // of the dataset's order
  std::vector<ImageGroup> groups;
  std::vector<Picture> pictures;  // of the groups
  std::vector<Item> items;
  CrossMemory memory;
};

Evaluator::Evaluator(const Backbone& model, const SampleEncoder& encoder, const GenerateConfig& generate,
                     const EvaluatorConfig& config)
    : model_(&model), encoder_(&encoder), generator_(model, generate), config_(config) {
  if (config_.images_per_pass == 0)
    config_.images_per_pass = model.target().device().is_cuda() ? config_.images_per_batch : 1;
}

std::vector<std::string> Evaluator::item_order(const Dataset& dataset) {
  std::vector<std::string> ids;
  for (const auto& group : group_by_image(dataset))
    for (const auto* record : group.records) ids.push_back(record->id);
  return ids;
}

EvaluationProgress Evaluator::run(const Dataset& dataset, PredictionFile& file, const OnProgress& on_progress) const {
  const at::NoGradGuard no_grad;
  EvaluationProgress progress{.done = file.done(), .total = dataset.records.size()};
  on_progress(progress);
  const auto groups = group_by_image(dataset);
  std::size_t first_item = 0;
  for (auto begin = groups.begin(); begin != groups.end();) {
    Batch batch{.first_item = first_item};
    const auto size = batch_size(begin, groups.end());
    batch.groups.assign(begin, begin + size);
    begin += size;
    for (const auto& group : batch.groups) first_item += group.records.size();
    if (first_item <= file.done()) continue;
    run_batch(batch, file, progress);
    on_progress(progress);
  }
  return progress;
}

// Images until their questions make a batch.
std::ptrdiff_t Evaluator::batch_size(Groups begin, Groups end) const {
  std::int64_t questions = 0;
  auto at = begin;
  for (; at != end && at - begin < config_.images_per_batch && questions < config_.questions_per_batch; ++at)
    questions += static_cast<std::int64_t>(at->records.size());
  return at - begin;
}

void Evaluator::encode(Batch& batch, EvaluationProgress& progress) const {
  const Stopwatch watch(progress.vision_seconds, model_->target().device());
  ImageBatch images;  // of the next pass
  std::vector<TileStates> states;
  const auto pass = [&] {
    for (auto& state : model_->image_states(model_->vision_features(images))) states.push_back(std::move(state));
    images.clear();
  };
  for (std::size_t g = 0; g < batch.groups.size(); ++g) {
    const auto& record = *batch.groups[g].records.front();
    auto& picture = batch.pictures.emplace_back();
    try {
      picture.sha256 = sha256_of_file(record.image);
      images.push_back(normalise_tiles(encoder_->image(record), encoder_->images().settings()));
      picture.index = static_cast<std::int64_t>(states.size() + images.size()) - 1;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData) throw;
      picture.error = error.what();
    }
    if (static_cast<std::int64_t>(images.size()) == config_.images_per_pass) pass();
  }
  if (!images.empty()) pass();
  batch.memory = model_->cross_memory(states);
  progress.images += states.size();
}

void Evaluator::answer(Batch& batch, EvaluationProgress& progress) const {
  const Stopwatch watch(progress.decode_seconds, model_->target().device());
  std::vector<std::size_t> asked;  // items whose image was read
  for (std::size_t i = 0; i < batch.items.size(); ++i)
    if (batch.pictures[batch.items[i].group].index >= 0) asked.push_back(i);
  std::vector<Prompt> prompts;
  for (const auto i : asked) prompts.push_back(batch.items[i].prompt);
  auto answers = generator_.answer(prompts, batch.memory);
  for (std::size_t i = 0; i < asked.size(); ++i) batch.items[asked[i]].answer = std::move(answers[i]);
}

void Evaluator::run_batch(Batch& batch, PredictionFile& file, EvaluationProgress& progress) const {
  encode(batch, progress);
  for (std::size_t g = 0; g < batch.groups.size(); ++g)
    for (const auto* record : batch.groups[g].records) {
      const auto draws = batch.first_item + batch.items.size();
      auto ids = encoder_->question_ids(*record);
      batch.items.push_back({record, g, {std::move(ids), {batch.pictures[g].index, 1}, draws}, {}});
    }
  answer(batch, progress);
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    if (batch.first_item + i < file.done()) continue;  // an earlier run got so far within this batch
    const auto& item = batch.items[i];
    const auto& picture = batch.pictures[item.group];
    const auto text = encoder_->tokenizer().decode(item.answer.ids, SpecialTokens::kSkip);
    auto line = prediction_line(*item.record, item.answer, item.prompt.ids.size(), text);
    line["image_sha256"] = picture.sha256;
    line["score"] = item_scores(*item.record, text, config_.protocols, "");
    if (!picture.error.empty()) line["error"] = picture.error;
    file.write(line);
    ++progress.done;
    ++progress.computed;
  }
}

}  // namespace llama32med
