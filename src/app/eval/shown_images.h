// The images that a page may show when its items come from a predictions file.
//
// Such a file may be somebody else's, and must not choose which files of this machine are embedded in a page that is
// then passed on. An image is shown if it is below an allowed folder, or if its prediction has the SHA-256 of the file:
// whoever wrote that had the image. So pages of our own predictions have their images without further settings.
#pragma once
#include <filesystem>
#include <vector>

#include "llama32med/data/allowed_folders.h"
#include "llama32med/scoring/item.h"

namespace llama32med {

// Clears the image of each item that must not be shown, and warns with their number and the first of them.
// `predictions` is for the warning.
void hide_foreign_images(std::vector<Item>& items, const AllowedFolders& allowed,
                         const std::filesystem::path& predictions);

}  // namespace llama32med
