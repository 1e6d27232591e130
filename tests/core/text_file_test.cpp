#include "llama32med/core/text_file.h"

#include <gtest/gtest.h>

#include "llama32med/core/csv.h"
#include "llama32med/core/file_kind.h"
#include "support/expect_error.h"

namespace llama32med {
namespace {

using namespace std::string_literals;

std::string read(const std::string& bytes, InvalidUtf8 invalid = InvalidUtf8::kRefuse) {
  return text_of_bytes(bytes, "a.csv", invalid);
}

TEST(TextFile, EveryUnicodeEncodingWithAMarkIsRead) {
  const std::string text = "id,é 肝 😀\n";
  EXPECT_EQ(read(text), text);
  EXPECT_EQ(read("\xEF\xBB\xBF" + text), text);
  EXPECT_EQ(read("\xFF\xFEi\0d\0,\0\xE9\0 \0\x9D\x80 \0\x3D\xD8\x00\xDE\n\0"s), text);
  EXPECT_EQ(read("\xFE\xFF\0i\0d\0,\0\xE9\0 \x80\x9D\0 \xD8\x3D\xDE\x00\0\n"s), text);
  EXPECT_EQ(read("\xFF\xFE\0\0i\0\0\0\x00\xF6\x01\0"s), "i😀");
  EXPECT_EQ(read("\0\0\xFE\xFF\0\0\0i\0\x01\xF6\x00"s), "i😀");
  EXPECT_EQ(read("\xFF\xFE\x3D\xD8x\0"s), "\uFFFDx");  // half of a pair
}

TEST(TextFile, BytesThatAreNotTextAreNamed) {
  constexpr auto kData = ErrorKind::kData;
  EXPECT_ERROR(read("\xFF\xFEi"), kData, "a.csv: is UTF-16", "truncated");
  EXPECT_ERROR(read("i\0d\0"s), kData, "a.csv: contains zero bytes", "UTF-16");
  EXPECT_ERROR(read("a\nb\ngr\xF6\xDF\n"), kData, "a.csv:3: contains bytes that are not UTF-8");
  EXPECT_EQ(read("gr\xF6", InvalidUtf8::kReplace), "gr\uFFFD");
  EXPECT_ERROR(read("PK\x03\x04....xl/workbook.xml"), kData, "a.csv: is an Excel workbook, not text", "CSV");
  EXPECT_ERROR(read("PK\x03\x04....a.txt"), kData, "a ZIP archive", "unpack");
  EXPECT_ERROR(read("\x1F\x8B\x08"), kData, "a gzip archive");
  EXPECT_ERROR(read("PAR1\x15\x04"), kData, "a Parquet file", "JSON Lines");
  EXPECT_ERROR(read("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), kData, "Git LFS pointer",
               "git lfs pull");
  EXPECT_ERROR(read("\n<!DOCTYPE HTML><html>"), kData, "an HTML page", "download");
  EXPECT_ERROR(read("\xFF\xD8\xFF\xE0"), kData, "a JPEG image");
}

TEST(TextFile, Windows1252IsConvertedWhereItIsAllowed) {
  const auto windows = [](const std::string& bytes) { return read(bytes, InvalidUtf8::kWindows1252); };
  EXPECT_EQ(windows("\xD6"
                    "dem der Haut \x96 \x80"
                    "5\n"),
            "Ödem der Haut – €5\n");
  EXPECT_EQ(windows("Ödem"), "Ödem");
  EXPECT_TRUE(
      is_windows_1252("\xD6"
                      "dem"));
  for (const char* other : {"Ödem", "plain", "\xFF\xFEi", "Ödem \xD6"}) EXPECT_FALSE(is_windows_1252(other)) << other;
  EXPECT_ERROR(windows("Ödem \xD6"), ErrorKind::kData, "not UTF-8");  // damaged UTF-8
}

TEST(TextFile, PlainTextIsOfNoForeignKind) {
  for (const char* text : {"", "id,prediction\n", "{\"a\": 1}", "PAR1,b\n", "<image> Is there a fracture?", "PK"})
    EXPECT_EQ(file_kind(text), nullptr) << text;
  const auto* dicom = file_kind(std::string(128, '\0') + "DICM");
  ASSERT_NE(dicom, nullptr);
  EXPECT_EQ(dicom->name, "a DICOM file");
}

TEST(TextFile, CarriageReturnsAloneEndLinesIfTheFirstLineEndsSo) {
  EXPECT_EQ(line_end_of("a\rb\r"), '\r');
  EXPECT_EQ(line_end_of("a,\"b\nc\"\rd"), '\r');
  EXPECT_EQ(line_end_of("a\r\nb\r\n"), '\n');
  EXPECT_EQ(line_end_of("a\r\r\nb"), '\n');
  EXPECT_EQ(line_end_of("a\nb\r"), '\n');
  EXPECT_EQ(line_end_of("a"), '\n');
  const auto rows = parse_csv("id,text\r1,\"two\nlines\"\r\r2,b", "x.csv");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].cells[1], "two\nlines");
  EXPECT_EQ(rows[2].cells[0], "2");
}

}  // namespace
}  // namespace llama32med
