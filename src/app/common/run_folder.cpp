#include "app/common/run_folder.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

constexpr const char* kWhatToDo = "choose another --out, or discard that run with --fresh";

std::string shown(const Json& value) {
  static constexpr std::size_t kLongest = 200;
  const auto text = value.dump(-1, ' ', /*ensure_ascii=*/true);  // may be cut anywhere
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + " ...";
}

std::string difference_at(const Json& here, const Json& there, const std::string& path) {
  if (here == there) return "";
  if (!here.is_object() || !there.is_object())
    return fmt::format("{}: {} here, {} there", path, shown(here), shown(there));
  for (const auto* side : {&here, &there})
    for (const auto& [key, value] : side->items()) {
      const auto inner =
          difference_at(here.value(key, Json()), there.value(key, Json()), path.empty() ? key : path + "." + key);
      if (!inner.empty()) return inner;
    }
  return "";
}

Json read_identity(const std::filesystem::path& file) {
  Json identity;
  try {
    identity = read_json(file);
  } catch (const Error& error) {
    throw usage_error("{}; {}", error.what(), kWhatToDo);
  }
  if (!identity.is_object())
    throw usage_error("{}: does not say which run the folder holds; {}", file.string(), kWhatToDo);
  return identity;
}

}  // namespace

std::string first_difference(const Json& here, const Json& there) { return difference_at(here, there, ""); }

bool holds_run(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files) {
  const auto file = folder / files.identity;
  return std::filesystem::exists(file) && first_difference(identity, read_identity(file)).empty();
}

void claim_run_folder(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files) {
  const auto file = folder / files.identity;
  if (std::filesystem::exists(file)) {
    if (const auto difference = first_difference(identity, read_identity(file)); !difference.empty())
      throw usage_error("{}: belongs to another run ({}); {}", file.string(), difference, kWhatToDo);
    return;
  }
  if (!files.results.empty() && std::filesystem::exists(folder / files.results))
    throw usage_error("{}: holds {}, but no {} that records which run made them; {}", folder.string(), files.results,
                      files.identity, kWhatToDo);
  write_json(file, identity);
}

}  // namespace llama32med
