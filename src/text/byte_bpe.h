// Byte pair encoding over bytes: a piece starts as single bytes, and the pair of the lowest rank, leftmost first, is
// merged until none is left. O(n log n) in the length of the piece.
//
// The merges are given in one of two forms, which give the same ids for the same vocabulary:
//   ranks    tiktoken: two neighbors merge if their joined bytes are a token; its id is the rank
//   merges   tokenizer.json: the list of pairs, in order of rank
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace llama32med {

enum class WholePiece {
  kLookUp,  // a piece that is itself a token becomes that token, whatever the merges say (`ignore_merges`;
            // tiktoken)
  kMerge,
};

class ByteBpe {
 public:
  struct Merge {
    std::int64_t rank, id;
  };
  using Merges = std::unordered_map<std::uint64_t, Merge>;  // by pair_key(left, right)
  static std::uint64_t pair_key(std::int64_t left, std::int64_t right) {
    return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint64_t>(right);
  }

  // tokens: bytes by id, "" for unused ids. Throws Error{kData} with `where` if a single byte has no token or two ids
  // have the same bytes.
  ByteBpe(std::vector<std::string> tokens, std::optional<Merges> merges, WholePiece whole_piece,
          const std::string& where);
  ByteBpe(const ByteBpe&) = delete;  // by_bytes_ points into tokens_
  ByteBpe& operator=(const ByteBpe&) = delete;

  void encode(std::string_view piece, std::vector<std::int64_t>& ids) const;  // appends
  const std::string* token(std::int64_t id) const;                            // nullptr if there is no such token
  std::optional<std::int64_t> id_of(std::string_view bytes) const;
  std::int64_t size() const { return static_cast<std::int64_t>(tokens_.size()); }

 private:
  class Merging;
  std::optional<Merge> merge_of(std::int64_t left, std::int64_t right, std::string_view both) const;

  std::vector<std::string> tokens_;
  std::unordered_map<std::string_view, std::int64_t> by_bytes_;
  std::array<std::int64_t, 256> byte_ids_{};
  std::optional<Merges> merges_;
  WholePiece whole_piece_;
  std::size_t longest_ = 1;
};

}  // namespace llama32med
