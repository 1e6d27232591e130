// The vision side's states of each image, kept for runs in which nothing beneath them is trained.
//
//   memory   on the CPU
//   disk     <folder>/<key>/<hash of the image's id>.safetensors, written whole or not at all
//
// The key names everything the states depend on (weights, preprocessing, dtype, semantics): the caller's hash. States
// of another key are never read. Values are kept in the dtype in which they were computed.
//
// When the limit or the disk is full nothing more is taken and nothing is thrown out: every image of an epoch is asked
// for once, so any part of them is as good as any other. A file that cannot be read counts as absent.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "llama32med/core/config_fields.h"
#include "llama32med/models/backbone.h"

namespace llama32med {

enum class FeatureCacheKind { kOff, kMemory, kDisk };
constexpr auto names_of(FeatureCacheKind) {
  return std::array{Named{"off", FeatureCacheKind::kOff}, Named{"memory", FeatureCacheKind::kMemory},
                    Named{"disk", FeatureCacheKind::kDisk}};
}

struct FeatureCacheConfig {
  FeatureCacheKind kind = FeatureCacheKind::kOff;
  std::filesystem::path folder = "feature_cache";
  std::int64_t limit_mib = 8192;

  static void describe(auto& c, auto&& field) {
    field("kind", c.kind, "where image features are cached: off, in CPU memory, or on disk for later runs too");
    field("folder", c.folder, "folder of the on-disk cache", Effort{});
    field("limit_mib", c.limit_mib, "maximum size of the cache in MiB: when full, nothing more is added; 0: no limit",
          InRange{0, 1e9}, Effort{});
  }
};

class FeatureCache {
 public:
  // key: letters, digits, '-', '_', as a hash is written. disk makes the folder; throws Error{kResource} if it cannot.
  FeatureCache(const FeatureCacheConfig& config, std::string key);

  // Values on the CPU, not to be written into.
  std::optional<ImageStates> get(const std::string& image);
  void put(const std::string& image, const ImageStates& states);  // keeps a copy; the first of an image stays

  std::int64_t bytes() const { return bytes_; }  // kept; of disk those of earlier runs with this key as well
  std::int64_t hits() const { return hits_; }
  std::int64_t misses() const { return misses_; }
  bool full() const { return full_; }  // something was not taken

 private:
  std::filesystem::path file_of(const std::string& image) const;
  std::optional<ImageStates> find(const std::string& image) const;
  std::optional<ImageStates> read(const std::string& image) const;
  bool has(const std::string& image) const;
  void write(const std::string& image, const ImageStates& states);

  FeatureCacheConfig config_;
  std::string key_;
  std::map<std::string, ImageStates> kept_;  // of memory
  std::int64_t bytes_ = 0, hits_ = 0, misses_ = 0;
  bool full_ = false;
};

}  // namespace llama32med
