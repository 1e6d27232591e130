// SentencePiece models (Kudo and Richardson 2018) with the Llama-3 special tokens and <|image|> behind their pieces.
//
// Text must come back as it was: a model is taken only if it has no normalizer and no dummy prefix and knows every byte
// (what train_sentencepiece makes). U+2581, which SentencePiece uses for the blank, goes through its three bytes.
#pragma once
#include <memory>
#include <string>

#include "llama32med/text/tokenizer.h"

namespace llama32med {

// Throws Error{kData} with `source` if the bytes are not a model, or the model changes text.
std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(std::string_view model, const std::string& source);

}  // namespace llama32med
