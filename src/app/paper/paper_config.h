// The experiments behind a paper's tables, and the numbers it prints: what `llama32med paper` runs and compares.
//
// A JSON file with comments (configs/paper.json, configs/paper_ci.json). An experiment is a training run (or none) and
// the evaluations of what came out of it; a cell is a number of the paper and where ours stands. In values of `set` and
// in paths, {out} is the folder of all experiments, {data} that of the datasets, {configs} the one this file lies in.
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
    field("name", c.name, "its folder is OUT/EXPERIMENT/eval/NAME", NotEmpty{});
    field("configs", c.configs, "run configs over those of the experiment, beside this file");
    field("set", c.set, "\"a.b=c\", over them");
    field("predictions", c.predictions, "score these answers of another model, instead of asking ours");
  }
};

struct PaperExperiment {
  std::string name;
  std::vector<std::string> configs, set;
  std::vector<std::int64_t> stages;
  std::vector<PaperEvaluation> evaluations;

  static void describe(auto& c, auto&& field) {
    field("name", c.name, "its folder is OUT/NAME", NotEmpty{});
    field("configs", c.configs, "run configs, beside this file; a later one changes the earlier");
    field("set", c.set, "\"a.b=c\", over them");
    field("stages", c.stages, "what is trained first; []: nothing, the model is evaluated as it is");
    field("evaluations", c.evaluations, "of what came out of the last stage");
  }
};

struct PaperComparison {
  std::string family, first, protocol = "paper";
  std::vector<std::string> others;

  static void describe(auto& c, auto&& field) {
    field("family", c.family, "a title; its tests are corrected together (Holm)", NotEmpty{});
    field("first", c.first, "EXPERIMENT/EVALUATION", NotEmpty{});
    field("protocol", c.protocol, "what the answers are compared by", NotEmpty{});
    field("others", c.others, "each is compared with the first, item by item", NotEmpty{});
  }
};

inline constexpr std::string_view kCaptionMeasure = "caption:";

struct PaperCell {
  std::string table, row, column;
  std::string run, measure = "overall", protocol = "paper";
  double paper = 0, tolerance = 0.1;
  std::optional<double> corrected;
  std::string note;

  static void describe(auto& c, auto&& field) {
    field("table", c.table, "of the paper", NotEmpty{});
    field("row", c.row, "as it is printed", NotEmpty{});
    field("column", c.column, "as it is printed", NotEmpty{});
    field("run", c.run, "EXPERIMENT/EVALUATION; empty: a row of others that is only shown");
    field("measure", c.measure, "closed, open or overall; caption:METRIC; or FILE#/JSON/POINTER into the run's folder",
          NotEmpty{});
    field("protocol", c.protocol, "of closed, open and overall", NotEmpty{});
    field("paper", c.paper, "the printed number");
    field("tolerance", c.tolerance, "how far a number may be from it and still be what is printed", InRange{0, 100});
    field("corrected", c.corrected, "what the paper's own parts add up to, where that is another number");
    field("note", c.note, "what a reader has to know about this cell");
  }
};

struct PaperPhantoms {
  std::filesystem::path folder;
  std::int64_t images = 360, pixels = 64, seed = 0;

  static void describe(auto& c, auto&& field) {
    field("folder", c.folder, "drawn there where it is not yet", NotEmpty{});
    field("images", c.images, "of each of its two sets", InRange{30, 1e6});
    field("pixels", c.pixels, "a side", InRange{32, 1024});
    field("seed", c.seed, "of the drawing");
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

  static void describe(auto& c, auto&& field) {
    field("title", c.title, "of the report", NotEmpty{});
    field("out", c.out, "the folder of all experiments, unless --out names one");
    field("data", c.data, "what {data} stands for, unless --data names one: a folder of datasets");
    field("phantoms", c.phantoms, "a set that is drawn first; null: none");
    field("experiments", c.experiments, "in the order in which they are run", NotEmpty{});
    field("comparisons", c.comparisons, "paired tests");
    field("cells", c.cells, "the paper's numbers");
    field("remarks", c.remarks, "printed below the tables: what is known of the paper's own arithmetic");
  }
};

// Throws Error{kUsage} that lists every problem: fields, names that come twice, runs that no experiment has.
PaperConfig load_paper_config(const std::filesystem::path& file);

}  // namespace llama32med
