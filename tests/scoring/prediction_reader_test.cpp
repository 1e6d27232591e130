#include "llama32med/scoring/prediction_reader.h"

#include <gmock/gmock.h>

#include "llama32med/core/files.h"
#include "llama32med/scoring/prediction_join.h"
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
  const auto only = [&](const std::string& line) {
    write_file(folder / "p.jsonl", "\n" + line + "\n");
    const auto read = read_predictions(folder / "p.jsonl");
    return read.size() == 1 ? read[0].id + "=" + read[0].text : std::to_string(read.size());
  };
  EXPECT_EQ(only(R"({"item_id": "7", "prediction_raw": "a", "id": 3, "prediction": "x", "answer": "y"})"), "7=a");
  EXPECT_EQ(only(R"({"question_id": 8, "prompt": "x", "text": "b", "answer_id": "q", "model_id": "m"})"), "8=b");
  EXPECT_EQ(only(R"({"qid": 1, "question": "q", "answer": "reference", "predict": "b"})"), "1=b");
  EXPECT_EQ(only(R"({"id": 1, "instruction": "q", "output": "reference", "predict": "b"})"), "1=b");
  EXPECT_EQ(only(R"({"question_id": 1, "text": "question", "response_text": "b"})"), "1=b");
  EXPECT_EQ(only(R"({"qid": 1, "question": "q", "reference": "r", "answer": "b"})"), "1=b");
  EXPECT_EQ(only(R"({"Unnamed: 0": "3", "qid": 1, "answer": "b", "prediction": "b"})"), "1=b");
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

TEST(Predictions, AColumnThatMayBeAnotherOneIsNotGuessed) {
  TempFolder folder;
  const auto file = folder / "p.jsonl";
  const auto with = [&](const std::string& line) { write_file(file, line + "\n"); };
  constexpr auto kData = ErrorKind::kData;
  with(R"({"qid": 1, "question": "q", "answer": "reference", "our_model": "b"})");
  EXPECT_ERROR(read_predictions(file), kData, "\"answer\" may be the reference", "our_model", "--prediction-key");
  EXPECT_EQ(read_predictions(file, {.text = "our_model"})[0].text, "b");
  EXPECT_EQ(read_self_contained(file, {.text = "our_model"})[0].record.answer, "reference");
  EXPECT_ERROR(read_predictions(file, {.text = "our_modl"}), kData, "no column \"our_modl\"",
               "did you mean \"our_model\"");
  with(R"({"id": 1, "text": "question", "answer": "a"})");
  EXPECT_ERROR(read_predictions(file), kData, "several columns", "text, answer", "--prediction-key");
  with(R"({"id": 1, "prediction": "a", "generated_text": "b"})");
  EXPECT_ERROR(read_predictions(file), kData, "prediction, generated_text");
  with(R"({"id": 0, "question_id": 17, "prediction": "a"})");
  EXPECT_ERROR(read_predictions(file), kData, "id, question_id", "--id-key");
  EXPECT_EQ(read_predictions(file, {.id = "question_id"})[0].id, "17");
  with(R"({"id": 1, "question": "q", "answer": "a"})");  // nothing but the dataset itself
  EXPECT_ERROR(read_self_contained(file), kData, "no \"reference\" beside \"answer\"");
}

TEST(Predictions, FilesWithoutIds) {
  TempFolder folder;
  write_file(folder / "p.csv", "question,answer,prediction\nq?,yes,no\nr?,no,no\n");
  EXPECT_ERROR(read_predictions(folder / "p.csv"), ErrorKind::kData, "p.csv:2", "question, answer, prediction",
               "--join question");
  const auto items = read_self_contained(folder / "p.csv");
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[1].record.id, "2");
  EXPECT_EQ(items[1].record.answer, "no");
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
  EXPECT_THAT(problem("x.xlsx", "PK\x03\x04 xl/workbook.xml"), HasSubstr("is an Excel workbook"));
  EXPECT_THAT(problem("d.csv", "id,prediction\n1,a,b\n"), HasSubstr("d.csv:2: has 3 cells"));
  EXPECT_THAT(problem("d.csv", "id,prediction,prediction,,\n1,a,b,,\n"),
              HasSubstr("two columns are called \"prediction\""));
  EXPECT_THAT(problem("e.jsonl", "[1, 2]\n"), HasSubstr("e.jsonl:1: holds array"));
  EXPECT_THAT(problem("f.jsonl", "{\"id\": 1, \"text\": null}\n"), HasSubstr("\"text\" is null"));
  EXPECT_THAT(problem("g.csv", ""), HasSubstr("is empty"));
  EXPECT_THAT(problem("h.csv", "id,prediction\n1,a\n ,b\n"), HasSubstr("h.csv:3: \"id\" is empty"));
}

