#include "llama32med/metrics/peer_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "llama32med/core/sha256.h"
#include "llama32med/core/strings.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/words.h"
#include "metrics/byte_set.h"

namespace llama32med {
namespace {

constexpr std::string_view kMumcMarks = ",.'!?\"()*#:;~";
constexpr std::string_view kAsciiMarks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
constexpr std::string_view kChineseMarks =
    "！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～、，。；：《》？【】（）";
constexpr ByteSet kIsMumcMark(kMumcMarks), kIsAsciiMark(kAsciiMarks);
constexpr std::string_view kYes[] = {"yes", "yeah", "yep",  "true", "是", "是的",
                                     "有",  "包含", "可以", "能",   "会", "正常"};
constexpr std::string_view kNo[] = {"no",     "nope", "false", "否",     "不是",   "没有", "无",
                                    "不包含", "不能", "不会",  "不可以", "不正常", "异常"};

// Everything from an opening mark to the next closing one becomes a space; an unclosed mark stays.
std::string without_parentheses(std::string_view text, std::string_view open, std::string_view close) {
  std::string out;
  for (;;) {
    const auto begin = text.find(open);
    const auto end = begin == text.npos ? text.npos : text.find(close, begin);
    if (end == text.npos) return out.append(text);
    out.append(text.substr(0, begin)).push_back(' ');
    text.remove_prefix(end + close.size());
  }
}

// ASCII and Chinese punctuation to spaces.
std::string with_marks_blank(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    const std::size_t bytes = std::min<std::size_t>(byte < 0x80   ? 1
                                                    : byte < 0xE0 ? 2
                                                    : byte < 0xF0 ? 3
                                                                  : 4,
                                                    text.size());
    const bool is_mark = bytes == 1 ? kIsAsciiMark(text[0]) : kChineseMarks.find(text.substr(0, bytes)) != text.npos;
    if (is_mark)
      out.push_back(' ');
    else
      out.append(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return out;
}

}  // namespace

std::string mumc_text(std::string_view answer) {
  std::string text = lower_case(answer);
  std::erase_if(text, kIsMumcMark);
  text = replace_all(text, " \t", " ");
  text = replace_all(replace_all(text, "x ray", "xray"), "x-ray", "xray");
  return replace_all(text, " - ", "-");
}

std::string lmms_slake_text(std::string_view answer) {
  std::string text = lower_case(trim_white_space(answer));
  text = without_parentheses(without_parentheses(text, "(", ")"), "（", "）");
  text = collapse_white_space(with_marks_blank(text));
  if (text == "x ray") text = "xray";
  if (std::find(std::begin(kYes), std::end(kYes), text) != std::end(kYes)) return "yes";
  if (std::find(std::begin(kNo), std::end(kNo), text) != std::end(kNo)) return "no";
  return text;
}

std::string plain_text(std::string_view answer) {
  std::string text = lower_case(answer);
  std::erase_if(text, kIsAsciiMark);
  return collapse_white_space(text);
}

std::string lmms_slake_tables_sha256() {
  Sha256 sum;
  sum.add(fmt::format("{}\n{}\n{}\n", unicode_tables_sha256(), kAsciiMarks, kChineseMarks));
  for (const auto word : kYes) sum.add(fmt::format("{} yes\n", word));
  for (const auto word : kNo) sum.add(fmt::format("{} no\n", word));
  return sum.hex();
}

std::string plain_tables_sha256() { return sha256(fmt::format("{}\n{}\n", unicode_tables_sha256(), kAsciiMarks)); }

}  // namespace llama32med
