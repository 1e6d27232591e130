// report_page_maker IN.json OUT.html: makes the page that report_page_test.py opens in a browser. IN.json has {"title",
// "runs", "comparisons", "items", "images": {id: {"file": path relative to OUT}}}; thumbnails are made here. Prints
// {"seconds", "peak_mib", "bytes"}.
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "image/decode.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/image/thumbnail.h"
#include "llama32med/report/page.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

PageAnswer read_answer(const Json& json) {
  PageAnswer answer{.prediction = json["prediction"], .extracted = json["extracted"], .score = json["score"]};
  answer.flips = json.value("flips", answer.flips);
  if (json.contains("confidence")) answer.confidence = json["confidence"];
  if (json.contains("human")) answer.human = json["human"];
  return answer;
}

PageItem read_item(const Json& json) {
  PageItem item{.id = json["id"], .image = json["image"], .question = json["question"], .reference = json["reference"]};
  item.answer_type = json["answer_type"];
  item.kind = json["kind"] == "closed" ? AnswerKind::kClosed : AnswerKind::kOpen;
  for (const auto& [name, value] : json["fields"].items()) item.fields.emplace_back(name, value);
  for (const auto& answer : json["answers"])
    item.answers.push_back(answer.is_null() ? std::nullopt : std::optional(read_answer(answer)));
  return item;
}

void make(const fs::path& in, const fs::path& out) {
  Json data = read_json(in);
  ReportPage page{.title = data["title"]};
  for (const auto& item : data["items"]) page.items.push_back(read_item(item));
  std::vector<fs::path> files;
  for (const auto& [id, image] : data["images"].items()) {
    page.images.push_back({.id = id, .file = image["file"]});
    files.push_back(out.parent_path() / page.images.back().file);
  }
  data.erase("items"), data.erase("images"), data.erase("title");

  const auto begin = std::chrono::steady_clock::now();
  auto thumbnails = make_thumbnails(files, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < thumbnails.size(); ++i) {
    page.images[i].jpeg = std::move(thumbnails[i].jpeg);
    page.images[i].error = std::move(thumbnails[i].error);
  }
  write_report_page(out, page, data);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{}\n",
      json_line({{"seconds", seconds.count()}, {"peak_mib", usage.ru_maxrss / 1024}, {"bytes", fs::file_size(out)}}));
}

// JPEGs of 700 x 500 with as much detail as photographs: about 60 KB each.
void make_pictures(int count, const fs::path& folder) {
  constexpr std::int64_t kHeight = 500, kWidth = 700;
  std::minstd_rand noise;
  for (int i = 0; i < count; ++i) {
    Picture picture{{kHeight, kWidth}, 3, std::vector<std::uint8_t>(kHeight * kWidth * 3)};
    std::uint8_t* sample = picture.pixels.data();
    for (std::int64_t y = 0; y < kHeight; ++y)
      for (std::int64_t x = 0; x < kWidth; ++x)
        for (int channel = 0; channel < 3; ++channel) {
          const double wave = std::sin(0.02 * (i + 1) + 0.03 * x) * std::cos(0.04 * y + channel);
          *sample++ = static_cast<std::uint8_t>(128 + 90 * wave + noise() % 24);
        }
    write_file(folder / fmt::format("{}.jpg", i), encode_jpeg(picture, 85));
  }
}

}  // namespace
}  // namespace llama32med

int main(int count, char** arguments) {
  if (count != 3)
    return std::fputs("usage: report_page_maker IN.json OUT.html, or COUNT FOLDER for pictures\n", stderr), 2;
  try {
    if (const int pictures = std::atoi(arguments[1]); pictures > 0)
      return llama32med::make_pictures(pictures, arguments[2]), 0;
    llama32med::make(arguments[1], arguments[2]);
  } catch (const std::exception& error) {
    return fmt::print(stderr, "error: {}\n", error.what()), 1;
  }
}
