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

double mebibytes(std::int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

Json benchmark_json(const BenchmarkResult& result, const at::TensorOptions& target) {
  Json images = Json::array();
  for (const auto& image : result.images)
    images.push_back({{"tiles", image.tiles},
                      {"preprocess", timing_json(image.preprocess)},
                      {"tower", timing_json(image.tower)},
                      {"encode", timing_json(image.encode)},
                      {"tower_flops", image.tower_flops},
                      {"tower_tflops_per_s", tera_per_second(image)}});
  return {{"model", result.what},
          {"environment", environment_json(target)},
          {"own_kernels", result.own_kernels},
          {"parameters", result.parameters},
          {"weight_bytes", result.weight_bytes},
          {"load_s", result.load_seconds},
          {"images", images},
          {"prefill", timing_json(result.prefill)},
          {"token", timing_json(result.token)},
          {"image_of_questions", timing_json(result.image_of_questions)},
          {"images_of_questions", timing_json(result.images_of_questions)},
          {"answers_per_second", result.answers_per_second},
          {"peak_host_mib", mebibytes(result.peak_host_bytes)},
          {"peak_device_mib", mebibytes(result.peak_device_bytes)}};
}

std::string benchmark_text(const BenchmarkResult& result, const at::TensorOptions& target) {
  const auto environment = environment_json(target);
  TextTable table({Align::kLeft, Align::kRight, Align::kRight, Align::kLeft});
  const auto row = [&](const std::string& name, const Timing& timing, const std::string& note = "") {
    table.add_row({name, fmt::format("{:.2f}", timing.fastest_ms), fmt::format("{:.2f}", timing.median_ms), note});
  };
  table.add_row({"milliseconds", "fastest", "median"});
  table.add_rule();
  for (const auto& image : result.images) {
    const auto tiles = fmt::format("image of {} tile{}", image.tiles, image.tiles == 1 ? "" : "s");
    row(tiles + ": preprocessing, without decoding", image.preprocess);
    row(tiles + ": vision tower", image.tower, fmt::format("{:.3g} TFLOP/s", tera_per_second(image)));
    row(tiles + ": vision tower, projector, keys and values", image.encode);
  }
  row("question of 64 tokens, up to the first new token", result.prefill);
  row("one more token", result.token);
  row("an image and 11 questions, 8 new tokens each", result.image_of_questions);
  row("3 such images together", result.images_of_questions, fmt::format("{:.4g} answers/s", result.answers_per_second));
  const auto memory =
      fmt::format("peak memory: {:.0f} MiB host", mebibytes(result.peak_host_bytes)) +
      (result.peak_device_bytes > 0 ? fmt::format(", {:.0f} MiB device", mebibytes(result.peak_device_bytes)) : "");
  return fmt::format("{}: {:.1f} M parameters, {:.0f} MiB of {}, on {}{}\nloaded in {:.2f} s\n\n{}\n{}\n", result.what,
                     static_cast<double>(result.parameters) / 1e6, mebibytes(result.weight_bytes),
                     environment.at("dtype").get<std::string>(), environment.at("device").get<std::string>(),
                     result.own_kernels ? " with own kernels" : "", result.load_seconds, table.text(), memory);
}

}  // namespace llama32med
