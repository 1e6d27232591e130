// The weights in a Hugging Face checkpoint folder: model.safetensors, or model.safetensors.index.json and its shards.
// Files are memory-mapped and tensors read one at a time, so loading never holds a second copy of the model.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "llama32med/weights/names.h"
#include "llama32med/weights/safetensors.h"
#include "llama32med/weights/weight_source.h"

namespace llama32med {

class Checkpoint : public WeightSource {
 public:
  // Opens every file and checks its header. Throws Error{kData} for: no weights, weights only as pickle files (.bin,
  // .pth), a missing shard, a shard outside the folder, a tensor in the index but not in its shard, in a shard but not
  // in the index, in two shards, or under two names with the same meaning.
  // names: naming conventions of the model, to find tensors by their hub names; default: names as in the files.
  explicit Checkpoint(const std::filesystem::path& folder, const ModelNames& names = {});

  bool has(const std::string& name) const override;
  TensorInfo info(const std::string& name) const override;
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const override;
  std::vector<std::string> names() const override;
  std::string where() const override { return folder_.string(); }

  const Metadata& metadata() const;  // metadata of the first file
  const std::vector<SafetensorsFile>& files() const { return files_; }

 private:
  struct Place {
    std::size_t file;
    std::string stored_name;
  };
  void add_file(const std::filesystem::path& path, const ModelNames& names);
  void open_shards(const std::filesystem::path& index, const ModelNames& names);
  const Place& place(const std::string& name) const;

  std::filesystem::path folder_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, Place> places_;  // by hub name
};

}  // namespace llama32med
