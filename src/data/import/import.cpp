#include "llama32med/data/import.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "data/import/group_split.h"
#include "data/import/image_store.h"
#include "data/import/row_items.h"
#include "data/import/sources.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/random.h"
#include "llama32med/core/sha256.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr double kMostLeftOut = 0.01;
constexpr std::size_t kShown = 3;

void count(std::map<std::string, ImportReason>& reasons, const std::string& reason, const std::string& place) {
  auto& entry = reasons[reason];
  ++entry.count;
  if (entry.first.size() < kShown) entry.first.push_back(place);
}

// Indices of names, in the order in which they first occur.
class NameTable {
 public:
  std::uint32_t index(const std::string& name) {
    const auto [entry, is_new] = indices_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
    if (is_new) names_.push_back(name);
    return entry->second;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::unordered_map<std::string, std::uint32_t> indices_;
  std::vector<std::string> names_;
};

Json line_of(const ImportItem& item, const std::string& image) {
  Json line = {{"id", item.id}, {"image", image}};
  if (!item.question.empty()) line["question"] = item.question;
  line["answer"] = item.answer;
  for (const auto& [name, value] : item.fields)
    if (!value.empty()) line[name] = value;
  return line;
}

void for_each_line(const fs::path& file, const std::function<void(std::string_view)>& take) {
  std::string text;
  read_in_parts(file, [&](std::string_view part) {
    text += part;
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', begin)) {
      take(std::string_view(text).substr(begin, end - begin));
      begin = end + 1;
    }
    text.erase(0, begin);
  });
}

// Records are written to a draft without their splits as the sources are read, and copied with them once all groups
// are known.
class Importer final : public ItemSink {
 public:
  Importer(const ImportOptions& options, fs::path folder)
      : options_(options), folder_(std::move(folder)), images_(folder_, options), draft_(draft_file()) {}

  ImportReport run() {
    if (options_.shares && !options_.columns.split.empty() && options_.columns.split != kNoColumn)
      throw usage_error("a split comes from a column or is drawn; give --split-column or shares, not both");
    for (const auto& source : open_import_sources(options_)) read(*source);
    draft_.place(Durability::kSystem);
    const bool given = !options_.shares && splits_.names().size() > (has_unsplit() ? 1 : 0);
    if (given && has_unsplit()) report_.left_out["no split"] = without_split_;
    refuse_losses(given);
    given ? keep_given_splits() : draw_splits();
    write_records(given);
    finish_report();
    return std::move(report_);
  }

  void item(ImportItem item) override {
    if (!ids_.insert(item.id).second)
      return leave_out("duplicate id", item.where, "\"" + item.id + "\"; --id-column - numbers the rows instead");
    const auto& image = images_.add(item.image, item.base);
    if (!image.problem.empty()) return leave_out(image.problem, item.where, image.what);
    if (item.question.empty() && !captions_.insert(fnv1a64(image.id + "\n" + item.answer)).second)
      return note("repeated captions of an image, kept once", item.where);
    if (item.split.empty()) add_unsplit(item.where);
    records_.push_back({.image = image.content,
                        .patient = item.patient.empty() ? kNoPatient : patients_.index(item.patient),
                        .split = splits_.index(item.split),
                        .is_question = !item.question.empty()});
    draft_.write(json_line(line_of(item, image.id)) + "\n");
  }

  void leave_out(const std::string& reason, const std::string& where, const std::string& what) override {
    count(report_.left_out, reason, where + ": " + what);
  }
  void note(const std::string& text, const std::string& where) override { count(report_.notes, text, where); }

 private:
  fs::path draft_file() const { return folder_ / "without_splits.jsonl"; }
  bool has_unsplit() const { return without_split_.count > 0; }

  void add_unsplit(const std::string& where) {
    ++without_split_.count;
    if (without_split_.first.size() < kShown) without_split_.first.push_back(where);
  }

  void read(const ImportSource& source) {
    const auto path = source.path();
    const auto columns = choose_import_columns(source.columns(), wanted_columns(), path.string());
    report_.sources.push_back(
        {path, is_folder(path) ? "" : sha256_of_file(path), columns.roles(), columns.kept, columns.personal});
    if (!source.note().empty()) note(source.note(), path.filename().string());
    has_split_column_ |= !columns.names.split.empty();
    source.for_each_row(
        [&](const ImportRow& row) { read_row_items(row, columns, std::to_string(++report_.rows), *this); });
  }

  // A split that is drawn replaces that of the source.
  ImportColumns wanted_columns() const {
    auto wanted = options_.columns;
    if (options_.shares && wanted.split.empty()) wanted.split = kNoColumn;
    return wanted;
  }

  // Without a usable record nothing is written; with many left out, only if that is wanted.
  void refuse_losses(bool given) const {
    const auto usable = std::ssize(records_) - (given ? without_split_.count : 0);
    const auto lost = report_.left_out_count();
    const bool too_many = static_cast<double>(lost) > kMostLeftOut * static_cast<double>(usable + lost);
    if (usable > 0 && !(too_many && options_.left_out == LeftOut::kFewOnly)) return;
    std::vector<std::string> reasons;
    for (const auto& [reason, found] : report_.left_out)
      reasons.push_back(fmt::format("{} {} ({})", found.count, reason, found.places()));
    throw data_error("{}: {} of {} records are left out: {}{}", options_.sources.front().string(), lost, usable + lost,
                     join(reasons, ", "),
                     usable > 0 ? "; repair them, or import the others with --allow-left-out" : "; none is left");
  }

