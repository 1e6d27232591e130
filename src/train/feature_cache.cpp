#include "llama32med/train/feature_cache.h"

#include <ATen/ops/empty.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/sha256.h"
#include "llama32med/weights/safetensors.h"

namespace llama32med {
namespace {

constexpr std::size_t kNameLength = 32;  // hash digits in a file name
constexpr const char* kValues = "values";

void check_key(const std::string& key) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  };
  if (key.empty() || !std::all_of(key.begin(), key.end(), fits)) throw std::logic_error("feature cache: key " + key);
}

// A copy with its own memory: the input is often a view of a batch.
at::Tensor copy_of(const at::Tensor& values) {
  return at::empty(values.sizes(), values.options().device(at::kCPU).requires_grad(false)).copy_(values.detach());
}

// The numbers stored with the values, by their names in the file.
std::array<std::pair<const char*, std::int64_t*>, 5> numbers_of(ImageStates& states) {
  return {{{"tokens", &states.extent.tokens},
           {"grid_high", &states.extent.grid.high},
           {"grid_wide", &states.extent.grid.wide},
           {"real_tiles", &states.real_tiles},
           {"padded_copies", &states.padded_copies}}};
}

std::optional<std::int64_t> number_in(const Metadata& metadata, const std::string& name) {
  const auto found = metadata.find(name);
  std::int64_t value = 0;
  if (found == metadata.end()) return std::nullopt;
  const auto& text = found->second;
  const auto end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ptr != end) return std::nullopt;
  return value;
}

// Ties a file to its image, its model and the sizes of its values. Numbers that another program changed, or values of
// another shape, would end in an error of libtorch deep in a training step.
std::string seal_of(const std::string& image, const std::string& key, ImageStates states) {
  auto text = fmt::format("{}\n{}\n{} {}\n", key, image, c10::toString(states.values.scalar_type()),
                          fmt::join(states.values.sizes(), " "));
  for (const auto& [name, number] : numbers_of(states)) text += fmt::format("{} {}\n", name, *number);
  return sha256(text);
}

}  // namespace

FeatureCache::FeatureCache(const FeatureCacheConfig& config, std::string key) : config_(config), key_(std::move(key)) {
  check_key(key_);
  if (config_.kind != FeatureCacheKind::kDisk) return;
  make_folder(config_.folder / key_);
  for (const auto& file : files_below(config_.folder / key_)) bytes_ += size_of_file(file);
}

std::filesystem::path FeatureCache::file_of(const std::string& image) const {
  return config_.folder / key_ / (sha256(image).substr(0, kNameLength) + ".safetensors");
}

std::optional<ImageStates> FeatureCache::get(const std::string& image) {
  auto found = find(image);
  ++(found ? hits_ : misses_);
  return found;
}

std::optional<ImageStates> FeatureCache::find(const std::string& image) const {
  if (config_.kind == FeatureCacheKind::kDisk) return read(image);
  const auto found = kept_.find(image);
  return found == kept_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ImageStates> FeatureCache::read(const std::string& image) const {
  const auto path = file_of(image);
  if (!is_there(path)) return std::nullopt;
  try {
    const SafetensorsFile file(path);
    ImageStates states{.values = file.tensor(kValues)};
    for (const auto& [name, number] : numbers_of(states)) {
      const auto value = number_in(file.metadata(), name);
      if (!value) return std::nullopt;
      *number = *value;
    }
    const auto seal = file.metadata().find("seal");
    if (seal == file.metadata().end() || seal->second != seal_of(image, key_, states)) return std::nullopt;
    return states;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    return std::nullopt;  // put() will replace it
  }
}

bool FeatureCache::has(const std::string& image) const {
  return config_.kind == FeatureCacheKind::kDisk ? read(image).has_value() : kept_.contains(image);
}

void FeatureCache::put(const std::string& image, const ImageStates& states) {
  if (config_.kind == FeatureCacheKind::kOff || full_ || has(image)) return;
  const auto size = static_cast<std::int64_t>(states.values.nbytes());
  if (config_.limit_mib > 0 && bytes_ + size > config_.limit_mib << 20) {
    full_ = true;
    return;
  }
  auto copy = states;
  copy.values = copy_of(states.values);
  if (config_.kind == FeatureCacheKind::kMemory) {
    kept_.emplace(image, copy);
    bytes_ += size;
  } else {
    write(image, copy);
  }
}

void FeatureCache::write(const std::string& image, const ImageStates& states) {
  const auto path = file_of(image);
  try {
    auto copy = states;
    Metadata metadata{{"image", image}, {"key", key_}, {"seal", seal_of(image, key_, states)}};
    for (const auto& [name, number] : numbers_of(copy)) metadata[name] = std::to_string(*number);
    write_safetensors(path, {{kValues, states.values}}, metadata);
    bytes_ += size_of_file(path);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kResource) throw;
    full_ = true;  // disk full: the run continues without caching more
  }
}

}  // namespace llama32med
