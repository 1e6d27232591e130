#include "data/import/columns.h"

#include <algorithm>
#include <array>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

using Names = std::vector<std::string>;

struct Role {
  std::string_view name;
  std::string ImportColumns::*column;
  Names usual;  // as normalized() gives them; the first one that a source has counts
};

const std::array<Role, 7>& roles_of_columns() {
  static const std::array<Role, 7> roles = {
      Role{"image",
           &ImportColumns::image,
           {"image", "images", "image_path", "image_file", "image_name", "img", "img_path", "img_name", "file_name",
            "filename", "file", "path", "image_id", "img_id", "bild", "bilddatei", "dateiname"}},
      Role{"question", &ImportColumns::question, {"question", "query", "prompt", "instruction", "frage"}},
      Role{"answer", &ImportColumns::answer, {"answer", "response", "gt_answer", "answer_text", "antwort"}},
      Role{"caption",
           &ImportColumns::caption,
           {"caption", "text", "report", "findings", "description", "impression", "befund", "beschreibung"}},
      Role{"id", &ImportColumns::id, {"id", "qid", "question_id", "uid", "sample_id", "record_id"}},
      Role{"split", &ImportColumns::split, {"split", "subset", "partition"}},
      Role{"patient",
           &ImportColumns::patient,
           {"patient_id", "patientid", "patient", "patienten_id", "subject_id", "person_id"}}};
  return roles;
}

const Names kConversations = {"conversations", "conversation", "messages"};

// "Patient ID" and "patient-id" are "patient_id".
std::string normalized(std::string_view column) {
  auto name = ascii_lower(trim(column));
  std::ranges::replace_if(
      name, [](char c) { return c == ' ' || c == '-' || c == '.' || c == '/'; }, '_');
  return name;
}

bool is_personal(const std::string& column) {
  static constexpr std::array kBeginnings = {"patient", "birth", "geburt", "accession", "insurance", "versicher"};
  static const Names names = {"name",      "vorname",  "nachname",    "first_name", "firstname",
                              "last_name", "lastname", "family_name", "given_name", "full_name",
                              "fullname",  "surname",  "dob",         "mrn",        "date_of_birth",
                              "ssn",       "address",  "adresse",     "phone",      "telefon",
                              "email",     "e_mail",   "subject_id",  "person_id",  "pid"};
  const auto name = normalized(column);
  return std::ranges::any_of(kBeginnings, [&](const char* beginning) { return name.starts_with(beginning); }) ||
         std::ranges::find(names, name) != names.end();
}

std::string column_named(const Names& columns, const std::string& name) {
  const auto found = std::ranges::find_if(columns, [&](const auto& column) { return normalized(column) == name; });
  return found == columns.end() ? "" : *found;
}

std::string first_usual(const Names& columns, const Names& usual) {
  for (const auto& name : usual)
    if (auto column = column_named(columns, name); !column.empty()) return column;
  return {};
}

std::string named_column(const Names& columns, const std::string& wanted, std::string_view role,
                         const std::string& source) {
  if (wanted == kNoColumn) return {};
  if (std::ranges::find(columns, wanted) != columns.end()) return wanted;
  if (auto column = column_named(columns, normalized(wanted)); !column.empty()) return column;
  throw data_error("{}: has no column \"{}\"{}, which --{}-column names; its columns are {}", source, wanted,
                   did_you_mean(wanted, columns), role, join(columns, ", "));
}

// Columns that no option names, for those found by their usual names.
Names free_columns(const Names& columns, const ImportColumns& wanted) {
  Names free = columns;
  for (const auto& role : roles_of_columns())
    std::erase_if(free, [&](const auto& column) { return column == wanted.*role.column; });
  return free;
}

[[noreturn]] void throw_not_found(const Names& columns, const Role& role, const std::string& source) {
  throw data_error("{}: no column found for the {} (usual names are {}); its columns are {}; name it with --{}-column",
                   source, role.name, join(role.usual, ", "), columns.empty() ? "none" : join(columns, ", "),
                   role.name);
}

// A question needs an answer; an answer alone may be a caption or anything else.
void require_columns(const ChosenColumns& chosen, const Names& columns, const std::string& source) {
  const auto& [image, question, answer, caption, id, split, patient] = roles_of_columns();
  const auto& names = chosen.names;
  if (names.image.empty() && chosen.conversation.empty()) throw_not_found(columns, image, source);
  if (!chosen.conversation.empty()) return;
  if (!names.question.empty() && names.answer.empty()) throw_not_found(columns, answer, source);
  if (names.question.empty() && !names.answer.empty()) throw_not_found(columns, question, source);
  if (names.question.empty() && names.caption.empty())
    throw data_error(
        "{}: no columns found for questions or captions (usual names are {}; {}); its columns are {}; name them with "
        "--question-column and --answer-column, or with --caption-column",
        source, join(question.usual, ", "), join(caption.usual, ", "), join(columns, ", "));
}

void sort_other_columns(ChosenColumns& chosen, const Names& columns) {
  std::vector<std::string> used = {chosen.conversation, "system"};
  for (const auto& role : roles_of_columns()) used.push_back(chosen.names.*role.column);
  for (const auto& column : columns)
    if (std::ranges::find(used, column) == used.end())
      (is_personal(column) ? chosen.personal : chosen.kept).push_back(column);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> ChosenColumns::roles() const {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& role : roles_of_columns())
    if (!(names.*role.column).empty()) found.emplace_back(role.name, names.*role.column);
  if (!conversation.empty()) found.emplace_back("conversation", conversation);
  return found;
}

ChosenColumns choose_import_columns(const Names& columns, const ImportColumns& wanted, const std::string& source) {
  ChosenColumns chosen;
  const auto free = free_columns(columns, wanted);
  for (const auto& role : roles_of_columns()) {
    const auto& name = wanted.*role.column;
    chosen.names.*role.column =
        name.empty() ? first_usual(free, role.usual) : named_column(columns, name, role.name, source);
  }
  chosen.conversation = first_usual(free, kConversations);
  if (!chosen.conversation.empty()) chosen.names.question.clear(), chosen.names.answer.clear();
  if (!chosen.conversation.empty() && wanted.caption.empty()) chosen.names.caption.clear();
  require_columns(chosen, columns, source);
  sort_other_columns(chosen, columns);
  return chosen;
}

}  // namespace llama32med
