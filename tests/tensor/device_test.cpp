#include "llama32med/tensor/device.h"

#include <ATen/Parallel.h>

#include <memory>

#include "support/expect_error.h"

namespace llama32med {
namespace {

TEST(Device, BackendGivesTheSameAnswerEachTime) {
  const auto& backend = load_gpu_backend();
  EXPECT_EQ(&backend, &load_gpu_backend());
  EXPECT_TRUE(backend.own_kernels || !backend.reason.empty());
  EXPECT_TRUE(backend.loaded || !backend.own_kernels);
  EXPECT_TRUE(backend.driver || !backend.loaded);
  if (!backend.loaded) {
    EXPECT_EQ(gpu_count(), 0);
  }
}

TEST(Device, ParsesNames) {
  EXPECT_EQ(parse_device("cpu"), at::Device(at::kCPU));
  EXPECT_EQ(parse_device("auto"), gpu_count() > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU));
  EXPECT_ERROR(parse_device("gpu"), ErrorKind::kUsage, "\"gpu\"", "auto, cpu, cuda, cuda:N");
  EXPECT_ERROR(parse_device("cuda:"), ErrorKind::kUsage, "cuda:0");
  EXPECT_ERROR(parse_device("cuda:1x"), ErrorKind::kUsage, "cuda:1x");
  EXPECT_ERROR(parse_device("cuda:-1"), ErrorKind::kUsage, "cuda:-1");
  EXPECT_ERROR(parse_device("cuda:99"), ErrorKind::kResource, "cuda:99");
}

TEST(Device, MissingGpuIsReportedWithTheReason) {
  if (load_gpu_backend().driver) GTEST_SKIP() << "this machine has an NVIDIA driver";
  EXPECT_ERROR(parse_device("cuda"), ErrorKind::kResource, load_gpu_backend().reason.c_str(), "--device cpu");
}

TEST(Device, OnlyBesideAGpuThreadsAreFreeToPrepareInputs) {
  const auto before = at::get_num_threads();
  for (const int threads : {1, 4}) {
    at::set_num_threads(threads);
    EXPECT_EQ(preparing_threads(at::kCPU), 0u);
    EXPECT_EQ(preparing_threads(at::kCUDA), static_cast<std::size_t>(threads));
  }
  at::set_num_threads(before);
}

TEST(Memory, CountsTouchedPages) {
  const auto before = host_private_memory();
  EXPECT_GT(before, 0);
  constexpr std::int64_t kBytes = 64 << 20;
  const auto block = std::make_unique<volatile char[]>(kBytes);  // zero-filled, so touched
  EXPECT_GE(host_private_memory(), before + kBytes - (1 << 20));
  EXPECT_GE(peak_host_memory(), host_memory());
  EXPECT_EQ(peak_device_memory(at::kCPU), 0);
  EXPECT_EQ(block[kBytes / 2], 0);
}

}  // namespace
}  // namespace llama32med
