#include "llama32med/scoring/prediction_file.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/json_object.h"

namespace llama32med {
namespace {

// Counts the expected items in the file. Removes an unfinished last line.
std::size_t count_done(const std::filesystem::path& path, const std::vector<Record>& in_order) {
  if (!is_there(path)) return 0;
  const auto bytes = read_file(path);
  std::size_t done = 0;
  const auto whole = for_each_written_line(bytes, [&](std::string_view, const Json& id) {
    if (done >= in_order.size() || id != in_order[done].id)
      throw usage_error("{}: line {} holds item {}, this run expects {}; choose another --out or pass --fresh",
                        path.string(), done + 1, json_excerpt(id),
                        done < in_order.size() ? "\"" + in_order[done].id + "\"" : "no more items");
    ++done;
  });
  if (whole < bytes.size()) cut_file(path, static_cast<std::int64_t>(whole));
  return done;
}

}  // namespace

std::size_t for_each_written_line(std::string_view bytes, const TakePredictionLine& take) {
  std::size_t begin = 0;
  for (auto end = bytes.find('\n'); end != bytes.npos; begin = end + 1, end = bytes.find('\n', begin)) {
    const auto line = bytes.substr(begin, end - begin);
    const auto value = try_parse_json(line);
    const auto* id = value ? json_at(*value, {"item_id"}) : nullptr;
    take(line, id ? *id : Json());
  }
  return begin;
}

PredictionFile::PredictionFile(const std::filesystem::path& path, const std::vector<Record>& in_order)
    : writer_((make_folder(path.parent_path()), path)), done_(count_done(path, in_order)) {}

void PredictionFile::write(const std::string& line) { writer_.write(line); }

}  // namespace llama32med
