// The experiments behind a paper's tables, and the numbers it prints: what `llama32med paper` runs and compares.
//
// A JSON file with comments (configs/paper.json, configs/paper_ci.json). An experiment is a training run (or none) and
// the evaluations of its result; a cell is a number of the paper and the place of ours. In values of `set` and in
// paths, {out} is the folder of all experiments, {data} the folder of the datasets, {configs} the folder of this file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/core/config_fields.h"

namespace llama32med {

struct PaperEvaluation {
  std::string name;
  std::vector<std::string> configs, set;
  std::filesystem::path predictions;

  static void describe(auto& c, auto&& field) {
    field("name", c.name, "name of the evaluation; its folder is OUT/EXPERIMENT/eval/NAME", NotEmpty{});
    field("configs", c.configs, "config files next to this file, applied over those of the experiment");
    field("set", c.set, "settings \"a.b=c\", applied over the config files");
    field("predictions", c.predictions, "predictions file of another model, scored instead of running ours");
  }
};

struct PaperExperiment {
  std::string name;
  std::vector<std::string> configs, set;
  std::vector<std::int64_t> stages;
  std::vector<PaperEvaluation> evaluations;

  static void describe(auto& c, auto&& field) {
    field("name", c.name, "name of the experiment; its folder is OUT/NAME", NotEmpty{});
    field("configs", c.configs, "config files next to this file; a later one overrides an earlier one");
    field("set", c.set, "settings \"a.b=c\", applied over the config files");
    field("stages", c.stages, "stages to train first; []: none, the model is evaluated as it is");
    field("evaluations", c.evaluations, "evaluations of the result of the last stage");
  }
};

struct PaperComparison {
  std::string family, first, protocol = "paper";
  std::vector<std::string> others;

  static void describe(auto& c, auto&& field) {
    field("family", c.family, "title; the tests of a family are corrected together (Holm)", NotEmpty{});
    field("first", c.first, "run that the others are compared with, as EXPERIMENT/EVALUATION", NotEmpty{});
    field("protocol", c.protocol, "protocol that scores the answers", NotEmpty{});
    field("others", c.others, "runs compared with the first, item by item", NotEmpty{});
  }
};

inline constexpr std::string_view kCaptionMeasure = "caption:";
bool is_pointer(std::string_view measure);  // FILE#/JSON/POINTER

struct PaperCell {
  std::string table, row, column;
  std::string run, measure = "overall", protocol = "paper";
  double paper = 0, tolerance = 0.1;
  std::optional<double> corrected;
  std::string note, incomparable;

  static void describe(auto& c, auto&& field) {
    field("table", c.table, "table of the paper", NotEmpty{});
    field("row", c.row, "row as printed", NotEmpty{});
    field("column", c.column, "column as printed", NotEmpty{});
    field("run", c.run, "our run, as EXPERIMENT/EVALUATION; empty: a row of another model, shown but not compared");
    field("measure", c.measure,
          "our number: closed, open or overall; caption:METRIC; or FILE#/JSON/POINTER into the folder of the run",
          NotEmpty{});
    field("protocol", c.protocol, "protocol of closed, open and overall", NotEmpty{});
    field("paper", c.paper, "number as printed");
    field("tolerance", c.tolerance, "largest difference that still counts as reproduced", InRange{0, 100});
    field("corrected", c.corrected,
          "value that follows from the paper's own parts, if it differs from the printed one");
    field("note", c.note, "note for the reader of this cell");
    field("incomparable", c.incomparable,
          "why our number cannot be compared with the paper's; empty: that of the whole file");
  }
};

struct PaperPhantoms {
  std::filesystem::path folder;
  std::int64_t images = 360, pixels = 64, seed = 0;

  static void describe(auto& c, auto&& field) {
    field("folder", c.folder, "folder of the phantoms; generated if absent", NotEmpty{});
    field("images", c.images, "number of images in each of the two sets", InRange{30, 1e6});
    field("pixels", c.pixels, "side of an image, in pixels", InRange{32, 1024});
    field("seed", c.seed, "seed of the generator");
  }
};

struct PaperConfig {
  std::string title;
  std::filesystem::path out, data;
  std::optional<PaperPhantoms> phantoms;
  std::vector<PaperExperiment> experiments;
  std::vector<PaperComparison> comparisons;
  std::vector<PaperCell> cells;
  std::vector<std::string> remarks;
  std::string incomparable;

  static void describe(auto& c, auto&& field) {
    field("title", c.title, "title of the report", NotEmpty{});
    field("out", c.out, "folder of all experiments; --out overrides it");
    field("data", c.data, "folder of the datasets, the value of {data}; --data overrides it");
    field("phantoms", c.phantoms, "phantoms to generate first; null: none");
    field("experiments", c.experiments, "experiments, in the order in which they run", NotEmpty{});
    field("comparisons", c.comparisons, "paired tests between runs");
    field("cells", c.cells, "numbers printed in the paper");
    field("remarks", c.remarks, "remarks printed below the tables, about the paper's own arithmetic");
    field("incomparable", c.incomparable,
          "why our numbers cannot be compared with the paper's: they get no verdict; empty: they can, unless the file "
          "draws phantoms");
  }
};

// Every cell that is not comparable says why. Throws Error{kUsage} that lists every problem: invalid fields, duplicate
// names, unknown runs.
PaperConfig load_paper_config(const std::filesystem::path& file);

// "Table 3" -> "table-3": lower case, and "-" for what is not a letter or a digit. A folder of `compared`.
std::string family_folder(const std::string& family);

}  // namespace llama32med
