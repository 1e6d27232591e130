#include "app/common/model_folder.h"

#include <map>

#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/weights/checkpoint.h"
#include "llama32med/weights/safetensors.h"

namespace llama32med {
namespace {

bool holds_weights(const std::filesystem::path& file) {
  const auto name = file.filename().string();
  for (const auto* ending : {".safetensors", ".safetensors.index.json", ".bin", ".pth", ".pt"})
    if (name.ends_with(ending)) return true;
  return false;
}

}  // namespace

void copy_side_files(const std::filesystem::path& out, const std::filesystem::path& source) {
  make_folder(out);
  for (const auto& entry : std::filesystem::directory_iterator(source))
    if (entry.is_regular_file() && !holds_weights(entry.path()) &&
        !std::filesystem::exists(out / entry.path().filename()))
      write_file(out / entry.path().filename(), read_file(entry.path()));
}

void write_model_folder(const std::filesystem::path& out, const std::filesystem::path& source,
                        const ParameterStore& store, const ParameterValue& value) {
  copy_side_files(out, source);
  const Checkpoint checkpoint(source);
  std::map<std::string, const Parameter*> parameters;
  for (const auto& parameter : store.all())
    if (parameter.kind != ParameterKind::kPacked) parameters[parameter.name] = &parameter;
  std::vector<NamedTensorInfo> tensors;
  for (const auto& name : checkpoint.names()) tensors.push_back({name, checkpoint.info(name)});
  SafetensorsWriter writer(out / "model.safetensors", tensors, {{"format", "pt"}});
  for (const auto& [name, info] : tensors) {  // packed weights are never trained: as the folder has them
    const auto found = parameters.find(name);
    writer.add(found == parameters.end() ? checkpoint.read(name, at::kCPU) : value(*found->second).to(info.dtype));
  }
  writer.finish();
}

}  // namespace llama32med
