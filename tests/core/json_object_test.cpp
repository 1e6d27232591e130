#include "llama32med/core/json_object.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "support/expect_error.h"

namespace llama32med {
namespace {

constexpr IntegerRange kSize{1, 100};

const Json& sample() {
  static const Json json = parse_json(R"({
    "size": 7, "ratio": 0.5, "tied": true, "act": "gelu", "nothing": null, "stops": [1, 2], "one_stop": 3,
    "shapes": [[1, 2], [2, 1]], "mean": [0.5, 1], "names": ["a", "b"], "text_config": {"size": "7"}})",
                                      "c.json");
  return json;
}

TEST(JsonObject, ReadsEachKind) {
  const JsonObject object(sample(), "c.json");
  EXPECT_EQ(object.integer("size", kSize), 7);
  EXPECT_EQ(object.number("ratio", {}), 0.5);
  EXPECT_EQ(object.number("size", {}), 7);  // whole numbers are numbers
  EXPECT_TRUE(object.flag("tied", false));
  EXPECT_EQ(object.text("act", ""), "gelu");
  EXPECT_EQ(object.integers("stops", kSize), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(object.integers("one_stop", kSize), std::vector<std::int64_t>{3});
  EXPECT_EQ(object.pairs("shapes", kSize), (JsonObject::Pairs{{1, 2}, {2, 1}}));
  EXPECT_EQ(object.numbers("mean", {}), (std::vector<double>{0.5, 1}));
  EXPECT_EQ(object.texts("names"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(object.text_or_list("act", ""), TextOrList("gelu"));
  EXPECT_EQ(object.text_or_list("names", ""), TextOrList(object.texts("names")));
  EXPECT_EQ(object.section("text_config").keys(), std::vector<std::string>{"size"});
}

TEST(JsonObject, NullIsAbsent) {
  const JsonObject object(sample(), "c.json");
  for (const auto* key : {"nothing", "unknown"}) {
    EXPECT_FALSE(object.has(key));
    EXPECT_FALSE(object.find_section(key));
    EXPECT_EQ(object.integer(key, kSize, 5), 5);
    EXPECT_EQ(object.number(key, {}, 1.5), 1.5);
    EXPECT_TRUE(object.flag(key, true));
    EXPECT_EQ(object.text(key, "x"), "x");
    EXPECT_TRUE(object.texts(key).empty());
    object.require_only(key, 3);
    EXPECT_ERROR(object.integer(key, kSize), ErrorKind::kData, "c.json: ", key, "is missing");
  }
}

TEST(JsonObject, ErrorsNameFileSectionKeyAndValue) {
  const JsonObject object(sample(), "c.json");
  const auto kData = ErrorKind::kData;
  EXPECT_ERROR(JsonObject(sample()["stops"], "c.json"), kData, "c.json: must be an object");
  EXPECT_ERROR(object.section("text_config").integer("size", kSize), kData,
               "c.json: text_config: \"size\" must be a whole number from 1 to 100, not \"7\"");
  EXPECT_ERROR(object.section("size"), kData, "c.json: size: must be an object");
  EXPECT_ERROR(object.integer("size", {8, 9}), kData, "from 8 to 9, not 7");
  EXPECT_ERROR(object.integer("ratio", {1}), kData, "a whole number from 1 to 9223372036854775807, not 0.5");
  EXPECT_ERROR(object.number("act", {}), kData, "\"act\" must be a number, not \"gelu\"");
  EXPECT_ERROR(object.flag("size", false), kData, "true or false, not 7");
  EXPECT_ERROR(object.text("size", ""), kData, "\"size\" must be a text");
  EXPECT_ERROR(object.integers("names", kSize), kData, "\"names\" must be a list");
  EXPECT_ERROR(object.integers("stops", {2, 9}), kData, "from 2 to 9");
  EXPECT_ERROR(object.pairs("stops", kSize), kData, "\"stops\" must be a list of pairs", "[1,2]");
  EXPECT_ERROR(object.numbers("names", {}), kData, "a list, each item a number, not [\"a\",\"b\"]");
  EXPECT_ERROR(object.texts("mean"), kData, "a list of texts");
  EXPECT_ERROR(object.require_only("act", "silu"), kData, "\"act\" is \"gelu\", only \"silu\" is supported");
  EXPECT_ERROR(object.fail("{} and {}", 1, 2), kData, "c.json: 1 and 2");
}

TEST(JsonObject, IntegersOutsideOfTheirTypeAreRefused) {
  const auto json = parse_json(R"({"huge": 18446744073709551615, "whole": 7.0})", "c.json");
  const JsonObject object(json, "c.json");
  EXPECT_ERROR(object.integer("huge", {}), ErrorKind::kData, "must be a whole number, not 18446744073709551615");
  EXPECT_ERROR(object.integer("whole", {}), ErrorKind::kData, "not 7.0");
}

TEST(JsonObject, RangesNameTheirTrueLimits) {
  const Json json = {{"size", 1099511627776}, {"huge", UINT64_MAX}, {"eps", -1.5}, {"whole", 2}, {"mean", {0.5, 7}}};
  const JsonObject object(json, "c.json");
  EXPECT_ERROR(object.integer("size", {1, 131072}), ErrorKind::kData,
               "\"size\" must be a whole number from 1 to 131072, not 1099511627776");
  EXPECT_ERROR(object.integer("huge", {0}), ErrorKind::kData,
               "from 0 to 9223372036854775807, not 18446744073709551615");
  EXPECT_EQ(object.seed("huge", 0), UINT64_MAX);
  EXPECT_EQ(object.seed("absent", 7), 7U);
  EXPECT_ERROR(object.seed("eps", 0), ErrorKind::kData, "from 0 to 18446744073709551615, not -1.5");
  EXPECT_ERROR(object.number("eps", {1e-12, 1}), ErrorKind::kData,
               "\"eps\" must be a number from 1e-12 to 1, not -1.5");
  EXPECT_EQ(object.number("whole", {1, 2}), 2);
  EXPECT_ERROR(object.numbers("mean", {0, 1}), ErrorKind::kData, "each item a number from 0 to 1", "[0.5,7]");
}

TEST(JsonObject, ListsOfObjectsNameTheirEntries) {
  const Json json = {{"items", {{{"id", "a"}}, {{"id", 5}}}}, {"mixed", {1}}, {"text", "x"}};
  const JsonObject object(json, "c.json");
  const auto items = object.objects("items");
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].text("id"), "a");
  EXPECT_ERROR(items[1].text("id"), ErrorKind::kData, "c.json: items[1]: \"id\" must be a text, not 5");
  EXPECT_ERROR(items[0].flag("done"), ErrorKind::kData, "items[0]: \"done\" is missing");
  EXPECT_ERROR(object.objects("mixed"), ErrorKind::kData, "c.json: mixed[0]: must be an object");
  EXPECT_ERROR(object.objects("text"), ErrorKind::kData, "\"text\" must be a list");
  EXPECT_TRUE(object.objects("absent").empty());
}

TEST(JsonObject, APathLeadsToAValueOrNowhere) {
  const Json json = {{"a", {{"b", 5}}}, {"c", 1}};
  EXPECT_EQ(*json_at(json, {"a", "b"}), 5);
  EXPECT_EQ(json_at(json, {"a", "x"}), nullptr);
  EXPECT_EQ(json_at(json, {"c", "b"}), nullptr);
  EXPECT_EQ(json_at(Json({1}), {"a"}), nullptr);
}

}  // namespace
}  // namespace llama32med
