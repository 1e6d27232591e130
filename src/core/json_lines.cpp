#include "llama32med/core/json_lines.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"

namespace llama32med {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Json parse_object(std::string_view line, const std::string& where) {
  Json value = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) throw data_error("{}: not valid JSON", where);
  if (!value.is_object()) throw data_error("{}: is {}, not an object {{...}}", where, value.type_name());
  return value;
}

}  // namespace

void for_each_json_line(const std::filesystem::path& file,
                        const std::function<void(const Json& object, const std::string& where)>& take) {
  const auto bytes = read_file(file);
  std::string_view rest = bytes;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) continue;
    const auto where = fmt::format("{}:{}", file.string(), number);
    take(parse_object(line, where), where);
  }
}

}  // namespace llama32med
