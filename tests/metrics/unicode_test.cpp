#include "llama32med/metrics/unicode.h"

#include <gtest/gtest.h>

#include "llama32med/core/sha256.h"

namespace llama32med {
namespace {

std::string utf8(char32_t code) {
  std::string out;
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
  if (code >= 0x10000) {
    out = {static_cast<char>(0xF0 | code >> 18), static_cast<char>(0x80 | (code >> 12 & 0x3F))};
  } else {
    out = {static_cast<char>(0xE0 | code >> 12)};
  }
  return out + static_cast<char>(0x80 | (code >> 6 & 0x3F)) + static_cast<char>(0x80 | (code & 0x3F));
}

std::string hash_of_all(std::string (*function)(std::string_view)) {
  Sha256 sum;
  for (char32_t code = 1; code < 0x20000; ++code)
    if (code < 0xD800 || code > 0xDFFF) sum.add(function(utf8(code)) + "\n");
  return sum.hex();
}

// Python 3.11 (Unicode 14) over the same characters: sha256 of "".join(chr(c).lower() + "\n" for c in ...) as UTF-8.
TEST(Unicode, CaseEqualsPythonsForEveryCharacter) {
  EXPECT_EQ(hash_of_all(lower_case), "768e60a980d7373530be93b4d900c65d250200ac90f164bf0b5a49656f6c4535");
  EXPECT_EQ(hash_of_all(case_fold), "073953ef1987a3b070789e3055158707050809e51df352323652607d86f40708");
}

// The same with unicodedata.normalize("NFKC", ...); up to U+A7F1, since U+A7F2 came with Unicode 14 and sentencepiece
// 0.1.97 has Unicode 12's table.
TEST(Unicode, NfkcEqualsPythonsUpToA7F1) {
  Sha256 sum;
  for (char32_t code = 1; code < 0xA7F2; ++code) sum.add(nfkc(utf8(code)) + "\n");
  EXPECT_EQ(sum.hex(), "6794afd6eb5d37610c488223621c33d8f5b92009b806ed5600f4044f2fccc4ff");
}

TEST(Unicode, NfkcWorksInsideText) {
  EXPECT_EQ(nfkc("  ﬁve  x²\t½ mg "), "  five  x2\t1⁄2 mg ");
  EXPECT_EQ(nfkc("cafe\u0301"), "café");
  EXPECT_EQ(nfkc("５ｍｍ　ＣＴ．"), "5mm CT.");
  EXPECT_EQ(nfkc("é\u2581 a"), "é\u2581 a");  // sentencepiece's own mark for a space
  EXPECT_EQ(nfkc("é<s></s><unk>"), "é<s></s><unk>");
  EXPECT_EQ(nfkc(""), "");
}

TEST(Unicode, BytesThatAreNotUtf8BecomeTheReplacementCharacter) {
  EXPECT_EQ(nfkc("a\xFF"), "a\uFFFD");
  EXPECT_EQ(lower_case("A\xC3"), "a\uFFFD");
  EXPECT_EQ(case_fold("\xE2\x82Z"), "\uFFFDz");
}

TEST(Unicode, LowerCaseAndFoldingDifferWhereTheyShould) {
  EXPECT_EQ(lower_case("STRAẞE Straße"), "straße straße");
  EXPECT_EQ(case_fold("STRAẞE Straße"), "strasse strasse");
  EXPECT_EQ(lower_case("ÉCHO Ω ЖКТ"), "écho ω жкт");
}

TEST(Unicode, WhiteSpaceIsPythons) {
  EXPECT_EQ(trim_white_space(" \u00A0\u3000\tyes Å\u2003\n\x1F"), "yes Å");
  EXPECT_EQ(trim_white_space("\u2028 \u00A0"), "");
  EXPECT_EQ(trim_white_space("\u200Bno"), "\u200Bno");  // a zero-width space is not white space
  EXPECT_EQ(collapse_white_space("  left \t\n lung\u00A0 \u2003base "), "left lung base");
  EXPECT_EQ(collapse_white_space("a\xE2\x80"), "a\xE2\x80");  // truncated inside a character
}

TEST(Unicode, TheTablesHaveAFingerprint) {
  EXPECT_EQ(unicode_tables_sha256().size(), 64u);
  EXPECT_EQ(unicode_tables_sha256(), unicode_tables_sha256());
}

}  // namespace
}  // namespace llama32med
