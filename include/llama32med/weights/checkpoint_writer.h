// Writes the weights of a Hugging Face checkpoint: first the layout (which tensors go into which file), then one tensor
// at a time, so that the model never has to fit in memory.
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
  std::vector<NamedTensorInfo> tensors;  // in storage order
  Metadata metadata = {{"format", "pt"}};
};

struct CheckpointLayout {
  std::vector<CheckpointFile> files;
  std::filesystem::path index_like;  // an index whose "metadata" is kept, except the size; empty: none
  int index_indent = 2;

  std::int64_t bytes() const;  // size of all tensors
};

// Numbered file names, as in transformers.
CheckpointLayout numbered_files(std::vector<std::vector<NamedTensorInfo>> files);

// The layout of an existing checkpoint: file names, metadata, index. Within a file, wide element types first, then by
// name. `dtype_of` maps a stored dtype to the one to be written.
CheckpointLayout layout_like(const Checkpoint& checkpoint,
                             const std::function<at::ScalarType(at::ScalarType stored)>& dtype_of);

// Writes an index unless model.safetensors is the only file. Throws Error{kResource} before anything is written if the
// disk does not have room for all files, and when it fills up.
void write_checkpoint(const std::filesystem::path& folder, const CheckpointLayout& layout,
                      const std::function<at::Tensor(const NamedTensorInfo&)>& tensor);

// "float32", "bfloat16" or "float16", as in config.json. Throws Error{kUsage} for other types.
std::string config_dtype_name(at::ScalarType dtype);

// Sets the dtype of the weights in a config.json, at the top level and in its sections: under the keys that exist
// ("torch_dtype", or "dtype" in newer versions), or as a top-level "torch_dtype" if there are none.
void set_config_dtype(Json& config, at::ScalarType dtype);

}  // namespace llama32med
