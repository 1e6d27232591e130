#include "llama32med/vectors/vectors.h"

#include <gmock/gmock.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

// tests/golden/eval_vectors.jsonl is the specification's file.
TEST(EvalVectors, AllRowsAgree) {
  int rows = 0;
  for (const auto& result : run_vectors(golden("eval_vectors.jsonl"))) {
    EXPECT_TRUE(result.agrees) << result.id << " " << result.protocol << " " << result.metric << ": " << result.value
                               << ", expected " << result.expected << " " << result.problem;
    ++rows;
  }
  EXPECT_EQ(rows, 169);
}

TEST(EvalVectors, NumbersAgreeToTheirPrintedDecimals) {
  EXPECT_TRUE(vector_agrees(0.84041, 0.8404));
  EXPECT_TRUE(vector_agrees(0.0079159, 0.00791));  // truncated
  EXPECT_FALSE(vector_agrees(0.84052, 0.8404));
  EXPECT_TRUE(vector_agrees(1.0 / 3, 0.3333333333333333));
  EXPECT_FALSE(vector_agrees(0.84, 0.8));  // a short number is exact
  EXPECT_FALSE(vector_agrees(0.96, 1.0));
  EXPECT_TRUE(vector_agrees(1.0, 1));
  EXPECT_TRUE(vector_agrees(true, 1.0));
  EXPECT_FALSE(vector_agrees(false, "no"));
  EXPECT_TRUE(vector_agrees(Json::parse("[0, 16.1134]"), Json::parse("[0.0, 16.11]")));
  EXPECT_TRUE(vector_agrees(Json::parse("[83.896, 99.25]"), Json::parse("[83.9, 99.25]")));
  EXPECT_FALSE(vector_agrees(Json::parse("[1]"), Json::parse("[1, 2]")));
  EXPECT_TRUE(vector_agrees(Json::parse(R"(["OPEN", "CLOSED"])"), Json::parse(R"(["OPEN", "CLOSED"])")));
}

class VectorFile : public ::testing::Test {
 protected:
  std::vector<VectorResult> run(const std::string& lines) {
    const auto file = std::filesystem::path(::testing::TempDir()) / "vectors.jsonl";
    write_file(file, lines);
    return run_vectors(file);
  }
};

TEST_F(VectorFile, SaysWhyARowHasNoValue) {
  const auto results =
      run(R"({"id": "a", "protocol": "paper", "metric": "magic", "expected": 1})"
          "\n"
          R"({"id": "b", "protocol": "paper", "metric": "correct", "reference": "x", "expected": 1})"
          "\n"
          R"({"id": "c", "protocol": "paper", "metric": "correct", "reference": "x", "prediction": [1], "expected": 1})"
          "\n"
          R"({"protocol": "paper", "metric": "correct", "reference": 4, "prediction": "4"})"
          "\n");
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[0].problem, "metric \"magic\" of protocol \"paper\" is not known");
  EXPECT_EQ(results[1].problem, "\"prediction\" is missing");
  EXPECT_EQ(results[2].problem, "\"prediction\" is [1], not text");
  EXPECT_EQ(results[3].problem, "\"expected\" is missing");
  EXPECT_THAT(results[3].id, ::testing::EndsWith("vectors.jsonl:4"));
  for (const auto& result : results) EXPECT_FALSE(result.agrees);
}

TEST_F(VectorFile, LinesThatAreNotObjectsAreAnError) {
  EXPECT_ERROR(run("[1]\n"), ErrorKind::kData, "vectors.jsonl:1", "array");
}

TEST_F(VectorFile, IntegersAreTextAsInVqaRad) {
  const auto results = run(R"({"id": "a", "protocol": "paper", "metric": "correct", "reference": 4, "prediction": "4",)"
                           R"( "expected": 1.0})");
  EXPECT_TRUE(results.at(0).agrees) << results.at(0).problem;
}

// The original scripts' behavior on answers their authors did not expect.
TEST_F(VectorFile, OriginalsThatRaiseOrWarn) {
  const auto value = [&](const std::string& protocol, const std::string& metric, const std::string& reference,
                         const std::string& prediction) {
    const Json row = {{"id", "x"},
                      {"protocol", protocol},
                      {"metric", metric},
                      {"annotated_answer_type", "OPEN"},
                      {"reference", reference},
                      {"prediction", prediction},
                      {"expected", 0}};
    const auto result = run(row.dump()).at(0);
    EXPECT_EQ(result.problem, "");
    return result.value;
  };
  EXPECT_EQ(value("pathvqa-official", "em", "2", "5"), "\"0 (warning: length of candidate's words is 0)\"");
  EXPECT_EQ(value("pathvqa-official", "f1", "lung", "5"), "\"0 (warning: length of candidate's words is 0)\"");
  EXPECT_EQ(value("pathvqa-official", "bleu1", "lung", "5"), "\"EXC:ZeroDivisionError\"");
  EXPECT_EQ(value("pathvqa-official", "bleu2", "left lung", "lung"), "\"EXC:ZeroDivisionError\"");
  EXPECT_EQ(value("pathvqa-official", "bleu1", "lung", "lung"), "\"1.0\"");
  EXPECT_EQ(value("medevalkit-slake", "correct", "CT", ""), "\"EXC:ValueError\"");
  EXPECT_EQ(value("medevalkit-slake", "correct", "CT", " "), "\"EXC:TypeError\"");
  EXPECT_EQ(value("medevalkit-rad", "reported_f1", "CT", " "), "\"EXC:ValueError\"");
}

}  // namespace
}  // namespace llama32med::test
