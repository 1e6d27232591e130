// safetensors files: u64 length, JSON header padded with blanks to 8 bytes, then the tensors' bytes without gaps
// (https://github.com/huggingface/safetensors#format). Little endian, as this program.
//
// Reading maps the file: opening costs the header, a tensor costs its own pages. Writing streams tensor by tensor; the
// bytes are those of the Python package for the same tensors.
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
  // Reads and checks the header. Throws Error{kData} that names the file and what is wrong: too short, header length,
  // JSON, unknown dtype, a range that overlaps another, leaves the file or does not match its shape, holes, a name
  // twice.
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return map_->path(); }
  const Metadata& metadata() const { return metadata_; }
  std::vector<std::string> names() const;  // sorted
  bool has(const std::string& name) const { return entries_.contains(name); }
  TensorInfo info(const std::string& name) const;  // throws Error{kData} for an unknown name, with the nearest one

  // A tensor of its own memory on the CPU, as stored.
  at::Tensor tensor(const std::string& name) const;
  // The same on the target's device and of its dtype (absent: as stored). The mapped pages are released.
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const;
  // No copy: the file's pages, which the tensor keeps mapped. Writing into it is a crash. (A file whose tensors do not
  // start at a multiple of their element size gives a copy.)
  at::Tensor view(const std::string& name) const;

 private:
  struct Entry {
    TensorInfo info;
    std::size_t begin = 0, end = 0;  // in the file
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

// Writes a file whose tensors need not be in memory together: names and shapes first, then tensors one at a time. The
// file appears whole with finish(); without it nothing is left. Throws Error{kResource} when the disk is full.
class SafetensorsWriter {
 public:
  // Tensors are stored in the order given.
  SafetensorsWriter(const std::filesystem::path& path, std::vector<NamedTensorInfo> tensors, const Metadata& metadata);
  SafetensorsWriter(SafetensorsWriter&&) noexcept;
  ~SafetensorsWriter();

  void add(const at::Tensor& tensor);  // the next one; any device, any strides; dtype and shape as announced
  void finish();
  std::int64_t tensor_bytes() const;  // of all tensors announced

 private:
  struct Draft;
  std::unique_ptr<Draft> draft_;
};

// All at once, in the Python package's order: wide element types first, then by name.
void write_safetensors(const std::filesystem::path& path, const std::map<std::string, at::Tensor>& tensors,
                       const Metadata& metadata = {});

}  // namespace llama32med
