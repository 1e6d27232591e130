#include "image/codec_messages.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <iostream>
#include <thread>

namespace llama32med {
namespace {

TEST(CodecMessages, KeepsThisThreadsOnly) {
  testing::internal::CaptureStderr();
  {
    const CodecMessages messages;
    std::fprintf(stderr, "from a codec, %d\n", 1);
    std::cerr << "from OpenCV" << std::endl;
    std::thread([] {
      std::fprintf(stderr, "another thread\n");
      std::cerr << "and its stream\n";
    }).join();
    {
      const CodecMessages inner;
      std::fputs("inner\n", stderr);
      EXPECT_EQ(inner.text(), "inner\n");
    }
    EXPECT_EQ(messages.text(), "from a codec, 1\nfrom OpenCV\n");
  }
  std::fprintf(stderr, "afterwards\n");
  std::cerr << "as before\n";
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "another thread\nand its stream\nafterwards\nas before\n");
}

TEST(CodecMessages, KeepsAtMostAFewKilobytes) {
  const CodecMessages messages;
  for (int i = 0; i < 1000; ++i) std::fprintf(stderr, "the same complaint, time after time\n");
  EXPECT_EQ(messages.text().size(), 4096U);
}

}  // namespace
}  // namespace llama32med
