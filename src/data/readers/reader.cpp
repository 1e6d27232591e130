#include "data/readers/reader.h"

#include <algorithm>
#include <array>

#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"
#include "llama32med/text/prompt_text.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

std::string text_at(const Json& row, const std::string& key) {
  const auto found = row.find(key);
  if (found == row.end() || found->is_structured()) return {};
  return field_text(*found);
}

constexpr std::array<std::string_view, 12> kImageEndings = {".png",  ".jpg", ".jpeg", ".bmp", ".tif", ".tiff",
                                                            ".webp", ".gif", ".jp2",  ".pgm", ".ppm", ".pnm"};
constexpr std::array<std::string_view, 4> kNamesOfValidate = {"validation", "val", "valid", "dev"};

// A .jsonl file named in place of the folder stands for the folder that it is in.
fs::path folder_of(const DatasetRequest& request) {
  return is_folder(request.folder) ? request.folder : request.folder.parent_path();
}

// The entries of a folder, and those of its folders, unless this user may not enter them (lost+found).
std::vector<fs::path> two_levels_of(const fs::path& folder) {
  if (!is_folder(folder)) return {};
  auto entries = entries_of(folder);
  for (const auto& inner : entries_of(folder))
    if (is_folder(inner) && may_be_read(inner)) std::ranges::copy(entries_of(inner), std::back_inserter(entries));
  return entries;
}

// Names a file of a kind in which datasets are often published: in the folder, or one level below it.
std::string other_file_in(const fs::path& folder) {
  struct Kind {
    std::string_view ending, remedy;
  };
  static constexpr std::array kKinds = {Kind{".parquet", "export its rows in this layout"},
                                        Kind{".arrow", "export its rows in this layout"},
                                        Kind{".xlsx", "export its rows in this layout"},
                                        Kind{".zip", "unpack it first"},
                                        Kind{".tar", "unpack it first"},
                                        Kind{".gz", "unpack it first"}};
  for (const auto& entry : two_levels_of(folder))
    for (const auto& kind : kKinds)
      if (entry.extension() == kind.ending)
        return fmt::format(" (there is {}: {})", entry.lexically_relative(folder).string(), kind.remedy);
  return {};
}

// LLaVA's datasets mark the image in the question: "<image>\nIs there a fracture?", or at the end. The prompt file says
// where images go, so the mark would reach the model as plain text.
bool remove_image_mark(std::string& question) {
  for (const auto mark : {kImageMark, std::string_view("<|image|>")}) {
    if (question.starts_with(mark))
      question = trim(std::string_view(question).substr(mark.size()));
    else if (question.ends_with(mark))
      question = trim(std::string_view(question).substr(0, question.size() - mark.size()));
    else
      continue;
    return true;
  }
  return false;
}

}  // namespace

std::string tidy_text(std::string_view text) {
  static constexpr std::string_view kBlanks = " \t\r\n\f\v";
  text = trim(text);
  std::string out;
  while (!text.empty()) {
    const auto run = std::min(text.find_first_not_of(kBlanks), text.size());
    const auto blanks = text.substr(0, run);
    if (blanks.find_first_not_of(' ') == blanks.npos) {
      out += blanks;  // plain spaces stay
    } else {
      out += ' ';
    }
    text.remove_prefix(run);
    const auto word = std::min(text.find_first_of(kBlanks), text.size());
    out += text.substr(0, word);
    text.remove_prefix(word);
  }
  return out;
}

std::string field_text(const Json& value) {
  if (value.is_null()) return {};
  return value.is_string() ? tidy_text(value.get_ref<const std::string&>()) : json_line(value);
}

Record record_from_row(const Json& row, const RecordKeys& keys) {
  Record record;
  record.id = text_at(row, keys.id);
  record.image_id = text_at(row, keys.image);
  record.question = text_at(row, keys.question);
  record.answer = text_at(row, keys.answer);
  record.answer_type = ascii_upper(text_at(row, "answer_type"));
  for (const auto& [name, value] : row.items())
    if (name != keys.id && name != keys.image && name != keys.question && name != keys.answer && name != "answer_type")
      record.fields.emplace_back(name, field_text(value));
  return record;
}

RecordCollector::RecordCollector(const DatasetRequest& request, Dataset& out)
    : request_(request), out_(out), allowed_(folder_of(request), request.allowed_outside) {}

