// SentencePiece models (Kudo and Richardson 2018), followed by the Llama 3 special tokens and <|image|>.
//
// Decoding must reproduce the text: a model is accepted only if it has no normalizer, no dummy prefix and a piece for
// every byte (train_sentencepiece makes such models). U+2581, SentencePiece's mark for a space, is encoded as its three
// bytes.
#pragma once
#include <memory>
#include <string>

#include "llama32med/text/tokenizer.h"

namespace llama32med {

// Throws Error{kData} with `source` if the bytes are not a model or the model changes text.
std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(std::string_view model, const std::string& source);

}  // namespace llama32med
