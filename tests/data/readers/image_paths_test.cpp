// What a data file may name as an image, for each reader.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "data/data_fixture.h"

namespace llama32med::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Layout {
  std::string reader, images, file;                      // `images`: the folder that names of images are relative to
  std::string (*text)(const std::vector<std::string>&);  // the data file, given the names of images without ".png"
};

std::string json_list(const std::vector<std::string>& names, const char* key) {
  std::string rows;
  for (const auto& name : names)
    rows += fmt::format(R"({}{{"qid": "{}", "{}": "{}.png", "question": "?", "answer": "x", "phrase_type": "para"}})",
                        rows.empty() ? "" : ", ", name, key, name);
  return "[" + rows + "]";
}

const std::vector<Layout> kLayouts = {
    {"slake", "imgs", "train.json", [](const auto& names) { return json_list(names, "img_name"); }},
    {"path_vqa", "images", "train.json", [](const auto& names) { return json_list(names, "image"); }},
    {"vqa_rad", "VQA_RAD Image Folder", "VQA_RAD Dataset Public.json",
     [](const auto& names) { return json_list(names, "image_name"); }},
    {"rocov2", "train", "train_captions.csv",
     [](const auto& names) {
       std::string text = "ID,Caption\n";
       for (const auto& name : names) text += name + ",x\n";
       return text;
     }},
    {"records", ".", "records.jsonl",
     [](const auto& names) {
       std::string lines;
       for (const auto& name : names)
         lines += fmt::format(R"({{"id": "{0}", "image": "{0}.png", "answer": "x", "split": "train"}})", name) + "\n";
       return lines;
     }},
};

void PrintTo(const Layout& layout, std::ostream* out) { *out << layout.reader; }

class ImagePaths : public ::testing::TestWithParam<Layout> {
 protected:
  ImagePaths() {
    data_.add("outside.png", "secret").add("set/" + GetParam().images + "/in.png", "x");
    data_.add("set/beside.png", "x").add("elsewhere/linked.png", "x");
    fs::create_symlink("in.png", images() / "linkin.png");
    fs::create_symlink(data_.path() / "outside.png", images() / "linkout.png");
    fs::create_directory_symlink(data_.path() / "elsewhere", images() / "middle");
    EXPECT_EQ(::mkfifo((images() / "pipe.png").c_str(), 0600), 0);
  }

  fs::path images() const { return data_.path() / "set" / GetParam().images; }

  Dataset read(const std::vector<std::string>& names, const fs::path& folder,
               const std::vector<fs::path>& allowed = {}) {
    data_.add("set/" + GetParam().file, GetParam().text(names));
    return read_dataset({.name = GetParam().reader, .folder = folder, .split = "train", .allowed_outside = allowed});
  }

  DataFolder data_;
};

TEST_P(ImagePaths, BelowTheFolderAreRead) {
  fs::create_directory_symlink(data_.path() / "set", data_.path() / "also");
  for (const auto* folder : {"set", "also", "set/"}) {
    const auto dataset = read({"in", "./in", "linkin"}, data_.path() / folder);
    EXPECT_THAT(ids_of(dataset.records), ::testing::ElementsAre("in", "./in", "linkin")) << folder;
  }
  const auto beside = GetParam().images == "." ? "beside" : "../beside";
  EXPECT_EQ(read({beside}, data_.path() / "set").records.size(), 1u);
}

TEST_P(ImagePaths, ThatLeaveTheFolderAreSkippedByName) {
  const auto up = GetParam().images == "." ? "../outside" : "../../outside";
  const std::vector<std::string> names = {"in", up, "linkout", "middle/linked"};
  const auto dataset = read(names, data_.path() / "set");
  EXPECT_THAT(ids_of(dataset.records), ::testing::ElementsAre("in"));
  ASSERT_EQ(dataset.skipped.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(dataset.skipped[i].id, names[i + 1]);
    EXPECT_THAT(dataset.skipped[i].reason, HasSubstr(names[i + 1]));
    EXPECT_THAT(dataset.skipped[i].reason, HasSubstr("outside of the dataset's folder"));
    EXPECT_THAT(dataset.skipped[i].reason, HasSubstr("data.allow_outside"));
    EXPECT_EQ(dataset.skipped[i].missing_image, "");
  }
  EXPECT_EQ(read(names, data_.path() / "set", {data_.path() / "elsewhere"}).records.size(), 2u);
  EXPECT_EQ(read(names, data_.path() / "set", {data_.path()}).records.size(), 4u);
}

TEST_P(ImagePaths, AbsoluteOnesAndSpecialFilesAreSkipped) {
  const auto dataset = read({(data_.path() / "outside").string(), "/etc/passwd", "pipe"}, data_.path() / "set");
  EXPECT_THAT(dataset.records, ::testing::IsEmpty());
  ASSERT_EQ(dataset.skipped.size(), 3u);
  EXPECT_THAT(dataset.skipped[1].reason, HasSubstr("/etc/passwd"));
  EXPECT_THAT(dataset.skipped[2].reason, HasSubstr("named pipe"));
}

INSTANTIATE_TEST_SUITE_P(Readers, ImagePaths, ::testing::ValuesIn(kLayouts),
                         [](const auto& info) { return info.param.reader; });

}  // namespace
}  // namespace llama32med::test
