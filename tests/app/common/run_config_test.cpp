#include "app/common/run_config.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/config_layers.h"
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
               "run.json:1: ", "modle: unknown key (did you mean \"model\"?)",
               "generate.sampler.top_p: must be 0 to 1, not 7", "model: must be an object {...}, not 5",
               "runtime.dtype: \"fp31\" is not one of", "(did you mean \"fp32\"?)",
               "generate.seed: must be a whole number, not \"x\"",
               "--set data.limt=3: data.limt: unknown key (did you mean \"data.limit\"?)");
}

TEST(RunConfig, APlainValueWhereASectionBelongs) {
  EXPECT_ERROR(load_run_config({.options = {"generate.seed=4"}, .assignments = {"generate=3"}}), ErrorKind::kUsage,
               "--set generate=3: generate: must be an object {...}, not 3");
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

// ---- values for all stages and for one ---------------------------------------------------------------------------

// A source: fields of all stages by path, and of a single stage by "stage1."/"stage2." in front.
using Values = std::map<std::string, std::int64_t>;

const std::vector<std::string> kFields = {"tune.rank",        "train.epochs",   "train.seed",
                                          "train.batch_size", "validate.every", "validate.limit"};

Values random_values(std::mt19937& random) {
  Values values;
  for (const auto& field : kFields)
    for (const std::string stage : {"", "stage1.", "stage2."})
      if (random() % 4 == 0) values[stage + field] = 1 + static_cast<std::int64_t>(random() % 1000);
  return values;
}

void write_values(const std::filesystem::path& file, const Values& values, bool with_stages) {
  ConfigLayers layers;
  for (const auto& [path, value] : values) layers.set(path, value, "");
  for (const std::string stage : {"stage1", "stage2"})
    if (with_stages && !layers.find(stage)) layers.set(stage, Json::object(), "");
  write_json(file, layers.json());
}

// The rule in ten lines: in the order of the sources, each one's value for all stages, then its value for this one.
std::int64_t expected(const std::vector<Values>& sources, const std::string& stage, const std::string& field,
                      std::int64_t value) {
  for (const auto& source : sources)
    for (const auto& path : {field, stage + field})
      if (const auto found = source.find(path); found != source.end()) value = found->second;
  return value;
}

TEST(RunConfig, TheEffectiveValueIsThatOfTheLastSourceThatSpeaksOfIt) {
  const TempFolder folder;
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    ConfigSources sources;
    std::vector<Values> all;
    for (int i = 0; i < 1 + static_cast<int>(random() % 3); ++i) {
      all.push_back(random_values(random));
      sources.files.push_back(folder / fmt::format("{}.json", i));
      write_values(sources.files.back(), all.back(), i == 0);
    }
    all.push_back(random_values(random));
    for (const auto& [path, value] : all.back()) sources.assignments.push_back(fmt::format("{}={}", path, value));
    std::shuffle(sources.assignments.begin(), sources.assignments.end(), random);
    const auto written = write_config(load_run_config(sources));
    const auto defaults = write_config(RunConfig{});
    const auto at = [](const Json& json, std::string path) {
      std::replace(path.begin(), path.end(), '.', '/');
      return json.at(Json::json_pointer("/" + path)).get<std::int64_t>();
    };
    for (const auto& field : kFields)
      for (const std::string stage : {"", "stage1.", "stage2."})
        ASSERT_EQ(at(written, stage + field), expected(all, stage, field, at(defaults, field)))
            << "seed " << seed << ": " << stage << field;
  }
}

TEST(RunConfig, ErrorsNameTheSourceOfTheValueOnce) {
  const TempFolder folder;
  const auto file = folder / "run.json";
  write_file(file, "{\n  \"stage1\": {\"train\": {\"epochs\": 1}},\n  \"train\": {\n    \"seed\": \"x\"}}");
  try {
    load_run_config({.files = {file}, .assignments = {"train.learning_rate=-1", "train.lr=1"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "--set train.learning_rate=-1: train.learning_rate: must be 0 to 10, not -1; " + file.string() +
                  ":4: train.seed: must be a whole number, not \"x\"; --set train.lr=1: train.lr: unknown key (did you "
                  "mean \"train.learning_rate\"?)");
  }
}

TEST(RunConfig, APromptFileReplacesTheTextOfAnEarlierSource) {
  const TempFolder folder;
  write_file(folder / "one.json", R"({"prompt": {"file": "a", "text": "A"}, "stage1": {"prompt": {"text": "B"}}})");
  write_file(folder / "two.json", R"({"prompt": {"file": "c"}, "stage1": {"prompt": {"file": "d", "text": "D"}}})");
  const std::vector files = {folder / "one.json", folder / "two.json"};
  EXPECT_EQ(load_run_config({.files = {files[0]}}).prompt.text, "A");
  EXPECT_EQ(load_run_config({.files = files}).prompt.text, "");
  EXPECT_EQ(load_run_config({.files = files}).stage1->prompt.text, "D");
  EXPECT_EQ(load_run_config({.files = files, .assignments = {"stage1.prompt.file=e"}}).stage1->prompt.text, "");
  EXPECT_EQ(load_run_config({.files = {files[0]}, .texts = {{"prompt.file", "e"}}}).prompt.text, "");
}

TEST(RunConfig, ThePrintedConfigNamesSourcesAndReadsBackTheSame) {
  const TempFolder folder;
  const auto file = folder / "run.json";
  write_file(file, "{\"stage2\": {},\n  \"train\": {\"epochs\": 7}}");
  const auto sourced = load_sourced_config({.files = {file},
                                            .texts = {{"data.split", "x"}},
                                            .assignments = {"train.seed=3"},
                                            .flags = {{"data.split", "--split x"}}});
  const auto text = config_with_sources(sourced);
  const auto holds = [&](const std::string& part) { return text.find(part) != text.npos; };
  EXPECT_TRUE(holds("\"epochs\": 7,  // " + file.string() + ":2")) << text;
  EXPECT_TRUE(holds("\"seed\": 3  // --set train.seed=3")) << text;
  EXPECT_TRUE(holds("\"split\": \"x\",  // --split x")) << text;
  EXPECT_TRUE(holds("\"rank\": 32,  // default")) << text;
  write_file(folder / "printed.json", text);
  EXPECT_EQ(write_config(load_run_config({.files = {folder / "printed.json"}})).dump(),
            write_config(sourced.config).dump());
}

// A pinned list: add a field only for a reason that is given in its description.
TEST(RunConfig, TheseFieldsChangeNoAnswer) {
  std::set<std::string> fields;
  for (const auto& field : list_config(RunConfig{}))
    if (!field.decides_results && !field.path.starts_with("stage")) fields.insert(field.path);
  EXPECT_EQ(fields, (std::set<std::string>{"data.label", "model.text_activations", "model.vision_activations",
                                           "runtime.threads", "train.feature_cache.folder",
                                           "train.feature_cache.limit_mib", "train.keep_last", "train.save_every"}));
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
