#include "llama32med/report/bertscore_exchange.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med::test {
namespace {

TEST(BertScoreExchange, PairsAreOneLineEach) {
  EXPECT_EQ(bertscore_pairs({{"1", "a\tb\nc", "d\\e"}, {"2", "", "x"}}),
            "item_id\treference\tprediction\n1\ta\\tb\\nc\td\\\\e\n2\t\tx\n");
  EXPECT_ERROR(bertscore_pairs({{"1", "", ""}, {"1", "", ""}}), ErrorKind::kData, "duplicate id \"1\"");
}

class Scores : public ::testing::Test {
 protected:
  BertScores read(const std::string& text, const std::vector<std::string>& ids) const {
    write_file(folder_ / "scores.tsv", text);
    return read_bertscores(folder_ / "scores.tsv", ids);
  }
  TempFolder folder_;
};

TEST_F(Scores, MeansRawAndRescaled) {
  const auto scores = read("item_id\tP\tR\tF\n2\t0.9\t0.8\t0.85\r\n1\t0.8\t0.9\t0.8434\n", {"1", "2"});
  EXPECT_EQ(scores.items[0].id, "1");
  EXPECT_NEAR(scores.precision, 0.85, 1e-12);
  EXPECT_NEAR(scores.recall, 0.85, 1e-12);
  EXPECT_NEAR(scores.f1, 0.8467, 1e-12);
  EXPECT_NEAR(scores.f1_rescaled, (0.8467 - 0.83122575) / (1 - 0.83122575), 1e-12);
  EXPECT_EQ(bertscores_json(scores)["n"], 2);
  EXPECT_NE(bertscores_markdown({{"tuned", scores}}).find("| 0.8467 |     0.0917 |"), std::string::npos);
}

TEST_F(Scores, ErrorsListTheProblems) {
  EXPECT_ERROR(read("1\t0.9\t0.8\t0.85\n1\t0.9\t0.8\t0.85\n9\t0.9\t0.8\t0.85\n", {"1", "2"}), ErrorKind::kData,
               "missing items (1): 2", "duplicate items (1): 1", "unexpected items (1): 9");
  EXPECT_ERROR(read("item_id\tP\n1\t0.9\n", {"1"}), ErrorKind::kData, "scores.tsv:2", "2 columns");
  EXPECT_ERROR(read("1\t0.9\t0.8\tnan\n", {"1"}), ErrorKind::kData, "scores.tsv:1", "\"nan\"");
}

}  // namespace
}  // namespace llama32med::test
