// Imports of small sources: what becomes a record, what is left out and why, and how records are split.
#include "llama32med/data/import.h"

#include <gmock/gmock.h>

#include "data/data_fixture.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/image/png.h"
#include "support/expect_error.h"

namespace llama32med::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr auto kData = ErrorKind::kData;
constexpr auto kUsage = ErrorKind::kUsage;

std::string png(std::uint8_t gray = 0) {
  return encode_png({.size = {2, 2}, .channels = 1, .pixels = {gray, gray, gray, 9}});
}

class Import : public ::testing::Test {
 protected:
  Import() {
    for (const auto* name : {"a.png", "b.png", "c.png"}) source_.add(name, png(static_cast<std::uint8_t>(name[0])));
  }

  // Imports a file with this text; `options` may say more.
  ImportReport read(const std::string& name, const std::string& text, ImportOptions options = {}) {
    source_.add(name, text);
    options.sources = {source_.path() / name};
    return import(options);
  }
  ImportReport import(const ImportOptions& options) {
    remove_tree(out_ / "data");
    make_folder(out_ / "data");
    auto report = import_data(options, out_ / "data");
    lines_.clear();
    for_each_json_line(out_ / "data/records.jsonl",
                       [&](const Json& line, const std::string&) { lines_.push_back(line); });
    return report;
  }
  std::vector<std::string> all(const char* key) const {
    std::vector<std::string> values;
    for (const auto& line : lines_) values.push_back(line.value(key, "none"));
    return values;
  }
  Dataset dataset(const std::string& split = "all") const {
    return read_dataset({.name = "records", .folder = out_ / "data", .split = split});
  }

  DataFolder source_;
  TempFolder out_;
  std::vector<Json> lines_;
};

const ImportOptions kAnyLoss = {.left_out = LeftOut::kAny};

TEST_F(Import, ATableAsExcelWritesIt) {
  const auto report = read("own.csv",
                           "\xEF\xBB\xBF"
                           "Bild;Frage;Antwort;Modalität\r\n"
                           "a.png;\"Ist ein Ödem\r\nzu sehen?\";ja;CT\r\n"
                           "b.png;\"Wo; links?\";\"\"\"links\"\"\";MR\r\n;;;\r\n");
  EXPECT_THAT(all("question"), ElementsAre("Ist ein Ödem zu sehen?", "Wo; links?"));
  EXPECT_THAT(all("answer"), ElementsAre("ja", "\"links\""));
  EXPECT_THAT(all("image"), ElementsAre("images/a.png", "images/b.png"));
  EXPECT_THAT(all("Modalität"), ElementsAre("CT", "MR"));
  EXPECT_THAT(all("id"), ElementsAre("1", "2"));
  EXPECT_EQ(report.records, 2);
  EXPECT_THAT(report.left_out, IsEmpty());
  EXPECT_THAT(report.sources[0].columns,
              ElementsAre(Pair("image", "Bild"), Pair("question", "Frage"), Pair("answer", "Antwort")));
  EXPECT_EQ(dataset().records.size(), 2u);
  EXPECT_TRUE(dataset().skipped.empty());
}

TEST_F(Import, SeparatorsAreDetectedOrSaid) {
  const auto answers = [&](const std::string& text, const std::string& separator = "") {
    read("own.csv", text, {.separator = separator});
    return all("answer");
  };
  EXPECT_THAT(answers("image\tquestion\tanswer\na.png\tIs it a, b; or c?\tyes, a\n"), ElementsAre("yes, a"));
  EXPECT_THAT(answers("image|question|answer\na.png|q|x\n"), ElementsAre("x"));
  EXPECT_THAT(answers("sep=;\r\nimage;question;answer\r\na.png;q,q,q;x\r\n"), ElementsAre("x"));
  EXPECT_THAT(answers("image;question;answer;a,b,c,d,e\na.png;q;x;1,2,3,4,5\n", "semicolon"), ElementsAre("x"));
}

TEST_F(Import, ColumnsWithoutANameAreKept) {
  read("own.csv", ",image,question,answer,,\n0,a.png,q,x\n1,b.png,q,x,,\n");
  EXPECT_THAT(all("column 1"), ElementsAre("0", "1"));
}

