// safetensors files, their index, rank files, 4-bit weights.
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <map>

#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/nn/nf4_checkpoint.h"
#include "llama32med/weights/checkpoint.h"
#include "llama32med/weights/safetensors.h"
#include "llama32med/weights/tokenizer_json.h"

namespace llama32med::fuzz {
namespace {

void fuzz_safetensors(std::string_view bytes) {
  const SafetensorsFile file(scratch_file("safetensors", "model.safetensors", bytes));
  for (const auto& name : file.names()) {
    const auto info = file.info(name);
    const auto values = file.tensor(name);
    require(values.sizes() == at::IntArrayRef(info.shape), "a tensor has the shape of the header");
    require(static_cast<std::size_t>(info.bytes()) <= bytes.size(), "a tensor fits into its file");
    require(file.view(name).equal(values) || info.dtype != at::kByte, "a view has the same values");
  }
}

std::string small_file() {
  const auto file = scratch_folder("safetensors") / "seed.safetensors";
  write_safetensors(file, {{"a.weight", at::arange(6).view({2, 3}).to(at::kFloat)}, {"b", at::zeros({3}, at::kByte)}},
                    {{"format", "pt"}});
  return read_file(file);
}

// model.safetensors.index.json beside one shard.
void fuzz_index(std::string_view bytes) {
  static const auto shard = scratch_file("index", "model-00001-of-00001.safetensors", small_file());
  const Checkpoint checkpoint(scratch_file("index", "model.safetensors.index.json", bytes).parent_path());
  require(checkpoint.names().size() == 2, "the index lists the tensors of its shard");
}

// tokenizer.model in tiktoken's format, converted to tokenizer.json.
void fuzz_ranks(std::string_view bytes) {
  (void)json_line(make_tokenizer_json(std::string(bytes), Json::array(), 512));
}

// A source with one 4-bit weight, whose quant_state is the input.
class QuantizedSource final : public WeightSource {
 public:
  explicit QuantizedSource(std::string_view state) {
    auto packed = named_tensors("x.weight", quantize_nf4(at::arange(256).view({4, 64}).to(at::kFloat), {}));
    for (auto& [name, value] : packed) tensors_[name] = value;
    auto bytes = at::zeros({static_cast<std::int64_t>(state.size())}, at::kByte);
    std::copy(state.begin(), state.end(), bytes.mutable_data_ptr<std::uint8_t>());
    tensors_[kState] = bytes;
  }
  static std::string state() {
    const auto packed = named_tensors("x.weight", quantize_nf4(at::arange(256).view({4, 64}).to(at::kFloat), {}));
    for (const auto& [name, value] : packed)
      if (name == kState) return {static_cast<const char*>(value.const_data_ptr()), value.nbytes()};
    throw std::logic_error("no quant_state");
  }

  bool has(const std::string& name) const override { return tensors_.contains(name); }
  TensorInfo info(const std::string& name) const override { return {at(name).scalar_type(), at(name).sizes().vec()}; }
  at::Tensor read(const std::string& name, const at::TensorOptions& /*target*/) const override { return at(name); }
  std::vector<std::string> names() const override { return {"x.weight"}; }
  std::string where() const override { return "memory"; }

 private:
  static constexpr const char* kState = "x.weight.quant_state.bitsandbytes__nf4";
  const at::Tensor& at(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw data_error("no tensor \"{}\"", name);
    return found->second;
  }
  std::map<std::string, at::Tensor> tensors_;
};

void fuzz_quant_state(std::string_view bytes) {
  const auto packed = read_nf4(QuantizedSource(bytes), "x.weight", at::kCPU);
  require(packed.numel() == 256, "a state that contradicts its tensors is refused");
}

Seeds safetensors_seeds() { return {small_file(), std::string("\x02\0\0\0\0\0\0\0{}", 10)}; }

Seeds index_seeds() {
  return {R"({"metadata": {"total_size": 27}, "weight_map": {"a.weight": "model-00001-of-00001.safetensors",
 "b": "model-00001-of-00001.safetensors"}})"};
}

Seeds rank_seeds() { return {byte_tokenizer().model, byte_tokenizer().model + "YWI= 256\n"}; }

Seeds quant_state_seeds() { return {QuantizedSource::state()}; }

}  // namespace

Targets weights_targets() {
  return {{"safetensors", fuzz_safetensors, safetensors_seeds},
          {"index", fuzz_index, index_seeds},
          {"ranks", fuzz_ranks, rank_seeds},
          {"quant_state", fuzz_quant_state, quant_state_seeds}};
}

}  // namespace llama32med::fuzz
