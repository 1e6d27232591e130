#include "text/tiktoken_tokenizer.h"

#include <array>
#include <charconv>

#include "llama32med/core/error.h"
#include "text/byte_level_tokenizer.h"

namespace llama32med {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < kBase64.size(); ++i)
    values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
  return values;
}

// RFC 4648 with padding; nullopt if the text is anything else.
std::optional<std::string> from_base64(std::string_view text) {
  static constexpr auto kValues = base64_values();
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  std::string bytes;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_padding = i >= text.size() - padding;
    const auto value = is_padding ? 0 : kValues[static_cast<unsigned char>(text[i])];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if (i % 4 == 3)
      for (const int shift : {16, 8, 0}) bytes += static_cast<char>(bits >> shift & 0xFF);
  }
  bytes.erase(bytes.size() - padding);
  return bytes;
}

struct RankLine {
  std::string bytes;
  std::int64_t rank;
};

std::optional<RankLine> read_line(std::string_view line) {
  const auto space = line.find(' ');
  if (space == line.npos) return std::nullopt;
  auto bytes = from_base64(line.substr(0, space));
  const auto digits = line.substr(space + 1);
  RankLine out{"", -1};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.rank);
  if (!bytes || error != std::errc() || end != digits.data() + digits.size() || out.rank < 0) return std::nullopt;
  out.bytes = std::move(*bytes);
  return out;
}

std::vector<std::string> read_ranks(std::string_view file, const std::string& source) {
  constexpr std::int64_t kMostRanks = 10'000'000;  // an invalid line must not exhaust memory
  std::vector<std::string> tokens;
  std::int64_t number = 0, count = 0;
  for (std::size_t begin = 0; begin < file.size();) {
    auto line = file.substr(begin, file.find('\n', begin) - begin);
    begin += line.size() + 1;
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    auto entry = read_line(line);
    if (!entry || entry->rank >= kMostRanks)
      throw data_error("{}:{}: \"{}\" is not a base64 token with its rank{}", source, number, line.substr(0, 60),
                       line.starts_with("version https://git-lfs")
                           ? "; this is a Git LFS pointer, fetch the real file with git lfs pull"
                           : "");
    if (entry->rank >= static_cast<std::int64_t>(tokens.size())) tokens.resize(entry->rank + 1);
    if (!tokens[entry->rank].empty())
      throw data_error("{}:{}: rank {} appears a second time", source, number, entry->rank);
    tokens[entry->rank] = std::move(entry->bytes);
    ++count;
  }
  for (std::size_t rank = 0; rank < tokens.size(); ++rank)
    if (tokens[rank].empty())
      throw data_error("{}: rank {} is missing ({} ranks, the largest is {}); is the file truncated?", source, rank,
                       count, tokens.size() - 1);
  return tokens;
}

}  // namespace

std::unique_ptr<Tokenizer> make_tiktoken_tokenizer(std::string_view file, const std::string& source) {
  auto bpe = std::make_unique<ByteBpe>(read_ranks(file, source), std::nullopt, WholePiece::kLookUp, source);
  auto specials = llama3_special_tokens(bpe->size());
  return std::make_unique<ByteLevelTokenizer>(std::move(bpe), SplitPattern(kLlama3Pattern, source), std::move(specials),
                                              source);
}

}  // namespace llama32med
