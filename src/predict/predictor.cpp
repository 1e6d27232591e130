#include "llama32med/predict/predictor.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>

#include "llama32med/batch/collator.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/sha256.h"
#include "llama32med/data/by_image.h"
#include "llama32med/predict/yes_no_tokens.h"
#include "llama32med/scoring/item_json.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

using ImageGroup = Predictor::ImageGroup;

std::vector<ImageGroup> image_groups(const std::vector<Record>& records) {
  std::vector<ImageGroup> groups;
  for (const auto& indices : group_by_image(records)) {
    auto& group = groups.emplace_back();
    for (const auto i : indices) group.records.push_back(&records[i]);
  }
  return groups;
}

std::string record_name(const Record& record) { return fmt::format("record \"{}\"", record.id); }

class Stopwatch {  // on leaving scope, waits for the device and adds the elapsed time
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

struct Predictor::ImageFile {
  std::string sha256, error;  // error: why it could not be read
  ProcessedImage image;
};

struct Predictor::Batch {
  struct Item {
    const Record* record;
    std::size_t group;
    Prompt prompt;
    Answer answer;
  };
  struct Picture {
    std::string sha256, error;  // error: why it could not be read
    std::int64_t index = -1;    // index into the ImageMemory
    std::int64_t tokens = 1;    // number of tokens in a prompt
  };
  std::size_t first_item = 0;  // index in the order of all predictions
  std::size_t first_line = 0;  // index in the file
  std::vector<ImageGroup> groups;
  std::vector<Picture> pictures;  // one per group
  std::vector<Item> items;
  ImageMemory memory;

