// `llama32med inspect`: tensors of a model or adapter folder, tokens of a text, tiles of an image.
#pragma once
#include <filesystem>
#include <string>

#include "llama32med/core/json_fwd.h"
#include "llama32med/image/image_processor.h"

namespace llama32med {

// {"parameters", "bytes", "tensors": [{"name", "dtype", "shape"}]} of a folder or of one safetensors file.
Json inspect_weights(const std::filesystem::path& path);

// An adapter folder: {"rank", "alpha", "rslora", "dora", "target_modules", "base_model", "parameters", "bytes",
// "parts": {"vision": {"modules", "parameters"}, ..}, "modules_to_save", "tensors"}.
bool is_adapter(const std::filesystem::path& path);
Json inspect_adapter(const std::filesystem::path& path);

// {"ids", "tokens"} of a text.
Json inspect_text(const std::filesystem::path& model, const std::string& text);

// A JSON line {"ids"} for each line {"text"} of `file`. Throws Error{kData} with the line number.
std::string inspect_text_file(const std::filesystem::path& model, const std::filesystem::path& file);

// {"aspect_ratio_id", "tiles", "canvas", "resized", "source"}; `tiles_out`: file for the 8-bit tiles [n, 3, S, S].
Json inspect_image(const std::filesystem::path& model, const std::filesystem::path& image,
                   const ImageProcessorConfig& config, const std::filesystem::path& tiles_out);

}  // namespace llama32med
