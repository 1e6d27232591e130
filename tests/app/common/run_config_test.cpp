#include "app/common/run_config.h"

#include <gtest/gtest.h>

#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

using test::TempFolder;

TEST(RunConfig, HasDefaultsWithoutSources) {
  const auto config = load_run_config({});
  EXPECT_EQ(config.prompt.file, "radiologist_vqa");
  EXPECT_EQ(config.data.split, "test");
  EXPECT_EQ(write_config(config).dump(), write_config(RunConfig{}).dump());
}

TEST(RunConfig, SetWinsOverOptionsAndOptionsOverTheFile) {
  const TempFolder folder;
  const auto file = folder / "run.json";
  write_file(file, R"({ // all three sources set fields of generate
    "generate": {"max_new_tokens": 1, "seed": 1, "sampler": {"temperature": 1}}, "data": {"split": "train"}})");
  ConfigSources sources{.files = {file}};
  EXPECT_EQ(load_run_config(sources).generate.max_new_tokens, 1);
  sources.options = {"generate.max_new_tokens=2", "generate.seed=2"};
  sources.texts = {{"data.split", "validate"}};
  sources.assignments = {"generate.max_new_tokens=3"};
  const auto config = load_run_config(sources);
  EXPECT_EQ(config.generate.max_new_tokens, 3);
  EXPECT_EQ(config.generate.seed, 2);
  EXPECT_EQ(config.generate.sampler.temperature, 1);
  EXPECT_EQ(config.data.split, "validate");
  sources.assignments = {"data.split=test", "data.split=all"};
  EXPECT_EQ(load_run_config(sources).data.split, "all") << "the last of several wins";
}

TEST(RunConfig, TextsAreTextWhateverTheyLookLike) {
  const ConfigSources sources{.texts = {{"model.folder", "11"}, {"data.split", "true"}, {"data.folder", "[a]"}}};
  const auto config = load_run_config(sources);
  EXPECT_EQ(config.model.folder, "11");
  EXPECT_EQ(config.data.split, "true");
  EXPECT_EQ(config.data.folder, "[a]");
}

TEST(RunConfig, ReportsAllProblemsAtOnceFromEverySource) {
  const TempFolder folder;
  const auto file = folder / "run.json";
  write_file(file, R"({"modle": {}, "generate": {"sampler": {"top_p": 7}}, "model": 5})");
  const ConfigSources sources{.files = {file},
                              .texts = {{"model.folder", "m"}, {"model.semantics", "metta"}, {"runtime.dtype", "fp31"}},
                              .options = {"generate.seed=x"},
                              .assignments = {"data.limt=3"}};
  EXPECT_ERROR(load_run_config(sources), ErrorKind::kUsage,
               "run.json: ", "modle: unknown key (did you mean \"model\"?)",
               "generate.sampler.top_p: must be 0 to 1, not 7", "model: must be an object {...}, not 5",
               "runtime.dtype: \"fp31\" is not one of", "(did you mean \"fp32\"?)",
               "generate.seed: must be a whole number, not \"x\"", "data.limt: unknown key (did you mean \"limit\"?)");
}

TEST(RunConfig, APlainValueWhereASectionBelongs) {
  EXPECT_ERROR(load_run_config({.options = {"generate.seed=4"}, .assignments = {"generate=3"}}), ErrorKind::kUsage,
               "command line: generate: must be an object {...}, not 3");
  EXPECT_ERROR(load_run_config({.assignments = {"generate=3", "generate.seed=4"}}), ErrorKind::kUsage,
               "generate: must be an object {...}, not 3");
  EXPECT_ERROR(load_run_config({.assignments = {"generate.seed.x=4"}}), ErrorKind::kUsage, "generate.seed: must be");
  EXPECT_ERROR(load_run_config({.assignments = {"generate.seed"}}), ErrorKind::kUsage,
               "--set generate.seed: write it as");
}

TEST(RunConfig, AnUnreadableConfigFileIsAUsageError) {
  const TempFolder folder;
  EXPECT_ERROR(load_run_config({.files = {folder / "none.json"}}), ErrorKind::kUsage, "none.json", "No such file");
  write_file(folder / "run.json", "{\n  \"model\": }");
  EXPECT_ERROR(load_run_config({.files = {folder / "run.json"}}), ErrorKind::kUsage, "run.json:2:", "not valid JSON");
  write_file(folder / "run.json", "[]");
  EXPECT_ERROR(load_run_config({.files = {folder / "run.json"}}), ErrorKind::kUsage, "run.json: a config is an object");
}

// A pinned list: add a field only for a reason that is given in its description.
TEST(RunConfig, TheseFieldsOnlyCostTime) {
  std::set<std::string> fields;
  for (const auto& field : list_config(RunConfig{}))
    if (!field.decides_results && !field.path.starts_with("stage")) fields.insert(field.path);
  EXPECT_EQ(fields, (std::set<std::string>{"model.text_activations", "model.vision_activations", "runtime.threads",
                                           "train.feature_cache.folder", "train.feature_cache.limit_mib",
                                           "train.keep_last", "train.save_every"}));
}

TEST(RunConfig, WrittenConfigsReadBackTheSame) {
  const TempFolder folder;
  const auto config =
      load_run_config({.texts = {{"model.folder", "m"}}, .assignments = {"report.protocols=[\"paper\"]"}});
  write_json(folder / "run.json", write_config(config));
  EXPECT_EQ(write_config(load_run_config({.files = {folder / "run.json"}})).dump(), write_config(config).dump());
}

}  // namespace
}  // namespace llama32med
