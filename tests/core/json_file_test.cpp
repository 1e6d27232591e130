#include "llama32med/core/json_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

constexpr auto kData = ErrorKind::kData;

std::string lists(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(JsonFile, ErrorsNameLineAndColumn) {
  EXPECT_ERROR(parse_json("{\n  \"a\": }", "x.json"), kData, "x.json:2:8: not valid JSON: syntax error");
  EXPECT_ERROR(parse_json("", "x.json"), kData, "x.json:1:1: not valid JSON");
  EXPECT_ERROR(parse_json("{\"a\": NaN}", "x.json"), kData, "x.json:1:7: not valid JSON");
  EXPECT_ERROR(parse_json_line("{\"a\": ", "x.jsonl", 12), kData, "x.jsonl:12:");
  EXPECT_ERROR(parse_sorted_json("{\n\"a\"}", "x.json", RepeatedKeys::kKeepLast), kData, "x.json:2:");
}

TEST(JsonFile, NumbersThatNoDoubleHoldsAreNamed) {
  for (const auto* number : {"1e999", "-1e400", "123456789e1000"}) {
    const auto text = fmt::format("{{\"a\": 1,\n \"b\": {}}}", number);
    EXPECT_ERROR(parse_json(text, "x.json"), kData, "x.json:2:7: not valid JSON: number overflow", number);
    EXPECT_ERROR(parse_sorted_json(text, "x.json", RepeatedKeys::kRefuse), kData, "x.json:2:7: not valid JSON", number);
    EXPECT_FALSE(try_parse_json(text));
  }
  EXPECT_EQ(parse_json("[1e-999]", "x.json")[0], 0.0);
}

TEST(JsonFile, NestingIsLimited) {
  EXPECT_NO_THROW(parse_json(lists(500), "x.json"));
  EXPECT_ERROR(parse_json(lists(501), "x.json"), kData, "x.json:1:501: nested more than 500 levels deep");
  EXPECT_ERROR(parse_json("\n" + lists(100'000), "x.json"), kData, "x.json:2:501", "500 levels");
  EXPECT_ERROR(parse_json(lists(6), "x.json", {.depth = 5}), kData, "nested more than 5 levels deep");
  EXPECT_ERROR(parse_sorted_json(lists(501), "x.json", RepeatedKeys::kKeepLast), kData, "500 levels");
  EXPECT_FALSE(try_parse_json(lists(501)));
  std::string objects;
  for (int i = 0; i < 501; ++i) objects += "{\"a\":";
  EXPECT_ERROR(parse_json(objects, "x.json"), kData, "500 levels");
}

TEST(JsonFile, BracketsInStringsAndCommentsDoNotNest) {
  const std::string brackets(1000, '[');
  EXPECT_EQ(parse_json(Json::array({brackets + "\\\""}).dump(), "x.json")[0].get<std::string>().size(), 1002U);
  EXPECT_EQ(parse_json("// " + brackets + "\n[1] /* " + brackets + " */", "x.json"), Json({1}));
  // and a quote in a comment does not hide what follows
  for (const auto* comment : {"// don't say \"\n", "/* 5\" */", "/*/ \" */"})
    EXPECT_ERROR(parse_json(comment + lists(100'000), "x.json"), kData, "500 levels");
}

TEST(JsonFile, TheSizeIsLimited) {
  EXPECT_ERROR(parse_json("[1, 2, 3]", "x.json", {.bytes = 8}), kData, "x.json", "9 bytes; at most 8");
  const test::TempFolder folder;
  std::ofstream(folder / "x.json") << "[]";
  std::filesystem::resize_file(folder / "x.json", std::uintmax_t{1} << 40);  // takes no room on the disk
  EXPECT_ERROR(read_json(folder / "x.json"), kData, "x.json", "1099511627776 bytes", "up to 1073741824");
}

TEST(JsonFile, ObjectsWithManyKeysAreReadWhereTheyAreTrees) {
  std::string text = "{";
  for (int i = 0; i < 50'000; ++i) text += fmt::format("{}\"{}\":0", i > 0 ? "," : "", i);
  text += "}";
  EXPECT_ERROR(parse_json(text, "x.json"), kData, "x.json", "too many keys");
  EXPECT_EQ(parse_sorted_json(text, "x.json", RepeatedKeys::kRefuse).size(), 50'000U);
}

TEST(JsonFile, RepeatedKeysAreRefusedWhereTheyWouldHideAValue) {
  const auto* text = R"({"a": {"x": 1, "b": [{"x": 1}, {"x": 2}]}, "x": 3})";
  EXPECT_EQ(parse_sorted_json(text, "x.json", RepeatedKeys::kRefuse), SortedJson::parse(text));
  EXPECT_ERROR(parse_sorted_json(R"({"a": 1, "a": 2})", "x.json", RepeatedKeys::kRefuse), kData, "x.json",
               "contains the key \"a\" twice");
  EXPECT_ERROR(parse_sorted_json(R"({"a": [{"b": 1, "b": 2}]})", "x.json", RepeatedKeys::kRefuse), kData,
               "\"b\" twice");
  EXPECT_EQ(parse_sorted_json(R"({"a": 1, "a": 2})", "x.json", RepeatedKeys::kKeepLast)["a"], 2);
}

TEST(JsonFile, ExcerptsAreShortAndValidText) {
  EXPECT_EQ(json_excerpt(Json({1, "a"})), "[1,\"a\"]");
  std::string text(198, 'x');
  for (int i = 0; i < 100; ++i) text += "\xC3\xA4";
  EXPECT_EQ(json_excerpt(Json(text)), "\"" + std::string(198, 'x') + " ...");  // not half of a character
  EXPECT_EQ(json_excerpt(Json("\xFF")), "\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace llama32med
