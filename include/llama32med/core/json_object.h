// Strict reading of JSON that other tools wrote: one object, key by key. Every error names the file, the section, the
// key and the value. Unknown keys are ignored, a key that is null counts as absent. (Our own configs: config_json.h.)
//
//   const Json json = read_json(path);
//   const JsonObject config(json, path);
//   const auto text = config.section("text_config");
//   const auto heads = text.integer("num_attention_heads", {1, 4096});
//   const auto kv_heads = text.integer("num_key_value_heads", {1, 4096}, heads);   // absent: as many as heads
//
//   config.json: text_config: "num_attention_heads" must be a whole number from 1 to 4096, not "8"
#pragma once
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/core/error.h"
#include "llama32med/core/json_fwd.h"

namespace llama32med {

struct IntegerRange {
  std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  std::int64_t highest = std::numeric_limits<std::int64_t>::max();
};

struct NumberRange {  // inclusive
  double lowest = std::numeric_limits<double>::lowest();
  double highest = std::numeric_limits<double>::max();
};

// Borrows the JSON, which must outlive it. All members throw Error{kData}.
class JsonObject {
 public:
  using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

  JsonObject(const Json& json, std::string where);  // throws unless `json` is an object
  JsonObject(const Json&& json, std::string where) = delete;

  bool has(const char* key) const { return find(key) != nullptr; }
  const Json* find(const char* key) const;     // null: absent
  const Json& require(const char* key) const;  // throws where it is absent
  std::vector<std::string> keys() const;
  const std::string& where() const { return where_; }

  JsonObject section(const char* key) const;
  std::optional<JsonObject> find_section(const char* key) const;

  std::int64_t integer(const char* key, IntegerRange range) const;
  std::int64_t integer(const char* key, IntegerRange range, std::int64_t absent) const;
  std::uint64_t seed(const char* key, std::uint64_t absent) const;  // any whole number of 64 bits without a sign
  double number(const char* key, NumberRange range) const;
  double number(const char* key, NumberRange range, double absent) const;
  bool flag(const char* key) const;
  bool flag(const char* key, bool absent) const;
  std::string text(const char* key) const;
  std::string text(const char* key, const std::string& absent) const;

  std::vector<std::int64_t> integers(const char* key, IntegerRange range) const;  // a list, or one number
  Pairs pairs(const char* key, IntegerRange range) const;                         // [[1, 2], ..]
  std::vector<double> numbers(const char* key, NumberRange range) const;
  std::vector<std::string> texts(const char* key) const;   // absent: empty
  std::vector<JsonObject> objects(const char* key) const;  // absent: empty
  TextOrList text_or_list(const char* key, const TextOrList& absent) const;

  // Throws where the key is neither absent nor `supported`.
  void require_only(const char* key, const Json& supported) const;

  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> what, Args&&... args) const {
    throw data_error("{}: {}", where_, fmt::format(what, std::forward<Args>(args)...));
  }
  [[noreturn]] void refuse(const char* key, const std::string& wanted) const;  // "<key>" must be <wanted>, not <value>

 private:
  const Json* json_;
  std::string where_;
};

// The value at a path of keys, for what may be absent; null where a step is absent or is not an object.
const Json* json_at(const Json& json, std::initializer_list<const char*> keys);

}  // namespace llama32med
