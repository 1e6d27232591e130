#include "data/import/row_items.h"

#include <algorithm>
#include <array>
#include <optional>

#include "data/import/sources.h"
#include "data/readers/reader.h"
#include "llama32med/core/strings.h"
#include "llama32med/text/prompt_text.h"

namespace llama32med {
namespace {

constexpr std::array kOwnFields = {"id", "image", "question", "answer", "split"};

const Json* value_at(const Json& row, const std::string& column) {
  if (column.empty()) return nullptr;
  const auto found = row.find(column);
  return found == row.end() || found->is_null() ? nullptr : &*found;
}

// Where the image stands in a text is the prompt's decision.
std::string without_image_marks(std::string text) {
  for (const auto mark : {kImageMark, std::string_view("<|image|>")}) text = replaced(std::move(text), mark, " ");
  return tidy_text(text);
}

std::string text_at(const Json& row, const std::string& column) {
  const auto* value = value_at(row, column);
  if (value && value->is_array() && value->size() == 1) value = &value->front();  // "answers": ["yes"]
  return value ? without_image_marks(field_text(*value)) : "";
}

// An image as files name it: a path, or an object with a path, as in Hugging Face's rows.
void add_images(const Json& value, std::vector<std::string>& images) {
  if (value.is_array()) {
    for (const auto& item : value) add_images(item, images);
  } else if (value.is_object()) {
    for (const char* key : {"path", "file_name", "image", "url"})
      if (const auto* inner = value_at(value, key)) return add_images(*inner, images);
    images.emplace_back("data:");  // bytes without a name
  } else if (!value.is_null()) {
    if (auto name = std::string(trim(value.is_string() ? value.get<std::string>() : value.dump())); !name.empty())
      images.push_back(std::move(name));
  }
}

struct Turn {
  std::string role, text;
};

// The text of a turn, whose parts may also be images.
std::string turn_text(const Json& content, std::vector<std::string>& images) {
  if (!content.is_array()) return without_image_marks(field_text(content));
  std::string text;
  for (const auto& part : content) {
    if (!part.is_object()) continue;
    if (const auto* words = value_at(part, "text"); words && words->is_string()) {
      text += (text.empty() ? "" : " ") + words->get<std::string>();
    } else if (const auto type = part.value("type", Json()); type == "image" || type == "image_url") {
      if (part.contains("image") || part.contains("path") || part.contains("image_url")) add_images(part, images);
    }
  }
  return without_image_marks(text);
}

std::string role_of(const Json& turn) {
  struct Word {
    std::string_view name, role;
  };
  static constexpr std::array kWords = {
      Word{"human", "user"},      Word{"user", "user"},     Word{"gpt", "assistant"}, Word{"assistant", "assistant"},
      Word{"model", "assistant"}, Word{"bot", "assistant"}, Word{"system", "system"}};
  for (const char* key : {"from", "role"})
    if (const auto* value = value_at(turn, key); value && value->is_string())
      for (const auto& word : kWords)
        if (word.name == ascii_lower(value->get<std::string>())) return std::string(word.role);
  return {};
}

std::optional<std::vector<Turn>> turns_of(const Json& list, std::vector<std::string>& images) {
  if (!list.is_array()) return std::nullopt;
  std::vector<Turn> turns;
  for (const auto& item : list) {
    if (!item.is_object()) return std::nullopt;
    const auto* content = value_at(item, item.contains("value") ? "value" : "content");
    auto role = role_of(item);
    if (role.empty() || !content) return std::nullopt;
    turns.push_back({std::move(role), turn_text(*content, images)});
  }
  return turns;
}

class RowReader {
 public:
  RowReader(const ImportRow& row, const ChosenColumns& columns, const std::string& number, ItemSink& sink)
      : row_(row), columns_(columns), sink_(sink) {
    const auto& names = columns.names;
    shared_.where = row.where, shared_.base = row.base;
    shared_.id = text_at(row.values, names.id);
    shared_.patient = text_at(row.values, names.patient);
    if (shared_.id.empty()) shared_.id = number;
    const auto word = text_at(row.values, names.split);
    const auto known = known_split_word(word);
    shared_.split = word.empty() ? row.split : known.empty() ? word : known;
    if (const auto* value = value_at(row.values, names.image)) add_images(*value, images_);
    for (const auto& column : columns.kept) add_field(column);
  }

