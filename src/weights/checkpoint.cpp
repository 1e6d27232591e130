#include "llama32med/weights/checkpoint.h"

#include <nlohmann/json.hpp>
#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOneFile = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

// Explains why there is nothing to load. Pickle files can execute arbitrary code, so they are not read.
Error no_weights(const fs::path& folder) {
  for (const auto& entry : entries_of(folder)) {
    const auto kind = entry.extension();
    if (kind == ".gguf")
      return data_error(
          "{}: contains weights in llama.cpp's GGUF format ({}), which is not supported; pass the folder "
          "of the Hugging Face checkpoint they were made from",
          folder.string(), entry.filename().string());
    if (kind == ".bin" || kind == ".pth" || kind == ".pt")
      return data_error(
          "{}: contains weights as a Python pickle ({}), which is not supported; convert them to safetensors: load the "
          "model with transformers and call save_pretrained()",
          folder.string(), entry.filename().string());
  }
  return data_error("{}: contains neither {} nor {}; pass the folder of a Hugging Face checkpoint", folder.string(),
                    kOneFile, kIndex);
}

// Names as PEFT gives them to the layers that it wraps.
void refuse_wrapped(const fs::path& file, const std::string& name) {
  for (const auto* mark : {".base_layer.", ".lora_A.", ".lora_B."})
    if (name.find(mark) != name.npos)
      throw data_error(
          "{}: \"{}\" belongs to a PEFT model that was saved without merging; call merge_and_unload() before "
          "save_pretrained(), or pass base model and adapter as two folders",
          file.string(), name);
}

// Tensor name -> file name, validated.
std::map<std::string, std::string> read_weight_map(const fs::path& index) {
  const auto json = read_json(index);
  const auto found = json.is_object() ? json.find("weight_map") : json.end();
  if (found == json.end() || !found->is_object() || found->empty())
    throw data_error("{}: has no \"weight_map\"", index.string());
  std::map<std::string, std::string> files;
  for (const auto& [name, file] : found->items()) {
    if (!file.is_string()) throw data_error("{}: tensor \"{}\": the file name is not a string", index.string(), name);
    const auto text = file.get<std::string>();
    if (text.empty() || fs::path(text).filename() != text || !text.ends_with(".safetensors"))
      throw data_error("{}: tensor \"{}\" is listed in \"{}\", which is not a safetensors file in this folder",
                       index.string(), name, text);
    files[name] = text;
  }
  return files;
}

}  // namespace

Checkpoint::Checkpoint(const fs::path& folder, const ModelNames& names) : folder_(folder) {
  if (!is_there(folder)) throw data_error("{}: checkpoint folder does not exist", folder.string());
  if (!is_folder(folder))
    throw data_error("{}: is a file; pass the checkpoint's folder, which also contains config.json", folder.string());
  if (is_there(folder / kOneFile)) {
    add_file(folder / kOneFile, names);
  } else if (is_there(folder / kIndex)) {
    open_shards(folder / kIndex, names);
  } else {
    throw no_weights(folder);
  }
}

void Checkpoint::add_file(const fs::path& path, const ModelNames& names) {
  files_.emplace_back(path);
  for (const auto& stored : files_.back().names()) {
    refuse_wrapped(path, stored);
    const auto [found, is_new] = places_.emplace(names.hub_name(stored), Place{files_.size() - 1, stored});
    if (is_new) continue;
    const auto& other = found->second;
    const auto first = files_[other.file].path().filename().string(), second = path.filename().string();
    if (other.stored_name == stored)
      throw data_error("{}: tensor \"{}\" is in both {} and {}", where(), stored, first, second);
    throw data_error("{}: \"{}\" in {} and \"{}\" in {} are two names of the same tensor", where(), other.stored_name,
                     first, stored, second);
  }
}

void Checkpoint::open_shards(const fs::path& index, const ModelNames& names) {
  const auto weight_map = read_weight_map(index);
  std::set<std::string> shards;
  for (const auto& [name, file] : weight_map) shards.insert(file);
  std::vector<std::string> missing;
  for (const auto& shard : shards)
    if (!is_there(folder_ / shard)) missing.push_back(shard);
  if (!missing.empty())
    throw data_error("{}: {} of {} weight files are missing: {}", where(), missing.size(), shards.size(),
                     join(missing, ", "));
  for (const auto& shard : shards) add_file(folder_ / shard, names);
  for (const auto& [name, file] : weight_map) {
    const auto found = places_.find(names.hub_name(name));
    if (found == places_.end() || files_[found->second.file].path().filename() != file)
      throw data_error("{}: tensor \"{}\" is not in {}, where {} lists it; is the file from another checkpoint?",
                       where(), name, file, kIndex);
  }
  for (const auto& [name, place] : places_)
    if (!weight_map.contains(place.stored_name))
      throw data_error("{}: tensor \"{}\" of {} is not listed in {}; is the file from another checkpoint?", where(),
                       place.stored_name, files_[place.file].path().filename().string(), kIndex);
}

bool Checkpoint::has(const std::string& name) const { return places_.contains(name); }

const Checkpoint::Place& Checkpoint::place(const std::string& name) const {
  if (const auto found = places_.find(name); found != places_.end()) return found->second;
  throw data_error("{}: has no tensor \"{}\"{}", where(), name, did_you_mean(name, names()));
}

TensorInfo Checkpoint::info(const std::string& name) const {
  const auto& [file, stored_name] = place(name);
  return files_[file].info(stored_name);
}

at::Tensor Checkpoint::read(const std::string& name, const at::TensorOptions& target) const {
  const auto& [file, stored_name] = place(name);
  return files_[file].read(stored_name, target);
}

std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> names;
  for (const auto& [name, place] : places_) names.push_back(name);
  return names;
}

const Metadata& Checkpoint::metadata() const { return files_.front().metadata(); }

}  // namespace llama32med
