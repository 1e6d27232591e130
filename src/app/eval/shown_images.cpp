#include "app/eval/shown_images.h"

#include <spdlog/spdlog.h>

#include <map>

#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/id_list.h"
#include "llama32med/core/sha256.h"

namespace llama32med {
namespace {

bool may_be_shown(const Item& item, const AllowedFolders& allowed) {
  const auto& image = item.record.image;
  try {
    if (allowed.verdict(image) == AllowedFolders::Verdict::kInside) return true;
    const auto& known = item.prediction.image_sha256;
    return !known.empty() && may_be_read(image) && is_file(image) && sha256_of_file(image) == known;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    return false;  // a name that no file can have
  }
}

}  // namespace

void hide_foreign_images(std::vector<Item>& items, const AllowedFolders& allowed,
                         const std::filesystem::path& predictions) {
  std::map<std::filesystem::path, bool> shown;
  std::vector<std::string> hidden;
  for (auto& item : items) {
    auto& image = item.record.image;
    if (image.empty()) continue;
    const auto [entry, is_new] = shown.try_emplace(image);
    if (is_new) entry->second = may_be_shown(item, allowed);
    if (is_new && !entry->second) hidden.push_back(image.string());
    if (!entry->second) image.clear();
  }
  if (!hidden.empty())
    spdlog::warn(
        "{}: {} of {} images are not shown: they are outside of the folders of predictions and data, and either not "
        "there or not as the predictions describe them: {}; give --data with the folder of the images",
        predictions.string(), hidden.size(), shown.size(), first_three(hidden));
}

}  // namespace llama32med