  void read() {
    if (!row_.left_out.empty()) return sink_.leave_out(row_.left_out, row_.where, row_.left_out_what);
    if (const auto* turns = value_at(row_.values, columns_.conversation)) return read_conversation(*turns);
    if (!take_image()) return;
    const auto question = text_at(row_.values, columns_.names.question);
    const auto answer = text_at(row_.values, columns_.names.answer);
    const auto caption = text_at(row_.values, columns_.names.caption);
    if (!question.empty() || (caption.empty() && !columns_.names.question.empty()))
      add_question(shared_.id, question, answer);
    if (!caption.empty()) add(question.empty() ? shared_.id : shared_.id + "-caption", "", caption);
    if (caption.empty() && columns_.names.question.empty())
      sink_.leave_out("no caption", row_.where, "its cell is empty");
  }

 private:
  void add_field(const std::string& column) {
    const auto* value = value_at(row_.values, column);
    if (!value) return;
    const bool is_own = std::ranges::find(kOwnFields, column) != kOwnFields.end();
    shared_.fields.emplace_back(is_own ? "source_" + column : column, field_text(*value));
  }

  bool take_image() {
    if (images_.empty()) return sink_.leave_out("no image", row_.where, "names none"), false;
    if (images_.size() > 1) {
      sink_.leave_out("several images", row_.where, fmt::format("names {}; a record has one", images_.size()));
      return false;
    }
    shared_.image = images_.front();
    return true;
  }

  void read_conversation(const Json& list) {
    const auto turns = turns_of(list, images_);
    if (!turns)
      return sink_.leave_out("not a conversation", row_.where,
                             "expected turns with from and value, or with role and content");
    if (!take_image()) return;
    const auto spoken = without_system(*turns);
    if (!alternate(spoken))
      return sink_.leave_out("turns do not alternate", row_.where, "expected a question, its answer, and so forth");
    if (spoken.size() > 2)
      sink_.note("conversations of several turns, divided into one record per question", row_.where);
    for (std::size_t i = 0; i < spoken.size(); i += 2)
      add_turns(spoken.size() == 2 ? shared_.id : fmt::format("{}-{}", shared_.id, i / 2 + 1), spoken[i].text,
                spoken[i + 1].text);
  }

  std::vector<Turn> without_system(std::vector<Turn> turns) {
    const auto removed = std::erase_if(turns, [](const Turn& turn) { return turn.role == "system"; });
    if (removed > 0) sink_.note("system messages left out: the prompt file has its own", row_.where);
    return turns;
  }

  static bool alternate(const std::vector<Turn>& turns) {
    for (std::size_t i = 0; i < turns.size(); ++i)
      if (turns[i].role != (i % 2 == 0 ? "user" : "assistant")) return false;
    return !turns.empty() && turns.size() % 2 == 0;
  }

  // A turn of the user that is an image alone asks for a caption.
  void add_turns(const std::string& id, const std::string& question, const std::string& answer) {
    if (answer.empty()) return sink_.leave_out("no answer", row_.where, "it is empty");
    add(id, question, answer);
  }

  void add_question(const std::string& id, const std::string& question, const std::string& answer) {
    if (question.empty()) return sink_.leave_out("no question", row_.where, "it is empty");
    if (answer.empty()) return sink_.leave_out("no answer", row_.where, "it is empty");
    add(id, question, answer);
  }

  void add(const std::string& id, const std::string& question, const std::string& answer) {
    auto item = shared_;
    item.id = id, item.question = question, item.answer = answer;
    sink_.item(std::move(item));
  }

  const ImportRow& row_;
  const ChosenColumns& columns_;
  ItemSink& sink_;
  ImportItem shared_;
  std::vector<std::string> images_;
};

}  // namespace

void read_row_items(const ImportRow& row, const ChosenColumns& columns, const std::string& number, ItemSink& sink) {
  RowReader(row, columns, number, sink).read();
}

}  // namespace llama32med
