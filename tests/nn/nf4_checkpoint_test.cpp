// The serialized format: round trips for every storage, and errors that name inconsistent tensors.
#include "llama32med/nn/nf4_checkpoint.h"

#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cstring>

#include "llama32med/nn/scope.h"
#include "support/expect_error.h"
#include "support/map_weights.h"

namespace llama32med {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

constexpr const char* kState = "m.weight.quant_state.bitsandbytes__nf4";

Tensors serialized(const Nf4Tensor& packed) {
  const auto named = named_tensors("m.weight", packed);
  return {named.begin(), named.end()};
}

at::Tensor text_tensor(const std::string& text) {
  auto bytes = at::zeros({static_cast<std::int64_t>(text.size())}, at::kByte);
  std::memcpy(bytes.mutable_data_ptr(), text.data(), text.size());
  return bytes;
}

TEST(Nf4Checkpoint, RoundTrip) {
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{3, 5}, {65, 70}, {16, 1024}})
    for (const auto scales : {DoubleQuantization::kOff, DoubleQuantization::kOn}) {
      const auto packed = quantize_nf4(at::randn(shape).to(at::kBFloat16), {64, scales});
      const test::MapWeights source(serialized(packed));
      ASSERT_TRUE(is_nf4(source, "m.weight"));
      const auto read = read_nf4(source, "m.weight", at::kCPU);
      EXPECT_EQ(read.shape, shape);
      EXPECT_EQ(read.dtype, at::kBFloat16);
      EXPECT_EQ(read.offset, packed.offset);  // to the last bit, through text
      EXPECT_TRUE(dequantize(read, at::kFloat).equal(dequantize(packed, at::kFloat)));
    }
}

TEST(Nf4Checkpoint, TheLayoutIsKnownBeforeQuantization) {
  for (const auto scales : {DoubleQuantization::kOff, DoubleQuantization::kOn}) {
    const Nf4Options options{64, scales};
    const auto weight = at::randn({65, 71}).to(at::kHalf);
    const auto layout = nf4_layout("m.weight", {at::kHalf, {65, 71}}, options);
    const auto named = named_tensors("m.weight", quantize_nf4(weight, options));
    ASSERT_EQ(layout.size(), named.size());
    for (std::size_t i = 0; i < layout.size(); ++i) {
      EXPECT_EQ(layout[i].name, named[i].first);
      EXPECT_EQ(layout[i].info.dtype, named[i].second.scalar_type()) << named[i].first;
      EXPECT_EQ(at::IntArrayRef(layout[i].info.shape), named[i].second.sizes()) << named[i].first;
    }
  }
}

TEST(Nf4Checkpoint, BytesMayBeStoredAsAnotherElementType) {
  const auto packed = quantize_nf4(at::randn({16, 64}));
  for (const auto type : {at::kBFloat16, at::kHalf, at::kFloat}) {
    auto tensors = serialized(packed);
    tensors["m.weight"] = packed.codes.flatten().view(type).view({-1, 1});
    EXPECT_TRUE(read_nf4(test::MapWeights(tensors), "m.weight", at::kCPU).codes.equal(packed.codes));
  }
}

TEST(Nf4Checkpoint, AScopeLoadsEachLinearLayerAsItIsStored) {
  const auto packed = quantize_nf4(at::randn({48, 128}));
  auto tensors = serialized(packed);
  tensors["n.weight"] = at::randn({48, 128});
  const test::MapWeights source(tensors);
  ParameterStore store;
  const Scope scope(source, at::dtype(at::kFloat), store);
  const auto m = scope.linear("m", {128, 48}), n = scope.linear("n", {128, 48});
  const auto x = at::randn({2, 128});
  EXPECT_TRUE(m(x).equal(at::linear(x, dequantize(packed, at::kFloat))));
  EXPECT_TRUE(n(x).equal(at::linear(x, tensors["n.weight"])));
  EXPECT_EQ(store.count(), 2 * 48 * 128);
  for (const auto& name : source.names()) {
    const auto taken = [&](const Parameter& parameter) { return parameter.name == name; };
    EXPECT_TRUE(std::ranges::any_of(store.all(), taken)) << name;
  }
  EXPECT_ERROR(scope.linear("m", {64, 96}), ErrorKind::kData, "m.weight", "[48, 128]", "[96, 64]");
}

TEST(Nf4Checkpoint, InconsistentTensorsAreNamed) {
  const auto good = serialized(quantize_nf4(at::randn({16, 64})));
  const auto read = [](Tensors tensors) {
    return read_nf4(test::MapWeights(std::move(tensors)), "m.weight", at::kCPU);
  };
  const auto with = [&](const std::string& name, const at::Tensor& value) {
    auto tensors = good;
    tensors[name] = value;
    return tensors;
  };
  EXPECT_ERROR(read(with("m.weight", at::zeros({10, 1}, at::kByte))), ErrorKind::kData, "\"m.weight\"", "10", "512");
  EXPECT_ERROR(read(with("m.weight.absmax", at::zeros({16}))), ErrorKind::kData, "m.weight.absmax", "Float", "Byte");
  EXPECT_ERROR(read(with("m.weight.quant_map", at::zeros({8}))), ErrorKind::kData, "quant_map", "8", "16");
  EXPECT_ERROR(read(with(kState, text_tensor("{"))), ErrorKind::kData, kState);
  EXPECT_ERROR(read(with(kState, text_tensor("{\"blocksize\": 7}"))), ErrorKind::kData, "blocksize", "7");
  EXPECT_ERROR(read(with(kState, text_tensor("{\"blocksize\": 64, \"shape\": [16, 64], \"dtype\": \"int8\"}"))),
               ErrorKind::kData, "dtype", "int8");
  EXPECT_ERROR(is_nf4(test::MapWeights({{"m.weight.quant_state.bitsandbytes__fp4", text_tensor("{}")}}), "m.weight"),
               ErrorKind::kData, "m.weight", "FP4");
}

}  // namespace
}  // namespace llama32med
