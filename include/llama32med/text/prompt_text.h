// Text that a user writes for the model: prompt files, --prompt, requests.
//
// Special tokens cannot be typed. The chat format writes them itself (chat.h), and <image> marks where an image goes.
// "<|eot_id|>" in a prompt would be encoded character by character, so it is refused. Text from datasets is not prompt
// text: whatever it contains is encoded as plain text.
#pragma once
#include <string>
#include <string_view>

namespace llama32med {

inline constexpr std::string_view kImageMark = "<image>";

// Throws Error{kUsage} with `where` if the text contains the name of a special token, <|letters, digits or _|>.
void refuse_special_names(std::string_view text, const std::string& where);

}  // namespace llama32med