TEST(Predictions, OtherItemsThanTheRecordsAreListed) {
  EXPECT_ERROR(join_predictions(made_up(), answers({"a", "x", "a", "y"}), Coverage::kComplete), ErrorKind::kData,
               "4 predictions do not match the 3 records of records test", "2 ids belong to no record: x, y",
               "1 duplicate ids: a", "2 records have no prediction", ": b, c");
  EXPECT_EQ(join_predictions(made_up(), answers({"b"}), Coverage::kPartial).size(), 1u);
  EXPECT_ERROR(join_predictions(made_up(), answers({"z"}), Coverage::kPartial), ErrorKind::kData, "no record: z",
               "--join question");
}

TEST(Predictions, JoinedInTheRecordsOrder) {
  const auto items = join_predictions(made_up(), answers({"c", "a", "b"}), Coverage::kComplete);
  std::vector<std::string> ids;
  for (const auto& item : items) ids.push_back(item.record.id);
  EXPECT_THAT(ids, ElementsAre("a", "b", "c"));
}

Item answered(const std::string& question, const std::string& reference, const std::string& text) {
  return {.record = {.question = question, .answer = reference}, .prediction = {.text = text}};
}

TEST(Predictions, JoinedByQuestionAndReference) {
  Dataset data;
  data.name = "records", data.split = "test";
  for (const auto& [id, question, answer] : {std::tuple{"a", "Is it well-defined ?", "No"},
                                             {"b", "Where?", "left"},
                                             {"c", "Where?", "Left "},
                                             {"d", "Where?", "right"}})
    data.records.push_back({.id = id, .question = question, .answer = answer});
  std::vector<Item> file = {answered("where?", "right", "1"), answered("where?", "left", "2"),
                            answered("is it well defined?", "no", "3"), answered("where?", "left", "4")};
  std::string joined;
  for (const auto& item : join_by_question(data, file, Coverage::kComplete))
    joined += item.record.id + item.prediction.text + " " + (item.prediction.id == item.record.id ? "" : "wrong id ");
  EXPECT_EQ(joined, "a3 b2 c4 d1 ");
  file.push_back(answered("where?", "left", "5"));
  file.push_back(answered("When?", "now", "6"));
  EXPECT_ERROR(join_by_question(data, file, Coverage::kComplete), ErrorKind::kData, "6 predictions do not match the 4",
               "2 questions", "\"where?\" (left)", "\"When?\" (now)");
  EXPECT_ERROR(join_by_question(data, {file[0]}, Coverage::kComplete), ErrorKind::kData,
               "3 records have no prediction");
  EXPECT_EQ(join_by_question(data, {file[0]}, Coverage::kPartial).size(), 1u);
}

TEST(Predictions, CopiesOfReferencesOrQuestionsAreNotScored) {
  TempFolder folder;
  const auto file = folder / "p.jsonl";
  write_file(file, "{\"id\": 1, \"text\": \"x\"}\n");
  const std::vector<Item> references = {answered("Q?", "Left  lung", "left lung"), answered("R?", "no", "No\n")};
  EXPECT_ERROR(refuse_copies(references, file, {}), ErrorKind::kData, "p.jsonl", "\"text\" equals its reference",
               "--prediction-key", "id, text");
  const std::vector<Item> questions = {answered("Q?", "left", "Q?"), answered("R?", "no", "R?")};
  EXPECT_ERROR(refuse_copies(questions, file, {}), ErrorKind::kData, "equals its question");
  EXPECT_NO_THROW(refuse_copies({references[0], questions[1]}, file, {}));
  EXPECT_NO_THROW(refuse_copies({references[0]}, file, {}));
  write_file(file, "{\"id\": 1, \"prediction\": \"x\"}\n");
  EXPECT_NO_THROW(refuse_copies(references, file, {}));  // a good model and few records
  EXPECT_ERROR(refuse_copies(std::vector<Item>(10, references[0]), file, {}), ErrorKind::kData, "\"prediction\"");
  write_file(file, "{\"item_id\": 1, \"prediction_raw\": \"x\"}\n");
  EXPECT_NO_THROW(refuse_copies(references, file, {}));  // a perfect model under our own name
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
