// The name Json for headers that only pass one on: config_json.h costs 3 s a source, this a quarter of it.
#pragma once
#include <nlohmann/json_fwd.hpp>

namespace llama32med {

// Keeps the order of keys, so that what we write reads like what was described.
using Json = nlohmann::ordered_json;

}  // namespace llama32med
