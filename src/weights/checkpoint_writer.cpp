#include "llama32med/weights/checkpoint_writer.h"

#include <algorithm>
#include <map>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/json_object.h"

namespace llama32med {
namespace {

constexpr const char* kSingleFile = "model.safetensors";
constexpr const char* kIndexFile = "model.safetensors.index.json";

bool needs_index(const CheckpointLayout& layout) {
  return layout.files.size() != 1 || layout.files.front().name != kSingleFile;
}

void check_room(const std::filesystem::path& folder, const CheckpointLayout& layout) {
  const auto needed = layout.bytes();
  const auto room = free_space(folder);
  if (room < needed)
    throw resource_error("{}: the weights take {} MB, {} MB are free", folder.string(), needed >> 20, room >> 20);
}

void write_index(const std::filesystem::path& folder, const CheckpointLayout& layout) {
  auto metadata = Json::object();
  if (!layout.index_like.empty()) {
    const auto like = read_json(layout.index_like);
    if (const auto* found = json_at(like, {"metadata"}); found && found->is_object()) metadata = *found;
  }
  metadata["total_size"] = layout.bytes();
  std::map<std::string, std::string> places;
  for (const auto& file : layout.files)
    for (const auto& tensor : file.tensors) places[tensor.name] = file.name;
  const Json index = {{"metadata", metadata}, {"weight_map", places}};
  write_file(folder / kIndexFile, index.dump(layout.index_indent) + "\n");
}

}  // namespace

std::int64_t CheckpointLayout::bytes() const {
  std::int64_t sum = 0;
  for (const auto& file : files)
    for (const auto& tensor : file.tensors) sum += tensor.info.bytes();
  return sum;
}

CheckpointLayout numbered_files(std::vector<std::vector<NamedTensorInfo>> files) {
  CheckpointLayout layout;
  for (std::size_t i = 0; i < files.size(); ++i)
    layout.files.push_back(
        {files.size() == 1 ? kSingleFile : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, files.size()),
         std::move(files[i])});
  return layout;
}

CheckpointLayout layout_like(const Checkpoint& checkpoint,
                             const std::function<at::ScalarType(at::ScalarType stored)>& dtype_of) {
  CheckpointLayout layout;
  for (const auto& source : checkpoint.files()) {
    CheckpointFile file{source.path().filename().string(), {}, source.metadata()};
    for (const auto& name : source.names()) {
      auto info = source.info(name);
      info.dtype = dtype_of(info.dtype);
      file.tensors.push_back({name, std::move(info)});
    }
    std::ranges::stable_sort(file.tensors, std::greater(),
                             [](const auto& tensor) { return c10::elementSize(tensor.info.dtype); });
    layout.files.push_back(std::move(file));
  }
  if (needs_index(layout)) layout.index_like = std::filesystem::path(checkpoint.where()) / kIndexFile;
  return layout;
}

void write_checkpoint(const std::filesystem::path& folder, const CheckpointLayout& layout,
                      const std::function<at::Tensor(const NamedTensorInfo&)>& tensor) {
  make_folder(folder);
  check_room(folder, layout);
  for (const auto& [name, tensors, metadata] : layout.files) {
    SafetensorsWriter writer(folder / name, tensors, metadata);
    for (const auto& announced : tensors) writer.add(tensor(announced));
    writer.finish();
  }
  if (needs_index(layout)) write_index(folder, layout);
}

std::string config_dtype_name(at::ScalarType dtype) {
  if (dtype == at::kFloat) return "float32";
  if (dtype == at::kBFloat16) return "bfloat16";
  if (dtype == at::kHalf) return "float16";
  throw usage_error("dtype: checkpoints can be written in fp32, bf16 or fp16");
}

void set_config_dtype(Json& config, at::ScalarType dtype) {
  const auto name = config_dtype_name(dtype);
  if (!config.contains("torch_dtype") && !config.contains("dtype")) config["torch_dtype"] = name;
  for (auto* part : {&config, config.contains("text_config") ? &config["text_config"] : nullptr,
                     config.contains("vision_config") ? &config["vision_config"] : nullptr})
    if (part)
      for (const auto* key : {"torch_dtype", "dtype"})
        if (part->contains(key)) (*part)[key] = name;
}

}  // namespace llama32med
