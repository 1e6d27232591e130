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

constexpr std::array<std::string_view, 4> kNamesOfValidate = {"validation", "val", "valid", "dev"};

bool may_leave_its_folder(const std::string& image_id) {
  return image_id.starts_with('/') || image_id.find("..") != image_id.npos;
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
  std::error_code ignored;  // the folder may be missing or unreadable
  for (auto at = fs::recursive_directory_iterator(folder, ignored); at != fs::recursive_directory_iterator();
       at.increment(ignored)) {
    if (at.depth() > 0) at.disable_recursion_pending();
    for (const auto& kind : kKinds)
      if (at->path().extension() == kind.ending)
        return fmt::format(" (there is {}: {})", at->path().lexically_relative(folder).string(), kind.remedy);
  }
  return {};
}

bool is_image_name(const fs::path& path) {
  static constexpr std::array kEndings = {".jpg",  ".jpeg", ".png", ".bmp", ".tif", ".tiff",
                                          ".webp", ".gif",  ".jp2", ".pgm", ".ppm", ".pnm"};
  return std::find(kEndings.begin(), kEndings.end(), ascii_lower(path.extension().string())) != kEndings.end();
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

RecordCollector::RecordCollector(const DatasetRequest& request, Dataset& out) : request_(request), out_(out) {
  const auto folder = fs::is_directory(request.folder) ? request.folder : request.folder.parent_path();
  root_ = (fs::current_path() / folder / "").lexically_normal();
}

void RecordCollector::add(Record record, const std::string& where, Questions questions) {
  const bool marked = remove_image_mark(record.question);
  const auto reason = reason_against(record, questions);
  if (!reason.empty()) return skip(record.id, where, reason);
  if (request_.images == ImageCheck::kMustExist && !has_image(record)) {
    const auto gone = fmt::format("image \"{}\" is missing", record.image_id);
    out_.skipped.push_back({record.id, where, gone, record.image_id});
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
  if (record.image_id.empty()) return "no image";
  // As the path is written: folders on a cluster are often links to elsewhere.
  if (may_leave_its_folder(record.image_id) && !relative_below(record.image, root_))
    return fmt::format("image \"{}\" is outside of the dataset's folder; only files below it are read",
                       record.image_id);
  return {};
}

bool RecordCollector::has_image(const Record& record) {
  const auto [entry, is_new] = images_.try_emplace(record.image_id, false);
  if (is_new) {
    std::error_code ignored;  // an invalid file name counts as missing
    entry->second = fs::is_regular_file(record.image, ignored);
    if (!entry->second) out_.missing_images.push_back(record.image_id);
  }
  return entry->second;
}

std::string canonical_split(const std::string& word) {
  const auto* end = kNamesOfValidate.end();
  return std::find(kNamesOfValidate.begin(), end, word) == end ? word : "validate";
}

fs::path json_of_split(const fs::path& folder, const std::string& split) {
  const auto file = folder / (split + ".json");
  if (split != "validate" || fs::exists(file)) return file;
  for (const auto& name : kNamesOfValidate)
    if (const auto other = folder / (std::string(name) + ".json"); fs::exists(other)) return other;
  return file;
}

void require_file(const fs::path& file, std::string_view layout) {
  if (!fs::is_regular_file(file))
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

std::vector<std::string> find_images(const fs::path& root, const fs::path& folder,
                                     const std::function<bool(const fs::path&)>& accept) {
  std::vector<std::string> ids;
  if (!fs::is_directory(folder)) return ids;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && is_image_name(entry.path()) && accept(entry.path()))
      ids.push_back(entry.path().lexically_relative(root).generic_string());
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace llama32med
