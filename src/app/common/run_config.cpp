#include "app/common/run_config.h"

#include <algorithm>
#include <array>

#include "llama32med/core/config_json.h"
#include "llama32med/core/config_layers.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/weights/folders.h"

namespace llama32med {
namespace {

constexpr std::array kStages = {"stage1", "stage2"};
constexpr std::array kSharedSections = {"tune", "train", "validate"};  // a stage has its own, on top of the run's

template <class Sections>
bool is_in_one_of(std::string_view path, const Sections& sections) {
  return std::ranges::any_of(sections, [&](const char* section) { return is_in_section(path, section); });
}

// Puts a RunConfig together, source by source.
class SourceReader {
 public:
  void add_file(const std::filesystem::path& file) {
    const auto text = read(file);
    const auto json = parse(text, file);  // first: it limits the nesting
    merge(json, lines_of_keys(text, file.string()));
  }

  // What training saw, from the section "settings" of llama32med.json.
  void add_trained(const std::filesystem::path& file) {
    const auto text = read(file);
    const auto json = parse(text, file);
    const auto lines = lines_of_keys(text, file.string());
    merge(json.value("settings", Json::object()), [&](const std::string& path) { return lines("settings." + path); });
  }

  struct Assignment {
    std::string path;
    Json value;
    std::string origin;
  };

  // One source: a value for a stage wins over one for all stages, whichever comes first.
  void add(const std::vector<Assignment>& assignments) {
    for (const bool for_stages : {false, true})
      for (const auto& assignment : assignments)
        if (is_in_one_of(assignment.path, kStages) == for_stages) assign(assignment);
  }

  SourcedConfig read_all() {
    for (const auto* stage : kStages)
      if (has_stage(stage)) inherit(stage);
    SourcedConfig sourced;
    sourced.origin = [layers = layers_](const std::string& path) { return layers.origin(path); };
    read_config(layers_.json(), sourced.config, sourced.origin);
    auto& model = sourced.config.model;
    for (auto* named : {&model.folder, &model.adapter}) *named = find_hub_folder(*named);
    return sourced;
  }

 private:
  void merge(const Json& patch, const ConfigOrigin& lines) {
    auto shared = patch;
    for (const auto* stage : kStages) shared.erase(stage);
    drop_older_text(patch, "prompt");
    layers_.merge("", shared, lines);
    for (const auto* stage : kStages) {
      if (has_stage(stage))
        for (const auto* section : kSharedSections) merge_shared(stage, section, patch, lines);
      if (!patch.contains(stage)) continue;
      if (patch[stage].is_object()) drop_older_text(patch[stage], fmt::format("{}.prompt", stage));
      layers_.merge(stage, patch[stage], lines);
    }
  }

  static std::string read(const std::filesystem::path& file) {
    try {
      return read_file(file);
    } catch (const Error& error) {  // a config that is missing or not JSON is wrong usage, not bad data
      if (error.kind() != ErrorKind::kData) throw;
      throw usage_error("{}", error.what());
    }
  }

  static Json parse(const std::string& text, const std::filesystem::path& file) {
    Json json;
    try {
      json = parse_json(text, file.string());
    } catch (const Error& error) {
      throw usage_error("{}", error.what());
    }
    if (!json.is_object()) throw usage_error("{}: a config is an object {{...}}", file.string());
    return json;
  }

  bool has_stage(const std::string& stage) const {
    const auto* found = layers_.find(stage);
    return found && found->is_object();
  }

  // A source that names a prompt file means its text, not the one that an earlier source gave.
  void drop_older_text(const Json& patch, const std::string& section) {
    const auto found = patch.find("prompt");
    if (found != patch.end() && found->is_object() && found->contains("file")) layers_.set(section + ".text", {}, "");
  }

  void merge_shared(const std::string& stage, const std::string& section, const Json& patch,
                    const ConfigOrigin& origin) {
    if (!patch.contains(section) || !patch[section].is_object()) return;
    layers_.merge(stage + "." + section, patch[section],
                  [&](const std::string& path) { return origin(path.substr(stage.size() + 1)); });
  }

