// Cache of the vision encoder's output per image, for runs that train nothing which it depends on.
//
//   memory   in CPU memory
//   disk     <folder>/<key>/<hash of the image's id>.safetensors, written atomically
//
// The key is the caller's hash of everything that the states depend on (weights, preprocessing, dtype, semantics).
// States with a different key are never read. Values are stored in the dtype in which they were computed.
//
// When the limit is reached or the disk is full, nothing is added and nothing is evicted: every image is needed once
// per epoch, so any subset is as good as any other. A damaged file counts as absent; one that the machine cannot read
// is an Error{kResource}.
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
  // key: letters, digits, '-', '_', such as a hash. For kDisk, creates the folder; throws Error{kResource} on failure.
  FeatureCache(const FeatureCacheConfig& config, std::string key);

  // Values on the CPU; must not be modified.
  std::optional<ImageStates> get(const std::string& image);
  void put(const std::string& image, const ImageStates& states);  // stores a copy; the first one per image is kept

  std::int64_t bytes() const { return bytes_; }  // bytes stored; on disk, including earlier runs with this key
  std::int64_t hits() const { return hits_; }
  std::int64_t misses() const { return misses_; }
  bool full() const { return full_; }  // at least one image was not stored

 private:
  std::filesystem::path file_of(const std::string& image) const;
  std::optional<ImageStates> find(const std::string& image) const;
  std::optional<ImageStates> read(const std::string& image) const;
  bool has(const std::string& image) const;
  void write(const std::string& image, const ImageStates& states);

  FeatureCacheConfig config_;
  std::string key_;
  std::map<std::string, ImageStates> kept_;  // for kMemory
  std::int64_t bytes_ = 0, hits_ = 0, misses_ = 0;
  bool full_ = false;
};

}  // namespace llama32med
