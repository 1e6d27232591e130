#include "app/common/run_folder.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"

namespace llama32med {
namespace {

constexpr const char* kWhatToDo = "choose another --out, or discard that run with --fresh";

std::string difference_at(const Json& here, const Json& there, const std::string& path) {
  if (here == there) return "";
  if (!here.is_object() || !there.is_object())
    return fmt::format("{}: {} here, {} there", path, json_excerpt(here), json_excerpt(there));
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
    if (error.kind() != ErrorKind::kData) throw;
    throw usage_error("{}; {}", error.what(), kWhatToDo);
  }
  if (!identity.is_object())
    throw usage_error("{}: does not say which run the folder holds; {}", file.string(), kWhatToDo);
  return identity;
}

bool is_readable(const std::filesystem::path& file) {
  try {
    return read_json(file).is_object();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    return false;
  }
}

// The first of the results that is there and not empty; "" if there is none.
std::string first_result(const std::filesystem::path& folder, const ClaimFiles& files) {
  for (const auto& name : files.results)
    if (holds_anything(folder / name)) return name;
  return "";
}

// Who writes a config.json like this one.
std::string owner_of(const Json& there) {
  if (there.contains("task"))
    return fmt::format("a run of `{}`", there["task"].is_string() ? there["task"].get<std::string>() : "?");
  if (there.contains("model_type") || there.contains("architectures")) return "a model";
  return "something else than this run";
}

}  // namespace

std::string first_difference(const Json& here, const Json& there) { return difference_at(here, there, ""); }

bool holds_run(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files) {
  const auto file = folder / files.identity;
  return is_there(file) && first_difference(identity, read_identity(file)).empty();
}

void check_run_folder(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files,
                      Resume resume) {
  const auto file = folder / files.identity;
  const auto begun = first_result(folder, files);
  if (!is_there(file)) {
    if (begun.empty() || resume == Resume::kFresh) return;
    throw usage_error("{}: holds {}, but no {} that records which run made it; {}", folder.string(), begun,
                      files.identity, kWhatToDo);
  }
  if (resume == Resume::kFresh && !is_readable(file)) return;
  const auto there = read_identity(file);
  if (const auto task = identity.value("task", Json()); there.value("task", Json()) != task)
    throw usage_error("{}: belongs to {}; choose another --out", file.string(), owner_of(there));
  if (begun.empty() || resume == Resume::kFresh) return;
  if (const auto difference = first_difference(identity, there); !difference.empty())
    throw usage_error("{}: belongs to another run ({}); {}", file.string(), difference, kWhatToDo);
}

void claim_run_folder(const std::filesystem::path& folder, const Json& identity, const ClaimFiles& files) {
  check_run_folder(folder, identity, files);
  if (!holds_run(folder, identity, files)) write_json(folder / files.identity, identity);
}

void refuse_files(const std::filesystem::path& out, const std::vector<std::string>& names, const std::string& what) {
  for (const auto& name : names)
    if (is_there(out / name))
      throw usage_error("--out {}: holds {}, which {} did not write; choose another folder", out.string(), name, what);
}

}  // namespace llama32med
