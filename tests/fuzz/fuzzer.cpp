// libFuzzer's entry points (https://llvm.org/docs/LibFuzzer.html).
//
//   fuzz_text TARGET [libFuzzer options] CORPUS    fuzzes one target; seeds and regressions are added to the corpus
//   fuzz_text                                      lists the targets
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "fuzz/target.h"
#include "llama32med/core/error.h"

namespace {

using namespace llama32med::fuzz;

const Target* chosen = nullptr;

void list_and_exit(int status) {
  for (const auto& target : all_targets()) std::puts(target.name);
  std::exit(status);
}

const Target& target_named(const std::string& name) {
  const auto found = std::ranges::find(all_targets(), name, [](const Target& target) { return target.name; });
  if (found == all_targets().end()) list_and_exit(2);
  return *found;
}

// A folder of inputs that libFuzzer reads in addition to the given ones.
std::string seed_folder(const Target& target) {
  const std::string place = std::string(target.name) + ".seeds";
  int number = 0;
  for (const auto& seeds : {target.seeds(), regressions(target.name)})
    for (const auto& seed : seeds) scratch_file(place, std::to_string(number++), seed);
  return scratch_folder(place).string();
}

}  // namespace

// libFuzzer is given the arguments without the target's name, and with the folder of seeds.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc < 2) list_and_exit(0);
  chosen = &target_named((*argv)[1]);
  static std::string seeds = seed_folder(*chosen);
  static std::vector<char*> arguments = {(*argv)[0]};
  arguments.insert(arguments.end(), *argv + 2, *argv + *argc);
  arguments.push_back(seeds.data());
  *argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  *argv = arguments.data();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    chosen->run({reinterpret_cast<const char*>(data), size});
  } catch (const llama32med::Error&) {
    // the right answer to bad input; any other exception ends the program, and libFuzzer keeps the input
  }
  return 0;
}
