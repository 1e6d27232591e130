#include "app/common/training_record.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "app/common/load.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/sha256.h"

namespace llama32med {
namespace {

std::string prompt_label(const PromptTemplate& prompt) {
  return fmt::format("\"{}\" (sha256 {})", prompt.name(), sha256(prompt.source()).substr(0, 8));
}

std::string said_by(const std::string& origin) { return origin.empty() ? "" : " (" + origin + ")"; }

// Settings that differ from training, as "image.square_resize: 512 in training, 0 here (run.json:3)".
class Differences {
 public:
  explicit Differences(const SourcedConfig& used) : used_(used), json_(write_config(used.config)) {}

  std::vector<std::string> from(const Json& settings) {
    for (const auto& [section, values] : settings.items())
      if (section == "prompt")
        compare_prompt(values);
      else
        compare(values, json_.value(section, Json::object()), section);
    return std::move(found_);
  }

 private:
  void compare(const Json& trained, const Json& used, const std::string& path) {
    for (const auto& [key, value] : trained.items()) {
      const auto here = used.value(key, Json());
      const auto at = path + "." + key;
      if (value.is_object() && here.is_object())
        compare(value, here, at);
      else if (value != here)
        add(at, json_excerpt(value), json_excerpt(here), used_.origin(at));
    }
  }

  void compare_prompt(const Json& json) {
    const JsonObject trained(json, "settings: prompt");
    const auto before = PromptTemplate::parse(trained.text("text", ""), trained.text("file", ""));
    const auto here = find_prompt(used_.config.prompt);
    const bool by_file = used_.config.prompt.text.empty();
    if (before.source() != here.source())
      add("prompt", prompt_label(before), prompt_label(here), used_.origin(by_file ? "prompt.file" : "prompt.text"));
    const auto& date = used_.config.prompt.date;
    if (const auto then = trained.text("date", date); then != date)
      add("prompt.date", json_line(then), json_line(date), used_.origin("prompt.date"));
  }

  void add(const std::string& path, const std::string& trained, const std::string& here, const std::string& origin) {
    found_.push_back(fmt::format("{}: {} in training, {} here{}", path, trained, here, said_by(origin)));
  }

  const SourcedConfig& used_;
  Json json_;
  std::vector<std::string> found_;
};

void warn_of_other_base(const Json& record, const RunConfig& config, const std::filesystem::path& file) {
  const auto base = JsonObject(record, file.string()).find_section("base_model");
  const auto trained = base ? base->text("fingerprint", "") : "";
  if (config.model.adapter.empty() || trained.empty() || !is_folder(config.model.folder)) return;
  if (const auto here = model_fingerprint(config.model.folder); here != trained)
    spdlog::warn("{}: trained on the base model {} ({}), and used with {} ({}), which has other files", file.string(),
                 base->text("name", "?"), trained.substr(0, 12), config.model.folder.string(), here.substr(0, 12));
}

bool is_dataset_of_training(const JsonObject& record, const std::string& name) {
  const auto stages = record.objects("training");
  return std::ranges::any_of(stages, [&](const JsonObject& stage) { return stage.text("dataset", "") == name; });
}

}  // namespace

Json usage_settings(const TrainedWith& trained) {
  const auto prompt = find_prompt(trained.prompt);
  const auto model = write_config(trained.run.model.options);
  return {{"prompt", {{"file", prompt.name()}, {"text", prompt.source()}, {"date", trained.prompt.date}}},
          {"image", write_config(trained.run.image)},
          {"model", {{"semantics", model["semantics"]}, {"vision_features", model["vision_features"]}}},
          {"data", {{"language", trained.language}}}};
}

std::optional<std::filesystem::path> find_training_record(const ModelConfig& model) {
  const auto& folder = model.adapter.empty() ? model.folder : model.adapter;
  if (folder.empty() || !is_there(folder / kTrainingRecord)) return std::nullopt;
  return folder / kTrainingRecord;
}

SourcedConfig load_config_for_use(ConfigSources sources) {
  auto plain = load_sourced_config(sources);
  sources.trained = find_training_record(plain.config.model);
  if (!sources.trained) return plain;
  const auto record = read_training_record(*sources.trained);
  auto used = load_sourced_config(sources);
  auto settings = record["settings"];
  if (!is_dataset_of_training(JsonObject(record, sources.trained->string()),
                              used.config.data.name)) {  // its language means nothing for another dataset
    used.config.data.language = plain.config.data.language;
    settings.erase("data");
  }
  const auto differences = Differences(used).from(settings);
  if (!differences.empty())
    spdlog::warn("{}: used with other settings than in training: {}", sources.trained->parent_path().string(),
                 join(differences, "; "));
  warn_of_other_base(record, used.config, *sources.trained);
  return used;
}

}  // namespace llama32med
