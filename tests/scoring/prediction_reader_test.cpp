#include "llama32med/scoring/prediction_reader.h"

#include <gmock/gmock.h>

#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Dataset made_up() {
  Dataset data;
  data.name = "records", data.split = "test";
  for (const auto* id : {"a", "b", "c"}) {
    Record record;
    record.id = id, record.answer = "yes", record.question = "Q?";
    data.records.push_back(record);
  }
  return data;
}

std::vector<Prediction> answers(const std::vector<std::string>& ids) {
  std::vector<Prediction> list;
  for (const auto& id : ids) list.push_back({.id = id, .text = "yes"});
  return list;
}

TEST(Predictions, KeysOfOurFilesAndOthers) {
  TempFolder folder;
  write_file(
      folder / "p.jsonl",
      "{\"item_id\": \"7\", \"prediction_raw\": \"a\"}\n\n{\"question_id\": 8, \"prompt\": \"x\", \"text\": \"b\"}\n");
  const auto read = read_predictions(folder / "p.jsonl");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1].id, "8");
  EXPECT_EQ(read[1].text, "b");
  write_file(folder / "q.jsonl", "{\"id\": 1}\n");
  EXPECT_ERROR(read_predictions(folder / "q.jsonl"), ErrorKind::kData, "q.jsonl:1", "prediction_raw, prediction");
}

TEST(Predictions, CsvTsvAndLists) {
  TempFolder folder;
  write_file(folder / "p.csv", "\xEF\xBB\xBFid,prediction\r\n1,\"left, \"\"upper\"\"\"\r\n2,\r\n");
  write_file(folder / "p.tsv", "prediction\tqid\na, b\t1\n\t2\n");
  write_file(folder / "p.json", "[{\"qid\": 1, \"answer\": \"x\"}]");
  const auto csv = read_predictions(folder / "p.csv"), tsv = read_predictions(folder / "p.tsv");
  ASSERT_EQ(csv.size(), 2u);
  EXPECT_EQ(csv[0].text, "left, \"upper\"");
  EXPECT_EQ(csv[1].text, "");
  EXPECT_EQ(tsv[0].text, "a, b");
  EXPECT_EQ(tsv[1].id, "2");
  EXPECT_EQ(read_predictions(folder / "p.json")[0].text, "x");
}

TEST(Predictions, BrokenFilesAreNamedWithTheLine) {
  TempFolder folder;
  const auto problem = [&](const char* name, const std::string& bytes) {
    write_file(folder / name, bytes);
    try {
      read_predictions(folder / name);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(problem("a.jsonl", "{\"id\": 1, \"text\": \"x\"}\n{\"id\": 2, \"te"), HasSubstr("a.jsonl"));
  EXPECT_THAT(problem("b.jsonl", "{\"id\": 1, \"text\": \"x\"}\n{\"id\": 2, \"text\": \"gr\xF6\xDF\"}\n"),
              HasSubstr("b.jsonl:2: contains bytes that are not UTF-8"));
  EXPECT_THAT(problem("c.jsonl", "\xFF\xFE{"), HasSubstr("UTF-16"));
  EXPECT_THAT(problem("d.csv", "id,prediction\n1,a,b\n"), HasSubstr("d.csv:2: has 3 cells"));
  EXPECT_THAT(problem("e.jsonl", "[1, 2]\n"), HasSubstr("e.jsonl:1: holds array"));
  EXPECT_THAT(problem("f.jsonl", "{\"id\": 1, \"text\": null}\n"), HasSubstr("\"text\" is null"));
  EXPECT_THAT(problem("g.csv", ""), HasSubstr("is empty"));
}

TEST(Predictions, OtherItemsThanTheRecordsAreListed) {
  EXPECT_ERROR(join_predictions(made_up(), answers({"a", "x", "a", "y"}), Coverage::kComplete), ErrorKind::kData,
               "4 predictions do not match the 3 records of records test", "2 ids belong to no record: x, y",
               "1 duplicate ids: a", "2 records have no prediction", ": b, c");
  EXPECT_EQ(join_predictions(made_up(), answers({"b"}), Coverage::kPartial).size(), 1u);
  EXPECT_ERROR(join_predictions(made_up(), answers({"z"}), Coverage::kPartial), ErrorKind::kData, "no record: z");
}

TEST(Predictions, JoinedInTheRecordsOrder) {
  const auto items = join_predictions(made_up(), answers({"c", "a", "b"}), Coverage::kComplete);
  std::vector<std::string> ids;
  for (const auto& item : items) ids.push_back(item.record.id);
  EXPECT_THAT(ids, ElementsAre("a", "b", "c"));
}

TEST(Predictions, AFileMayContainItsOwnReferences) {
  TempFolder folder;
  write_file(
      folder / "p.jsonl",
      "{\"id\": 0, \"question\": \"q\", \"qtype\": \"closed\", \"reference\": \"yes\", \"prediction\": \"no\"}\n");
  const auto items = read_self_contained(folder / "p.jsonl");
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].record.answer, "yes");
  EXPECT_EQ(items[0].record.answer_type, "CLOSED");
  EXPECT_EQ(items[0].prediction.text, "no");
  write_file(folder / "q.jsonl", "{\"id\": 0, \"prediction\": \"no\"}\n");
  EXPECT_ERROR(read_self_contained(folder / "q.jsonl"), ErrorKind::kData, "q.jsonl:1", "--dataset");
}

}  // namespace
}  // namespace llama32med::test
