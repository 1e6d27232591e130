#include "llama32med/report/page.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/core/sha256.h"
#include "report/page_template.h"

namespace llama32med {
namespace {

// In the order in which they are concatenated: each file may use the ones before it.
constexpr std::array<std::string_view, 10> kPrograms = {"dom.js",     "tables.js", "plots.js",   "sections.js",
                                                        "runs.js",    "report.js", "filters.js", "viewer.js",
                                                        "gallery.js", "main.js"};

void append_base64(std::string& out, std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) bits = bits << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0);
    for (std::size_t j = 0; j < 4; ++j) out += j <= count ? kLetters[bits >> (18 - 6 * j) & 63] : '=';
  }
}

// The source expression of an inline script or style in a content security policy: 'sha256-<base64 of the digest>'.
std::string policy_source(std::string_view text) {
  const auto hex = sha256(text);
  std::string digest, source = "'sha256-";
  for (std::size_t i = 0; i < hex.size(); i += 2) digest += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  append_base64(source, digest);
  return source + "'";
}

// Escapes text for use between tags and in quoted attributes.
std::string html(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

// JSON that is safe inside a <script>. "<" only occurs in strings, where it can be escaped; then nothing can end the
// element or start a comment in it.
void append_script_json(std::string& out, const Json& value) {
  for (const char letter : json_line(value)) {
    if (letter == '<')
      out += "\\u003c";
    else
      out += letter;
  }
}

Json answer_json(const PageAnswer& answer) {
  Json json = {{"prediction", answer.prediction}, {"score", answer.score}};
  if (answer.extracted != answer.prediction) json["extracted"] = answer.extracted;
  if (!answer.flips.empty()) json["flips"] = answer.flips;
  if (answer.confidence) json["confidence"] = *answer.confidence;
  if (answer.human) json["human"] = *answer.human;
  if (!answer.error.empty()) json["error"] = answer.error;
  return json;
}

Json item_json(const PageItem& item) {
  Json json = {{"id", item.id},
               {"image", item.image},
               {"question", item.question},
               {"reference", item.reference},
               {"answer_type", item.answer_type},
               {"kind", item.kind == AnswerKind::kClosed ? "closed" : "open"}};
  Json fields = Json::object(), answers = Json::array();
  for (const auto& [name, value] : item.fields) fields[name] = value;
  for (const auto& answer : item.answers) answers.push_back(answer ? answer_json(*answer) : Json());
  json["fields"] = std::move(fields), json["answers"] = std::move(answers);
  return json;
}

std::string data_uri(const std::string& jpeg) {
  std::string uri = "data:image/jpeg;base64,";
  append_base64(uri, jpeg);
  return uri;
}

void append_items(std::string& out, const std::vector<PageItem>& items) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ",\n";
    append_script_json(out, item_json(items[i]));
  }
  out += ']';
}

void append_images(std::string& out, const std::vector<PageImage>& images) {
  out += '{';
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto& image = images[i];
    Json json = Json::object();
    if (!image.file.empty()) json["file"] = image.file;
    if (!image.jpeg.empty()) json["data"] = data_uri(image.jpeg);
    if (!image.error.empty()) json["error"] = image.error;
    if (i > 0) out += ",\n";
    append_script_json(out, image.id);
    out += ':';
    append_script_json(out, json);
  }
  out += '}';
}

std::string program() {
  std::string text = "(() => {\n\"use strict\";\n";
  for (const auto name : kPrograms) text.append(page_template(name)) += '\n';
  return text + "})();\n";
}

void append_part(std::string& out, std::string_view name, const ReportPage& page, const Json& summary) {
  const auto css = page_template("page.css");
  if (name == "title") {
    out += html(page.title);
  } else if (name == "policy") {
    out += html("default-src 'none'; img-src data: 'self' file:; style-src " + policy_source(css) + "; script-src " +
                policy_source(program()) + "; base-uri 'none'; form-action 'none'");
  } else if (name == "style") {
    out += css;
  } else if (name == "program") {
    out += program();
  } else if (name == "summary") {
    Json json = {{"title", page.title}};
    json.update(summary);
    append_script_json(out, json);
  } else if (name == "items") {
    append_items(out, page.items);
  } else if (name == "images") {
    append_images(out, page.images);
  } else {
    throw std::logic_error("page.html has an unknown part " + std::string(name));
  }
}

}  // namespace

void write_report_page(const std::filesystem::path& out, const ReportPage& page, const Json& summary) {
  const std::size_t runs = summary.contains("runs") ? summary["runs"].size() : 0;
  for (const auto& item : page.items)
    if (item.answers.size() != runs)
      throw std::invalid_argument(
          fmt::format("item {} has {} answers, but the page has {} runs", item.id, item.answers.size(), runs));

  // The {{part}}s of the template are filled in order; inserted text is not scanned again.
  std::string_view rest = page_template("page.html");
  std::string text;
  for (auto begin = rest.find("{{"); begin != std::string_view::npos; begin = rest.find("{{")) {
    const auto end = rest.find("}}", begin);
    text += rest.substr(0, begin);
    append_part(text, rest.substr(begin + 2, end - begin - 2), page, summary);
    rest.remove_prefix(end + 2);
  }
  text += rest;
  write_file(out, text);
}

}  // namespace llama32med
