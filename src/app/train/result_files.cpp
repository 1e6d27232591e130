#include "app/train/result_files.h"

#include <fmt/format.h>

#include "app/common/load.h"
#include "app/common/training_record.h"
#include "app/train/run_readme.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/version.h"
#include "llama32med/weights/folders.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

// Stages that the starting point was trained in.
Json earlier_stages(const StageStart& start) {
  const auto file = find_training_record({.folder = start.model, .adapter = start.adapter.value_or(fs::path())});
  if (!file) return Json::array();
  const auto record = read_training_record(*file);
  JsonObject(record, file->string()).objects("training");  // throws unless it is a list of stages
  return record.value("training", Json::array());
}

Json stage_facts(const StageInputs& inputs, const StagePosition& position) {
  const auto& stage = inputs.stage;
  const auto& records = inputs.data.train.records;
  return {{"stage", inputs.number},
          {"dataset", stage.data.name},
          {"split", stage.data.split},
          {"records", records.size()},
          {"records_sha256", records_sha256(records)},
          {"validation_records", inputs.data.validate.records.size()},
          {"steps", position.step},
          {"records_trained_on", position.questions},
          {"skipped_records", position.skipped_records},
          {"skipped_steps", position.skipped_steps},
          {"last_loss", position.last_loss},
          {"best_value", position.best_value ? Json(*position.best_value) : Json()},
          {"tune", write_config(stage.tune)},
          {"train", write_config(stage.train, WrittenFields::kDeciding)}};
}

std::string card_metadata(const StageInputs& inputs, bool is_adapter) {
  return fmt::format(
      "---\nbase_model: {}\nlibrary_name: {}\npipeline_tag: image-text-to-text\nlanguage:\n- {}\ntags:\n{}- medical\n"
      "- visual-question-answering\n- llama32med\n---\n\n",
      json_line(model_label(inputs.start.model)), is_adapter ? "peft" : "transformers",
      inputs.stage.data.language == "zh" ? "zh" : "en", is_adapter ? "- lora\n" : "");
}

}  // namespace

void write_training_record(const fs::path& folder, const StageInputs& inputs, const StagePosition& position) {
  auto stages = earlier_stages(inputs.start);
  stages.push_back(stage_facts(inputs, position));
  write_json(folder / kTrainingRecord,
             {{"format", kTrainingRecordFormat},
              {"version", program_version()},
              {"settings", usage_settings({inputs.run, inputs.stage.prompt, inputs.stage.data.language})},
              {"base_model",
               {{"name", model_label(inputs.start.model)}, {"fingerprint", model_fingerprint(inputs.start.model)}}},
              {"training", std::move(stages)}});
}

void write_model_card(const fs::path& folder, const StageInputs& inputs) {
  const auto& stage = inputs.stage;
  const auto& images = inputs.run.image;
  const auto prompt = find_prompt(stage.prompt);
  const bool is_adapter = is_there(folder / "adapter_config.json");
  auto text = card_metadata(inputs, is_adapter);
  text += fmt::format("# {} of {}, stage {}\n\n", is_adapter ? "Adapter" : "Fine-tuned copy",
                      model_label(inputs.start.model), inputs.number);
  text += fmt::format(
      "Trained with llama32med {} on the split `{}` of `{}` ({} records). Trained parts: {}; rank {}, alpha {}. The "
      "license of the base model applies, and the terms of the dataset. This is research software, not a medical "
      "device.\n\n",
      program_version(), stage.data.split, stage.data.name, inputs.data.train.records.size(), tuned_parts(stage.tune),
      stage.tune.rank, stage.tune.alpha);
  text += fmt::format(
      "## Use\n\nAsk questions as in training: image semantics `{}`, images {}, and the prompt "
      "`{}`:\n\n```text\n{}\n```"
      "\n\n`llama32med eval`, `generate` and `merge` take these settings from `{}`.\n",
      enum_name(inputs.run.model.options.semantics),
      images.square_resize > 0 ? fmt::format("resized to {0} x {0}", images.square_resize) : "at their own size",
      prompt.name(), trim(prompt.source()), kTrainingRecord);
  write_file(folder / "README.md", text);
}

}  // namespace llama32med
