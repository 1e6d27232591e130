// A config put together from several sources, which remembers where each value comes from.
//
//   ConfigLayers layers;
//   layers.merge(read_json(file), lines_of_keys(text, file));              // "train.epochs" -> "run.json:12"
//   layers.set("train.epochs", 5, "--set train.epochs=5");
//   layers.origin("train.epochs");                                         // "--set train.epochs=5"
//
// Paths are keys joined by dots.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "llama32med/core/config_fields.h"
#include "llama32med/core/json_fwd.h"

namespace llama32med {

// Whether a dotted path is a section or lies in it: "train" and "train.seed" are in "train", "trainer" is not.
bool is_in_section(std::string_view path, std::string_view section);

class ConfigLayers {
 public:
  // Merges an object below `path` ("": the top), as in RFC 7396: a later value replaces an earlier one, null removes
  // it.
  void merge(const std::string& path, const Json& patch, const ConfigOrigin& origin);
  // Replaces the value at `path`, sections included; null removes it. A plain value on the way becomes a section.
  void set(const std::string& path, const Json& value, const std::string& origin);

  const Json& json() const { return json_; }
  const Json* find(const std::string& path) const;  // null: nothing there
  // False if a plain value is on the way to `path`.
  bool can_hold(const std::string& path) const;
  // Source of the value, or of the nearest section around it that was set as a whole; "" if no source names it.
  std::string origin(const std::string& path) const;

 private:
  Json& at(const std::string& path);
  void merge_into(Json& here, const std::string& path, const Json& patch, const ConfigOrigin& origin);
  void forget(const std::string& path);

  Json json_ = Json::object();
  std::map<std::string, std::string> origins_;
};

// "FILE:LINE" of each key of a JSON text (comments allowed), FILE for other paths. `text` must be valid JSON.
ConfigOrigin lines_of_keys(std::string_view text, const std::string& file);

}  // namespace llama32med
