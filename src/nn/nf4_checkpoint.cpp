#include "llama32med/nn/nf4_checkpoint.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/json_object.h"

namespace llama32med {
namespace {

constexpr NumberRange kFloats{-3.4e38, 3.4e38};
constexpr const char* kState = ".quant_state.bitsandbytes__nf4";
// The state's JSON is padded with spaces to this length, so that a file's header can be written before its weights are
// quantized (the number of digits in the offset varies).
constexpr std::size_t kStateBytes = 256;

struct TypeName {
  at::ScalarType type;
  std::string_view name;  // as in PyTorch, without "torch."
};
constexpr std::array kTypes = {TypeName{at::kBFloat16, "bfloat16"}, TypeName{at::kHalf, "float16"},
                               TypeName{at::kFloat, "float32"}, TypeName{at::kDouble, "float64"}};

std::string_view name_of(at::ScalarType type) {
  for (const auto& entry : kTypes)
    if (entry.type == type) return entry.name;
  throw data_error("NF4 needs floating-point values, not {}", c10::toString(type));
}

// Reads one weight of a source; errors name its tensors.
class Reader {
 public:
  Reader(const WeightSource& source, const std::string& weight, const at::Device& device)
      : source_(source), weight_(weight), device_(device) {}

  Nf4Tensor read() const {
    const auto json = read_state();
    const JsonObject state(json, where_of(kState));
    Nf4Tensor packed;
    packed.block = number(state, "blocksize");
    packed.shape = shape(state);
    packed.dtype = type(state);
    packed.codes = bytes("", (packed.numel() + 1) / 2).view({-1, 1});
    packed.quant_map = take(".quant_map", at::kFloat, 16);
    const auto blocks = packed.blocks();
    if (!source_.has(weight_ + ".nested_absmax")) {
      packed.absmax = take(".absmax", at::kFloat, blocks);
      return packed;
    }
    packed.nested_block = number(state, "nested_blocksize");
    packed.absmax = take(".absmax", at::kByte, blocks);
    packed.nested_absmax = take(".nested_absmax", at::kFloat, (blocks + packed.nested_block - 1) / packed.nested_block);
    packed.nested_quant_map = take(".nested_quant_map", at::kFloat, 256);
    packed.offset = static_cast<float>(state.number("nested_offset", kFloats));
    return packed;
  }

 private:
  std::string where_of(const char* part) const {
    return fmt::format("{}: tensor \"{}{}\"", source_.where(), weight_, part);
  }
  [[noreturn]] void fail(const char* part, const std::string& what) const {
    throw data_error("{}: {}", where_of(part), what);
  }

  at::Tensor raw(const char* part, const at::Device& device) const {
    return source_.read(weight_ + part, at::TensorOptions(device));  // no dtype: keeps the stored one
  }

  at::Tensor take(const char* part, at::ScalarType type, std::int64_t count) const {
    const auto info = source_.info(weight_ + part);
    const auto found = c10::multiply_integers(info.shape);
    if (info.dtype != type || found != count)
      fail(part, fmt::format("has {} values of type {}, the weight needs {} of type {}", found,
                             c10::toString(info.dtype), count, c10::toString(type)));
    return raw(part, device_).flatten();
  }

  at::Tensor bytes(const char* part, std::int64_t count) const {
    const auto values = raw(part, device_).contiguous().flatten();
    if (static_cast<std::int64_t>(values.nbytes()) != count)
      fail(part, fmt::format("has {} bytes, the weight needs {}", values.nbytes(), count));
    return values.view(at::kByte);
  }

  Json read_state() const {
    const auto text = raw(kState, at::kCPU).contiguous().flatten().view(at::kByte);
    const std::string_view json(reinterpret_cast<const char*>(text.const_data_ptr<std::uint8_t>()), text.nbytes());
    return parse_json(json, where_of(kState));
  }

  static std::int64_t number(const JsonObject& state, const char* key) {
    const auto found = state.integer(key, {2, 1 << 20});
    if (found % 2 != 0) state.refuse(key, "an even number");
    return found;
  }

