// Opens files and folders as sources of rows. A new kind of source is a file in this folder and a line in the table of
// sources.cpp.
#pragma once
#include "data/import/item.h"

namespace llama32med {

// Throws Error{kUsage} for an unknown kind, Error{kData} for a path of no known kind or one that cannot be read.
ImportSources open_import_sources(const ImportOptions& options);

// The kinds of sources, each in its own file.
ImportSources open_table(const std::filesystem::path& file, const ImportOptions& options);
ImportSources open_json(const std::filesystem::path& file, const ImportOptions& options);
ImportSources open_image_folder(const std::filesystem::path& folder, const ImportOptions& options);

// The same rows with the split that the name of their file or folder says.
std::unique_ptr<ImportSource> with_split(std::unique_ptr<ImportSource> source, const std::string& split);

// The name of a split as our files spell it ("val" is "validate", "Training" is "train"), or "" if it is not one.
std::string known_split_word(std::string_view word);

}  // namespace llama32med
