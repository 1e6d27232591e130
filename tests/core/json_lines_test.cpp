#include "llama32med/core/json_lines.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

TEST(JsonLines, PassesValuesWithTheirLocation) {
  const test::TempFolder folder;
  write_file(folder / "a.jsonl", "\xEF\xBB\xBF{\"x\": 1}\r\n\n  {\"x\": \"line \xE2\x80\xA8 separator\"}");
  std::vector<std::string> seen;
  for_each_json_line(folder / "a.jsonl", [&](const Json& object, const std::string& where) {
    seen.push_back(object["x"].dump() + " at " + where.substr(where.rfind('/') + 1));
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"1 at a.jsonl:1", "\"line \xE2\x80\xA8 separator\" at a.jsonl:3"}));
}

TEST(JsonLines, BrokenLinesAreNamed) {
  const test::TempFolder folder;
  const auto read = [&] { for_each_json_line(folder / "a.jsonl", [](const Json&, const std::string&) {}); };
  write_file(folder / "a.jsonl", "{}\n{\"x\": \n");
  EXPECT_ERROR(read(), ErrorKind::kData, "a.jsonl:2:", "not valid JSON");
}

std::vector<std::string> items_of(const std::string& text) {
  std::vector<std::string> seen;
  for_each_json_item(text, "a.json", [&](const Json& value, const std::string& where) {
    seen.push_back(value.dump() + " " + where.substr(where.find(':')));
  });
  return seen;
}

TEST(JsonItems, ListsAndValuesOneAfterTheOther) {
  using Items = std::vector<std::string>;
  EXPECT_EQ(items_of("[{\"a\": \"]}\\\"\"},\n [1, [2]], 3 ,\"x\"]\n"),
            (Items{R"({"a":"]}\""} :1)", "[1,[2]] :2", "3 :2", "\"x\" :2"}));
  EXPECT_EQ(items_of("{\"a\":\n1}\n\n{}\r\n"), (Items{"{\"a\":1} :1", "{} :4"}));
  EXPECT_EQ(items_of(" [ ] "), Items{});
  EXPECT_EQ(items_of(""), Items{});
}

TEST(JsonItems, WhatIsNotValidIsNamedWithItsLine) {
  for (const char* text : {"[{}\n{}]", "[{}", "[{},", "[", "[{}] {}", "[1,,2]", "[1,]", "{\"a\": 1", "}", "[\"x]"})
    EXPECT_ERROR(items_of(text), ErrorKind::kData, "a.json:");
  EXPECT_ERROR(items_of("[1,\n2\n3]"), ErrorKind::kData, "a.json:3:", "comma");
}

}  // namespace
}  // namespace llama32med
