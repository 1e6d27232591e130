// Writes the weights of a Hugging Face folder: which tensors go into which file, then the tensors one at a time, so
// that a model never has to be in memory.
//
//   model.safetensors                                        one file, or
//   model-00001-of-00003.safetensors ..., model.safetensors.index.json
#pragma once
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/weights/checkpoint.h"

namespace llama32med {

struct CheckpointFile {
  std::string name;
  std::vector<NamedTensorInfo> tensors;  // in the order they are stored
  Metadata metadata = {{"format", "pt"}};
};

struct CheckpointLayout {
  std::vector<CheckpointFile> files;
  std::filesystem::path index_like;  // an index whose "metadata" is kept, but for the size; empty: none
  int index_indent = 2;

  std::int64_t bytes() const;  // of all tensors
};

// Files named by their number, as transformers names them.
CheckpointLayout numbered_files(std::vector<std::vector<NamedTensorInfo>> files);

// The files of a checkpoint as they are: names, metadata, index. Within a file, wide element types first, then by name.
// `dtype_of` says what a stored dtype becomes.
CheckpointLayout layout_like(const Checkpoint& checkpoint,
                             const std::function<at::ScalarType(at::ScalarType stored)>& dtype_of);

// The index is written where there is more than model.safetensors. Throws Error{kResource} before anything is written
// where the disk has no room for all of it, or when it is full.
void write_checkpoint(const std::filesystem::path& folder, const CheckpointLayout& layout,
                      const std::function<at::Tensor(const NamedTensorInfo&)>& tensor);

// "float32", "bfloat16" or "float16", as config.json names them. Throws Error{kUsage} for other types.
std::string config_dtype_name(at::ScalarType dtype);

// Says in a config.json, at the top and in its sections, which dtype the weights have: under the keys that are there
// ("torch_dtype", or "dtype" of newer versions), at the top under "torch_dtype" where there is none.
void set_config_dtype(Json& config, at::ScalarType dtype);

}  // namespace llama32med
