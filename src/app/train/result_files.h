// What stands beside the weights of a stage's result: the training record (training_record.h) and a model card.
#pragma once
#include <filesystem>

#include "app/train/stage_inputs.h"
#include "app/train/stage_position.h"

namespace llama32med {

// The same bytes for the same run, however often it was resumed: no times, no paths of this machine.
void write_training_record(const std::filesystem::path& folder, const StageInputs& inputs,
                           const StagePosition& position);

// README.md with the metadata that the Hugging Face hub reads, as PEFT writes it for adapters.
void write_model_card(const std::filesystem::path& folder, const StageInputs& inputs);

}  // namespace llama32med
