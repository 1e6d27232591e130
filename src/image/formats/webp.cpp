#include "image/formats/webp.h"

#include <algorithm>
#include <vector>

#include "image/formats/byte_reader.h"

namespace llama32med {
namespace {

constexpr std::uint32_t kAlphaFlag = 0x10;

struct Chunk {
  std::string_view name, body;
  std::size_t end = 0;  // 0: no whole chunk
};

Chunk chunk_at(std::string_view file, std::size_t at) {
  if (at + 8 > file.size()) return {};
  const std::size_t length = ByteReader(file, ByteOrder::kLittle).u32(at + 4);
  if (length > file.size() - at - 8) return {};
  return {file.substr(at, 4), file.substr(at + 8, length), at + 8 + length + length % 2};
}

void append_chunk(std::string& bytes, std::string_view name, std::string_view body) {
  bytes.append(name);
  append_little_endian(bytes, body.size(), 4);
  bytes.append(body);
  if (body.size() % 2 != 0) bytes.push_back('\0');
}

// Alpha of a lossy frame is a chunk of its own, and needs the extended header.
std::string still_file(std::string_view frame, ImageSize size) {
  std::string chunks;
  for (auto chunk = chunk_at(frame, 0); chunk.end > 0; chunk = chunk_at(frame, chunk.end)) {
    if (chunk.name == "ALPH") {
      std::string extended;
      append_little_endian(extended, kAlphaFlag, 4);
      append_little_endian(extended, static_cast<std::uint64_t>(size.width - 1), 3);
      append_little_endian(extended, static_cast<std::uint64_t>(size.height - 1), 3);
      append_chunk(chunks, "VP8X", extended);
    }
    if (chunk.name == "ALPH" || chunk.name == "VP8 " || chunk.name == "VP8L")
      append_chunk(chunks, chunk.name, chunk.body);
  }
  if (chunks.empty()) return {};
  std::string file = "RIFF";
  append_little_endian(file, chunks.size() + 4, 4);
  return file + "WEBP" + chunks;
}

}  // namespace

WebpFrame first_webp_frame(std::string_view file) {
  constexpr std::size_t kFirstChunk = 12, kFrameHeader = 16;
  WebpFrame frame;
  for (auto chunk = chunk_at(file, kFirstChunk); chunk.end > 0; chunk = chunk_at(file, chunk.end)) {
    const ByteReader in(chunk.body, ByteOrder::kLittle);
    if (chunk.name == "VP8X") frame.transparent = (in.u8(0) & kAlphaFlag) != 0;
    if (chunk.name != "ANMF" || chunk.body.size() < kFrameHeader) continue;
    frame.left = 2 * static_cast<std::int64_t>(in.u24(0)), frame.top = 2 * static_cast<std::int64_t>(in.u24(3));
    frame.size = {in.u24(9) + 1, in.u24(6) + 1};
    frame.still = still_file(chunk.body.substr(kFrameHeader), frame.size);
    return frame;
  }
  return frame;
}

Picture on_canvas(Picture pixels, const WebpFrame& frame, ImageSize canvas) {
  if (pixels.size == canvas) return pixels;
  const std::uint8_t background = frame.transparent ? 255 : 0;
  Picture whole{canvas, pixels.channels,
                std::vector<std::uint8_t>(canvas.height * canvas.width * pixels.channels, background)};
  const auto length = pixels.size.width * pixels.channels;
  for (std::int64_t y = 0; y < pixels.size.height; ++y)
    std::copy_n(pixels.pixels.begin() + y * length, length,
                whole.pixels.begin() + ((frame.top + y) * canvas.width + frame.left) * pixels.channels);
  return whole;
}

}  // namespace llama32med
