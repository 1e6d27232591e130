#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/weights/safetensors.h"
#include "weights/safetensors_dtype.h"

namespace llama32med {
namespace {

// Position of an element type in kSafetensorsDTypes.
std::size_t dtype_rank(at::ScalarType type) {
  for (std::size_t i = 0; i < kSafetensorsDTypes.size(); ++i)
    if (kSafetensorsDTypes[i].type == type) return i;
  throw std::logic_error(fmt::format("safetensors: dtype {} is not supported", c10::toString(type)));
}

// u64 length, JSON, spaces up to a multiple of 8.
std::string make_header(const std::vector<NamedTensorInfo>& tensors, const Metadata& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::int64_t at = 0;
  for (const auto& [name, info] : tensors) {
    if (header.contains(name)) throw std::logic_error("a safetensors file cannot contain \"" + name + "\" twice");
    const auto end = at + info.bytes();
    header[name] = {{"dtype", kSafetensorsDTypes[dtype_rank(info.dtype)].tag}, {"shape", info.shape}};
    header[name]["data_offsets"] = {at, end};
    at = end;
  }
  auto text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + text;
}

}  // namespace

struct SafetensorsWriter::Draft {
  Draft(const std::filesystem::path& place, std::vector<NamedTensorInfo> parts)
      : path(place), tensors(std::move(parts)), file(place) {}

  std::filesystem::path path;
  std::vector<NamedTensorInfo> tensors;
  FileDraft file;
  std::size_t next = 0;
};

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path, std::vector<NamedTensorInfo> tensors,
                                     const Metadata& metadata) {
  const auto header = make_header(tensors, metadata);
  draft_ = std::make_unique<Draft>(path, std::move(tensors));
  draft_->file.write(header);
}

SafetensorsWriter::SafetensorsWriter(SafetensorsWriter&&) noexcept = default;
SafetensorsWriter::~SafetensorsWriter() = default;

void SafetensorsWriter::add(const at::Tensor& tensor) {
  if (draft_->next == draft_->tensors.size())
    throw std::logic_error(draft_->path.string() + ": more tensors than declared");
  const auto& [name, info] = draft_->tensors[draft_->next++];
  if (tensor.scalar_type() != info.dtype || tensor.sizes() != at::IntArrayRef(info.shape))
    throw std::logic_error(draft_->path.string() + ": tensor " + name + " does not have the declared dtype and shape");
  const auto bytes = tensor.detach().cpu().contiguous();
  draft_->file.write({static_cast<const char*>(bytes.const_data_ptr()), bytes.nbytes()});
}

void SafetensorsWriter::finish() {
  if (draft_->next != draft_->tensors.size())
    throw std::logic_error(draft_->path.string() + ": tensor " + draft_->tensors[draft_->next].name + " is missing");
  draft_->file.place();
}

std::int64_t SafetensorsWriter::tensor_bytes() const {
  std::int64_t bytes = 0;
  for (const auto& [name, info] : draft_->tensors) bytes += info.bytes();
  return bytes;
}

void write_safetensors(const std::filesystem::path& path, const std::map<std::string, at::Tensor>& tensors,
                       const Metadata& metadata) {
  std::vector<NamedTensorInfo> order;
  for (const auto& [name, tensor] : tensors) order.push_back({name, {tensor.scalar_type(), tensor.sizes().vec()}});
  std::ranges::stable_sort(order, {}, [](const auto& tensor) { return dtype_rank(tensor.info.dtype); });
  SafetensorsWriter writer(path, order, metadata);
  for (const auto& [name, info] : order) writer.add(tensors.at(name));
  writer.finish();
}

}  // namespace llama32med
