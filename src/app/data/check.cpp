#include "app/data/check.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/image/mllama_image_processor.h"

namespace llama32med {
namespace {

std::string why_unreadable(const std::filesystem::path& image) {
  try {
    MllamaImageProcessor(TileSettings{})(image);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

// The official splits on disk. A missing split is fine if another exists.
std::vector<Dataset> read_official_splits(DatasetRequest request) {
  std::vector<Dataset> splits;
  std::string first_problem;
  for (const auto& split : dataset_splits(request.name, request.folder)) {
    if (split.derived) continue;
    request.split = split.name;
    try {
      splits.push_back(read_dataset(request));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData) throw;
      if (first_problem.empty()) first_problem = error.what();
    }
  }
  if (splits.empty()) throw data_error("{}", first_problem);
  return splits;
}

}  // namespace

DataReport check_data(const DatasetRequest& request, const std::filesystem::path& out) {
  const auto splits = request.split.empty() ? read_official_splits(request) : std::vector{read_dataset(request)};
  auto report = make_data_report(splits, {.contents = ImageContents::kCompare, .probe = why_unreadable});
  write_json(out / "data_report.json", data_report_json(report));
  return report;
}

}  // namespace llama32med
