#include "app/train/saved_state.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/sha256.h"
#include "llama32med/weights/safetensors.h"

namespace llama32med {
namespace {

Metadata metadata_of(const StateIdentity& identity, std::int64_t step) {
  return {{"run", identity.run}, {"stage", std::to_string(identity.stage)}, {"step", std::to_string(step)}};
}

std::string shown(const Metadata& metadata) {
  const auto value = [&](const char* name) {
    const auto found = metadata.find(name);
    return found == metadata.end() ? std::string("unknown") : found->second;
  };
  return fmt::format("run {}, stage {}, step {}", value("run"), value("stage"), value("step"));
}

}  // namespace

StateIdentity state_identity(const Json& stage_identity, int stage) {
  static constexpr std::size_t kDigits = 16;
  return {sha256(json_line(stage_identity)).substr(0, kDigits), stage};
}

void write_state(const std::filesystem::path& folder, const Trainer& trainer, const StateIdentity& identity,
                 const StagePosition& position, const Json& environment) {
  trainer.save(folder, metadata_of(identity, position.step));
  write_json(folder / kStateFile, {{"run", identity.run},
                                   {"stage", identity.stage},
                                   {"position", position_json(position)},
                                   {"environment", environment}});
}

SavedState read_state(const std::filesystem::path& folder) try {
  const auto file = folder / kStateFile;
  const auto json = read_json(file);
  const JsonObject state(json, file.string());
  const StateIdentity identity{state.text("run"), static_cast<int>(state.integer("stage", {1, 2}))};
  const auto position = read_position(state.section("position"));
  const auto wanted = metadata_of(identity, position.step);
  for (const auto* name : {kTrainedFile, kOptimizerFile})
    if (const SafetensorsFile part(folder / name); part.metadata() != wanted)
      throw data_error("{}: is part of another state ({}) than {} beside it ({})", part.path().string(),
                       shown(part.metadata()), kStateFile, shown(wanted));
  return {identity, position};
} catch (const Error& error) {
  if (error.kind() != ErrorKind::kData) throw;
  throw data_error("{}; the state is not whole", error.what());
}

}  // namespace llama32med
