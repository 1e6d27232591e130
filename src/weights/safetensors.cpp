#include "llama32med/weights/safetensors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "llama32med/core/error.h"
#include "llama32med/core/json_file.h"
#include "llama32med/core/strings.h"
#include "weights/safetensors_dtype.h"

namespace llama32med {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kLargestHeader = 100'000'000;  // the format's limit

struct Header {
  std::string_view text;
  std::size_t data_begin;  // where the tensors' bytes start in the file
};

Header find_header(const MappedFile& file) {
  const auto where = file.path().string();
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
  if (bytes.starts_with("version https://git-lfs"))
    throw data_error("{}: is a Git LFS pointer, not the file itself; run \"git lfs pull\"", where);
  if (bytes.size() < kLengthBytes)
    throw data_error("{}: has {} bytes, a safetensors file has at least 8; it is truncated", where, bytes.size());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (bytes.size() > kLengthBytes && bytes[kLengthBytes] != '{')
    throw data_error("{}: is not a safetensors file: no header at byte 8", where);
  if (length > kLargestHeader)
    throw data_error("{}: header length {} exceeds the format's limit of {}", where, length, kLargestHeader);
  if (length > bytes.size() - kLengthBytes)
    throw data_error("{}: the header has {} bytes, the file only {}; it is truncated", where, length, bytes.size());
  if (length == 0) throw data_error("{}: is not a safetensors file: its header is empty", where);
  return {bytes.substr(kLengthBytes, length), kLengthBytes + length};
}

SortedJson parse_header(std::string_view text, const std::string& where) {
  auto header = parse_sorted_json(text, where + ": the header", RepeatedKeys::kRefuse);
  if (!header.is_object()) throw data_error("{}: the header is not a JSON object", where);
  return header;
}

Metadata read_metadata(const SortedJson& value, const std::string& where) {
  Metadata metadata;
  if (!value.is_object()) throw data_error("{}: __metadata__ is not an object", where);
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) throw data_error("{}: __metadata__ \"{}\" is not a string", where, key);
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

at::ScalarType read_dtype(const SortedJson& entry, const std::string& where) {
  const auto found = entry.find("dtype");
  if (found == entry.end() || !found->is_string()) throw data_error("{}: dtype is missing", where);
  std::vector<std::string> known;
  for (const auto& [tag, type] : kSafetensorsDTypes) {
    if (tag == found->get_ref<const std::string&>()) return type;
    known.emplace_back(tag);
  }
  throw data_error("{}: dtype {} is not supported; supported are {}", where, json_excerpt(*found), join(known, ", "));
}

std::vector<std::int64_t> read_shape(const SortedJson& entry, const std::string& where) {
  const auto found = entry.find("shape");
  if (found == entry.end() || !found->is_array()) throw data_error("{}: shape is missing", where);
  std::vector<std::int64_t> shape;
  for (const auto& size : *found) {
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() > INT64_MAX)
      throw data_error("{}: shape {} is not a list of non-negative integers", where, json_excerpt(*found));
    shape.push_back(size.get<std::int64_t>());
  }
  return shape;
}

std::pair<std::uint64_t, std::uint64_t> read_offsets(const SortedJson& entry, const std::string& where) {
  const auto found = entry.find("data_offsets");
  if (found == entry.end() || !found->is_array() || found->size() != 2 || !(*found)[0].is_number_unsigned() ||
      !(*found)[1].is_number_unsigned())
    throw data_error("{}: data_offsets [begin, end] is missing", where);
  return {(*found)[0].get<std::uint64_t>(), (*found)[1].get<std::uint64_t>()};
}

