#include "app/rate/review.h"

#include <fmt/format.h>

#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "print.h"

namespace llama32med {
namespace {

class ReviewCommand final : public Command {
 public:
  void declare(Options& options) override {
    auto exporting = options.action("export", action_,
                                    "Write a blinded sheet of open answers that do not match the reference exactly");
    declare_run(exporting);
    exporting.group("Sheet");
    exporting.flag("--once", once_, "one row for all answers with the same question, reference and prediction");
    exporting.number("--control-percent", control_percent_,
                     "additional rows with a known verdict, as a percentage of the others");
    auto importing = options.action("import", action_, "Read the raters' verdicts");
    declare_run(importing);
    importing.group("Sheets");
    importing.files("--sheet", sheets_,
                    "filled-in sheets, TSV or CSV, one per rater; the file name is the rater's name");
    importing.file("--key", key_, "key of the sheet (default: the only one in --out)");
  }

  void run(const CommonOptions& common) override {
    if (action_ == "export") return export_sheet(common);
    if (action_ == "import") return import_sheets(common);
    throw usage_error("review: no action; give review export or review import");
  }

 private:
  void declare_run(Options& options) {
    options.group("Run");
    options.file("--run", run_, "folder of a finished eval or score, or its predictions.jsonl", "PATH");
    options.folder("--out", out_, "folder for the files written (default: the folder of the run)");
    options.file("--verdicts", verdicts_, "file of verdicts to reuse and extend (default: verdicts.jsonl in --out)");
  }

  void export_sheet(const CommonOptions& common) const {
    if (control_percent_ < 0 || control_percent_ > 100)
      throw usage_error("--control-percent {}: must be between 0 and 100", control_percent_);
    const auto made =
        export_review({.run = run_,
                       .out = out_,
                       .verdicts = verdicts_,
                       .options = {.seed = static_cast<std::uint64_t>(load_run_config(common.sources).generate.seed),
                                   .control_share = static_cast<double>(control_percent_) / 100,
                                   .duplicates = once_ ? Duplicates::kOnce : Duplicates::kEach}});
    if (common.json) {
      print_text("{}\n", json_line({{"sheet", made.sheet.string()},
                                    {"key", made.key.string()},
                                    {"rows", made.rows},
                                    {"controls", made.controls},
                                    {"reused", made.reused}}));
      return;
    }
    print_text(
        "{} rows, {} of them controls; {} answers already have verdicts\nsheet  {}   one copy per rater, who fills in "
        "verdict: 1, 0.5 or 0 (or y, p, n)\nkey    {}   keep it from the raters\n",
        made.rows, made.controls, made.reused, made.sheet.string(), made.key.string());
  }

  void import_sheets(const CommonOptions& common) const {
    const auto result =
        import_review({.run = run_, .out = out_, .verdicts = verdicts_, .key = key_, .sheets = sheets_});
    print_text("{}", common.json ? json_line(review_json(result)) + "\n" : review_markdown(result));
  }

  std::string action_;
  std::filesystem::path run_, out_, verdicts_, key_;
  std::vector<std::filesystem::path> sheets_;
  std::int64_t control_percent_ = 5;
  bool once_ = false;
};

}  // namespace

std::unique_ptr<Command> make_review_command() { return std::make_unique<ReviewCommand>(); }

}  // namespace llama32med
