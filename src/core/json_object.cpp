#include "llama32med/core/json_object.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "llama32med/core/json_file.h"

namespace llama32med {
namespace {

constexpr IntegerRange kAny;

std::string text_of(IntegerRange range) {
  if (range.lowest == kAny.lowest && range.highest == kAny.highest) return "a whole number";
  return fmt::format("a whole number from {} to {}", range.lowest, range.highest);
}

std::string text_of(NumberRange range) {
  constexpr NumberRange kAnyNumber;
  if (range.lowest == kAnyNumber.lowest && range.highest == kAnyNumber.highest) return "a number";
  return fmt::format("a number from {} to {}", range.lowest, range.highest);
}

bool is_number(const Json& value, NumberRange range) {
  return value.is_number() && range.lowest <= value.get<double>() && value.get<double>() <= range.highest;
}

bool is_integer(const Json& value, IntegerRange range) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(kAny.highest)) return false;
  const auto number = value.get<std::int64_t>();
  return range.lowest <= number && number <= range.highest;
}

template <class Test>
bool is_list_of(const Json& value, Test test) {
  return value.is_array() && std::all_of(value.begin(), value.end(), test);
}

}  // namespace

JsonObject::JsonObject(const Json& json, std::string where) : json_(&json), where_(std::move(where)) {
  if (!json.is_object()) fail("must be an object {{..}}");
}

const Json* JsonObject::find(const char* key) const {
  const auto found = json_->find(key);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

const Json& JsonObject::require(const char* key) const {
  if (const auto* value = find(key)) return *value;
  fail("\"{}\" is missing", key);
}

std::vector<std::string> JsonObject::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json_->items()) keys.push_back(key);
  return keys;
}

JsonObject JsonObject::section(const char* key) const { return {require(key), where_ + ": " + key}; }

std::optional<JsonObject> JsonObject::find_section(const char* key) const {
  return has(key) ? std::optional(section(key)) : std::nullopt;
}

std::int64_t JsonObject::integer(const char* key, IntegerRange range) const {
  const auto& value = require(key);
  if (!is_integer(value, range)) refuse(key, text_of(range));
  return value.get<std::int64_t>();
}

std::int64_t JsonObject::integer(const char* key, IntegerRange range, std::int64_t absent) const {
  return has(key) ? integer(key, range) : absent;
}

std::uint64_t JsonObject::seed(const char* key, std::uint64_t absent) const {
  const auto* value = find(key);
  if (value && !value->is_number_unsigned()) refuse(key, fmt::format("a whole number from 0 to {}", UINT64_MAX));
  return value ? value->get<std::uint64_t>() : absent;
}

double JsonObject::number(const char* key, NumberRange range) const {
  const auto& value = require(key);
  if (!is_number(value, range)) refuse(key, text_of(range));
  return value.get<double>();
}

double JsonObject::number(const char* key, NumberRange range, double absent) const {
  return has(key) ? number(key, range) : absent;
}

bool JsonObject::flag(const char* key) const {
  require(key);
  return flag(key, false);
}

bool JsonObject::flag(const char* key, bool absent) const {
  const auto* value = find(key);
  if (value && !value->is_boolean()) refuse(key, "true or false");
  return value ? value->get<bool>() : absent;
}

std::string JsonObject::text(const char* key) const {
  require(key);
  return text(key, "");
}

std::string JsonObject::text(const char* key, const std::string& absent) const {
  const auto* value = find(key);
  if (value && !value->is_string()) refuse(key, "a text");
  return value ? value->get<std::string>() : absent;
}

std::vector<std::int64_t> JsonObject::integers(const char* key, IntegerRange range) const {
  const auto& value = require(key);
  if (is_integer(value, range)) return {value.get<std::int64_t>()};
  if (!is_list_of(value, [&](const Json& item) { return is_integer(item, range); }))
    refuse(key, "a list, each item " + text_of(range));
  return value.get<std::vector<std::int64_t>>();
}

JsonObject::Pairs JsonObject::pairs(const char* key, IntegerRange range) const {
  const auto& value = require(key);
  const auto is_pair = [&](const Json& item) {
    return item.size() == 2 && is_list_of(item, [&](const Json& side) { return is_integer(side, range); });
  };
  if (!is_list_of(value, is_pair)) refuse(key, "a list of pairs, each number " + text_of(range));
  return value.get<Pairs>();
}

std::vector<double> JsonObject::numbers(const char* key, NumberRange range) const {
  const auto& value = require(key);
  if (!is_list_of(value, [&](const Json& item) { return is_number(item, range); }))
    refuse(key, "a list, each item " + text_of(range));
  return value.get<std::vector<double>>();
}

std::vector<std::string> JsonObject::texts(const char* key) const {
  const auto* value = find(key);
  if (!value) return {};
  if (!is_list_of(*value, [](const Json& item) { return item.is_string(); })) refuse(key, "a list of texts");
  return value->get<std::vector<std::string>>();
}

std::vector<JsonObject> JsonObject::objects(const char* key) const {
  const auto* value = find(key);
  if (value && !value->is_array()) refuse(key, "a list");
  std::vector<JsonObject> objects;
  for (std::size_t i = 0; value && i < value->size(); ++i)
    objects.emplace_back((*value)[i], fmt::format("{}: {}[{}]", where_, key, i));
  return objects;
}

TextOrList JsonObject::text_or_list(const char* key, const TextOrList& absent) const {
  if (!has(key)) return absent;
  if (require(key).is_string()) return text(key, "");
  return texts(key);
}

void JsonObject::require_only(const char* key, const Json& supported) const {
  const auto* value = find(key);
  if (value && *value != supported)
    fail("\"{}\" is {}, only {} is supported", key, json_excerpt(*value), json_excerpt(supported));
}

void JsonObject::refuse(const char* key, const std::string& wanted) const {
  const auto* value = find(key);
  fail("\"{}\" must be {}, not {}", key, wanted, value ? json_excerpt(*value) : "absent");
}

const Json* json_at(const Json& json, std::initializer_list<const char*> keys) {
  const auto* here = &json;
  for (const auto* key : keys) {
    const auto found = here->find(key);
    if (found == here->end()) return nullptr;
    here = &*found;
  }
  return here;
}

}  // namespace llama32med
