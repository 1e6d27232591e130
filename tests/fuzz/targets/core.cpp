// JSON, config layers, --set, CSV, text files, sizes.
#include <algorithm>

#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/byte_size.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/config_layers.h"
#include "llama32med/core/csv.h"
#include "llama32med/core/file_kind.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_file.h"

namespace llama32med::fuzz {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

void fuzz_json(std::string_view bytes) {
  const auto value = parse_json(bytes, "x.json");
  require(parse_json(json_line(value), "again") == value, "JSON that was written is read as the same value");
}

void fuzz_json_lines(std::string_view bytes) {
  std::size_t lines = 0;
  for_each_json_line(scratch_file("json_lines", "x.jsonl", bytes), [&](const Json& value, const std::string& where) {
    require(!where.empty() && !value.is_discarded(), "each line has a value and a place");
    ++lines;
  });
  require(lines <= bytes.size(), "no more values than bytes");
}

void fuzz_json_items(std::string_view bytes) {
  std::size_t items = 0;
  for_each_json_item(bytes, "x.json", [&](const Json& value, const std::string&) {
    require(!value.is_discarded(), "each item has a value");
    ++items;
  });
  if (bytes.find('/') != bytes.npos) return;  // comments between items are not read
  const auto whole = try_parse_json(bytes);
  if (whole && whole->is_array()) require(items == whole->size(), "a list has as many items as it has");
}

void fuzz_config_layers(std::string_view bytes) {
  const auto json = parse_json(bytes, "x.json");
  if (!json.is_object()) return;
  ConfigLayers layers;
  layers.merge("", json, lines_of_keys(bytes, "x.json"));
  layers.merge("train", json, [](const std::string&) { return "y.json"; });
  for (const auto& [key, value] : json.items()) {
    (void)layers.origin(key);
    if (layers.can_hold(key + ".a")) layers.set(key + ".a", value, "--set");
  }
}

void fuzz_set(std::string_view bytes) {
  const auto assignment = parse_assignment(std::string(bytes));
  ConfigLayers layers;
  layers.set("train.seed", 1, "default");
  if (!layers.can_hold(assignment.path)) return;
  layers.set(assignment.path, assignment.value, "--set");
  const auto* found = layers.find(assignment.path);
  require(assignment.value.is_null() || (found && *found == assignment.value), "what was set is found");
  (void)json_line(layers.json());
}

void fuzz_byte_size(std::string_view bytes) {
  require(parse_byte_size("--memory", std::string(bytes)) > 0, "an amount of memory is positive");
}

std::vector<std::vector<std::string>> cells_of(const std::vector<CsvRow>& rows) {
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : rows) cells.push_back(row.cells);
  return cells;
}

void fuzz_csv(std::string_view bytes) {
  for (const char mark : {',', '\t', ';'}) {
    const auto rows = cells_of(parse_csv(bytes, "x.csv", mark));
    std::string text = "\n";  // an empty line: lines end in LF
    for (const auto& row : rows) {
      std::vector<std::string> cells;
      for (const auto& cell : row) cells.push_back(csv_cell(cell, mark));
      text += join(cells, std::string(1, mark)) + "\n";
    }
    require(cells_of(parse_csv(text, "again", mark)) == rows, "cells that were written are read as the same cells");
  }
}

void fuzz_spreadsheet_cell(std::string_view bytes) {
  const auto cell = text_cell(bytes);
  require(cell.empty() || std::string_view("=+-@\t\r\n").find(cell[0]) == std::string_view::npos, "not a formula");
  if (!bytes.starts_with("'")) require(without_apostrophe(cell) == bytes, "the apostrophe is removed again");
}

void fuzz_text_file(std::string_view bytes) {
  (void)file_kind(bytes);
  (void)line_end_of(bytes);
  require(is_valid_utf8(text_of_bytes(std::string(bytes), "x.txt", InvalidUtf8::kReplace)), "replaced text is UTF-8");
  require(is_valid_utf8(text_of_bytes(std::string(bytes), "x.txt")), "text is UTF-8");
}

void fuzz_printable(std::string_view bytes) {
  const auto shown = printable(bytes);
  const auto controls = [](unsigned char c) { return c == 0x7F || (c < 0x20 && c != '\n' && c != '\t'); };
  require(std::ranges::none_of(shown, controls), "no control characters reach a terminal");
  const auto text = replace_invalid_utf8(bytes);
  require(is_valid_utf8(text) && (text == bytes) == is_valid_utf8(bytes), "only invalid parts are replaced");
  (void)shell_word(bytes);
}

Seeds json_seeds() {
  return joined({files_in("configs", ".json"),
                 files_in("configs/phantom_base", ".json"),
                 {R"({"a": [1, -2, 0.5, 1e30, true, null, "\u00e9\ud83d\ude00"], "b": {"c": {}}})"}});
}

Seeds json_line_seeds() {
  return joined({first_lines("tests/golden/eval_vectors.jsonl", 3), {"{\"a\": 1}\r\n\r\n[2]\r\n", "1"}});
}

Seeds set_seeds() {
  return {"train.seed=5", "data.name=slake", "stage2=null", "tune.target_modules=[\"q_proj\"]", "a.b.c={\"d\": 1e3}"};
}

Seeds byte_size_seeds() { return {"24GiB", "24 GB", "24G", "800MiB", "1.5 TB", "512 KiB"}; }

Seeds csv_seeds() {
  return {"ID,Caption\nROCOv2_1,\"CT, with \"\"contrast\"\"\"\n", "a\tb\r\nc\td\r\n", "a;b\rc;\"d\re\"\r",
          std::string(kByteOrderMark) + "a\n\n"};
}

Seeds cell_seeds() { return {"=1+1", "'quoted", "-5", "@here", "\tx", "plain"}; }

Seeds text_seeds() {
  const std::string utf16("\xFF\xFEx\0y\0", 6);
  return {"plain text\nsecond\n", std::string(kByteOrderMark) + "with a mark", utf16, "\xC3\xA9\xF0\x9F\x98\x80"};
}

}  // namespace

Targets core_targets() {
  return {{"json", fuzz_json, json_seeds},
          {"json_lines", fuzz_json_lines, json_line_seeds},
          {"json_items", fuzz_json_items, json_line_seeds},
          {"config_layers", fuzz_config_layers, json_seeds},
          {"set", fuzz_set, set_seeds},
          {"byte_size", fuzz_byte_size, byte_size_seeds},
          {"csv", fuzz_csv, csv_seeds},
          {"spreadsheet_cell", fuzz_spreadsheet_cell, cell_seeds},
          {"text_file", fuzz_text_file, text_seeds},
          {"printable", fuzz_printable, text_seeds}};
}

}  // namespace llama32med::fuzz
