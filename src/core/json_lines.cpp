#include "llama32med/core/json_lines.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/text_file.h"

namespace llama32med {
namespace {

Json parse_line(std::string_view line, const std::filesystem::path& file, std::size_t number) {
  try {
    return parse_json(line, file.string());
  } catch (const Error&) {  // parsed again with the file's line number, which the error reports
    return parse_json(std::string(number - 1, '\n').append(line), file.string());
  }
}

}  // namespace

void for_each_json_line(const std::filesystem::path& file,
                        const std::function<void(const Json& value, const std::string& where)>& take) {
  const auto text = read_text(file);
  const char line_end = line_end_of(text);
  std::string_view rest = text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto end = std::min(rest.find(line_end), rest.size());
    const auto line = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) continue;
    take(parse_line(line, file, number), fmt::format("{}:{}", file.string(), number));
  }
}

}  // namespace llama32med
