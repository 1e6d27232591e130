#include "llama32med/tensor/gpu_facts.h"

#include <gtest/gtest.h>

#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

TEST(GpuFacts, ReadsVersionsAsNvidiaWritesThem) {
  EXPECT_EQ(cuda_version(13000), "13.0");
  EXPECT_EQ(cuda_version(12080), "12.8");
  EXPECT_EQ(cuda_version(0), "");
  EXPECT_EQ(cudnn_version(91900), "9.19.0");
  EXPECT_EQ(cudnn_version(90102), "9.1.2");
  EXPECT_EQ(cudnn_version(8907), "8.9.7");
  EXPECT_EQ(cudnn_version(0), "");
}

TEST(GpuFacts, FindsTheReleaseOfEitherKernelModule) {
  EXPECT_EQ(driver_release("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n"
                           "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n"),
            "535.104.05");
  EXPECT_EQ(driver_release("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.82.07  Release Build\n"),
            "580.82.07");
  EXPECT_EQ(driver_release("NVRM version: NVIDIA UNIX x86_64 Kernel Module\nGCC version: 12.2.0\n"), "");
  EXPECT_EQ(driver_release(""), "");
}

TEST(GpuFacts, AMachineWithoutADriverHasNoUnusedGpu) {
  if (load_gpu_backend().driver) GTEST_SKIP() << "this machine has an NVIDIA driver";
  EXPECT_EQ(why_gpu_is_unused(), "");
}

}  // namespace
}  // namespace llama32med
