// The chat format of Llama 3 with images: the released chat template, tool calls left out.
//
//   <|begin_of_text|>
//   <|start_header_id|>user<|end_header_id|>\n\n<|image|>Is there a fracture?<|eot_id|>
//   <|start_header_id|>assistant<|end_header_id|>\n\nNo.<|eot_id|>                  (without these line breaks)
//
// Rules of the template: a system turn comes first, is trimmed, and gets two date lines; without one, a conversation
// that shows no image gets the date lines in a system turn of its own, and one that shows an image gets nothing.
// Users' and assistants' text is not trimmed. <|image|> stands where the image part stands, with no line end. The two
// line ends behind a header belong to the text that follows them: the split pattern joins them with blanks and line
// ends at its beginning.
//
// Throws Error{kUsage}: a system turn that is not the first or holds an image.
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
