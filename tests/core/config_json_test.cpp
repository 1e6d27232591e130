#include "llama32med/core/config_json.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace llama32med {
namespace {

enum class Color { kRed, kBlue };
constexpr auto names_of(Color) { return std::array{Named{"red", Color::kRed}, Named{"blue", Color::kBlue}}; }

struct Inner {
  std::int64_t rank = 8;
  std::vector<std::string> names = {"a"};
  static void describe(auto& c, auto&& field) {
    field("rank", c.rank, "inner size", InRange{1, 64});
    field("names", c.names, "which");
  }
};

struct Outer {
  double rate = 0.5;
  Color color = Color::kRed;
  std::optional<std::int64_t> limit;
  Inner inner;
  static void describe(auto& c, auto&& field) {
    field("rate", c.rate, "speed", InRange{0, 1});
    field("color", c.color, "look");
    field("limit", c.limit, "most", InRange{1, 10});
    field("inner", c.inner, "part");
  }
};

struct Timed {
  std::int64_t threads = 4, steps = 10;
  std::optional<Inner> inner = Inner{};
  static void describe(auto& c, auto&& field) {
    field("threads", c.threads, "CPU threads", InRange{0, 64}, Effort{});
    field("steps", c.steps, "how many", InRange{0, 100});
    field("inner", c.inner, "part");
  }
};

struct Mapped {
  std::map<std::string, std::int64_t> ranks;
  double rate = 0.5;
  static void describe(auto& c, auto&& field) {
    field("ranks", c.ranks, "by name", InRange{1, 9});
    field("rate", c.rate, "0: none", ZeroOrInRange{0.1, 1});
  }
};

struct TwoSections {
  Timed first, second;
  Outer third;
  static void describe(auto& c, auto&& field) {
    field("first", c.first, "one");
    field("second", c.second, "two");
    field("third", c.third, "three");
  }
};

TEST(ConfigJson, TheIdentityLeavesOutWhatOnlyCostsTime) {
  const Timed config;
  EXPECT_EQ(identity_of(config).dump(), R"({"steps":10,"inner":{"rank":8,"names":["a"]}})");
  EXPECT_EQ(identity_of(config), identity_of(Timed{.threads = 9}));
  EXPECT_NE(identity_of(config), identity_of(Timed{.steps = 9}));
  EXPECT_NE(identity_of(config), identity_of(Timed{.inner = Inner{.rank = 9}}))
      << "a field is a part unless it says no";
  EXPECT_EQ(write_config(config)["threads"], 4);
}

TEST(ConfigJson, TheIdentityOfSomeSectionsIsBlindToTheOthers) {
  TwoSections config;
  const auto before = identity_of(config, {"third", "first"});
  EXPECT_EQ(before.size(), 2U);
  EXPECT_EQ(before["first"], identity_of(config.first));
  EXPECT_EQ(before["third"], identity_of(config.third));
  config.second.steps = 1, config.first.threads = 1;
  EXPECT_EQ(identity_of(config, {"third", "first"}), before);
  config.third.rate = 1;
  EXPECT_NE(identity_of(config, {"third", "first"}), before);
}

TEST(ConfigJson, EffortKeepsTheOtherRules) {
  Timed config;
  EXPECT_ERROR(read_config(parse_json(R"({"threads": 65})", "t"), config, "t"), ErrorKind::kUsage,
               "threads: must be 0 to 64, not 65");
}

TEST(ConfigJson, ReadsWhatItWrites) {
  Outer config;
  read_config(parse_json(R"({"rate": 1, "color": "blue", "limit": 3, "inner": {"rank": 4, "names": []}} // why)", "t"),
              config, "t");
  EXPECT_EQ(config.rate, 1.0);
  EXPECT_EQ(config.color, Color::kBlue);
  EXPECT_EQ(config.limit, 3);
  Outer again;
  read_config(write_config(config), again, "t");
  EXPECT_EQ(write_config(again).dump(), write_config(config).dump());
  EXPECT_EQ(write_config(Outer{})["limit"], Json());
}

struct Collections {
  TextOrList targets = "all-linear";
  std::map<std::string, std::int64_t> ranks;
  std::optional<Inner> inner;
  static void describe(auto& c, auto&& field) {
    field("targets", c.targets, "a string or a list", NotEmpty{});
    field("ranks", c.ranks, "by name");
    field("inner", c.inner, "or none");
  }
};

TEST(ConfigJson, ReadsMapsAndTextsOrLists) {
  Collections config;
  read_config(parse_json(R"({"targets": ["q_proj", "v_proj"], "ranks": {"fc1": 4}, "inner": {"rank": 2}})", "t"),
              config, "t");
  EXPECT_EQ(std::get<std::vector<std::string>>(config.targets).size(), 2u);
  EXPECT_EQ(config.ranks.at("fc1"), 4);
  EXPECT_EQ(config.inner->rank, 2);
  EXPECT_EQ(write_config(config).dump(),
            R"({"targets":["q_proj","v_proj"],"ranks":{"fc1":4},"inner":{"rank":2,"names":["a"]}})");
  read_config(parse_json(R"({"targets": ".*_proj", "inner": null})", "t"), config, "t");
  EXPECT_EQ(std::get<std::string>(config.targets), ".*_proj");
  EXPECT_FALSE(config.inner.has_value());
  EXPECT_ERROR(read_config(parse_json(R"({"targets": 1, "ranks": {"fc1": "x"}})", "t"), config, "t"), ErrorKind::kUsage,
               "targets: must be a string or a list", "ranks.fc1: must be a whole number");
}

TEST(ConfigJson, ListsTheFieldsOfAnOptionalSection) {
  const auto fields = list_config(Collections{});
  EXPECT_EQ(fields.back().path, "inner.names");
}

TEST(ConfigJson, ListsTypesDefaultsAndSections) {
  const auto fields = list_config(Outer{});
  ASSERT_EQ(fields.size(), 6u);
  EXPECT_EQ(fields[0].type, "NUMBER");
  EXPECT_EQ(fields[1].type, "{red,blue}");
  EXPECT_EQ(fields[1].value, "\"red\"");
  EXPECT_EQ(fields[2].type, "INT");
  EXPECT_EQ(fields[2].value, "null");
  EXPECT_EQ(fields[3].path, "inner");
  EXPECT_EQ(fields[3].type, "");
  EXPECT_EQ(fields[3].help, "part");
  EXPECT_EQ(fields[5].type, "[TEXT]");
  EXPECT_EQ(list_config(Collections{})[0].type, "TEXT or [TEXT]");
  EXPECT_EQ(list_config(Collections{})[1].type, "{NAME: INT}");
}

TEST(ConfigJson, AbsentKeysKeepTheirValue) {
  Outer config;
  read_config(parse_json(R"({"inner": {}})", "t"), config, "t");
  EXPECT_EQ(config.inner.rank, 8);
}

TEST(ConfigJson, AllProblemsAreReportedAtOnceWithDottedPaths) {
  Outer config;
  EXPECT_ERROR(
      read_config(parse_json(R"({"rat": 1, "color": "green", "limit": 11, "inner": {"rank": 0.5, "names": [1]}})", "t"),
                  config, "run.json"),
      ErrorKind::kUsage, "run.json", "rat: unknown key (did you mean \"rate\"?)",
      "color: \"green\" is not one of red, blue", "limit: must be 1 to 10, not 11",
      "inner.rank: must be a whole number, not 0.5", "inner.names[0]: must be text");
}

TEST(ConfigJson, InvalidJsonIsReportedWithItsPosition) {
  EXPECT_ERROR(parse_json("{\n \"a\": ,\n}", "x.json"), ErrorKind::kData, "x.json:2:", "syntax error");
}

TEST(ConfigJson, AnAssignmentIsJsonOrElseText) {
  const auto value = [](const std::string& text) { return parse_assignment(text).value; };
  EXPECT_EQ(parse_assignment("a.b=3").path, "a.b");
  EXPECT_EQ(value("a.b=3"), 3);
  EXPECT_EQ(value("a=text with = mark"), "text with = mark");
  EXPECT_EQ(value("list=[1, 2]"), Json::parse("[1, 2]"));
  EXPECT_ERROR(parse_assignment("novalue"), ErrorKind::kUsage, "section.name=value");
}

TEST(ConfigJson, EachProblemNamesItsSourceOnce) {
  Outer config;
  const auto origin = [](const std::string& path) { return path == "rate" ? "a.json:3" : "--set limit=11"; };
  EXPECT_ERROR(read_config(parse_json(R"({"rate": "x", "limit": 11, "inner": {"limit": 11}})", "t"), config,
                           ConfigOrigin(origin)),
               ErrorKind::kUsage, "a.json:3: rate: must be a number", "--set limit=11: limit: must be 1 to 10, not 11");
}

TEST(ConfigJson, UnknownKeysSuggestTheWholePath) {
  const std::vector<std::string> known = {"tune.vision.learning_rate",
                                          "train.learning_rate",
                                          "stage1.train.learning_rate",
                                          "train.seed",
                                          "generate.seed",
                                          "data.limit"};
  const auto message = [&](const std::string& path, std::vector<std::string> siblings) -> std::string {
    try {
      refuse_problems(
          {{path, "unknown key", std::move(siblings)}}, [](const std::string&) { return ""; }, known);
    } catch (const Error& error) {
      return error.what();
    }
  };
  const std::string key = ": unknown key";
  EXPECT_EQ(message("learning_rate", {"train"}), "learning_rate" + key +
                                                     " (did you mean \"train.learning_rate\" or "
                                                     "\"tune.vision.learning_rate\"?)");
  EXPECT_EQ(message("train.lr", {"seed"}), "train.lr" + key + " (did you mean \"train.learning_rate\"?)");
  EXPECT_EQ(message("stage1.lr", {"train"}), "stage1.lr" + key + " (did you mean \"stage1.train.learning_rate\"?)");
  EXPECT_EQ(message("seed", {"train"}), "seed" + key + " (did you mean \"train.seed\" or \"generate.seed\"?)");
  EXPECT_EQ(message("data.limt", {"limit"}), "data.limt" + key + " (did you mean \"data.limit\"?)");
  EXPECT_EQ(message("data.limi", {"x"}), "data.limi" + key + " (did you mean \"data.limit\"?)");
  EXPECT_EQ(message("zzzzzzzzz", {"train"}), "zzzzzzzzz" + key);
}

TEST(ConfigJson, WholeNumbersBeyondTheirTypeAreRefused) {
  const auto read = [](const std::string& value) {
    Timed config;
    read_config(parse_json("{\"steps\": " + value + "}", "x.json"), config, "x.json");
    return config.steps;
  };
  EXPECT_EQ(read("8e0"), 8);
  EXPECT_ERROR(read("18446744073709551615"), ErrorKind::kUsage, "steps",
               "to 9223372036854775807, not 18446744073709551615");
  EXPECT_ERROR(read("1e300"), ErrorKind::kUsage, "steps", "to 9223372036854775807, not 1e+300");
  EXPECT_ERROR(read("0.5"), ErrorKind::kUsage, "steps: must be a whole number, not 0.5");
  EXPECT_ERROR(read("1099511627776"), ErrorKind::kUsage, "steps: must be 0 to 100, not 1099511627776");
}

TEST(ConfigJson, ARangeHoldsForEachValueOfAMap) {
  Mapped config;
  read_config(parse_json(R"({"ranks": {"a": 3}, "rate": 0})", "x.json"), config, "x.json");
  EXPECT_ERROR(read_config(parse_json(R"({"ranks": {"a": 3, "b": 0}, "rate": 1e-9})", "x.json"), config, "x.json"),
               ErrorKind::kUsage, "ranks.b: must be 1 to 9, not 0", "rate: must be 0, or 0.1 to 1, not 1e-09");
}

TEST(ConfigJson, APathOfManySectionsIsRefused) {
  std::string path = "a";
  for (int i = 0; i < 100'000; ++i) path += ".a";
  EXPECT_ERROR(parse_assignment(path + "=1"), ErrorKind::kUsage, "--set a.a.a", "more than 32 sections");
  EXPECT_EQ(parse_assignment("a=" + std::string(100'000, '[')).value.get<std::string>().size(), 100'000U);
}

}  // namespace
}  // namespace llama32med