std::uint64_t bytes_of(const TensorInfo& info, const std::string& where) {
  std::uint64_t bytes = c10::elementSize(info.dtype);
  for (const auto size : info.shape)
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes))
      throw data_error("{}: shape [{}] is larger than any file", where, fmt::join(info.shape, ", "));
  return bytes;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : map_(std::make_shared<const MappedFile>(path)) {
  const auto where = path.string();
  const auto [text, data_begin] = find_header(*map_);
  const auto data_size = map_->size() - data_begin;
  std::uint64_t needed = 0;
  const auto header = parse_header(text, where);
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      metadata_ = read_metadata(value, where);
      continue;
    }
    const auto tensor = fmt::format("{}: tensor \"{}\"", where, name);
    if (!value.is_object()) throw data_error("{}: its description {} is not an object", tensor, json_excerpt(value));
    Entry entry;
    entry.info = {read_dtype(value, tensor), read_shape(value, tensor)};
    const auto [begin, end] = read_offsets(value, tensor);
    if (begin > end || end - begin != bytes_of(entry.info, tensor))
      throw data_error("{}: shape [{}] of {} takes {} bytes, but its range is {} to {}", tensor,
                       fmt::join(entry.info.shape, ", "), value["dtype"].get<std::string>(),
                       bytes_of(entry.info, tensor), begin, end);
    needed = std::max(needed, end);
    entry.begin = data_begin + begin, entry.end = data_begin + end;
    entries_.emplace(name, std::move(entry));
  }
  if (needed > data_size)
    throw data_error("{}: is truncated: its tensors need {} bytes, the file has {}", where, needed, data_size);
  check_ranges(data_begin);
}

// The tensors must fill the file from `begin` to its end, without gaps and without overlap.
void SafetensorsFile::check_ranges(std::size_t begin) const {
  struct Range {
    std::size_t begin, end;
    const std::string* name;
  };
  std::vector<Range> ranges;
  for (const auto& [name, entry] : entries_) ranges.push_back({entry.begin, entry.end, &name});
  std::ranges::sort(ranges, {}, [](const Range& range) { return std::pair(range.begin, range.end); });
  const auto where = path().string();
  std::size_t at = begin;
  const std::string* before = nullptr;
  for (const auto& range : ranges) {
    if (range.begin < at)
      throw data_error("{}: tensors \"{}\" and \"{}\" share bytes {} to {}", where, *before, *range.name,
                       range.begin - begin, std::min(at, range.end) - begin);
    if (range.begin > at)
      throw data_error("{}: bytes {} to {}, before tensor \"{}\", do not belong to any tensor", where, at - begin,
                       range.begin - begin, *range.name);
    at = range.end, before = range.name;
  }
  if (at != map_->size()) throw data_error("{}: {} extra bytes after the last tensor", where, map_->size() - at);
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

const SafetensorsFile::Entry& SafetensorsFile::entry(const std::string& name) const {
  if (const auto found = entries_.find(name); found != entries_.end()) return found->second;
  throw data_error("{}: has no tensor \"{}\"{}", path().string(), name, did_you_mean(name, names()));
}

TensorInfo SafetensorsFile::info(const std::string& name) const { return entry(name).info; }

at::Tensor SafetensorsFile::tensor(const std::string& name) const {
  const auto& [info, begin, end] = entry(name);
  auto copy = at::empty(info.shape, info.dtype);
  if (end > begin) std::memcpy(copy.data_ptr(), map_->data() + begin, end - begin);
  return copy;
}

at::Tensor SafetensorsFile::view(const std::string& name) const {
  const auto& [info, begin, end] = entry(name);
  if (begin % c10::elementSize(info.dtype) != 0) return tensor(name);
  auto* bytes = const_cast<std::byte*>(map_->data() + begin);  // libtorch has no read-only tensors
  return at::from_blob(
      bytes, info.shape, [map = map_](void*) {}, at::TensorOptions(info.dtype));
}

at::Tensor SafetensorsFile::read(const std::string& name, const at::TensorOptions& target) const {
  const auto& [info, begin, end] = entry(name);
  const auto dtype = target.has_dtype() ? c10::typeMetaToScalarType(target.dtype()) : info.dtype;
  auto out = at::empty(info.shape, at::TensorOptions(dtype).device(target.device()));
  out.copy_(view(name));
  map_->forget(begin, end - begin);
  return out;
}

}  // namespace llama32med
