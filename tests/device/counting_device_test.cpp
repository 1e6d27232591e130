// The counting device sees what it is for: planted mistakes are refused, and what a GPU would be asked for is counted.
#include "device/counting/counting_device.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/counting/memory.h"
#include "llama32med/tensor/device.h"

namespace llama32med::test {
namespace {

using counting::count;
using testing::HasSubstr;

at::Tensor on_device(at::IntArrayRef size, at::ScalarType type = at::kFloat) {
  return at::rand(size).to(counting::device(), type);
}

template <class Action>
std::string refusal(const Action& action) {
  try {
    action();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "not refused";
}

TEST(CountingDevice, RefusesOperandsOfTheHost) {
  const auto x = on_device({4, 5}), host = at::rand({4, 5});
  const auto indices = at::tensor({0, 1});
  const auto kRefused = testing::AnyOf(HasSubstr("CUDA would refuse it"), HasSubstr("on the same device"));
  EXPECT_THAT(refusal([&] { at::matmul(x, at::rand({5, 3})); }), kRefused);
  EXPECT_THAT(refusal([&] { return x + host; }), kRefused);
  EXPECT_THAT(refusal([&] { at::cat({x, host}); }), kRefused);
  EXPECT_THAT(refusal([&] { return x.index_select(0, indices); }), kRefused);
  EXPECT_THAT(refusal([&] { at::embedding(x, indices); }), kRefused);
  EXPECT_THAT(refusal([&] { at::where(at::ones({4, 5}, at::kBool), x, x); }), kRefused);
  EXPECT_THAT(refusal([&] { return x.clone().index_put_({indices}, on_device({2, 5})); }), kRefused);
}

TEST(CountingDevice, AllowsCopiesAndNumbersOfTheHost) {
  const auto x = on_device({4, 5});
  EXPECT_EQ(refusal([&] { return x.clone().copy_(at::rand({4, 5})); }), "not refused");
  const auto counts = count([&] { return x + at::scalar_tensor(1.0); });
  EXPECT_EQ(counts.host_numbers.at("aten::add.out"), 1);
}

TEST(CountingDeviceDeathTest, KillsHostCodeThatFollowsADevicePointer) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto x = on_device({4});
  EXPECT_DEATH([[maybe_unused]] volatile float first = *x.const_data_ptr<float>(), "");
}

TEST(CountingDeviceDeathTest, KillsKernelsThatWriteBehindATensor) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto write = [](std::int64_t element) {
    const auto x = on_device({4});
    static_cast<float*>(counting::host_address(x.mutable_data_ptr()))[element] = 1;
  };
  write(3);
  EXPECT_DEATH(write(4), "wrote behind a tensor of 16 bytes");
}

TEST(CountingDevice, NewMemoryIsFilledWithLargeNumbers) {
  for (const auto type : {at::kFloat, at::kBFloat16})
    EXPECT_GT(at::empty({4}, at::device(counting::device()).dtype(type)).to(at::kCPU, at::kFloat).min().item<float>(),
              1e38)
        << type;
}

TEST(CountingDevice, ComputesAsTheHost) {
  const auto x = at::rand({3, 7});
  const auto there = x.to(counting::device());
  EXPECT_TRUE(at::softmax(there.matmul(there.t()), -1).cpu().equal(at::softmax(x.matmul(x.t()), -1)));
  const auto part = there.narrow(1, 2, 3).t();
  EXPECT_TRUE(part.contiguous().cpu().equal(x.narrow(1, 2, 3).t()));
  there.select(0, 1).fill_(2);
  EXPECT_EQ(there.cpu()[1].sum().item<float>(), 14);
}

TEST(CountingDevice, GradientsFlow) {
  const auto leaf = on_device({4, 5}).set_requires_grad(true);
  leaf.square().sum().backward();
  EXPECT_TRUE(leaf.grad().cpu().equal(leaf.detach().cpu() * 2));
}

TEST(CountingDevice, CountsLaunchesWaitsAndCopies) {
  const auto x = on_device({4, 4});
  const auto counts = count([&] {
    const auto y = at::softmax(at::matmul(x, x), -1);  // 2 launches
    y.cpu();                                           // a download
    y.nonzero();                                       // a launch with a wait, a result of unknown size
    at::rand({8}).to(counting::device());              // an upload
    [[maybe_unused]] const auto number = y[0][0].item<float>();
  });
  EXPECT_EQ(counts.launches, 3) << counting::as_json(counts);
  EXPECT_EQ(counts.downloads, 2);
  EXPECT_EQ(counts.downloaded_bytes, 64 + 4);
  EXPECT_EQ(counts.uploads, 1);
  EXPECT_EQ(counts.uploaded_bytes, 32);
  EXPECT_EQ(counts.waits, 4) << counting::as_json(counts);
}

TEST(CountingDevice, HeldAndPeakBytes) {
  const auto before = counting::counts().held_bytes;
  auto x = on_device({1024});
  EXPECT_EQ(counting::counts().held_bytes, before + 4096);
  counting::reset();
  { const auto second = x.clone(); }
  EXPECT_EQ(counting::counts().held_bytes, before + 4096);
  EXPECT_EQ(counting::counts().peak_bytes, before + 8192);
  EXPECT_EQ(peak_device_memory(counting::device()), before + 8192);
  reset_peak_device_memory(counting::device());
  EXPECT_EQ(peak_device_memory(counting::device()), before + 4096);
  x = at::Tensor();
  EXPECT_EQ(counting::counts().held_bytes, before);
}

std::string attention_of(counting::Card card, std::int64_t key_heads, bool masked, at::ScalarType type) {
  counting::set_card(card);
  const auto q = on_device({2, 4, 1, 16}, type), k = on_device({2, key_heads, 9, 16}, type);
  const auto mask = masked ? std::optional(at::zeros({2, 1, 1, 9}, q.options())) : std::nullopt;
  const auto counts = count([&] { at::scaled_dot_product_attention(q, k, k, mask, 0, false, {}, key_heads != 4); });
  counting::set_card(counting::Card::kHopper);
  return counts.attention.begin()->first;
}

TEST(CountingDevice, ChoosesAttentionAsLibtorchDoesForACard) {
  using enum counting::Card;
  EXPECT_THAT(attention_of(kHopper, 4, false, at::kBFloat16), HasSubstr("cudnn"));
  EXPECT_THAT(attention_of(kAmpere, 4, false, at::kBFloat16), HasSubstr("flash"));
  EXPECT_THAT(attention_of(kAmpere, 4, true, at::kBFloat16), HasSubstr("efficient"));
  EXPECT_THAT(attention_of(kAmpere, 2, true, at::kBFloat16), HasSubstr("composite"));
  EXPECT_THAT(attention_of(kHopper, 2, false, at::kFloat), HasSubstr("composite"));
}

TEST(CountingDevice, IsAnAcceleratorOfThisProcess) {
  EXPECT_EQ(parse_device("counting"), counting::device());
  EXPECT_EQ(parse_device("counting:0"), counting::device());
  EXPECT_EQ(parse_device("auto"), counting::device());
  EXPECT_EQ(parse_device("cpu"), at::Device(at::kCPU));
}

}  // namespace
}  // namespace llama32med::test
