#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "command.h"
#include "llama32med/app/answering.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

PromptTemplate::Slots parse_slots(const std::vector<std::string>& assignments) {
  PromptTemplate::Slots slots;
  for (const auto& assignment : assignments) {
    const auto mark = assignment.find('=');
    if (mark == assignment.npos) throw usage_error("--slot {}: write it as name=value", assignment);
    slots[assignment.substr(0, mark)] = assignment.substr(mark + 1);
  }
  return slots;
}

class GenerateCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.model();
    options.words("--image", images_, "picture file; repeatable");
    options.text("--prompt", prompt_,
                 "the question; <image> in it says where the pictures stand, else they come first");
    options.text("--prompt-file", prompt_file_, "a prompt file, or the name of one in prompts/, instead of --prompt");
    options.words("--slot", slots_, "name=value for a slot of the prompt file; repeatable");
    options.config_value("--max-new-tokens", "generate.max_new_tokens", "the answer ends here at the latest");
    options.config_value("--temperature", "generate.sampler.temperature", "0 takes the likeliest token");
    options.config_value("--top-p", "generate.sampler.top_p", "draw among the tokens that hold this much probability");
    options.list("--choices", choices_, "a,b: answer with the likeliest of these");
    options.flag("--stream", stream_, "print the answer as it comes");
  }

  void run(const CommonOptions& common) override {
    if (prompt_.empty() == prompt_file_.empty())
      throw usage_error("generate: give either --prompt TEXT or --prompt-file F");
    if (prompt_file_.empty() && !slots_.empty()) throw usage_error("generate: --slot belongs to --prompt-file");
    check_choices();
    const auto config = load_run_config(common.sources);
    const std::vector<std::filesystem::path> images(images_.begin(), images_.end());
    const auto question = prompt_file_.empty()
                              ? question_from_text(prompt_, images)
                              : question_from_prompt(find_prompt(prompt_file_), parse_slots(slots_), images);
    const auto bench = load_workbench(config);
    const bool live = stream_ && !common.json;
    const auto reply = reply_to(
        question, bench, {.generate = config.generate, .choices = choices_, .on_text = live ? print_now : nullptr});
    if (common.json)
      fmt::print("{}\n", json_line(reply_json(reply)));
    else
      print_reply(reply, live);
  }

 private:
  void check_choices() const {
    for (const auto& choice : choices_) {
      if (trim(choice).empty()) throw usage_error("--choices: an empty answer cannot be chosen");
      if (std::count(choices_.begin(), choices_.end(), choice) > 1)
        throw usage_error("--choices: \"{}\" is there twice", choice);
    }
  }

  static void print_now(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }

  Json reply_json(const Reply& reply) const {
    Json json = {{"text", reply.text},
                 {"ids", reply.ids},
                 {"finish_reason", enum_name(reply.finish)},
                 {"prompt_tokens", reply.prompt_tokens},
                 {"log_probability", reply.log_probability}};
    for (std::size_t i = 0; i < choices_.size(); ++i) json["choices"][choices_[i]] = reply.probabilities[i];
    return json;
  }

  void print_reply(const Reply& reply, bool printed) const {
    fmt::print("{}\n", printed ? "" : reply.text);
    for (std::size_t i = 0; i < choices_.size(); ++i) fmt::print("  {:.4f}  {}\n", reply.probabilities[i], choices_[i]);
    if (choices_.empty() && reply.finish == FinishReason::kLength)
      fmt::print(stderr, "(cut off at {} tokens; --max-new-tokens gives more)\n", reply.ids.size());
  }

  std::vector<std::string> images_, slots_, choices_;
  std::string prompt_, prompt_file_;
  bool stream_ = false;
};

}  // namespace

std::unique_ptr<Command> make_generate_command() { return std::make_unique<GenerateCommand>(); }

}  // namespace llama32med
