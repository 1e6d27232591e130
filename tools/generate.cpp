#include "app/model/generate.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>

#include "app/common/training_record.h"
#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/text/prompt_text.h"
#include "print.h"

namespace llama32med {
namespace {

PromptTemplate::Slots parse_slots(const std::vector<std::string>& assignments) {
  PromptTemplate::Slots slots;
  for (const auto& assignment : assignments) {
    const auto mark = assignment.find('=');
    if (mark == assignment.npos) throw usage_error("--slot {}: must be NAME=VALUE", assignment);
    slots[assignment.substr(0, mark)] = assignment.substr(mark + 1);
  }
  return slots;
}

class GenerateCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.model();
    options.adapter();
    options.group("Question");
    options.files("--image", images_, "image files the question is about");
    options.text("--prompt", prompt_,
                 "question; <image> marks where an image belongs, without it all images come first");
    options.prompt("--prompt-file", prompt_file_,
                   "prompt template instead of --prompt: a file, or the name of one in prompts/");
    options.flag("--raw-prompt", raw_prompt_,
                 "send the prompt as it is, even if the model was trained with a prompt template");
    options.words("--slot", slots_, "NAME=VALUE for a slot of the prompt template; repeatable");
    options.file(
        "--requests", requests_,
        "JSON lines {\"images\": [..], \"prompt\": ..} instead of --image and --prompt; paths of images are relative "
        "to this file's folder");
    options.number("--batch-size", batch_size_, "questions of --requests answered together");
    options.group("Decoding");
    options.config("--max-new-tokens", "generate.max_new_tokens");
    options.config("--temperature", "generate.sampler.temperature");
    options.config("--top-p", "generate.sampler.top_p");
    options.list("--choices", choices_, "answer with the most likely of these texts, separated by commas or blanks");
    options.flag("--stream", stream_, "print the answer token by token");
  }

  SourcedConfig config(const CommonOptions& common) const override { return load_config_for_use(common.sources); }

  void run(const CommonOptions& common) override {
    const auto config = this->config(common).config;
    if (!requests_.empty()) return answer_requests(config);
    if (prompt_.empty() == prompt_file_.empty())
      throw usage_error("generate: give either --prompt TEXT or --prompt-file FILE");
    if (prompt_file_.empty() && !slots_.empty()) throw usage_error("generate: --slot needs --prompt-file");
    check_choices();
    const auto question = prompt_file_.empty()
                              ? question_as_trained(prompt_of_training(config), prompt_, images_)
                              : question_from_prompt(find_prompt(prompt_file_), parse_slots(slots_), images_);
    const auto loaded = load_model_to_chat(config);
    const bool live = stream_ && !common.json;
    const auto reply = reply_to(
        question, loaded, {.generate = config.generate, .choices = choices_, .on_text = live ? print_now : nullptr});
    if (common.json)
      print_text("{}\n", json_line(reply_json(reply)));
    else
      print_reply(reply, live);
  }

 private:
  // One JSON line per request, in their order.
  void answer_requests(const RunConfig& config) const {
    if (batch_size_ < 1) throw usage_error("--batch-size {}: must be 1 or more", batch_size_);
    if (!prompt_.empty() || !prompt_file_.empty() || !images_.empty() || !choices_.empty())
      throw usage_error("generate: --requests cannot be combined with --prompt, --prompt-file, --image or --choices");
    const auto questions = read_questions(requests_, prompt_of_training(config));
    const auto loaded = load_model_to_chat(config);
    for (std::size_t begin = 0; begin < questions.size(); begin += static_cast<std::size_t>(batch_size_)) {
      const auto end = std::min(begin + static_cast<std::size_t>(batch_size_), questions.size());
      const std::vector<Question> batch(questions.begin() + static_cast<std::ptrdiff_t>(begin),
                                        questions.begin() + static_cast<std::ptrdiff_t>(end));
      for (const auto& reply : replies_to(batch, loaded, config.generate)) {
        print_text("{}\n", json_line(reply_json(reply)));
        std::fflush(stdout);
      }
    }
  }

  // A model that knows its training is asked with the config's template: that of training, unless it was set.
  std::optional<PromptTemplate> prompt_of_training(const RunConfig& config) const {
    if (raw_prompt_ || !find_training_record(config.model)) return std::nullopt;
    auto prompt = find_prompt(config.prompt);
    spdlog::info("asking with the prompt template \"{}\"; --raw-prompt asks without", prompt.name());
    return prompt;
  }

  void check_choices() const {
    for (const auto& choice : choices_) {
      if (trim(choice).empty()) throw usage_error("--choices: a choice is empty");
      refuse_special_names(choice, "--choices");
      if (std::count(choices_.begin(), choices_.end(), choice) > 1)
        throw usage_error("--choices: \"{}\" is given twice", choice);
    }
  }

  static void print_now(const std::string& text) {
    print_text("{}", text);
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
    print_text("{}\n", printed ? "" : reply.text);
    for (std::size_t i = 0; i < choices_.size(); ++i) print_text("  {:.4f}  {}\n", reply.probabilities[i], choices_[i]);
    if (choices_.empty() && reply.finish == FinishReason::kLength)
      fmt::print(stderr, "(cut off at {} tokens; raise --max-new-tokens for more)\n", reply.ids.size());
  }

  std::vector<std::filesystem::path> images_;
  std::vector<std::string> slots_, choices_;
  std::string prompt_, prompt_file_;
  std::filesystem::path requests_;
  std::int64_t batch_size_ = 8;
  bool stream_ = false, raw_prompt_ = false;
};

}  // namespace

std::unique_ptr<Command> make_generate_command() { return std::make_unique<GenerateCommand>(); }

}  // namespace llama32med
