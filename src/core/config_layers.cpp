#include "llama32med/core/config_layers.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>
#include <vector>

#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

std::string joined(const std::string& path, const std::string& key) { return path.empty() ? key : path + "." + key; }

// Reads characters and counts lines. Copies share the count: the parser keeps one of its own.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, std::size_t& line) : at_(at), line_(&line) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    if (*at_ == '\n') ++*line_;
    ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  std::size_t* line_;
};

// Notes the line at which each key ends. Values need no notes: a list is set as a whole.
class LineNotes : public nlohmann::json_sax<Json> {
 public:
  LineNotes(const std::size_t& line, std::map<std::string, std::size_t>& lines) : line_(line), lines_(lines) {}

  bool key(std::string& name) override {
    path_.back() = name;
    lines_.emplace(join(path_, "."), line_);
    return true;
  }
  bool start_object(std::size_t /*count*/) override { return path_.emplace_back(), true; }
  bool end_object() override { return path_.pop_back(), true; }
  bool start_array(std::size_t /*count*/) override { return path_.emplace_back("[]"), true; }
  bool end_array() override { return path_.pop_back(), true; }
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(std::int64_t /*value*/) override { return true; }
  bool number_unsigned(std::uint64_t /*value*/) override { return true; }
  bool number_float(double /*value*/, const std::string& /*text*/) override { return true; }
  bool string(std::string& /*value*/) override { return true; }
  bool binary(Json::binary_t& /*value*/) override { return true; }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }

 private:
  const std::size_t& line_;
  std::map<std::string, std::size_t>& lines_;
  std::vector<std::string> path_;
};

}  // namespace

bool is_in_section(std::string_view path, std::string_view section) {
  return path.starts_with(section) && (path.size() == section.size() || path[section.size()] == '.');
}

Json& ConfigLayers::at(const std::string& path) {
  Json* here = &json_;
  if (path.empty()) return *here;
  for (const auto& key : split(path, '.')) {
    if (!here->is_object()) *here = Json::object();
    here = &(*here)[key];
  }
  return *here;
}

void ConfigLayers::forget(const std::string& path) {
  std::erase_if(origins_, [&](const auto& entry) { return is_in_section(entry.first, path); });
}

void ConfigLayers::merge_into(Json& here, const std::string& path, const Json& patch, const ConfigOrigin& origin) {
  for (const auto& [key, value] : patch.items()) {
    const auto inner = joined(path, key);  // for origins only: a key may contain dots
    if (value.is_object()) {
      if (!here[key].is_object()) here[key] = Json::object(), forget(inner);
      merge_into(here[key], inner, value, origin);
      continue;
    }
    forget(inner);
    if (value.is_null()) {
      here.erase(key);
    } else {
      here[key] = value;
      origins_[inner] = origin(inner);
    }
  }
}

void ConfigLayers::merge(const std::string& path, const Json& patch, const ConfigOrigin& origin) {
  if (!patch.is_object()) return set(path, patch, origin(path));
  auto& here = at(path);
  if (!here.is_object()) here = Json::object(), forget(path);
  merge_into(here, path, patch, origin);
}

void ConfigLayers::set(const std::string& path, const Json& value, const std::string& origin) {
  forget(path);
  if (!value.is_null()) {
    at(path) = value;
    origins_[path] = origin;
    return;
  }
  const auto dot = path.rfind('.');
  const auto section = dot == path.npos ? "" : path.substr(0, dot);
  if (find(section)) at(section).erase(dot == path.npos ? path : path.substr(dot + 1));
}

const Json* ConfigLayers::find(const std::string& path) const {
  const Json* here = &json_;
  if (path.empty()) return here;
  for (const auto& key : split(path, '.')) {
    if (!here->is_object() || !here->contains(key)) return nullptr;
    here = &(*here)[key];
  }
  return here;
}

bool ConfigLayers::can_hold(const std::string& path) const {
  const Json* here = &json_;
  for (const auto& key : split(path, '.')) {
    if (!here->is_object()) return here->is_null();
    const auto found = here->find(key);
    if (found == here->end()) return true;
    here = &*found;
  }
  return true;
}

std::string ConfigLayers::origin(const std::string& path) const {
  for (auto prefix = path;; prefix.resize(prefix.find_last_of(".["))) {
    if (const auto found = origins_.find(prefix); found != origins_.end()) return found->second;
    if (prefix.find_last_of(".[") == prefix.npos) return "";
  }
}

ConfigOrigin lines_of_keys(std::string_view text, const std::string& file) {
  std::size_t line = 1;
  std::map<std::string, std::size_t> lines;
  LineNotes notes(line, lines);
  Json::sax_parse(CountingIterator(text.data(), line), CountingIterator(text.data() + text.size(), line), &notes,
                  Json::input_format_t::json, /*strict=*/true, /*ignore_comments=*/true);
  return [lines = std::move(lines), file](const std::string& path) {
    const auto found = lines.find(path);
    return found == lines.end() ? file : fmt::format("{}:{}", file, found->second);
  };
}

}  // namespace llama32med