TEST_F(Import, Windows1252IsReadAndSaid) {
  const auto report = read("own.csv",
                           "image;question;answer\na.png;\xD6"
                           "dem?;ja\n");
  EXPECT_THAT(all("question"), ElementsAre("Ödem?"));
  EXPECT_TRUE(report.notes.contains("read as Windows-1252, since it is not UTF-8"));
}

TEST_F(Import, ColumnsAreNamedOrFoundOrListed) {
  read("own.csv", "Scan,Q,A,key\na.png,q,x,k1\n",
       {.columns = {.image = "Scan", .question = "q", .answer = "A", .id = "key"}});
  EXPECT_THAT(all("id"), ElementsAre("k1"));
  EXPECT_ERROR(read("own.csv", "Scan,question,answer\na.png,q,x\n"), kData, "own.csv", "for the image",
               "Scan, question, answer", "--image-column");
  EXPECT_ERROR(read("own.csv", "image,question\na.png,q\n"), kData, "for the answer", "--answer-column");
  EXPECT_ERROR(read("own.csv", "image,answer\na.png,q\n"), kData, "for the question", "--question-column");
  EXPECT_ERROR(read("own.csv", "image,x\na.png,q\n"), kData, "questions or captions", "image, x");
  EXPECT_ERROR(read("own.csv", "image,question,answer\na.png,q,x\n", {.columns = {.image = "imge"}}), kData,
               "no column \"imge\"", "did you mean \"image\"?");
  EXPECT_ERROR(read("own.csv", "image,image,answer\n"), kData, "two columns have the name \"image\"");
  EXPECT_ERROR(read("own.csv", ""), kData, "own.csv: is empty");
}

TEST_F(Import, WhatCannotBeUsedIsCountedByReason) {
  source_.add("bad.png", "not an image").add("dir/x", "").add("../outside.png", png());
  const auto report = read("own.csv",
                           "id,image,question,answer\n1,a.png,q,x\n1,b.png,q,x\n3,gone.png,q,x\n4,gone2.png,q,x\n"
                           "5,gone3.png,q,x\n6,gone4.png,q,x\n7,bad.png,q,x\n8,,q,x\n9,a.png,,x\n10,a.png,q,\n"
                           "11,a.png,q,x,y\n12,../outside.png,q,x\n13,https://host/a.png,q,x\n14,dir,q,x\n",
                           kAnyLoss);
  std::map<std::string, std::int64_t> counts;
  for (const auto& [reason, found] : report.left_out) counts[reason] = found.count;
  EXPECT_THAT(counts, ElementsAre(Pair("duplicate id", 1), Pair("image file is missing", 5), Pair("image is a URL", 1),
                                  Pair("image is outside of the source's folder", 1),
                                  Pair("more cells than columns", 1), Pair("no answer", 1), Pair("no image", 1),
                                  Pair("no question", 1), Pair("not a usable image", 1)));
  EXPECT_THAT(report.left_out.at("image file is missing").first,
              ElementsAre("own.csv:4: \"gone.png\"", "own.csv:5: \"gone2.png\"", "own.csv:6: \"gone3.png\""));
  EXPECT_EQ(report.records, 1);
  EXPECT_EQ(report.rows, 14);
}

TEST_F(Import, ManyLossesAreAnErrorUnlessAllowed) {
  const std::string text = "image,question,answer\na.png,q,x\ngone.png,q,x\n";
  EXPECT_ERROR(read("own.csv", text), kData, "1 of 2 records are left out", "image file is missing", "own.csv:3",
               "--allow-left-out");
  EXPECT_EQ(read("own.csv", text, kAnyLoss).records, 1);
  EXPECT_ERROR(read("own.csv", "image,question,answer\ngone.png,q,x\n", kAnyLoss), kData, "none is left");
  EXPECT_ERROR(read("own.csv", "image,question,answer\n", kAnyLoss), kData, "0 of 0");
}

TEST_F(Import, ImagesAreFoundAsProgramsSpellThem) {
  source_.add("sub/d.jpeg", png(4)).add("elsewhere/e.png", png(5));
  read("own.csv", "image,question,answer\nsub\\d.jpeg,q,x\na,q,x\ne.png,q,x\n",
       {.image_folder = source_.path() / "elsewhere"});
  EXPECT_THAT(all("image"), ElementsAre("images/sub/d.jpeg", "images/a.png", "images/e.png"));
  read("own.csv", "image,question,answer\n" + (source_.path() / "sub/d.jpeg").string() + ",q,x\n");
  EXPECT_THAT(all("image"), ElementsAre("images/sub/d.jpeg"));
}

