#include "text/tokenizer_json.h"

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "llama32med/core/error.h"
#include "llama32med/core/json_file.h"
#include "text/byte_level_tokenizer.h"

namespace llama32med {
namespace {

// Byte-level files write each byte as a printable character: printable Latin-1 as itself, the others from U+0100 on.
std::array<int, 0x144> bytes_of_characters() {
  std::array<int, 0x144> byte_of{};
  byte_of.fill(-1);
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    byte_of[printable ? byte : next++] = byte;
  }
  return byte_of;
}

class Reader {
 public:
  Reader(std::string_view file, const std::string& source)
      : source_(source), json_(parse_sorted_json(file, source, RepeatedKeys::kKeepLast)) {
    if (!json_.is_object()) throw data_error("{}: not an object {{...}}", source_);
  }

  std::unique_ptr<Tokenizer> tokenizer() {
    check_features();
    auto added = added_tokens();
    auto tokens = vocabulary(added);
    auto merges = merge_list();
    const auto whole = flag(json_["model"], "ignore_merges") ? WholePiece::kLookUp : WholePiece::kMerge;
    auto bpe = std::make_unique<ByteBpe>(std::move(tokens), std::move(merges), whole, source_);
    return std::make_unique<ByteLevelTokenizer>(std::move(bpe), SplitPattern(pattern(), source_), std::move(added),
                                                source_);
  }

 private:
  static const SortedJson& at(const SortedJson& json, const char* name) {  // null where absent
    static const SortedJson kNull;
    const auto found = json.is_object() ? json.find(name) : json.end();
    return json.is_object() && found != json.end() ? *found : kNull;
  }
  static bool flag(const SortedJson& json, const char* name) {
    const auto& value = at(json, name);
    return value.is_boolean() && value.get<bool>();
  }
  static std::string text(const SortedJson& json) {
    return json.is_string() ? json.get<std::string>() : json_excerpt(json);
  }
  Error unsupported(const std::string& what) const {
    return data_error("{}: {} is not supported; it must be a byte-level BPE tokenizer like Llama 3's", source_, what);
  }

  void check_features() const {
    const auto& model = at(json_, "model");
    if (!model.is_object()) throw data_error("{}: has no \"model\"", source_);
    if (at(model, "type") != "BPE" && !at(model, "type").is_null())
      throw unsupported("model type " + text(at(model, "type")));
    for (const char* name : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"})
      if (const auto& value = at(model, name); !value.is_null() && value != "" && value != 0.0)
        throw unsupported(fmt::format("model.{} = {}", name, json_excerpt(value)));
    if (flag(model, "byte_fallback")) throw unsupported("model.byte_fallback");
    if (const auto& value = at(json_, "normalizer"); !value.is_null())
      throw unsupported("normalizer " + text(at(value, "type")));
    if (const auto& value = at(json_, "decoder"); !value.is_null() && at(value, "type") != "ByteLevel")
      throw unsupported("decoder " + text(at(value, "type")));
  }

  std::string pattern() const {
    const auto& outer = at(json_, "pre_tokenizer");
    const auto& steps = at(outer, "pretokenizers");
    if (at(outer, "type") != "Sequence" || !steps.is_array() || steps.size() != 2 || at(steps[0], "type") != "Split" ||
        at(steps[1], "type") != "ByteLevel")
      throw unsupported("a pre_tokenizer other than Split followed by ByteLevel");
    const auto& regex = at(at(steps[0], "pattern"), "Regex");
    if (!regex.is_string() || at(steps[0], "behavior") != "Isolated" || flag(steps[0], "invert"))
      throw unsupported("a Split pre_tokenizer other than Regex, Isolated, not inverted");
    // Both default to true in the format.
    for (const char* name : {"add_prefix_space", "use_regex"})
      if (at(steps[1], name) != false) throw unsupported(fmt::format("ByteLevel pre_tokenizer with {} = true", name));
    return regex.get<std::string>();
  }

  AddedTokens added_tokens() const {
    std::vector<AddedToken> tokens;
    std::unordered_set<std::string> contents;
    std::unordered_set<std::int64_t> ids;
    for (const auto& entry : at(json_, "added_tokens")) {
      const auto& content = at(entry, "content");
      const auto id = id_from(at(entry, "id"), "added token " + json_excerpt(content));
      if (!content.is_string() || content == "") throw data_error("{}: added token {} has no content", source_, id);
      for (const char* name : {"lstrip", "rstrip", "single_word"})
        if (flag(entry, name)) throw unsupported(fmt::format("added token {} with {}", json_excerpt(content), name));
      if (!contents.insert(content.get<std::string>()).second || !ids.insert(id).second)
        throw data_error("{}: added token {} (id {}) appears a second time", source_, json_excerpt(content), id);
      tokens.push_back(
          {content.get<std::string>(), id, flag(entry, "special") ? AddedKind::kSpecial : AddedKind::kPlain});
    }
    return AddedTokens(std::move(tokens));
  }

  std::int64_t id_from(const SortedJson& value, const std::string& what) const {
    constexpr std::int64_t kLargest = 10'000'000;  // an invalid id must not exhaust memory
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0 || value.get<std::int64_t>() > kLargest)
      throw data_error("{}: {} has the id {}, not a whole number of at least 0", source_, what, json_excerpt(value));
    return value.get<std::int64_t>();
  }

