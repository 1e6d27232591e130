#include "app/data/import.h"

#include <algorithm>

#include "app/common/output_folder.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

// Replacing the folder must not remove what is being read.
void refuse_own_source(const ImportOptions& options, const std::filesystem::path& out) {
  auto read = options.sources;
  if (!options.image_folder.empty()) read.push_back(options.image_folder);
  for (const auto& path : read)
    if (relative_below(canonical_path(absolute_path(path)), canonical_path(absolute_path(out))))
      throw usage_error("--out {}: contains {}, which is imported; choose another folder", out.string(), path.string());
}

}  // namespace

ImportReport import_to(const ImportOptions& options, const std::filesystem::path& out) {
  refuse_own_source(options, out);
  OutputFolder folder(out, owner_by_mark("data import", kImportReportFile));
  auto report = import_data(options, folder.folder());
  folder.place();
  return report;
}

}  // namespace llama32med
