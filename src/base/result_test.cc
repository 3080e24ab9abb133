#include "base/result.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(Result, AnErrorSaysOnceWhereItHappened) {
  auto message = [](const char* where, const char* what) { return within(where, Error{what}).message; };
  EXPECT_EQ(message("a.gguf", "is too short"), "a.gguf: is too short");
  EXPECT_EQ(message("a.gguf", "a.gguf: cannot open"), "a.gguf: cannot open");
  EXPECT_EQ(message("folder", "folder/config.json: cannot open"), "folder/config.json: cannot open");
  EXPECT_EQ(message("a", "a.gguf: cannot open"), "a: a.gguf: cannot open");  // another file
  EXPECT_EQ(message("a.gguf", "a.gguf"), "a.gguf: a.gguf");
  EXPECT_EQ(message("", ": x"), ": : x");
}

}  // namespace
}  // namespace hearth
