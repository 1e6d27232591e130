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
    if (error.kind() != ErrorKind::kData) throw;
    return error.what();
  }
}

struct Splits {
  std::vector<Dataset> read;
  std::vector<std::pair<std::string, std::string>> unread;  // name, reason
};

// The official splits on disk. A split that cannot be read is fine if another one can.
Splits read_official_splits(DatasetRequest request) {
  Splits splits;
  for (const auto& split : dataset_splits(request.name, request.folder)) {
    if (split.derived) continue;
    request.split = split.name;
    try {
      splits.read.push_back(read_dataset(request));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData) throw;
      splits.unread.emplace_back(split.name, error.what());
    }
  }
  if (splits.read.empty()) throw data_error("{}", splits.unread.front().second);
  return splits;
}

}  // namespace

DataReport check_data(const DatasetRequest& request, const std::filesystem::path& out) {
  auto splits = request.split.empty() ? read_official_splits(request) : Splits{{read_dataset(request)}, {}};
  auto report = make_data_report(splits.read, {.contents = ImageContents::kCompare, .probe = why_unreadable});
  report.unread_splits = std::move(splits.unread);
  if (!out.empty()) write_json(out / "data_report.json", data_report_json(report));
  return report;
}

}  // namespace llama32med
