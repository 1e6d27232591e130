// EXPECT_ERROR(statement, kind, "part", ...): throws an Error of that kind whose text contains all parts.
#pragma once
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "llama32med/core/error.h"

namespace llama32med::test {

template <class Action>
void expect_error(Action action, ErrorKind kind, std::initializer_list<const char*> parts) {
  try {
    action();
    ADD_FAILURE() << "no error was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    for (const char* part : parts) EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace llama32med::test

#define EXPECT_ERROR(statement, kind, ...) \
  ::llama32med::test::expect_error([&] { (void)(statement); }, kind, {__VA_ARGS__})
