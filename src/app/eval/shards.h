// An evaluation that several processes share: `eval --shard 2/3` answers every third batch, beginning with the second.
//
//   OUT/shards/2-of-3/config.json        the run's identity, and the shard
//   OUT/shards/2-of-3/predictions.jsonl  its answers; answers.blank.jsonl ... for the conditions of report.image_gain
//
// The shards need no network, only OUT, or folders that are copied there. The same command without --shard copies their
// answers, computes those that are missing, and writes what one process would have written, byte for byte.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "llama32med/core/json_fwd.h"
#include "llama32med/predict/predictor.h"

namespace llama32med {

// "2/3" -> batches 1, 4, 7 ...; "" -> all. Throws Error{kUsage}.
Shard parse_shard(const std::string& text);
std::string shard_name(const Shard& shard);  // "2/3"

// OUT, or OUT/shards/2-of-3
std::filesystem::path folder_of(const Shard& shard, const std::filesystem::path& out);
Json identity_of(const Shard& shard, Json run);

// Throws Error{kUsage} if a shard in OUT belongs to another run than `run`.
void check_shards(const std::filesystem::path& out, const Json& run);
// The lines of all shards, by the item's id. `file`: "predictions.jsonl"
std::map<std::string, std::string> answers_of_shards(const std::filesystem::path& out, const std::string& file);
// Throws Error{kUsage} if a process is writing one of them.
void remove_shards(const std::filesystem::path& out);

}  // namespace llama32med