  std::string bytes_of(const std::string& characters) const {
    static const auto kByteOf = bytes_of_characters();
    std::string bytes;
    for (std::size_t i = 0; i < characters.size(); ++i) {
      unsigned point = static_cast<unsigned char>(characters[i]);  // all of these have one or two bytes in UTF-8
      if (point >= 0xC0 && point < 0xE0 && i + 1 < characters.size())
        point = (point & 0x1F) << 6 | (static_cast<unsigned char>(characters[++i]) & 0x3F);
      else if (point >= 0x80)
        point = kByteOf.size();
      if (point >= kByteOf.size() || kByteOf[point] < 0)
        throw data_error("{}: token {} is not written in byte-level characters", source_,
                         json_excerpt(SortedJson(characters)));
      bytes += static_cast<char>(kByteOf[point]);
    }
    return bytes;
  }

  // Special tokens that are also in the vocabulary are skipped: no text may encode to them.
  std::vector<std::string> vocabulary(const AddedTokens& added) {
    const auto& entries = at(json_["model"], "vocab");
    if (!entries.is_object()) throw data_error("{}: model.vocab is not an object {{token: id}}", source_);
    std::vector<std::string> tokens;
    ids_.reserve(entries.size());
    for (const auto& [characters, value] : entries.items()) {
      const auto id = id_from(value, "token " + characters);
      if (const auto* token = added.by_id(id); token && token->content == characters) continue;
      if (id >= static_cast<std::int64_t>(tokens.size())) tokens.resize(id + 1);
      if (!tokens[id].empty()) throw data_error("{}: id {} belongs to two tokens", source_, id);
      tokens[id] = bytes_of(characters);
      ids_.emplace(tokens[id], id);
    }
    return tokens;
  }

  // "a b" (up to tokenizers 0.19) or ["a", "b"]
  ByteBpe::Merges merge_list() const {
    ByteBpe::Merges merges;
    const auto& list = at(json_["model"], "merges");
    if (!list.is_array()) throw data_error("{}: model.merges is not a list", source_);
    merges.reserve(list.size());
    for (const auto& entry : list) {
      std::string left, right;
      if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
        left = bytes_of(entry[0].get<std::string>());
        right = bytes_of(entry[1].get<std::string>());
      } else if (entry.is_string()) {
        const auto pair = entry.get<std::string>();
        const auto space = pair.find(' ');
        left = bytes_of(pair.substr(0, space));
        right = space == pair.npos ? "" : bytes_of(pair.substr(space + 1));
      }
      const auto a = ids_.find(left), b = ids_.find(right), both = ids_.find(left + right);
      if (a == ids_.end() || b == ids_.end() || both == ids_.end())
        throw data_error("{}: merge {} ({}) does not make a token of two tokens", source_, merges.size(),
                         json_excerpt(entry));
      merges.emplace(ByteBpe::pair_key(a->second, b->second),
                     ByteBpe::Merge{static_cast<std::int64_t>(merges.size()), both->second});
    }
    return merges;
  }

  std::string source_;
  SortedJson json_;
  std::unordered_map<std::string, std::int64_t> ids_;  // by bytes
};

}  // namespace

std::unique_ptr<Tokenizer> make_json_tokenizer(std::string_view file, const std::string& source) {
  return Reader(file, source).tokenizer();
}

}  // namespace llama32med
