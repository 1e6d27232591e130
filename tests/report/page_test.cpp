#include "llama32med/report/page.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

// Texts that a page must display without breaking.
const std::vector<std::string> kHostile = {
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "]]> {{items}} {{program}} $& \\u003c",
    "\"quoted\" 'both' & \\ back\nslash\ttab",
    "\xE2\x80\xA8 line separator, \xF0\x9F\xAB\x80 lungs",
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// The contents of the script element with this id.
std::string script(const std::string& page, const std::string& id) {
  const std::string tag = "id=\"" + id + "\">";
  const auto begin = page.find(tag);
  if (begin == std::string::npos) return "";
  return page.substr(begin + tag.size(), page.find("</script>", begin) - begin - tag.size());
}

class ReportPageTest : public testing::Test {
 protected:
  std::string write(const ReportPage& page, const Json& summary) {
    write_report_page(folder_ / "report.html", page, summary);
    return read_file(folder_ / "report.html");
  }

  test::TempFolder folder_;
};

PageItem item(const std::string& text) {
  PageItem item{.id = "1" + text, .image = text, .question = text, .reference = text, .answer_type = text};
  item.fields = {{text, text}};
  item.answers = {PageAnswer{.prediction = text, .extracted = "x" + text, .score = 0.5}};
  return item;
}

TEST_F(ReportPageTest, IsOneFileWithItsParts) {
  const auto text = write({.title = "A & B"}, {{"runs", Json::array()}});
  EXPECT_TRUE(text.starts_with("<!doctype html>"));
  EXPECT_NE(text.find("<title>A &amp; B</title>"), std::string::npos);
  EXPECT_EQ(count(text, "{{"), 0);
  EXPECT_NE(text.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(count(text, "'sha256-"), 2);
  // No external resources: the only URL is the SVG namespace.
  EXPECT_EQ(count(text, "http"), count(text, "http-equiv") + count(text, "http://www.w3.org/2000/svg"));
  EXPECT_EQ(count(text, "<link"), 0);
  EXPECT_EQ(count(text, " src=\""), 0);
  EXPECT_EQ(Json::parse(script(text, "item-data")), Json::array());
  EXPECT_EQ(Json::parse(script(text, "image-data")), Json::object());
}

TEST_F(ReportPageTest, HostileTextsAreUnchanged) {
  for (const auto& text : kHostile) {
    ReportPage page{
        .title = text, .items = {item(text)}, .images = {{.id = text, .file = text, .jpeg = "", .error = text}}};
    const auto html = write(page, {{"runs", {{{"name", text}, {"report", {{text, text}}}}}}});
    EXPECT_EQ(count(html, "</script>"), 4) << text;
    EXPECT_EQ(count(html, "<script"), 4) << text;
    EXPECT_EQ(count(html, "<!--"), 0) << text;
    const auto summary = Json::parse(script(html, "summary-data"));
    EXPECT_EQ(summary["title"], text);
    EXPECT_EQ(summary["runs"][0]["name"], text);
    EXPECT_EQ(summary["runs"][0]["report"][text], text);
    const auto read = Json::parse(script(html, "item-data"))[0];
    for (const char* key : {"image", "question", "reference", "answer_type"}) EXPECT_EQ(read[key], text) << key;
    EXPECT_EQ(read["fields"][text], text);
    EXPECT_EQ(read["answers"][0]["prediction"], text);
    EXPECT_EQ(read["answers"][0]["extracted"], "x" + text);
    EXPECT_EQ(Json::parse(script(html, "image-data"))[text]["file"], text);
  }
}

TEST_F(ReportPageTest, InvalidUtf8IsShownWithReplacementCharacters) {
  const auto html = write({.title = "t", .items = {item("a\xFF z")}}, {{"runs", {{{"name", "r"}}}}});
  EXPECT_EQ(Json::parse(script(html, "item-data"))[0]["question"], "a\xEF\xBF\xBD z");
}

TEST_F(ReportPageTest, ItemsContainOnlyKnownFields) {
  PageItem full = item("q");
  full.kind = AnswerKind::kClosed;
  full.answers = {PageAnswer{.prediction = "yes", .extracted = "yes", .score = 1, .flips = {"negation"}}, std::nullopt};
  full.answers[0]->confidence = 0.75, full.answers[0]->human = 0.5, full.answers[0]->error = "none";
  const auto html = write({.title = "t", .items = {full}}, {{"runs", {{{"name", "a"}}, {{"name", "b"}}}}});
  const auto read = Json::parse(script(html, "item-data"))[0];
  EXPECT_EQ(read["kind"], "closed");
  EXPECT_TRUE(read["answers"][1].is_null());
  EXPECT_EQ(read["answers"][0], (Json{{"prediction", "yes"},
                                      {"score", 1.0},
                                      {"flips", {"negation"}},
                                      {"confidence", 0.75},
                                      {"human", 0.5},
                                      {"error", "none"}}));
}

// RFC 4648, section 10.
TEST_F(ReportPageTest, ThumbnailsAreDataUris) {
  ReportPage page{.title = "t"};
  for (const char* bytes : {"f", "fo", "foo", "foob", "fooba", "foobar"})
    page.images.push_back({.id = bytes, .file = "", .jpeg = bytes});
  page.images.push_back({.id = "none", .file = "a.tif", .jpeg = ""});
  const auto images = Json::parse(script(write(page, Json::object()), "image-data"));
  const std::vector<std::string> expected = {"Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(images[page.images[i].id], (Json{{"data", "data:image/jpeg;base64," + expected[i]}}));
  EXPECT_EQ(images["none"], (Json{{"file", "a.tif"}}));
}

TEST_F(ReportPageTest, AnItemHasOneAnswerPerRun) {
  EXPECT_THROW(write({.title = "t", .items = {item("q")}}, {{"runs", {{{"name", "a"}}, {{"name", "b"}}}}}),
               std::invalid_argument);
  EXPECT_THROW(write({.title = "t", .items = {item("q")}}, Json::object()), std::invalid_argument);
}

TEST_F(ReportPageTest, TheSameInputGivesTheSameBytes) {
  const ReportPage page{.title = "t", .items = {item("q"), item("r")}};
  const Json summary = {{"runs", {{{"name", "a"}}}}};
  EXPECT_EQ(write(page, summary), write(page, summary));
}

}  // namespace
}  // namespace llama32med
