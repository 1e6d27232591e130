#include "peft/name_pattern.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace llama32med {
namespace {

const PatternOrigin kConfig{"target_modules"};

const std::array<std::string, 4> kNames = {"language_model.model.layers.1.cross_attn.q_proj",
                                           "vision_model.transformer.layers.10.self_attn.q_proj",
                                           "multi_modal_projector", "language_model.model.layers.0.mlp.up_proj"};

// What Python 3.11 says for each of the names: y matches, n does not, - rejects the expression.
struct PythonSays {
  const char* pattern;
  const char* whole;   // re.fullmatch(pattern, name)
  const char* ending;  // re.match(rf"(.*\.)?({pattern})$", name)
};
constexpr PythonSays kPython[] = {
    {R"re(q_proj)re", "nnnn", "yynn"},
    {R"re(.*q_proj)re", "yynn", "yynn"},
    {R"re((?i).*Q_PROJ)re", "yynn", "----"},
    {R"re(.*(?i:Q)_proj)re", "yynn", "yynn"},
    {R"re((?s).*\.(?P<kind>q|v)_proj)re", "yynn", "----"},
    {R"re(.*(?P<a>l).*(?P=a)ayers.*)re", "yyny", "yyny"},
    {R"re(.*\Z)re", "yyyy", "yyyy"},
    {R"re(\A.*_proj\Z)re", "yyny", "yyny"},
    {R"re(.*q_proj$)re", "yynn", "yynn"},
    {R"re(^vision.*)re", "nynn", "nynn"},
    {R"re(.*layers\.\d{1,}\..*)re", "yyny", "yyny"},
    {R"re(.*layers\.\d{,1}\..*)re", "ynny", "ynny"},
    {R"re(.*layers\.\d{2}\..*)re", "nynn", "nynn"},
    {R"re(.*layers\.[0-9]+?\..*)re", "yyny", "yyny"},
    {R"re(.*+_proj)re", "nnnn", "nnnn"},
    {R"re((?>.*)_proj)re", "nnnn", "nnnn"},
    {R"re([a-z_]++\..*)re", "yyny", "yyny"},
    {R"re(.*(?<=cross_)attn.*)re", "ynnn", "ynnn"},
    {R"re(.*(?<!cross_)attn\..*)re", "nynn", "nynn"},
    {R"re((?!.*vision).*proj)re", "ynny", "yyny"},
    {R"re(.*\blayers\b.*)re", "yyny", "yyny"},
    {R"re(.*[[:alpha:]])re", "nnnn", "nnnn"},
    {R"re(.*[[:alpha:]_]+)re", "nnnn", "nnnn"},
    {R"re([]a-z_]+)re", "nnyn", "yyyy"},
    {R"re([^]\W]+)re", "nnyn", "yyyy"},
    {R"re(.*\x70roj)re", "yyny", "yyny"},
    {R"re(.*\u0070roj)re", "yyny", "yyny"},
    {R"re((?x) .* q _ proj  # any)re", "yynn", "----"},
    {R"re(.*(?#any)proj)re", "yyny", "yyny"},
    {R"re((m)?.*(?(1)ctor|proj))re", "yyyy", "yyny"},
    {R"re((?P<m>m)?.*(?(m)ctor|proj))re", "yyyy", "yyyy"},
    {R"re(.*(l)ayers.*\1.*)re", "nyny", "nnnn"},
    {R"re(.*\160roj)re", "yyny", "yyny"},
    {R"re(.*\056q_proj)re", "yynn", "yynn"},
    {R"re([\056\w]+)re", "yyyy", "yyyy"},
    {R"re(.*{q_proj)re", "nnnn", "nnnn"},
    {R"re(.*q{0}q_proj)re", "yynn", "yynn"},
    {R"re(\w+(\.\w+)*)re", "yyyy", "yyyy"},
    {R"re((\w+\.){5}\w+)re", "yyny", "yyny"},
    {R"re(.*(self|cross)_attn\.(q|v)_proj|multi.*)re", "yyyn", "yyyn"},
    {R"re(language_model.*|vision_model.*)re", "yyny", "yyny"},
    {R"re()re", "nnnn", "nnnn"},
    {R"re(.*\.)re", "nnnn", "nnnn"},
    {R"re((?a)\w+)re", "nnyn", "----"},
    {R"re((?ims).*PROJ)re", "yyny", "----"},
    {R"re([\w.]*\v?)re", "yyyy", "yyyy"},
    {R"re(.*[\b.]q_proj)re", "yynn", "yynn"},
    {R"re(mlp\.up_proj)re", "nnnn", "nnny"},
    {R"re((mlp|cross_attn)\.(up|q)_proj)re", "nnnn", "ynny"},
    {R"re(attn.*)re", "nnnn", "nnnn"},
    {R"re(layers.1.*)re", "nnnn", "yynn"},
    {R"re(up_proj|q_proj)re", "nnnn", "yyny"},
    {R"re(up_proj)|(q_proj)re", "----", "nnny"},
    {R"re($|.*)re", "yyyy", "yyyy"},
    {R"re(^q_proj)re", "nnnn", "nnnn"},
    {R"re(^(language_model)?.*q_proj)re", "yynn", "yynn"},
    {R"re((?:.*\.)?q_proj)re", "yynn", "yynn"},
    {R"re(\d+\..*)re", "nnnn", "yyny"},
    {R"re([^.]+_proj)re", "nnnn", "yyny"},
    {R"re(.*(?-i:q)_proj)re", "yynn", "yynn"},
    {R"re((?i:.*(?-i:Q)_proj))re", "nnnn", "nnnn"},
    {R"re(.*\_proj)re", "yyny", "yyny"},
    {R"re(.*\-?_proj)re", "yyny", "yyny"},
    {R"re(.*_proj{1})re", "yyny", "yyny"},
    {R"re(.*_proj{1,}+)re", "yyny", "yyny"},
    {R"re((.*)_proj\Z)re", "yyny", "yyny"},
    {R"re(é?.*q_proj)re", "yynn", "yynn"},
    {R"re(.*q_proj|\u00e9)re", "yynn", "yynn"},
};

std::string answers(const char* pattern, PatternUse use) {
  std::string answers;
  for (const auto& name : kNames) try {
      answers += NamePattern(pattern, use, kConfig).matches(name) ? 'y' : 'n';
    } catch (const Error&) {
      answers += '-';
    }
  return answers;
}

TEST(NamePattern, MatchesAsPythonDoes) {
  for (const auto& [pattern, whole, ending] : kPython) {
    EXPECT_EQ(answers(pattern, PatternUse::kWholeName), whole) << pattern;
    EXPECT_EQ(answers(pattern, PatternUse::kNameEnding), ending) << pattern;
  }
}

TEST(NamePattern, WhatPythonRejectsIsRejected) {
  for (const auto* pattern : {R"re((q|v_proj)re",
                              R"re([)re",
                              R"re(*)re",
                              R"re((*FAIL))re",
                              R"re((*LIMIT_MATCH=1).*)re",
                              R"re((?R))re",
                              R"re((?1))re",
                              R"re((?&x))re",
                              R"re((?<x>q))re",
                              R"re((?'x'q))re",
                              R"re((?|a|b))re",
                              R"re(\Qa\E)re",
                              R"re(\h)re",
                              R"re(\K)re",
                              R"re(\R)re",
                              R"re(\p{L})re",
                              R"re(\X)re",
                              R"re(.*(?i)q)re",
                              R"re((?P>x))re",
                              R"re(\xg1)re",
                              R"re(\x{41})re",
                              R"re(a\)re",
                              R"re(\1)re",
                              R"re((?)re",
                              R"re((?P<1>a))re",
                              R"re((?P<a>b)(?P<a>c))re",
                              R"re([\A])re",
                              R"re((?L)a)re",
                              R"re(a{2,1})re",
                              R"re((?z:a))re",
                              R"re((?i-))re",
                              R"re((?C1))re",
                              R"re((?+1))re",
                              R"re(\c)re",
                              R"re(\e)re",
                              R"re(\G)re"})
    EXPECT_EQ(answers(pattern, PatternUse::kWholeName), "----") << pattern;
}

TEST(NamePattern, TheNumberOfALayerIsGroupOne) {
  const auto number = [](const char* pattern, const std::string& name) {
    return NamePattern(pattern, PatternUse::kLayerList, kConfig).first_group(name);
  };
  EXPECT_EQ(number("layers", kNames[1]), "10");
  EXPECT_EQ(number("[^.]*", kNames[3]), "0");
  EXPECT_EQ(number("blocks", kNames[3]), std::nullopt);
  EXPECT_EQ(number("(layers|blocks)", kNames[3]), "layers");
}

TEST(NamePattern, LimitsEndAMatchThatWouldTakeTooLong) {
  for (const auto* pattern :
       {"(([a-z_.0-9A-Z])+)+[!?]", "(a|a|b|.)*.*.*.*.*[!?]", "((.+)+)+[!?]", "(?:.*.*)*\\d\\d\\d"})
    for (const auto use : {PatternUse::kWholeName, PatternUse::kNameEnding})
      EXPECT_ERROR(NamePattern(pattern, use, kConfig).matches(kNames[1]), ErrorKind::kUsage, "target_modules", pattern,
                   "too many steps", kNames[1].c_str());
  EXPECT_FALSE(
      NamePattern("(([a-z_.0-9A-Z])+)+!", PatternUse::kWholeName, kConfig).matches(kNames[1]));  // PCRE2 sees it
}

TEST(NamePattern, LongAndDeepExpressionsAreRefused) {
  const auto repeated = [](const std::string& part, std::size_t count) {
    std::string text;
    while (count-- > 0) text += part;
    return text;
  };
  const PatternOrigin file{"rank_pattern", "a/adapter_config.json"};
  const auto deep = repeated("(", 30'000) + "a" + repeated(")", 30'000);
  EXPECT_ERROR(NamePattern(deep, PatternUse::kNameEnding, file), ErrorKind::kData,
               "a/adapter_config.json: rank_pattern", "60001 characters", "at most 10000");
  const auto nested = repeated("(", 4'000) + "a" + repeated(")", 4'000);
  EXPECT_ERROR(NamePattern(nested, PatternUse::kNameEnding, file), ErrorKind::kData,
               "parentheses are too deeply nested");
  EXPECT_ERROR(NamePattern("((a{1,9999}){1,9999}){1,9999}", PatternUse::kWholeName, file), ErrorKind::kData,
               "too large");
}

TEST(NamePattern, ErrorsNameTheExpressionAndItsPlace) {
  EXPECT_ERROR(NamePattern("(q|v_proj", PatternUse::kWholeName, kConfig), ErrorKind::kUsage,
               "target_modules: the regular expression \"(q|v_proj\"", "missing closing parenthesis", "use a list");
  EXPECT_ERROR(NamePattern("\\hq", PatternUse::kWholeName, kConfig), ErrorKind::kUsage, "\\h", "Python");
}

}  // namespace
}  // namespace llama32med
