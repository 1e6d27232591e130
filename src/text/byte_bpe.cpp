#include "text/byte_bpe.h"

#include <algorithm>

#include "llama32med/core/error.h"

namespace llama32med {

// One piece while it merges: symbols in a doubly linked list, possible merges in a heap. Outdated merges stay in the
// heap and are recognized by their length: symbols only grow, so a pair is unchanged exactly if its joint length is.
class ByteBpe::Merging {
 public:
  Merging(const ByteBpe& bpe, std::string_view piece) : bpe_(bpe), piece_(piece), symbols_(piece.size()) {
    const auto count = static_cast<std::int64_t>(piece.size());
    for (std::int64_t i = 0; i < count; ++i)
      symbols_[i] = {1, i - 1, i + 1 < count ? i + 1 : -1, bpe.byte_ids_[static_cast<unsigned char>(piece[i])]};
    for (std::int64_t i = 0; i + 1 < count; ++i)
      if (const auto merge = possible(i)) heap_.push_back(*merge);
    std::make_heap(heap_.begin(), heap_.end(), later);
  }

  void run(std::vector<std::int64_t>& ids) {
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), later);
      const Candidate best = heap_.back();
      heap_.pop_back();
      if (still_possible(best)) apply(best);
    }
    for (std::int64_t at = 0; at >= 0; at = symbols_[at].next) ids.push_back(symbols_[at].id);
  }

 private:
  struct Symbol {
    std::int64_t length;  // in bytes, from its own index on; 0: merged into a symbol to the left
    std::int64_t previous, next;
    std::int64_t id;
  };
  struct Candidate {
    std::int64_t rank, at, length, id;
  };

  static bool later(const Candidate& a, const Candidate& b) { return a.rank != b.rank ? a.rank > b.rank : a.at > b.at; }

  std::optional<Candidate> possible(std::int64_t at) const {
    const Symbol& left = symbols_[at];
    if (left.next < 0) return std::nullopt;
    const Symbol& right = symbols_[left.next];
    const auto length = left.length + right.length;
    const auto merge = bpe_.merge_of(left.id, right.id, piece_.substr(at, length));
    if (!merge) return std::nullopt;
    return Candidate{merge->rank, at, length, merge->id};
  }

  bool still_possible(const Candidate& merge) const {
    const Symbol& left = symbols_[merge.at];
    return left.length > 0 && left.next >= 0 && left.length + symbols_[left.next].length == merge.length;
  }

  void apply(const Candidate& merge) {
    Symbol& left = symbols_[merge.at];
    Symbol& right = symbols_[left.next];
    left.length = merge.length;
    left.id = merge.id;
    left.next = right.next;
    right.length = 0;
    if (left.next >= 0) symbols_[left.next].previous = merge.at;
    push(merge.at);
    if (left.previous >= 0) push(left.previous);
  }

  void push(std::int64_t at) {
    const auto merge = possible(at);
    if (!merge) return;
    heap_.push_back(*merge);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  const ByteBpe& bpe_;
  std::string_view piece_;
  std::vector<Symbol> symbols_;
  std::vector<Candidate> heap_;
};

ByteBpe::ByteBpe(std::vector<std::string> tokens, std::optional<Merges> merges, WholePiece whole_piece,
                 const std::string& where)
    : tokens_(std::move(tokens)), merges_(std::move(merges)), whole_piece_(whole_piece) {
  by_bytes_.reserve(tokens_.size());
  for (std::size_t id = 0; id < tokens_.size(); ++id) {
    if (tokens_[id].empty()) continue;
    const auto [other, is_new] = by_bytes_.emplace(tokens_[id], static_cast<std::int64_t>(id));
    if (!is_new) throw data_error("{}: the tokens {} and {} have the same bytes", where, other->second, id);
    longest_ = std::max(longest_, tokens_[id].size());
  }
  for (int byte = 0; byte < 256; ++byte) {
    const char text = static_cast<char>(byte);
    const auto id = id_of({&text, 1});
    if (!id) throw data_error("{}: no token for the single byte 0x{:02x}; all 256 are required", where, byte);
    byte_ids_[byte] = *id;
  }
}

std::optional<std::int64_t> ByteBpe::id_of(std::string_view bytes) const {
  if (bytes.size() > longest_) return std::nullopt;
  const auto found = by_bytes_.find(bytes);
  if (found == by_bytes_.end()) return std::nullopt;
  return found->second;
}

const std::string* ByteBpe::token(std::int64_t id) const {
  if (id < 0 || id >= size() || tokens_[id].empty()) return nullptr;
  return &tokens_[id];
}

std::optional<ByteBpe::Merge> ByteBpe::merge_of(std::int64_t left, std::int64_t right, std::string_view both) const {
  if (!merges_) {
    const auto id = id_of(both);
    if (!id) return std::nullopt;
    return Merge{*id, *id};
  }
  const auto found = merges_->find(pair_key(left, right));
  if (found == merges_->end()) return std::nullopt;
  return found->second;
}

void ByteBpe::encode(std::string_view piece, std::vector<std::int64_t>& ids) const {
  if (piece.size() == 1) return ids.push_back(byte_ids_[static_cast<unsigned char>(piece[0])]);
  if (whole_piece_ == WholePiece::kLookUp) {
    if (const auto id = id_of(piece)) return ids.push_back(*id);
  }
  Merging(*this, piece).run(ids);
}

}  // namespace llama32med
