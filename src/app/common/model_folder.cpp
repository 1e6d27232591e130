#include "app/common/model_folder.h"

#include <map>

#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/weights/checkpoint_writer.h"

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
  for (const auto& entry : entries_of(source))
    if (is_file(entry) && !holds_weights(entry) && !is_there(out / entry.filename()))
      write_file(out / entry.filename(), read_file(entry));
}

void write_model_folder(const std::filesystem::path& out, const std::filesystem::path& source,
                        const ParameterStore& store, const ParameterValue& value) {
  copy_side_files(out, source);
  const Checkpoint checkpoint(source, store.names());
  std::map<std::string, const Parameter*> parameters;
  for (const auto& parameter : store.all())
    if (parameter.kind != ParameterKind::kPacked) parameters[parameter.name] = &parameter;
  std::vector<NamedTensorInfo> tensors;
  for (const auto& name : checkpoint.names()) tensors.push_back({name, checkpoint.info(name)});
  write_checkpoint(out, numbered_files({tensors}), [&](const NamedTensorInfo& tensor) {
    const auto found = parameters.find(tensor.name);
    if (found != parameters.end()) return value(*found->second).to(tensor.info.dtype);
    return checkpoint.read(tensor.name, at::kCPU);  // packed weights are never trained: copied from the source
  });
}

}  // namespace llama32med
