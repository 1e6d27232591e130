#include "data_import.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/common/load.h"
#include "app/data/import.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "next_command.h"
#include "print.h"

namespace llama32med {
namespace {

double parse_share(const char* option, const std::string& text, double absent) {
  if (text.empty()) return absent;
  const auto value = try_parse_json(text);
  const double share = value && value->is_number() ? value->get<double>() : -1;
  if (share < 0 || share > 1) throw usage_error("{} \"{}\": must be a share from 0 to 1, such as 0.1", option, text);
  return share;
}

// Folders that hold referenced images.
std::string outside_folders(const ImportReport& report, const ImportOptions& options) {
  std::vector<std::string> folders;
  const auto add = [&](const std::filesystem::path& folder) {
    auto name = canonical_path(absolute_path(folder.empty() ? "." : folder)).string();
    if (std::ranges::find(folders, name) == folders.end()) folders.push_back(std::move(name));
  };
  for (const auto& source : report.sources) add(is_folder(source.path) ? source.path : source.path.parent_path());
  if (!options.image_folder.empty()) add(options.image_folder);
  for (const auto& folder : options.allowed_outside) add(folder);
  return json_line(folders);
}

bool has_split(const ImportReport& report, std::string_view name) {
  return std::ranges::any_of(report.splits, [&](const ImportedSplit& split) { return split.name == name; });
}

// The command that trains on what was imported; "" without a training split.
std::string next_command(const CommonOptions& common, const ImportReport& report, const ImportOptions& options,
                         const std::filesystem::path& out) {
  if (!has_split(report, "train")) return "";
  std::vector<std::string> words = {common.command_line.front(), "train"};
  const auto add = [&](const std::string& option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  add("--config", (shipped("configs") / "own_data.json").string());
  add("--model", "MODEL");
  add("--data", out.string());
  add("--out", "runs/own");
  if (!has_split(report, "validate")) add("--set", "validate.split="), add("--set", "validate.share=0.1");
  if (options.images == ImageTransfer::kReference)
    for (const char* section : {"data", "stage1.data", "stage2.data"})
      add("--set", fmt::format("{}.allow_outside={}", section, outside_folders(report, options)));
  return command_text(words);
}

}  // namespace

void ImportAction::declare(Options options) {
  options.group("Source");
  options.files("SOURCE", sources_,
                "CSV, TSV, JSON or JSON Lines files, or a folder of images with NAME.txt beside NAME.png or with "
                "metadata.csv or metadata.jsonl");
  options.files("--source", options_.sources, "the same as an option");
  options.choice("--from", options_.from, import_kinds(), "kind of the source; without it, by its name");
  options.text("--separator", options_.separator, "separator of a table: one character, or tab; detected without it");
  options.folder("--image-folder", options_.image_folder, "folder of the images, if it is not that of the source");
  declare_columns(options);
  declare_split(options);
  options.group("Output");
  options.folder("--out", out_, "folder to create: records.jsonl, images and import.json");
  options.choice("--images,--pictures", images_, enum_names<ImageTransfer>(),
                 "copy images, link them (hard links), or reference their present place");
  options.flag("--allow-left-out", allow_left_out_, "import although more than 1 % of the records are left out");
}

void ImportAction::declare_columns(Options& options) {
  auto& columns = options_.columns;
  options.group("Columns");
  options.text("--image-column,--image", columns.image, "column of the image; all columns are found by usual names");
  options.text("--question-column,--question", columns.question, "column of the question");
  options.text("--answer-column,--answer", columns.answer, "column of the answer");
  options.text("--caption-column,--caption", columns.caption, "column of the caption; - for none");
  options.text("--id-column,--id", columns.id, "column of the id; - numbers the rows");
  options.text("--patient-column,--patient", columns.patient,
               "column of the patient, who is never on two sides of a split and is not written; - for none");
}

void ImportAction::declare_split(Options& options) {
  options.group("Split");
  options.text("--split-column", options_.columns.split, "column of the split; - to draw one");
  options.text("--split", split_, "shares of training, validation and test, such as 80/10/10, or the split column");
  options.text("--validation", validation_, "share of the validation split");
  options.text("--test", test_, "share of the test split");
  options.choice("--by", by_, enum_names<SplitBy>(),
                 "what is never divided; auto: patients if they are known, else images");
}

std::optional<SplitShares> ImportAction::shares() const {
  const bool are_shares = split_.find('/') != split_.npos;
  if (are_shares && !(validation_.empty() && test_.empty()))
    throw usage_error("--split {}: gives the shares already; leave out --validation and --test", split_);
  if (are_shares) return parse_shares(split_);
  if (validation_.empty() && test_.empty()) return std::nullopt;
  const SplitShares usual;
  return SplitShares{parse_share("--validation", validation_, usual.validate),
                     parse_share("--test", test_, usual.test)};
}

ImportOptions ImportAction::request(const RunConfig& config) const {
  auto options = options_;
  options.sources.insert(options.sources.end(), sources_.begin(), sources_.end());
  options.images = parse_enum<ImageTransfer>("--images", images_);
  options.by = parse_enum<SplitBy>("--by", by_);
  options.shares = shares();
  if (!split_.empty() && !options.shares) options.columns.split = split_;
  options.seed = static_cast<std::uint64_t>(config.generate.seed);
  options.allowed_outside = config.data.allow_outside;
  options.left_out = allow_left_out_ ? LeftOut::kAny : LeftOut::kFewOnly;
  return options;
}

void ImportAction::run(const CommonOptions& common, const RunConfig& config) const {
  if (out_.empty()) throw usage_error("data import: give --out DIR, the folder to create");
  const auto options = request(config);
  const auto report = import_to(options, out_);
  if (common.json) return print_text("{}\n", json_line(import_report_json(report)));
  print_text("{}\nrecords  {}\n", import_report_text(report), (out_ / "records.jsonl").string());
  if (const auto next = next_command(common, report, options, out_); !next.empty()) print_text("next     {}\n", next);
}

}  // namespace llama32med
