#include "data/import/image_store.h"

#include <algorithm>
#include <vector>

#include "data/readers/reader.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/files.h"
#include "llama32med/core/sha256.h"
#include "llama32med/core/strings.h"
#include "llama32med/image/image_check.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

// The name as it is; with Windows' separators as ours; and with the endings of images, for columns that hold ids.
std::vector<std::string> spellings_of(const std::string& name) {
  std::vector<std::string> names = {name};
  if (name.find('\\') != name.npos) names.push_back(replaced(name, "\\", "/"));
  if (is_image_name(name)) return names;
  for (const auto& stem : std::vector(names))
    for (const auto ending : image_endings()) names.push_back(stem + std::string(ending));
  return names;
}

StoredImage refused(std::string problem, std::string what) {
  return {.problem = std::move(problem), .what = std::move(what), .id = {}};
}

}  // namespace

ImageStore::ImageStore(fs::path folder, const ImportOptions& options) : folder_(std::move(folder)), options_(options) {}

const AllowedFolders& ImageStore::allowed(const fs::path& base) {
  const auto found = allowed_.find(base);
  if (found != allowed_.end()) return found->second;
  auto others = options_.allowed_outside;
  if (!options_.image_folder.empty()) others.push_back(options_.image_folder);
  return allowed_.emplace(base, AllowedFolders(base, others)).first->second;
}

const StoredImage& ImageStore::add(const std::string& name, const fs::path& base) {
  const auto [entry, is_new] = by_name_.try_emplace(base.string() + "\n" + name);
  if (is_new) entry->second = look_at(name, base);
  return entry->second;
}

StoredImage ImageStore::look_at(const std::string& name, const fs::path& base) {
  if (name.starts_with("data:")) return refused("image inside the row", "save it as a file and name that");
  if (name.find("://") != name.npos) return refused("image is a URL", "\"" + name + "\"; download it first");
  if (!is_valid_utf8(name)) return refused("image name is not UTF-8", "\"" + replace_invalid_utf8(name) + "\"");
  if (tidy_text(name) != name) return refused("image name has tabs or line breaks", "\"" + name + "\"");
  try {
    const auto found = find(name, base);
    if (!found) return refused("image file is missing", "\"" + name + "\"");
    if (found->verdict != AllowedFolders::Verdict::kInside)
      return refused("image is outside of the source's folder",
                     "\"" + name + "\"; allow its folder with --image-folder");
    return store(name, *found);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    return refused("image cannot be read", error.what());
  }
}

std::optional<ImageStore::Found> ImageStore::find(const std::string& name, const fs::path& base) {
  std::vector<fs::path> folders = {base};
  if (!options_.image_folder.empty()) folders.insert(folders.begin(), options_.image_folder);
  std::optional<Found> outside;
  for (const auto& folder : folders)
    for (const auto& spelling : spellings_of(name)) {
      const auto file = folder / spelling;
      const auto verdict = allowed(base).verdict(file);
      if (verdict == AllowedFolders::Verdict::kPathLeaves) {
        outside = Found{file, folder, verdict};
      } else if (entry_type(file) == EntryType::kFile) {
        return Found{file, folder, verdict};
      }
    }
  return outside;
}

StoredImage ImageStore::store(const std::string& name, const Found& found) {
  const auto [entry, is_new] = files_.try_emplace(canonical_path(found.file).string());
  auto& image = entry->second;
  if (!is_new) return image;
  const auto bytes = read_file(found.file);
  try {
    check_image_header(bytes, name);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    return image = refused("not a usable image", error.what());
  }
  const auto sum = sha256(bytes);
  const auto [content, new_content] = contents_.try_emplace(sum, static_cast<std::uint32_t>(content_names_.size()));
  if (new_content) content_names_.push_back(sum);
  image.content = content->second;
  ++placed_;
  place(bytes, found, image);
  return image;
}

void ImageStore::place(std::string_view bytes, const Found& found, StoredImage& image) {
  if (options_.images == ImageTransfer::kReference) {
    image.id = canonical_path(found.file).string();
    return;
  }
  image.id = free_id(found);
  const auto to = folder_ / image.id;
  if (options_.images == ImageTransfer::kLink) {
    make_folder(to.parent_path());
    link_file(canonical_path(found.file), to);
  } else {
    write_file(to, bytes, Durability::kSystem);  // flushed with its folder, when that takes its place
  }
}

// Where the image goes: its place below the folder in which it was found, under images/.
std::string ImageStore::free_id(const Found& found) {
  auto below = relative_below(absolute_path(found.file), absolute_path(found.folder.empty() ? "." : found.folder))
                   .value_or(found.file.filename())
                   .lexically_normal();
  if (*below.begin() != "images") below = "images" / below;
  auto id = below.generic_string();
  for (int i = 2; !ids_.insert(id).second; ++i)
    id = (below.parent_path() / fmt::format("{}-{}{}", below.stem().string(), i, below.extension().string()))
             .generic_string();
  return id;
}

}  // namespace llama32med
