#include "app/common/run_folder.h"

#include <gtest/gtest.h>

#include "app/common/run_config.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

using test::TempFolder;

Json run_of(std::int64_t limit) {
  return {{"task", "eval"}, {"config", {{"data", {{"limit", limit}, {"split", "test"}}}}}};
}

const ClaimFiles kFiles{.results = {"answers.jsonl", "state"}};

TEST(RunFolder, WithoutResultsIsNeverAnotherRun) {
  const TempFolder folder;
  claim_run_folder(folder.path(), run_of(3), kFiles);
  write_file(folder / "answers.jsonl", "");
  make_folder(folder / "state");
  claim_run_folder(folder.path(), run_of(4), kFiles);
  EXPECT_EQ(read_json(folder / "config.json"), run_of(4));
  make_folder(folder / "state/step-1");
  EXPECT_ERROR(claim_run_folder(folder.path(), run_of(3), kFiles), ErrorKind::kUsage, "another run");
}

TEST(RunFolder, FilesOfAnotherKindStayEvenWithFresh) {
  const TempFolder folder;
  for (const Json& there : {Json{{"model_type", "mllama"}}, Json{{"task", "train"}}, Json{{"a", 1}}}) {
    write_json(folder / "config.json", there);
    for (const auto resume : {Resume::kAuto, Resume::kFresh})
      EXPECT_ERROR(check_run_folder(folder.path(), run_of(3), kFiles, resume), ErrorKind::kUsage, "config.json",
                   "choose another --out");
  }
}

TEST(RunFolder, IsClaimedOnceAndThenResumed) {
  const TempFolder folder;
  const auto run = folder / "deep/run";
  claim_run_folder(run, run_of(3));
  EXPECT_EQ(read_json(run / "config.json"), run_of(3));
  const auto before = std::filesystem::last_write_time(run / "config.json");
  claim_run_folder(run, run_of(3));
  EXPECT_EQ(std::filesystem::last_write_time(run / "config.json"), before);
}

TEST(RunFolder, RejectsADifferentRunAndNamesTheDifference) {
  const TempFolder folder;
  claim_run_folder(folder.path(), run_of(3), kFiles);
  write_file(folder / "answers.jsonl", "{}\n");
  EXPECT_ERROR(claim_run_folder(folder.path(), run_of(4), kFiles), ErrorKind::kUsage, "another run",
               "config.data.limit: 4 here, 3 there", "--fresh");
  check_run_folder(folder.path(), run_of(4), kFiles, Resume::kFresh);
  EXPECT_EQ(read_json(folder / "config.json"), run_of(3));
}

TEST(RunFolder, AnEffortMayChangeAndADecisionMayNot) {
  const TempFolder folder;
  RunConfig config;
  const auto identity = [&] { return Json{{"config", identity_of(config, {"train", "runtime"})}}; };
  claim_run_folder(folder.path(), identity());
  config.train.save_every = 7, config.train.feature_cache.folder = "elsewhere", config.runtime.threads = 3;
  EXPECT_TRUE(holds_run(folder.path(), identity()));
  claim_run_folder(folder.path(), identity());
  config.train.learning_rate = 7;
  EXPECT_FALSE(holds_run(folder.path(), identity()));
  write_file(folder / "answers.jsonl", "{}\n");
  EXPECT_ERROR(claim_run_folder(folder.path(), identity(), kFiles), ErrorKind::kUsage,
               "config.train.learning_rate: 7.0 here, 0.0002 there");
}

TEST(RunFolder, ResultsWithoutAnIdentityAreRejected) {
  const TempFolder folder;
  write_file(folder / "answers.jsonl", "{}\n");
  const ClaimFiles files{.identity = "plan.json", .results = {"answers.jsonl"}};
  EXPECT_ERROR(claim_run_folder(folder.path(), run_of(3), files), ErrorKind::kUsage, "answers.jsonl", "plan.json",
               "--fresh");
  EXPECT_FALSE(std::filesystem::exists(folder / "plan.json"));
  write_json(folder / "plan.json", run_of(3));
  claim_run_folder(folder.path(), run_of(3), files);
}

TEST(RunFolder, RejectsAFolderWithABrokenConfig) {
  const TempFolder folder;
  for (const char* text : {"", "{", "[]", "3", "null"}) {
    write_file(folder / "config.json", text);
    EXPECT_ERROR(claim_run_folder(folder.path(), run_of(3)), ErrorKind::kUsage, "--fresh");
  }
}

TEST(FirstDifference, NamesThePlaceAndBothValues) {
  EXPECT_EQ(first_difference(run_of(3), run_of(3)), "");
  auto more = run_of(3);
  more["config"]["data"]["language"] = "en";
  EXPECT_EQ(first_difference(more, run_of(3)), "config.data.language: \"en\" here, null there");
  EXPECT_EQ(first_difference(run_of(3), more), "config.data.language: null here, \"en\" there");
  more = run_of(3);
  more["config"]["data"] = 5;
  EXPECT_EQ(first_difference(more, run_of(3)), "config.data: 5 here, {\"limit\":3,\"split\":\"test\"} there");
  const Json many = {{"ids", std::vector<int>(1000, 7)}, {"seed", 1}}, few = {{"seed", 2}, {"ids", {7}}};
  EXPECT_LT(first_difference(many, few).size(), 300U);
  EXPECT_EQ(first_difference(few, many), "seed: 2 here, 1 there") << "in the order of the first";
  EXPECT_EQ(first_difference({{"list", {1, 2}}}, {{"list", {1, 3}}}), "list: [1,2] here, [1,3] there");
}

TEST(FirstDifference, ANullKeyEqualsAMissingKey) {
  const Json with = {{"a", nullptr}}, without = Json::object();
  EXPECT_EQ(first_difference(with, without), "");  // an optional field without a value is not a difference
}

}  // namespace
}  // namespace llama32med