void RecordCollector::add(Record record, const std::string& where, Questions questions) {
  const bool marked = remove_image_mark(record.question);
  const auto reason = reason_against(record, questions);
  if (!reason.empty()) return skip(record.id, where, reason);
  if (const auto& [problem, missing] = image_state(record); !problem.empty()) {
    out_.skipped.push_back({record.id, where, problem, missing ? record.image_id : ""});
    return;
  }
  out_.image_marks += marked;
  ids_.insert(record.id);
  record.split = request_.split;
  out_.records.push_back(std::move(record));
}

void RecordCollector::skip(std::string id, std::string where, std::string reason) {
  out_.skipped.push_back({std::move(id), std::move(where), std::move(reason)});
}

std::string RecordCollector::reason_against(const Record& record, Questions questions) const {
  if (record.id.empty()) return "no id";
  if (ids_.contains(record.id)) return fmt::format("duplicate id \"{}\"", record.id);
  if (record.question.empty() && questions == Questions::kRequired) return "no question, or an empty one";
  if (record.answer.empty()) return "no answer, or an empty one";
  return record.image_id.empty() ? "no image" : "";
}

bool RecordCollector::has_entry(const fs::path& image) const {
  try {
    return allowed_.verdict(image) != AllowedFolders::Verdict::kPathLeaves && is_there(image);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    return false;  // a name that no file can have
  }
}

RecordCollector::ImageState RecordCollector::look_at(const Record& record) const {
  static constexpr auto kOutside =
      "image \"{}\" {} outside of the dataset's folder; only files below it and below the folders in "
      "data.allow_outside are read";
  const bool must_exist = request_.images == ImageCheck::kMustExist;
  try {
    const auto verdict = allowed_.verdict(record.image);
    if (verdict != AllowedFolders::Verdict::kInside)
      return {fmt::format(kOutside, record.image_id,
                          verdict == AllowedFolders::Verdict::kPathLeaves ? "is" : "is a link that leads")};
    const auto type = must_exist ? entry_type(record.image) : EntryType::kFile;
    if (type == EntryType::kFile) return {};
    if (type != EntryType::kAbsent)
      return {fmt::format("image \"{}\" is {}, not a file", record.image_id,
                          type == EntryType::kFolder ? "a folder" : "a device, a named pipe or a socket")};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    if (!must_exist) return {};  // a name that no file can have counts as missing
  }
  return {fmt::format("image \"{}\" is missing", record.image_id), true};
}

const RecordCollector::ImageState& RecordCollector::image_state(const Record& record) {
  const auto [entry, is_new] = images_.try_emplace(record.image_id);
  if (is_new) {
    entry->second = look_at(record);
    if (entry->second.missing) out_.missing_images.push_back(record.image_id);
  }
  return entry->second;
}

std::string canonical_split(const std::string& word) {
  const auto* end = kNamesOfValidate.end();
  return std::find(kNamesOfValidate.begin(), end, word) == end ? word : "validate";
}

fs::path json_of_split(const fs::path& folder, const std::string& split) {
  const auto file = folder / (split + ".json");
  if (split != "validate" || is_there(file)) return file;
  for (const auto& name : kNamesOfValidate)
    if (const auto other = folder / (std::string(name) + ".json"); is_there(other)) return other;
  return file;
}

void require_file(const fs::path& file, std::string_view layout) {
  if (!is_there(file))
    throw data_error("{}: no such file; {}{}", file.string(), layout, other_file_in(file.parent_path()));
}

void for_each_row(const fs::path& file, std::string_view layout, RecordCollector& collector,
                  const std::function<void(const Json& row, const std::string& where)>& take) {
  require_file(file, layout);
  const Json rows = read_json(file);
  if (!rows.is_array())
    throw data_error("{}: holds {}, not a list of records; {}", file.string(), rows.type_name(), layout);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto where = fmt::format("{}: record {}", file.filename().string(), i + 1);
    if (rows[i].is_object()) {
      take(rows[i], where);
    } else {
      collector.skip("", where, fmt::format("is {}, not an object", rows[i].type_name()));
    }
  }
}

std::span<const std::string_view> image_endings() { return kImageEndings; }

bool is_image_name(const fs::path& path) {
  return std::ranges::find(kImageEndings, ascii_lower(path.extension().string())) != kImageEndings.end();
}

std::vector<std::string> find_images(const fs::path& root, const fs::path& folder,
                                     const std::function<bool(const fs::path&)>& accept) {
  std::vector<std::string> ids;
  if (!is_folder(folder)) return ids;
  for (const auto& file : files_below(folder))
    if (is_image_name(file) && accept(file)) ids.push_back(file.lexically_relative(root).generic_string());
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace llama32med
