#include <fmt/format.h>

#include "app/common/output_folder.h"
#include "app/data/check.h"
#include "command.h"
#include "data_import.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/data/phantoms.h"
#include "print.h"

namespace llama32med {
namespace {

class DataCommand final : public Command {
 public:
  void declare(Options& options) override {
    declare_check(options.action("check", action_,
                                 "Report counts, splits, missing and unreadable images, skipped records and overlaps"));
    import_.declare(options.action("import", action_, "Import tables, JSON or folders of images as records.jsonl"));
    declare_phantoms(
        options.action("phantoms", action_, "Draw medical-looking images with captions and questions, as a dataset"));
  }

  void run(const CommonOptions& common) override {
    if (action_.empty()) throw usage_error("data: no action; give data check, data import or data phantoms");
    if (action_ == "import") return import_.run(common, config(common).config);
    return action_ == "check" ? check(common) : draw_phantoms(common);
  }

 private:
  void declare_check(Options options) {
    options.group("Data");
    options.config("--dataset", "data.name");
    options.config_folder("--data", "data.folder");
    options.text("--split", split_, "check only this split; without it, all of them");
    options.known({"train", "validate", "test"});
    options.config("--language", "data.language");
    options.flag("--strict", strict_, "exit with an error if anything is skipped or unreadable");
    options.group("Output");
    options.folder("--out", out_, "folder for data_report.json (without it, nothing is written)");
  }

  void declare_phantoms(Options options) {
    options.group("Images");
    options.number("--images", images_, "number of images in each of the two sets: captions and questions");
    options.number("--pixels", pixels_, "side of an image, in pixels");
    options.choice("--pictures", pictures_, enum_names<PhantomPictures>(),
                   "drawn images, or blank ones to measure what the text alone gives away");
    options.choice("--look", look_, enum_names<PhantomLook>(),
                   "style of images and texts: atlas differs from clinic in tones, outlines and wording");
    options.group("Output");
    options.folder("--out", out_, "folder to create");
  }

  void check(const CommonOptions& common) const {
    const auto config = this->config(common).config.data;
    if (config.name.empty() || config.folder.empty())
      throw usage_error("data check: give --dataset NAME and --data DIR; datasets are {}", join(dataset_names(), ", "));
    const auto report = check_data({.name = config.name,
                                    .folder = config.folder,
                                    .split = split_,
                                    .language = config.language,
                                    .leaky_rows = LeakyRows::kAllow,
                                    .allowed_outside = config.allow_outside},
                                   out_);
    if (common.json) {
      print_text("{}\n", json_line(data_report_json(report)));
    } else {
      print_text("{}", data_report_text(report));
      if (!out_.empty()) print_text("\nreport  {}\n", (out_ / "data_report.json").string());
    }
    const auto problems = problems_text(report);
    if (strict_ && !problems.empty()) throw data_error("{}: {} (--strict)", config.folder.string(), problems);
  }

  void draw_phantoms(const CommonOptions& common) const {
    if (out_.empty()) throw usage_error("data phantoms: give --out DIR, the folder to create");
    PhantomSetOptions options{.images = images_, .pixels = pixels_};
    options.look = parse_enum<PhantomLook>("--look", look_);
    options.pictures = parse_enum<PhantomPictures>("--pictures", pictures_);
    options.seed = static_cast<std::uint64_t>(config(common).config.generate.seed);
    OutputFolder out(out_, {"data phantoms", is_phantom_set});
    const auto report = write_phantom_set(out.folder(), options);
    out.place();
    if (common.json) {
      Json splits = Json::array();
      for (const auto& split : report.splits)
        splits.push_back({{"split", split.name},
                          {"captions", split.captions},
                          {"images", split.images},
                          {"questions", split.questions},
                          {"image_questions", split.image_questions}});
      print_text("{}\n", json_line({{"folder", out_.string()}, {"splits", splits}}));
      return;
    }
    for (const auto& split : report.splits)
      print_text("{:<9} {:>6} captions; {:>6} images with {:>6} questions, {:>6} of which need the image\n", split.name,
                 split.captions, split.images, split.questions, split.image_questions);
    print_text("captions  {}\nquestions {}\n", (out_ / "captions").string(), (out_ / "vqa").string());
  }

  ImportAction import_;
  std::string action_, split_, look_ = "clinic", pictures_ = "drawn";
  std::filesystem::path out_;
  bool strict_ = false;
  std::int64_t images_ = PhantomSetOptions{}.images, pixels_ = PhantomSetOptions{}.pixels;
};

}  // namespace

std::unique_ptr<Command> make_data_command() { return std::make_unique<DataCommand>(); }

}  // namespace llama32med
