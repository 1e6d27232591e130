#include "llama32med/metrics/tokens.h"

#include <gtest/gtest.h>

#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

std::string joined(const Tokens& tokens) { return join(tokens, "|"); }

TEST(Tokens, WhiteSpaceIsUnicodes) {
  EXPECT_EQ(joined(white_space_tokens(" a\tb\u00A0c\u2009d\n")), "a|b|c|d");
  EXPECT_TRUE(white_space_tokens(" \u3000").empty());
}

TEST(Tokens, WordsAreLettersDigitsAndUnderscores) {
  EXPECT_EQ(joined(word_tokens("Caf\u00E9, T2-weighted (\u03B1_1) 3.5")), "caf\u00E9|t2|weighted|\u03B1_1|3|5");
  EXPECT_EQ(joined(word_tokens("\u5DE6\u80BA\u3002x\u00B0")), "\u5DE6\u80BA|x");
}

// sacrebleu 2.6.0, BLEU().tokenizer.
TEST(Tokens, MtevalSplitsAsciiMarksOnly) {
  EXPECT_EQ(joined(tokens_13a("A 2-part, 3.5 cm (left) mass.")), "A|2|-|part|,|3.5|cm|(|left|)|mass|.");
  EXPECT_EQ(joined(tokens_13a("1,000.5 a.b c, d-e 'x' \u201Cy\u201D 5\u00B0.")),
            "1,000.5|a|.|b|c|,|d-e|'x'|\u201Cy\u201D|5\u00B0|.");
  EXPECT_EQ(joined(tokens_13a("a &lt;5 &amp; b <skipped>c")), "a|<|5|&|b|c");
  EXPECT_TRUE(tokens_13a("").empty());
}

TEST(Tokens, RougeKeepsAsciiLettersAndDigits) {
  EXPECT_EQ(joined(rouge_tokens("Caf\u00E9 T2-weighted, 3.5cm")), "caf|t2|weighted|3|5cm");
}

// pycocoevalcap 1.2 with its stanford-corenlp-3.4.1.jar.
TEST(Tokens, PtbKeepsTheOriginalsQuirks) {
  EXPECT_EQ(joined(ptb_tokens("The left ventricle (LV) is dilated; zones (>2:1), 90\u00A0% and 120\u00B0.")),
            "the|left|ventricle|-lrb-|lv|-rrb-|is|dilated|zones|-lrb-|>|2:1|-rrb-|90|%|and|120|\u00B0");
  EXPECT_EQ(joined(ptb_tokens("right ventricle A. The B. flow vs. Fig. 3 e.g. this approx. 5")),
            "right|ventricle|a|the|b.|flow|vs.|fig.|3|e.g.|this|approx|5");
  EXPECT_EQ(joined(ptb_tokens("T1,T2-weighted 7.5-mm 2x1.6 cm 1/2 A/B/C/D 46,XX bladder.MRI")),
            "t1,t2-weighted|7.5-mm|2x1|.6|cm|1/2|a/b/c|/|d|46|xx|bladder.mri");
  EXPECT_EQ(joined(ptb_tokens("patient's isn't cannot I'm 10 o\u2019clock costo- and three\u2013four why?? no!")),
            "patient|'s|is|n't|can|not|i|'m|10|o\u2019clock|costo|and|three|four|why|??|no");
  EXPECT_TRUE(ptb_tokens(" . ").empty());
}

TEST(Tokens, ImageclefText) {
  EXPECT_EQ(imageclef_text("A 3.5 cm T2-weighted (left)"), "a numbernumber cm tnumberweighted left");
}

}  // namespace
}  // namespace llama32med
