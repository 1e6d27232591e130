#include "models/toy/toy_config.h"

#include "llama32med/core/json_object.h"

namespace llama32med::toy {

Config read_config(const Json& json, const std::string& where) {
  constexpr IntegerRange kSize{1, 1'000'000}, kToken{0, 1'000'000};
  const JsonObject top(json, where);
  const auto text = top.section("text_config"), vision = top.section("vision_config");
  Config c{.vocab_size = text.integer("vocab_size", kSize),
           .hidden_size = text.integer("hidden_size", kSize),
           .intermediate_size = text.integer("intermediate_size", kSize),
           .num_hidden_layers = text.integer("num_hidden_layers", kSize),
           .num_attention_heads = text.integer("num_attention_heads", kSize),
           .max_position_embeddings = text.integer("max_position_embeddings", kSize),
           .eos_token_id = text.integers("eos_token_id", kToken),
           .pad_token_id = text.integer("pad_token_id", kToken),
           .image_token_id = top.integer("image_token_id", kToken),
           .patch_size = vision.integer("patch_size", kSize),
           .max_grid = vision.integer("max_grid", kSize),
           .vision_hidden_size = vision.integer("hidden_size", kSize)};
  if (c.hidden_size % (2 * c.num_attention_heads) != 0)
    text.fail("\"hidden_size\" {} must be a multiple of twice num_attention_heads {}", c.hidden_size,
              c.num_attention_heads);
  return c;
}

}  // namespace llama32med::toy
