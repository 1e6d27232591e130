// Prepares images and conversations for the toy model.
#pragma once
#include "llama32med/image/image_processor.h"
#include "llama32med/text/chat.h"
#include "models/toy/toy_config.h"

namespace llama32med::toy {

// Resizes an image to [3, height, width], both whole numbers of patches, at most max_grid. Each patch is one token.
class ToyImageProcessor final : public ImageProcessor {
 public:
  ToyImageProcessor(const Config& config, const ImageProcessorConfig& images)
      : ImageProcessor(images), patch_size_(config.patch_size), max_grid_(config.max_grid) {}

  ImageExtent extent(ImageSize picture) const override;
  ImageExtent largest_extent() const override { return {max_grid_ * max_grid_, {max_grid_, max_grid_}}; }
  std::optional<std::int64_t> fixed_tokens() const override { return std::nullopt; }  // depends on the image
  ImageSize native_size() const override { return {2 * patch_size_, 3 * patch_size_}; }
  const PixelScaling& scaling() const override { return scaling_; }

 private:
  ProcessedImage arrange(const Picture& picture) const override;

  std::int64_t patch_size_, max_grid_;
  PixelScaling scaling_;
};

//   <|begin_of_text|>USER: <image tokens>Is there a fracture? ASSISTANT: No.<|eot_id|>
class ToyChat final : public ChatFormat {
 public:
  std::vector<ChatPiece> pieces(const std::vector<ChatTurn>& turns, const ChatOptions& options) const override;
  std::string image_token() const override { return "<|reserved_special_token_2|>"; }
  std::string end_of_turn() const override { return "<|eot_id|>"; }
};

}  // namespace llama32med::toy
