#include "app/common/environment.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace llama32med {
namespace {

GpuFacts h100() {
  return {.name = "NVIDIA H100 80GB HBM3",
          .compute_capability = "9.0",
          .memory_bytes = std::int64_t{81559} << 20,
          .driver = "580.82.07",
          .driver_cuda = "13.0",
          .cuda = "13.0",
          .cudnn = "9.19.0",
          .attention = {"flash", "efficient", "math"},
          .own_kernels = true};
}

TEST(Environment, AGpuIsDescribedCompletely) {
  EXPECT_EQ(gpu_json(h100()), (Json{{"name", "NVIDIA H100 80GB HBM3"},
                                    {"compute_capability", "9.0"},
                                    {"memory_mib", 81559},
                                    {"driver", "580.82.07"},
                                    {"driver_cuda", "13.0"},
                                    {"cuda", "13.0"},
                                    {"cudnn", "9.19.0"},
                                    {"attention", {"flash", "efficient", "math"}},
                                    {"own_kernels", true}}));
  EXPECT_EQ(gpu_text(h100()),
            "NVIDIA H100 80GB HBM3, compute capability 9.0, 79.6 GiB, driver 580.82.07, CUDA 13.0, cuDNN 9.19.0, "
            "attention flash or efficient or math, own kernels");
}

TEST(Environment, WhatIsUnknownIsLeftOut) {
  const GpuFacts facts{.name = "counting:0", .attention = {"flash"}, .why_no_own_kernels = "they were not built"};
  EXPECT_EQ(gpu_json(facts), (Json{{"name", "counting:0"},
                                   {"attention", {"flash"}},
                                   {"own_kernels", false},
                                   {"why_no_own_kernels", "they were not built"}}));
  EXPECT_EQ(gpu_text(facts), "counting:0, attention flash, libtorch's kernels");
}

TEST(Environment, ACpuHasNoGpu) {
  const auto json = environment_json(at::device(at::kCPU).dtype(at::kFloat));
  EXPECT_FALSE(json.contains("gpu"));
  EXPECT_EQ(json.at("device"), "cpu");
  EXPECT_EQ(gpu_text(at::Device(at::kCPU)), "");
}

}  // namespace
}  // namespace llama32med
