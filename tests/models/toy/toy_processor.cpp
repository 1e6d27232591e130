#include "models/toy/toy_processor.h"

#include <algorithm>

#include "llama32med/image/resize.h"

namespace llama32med::toy {

ImageExtent ToyImageProcessor::extent(ImageSize picture) const {
  const auto patches = [&](std::int64_t side) {
    return std::clamp<std::int64_t>((side + patch_size_ / 2) / patch_size_, 1, max_grid_);
  };
  const ImageGrid grid{patches(picture.height), patches(picture.width)};
  return {grid.count(), grid};
}

ProcessedImage ToyImageProcessor::arrange(const Picture& picture) const {
  const auto extent = this->extent(picture.size);
  const ImageSize size{extent.grid.high * patch_size_, extent.grid.wide * patch_size_};
  const auto resized = to_rgb(resize_bilinear(picture, size));
  const auto pixels = size.height * size.width;
  ProcessedImage image{.shape = {3, size.height, size.width},
                       .pixels = std::vector<std::uint8_t>(resized.pixels.size()),
                       .extent = extent,
                       .resized = size,
                       .canvas = size};
  for (std::int64_t i = 0; i < pixels; ++i)
    for (std::int64_t c = 0; c < 3; ++c) image.pixels[c * pixels + i] = resized.pixels[3 * i + c];
  return image;
}

std::vector<ChatPiece> ToyChat::pieces(const std::vector<ChatTurn>& turns, const ChatOptions& options) const {
  ChatPieces pieces;
  pieces.special("<|begin_of_text|>");
  for (const auto& turn : turns) {
    const bool answer = turn.role == Role::kAssistant;
    const auto supervised = answer ? 0 : ChatPieces::kNotSupervised;
    pieces.text(turn.role == Role::kUser ? "USER: " : answer ? "ASSISTANT: " : "");
    for (const auto& part : turn.parts) {
      if (part.kind == ChatPart::Kind::kImage)
        pieces.image(image_token());
      else
        pieces.text(part.text, supervised);
    }
    if (answer)
      pieces.special(end_of_turn(), supervised);
    else
      pieces.text(" ");
  }
  if (options.generation_prompt == GenerationPrompt::kAssistant) pieces.text("ASSISTANT: " + options.answer_head);
  return pieces.take();
}

}  // namespace llama32med::toy
