// Prompt files: roles, slots, and an image mark. From prompts/radiologist_vqa.txt:
//
//   # What this prompt is for; comments are allowed at the top only.
//   [user]
//   <image>
//   You are an expert radiologist. Answer the following medical question concisely: {question}
//   [assistant]
//   The answer is: {answer}
//
// Sections are [system] (first, at most one), [user] and [assistant], in the order of the conversation. <image> marks
// where the images go; alone on a line it replaces the whole line. {name} is a slot, {{ and }} are braces. Blank lines
// at both ends of a section are ignored. Slot values are never searched for slots or marks.
//
// Throws Error{kUsage} naming the file and the line or slot: an invalid file, the name of a special token in it
// (prompt_text.h), a slot without a value, a value without a slot, images without a mark.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/text/chat.h"

namespace llama32med {

enum class PromptUse {
  kTrain,   // all turns
  kAnswer,  // without the last turn if it is the assistant's: what the model is asked
};

class PromptTemplate {
 public:
  using Slots = std::map<std::string, std::string>;

  static PromptTemplate load(const std::filesystem::path& path);
  static PromptTemplate parse(std::string_view text, const std::string& name);

  // image_count: the number of images. A single mark takes all of them, several marks take one each. Default: one per
  // mark.
  std::vector<ChatTurn> render(const Slots& slots, PromptUse use,
                               std::optional<std::int64_t> image_count = std::nullopt) const;

  std::vector<std::string> slots(PromptUse use) const;  // in order of appearance, each once
  std::int64_t image_marks() const;
  // The assistant's text before its first slot, for ChatOptions::answer_head: "The answer is:". Trailing spaces are
  // removed, since a word and the space before it are one token. Empty if the assistant's turn begins with a slot.
  std::string answer_head() const;
  const std::string& name() const { return name_; }      // file name without ".txt"
  const std::string& source() const { return source_; }  // the contents of the file, for hashing

 private:
  struct Part {
    enum class Kind { kText, kSlot, kImage };
    Kind kind;
    std::string text;  // or the slot's name
  };
  struct Section {
    Role role;
    std::vector<Part> parts;
  };
  class Parser;

  std::size_t section_count(PromptUse use) const;
  void check_slots(const Slots& slots, PromptUse use) const;

  std::string name_, where_, source_;
  std::vector<Section> sections_;
};

}  // namespace llama32med
