#include "app/model/inspect.h"

#include <fmt/format.h>

#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/weights/folders.h"
#include "print.h"

namespace llama32med {
namespace {

void print_weights(const Json& weights) {
  for (const auto& tensor : weights["tensors"])
    print_text("{:5} {:18} {}\n", tensor["dtype"].get<std::string>(), tensor["shape"].dump(),
               tensor["name"].get<std::string>());
  print_text("{} tensors, {} parameters, {} bytes\n", weights["tensors"].size(), weights["parameters"].dump(),
             weights["bytes"].dump());
}

void print_adapter(const Json& adapter) {
  for (const auto& [key, value] : adapter.items())
    if (key != "tensors" && key != "parts") print_text("{:16} {}\n", key, value.dump());
  for (const auto& [part, counts] : adapter["parts"].items())
    print_text("{:16} {} modules, {} parameters\n", part, counts["modules"].dump(), counts["parameters"].dump());
}

void print_tokens(const Json& text) {
  for (std::size_t i = 0; i < text["ids"].size(); ++i)
    print_text("{:>7}  {}\n", text["ids"][i].dump(), text["tokens"][i].dump());
}

void print_image(const Json& image) {
  for (const auto& [key, value] : image.items()) print_text("{:16} {}\n", key, value.dump());
}

class InspectCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.file("path", path_, "model folder, adapter folder or safetensors file", "PATH");
    options.group("Text");
    options.words("--text", text_, "show the tokens of this text");
    options.file("--text-file", text_file_, "JSON lines {\"text\"}: print one JSON line {\"ids\"} per line");
    options.group("Image");
    options.file("--image", image_, "show size, canvas and tiles of this image after preprocessing");
    options.file("--tiles-out", tiles_out_, "safetensors file for the 8-bit tiles of --image");
    options.config("--compatibility", "image.compatibility");
  }

  void run(const CommonOptions& common) override {
    if (path_.empty()) throw usage_error("inspect: give a model folder, an adapter folder or a safetensors file");
    path_ = find_hub_folder(path_);
    if (!text_file_.empty()) {
      print_text("{}", inspect_text_file(path_, text_file_));
    } else if (!text_.empty()) {
      show(inspect_text(path_, text_.front()), print_tokens, common);
    } else if (!image_.empty()) {
      show(inspect_image(path_, image_, load_run_config(common.sources).image, tiles_out_), print_image, common);
    } else if (is_adapter(path_)) {
      show(inspect_adapter(path_), print_adapter, common);
    } else {
      show(inspect_weights(path_), print_weights, common);
    }
  }

 private:
  static void show(const Json& result, void (*print)(const Json&), const CommonOptions& common) {
    if (common.json)
      print_text("{}\n", json_line(result));
    else
      print(result);
  }

  std::filesystem::path path_, text_file_, image_, tiles_out_;
  std::vector<std::string> text_;
};

}  // namespace

std::unique_ptr<Command> make_inspect_command() { return std::make_unique<InspectCommand>(); }

}  // namespace llama32med
