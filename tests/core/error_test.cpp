#include "llama32med/core/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace llama32med {
namespace {

TEST(Error, CarriesItsKindAndText) {
  const auto error = data_error("{}: record {} is empty", "train.json", 7);
  EXPECT_EQ(error.kind(), ErrorKind::kData);
  EXPECT_STREQ(error.what(), "train.json: record 7 is empty");
  EXPECT_EQ(static_cast<int>(usage_error("x").kind()), 2);
  EXPECT_EQ(static_cast<int>(resource_error("x").kind()), 4);
}

TEST(Error, WhatTheMachineRefusesIsAResource) {
  for (const int code : {EIO, ESTALE, EMFILE, ENFILE, ENOMEM, EACCES, ENOSPC, EDQUOT, EFBIG, EROFS})
    EXPECT_EQ(kind_of_errno(code), ErrorKind::kResource) << code;
  for (const int code : {ENOENT, ENOTDIR, EISDIR, ENAMETOOLONG, ELOOP})
    EXPECT_EQ(kind_of_errno(code), ErrorKind::kData) << code;
}

TEST(Error, WhatCannotBeWrittenIsWrongUsageOrTheMachine) {
  EXPECT_STREQ(errno_error(EACCES, "a.png", "cannot be opened").what(), "a.png: cannot be opened: Permission denied");
  for (const int code : {ENOTDIR, EISDIR, ENAMETOOLONG, ELOOP, EEXIST})
    EXPECT_EQ(write_error(code, "a", "b").kind(), ErrorKind::kUsage) << code;
  for (const int code : {EIO, ENOSPC, EACCES, EROFS, ENOENT})
    EXPECT_EQ(write_error(code, "a", "b").kind(), ErrorKind::kResource) << code;
}

}  // namespace
}  // namespace llama32med
