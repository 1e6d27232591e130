// A BenchmarkResult as a table and as JSON.
#include <fmt/format.h>

#include "app/common/environment.h"
#include "app/model/bench.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/text_table.h"

namespace llama32med {
namespace {

Json timing_json(const Timing& timing) {
  return {{"fastest_ms", timing.fastest_ms}, {"median_ms", timing.median_ms}, {"samples", timing.samples}};
}

double tera_per_second(const ImageTiming& image) { return image.tower_flops / image.tower.fastest_ms / 1e9; }

double mebibytes(double bytes) { return bytes / (1 << 20); }
double mebibytes(std::int64_t bytes) { return mebibytes(static_cast<double>(bytes)); }

double tokens_per_second(const DecodeTiming& decode) {
  return 1000 * static_cast<double>(decode.rows) / decode.token.median_ms;
}

std::string counted(std::int64_t count, const std::string& name) {
  return fmt::format("{} {}{}", count, name, count == 1 ? "" : "s");
}

Json images_json(const BenchmarkResult& result) {
  Json images = Json::array();
  for (const auto& image : result.images)
    images.push_back({{"tiles", image.tiles},
                      {"preprocess", timing_json(image.preprocess)},
                      {"tower", timing_json(image.tower)},
                      {"encode", timing_json(image.encode)},
                      {"tower_flops", image.tower_flops},
                      {"tower_tflops_per_s", tera_per_second(image)}});
  return images;
}

Json decode_json(const BenchmarkResult& result) {
  Json list = Json::array();
  for (const auto& decode : result.decode)
    list.push_back({{"weights", decode.weights},
                    {"rows", decode.rows},
                    {"token", timing_json(decode.token)},
                    {"tokens_per_second", tokens_per_second(decode)}});
  return list;
}

Json steps_json(const BenchmarkResult& result) {
  Json list = Json::array();
  for (const auto& step : result.steps) {
    list.push_back({{"method", step.method},
                    {"questions", step.questions},
                    {"step", timing_json(step.step)},
                    {"planned_mib", mebibytes(step.planned_bytes)}});
    if (step.peak_device_bytes > 0) list.back()["peak_device_mib"] = mebibytes(step.peak_device_bytes);
    if (!step.nonfinite.empty()) list.back()["nonfinite"] = step.nonfinite;
  }
  return list;
}

std::string step_note(const StepTiming& step) {
  auto note = step.peak_device_bytes > 0 ? fmt::format("peak {:.0f} MiB, ", mebibytes(step.peak_device_bytes)) : "";
  note += fmt::format("planned {:.0f} MiB", mebibytes(step.planned_bytes));
  if (!step.nonfinite.empty()) note += "; without the optimizer: " + step.nonfinite + " was non-finite";
  return note;
}

class ResultTable {
 public:
  ResultTable() : table_({Align::kLeft, Align::kRight, Align::kRight, Align::kLeft}) {
    table_.add_row({"milliseconds", "fastest", "median"});
    table_.add_rule();
  }

  std::string of(const BenchmarkResult& result) {
    for (const auto& image : result.images) add_image(image);
    if (result.has(BenchPart::kAnswers)) add_answers(result.answers);
    for (const auto& decode : result.decode)
      row(fmt::format("one more token for {}, {}", counted(decode.rows, "row"), decode.weights), decode.token,
          fmt::format("{:.4g} tokens/s", tokens_per_second(decode)));
    for (const auto& step : result.steps)
      row(fmt::format("{} step, an image and {}", step.method, counted(step.questions, "question")), step.step,
          step_note(step));
    return table_.text();
  }

 private:
  void row(const std::string& name, const Timing& timing, const std::string& note = "") {
    table_.add_row({name, fmt::format("{:.2f}", timing.fastest_ms), fmt::format("{:.2f}", timing.median_ms), note});
  }

  void add_image(const ImageTiming& image) {
    const auto tiles = "image of " + counted(image.tiles, "tile");
    row(tiles + ": preprocessing, without decoding", image.preprocess);
    row(tiles + ": vision tower", image.tower, fmt::format("{:.3g} TFLOP/s", tera_per_second(image)));
    row(tiles + ": vision tower, projector, keys and values", image.encode);
  }

  void add_answers(const AnswerTiming& answers) {
    row("question of 64 tokens, up to the first new token", answers.prefill);
    row("one more token", answers.token);
    row("an image and 11 questions, 8 new tokens each", answers.image_of_questions);
    row("3 such images together", answers.images_of_questions,
        fmt::format("{:.4g} answers/s", answers.answers_per_second));
  }

  TextTable table_;
};

}  // namespace

Json benchmark_json(const BenchmarkResult& result, const at::TensorOptions& target) {
  Json json = {{"model", result.what},
               {"environment", environment_json(target)},
               {"own_kernels", result.own_kernels},
               {"parameters", result.parameters},
               {"weight_bytes", result.weight_bytes},
               {"load_s", result.load_seconds},
               {"peak_host_mib", mebibytes(result.peak_host_bytes)},
               {"peak_device_mib", mebibytes(result.peak_device_bytes)}};
  if (!result.images.empty()) json["images"] = images_json(result);
  if (result.has(BenchPart::kAnswers))
    json.update({{"prefill", timing_json(result.answers.prefill)},
                 {"token", timing_json(result.answers.token)},
                 {"image_of_questions", timing_json(result.answers.image_of_questions)},
                 {"images_of_questions", timing_json(result.answers.images_of_questions)},
                 {"answers_per_second", result.answers.answers_per_second}});
  if (!result.decode.empty()) json["decode"] = decode_json(result);
  if (!result.steps.empty()) json["steps"] = steps_json(result);
  return json;
}

std::string benchmark_text(const BenchmarkResult& result, const at::TensorOptions& target) {
  const auto environment = environment_json(target);
  const auto gpu = gpu_text(target.device());
  const auto memory =
      fmt::format("peak memory: {:.0f} MiB host", mebibytes(result.peak_host_bytes)) +
      (result.peak_device_bytes > 0 ? fmt::format(", {:.0f} MiB device", mebibytes(result.peak_device_bytes)) : "");
  return fmt::format("{}: {:.1f} M parameters, {:.0f} MiB of {}, on {}{}\n{}loaded in {:.2f} s\n\n{}\n{}\n",
                     result.what, static_cast<double>(result.parameters) / 1e6, mebibytes(result.weight_bytes),
                     environment.at("dtype").get<std::string>(), environment.at("device").get<std::string>(),
                     result.own_kernels ? " with own kernels" : "", gpu.empty() ? "" : gpu + "\n", result.load_seconds,
                     ResultTable().of(result), memory);
}

}  // namespace llama32med
