#include "llama32med/train/state_folder.h"

#include <gtest/gtest.h>

#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

using Path = std::filesystem::path;

void save(const StateFolder& states, std::int64_t step) {
  states.save(step, [&](const Path& folder) { write_file(folder / "a", std::to_string(step)); });
}

TEST(StateFolder, KeepsTheLastStatesAndNamesTheNewest) {
  const test::TempFolder folder;
  const StateFolder states(folder / "state", 2);
  EXPECT_FALSE(states.latest());
  for (const std::int64_t step : {9, 10, 100}) save(states, step);
  EXPECT_EQ(read_file(*states.latest() / "a"), "100");
  EXPECT_FALSE(std::filesystem::exists(folder / "state/step-000000009"));
  EXPECT_TRUE(std::filesystem::exists(folder / "state/step-000000010"));
}

TEST(StateFolder, AFailedWriteLeavesTheLastGoodState) {
  const test::TempFolder folder;
  const StateFolder states(folder / "state", 1);
  save(states, 1);
  EXPECT_ERROR(states.save(2,
                           [](const Path& draft) {
                             write_file(draft / "half", "x");
                             throw resource_error("the disk is full");
                           }),
               ErrorKind::kResource, "the disk is full");
  EXPECT_EQ(read_file(*states.latest() / "a"), "1");
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder / "state")) ++entries;
  EXPECT_EQ(entries, 1u);
}

TEST(StateFolder, AHalfWrittenStateOfAKilledProcessIsIgnored) {
  const test::TempFolder folder;
  const StateFolder states(folder / "state", 2);
  save(states, 1);
  for (const auto* killed : {"step-000000002.draft", "step-000000007.draft"})
    write_file(folder / "state" / killed / "a", "half");
  EXPECT_EQ(read_file(*states.latest() / "a"), "1");
  save(states, 2);
  EXPECT_EQ(read_file(*states.latest() / "a"), "2");
  EXPECT_FALSE(std::filesystem::exists(folder / "state/step-000000007.draft"));
}

TEST(StateFolder, WhatAReplacementLeftIsPutRight) {
  const test::TempFolder folder;
  const StateFolder states(folder / "state", 2);
  write_file(folder / "state/step-000000001.replaced/a", "killed between the two renames");
  write_file(folder / "state/step-000000002/a", "new");
  write_file(folder / "state/step-000000002.replaced/a", "old");
  write_file(folder / "state/step-000000003.draft/a", "half");
  states.tidy();
  EXPECT_EQ(read_file(folder / "state/step-000000001/a"), "killed between the two renames");
  EXPECT_EQ(read_file(*states.latest() / "a"), "new");
  EXPECT_EQ(entries_of(folder / "state").size(), 2U);
}

}  // namespace
}  // namespace llama32med