TEST_F(Import, ImagesOfTwoFoldersKeepTheirNames) {
  source_.add("one/a.png", png(1)).add("two/a.png", png(2));
  source_.add("one/train.csv", "image,question,answer\na.png,q,x\n")
      .add("two/test.csv", "image,question,answer\na.png,q,x\n");
  const auto report = import({.sources = {source_.path() / "one/train.csv", source_.path() / "two/test.csv"}});
  EXPECT_THAT(all("image"), ElementsAre("images/a.png", "images/a-2.png"));
  EXPECT_THAT(all("split"), ElementsAre("train", "test"));  // as their files are named
  EXPECT_THAT(all("id"), ElementsAre("1", "2"));
  EXPECT_EQ(report.split_by, "file or folder");
  EXPECT_EQ(read_file(out_ / "data/images/a-2.png"), png(2));
}

TEST_F(Import, ImagesAreLinkedOrReferenced) {
  const std::string text = "image,question,answer\na.png,q,x\na.png,r,y\n";
  read("own.csv", text, {.images = ImageTransfer::kLink});
  EXPECT_EQ(std::filesystem::hard_link_count(out_ / "data/images/a.png"), 2u);
  EXPECT_EQ(dataset().records.size(), 2u);
  read("own.csv", text, {.images = ImageTransfer::kReference});
  EXPECT_THAT(all("image")[0], canonical_path(source_.path() / "a.png").string());
  EXPECT_FALSE(is_there(out_ / "data/images"));
}

TEST_F(Import, QuestionsAndCaptionsOfOneTable) {
  const auto report = read("own.csv",
                           "image,question,answer,caption\na.png,q1,x,A chest.\na.png,q2,y,A chest.\nb.png,,,A head.\n"
                           "c.png,q3,z,\n");
  EXPECT_THAT(all("id"), ElementsAre("1", "1-caption", "2", "3", "4"));
  EXPECT_THAT(all("question"), ElementsAre("q1", "none", "q2", "none", "q3"));
  EXPECT_EQ(report.notes.at("repeated captions of an image, kept once").count, 1);
  const auto kinds = [&](RecordKind kind) {
    return read_dataset({.name = "records", .folder = out_ / "data", .split = "all", .kind = kind}).records.size();
  };
  EXPECT_EQ(kinds(RecordKind::kQuestions), 3u);
  EXPECT_EQ(kinds(RecordKind::kCaptions), 2u);
}

TEST_F(Import, PersonsAreNotWritten) {
  const auto report = read("own.csv",
                           "image,question,answer,Patient ID,Patientenname,Geburtsdatum,modality\n"
                           "a.png,q,x,P1,Erika Mustermann,1.1.1970,CT\nb.png,q,x,P2,Max Mustermann,2.2.1970,CT\n");
  EXPECT_THAT(report.sources[0].personal, ElementsAre("Patientenname", "Geburtsdatum"));
  EXPECT_THAT(report.sources[0].kept, ElementsAre("modality"));
  for (const auto* file : {"records.jsonl", kImportReportFile})
    for (const auto* word : {"Mustermann", "1970", "P1"})
      EXPECT_THAT(read_file(out_ / "data" / file), ::testing::Not(HasSubstr(word)));
}

TEST_F(Import, ConversationsOfLlavaShareGptAndSwift) {
  read("llava.json", R"([{"id": "x", "image": "a.png", "conversations": [
      {"from": "human", "value": "<image>\nIs it \"[a]\"?"}, {"from": "gpt", "value": "yes"},
      {"from": "human", "value": "Where?"}, {"from": "gpt", "value": "left"}]},
      {"id": "y", "image": "b.png", "conversations": [
      {"from": "human", "value": "<image>"}, {"from": "gpt", "value": "A head."}]}])");
  EXPECT_THAT(all("id"), ElementsAre("x-1", "x-2", "y"));
  EXPECT_THAT(all("question"), ElementsAre("Is it \"[a]\"?", "Where?", "none"));
  const auto report = read(
      "swift.jsonl", R"({"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "<image>q"}, )"
                     R"({"role": "assistant", "content": "x"}], "images": ["a.png"]})"
                     "\n"
                     R"({"messages": [{"role": "user", "content": [{"type": "image", "image": "b.png"}, )"
                     R"({"type": "text", "text": "r"}]}, {"role": "assistant", "content": "y"}]})"
                     "\n");
  EXPECT_THAT(all("question"), ElementsAre("q", "r"));
  EXPECT_THAT(all("image"), ElementsAre("images/a.png", "images/b.png"));
  EXPECT_EQ(report.notes.begin()->second.count, 1);  // the system message
  read("old.jsonl", R"({"query": "<image>q", "response": "x", "images": ["a.png"]})");
  EXPECT_THAT(all("question"), ElementsAre("q"));
}