  void assign(const Assignment& assignment) {
    const auto& [path, value, origin] = assignment;
    put(path, value, origin);
    if (!is_in_one_of(path, kSharedSections)) return;
    for (const std::string stage : kStages)
      if (has_stage(stage)) put(stage + "." + path, value, origin);
  }

  // Leaves plain values where a section belongs: read_config() reports them together with all other problems.
  void put(const std::string& path, const Json& value, const std::string& origin) {
    if (!layers_.can_hold(path)) return;
    layers_.set(path, value, origin);
    if (path.ends_with("prompt.file"))
      layers_.set(path.substr(0, path.size() - std::string_view("file").size()) + "text", {}, "");
  }

  void inherit(const std::string& stage) {
    for (const std::string section : kSharedSections) {
      const auto* shared = layers_.find(section);
      if (!shared || !shared->is_object()) continue;
      auto merged = ConfigLayers(layers_);  // the shared section, with the stage's own on top
      const auto* own = layers_.find(stage + "." + section);
      if (own && !own->is_object()) continue;
      const auto path = stage + "." + section;
      const auto own_values = own ? *own : Json::object();
      layers_.set(path, {}, "");
      layers_.merge(path, *merged.find(section),
                    [&](const std::string& at) { return merged.origin(at.substr(stage.size() + 1)); });
      layers_.merge(path, own_values, [&](const std::string& at) { return merged.origin(at); });
    }
  }

  ConfigLayers layers_;
};

std::vector<SourceReader::Assignment> options_of(const ConfigSources& sources) {
  std::vector<SourceReader::Assignment> options;
  const auto origin = [&](const std::string& path, const std::string& otherwise) {
    const auto found = sources.flags.find(path);
    return found == sources.flags.end() ? otherwise : found->second;
  };
  for (const auto& [path, text] : sources.texts) options.push_back({path, text, origin(path, path + "=" + text)});
  for (const auto& text : sources.options) {
    auto [path, value] = parse_assignment(text);
    options.push_back({path, std::move(value), origin(path, text)});
  }
  return options;
}

std::vector<SourceReader::Assignment> assignments_of(const ConfigSources& sources) {
  std::vector<SourceReader::Assignment> assignments;
  for (const auto& text : sources.assignments) {
    auto [path, value] = parse_assignment(text);
    assignments.push_back({path, std::move(value), "--set " + text});
  }
  return assignments;
}

void print_sourced(const Json& section, const std::string& path, const ConfigOrigin& origin, std::string& out) {
  const std::string indent(2 + 2 * static_cast<std::size_t>(std::ranges::count(path, '.') + !path.empty()), ' ');
  std::size_t left = section.size();
  for (const auto& [key, value] : section.items()) {
    const auto at = path.empty() ? key : path + "." + key;
    const auto* comma = --left > 0 ? "," : "";
    if (value.is_object() && !value.empty()) {
      out += fmt::format("{}{}: {{\n", indent, json_line(key));
      print_sourced(value, at, origin, out);
      out += fmt::format("{}}}{}\n", indent, comma);
      continue;
    }
    const auto source = origin(at);
    out += fmt::format("{}{}: {}{}  // {}\n", indent, json_line(key), json_line(value), comma,
                       source.empty() ? "default" : source);
  }
}

}  // namespace

SourcedConfig load_sourced_config(const ConfigSources& sources) {
  const auto assignments = assignments_of(sources);  // fails on a malformed one before anything is read
  SourceReader reader;
  if (sources.trained) reader.add_trained(*sources.trained);
  for (const auto& file : sources.files) reader.add_file(file);
  reader.add(options_of(sources));
  reader.add(assignments);
  return reader.read_all();
}

RunConfig load_run_config(const ConfigSources& sources) { return load_sourced_config(sources).config; }

std::string config_with_sources(const SourcedConfig& sourced) {
  std::string out = "{\n";
  print_sourced(write_config(sourced.config), "", sourced.origin, out);
  return out + "}\n";
}

}  // namespace llama32med
