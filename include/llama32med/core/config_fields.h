// A config struct describes itself once; that drives reading, checking, dumping and the reference page.
//
//   struct SamplerConfig {
//     double temperature = 0.0;
//     Device device = Device::kAuto;                              // an enum with names_of(Device), see below
//     static void describe(auto& c, auto&& field) {
//       field("temperature", c.temperature, "0 picks the most likely token", InRange{0.0, 10.0});
//       field("device", c.device, "where to compute");
//       field("threads", c.threads, "CPU threads; 0: all cores", Effort{});
//     }
//   };
//   constexpr auto names_of(Device) { return std::array{Named{"auto", Device::kAuto}, Named{"cpu", Device::kCpu}}; }
//
// Field types: bool, std::int64_t, double, std::string, std::filesystem::path, enums with names, std::optional,
// std::vector and std::map (keys are text) of these, TextOrList, and other described structs.
#pragma once
#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};
template <class Value>
Named(const char*, Value) -> Named<Value>;

using TextOrList = std::variant<std::string, std::vector<std::string>>;

// Where the value at a dotted path comes from, such as "run.json:12"; "" for a default.
using ConfigOrigin = std::function<std::string(const std::string& path)>;

// ---- rules for a field: each returns what is wrong with a value, or "" ---------------------------------------------

struct InRange {
  double low, high;  // inclusive
  template <class Number>
  std::string complain(const Number& value) const {
    const auto number = static_cast<double>(value);
    return number >= low && number <= high ? "" : fmt::format("must be {} to {}, not {}", low, high, value);
  }
};

struct ZeroOrInRange {  // 0 has a meaning of its own
  double low, high;
  std::string complain(double value) const {
    return value == 0 || (value >= low && value <= high)
               ? ""
               : fmt::format("must be 0, or {} to {}, not {}", low, high, value);
  }
};

struct NotEmpty {
  template <class Text>
  std::string complain(const Text& value) const {
    if constexpr (std::is_same_v<Text, TextOrList>)
      return std::visit([](const auto& held) { return held.empty(); }, value) ? "must not be empty" : "";
    else
      return value.empty() ? "must not be empty" : "";
  }
};

// Marks a field that changes how long a run takes, never what comes out of it. Every other field is a part of the run's
// identity (identity_of in config_json.h): a folder made with another value of it holds another run.
struct Effort {
  template <class Value>
  std::string complain(const Value& /*value*/) const {
    return "";
  }
};

template <class... Rules>
inline constexpr bool kDecidesResults = !(std::is_same_v<Rules, Effort> || ...);

// ---- enums ---------------------------------------------------------------------------------------------------------

template <class Enum>
std::vector<std::string> enum_names() {
  std::vector<std::string> names;
  for (const auto& entry : names_of(Enum{})) names.emplace_back(entry.name);
  return names;
}

template <class Enum>
std::optional<Enum> enum_from_name(std::string_view name) {
  for (const auto& entry : names_of(Enum{}))
    if (entry.name == name) return entry.value;
  return std::nullopt;
}

template <class Enum>
std::string enum_name(Enum value) {
  for (const auto& entry : names_of(Enum{}))
    if (entry.value == value) return std::string(entry.name);
  return "?";
}

// Throws Error{kUsage} that lists the known names.
template <class Enum>
Enum parse_enum(std::string_view what, std::string_view name) {
  if (const auto value = enum_from_name<Enum>(name)) return *value;
  const auto names = enum_names<Enum>();
  throw usage_error("{}: \"{}\" is not known{}; known are {}", what, name, did_you_mean(name, names),
                    join(names, ", "));
}

// ---- described structs ---------------------------------------------------------------------------------------------

namespace detail {
struct AnyField {
  template <class... Rules>
  void operator()(const char*, auto&, const char*, const Rules&...) const {}
};
}  // namespace detail

template <class T>
concept Described = requires(T& value) {
  T::describe(value, detail::AnyField{});
};

template <class T>
struct IsOptional : std::false_type {
  using Inner = void;
};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {
  using Inner = T;
};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

}  // namespace llama32med
