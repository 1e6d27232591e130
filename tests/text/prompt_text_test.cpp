#include "llama32med/text/prompt_text.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace llama32med {
namespace {

TEST(PromptText, NamesOfSpecialTokensAreRefused) {
  for (const auto* name :
       {"<|image|>", "<|begin_of_text|>", "<|eot_id|>", "<|reserved_special_token_7|>", "<|im_end|>"})
    for (const auto& text : {std::string(name), "a | b <| " + std::string(name) + " x", std::string(name) + "?"})
      EXPECT_ERROR(refuse_special_names(text, "--prompt"), ErrorKind::kUsage, "--prompt", name, "<image>");
}

TEST(PromptText, OtherTextIsNot) {
  for (const auto* text : {"", "<image>", "a <| b |> c", "<||>", "<|", "p < 0.05 | n > 3", "<|no end", "|><|"})
    EXPECT_NO_THROW(refuse_special_names(text, "--prompt")) << text;
}

}  // namespace
}  // namespace llama32med
