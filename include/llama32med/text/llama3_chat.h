// The chat format of Llama 3 with images: the released chat template without tool calls.
//
//   <|begin_of_text|>
//   <|start_header_id|>user<|end_header_id|>\n\n<|image|>Is there a fracture?<|eot_id|>
//   <|start_header_id|>assistant<|end_header_id|>\n\nNo.<|eot_id|>                  (without these line breaks)
//
// Rules of the template: a system turn comes first, is trimmed, and gets two date lines. Without a system turn, a
// conversation without images gets a system turn that holds only the date lines; one with images gets none. Text of
// users and assistants is not trimmed. <|image|> replaces the image part, without a newline. The two newlines after a
// header are encoded with the text that follows: the split pattern joins them with leading white space.
//
// Throws Error{kUsage} if a system turn is not the first or contains an image.
#pragma once
#include <string>
#include <vector>

#include "llama32med/text/chat.h"

namespace llama32med {

class Llama3Chat final : public ChatFormat {
 public:
  std::vector<ChatPiece> pieces(const std::vector<ChatTurn>& turns, const ChatOptions& options) const override;
  std::string image_token() const override;
  std::string end_of_turn() const override;
};

}  // namespace llama32med