  static std::vector<std::int64_t> shape(const JsonObject& state) {
    auto sides = state.integers("shape", {1, 1LL << 31});
    std::int64_t values = 1;
    for (const auto side : sides)
      if (__builtin_mul_overflow(values, side, &values)) state.refuse("shape", "that of a tensor in memory");
    return sides;
  }

  static at::ScalarType type(const JsonObject& state) {
    const auto name = state.text("dtype");
    for (const auto& entry : kTypes)
      if (name == entry.name) return entry.type;
    state.refuse("dtype", "bfloat16, float16, float32 or float64");
  }

  const WeightSource& source_;
  const std::string& weight_;
  at::Device device_;
};

// Keys and their order as in bitsandbytes.
at::Tensor state_of(const Nf4Tensor& packed) {
  nlohmann::ordered_json state = {
      {"quant_type", "nf4"}, {"blocksize", packed.block}, {"dtype", name_of(packed.dtype)}, {"shape", packed.shape}};
  if (packed.is_nested()) {
    state["nested_blocksize"] = packed.nested_block;
    state["nested_dtype"] = "float32";
    state["nested_offset"] = static_cast<double>(packed.offset);
  }
  auto text = state.dump();
  if (text.size() > kStateBytes) throw std::logic_error("the state of an NF4 weight exceeds its fixed length");
  text.resize(kStateBytes, ' ');
  const auto bytes = at::empty({static_cast<std::int64_t>(text.size())}, at::kByte);
  std::memcpy(bytes.mutable_data_ptr(), text.data(), text.size());
  return bytes;
}

}  // namespace

bool is_nf4(const WeightSource& source, const std::string& weight) {
  if (source.has(weight + kState)) return true;
  if (source.has(weight + ".quant_state.bitsandbytes__fp4"))
    throw data_error("{}: tensor \"{}\" is stored in bitsandbytes' FP4; only NF4 is supported", source.where(), weight);
  return false;
}

Nf4Tensor read_nf4(const WeightSource& source, const std::string& weight, const at::Device& device) {
  return Reader(source, weight, device).read();
}

Nf4Tensor quantize_weight(const WeightSource& source, const std::string& weight, const Nf4Options& options,
                          const at::Device& device) {
  try {
    const bool there = kernels::nf4_quantize_serves(device, source.info(weight).dtype);
    return quantize_nf4(source.read(weight, there ? device : at::Device(at::kCPU)), options).to(device);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("{}: tensor \"{}\" {}", source.where(), weight, error.what()));
  }
}

std::vector<std::pair<std::string, at::Tensor>> named_tensors(const std::string& weight, const Nf4Tensor& packed) {
  std::vector<std::pair<std::string, at::Tensor>> tensors = {
      {weight, packed.codes}, {weight + ".absmax", packed.absmax}, {weight + ".quant_map", packed.quant_map}};
  if (packed.is_nested()) {
    tensors.emplace_back(weight + ".nested_absmax", packed.nested_absmax);
    tensors.emplace_back(weight + ".nested_quant_map", packed.nested_quant_map);
  }
  tensors.emplace_back(weight + kState, state_of(packed));
  return tensors;
}

std::vector<NamedTensorInfo> nf4_layout(const std::string& weight, const TensorInfo& dense, const Nf4Options& options) {
  const auto count = c10::multiply_integers(dense.shape);
  const auto blocks = (count + options.block - 1) / options.block;
  const bool nested = options.scales == DoubleQuantization::kOn;
  std::vector<NamedTensorInfo> layout = {{weight, {at::kByte, {(count + 1) / 2, 1}}},
                                         {weight + ".absmax", {nested ? at::kByte : at::kFloat, {blocks}}},
                                         {weight + ".quant_map", {at::kFloat, {16}}}};
  if (nested) {
    layout.push_back({weight + ".nested_absmax", {at::kFloat, {(blocks + kNestedBlock - 1) / kNestedBlock}}});
    layout.push_back({weight + ".nested_quant_map", {at::kFloat, {256}}});
  }
  layout.push_back({weight + kState, {at::kByte, {static_cast<std::int64_t>(kStateBytes)}}});
  return layout;
}

}  // namespace llama32med
