// Forward declaration of Json for headers that only pass it on: config_json.h costs 3 s per source, this a quarter.
#pragma once
#include <nlohmann/json_fwd.hpp>

namespace llama32med {

// Keeps keys in insertion order, so that configs are written in the order they are described.
using Json = nlohmann::ordered_json;

// For objects with many keys, such as a vocabulary: it finds a key in a tree, while Json searches a list.
using SortedJson = nlohmann::json;

}  // namespace llama32med
