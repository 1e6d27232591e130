// SLAKE 1.0 (Liu et al., "SLAKE: a semantically-labeled knowledge-enhanced dataset for medical visual question
// answering", ISBI 2021). English rows by default: the two languages were split independently, and 72 of the 96 English
// test images are in the Chinese train split. English-only copies lack the column q_lang: the language is then that of
// the question's script.
#include "data/readers/slake_reader.h"

#include <algorithm>
#include <array>

#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLayout =
    "slake expects train.json, validate.json (or validation.json), test.json and imgs/xmlabN/source.jpg in its folder";

struct Language {
  std::string_view word, code;
};
constexpr std::array kLanguages = {Language{"en", "en"}, Language{"english", "en"}, Language{"zh", "zh"},
                                   Language{"cn", "zh"}, Language{"zh-cn", "zh"},   Language{"chinese", "zh"}};

// U+3000 to U+9FFF: in UTF-8 they begin with these bytes.
bool is_chinese(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return '\xE3' <= c && c <= '\xE9'; });
}

// "en" or "zh"; "" for any other language.
std::string_view language_of(const Record& record) {
  const auto word = ascii_lower(field_of(record, "q_lang"));
  if (word.empty()) return is_chinese(record.question) ? "zh" : "en";
  for (const auto& known : kLanguages)
    if (known.word == word) return known.code;
  return "";
}

void read(const DatasetRequest& request, RecordCollector& collector) {
  if (request.language != "en" && request.leaky_rows == LeakyRows::kRefuse)
    throw usage_error(
        "slake: language \"{}\" adds rows whose train split contains 72 of the 96 English test images; set "
        "data.allow_leaky if you want that",
        request.language);
  const auto take = [&](const Json& row, const std::string& where) {
    Record record = record_from_row(row, {"qid", "img_name", "question", "answer"});
    const auto language = language_of(record);
    if (language.empty())
      return collector.skip(record.id, where,
                            fmt::format("q_lang \"{}\" is neither en nor zh", field_of(record, "q_lang")));
    if (request.language != "all" && language != request.language) return;
    record.image = request.folder / "imgs" / record.image_id;
    collector.add(std::move(record), where);
  };
  for_each_row(json_of_split(request.folder, request.split), kLayout, collector, take);
}

std::vector<SplitInfo> splits(const fs::path&) {
  return {{"train", "4,919 English rows, one without an answer"},
          {"validate", "1,053 English rows"},
          {"test", "1,061 English rows"}};
}

std::vector<std::string> images(const fs::path& folder) {  // skips the mask.png next to each source.jpg
  return find_images(folder / "imgs", folder / "imgs", [](const fs::path& path) { return path.stem() == "source"; });
}

}  // namespace

DatasetReader slake_reader() { return {"slake", kLayout, splits, read, images}; }

}  // namespace llama32med
