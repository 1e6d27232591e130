// Runs every fuzz target on its seeds, on inputs that once failed, and on some hundred mutations, so that fuzz targets
// stay alive where no libFuzzer is.
#include <gtest/gtest.h>

#include <chrono>

#include "fuzz/mutation.h"
#include "fuzz/seeds.h"
#include "fuzz/target.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"

namespace llama32med::fuzz {
namespace {

constexpr int kMutations = 300;
constexpr double kLongestSeconds = 5;

// What is wrong with the way in which the target took the bytes; "" if nothing is.
std::string complaint(const Target& target, const std::string& bytes) {
  const auto begin = std::chrono::steady_clock::now();
  try {
    target.run(bytes);
  } catch (const Error&) {
    // the right answer to bad input
  } catch (const std::exception& error) {
    return error.what();
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  return taken.count() > kLongestSeconds ? "took " + std::to_string(taken.count()) + " s" : "";
}

// Keeps a failing input, to be moved to tests/fuzz/corpus/<target>/.
std::string kept_input(const Target& target, const std::string& bytes) {
  const auto file = std::filesystem::path(LLAMA32MED_BINARY_DIR) / "fuzz" / (std::string(target.name) + ".input");
  write_file(file, bytes);
  return file.string();
}

class Replay : public testing::TestWithParam<Target> {
 protected:
  void try_input(const std::string& bytes, const std::string& which) const {
    const auto& target = GetParam();
    const auto problem = complaint(target, bytes);
    if (!problem.empty()) ADD_FAILURE() << which << ": " << problem << "\ninput: " << kept_input(target, bytes);
  }
};

TEST_P(Replay, SeedsAreReadWithoutAnError) {
  const auto seeds = GetParam().seeds();
  ASSERT_FALSE(seeds.empty());
  for (std::size_t i = 0; i < seeds.size(); ++i)
    EXPECT_NO_THROW(GetParam().run(seeds[i])) << "seed " << i << ": " << seeds[i].substr(0, 200);
}

TEST_P(Replay, InputsThatOnceFailedAreAnswered) {
  const auto inputs = regressions(GetParam().name);
  for (std::size_t i = 0; i < inputs.size(); ++i) try_input(inputs[i], "regression " + std::to_string(i));
}

TEST_P(Replay, MutationsAreReadOrRefused) {
  auto inputs = GetParam().seeds();
  for (auto& input : regressions(GetParam().name)) inputs.push_back(std::move(input));
  ASSERT_FALSE(inputs.empty());
  RandomStream random(fnv1a64(GetParam().name));
  for (int i = 0; i < kMutations && !HasFailure(); ++i)
    try_input(mutated(inputs, random), "mutation " + std::to_string(i));
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Replay, testing::ValuesIn(all_targets()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace

void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

}  // namespace llama32med::fuzz
