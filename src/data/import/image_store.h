// The images of an import: found, checked by their headers, and copied, linked or referenced, each once.
#pragma once
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "llama32med/data/allowed_folders.h"
#include "llama32med/data/import.h"

namespace llama32med {

struct StoredImage {
  std::string problem, what;  // a reason to leave it out, and what is wrong; "" if there is none
  std::string id;             // as records name it
  std::uint32_t content = 0;  // equal for files with the same bytes
};

class ImageStore {
 public:
  // `folder` is the dataset's. What may be named is decided as in data/allowed_folders.h: files below the source's
  // folder, below options.image_folder and below options.allowed_outside.
  ImageStore(std::filesystem::path folder, const ImportOptions& options);

  // `name` as a source spells it, relative to `base`. Throws Error{kResource} where the machine fails.
  const StoredImage& add(const std::string& name, const std::filesystem::path& base);

  const std::string& content_name(std::uint32_t content) const { return content_names_[content]; }  // its SHA-256
  std::size_t contents() const { return content_names_.size(); }
  std::size_t files() const { return placed_; }

 private:
  struct Found {
    std::filesystem::path file, folder;  // the folder below which it was found
    AllowedFolders::Verdict verdict = AllowedFolders::Verdict::kInside;
  };

  std::optional<Found> find(const std::string& name, const std::filesystem::path& base);
  const AllowedFolders& allowed(const std::filesystem::path& base);
  StoredImage look_at(const std::string& name, const std::filesystem::path& base);
  StoredImage store(const std::string& name, const Found& found);
  void place(std::string_view bytes, const Found& found, StoredImage& image);
  std::string free_id(const Found& found);

  std::filesystem::path folder_;
  const ImportOptions& options_;
  std::map<std::filesystem::path, AllowedFolders> allowed_;  // by base
  std::unordered_map<std::string, StoredImage> by_name_;     // by base and name
  std::unordered_map<std::string, StoredImage> files_;       // by canonical path
  std::unordered_map<std::string, std::uint32_t> contents_;  // by SHA-256
  std::deque<std::string> content_names_;
  std::set<std::string> ids_;
  std::size_t placed_ = 0;
};

}  // namespace llama32med
