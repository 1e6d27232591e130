#include <fmt/format.h>

#include "app/common/load.h"
#include "app/common/output_folder.h"
#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/models/init_folder.h"
#include "print.h"

namespace llama32med {
namespace {

std::vector<std::string> lines_of(const std::vector<std::filesystem::path>& files) {
  std::vector<std::string> lines;
  for (const auto& file : files)
    for (auto& line : split(read_file(file), '\n'))
      if (!trim(line).empty()) lines.push_back(std::move(line));
  return lines;
}

class InitCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.group("Model");
    options.choice("--preset", preset_, preset_names(), "model size");
    options.file("--model-config", model_config_, "config.json of any size, instead of --preset");
    options.group("Tokenizer");
    options.file("--tokenizer", tokenizer_, "tokenizer.model to copy: tiktoken ranks or SentencePiece");
    options.files("--train-tokenizer", texts_, "text files to train a SentencePiece tokenizer on, line by line");
    options.number("--vocabulary", vocabulary_, "vocabulary size of a trained tokenizer, special tokens included");
    options.group("Output");
    options.choice("--weights-dtype", dtype_, {"fp32", "bf16", "fp16"},
                   "data type of the weights on disk; without it, the preset's");
    options.number("--shards", shards_, "number of weight files; 0: the preset's");
    options.folder("--out", out_, "folder to create");
    options.flag("--force", force_, "replace the model in --out if there is one");
  }

  void run(const CommonOptions& common) override {
    if (out_.empty()) throw usage_error("init: give --out DIR, the folder to create");
    if (preset_.empty() == model_config_.empty())
      throw usage_error("init: give either --preset NAME or --model-config FILE");
    if (!tokenizer_.empty() && !texts_.empty())
      throw usage_error("init: give --tokenizer or --train-tokenizer, not both");
    const auto report = force_ ? replace_model(common) : create_model(common);
    if (common.json) {
      print_text("{}\n", json_line({{"folder", out_.string()},
                                    {"tensors", report.tensors},
                                    {"parameters", report.parameters},
                                    {"bytes", report.bytes},
                                    {"files", report.files}}));
      return;
    }
    print_text("{}: {} tensors, {:.1f} M parameters, {:.1f} MB in {} files\n", out_.string(), report.tensors,
               static_cast<double>(report.parameters) / 1e6, static_cast<double>(report.bytes) / 1e6,
               report.files.size());
  }

 private:
  InitReport create_model(const CommonOptions& common) const {
    OutputFolder out(out_, {"init", nullptr, "choose a new folder, or replace its model with --force"});
    const auto report = write_random_checkpoint(out.folder(), init_options(common, out.folder()));
    out.place();
    return report;
  }

  // Other files of the folder stay.
  InitReport replace_model(const CommonOptions& common) const {
    const auto lock = lock_folder(out_);
    return write_random_checkpoint(out_, init_options(common, out_));
  }

  InitOptions init_options(const CommonOptions& common, const std::filesystem::path& folder) const {
    InitOptions options;
    if (!preset_.empty()) options.preset = preset_;
    if (!model_config_.empty()) options.model_config = model_config_;
    options.tokenizer = tokenizer(folder);
    if (const auto seed = seed_of(common)) options.seed = static_cast<std::uint64_t>(*seed);
    if (!dtype_.empty()) options.dtype = scalar_type(parse_enum<DType>("--weights-dtype", dtype_), at::kCPU);
    if (shards_ != 0) options.shards = shards_;
    return options;
  }

  // The config's default seed must not override the preset's.
  static std::optional<std::int64_t> seed_of(const CommonOptions& common) {
    for (const auto& option : common.sources.options)
      if (option.starts_with("generate.seed=")) return load_run_config(common.sources).generate.seed;
    return std::nullopt;
  }

  // A trained tokenizer is written into the folder.
  std::optional<TokenizerBytes> tokenizer(const std::filesystem::path& folder) const {
    if (tokenizer_.empty() && texts_.empty()) return std::nullopt;
    TokenizerBytes bytes;
    bytes.model = texts_.empty() ? read_file(tokenizer_) : train_sentencepiece(lines_of(texts_), vocabulary_);
    if (trim(bytes.model).starts_with("{"))
      throw usage_error("--tokenizer {}: is JSON; give a tokenizer.model with tiktoken ranks or SentencePiece",
                        tokenizer_.string());
    const auto file = texts_.empty() ? tokenizer_ : folder / "tokenizer.model";
    if (!texts_.empty()) write_file(file, bytes.model);  // the loader detects its kind
    const auto loaded = load_tokenizer(file);
    bytes.kind = is_sentencepiece_model(bytes.model) ? TokenizerKind::kSentencePiece : TokenizerKind::kRanks;
    bytes.ordinary_tokens = loaded->vocabulary_size() - kSpecialTokens;
    return bytes;
  }

  std::string preset_, dtype_;
  std::filesystem::path model_config_, tokenizer_, out_;
  std::vector<std::filesystem::path> texts_;
  std::int64_t vocabulary_ = 1024, shards_ = 0;
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_init_command() { return std::make_unique<InitCommand>(); }

}  // namespace llama32med
