#include "llama32med/app/data_check.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/image/image_processor.h"

namespace llama32med {
namespace {

std::string why_unreadable(const std::filesystem::path& image) {
  try {
    ImageProcessor(TileSettings{})(image);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

DataReport check_data(const DatasetRequest& request, const std::filesystem::path& out) {
  std::vector<Dataset> splits;
  std::string first_problem;
  for (const auto& split : dataset_splits(request.name, request.folder)) {
    if (split.derived || (!request.split.empty() && split.name != request.split)) continue;
    auto one = request;
    one.split = split.name;
    try {
      splits.push_back(read_dataset(one));
    } catch (const Error& error) {  // a split that is not there is no fault as long as another one is
      if (error.kind() != ErrorKind::kData) throw;
      if (first_problem.empty()) first_problem = error.what();
    }
  }
  if (splits.empty()) throw data_error("{}", first_problem);
  auto report = make_data_report(splits, {.contents = ImageContents::kCompare, .probe = why_unreadable});
  write_json(out / "data_report.json", data_report_json(report));
  return report;
}

}  // namespace llama32med
