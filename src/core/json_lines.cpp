#include "llama32med/core/json_lines.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "llama32med/core/json_file.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_file.h"

namespace llama32med {

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
    take(parse_json_line(line, file.string(), number), fmt::format("{}:{}", file.string(), number));
  }
}

}  // namespace llama32med
