// safetensors files: u64 length, JSON header padded with spaces to a multiple of 8 bytes, then the tensors' bytes
// without gaps (https://github.com/huggingface/safetensors#format). Little-endian, as is this program.
//
// Reading maps the file: opening reads the header only, and reading a tensor touches its own pages only. Writing
// streams one tensor at a time and produces the same bytes as the Python package.
#pragma once
#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/files.h"
#include "llama32med/weights/weight_source.h"

namespace llama32med {

using Metadata = std::map<std::string, std::string>;

class SafetensorsFile {
 public:
  // Reads and checks the header. Throws Error{kData} naming the file and the problem: a file that is too short, a bad
  // header length, invalid JSON, an unknown dtype, a range that overlaps another, exceeds the file or does not match
  // its shape, gaps, a duplicate name.
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return map_->path(); }
  const Metadata& metadata() const { return metadata_; }
  std::vector<std::string> names() const;  // sorted
  bool has(const std::string& name) const { return entries_.contains(name); }
  TensorInfo info(const std::string& name) const;  // throws Error{kData} for an unknown name, suggesting one

  // A copy on the CPU, in the stored dtype.
  at::Tensor tensor(const std::string& name) const;
  // A copy with the target's device and dtype (default: as stored). Releases the mapped pages.
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const;
  // No copy: the tensor uses the file's pages and keeps them mapped. Writing to it crashes. (A tensor that is not
  // aligned to its element size is copied.)
  at::Tensor view(const std::string& name) const;

 private:
  struct Entry {
    TensorInfo info;
    std::size_t begin = 0, end = 0;  // byte offsets in the file
  };
  const Entry& entry(const std::string& name) const;
  void check_ranges(std::size_t begin) const;

  std::shared_ptr<const MappedFile> map_;
  std::map<std::string, Entry> entries_;
  Metadata metadata_;
};

struct NamedTensorInfo {
  std::string name;
  TensorInfo info;
};

// Writes a file without holding all its tensors in memory: first names and shapes, then one tensor at a time. finish()
// makes the complete file appear; without it nothing remains. Throws Error{kResource} when the disk is full.
class SafetensorsWriter {
 public:
  // Tensors are stored in the given order.
  SafetensorsWriter(const std::filesystem::path& path, std::vector<NamedTensorInfo> tensors, const Metadata& metadata);
  SafetensorsWriter(SafetensorsWriter&&) noexcept;
  ~SafetensorsWriter();

  void add(const at::Tensor& tensor);  // the next tensor; any device and strides; dtype and shape as declared
  void finish();
  std::int64_t tensor_bytes() const;  // size of all declared tensors

 private:
  struct Draft;
  std::unique_ptr<Draft> draft_;
};

// Writes a whole file in the Python package's order: wide element types first, then by name.
void write_safetensors(const std::filesystem::path& path, const std::map<std::string, at::Tensor>& tensors,
                       const Metadata& metadata = {});

}  // namespace llama32med
