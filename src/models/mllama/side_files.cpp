#include "models/mllama/side_files.h"

#include "llama32med/core/config_json.h"

namespace llama32med::mllama {
namespace {

constexpr const char* kBegin = "<|begin_of_text|>";
constexpr const char* kEndOfTurn = "<|eot_id|>";
constexpr const char* kPad = "<|finetune_right_pad_id|>";

// Renders the same text as the released template without tools.
constexpr const char* kChatTemplate =
    R"({{- bos_token -}}
{%- if date_string is not defined -%}{%- set date_string = '26 Jul 2024' -%}{%- endif -%}
{%- set ns = namespace(pictures=false) -%}
{%- for m in messages -%}{%- if m['content'] is not string -%}{%- for part in m['content'] -%}
{%- if part['type'] == 'image' -%}{%- set ns.pictures = true -%}{%- endif -%}
{%- endfor -%}{%- endif -%}{%- endfor -%}
{%- set has_system = messages[0]['role'] == 'system' -%}
{%- if has_system or not ns.pictures -%}
{{- '<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: ' -}}
{{- date_string + '\n\n' -}}{%- if has_system -%}{{- messages[0]['content'] | trim -}}{%- endif -%}{{- '<|eot_id|>' -}}
{%- endif -%}
{%- for m in messages -%}{%- if not (loop.first and has_system) -%}
{{- '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' -}}
{%- if m['content'] is string -%}{{- m['content'] -}}{%- else -%}{%- for part in m['content'] -%}
{%- if part['type'] == 'image' -%}{{- '<|image|>' -}})"
    R"({%- elif part['type'] == 'text' -%}{{- part['text'] -}}{%- endif -%}
{%- endfor -%}{%- endif -%}{{- '<|eot_id|>' -}}
{%- endif -%}{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}{%- endif -%}
)";

std::vector<std::string> special_tokens() {
  std::vector<std::string> tokens = {kBegin,
                                     "<|end_of_text|>",
                                     "<|reserved_special_token_0|>",
                                     "<|reserved_special_token_1|>",
                                     kPad,
                                     "<|step_id|>",
                                     "<|start_header_id|>",
                                     "<|end_header_id|>",
                                     "<|eom_id|>",
                                     kEndOfTurn,
                                     "<|python_tag|>"};
  for (int reserved = 2; std::ssize(tokens) < kSpecialTokens; ++reserved)
    tokens.push_back(fmt::format("<|reserved_special_token_{}|>", reserved));
  return tokens;
}

Json make_preprocessor_config(const Json& vision) {
  const auto& size = vision.at("image_size");
  return {{"do_convert_rgb", true},
          {"do_normalize", true},
          {"do_pad", true},
          {"do_rescale", true},
          {"do_resize", true},
          {"image_mean", {0.48145466, 0.4578275, 0.40821073}},
          {"image_processor_type", "MllamaImageProcessor"},
          {"image_std", {0.26862954, 0.26130258, 0.27577711}},
          {"max_image_tiles", vision.at("max_num_tiles")},
          {"resample", 2},
          {"rescale_factor", 1.0 / 255},
          {"size", {{"height", size}, {"width", size}}}};
}

Json make_tokenizer_config(std::int64_t first_special, TokenizerKind kind) {
  Json added = Json::object();
  auto tokens = special_tokens();
  tokens.emplace_back("<|image|>");
  for (std::size_t i = 0; i < tokens.size(); ++i)
    added[std::to_string(first_special + static_cast<std::int64_t>(i))] = {{"content", tokens[i]}, {"lstrip", false},
                                                                           {"normalized", false},  {"rstrip", false},
                                                                           {"single_word", false}, {"special", true}};
  return {{"added_tokens_decoder", added},
          {"bos_token", kBegin},
          {"clean_up_tokenization_spaces", false},
          {"eos_token", kEndOfTurn},
          {"model_input_names", {"input_ids", "attention_mask"}},
          {"model_max_length", 131072},
          {"pad_token", kPad},
          {"processor_class", "MllamaProcessor"},
          {"tokenizer_class", kind == TokenizerKind::kRanks ? "PreTrainedTokenizerFast" : "LlamaTokenizer"}};
}

// tokenizer.json lists the same tokens, with the id as a field.
Json added_tokens_of(const Json& tokenizer_config) {
  Json list = Json::array();
  for (const auto& [id, flags] : tokenizer_config.at("added_tokens_decoder").items()) {
    Json token = {{"id", std::stoll(id)}};
    token.update(flags);
    list.push_back(token);
  }
  return list;
}

std::string indented(const Json& json) { return json.dump(1) + "\n"; }
std::string compact(const Json& json) { return json.dump() + "\n"; }

}  // namespace

std::map<std::string, std::string> make_side_files(const Json& config, const std::optional<TokenizerBytes>& tokenizer) {
  const auto& text = config.at("text_config");
  const auto first_special = text.at("vocab_size").get<std::int64_t>() - kSpecialTokens;
  const auto token = [&](const char* key, const Json& standard) { return text.value(key, standard); };
  const Json stops = {first_special + 1, first_special + 8, first_special + 9};
  std::map<std::string, std::string> files;
  files["generation_config.json"] = indented({{"bos_token_id", token("bos_token_id", first_special)},
                                              {"do_sample", true},
                                              {"eos_token_id", token("eos_token_id", stops)},
                                              {"pad_token_id", token("pad_token_id", first_special + 4)},
                                              {"temperature", 0.6},
                                              {"top_p", 0.9}});
  files["preprocessor_config.json"] = indented(make_preprocessor_config(config.at("vision_config")));
  files["chat_template.json"] = indented({{"chat_template", kChatTemplate}});
  files["special_tokens_map.json"] = indented({{"bos_token", kBegin}, {"eos_token", kEndOfTurn}, {"pad_token", kPad}});
  const auto tokenizer_config =
      make_tokenizer_config(first_special, tokenizer ? tokenizer->kind : TokenizerKind::kRanks);
  files["tokenizer_config.json"] = compact(tokenizer_config);
  if (!tokenizer) return files;
  files["tokenizer.model"] = tokenizer->model;
  if (tokenizer->kind == TokenizerKind::kRanks)
    files["tokenizer.json"] =
        compact(make_tokenizer_json(tokenizer->model, added_tokens_of(tokenizer_config), first_special));
  return files;
}

}  // namespace llama32med::mllama