  void keep_given_splits() {
    report_.split_by = has_split_column_ ? "column" : "file or folder";
    split_names_ = splits_.names();
  }

  void draw_splits() {
    const auto shares = options_.shares.value_or(SplitShares{});
    if (splits_.names().size() > (has_unsplit() ? 1 : 0))
      note("the split that files or folders name is replaced", options_.sources.front().string());
    const auto by = chosen_rule();
    report_.split_by = enum_name(by);
    split_names_.assign(kDrawnSplits.begin(), kDrawnSplits.end());
    draw(SplitBy::kRow, shares);
    report_.leaks_by_question = leaks_of(records_, 0);
    if (by != SplitBy::kRow) draw(by, shares);
  }

  SplitBy chosen_rule() const {
    if (options_.by == SplitBy::kPatient && patients_.names().empty())
      throw usage_error("--by patient: no patients are known; name their column with --patient-column");
    if (options_.by != SplitBy::kAuto) return options_.by;
    return patients_.names().empty() ? SplitBy::kImage : SplitBy::kPatient;
  }

  void draw(SplitBy by, const SplitShares& shares) {
    NameTable groups;
    std::vector<std::uint32_t> group_of_record;
    for (std::size_t i = 0; i < records_.size(); ++i) group_of_record.push_back(groups.index(group_name(by, i)));
    const auto splits = split_groups(groups.names(), shares, options_.seed);
    for (std::size_t i = 0; i < records_.size(); ++i) records_[i].split = splits[group_of_record[i]];
  }

  // A record without a patient goes with its image.
  std::string group_name(SplitBy by, std::size_t record) const {
    const auto& placed = records_[record];
    if (by == SplitBy::kRow) return fmt::format("row {}", record + 1);
    if (by == SplitBy::kPatient && placed.patient != kNoPatient) return "patient " + patients_.names()[placed.patient];
    return "image " + images_.content_name(placed.image);
  }

  // Lines of the draft end in "}".
  void write_records(bool given) {
    FileDraft out(folder_ / "records.jsonl");
    std::size_t i = 0;
    std::vector<PlacedRecord> kept;
    for_each_line(draft_file(), [&](std::string_view line) {
      const auto& record = records_[i++];
      const auto& split = split_names_[record.split];
      if (given && split.empty()) return;
      line.remove_suffix(1);
      out.write(fmt::format("{},\"split\":{}}}\n", line, json_line(split)));
      kept.push_back(record);
    });
    out.place(Durability::kSystem);
    remove_file(draft_file());
    records_ = std::move(kept);
  }

  void finish_report() {
    report_.records = std::ssize(records_);
    report_.images = static_cast<std::int64_t>(images_.files());
    report_.same_contents = report_.images - static_cast<std::int64_t>(images_.contents());
    std::uint32_t train = UINT32_MAX;
    for (std::uint32_t i = 0; i < split_names_.size(); ++i) {
      if (split_names_[i] == "train") train = i;
      if (auto split = split_report(i); split.questions + split.captions > 0) report_.splits.push_back(split);
    }
    report_.leaks = leaks_of(records_, train);
  }

  ImportedSplit split_report(std::uint32_t split) const {
    ImportedSplit out{.name = split_names_[split]};
    std::unordered_set<std::uint32_t> images, patients;
    for (const auto& record : records_) {
      if (record.split != split) continue;
      ++(record.is_question ? out.questions : out.captions);
      images.insert(record.image);
      if (record.patient != kNoPatient) patients.insert(record.patient);
    }
    out.images = std::ssize(images), out.patients = std::ssize(patients);
    return out;
  }

  const ImportOptions& options_;
  fs::path folder_;
  ImageStore images_;
  FileDraft draft_;
  NameTable patients_, splits_;
  std::vector<std::string> split_names_;
  std::vector<PlacedRecord> records_;
  std::unordered_set<std::string> ids_;
  std::unordered_set<std::uint64_t> captions_;
  ImportReason without_split_;
  bool has_split_column_ = false;
  ImportReport report_;
};

}  // namespace

SplitShares parse_shares(const std::string& text) {
  std::vector<double> parts;
  for (const auto& part : split(text, '/')) {
    if (part.empty() || part.find_first_not_of("0123456789.") != part.npos)
      throw usage_error("\"{}\": shares are three numbers, train/validation/test, such as 80/10/10", text);
    parts.push_back(std::strtod(part.c_str(), nullptr));
  }
  const double sum = parts.size() == 3 ? parts[0] + parts[1] + parts[2] : 0;
  if (sum <= 0) throw usage_error("\"{}\": shares are three numbers, train/validation/test, such as 80/10/10", text);
  return {parts[1] / sum, parts[2] / sum};
}

std::int64_t ImportReport::left_out_count() const {
  std::int64_t sum = 0;
  for (const auto& [reason, found] : left_out) sum += found.count;
  return sum;
}

std::int64_t ImportReport::questions() const {
  std::int64_t sum = 0;
  for (const auto& split : splits) sum += split.questions;
  return sum;
}

ImportReport import_data(const ImportOptions& options, const fs::path& folder) {
  auto report = Importer(options, folder).run();
  write_json(folder / kImportReportFile, import_report_json(report));
  return report;
}

}  // namespace llama32med