  std::vector<const Record*> records() const {
    std::vector<const Record*> all;
    for (const auto& group : groups) all.insert(all.end(), group.records.begin(), group.records.end());
    return all;
  }
  std::size_t size() const {
    std::size_t sum = 0;
    for (const auto& group : groups) sum += group.records.size();
    return sum;
  }
  bool is_among(const std::map<std::string, std::string>& answered) const {
    return std::ranges::all_of(records(), [&](const Record* record) { return answered.contains(record->id); });
  }
};

Predictor::Predictor(const Backbone& model, const SampleEncoder& encoder, const GenerateConfig& generate,
                     const PredictConfig& config)
    : model_(&model),
      encoder_(&encoder),
      generator_(model, generate, yes_no_tokens(encoder.tokenizer())),
      config_(config) {
  if (config_.images_per_pass == 0)
    config_.images_per_pass = model.target().device().is_cpu() ? 1 : config_.images_per_batch;
}

PredictProgress Predictor::run(const Dataset& dataset, PredictionFile& file, const OnProgress& on_progress,
                               const PredictShare& share) {
  const at::NoGradGuard no_grad;
  if (config_.images == ImageCondition::kShuffled)
    shuffled_ = shuffled_images(dataset.records, static_cast<std::uint64_t>(config_.shuffle_seed));
  auto batches = batches_of(share.shard, dataset.records);
  PredictProgress progress{.done = file.done()};
  for (const auto& batch : batches) progress.total += batch.size();
  on_progress(progress);
  std::erase_if(batches, [&](const Batch& batch) { return batch.first_line + batch.size() <= file.done(); });
  std::vector<const Record*> shown;  // a record per image, in the order in which the batches need them
  if (config_.images != ImageCondition::kNone)
    for (const auto& batch : batches)
      for (const auto& group : batch.groups)
        if (!batch.is_among(share.answered)) shown.push_back(group.records.front());
  ImageFiles images(shown.size(), images_ahead(), [&](std::size_t i) { return read(*shown[i]); });
  for (auto& planned : batches) {
    auto batch = std::move(planned);  // what it holds on the device ends with it
    auto line = batch.first_line;
    const auto write = [&](const std::string& text) {
      if (line++ < file.done()) return;  // already written by an earlier run
      file.write(text);
      ++progress.done;
    };
    if (batch.is_among(share.answered))
      for (const auto* record : batch.records()) write(share.answered.at(record->id));
    else
      run_batch(batch, images, write, progress);
    on_progress(progress);
  }
  file.sync();
  return progress;
}

std::vector<Predictor::Batch> Predictor::batches_of(const Shard& shard, const std::vector<Record>& records) const {
  const auto groups = image_groups(records);
  std::vector<Batch> batches;
  std::size_t items = 0, lines = 0, number = 0;
  for (auto begin = groups.begin(); begin != groups.end(); ++number) {
    Batch batch{.first_item = items, .first_line = lines};
    const auto size = batch_size(begin, groups.end());
    batch.groups.assign(begin, begin + size);
    begin += size;
    items += batch.size();
    if (!shard.has(number)) continue;
    lines += batch.size();
    batches.push_back(std::move(batch));
  }
  return batches;
}

std::vector<Record> Predictor::records_of(const Shard& shard, const std::vector<Record>& records) const {
  std::vector<Record> of_shard;
  for (const auto& batch : batches_of(shard, records))
    for (const auto* record : batch.records()) of_shard.push_back(*record);
  return of_shard;
}

// Number of images to take until their questions fill a batch.
std::ptrdiff_t Predictor::batch_size(Groups begin, Groups end) const {
  std::int64_t questions = 0;
  auto at = begin;
  for (; at != end && at - begin < config_.images_per_batch && questions < config_.questions_per_batch; ++at)
    questions += static_cast<std::int64_t>(at->records.size());
  return at - begin;
}

// The images of the next batch, within limits on memory: for what threads hold while they decode, and for processed
// images that wait (4 MB each in the released model).
ReadAheadSize Predictor::images_ahead() const {
  constexpr std::int64_t kDecodedMib = 2048, kMostWaiting = 32;
  const auto decoding = std::max<std::int64_t>(kDecodedMib / encoder_->images().config().max_mib, 1);
  const auto threads = std::min(preparing_threads(model_->target().device()), static_cast<std::size_t>(decoding));
  return {.threads = threads, .values = static_cast<std::size_t>(std::min(config_.images_per_batch, kMostWaiting))};
}

Predictor::ImageFile Predictor::read(const Record& record) const {
  ImageFile file;
  try {
    file.sha256 = sha256_of_file(record.image);
    file.image = image_of(record);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    file.error = error.what();
  }
  return file;
}

ProcessedImage Predictor::image_of(const Record& record) const {
  switch (config_.images) {
    case ImageCondition::kShuffled:
      return encoder_->image(*shuffled_.at(record.image_id));
    case ImageCondition::kBlank:
      return blank_image(encoder_->images());
    default:
      return encoder_->image(record);
  }
}

void Predictor::encode(Batch& batch, ImageFiles& files, PredictProgress& progress) const {
  const Stopwatch watch(progress.vision_seconds, model_->target().device());
  ImageBatch images;  // images of the next pass
  std::vector<ImageStates> states;
  const auto pass = [&] {
    for (auto& state : model_->image_states(model_->vision_features(images))) states.push_back(std::move(state));
    images.clear();
  };
  batch.pictures.resize(batch.groups.size());
  if (config_.images == ImageCondition::kNone) return;
  for (std::size_t g = 0; g < batch.groups.size(); ++g) {
    const auto file = files.next();
    auto& picture = batch.pictures[g];
    picture = {.sha256 = file.sha256, .error = file.error};
    if (file.error.empty()) {
      picture.tokens = file.image.extent.tokens;
      picture.index = static_cast<std::int64_t>(states.size() + images.size());
      images.push_back(image_input(file.image, encoder_->images().scaling()));
    }
    if (static_cast<std::int64_t>(images.size()) == config_.images_per_pass) pass();
  }
  if (!images.empty()) pass();
  batch.memory = model_->image_memory(states);
  progress.images += states.size();
}

void Predictor::answer(Batch& batch, PredictProgress& progress) const {
  const Stopwatch watch(progress.decode_seconds, model_->target().device());
  std::vector<std::size_t> asked;  // items whose image was read
  for (std::size_t i = 0; i < batch.items.size(); ++i)
    if (batch.pictures[batch.items[i].group].error.empty()) asked.push_back(i);
  std::vector<Prompt> prompts;
  for (const auto i : asked) prompts.push_back(batch.items[i].prompt);
  auto answers = generator_.answer(prompts, batch.memory);
  for (std::size_t i = 0; i < asked.size(); ++i) batch.items[asked[i]].answer = std::move(answers[i]);
}

Item Predictor::item_of(const Batch& batch, std::size_t index) const {
  const auto& [record, group, prompt, answer] = batch.items[index];
  const auto& picture = batch.pictures[group];
  Item item{*record, {.id = record->id, .image_sha256 = picture.sha256, .error = picture.error}};
  if (!picture.error.empty()) return item;
  auto& prediction = item.prediction;
  prediction.text = encoder_->tokenizer().decode(answer.ids, SpecialTokens::kSkip);
  prediction.finish_reason = enum_name(answer.finish);
  prediction.prompt_tokens = static_cast<std::int64_t>(prompt.ids.size());
  prediction.new_tokens = static_cast<std::int64_t>(answer.ids.size());
  prediction.log_probability = answer.log_probability;
  if (const auto probability = yes_no_probability(answer, encoder_->tokenizer()))
    prediction.p_yes = probability->yes, prediction.p_no = probability->no;
  return item;
}

void Predictor::run_batch(Batch& batch, ImageFiles& files, const std::function<void(const std::string& line)>& write,
                          PredictProgress& progress) const {
  const bool blind = config_.images == ImageCondition::kNone;
  encode(batch, files, progress);
  for (std::size_t g = 0; g < batch.groups.size(); ++g)
    for (const auto* record : batch.groups[g].records) {
      const auto draws = batch.first_item + batch.items.size();
      const auto& picture = batch.pictures[g];
      const ImageRun images = blind ? ImageRun{0, 0} : ImageRun{picture.index, 1};
      const std::vector<std::int64_t> image_tokens(blind ? 0 : 1, picture.tokens);
      auto ids = encoder_->question_ids(*record, image_tokens);
      batch.items.push_back({record, g, {std::move(ids), images, draws, record_name(*record)}, {}});
    }
  answer(batch, progress);
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    write(json_line(item_json(item_of(batch, i))));
    ++progress.computed;
  }
}

}  // namespace llama32med
