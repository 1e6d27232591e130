#include "app/eval/shards.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <charconv>

#include "app/common/output_folder.h"
#include "app/common/run_folder.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_file.h"
#include "llama32med/scoring/prediction_file.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr const char* kShards = "shards";
constexpr const char* kShardKey = "shard";

// A positive number that is the whole text, else 0.
std::size_t number_in(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::vector<fs::path> shard_folders(const fs::path& out) {
  std::vector<fs::path> folders;
  if (!is_there(out / kShards)) return folders;
  for (const auto& folder : entries_of(out / kShards))
    if (is_there(folder / "config.json")) folders.push_back(folder);
  return folders;
}

// Adds the answers of a file that a process may still be writing. Returns their number.
std::size_t add_answers(const fs::path& file, std::map<std::string, std::string>& answers) {
  std::size_t count = 0;
  for_each_written_line(read_file(file), [&](std::string_view line, const Json& id) {
    ++count;
    if (!id.is_string()) throw data_error("{}:{}: is not an answer", file.string(), count);
    answers.insert_or_assign(id.get<std::string>(), std::string(line));
  });
  return count;
}

}  // namespace

Shard parse_shard(const std::string& text) {
  if (text.empty()) return {};
  const auto slash = text.find('/');
  const auto number = number_in(std::string_view(text).substr(0, slash));
  const auto count = slash == text.npos ? 0 : number_in(std::string_view(text).substr(slash + 1));
  if (number == 0 || count == 0 || number > count)
    throw usage_error("--shard {}: give NUMBER/COUNT, for example 1/3, 2/3 and 3/3 to three processes", text);
  return {number - 1, count};
}

std::string shard_name(const Shard& shard) { return fmt::format("{}/{}", shard.index + 1, shard.count); }

fs::path folder_of(const Shard& shard, const fs::path& out) {
  return shard.is_whole() ? out : out / kShards / fmt::format("{}-of-{}", shard.index + 1, shard.count);
}

Json identity_of(const Shard& shard, Json run) {
  if (!shard.is_whole()) run[kShardKey] = shard_name(shard);
  return run;
}

void check_shards(const fs::path& out, const Json& run) {
  for (const auto& folder : shard_folders(out)) {
    auto theirs = read_json(folder / "config.json");
    theirs.erase(kShardKey);
    if (const auto difference = first_difference(run, theirs); !difference.empty())
      throw usage_error("{}: is a shard of another run ({}); choose another --out, or remove it", folder.string(),
                        difference);
  }
}

std::map<std::string, std::string> answers_of_shards(const fs::path& out, const std::string& file) {
  std::map<std::string, std::string> answers;
  for (const auto& folder : shard_folders(out))
    if (is_there(folder / file))
      spdlog::info("{}: {} answers", (folder / file).string(), add_answers(folder / file, answers));
  return answers;
}

void remove_shards(const fs::path& out) {
  for (const auto& folder : shard_folders(out)) lock_folder(folder);  // throws if a process has it
  remove_tree(out / kShards);
}

}  // namespace llama32med