TEST_F(Import, ConversationsThatCannotBeUsed) {
  const auto report = read("swift.jsonl", R"({"images": ["a.png"], "messages": [{"role": "user", "content": "q"}]}
{"images": ["a.png", "b.png"], "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "x"}]}
{"images": ["a.png"], "messages": "q"}
{"images": [{"bytes": "iVBO"}], "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "x"}]}
[1]
{"images": ["a.png"], "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "x"}]}
)",
                           kAnyLoss);
  std::vector<std::string> reasons;
  for (const auto& [reason, found] : report.left_out) reasons.push_back(reason);
  EXPECT_THAT(reasons, ElementsAre("image inside the row", "not a conversation", "not an object", "several images",
                                   "turns do not alternate"));
  EXPECT_ERROR(read("cut.json", R"([{"image": "a.png", "question": "q")"), kData, "cut.json:1");
  EXPECT_ERROR(read("cut.json", R"([{"image": "a.png"})"), kData, "cut.json:1", "does not end");
}

TEST_F(Import, FoldersOfImages) {
  source_.add("f/train/a.png", png(1)).add("f/train/a.txt", "A chest.\n").add("f/test/b.png", png(2));
  source_.add("f/test/b.txt", "A head.").add("f/test/c.png", png(3));
  auto report = import({.sources = {source_.path() / "f"}, .left_out = LeftOut::kAny});
  EXPECT_THAT(all("split"), ElementsAre("test", "train"));
  EXPECT_THAT(all("answer"), ElementsAre("A head.", "A chest."));
  EXPECT_THAT(report.left_out.at("no caption file").first, ElementsAre("test/c.png: expected c.txt"));
  source_.add("f/train/metadata.csv", "file_name,text\na.png,Lungs\n");
  source_.add("f/test/metadata.jsonl", R"({"file_name": "b.png", "text": "Brain"})");
  import({.sources = { source_.path() / "f" }});
  EXPECT_THAT(all("answer"), ElementsAre("Brain", "Lungs"));
  EXPECT_THAT(all("split"), ElementsAre("test", "train"));
  source_.add("g/own.csv", "x");
  EXPECT_ERROR(import({.sources = {source_.path() / "g"}}), kData, "neither", "own.csv");
}

std::string many_rows() {
  std::string text = "image,question,answer,patient\n";
  for (int i = 0; i < 300; ++i) text += fmt::format("i{}.png,q{},x,P{}\n", i / 3, i, i / 10);
  return text;
}

class ImportSplit : public Import {
 protected:
  ImportSplit() {
    for (int i = 0; i < 100; ++i)
      write_file(source_.path() / fmt::format("i{}.png", i), png(static_cast<std::uint8_t>(i)), Durability::kSystem);
  }
  std::int64_t records_in(const ImportReport& report, const std::string& name) const {
    for (const auto& split : report.splits)
      if (split.name == name) return split.questions;
    return 0;
  }
};

TEST_F(ImportSplit, NoGroupIsOnTwoSides) {
  auto report = read("own.csv", many_rows(), {.by = SplitBy::kImage});
  EXPECT_EQ(report.split_by, "image");
  EXPECT_EQ(report.leaks.images, 0);
  EXPECT_EQ(records_in(report, "test"), 30);
  EXPECT_EQ(records_in(report, "validate"), 30);
  ASSERT_TRUE(report.leaks_by_question);
  EXPECT_GT(report.leaks_by_question->images, 10);
  report = read("own.csv", many_rows());
  EXPECT_EQ(report.split_by, "patient");
  EXPECT_EQ(report.leaks.patients, 0);
  report = read("own.csv", many_rows(), {.by = SplitBy::kRow});
  EXPECT_GT(report.leaks.images, 10);
}

TEST_F(ImportSplit, TheSameGroupsWhateverTheOrder) {
  const auto test_images = [&](const std::string& text) {
    read("own.csv", text, {.by = SplitBy::kImage, .seed = 3});
    std::set<std::string> images;
    for (const auto& line : lines_)
      if (line["split"] == "test") images.insert(line["image"]);
    return images;
  };
  auto text = many_rows();
  const auto images = test_images(text);
  auto rows = split(text, '\n');
  std::reverse(rows.begin() + 1, rows.end());
  EXPECT_EQ(test_images(join(rows, "\n")), images);
  // Pinned: the same on every machine.
  EXPECT_EQ(*images.begin(), "images/i13.png");
}

TEST_F(ImportSplit, SharesAndColumns) {
  EXPECT_EQ(
      records_in(read("own.csv", many_rows(), {.shares = parse_shares("60/20/20"), .by = SplitBy::kImage}), "test"),
      60);
  EXPECT_EQ(records_in(read("own.csv", many_rows(), {.shares = SplitShares{0, 1}}), "test"), 300);
  const std::string given =
      "image,question,answer,split\na.png,q,x,Training\nb.png,q,x,val\nc.png,q,x,test\na.png,r,x,test\n";
  auto report = read("own.csv", given);
  EXPECT_THAT(all("split"), ElementsAre("train", "validate", "test", "test"));
  EXPECT_EQ(report.leaks.images, 1);
  EXPECT_FALSE(report.leaks_by_question);
  EXPECT_ERROR(read("own.csv", given, {.columns = {.split = "split"}, .shares = SplitShares{}}), kUsage, "not both");
  report = read("own.csv", given + "a.png,s,x,\n", kAnyLoss);
  EXPECT_EQ(report.left_out.at("no split").count, 1);
  EXPECT_EQ(report.records, 4);
  EXPECT_ERROR(read("own.csv", given, {.shares = SplitShares{}, .by = SplitBy::kPatient}), kUsage, "--patient-column");
  EXPECT_ERROR(read("own.csv", given, {.shares = SplitShares{0.6, 0.6}}), kUsage, "at most 1 together");
  for (const auto* text : {"80/20", "a/b/c", "0/0/0", "80/10/10/0"})
    EXPECT_ERROR(parse_shares(text), kUsage, "80/10/10");
}

TEST_F(Import, AFewImagesStillGiveEverySplit) {
  const auto report = read("own.csv", "image,question,answer\na.png,q,x\nb.png,q,x\nc.png,q,x\n");
  EXPECT_EQ(report.splits.size(), 3u);
  EXPECT_EQ(read("own.csv", "image,question,answer\na.png,q,x\n").splits[0].name, "train");
}

TEST_F(Import, EqualFilesAreOneImage) {
  source_.add("same.png", png('a'));
  const auto report = read("own.csv", "image,question,answer\na.png,q,x\nsame.png,q,x\nb.png,q,x\nc.png,q,x\n");
  EXPECT_EQ(report.same_contents, 1);
  EXPECT_EQ(lines_[0]["split"], lines_[1]["split"]);
}

TEST_F(ImportSplit, TheSameCommandGivesTheSameBytes) {
  std::vector<std::string> texts;
  for (int i = 0; i < 2; ++i) {
    read("own.csv", many_rows());
    for (const auto& file : files_below(out_ / "data"))
      texts.push_back(file.lexically_relative(out_.path()).string() + read_file(file));
  }
  const auto half = texts.begin() + static_cast<std::ptrdiff_t>(texts.size() / 2);
  EXPECT_TRUE(std::equal(texts.begin(), half, half, texts.end()));
}

TEST_F(Import, UnknownSourcesAreNamed) {
  EXPECT_ERROR(import({}), kUsage, "nothing to import");
  EXPECT_ERROR(import({.sources = {source_.path() / "none.csv"}}), kData, "none.csv", "no such file");
  EXPECT_ERROR(read("own.dat", "x"), kData, "own.dat", "--from", "csv");
  EXPECT_ERROR(read("own.csv", "x", {.from = "cvs"}), kUsage, "did you mean \"csv\"?");
  EXPECT_ERROR(read("own.csv", "PAR1\x15"), kData, "a Parquet file");
  EXPECT_ERROR(read("own.csv", "PK\x03\x04....xl/workbook.xml"), kData, "an Excel workbook");
  EXPECT_ERROR(read("own.csv", "image,question,answer\n", {.separator = "ab"}), kUsage, "--separator");
}

}  // namespace
}  // namespace llama32med::test
