// Tables of BERTScore, runs that are compared, caption metrics on any text, published test vectors.
#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/strings.h"
#include "llama32med/report/bertscore_exchange.h"
#include "llama32med/report/caption_metrics.h"
#include "llama32med/report/run_report.h"
#include "llama32med/vectors/vectors.h"

namespace llama32med::fuzz {
namespace {

void fuzz_bertscore(std::string_view bytes) {
  const auto scores = read_bertscores(scratch_file("bertscore", "b.tsv", bytes), {"1", "2"});
  require(scores.items.size() == 2, "each id has its scores");
  (void)json_line(bertscores_json(scores));
}

// report.json of a run beside its predictions.
void fuzz_run_report(std::string_view bytes) {
  scratch_file("run_report", "predictions.jsonl",
               "{\"item_id\": \"0\", \"reference\": \"no\", \"prediction_raw\": \"no\"}\n");
  (void)read_run(scratch_file("run_report", "report.json", bytes).parent_path());
}

// Lines are references and predictions in turn.
void fuzz_captions(std::string_view bytes) {
  const auto lines = split(replace_invalid_utf8(bytes.substr(0, 2000)), '\n');
  std::vector<std::string> references, predictions;
  for (std::size_t i = 0; i + 1 < lines.size() && i < 8; i += 2) {
    references.push_back(lines[i]);
    predictions.push_back(lines[i + 1]);
  }
  if (references.empty()) return;
  const auto scores = score_captions(references, predictions);
  for (const auto& metric : scores.metrics) require(!metric.corpus || *metric.corpus >= 0, "scores are not negative");
  (void)json_line(caption_scores_json(scores));
}

void fuzz_vectors(std::string_view bytes) {
  for (const auto& result : run_vectors(scratch_file("vectors", "v.jsonl", bytes)))
    require(!result.agrees || result.problem.empty(), "a vector without a value does not agree");
}

Seeds bertscore_seeds() { return {"item_id\tP\tR\tF\n1\t0.9\t0.8\t0.85\n2\t0.5\t1e-3\t0.25\n"}; }

Seeds run_report_seeds() {
  return {R"({"scores": {"scores": [{"protocol": "paper", "signature": "vqa"}]},
 "run": {"name": "a", "dataset": "slake", "split": "test", "records": 1, "scored": 1},
 "skipped": [{"id": "7", "where": "test.json: record 7", "reason": "no answer"}]})"};
}

Seeds caption_seeds() { return {"CT of the chest, axial.\nAxial chest CT\nMRI of the brain\nbrain\n", "a\na\n"}; }

Seeds vector_seeds() {
  Seeds seeds;
  for (const auto& line : split(source_text("tests/golden/eval_vectors.jsonl"), '\n'))
    if (!line.empty()) seeds.push_back(line + "\n");
  return seeds;
}

}  // namespace

Targets report_targets() {
  return {{"bertscore", fuzz_bertscore, bertscore_seeds},
          {"run_report", fuzz_run_report, run_report_seeds},
          {"captions", fuzz_captions, caption_seeds},
          {"vectors", fuzz_vectors, vector_seeds}};
}

}  // namespace llama32med::fuzz
