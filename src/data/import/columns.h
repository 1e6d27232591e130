// Which column of a source holds what: as the user says, or by the usual names.
#pragma once
#include <string>
#include <vector>

#include "llama32med/data/import.h"

namespace llama32med {

struct ChosenColumns {
  ImportColumns names;                // "": none
  std::string conversation;           // list of turns (conversations, messages); "" if there is none
  std::vector<std::string> kept;      // the others, in the source's order
  std::vector<std::string> personal;  // those whose name says that they identify a person

  std::vector<std::pair<std::string, std::string>> roles() const;  // {"image", "Bild"}, ...
};

// Throws Error{kData} that lists the columns of `source` if one that is needed is not found or a named one is absent.
ChosenColumns choose_import_columns(const std::vector<std::string>& columns, const ImportColumns& wanted,
                                    const std::string& source);

}  // namespace llama32med
