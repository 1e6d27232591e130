#pragma once
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include "llama32med/core/config_fields.h"
#include "llama32med/models/backbone.h"
namespace llama32med {
enum class FeatureCacheKind { kOff, kMemory, kDisk };
constexpr auto names_of(FeatureCacheKind) { return std::array{Named{"off", FeatureCacheKind::kOff}, Named{"memory", FeatureCacheKind::kMemory}, Named{"disk", FeatureCacheKind::kDisk}}; }
struct FeatureCacheConfig { FeatureCacheKind kind = FeatureCacheKind::kOff;
  static void describe(auto& c, auto&& field) { field("kind", c.kind, "off, memory or disk"); } };
class FeatureCache { public:
  std::optional<TileStates> get(const std::string& id) const { auto f = m_.find(id); if (f == m_.end()) return std::nullopt; return f->second; }
  void put(const std::string& id, const TileStates& s) { m_[id] = s; }
 private: std::map<std::string, TileStates> m_; };
}  // namespace llama32med
