#include "llama32med/scoring/run_facts.h"

#include <fmt/format.h>

#include <filesystem>

namespace llama32med {

std::string signature_settings(const RunFacts& facts) {
  constexpr std::size_t kDigits = 12;
  if (facts.prompt_sha256.empty()) return "";
  return fmt::format("prompt:{}-{}|image:{}|dtype:{}", std::filesystem::path(facts.prompt).stem().string(),
                     facts.prompt_sha256.substr(0, kDigits), facts.image.empty() ? "unknown" : facts.image,
                     facts.dtype);
}

}  // namespace llama32med
