// The vocabulary in a rank file is byte-level BPE; the merges are not stored, but follow from the ranks.
#include "llama32med/weights/tokenizer_json.h"

#include <array>
#include <unordered_map>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

using Ranks = std::unordered_map<std::string_view, std::size_t>;

// Llama 3's pattern for splitting text into words before BPE.
constexpr const char* kWords =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// False if `text` is not base64.
bool decode_base64(std::string_view text, std::string& bytes) {
  std::uint32_t bits = 0;
  int held = 0;
  while (text.ends_with('=')) text.remove_suffix(1);
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(digit), held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held);
  }
  return !bytes.empty();
}

// The bytes of every token, by rank.
std::vector<std::string> read_ranks(const std::string& file) {
  std::vector<std::string> tokens;
  for (const auto& line : split(file, '\n')) {
    if (trim(line).empty()) continue;
    const auto parts = split(trim(line), ' ');
    std::string bytes;
    if (parts.size() != 2 || !decode_base64(parts[0], bytes) || parts[1] != std::to_string(tokens.size()))
      throw data_error("tokenizer.model: line {} is not \"base64 rank\" with rank {}", tokens.size() + 1,
                       tokens.size());
    tokens.push_back(std::move(bytes));
  }
  return tokens;
}

// The printable character that represents each byte in byte-level files, as UTF-8.
std::array<std::string, 256> printable_bytes() {
  std::array<std::string, 256> table;
  std::uint32_t spare = 256;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const std::uint32_t character = printable ? byte : spare++;
    if (character < 0x80) {
      table[byte] = static_cast<char>(character);
    } else {
      table[byte] = {static_cast<char>(0xC0 | character >> 6), static_cast<char>(0x80 | (character & 0x3F))};
    }
  }
  return table;
}

std::string print(std::string_view bytes) {
  static const auto table = printable_bytes();
  std::string text;
  for (const char c : bytes) text += table[static_cast<std::uint8_t>(c)];
  return text;
}

// The last merge that builds `token`: BPE over its bytes with lower ranks only, until two parts are left. {} if there
// are never two parts (then only the whole token matches, which ignore_merges handles).
std::vector<std::string_view> last_merge(std::string_view token, std::size_t own_rank, const Ranks& ranks) {
  std::vector<std::string_view> parts;
  for (std::size_t i = 0; i < token.size(); ++i) parts.push_back(token.substr(i, 1));
  while (parts.size() > 2) {
    std::size_t best = own_rank, at = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const std::string_view pair(parts[i].data(), parts[i].size() + parts[i + 1].size());
      if (const auto found = ranks.find(pair); found != ranks.end() && found->second < best)
        best = found->second, at = i;
    }
    if (best == own_rank) return {};
    parts[at] = {parts[at].data(), parts[at].size() + parts[at + 1].size()};
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  return parts;
}

Json make_bpe(const std::vector<std::string>& tokens) {
  Ranks ranks;
  for (std::size_t rank = 0; rank < tokens.size(); ++rank) ranks.emplace(tokens[rank], rank);
  Json::object_t vocabulary;  // filled as a list: inserting by key would search it, n^2 for 128,000 keys
  Json merges = Json::array();
  for (std::size_t rank = 0; rank < tokens.size(); ++rank) {
    vocabulary.emplace_back(print(tokens[rank]), rank);
    if (tokens[rank].size() < 2) continue;
    if (const auto parts = last_merge(tokens[rank], rank, ranks); !parts.empty())
      merges.push_back(print(parts[0]) + " " + print(parts[1]));
  }
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", true},
          {"vocab", std::move(vocabulary)},
          {"merges", std::move(merges)}};
}

Json make_post_processor(const std::string& bos, std::int64_t bos_id) {
  const auto special = [&](int type) { return Json{{"SpecialToken", {{"id", bos}, {"type_id", type}}}}; };
  const auto text = [](const char* id, int type) { return Json{{"Sequence", {{"id", id}, {"type_id", type}}}}; };
  return {{"type", "TemplateProcessing"},
          {"single", Json::array({special(0), text("A", 0)})},
          {"pair", Json::array({special(0), text("A", 0), special(1), text("B", 1)})},
          {"special_tokens", {{bos, {{"id", bos}, {"ids", Json::array({bos_id})}, {"tokens", Json::array({bos})}}}}}};
}

}  // namespace

TokenizerBytes byte_tokenizer() {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  TokenizerBytes bytes{TokenizerKind::kRanks, "", 256};
  for (std::size_t byte = 0; byte < 256; ++byte)
    bytes.model += fmt::format("{}{}== {}\n", kDigits[byte >> 2], kDigits[(byte & 3) << 4], byte);
  return bytes;
}

Json make_tokenizer_json(const std::string& ranks, const Json& added_tokens, std::int64_t first_special) {
  const Json cut = {{"type", "Split"}, {"pattern", {{"Regex", kWords}}}, {"behavior", "Isolated"}, {"invert", false}};
  const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}};
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added_tokens},
          {"normalizer", nullptr},
          {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", Json::array({cut, bytes})}}},
          {"post_processor", make_post_processor("<|begin_of_text|>", first_special)},
          {"decoder", {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}}},
          {"model", make_bpe(read_ranks(ranks))}};
}

}  // namespace llama32med
