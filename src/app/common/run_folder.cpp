#include "app/common/run_folder.h"

#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

std::string difference_at(const Json& here, const Json& there, const std::string& path) {
  if (here == there) return "";
  if (!here.is_object() || !there.is_object())
    return fmt::format("{}: {} here, {} there", path, here.dump(), there.dump());
  std::set<std::string> keys;
  for (const auto* side : {&here, &there})
    for (const auto& [key, value] : side->items()) keys.insert(key);
  for (const auto& key : keys) {
    const auto inner =
        difference_at(here.value(key, Json()), there.value(key, Json()), path.empty() ? key : path + "." + key);
    if (!inner.empty()) return inner;
  }
  return "";
}

constexpr const char* kWhatToDo = "choose another --out, or --fresh to throw it away";

Json read_claim(const std::filesystem::path& file) {
  Json claim;
  try {
    claim = read_json(file);
  } catch (const Error& error) {
    throw usage_error("{}; {}", error.what(), kWhatToDo);
  }
  if (!claim.is_object()) throw usage_error("{}: is not the config of a run; {}", file.string(), kWhatToDo);
  return claim;
}

}  // namespace

std::string first_difference(const Json& here, const Json& there) { return difference_at(here, there, ""); }

void claim_run_folder(const std::filesystem::path& folder, const Json& identity) {
  const auto file = folder / "config.json";
  if (!std::filesystem::exists(file)) {
    write_json(file, identity);
    return;
  }
  if (const auto difference = first_difference(identity, read_claim(file)); !difference.empty())
    throw usage_error("{}: holds another run ({}); {}", folder.string(), difference, kWhatToDo);
}

}  // namespace llama32med
