#include "llama32med/core/config_layers.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"

namespace llama32med {
namespace {

ConfigOrigin from(const std::string& source) {
  return [source](const std::string&) { return source; };
}

TEST(ConfigLayers, LaterValuesReplaceEarlierOnesAndKnowTheirSource) {
  ConfigLayers layers;
  layers.merge("", Json::parse(R"({"train": {"epochs": 3, "seed": 1}, "data": {"names": ["a", "b"]}})"), from("one"));
  layers.merge("", Json::parse(R"({"train": {"seed": 2}, "data": {"names": ["c"]}})"), from("two"));
  layers.set("train.epochs", 5, "three");
  EXPECT_EQ(layers.json().dump(), R"({"train":{"epochs":5,"seed":2},"data":{"names":["c"]}})");
  EXPECT_EQ(layers.origin("train.epochs"), "three");
  EXPECT_EQ(layers.origin("train.seed"), "two");
  EXPECT_EQ(layers.origin("data.names[0]"), "two");
  EXPECT_EQ(layers.origin("train.rate"), "");
}

TEST(ConfigLayers, NullRemovesAValueASectionAndItsSource) {
  ConfigLayers layers;
  layers.merge("", Json::parse(R"({"a": {"b": 1, "c": 2}, "d": {"e": 3}})"), from("one"));
  layers.merge("", Json::parse(R"({"a": {"b": null}, "d": null})"), from("two"));
  EXPECT_EQ(layers.json().dump(), R"({"a":{"c":2}})");
  EXPECT_EQ(layers.origin("a.b"), "");
  EXPECT_EQ(layers.origin("d.e"), "");
  layers.set("a.c", {}, "three");
  layers.set("x.y", {}, "three");
  EXPECT_EQ(layers.json().dump(), R"({"a":{}})");
}

TEST(ConfigLayers, ASectionSetAsAWholeIsTheSourceOfItsValues) {
  ConfigLayers layers;
  layers.merge("", Json::parse(R"({"a": {"b": 1, "c": 2}})"), from("file"));
  layers.set("a", Json::parse(R"({"b": 7})"), "--set a");
  EXPECT_EQ(layers.json().dump(), R"({"a":{"b":7}})");
  EXPECT_EQ(layers.origin("a.b"), "--set a");
  layers.set("a.b", 8, "later");
  EXPECT_EQ(layers.origin("a.b"), "later");
}

TEST(ConfigLayers, KeysWithDotsStayKeys) {
  ConfigLayers layers;
  layers.merge("", Json::parse(R"({"ranks": {"layers.0.q_proj": 4}})"), from("file"));
  layers.merge("", Json::parse(R"({"ranks": {"layers.0.q_proj": 8, "layers.1.q_proj": null}})"), from("more"));
  EXPECT_EQ(layers.json().dump(), R"({"ranks":{"layers.0.q_proj":8}})");
}

TEST(ConfigLayers, SaysWhetherAPathCanHoldAValue) {
  ConfigLayers layers;
  layers.merge("", Json::parse(R"({"a": 5, "b": {"c": 1}})"), from("file"));
  EXPECT_FALSE(layers.can_hold("a.x"));
  EXPECT_TRUE(layers.can_hold("b.x"));
  EXPECT_FALSE(layers.can_hold("b.c.x"));
  EXPECT_TRUE(layers.can_hold("new.x"));
}

TEST(LinesOfKeys, CountsLinesWithCommentsListsAndEscapes) {
  const auto line = lines_of_keys(
      "{ // a comment\n  \"a\": 1,\n /* two\n lines */ \"b\": {\"c\": [\n{\"d\": 1}],\n"
      "  \"e\\\"x\": \"text \\n\"}\n}\n",
      "f.json");
  EXPECT_EQ(line("a"), "f.json:2");
  EXPECT_EQ(line("b"), "f.json:4");
  EXPECT_EQ(line("b.c"), "f.json:4");
  EXPECT_EQ(line("b.e\"x"), "f.json:6");
  EXPECT_EQ(line("nothing"), "f.json");
}

}  // namespace
}  // namespace llama32med
