// The attention kernel that libtorch 2.11 takes on a card: the rules of its sdp_utils, for what this project calls.
#include <ATen/Context.h>
#include <ATen/SDPBackend.h>
#include <ATen/native/DispatchStub.h>
#include <ATen/native/transformers/attention.h>

#include <sstream>

#include "device/counting/ledger.h"

namespace llama32med::counting {
namespace {

struct Call {
  const at::Tensor &q, &k, &v;
  bool masked, causal, grouped;

  bool half() const { return q.scalar_type() == at::kHalf || q.scalar_type() == at::kBFloat16; }
  std::int64_t width() const { return q.size(-1); }
  bool one_width() const { return width() == k.size(-1) && width() == v.size(-1); }
  bool one_head_count() const { return q.size(1) == k.size(1) && k.size(1) == v.size(1); }
};

bool cudnn_serves(const Call& call) {
  return card() == Card::kHopper && at::globalContext().userEnabledCuDNNSDP() && call.half() && call.width() % 8 == 0 &&
         call.width() <= 128 && (call.one_head_count() || call.grouped) && call.k.size(2) != 1;
}

bool flash_serves(const Call& call) {
  return call.half() && !call.masked && call.one_width() && call.width() <= 256 &&
         (call.one_head_count() || call.grouped) && !(call.causal && call.q.size(2) != call.k.size(2));
}

bool efficient_serves(const Call& call) {
  return call.q.scalar_type() != at::kDouble && call.width() % (call.half() ? 8 : 4) == 0 && call.one_head_count() &&
         call.one_width();
}

std::string kernel_of(const Call& call) {
  if (cudnn_serves(call)) return "cudnn";
  if (flash_serves(call)) return "flash";
  return efficient_serves(call) ? "efficient" : "composite";
}

std::string plan_of(const Call& call, const std::optional<at::Tensor>& mask) {
  std::ostringstream key;
  key << call.q.scalar_type() << call.causal << call.q.requires_grad();
  for (const auto* x : {&call.q, &call.k, &call.v}) key << x->sizes() << x->strides();
  if (call.masked) key << mask->sizes() << mask->strides();
  return key.str();
}

}  // namespace

std::int64_t choose_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const std::optional<at::Tensor>& mask, double /*dropout*/, bool causal,
                              std::optional<double> /*scale*/, bool grouped) {
  const Call call{q, k, v, mask && mask->defined(), causal, grouped};
  const auto kernel = kernel_of(call);
  note_attention(kernel + (call.masked ? ", mask" : "") + (causal ? ", causal" : "") + (grouped ? ", grouped" : "") +
                     ", width " + std::to_string(call.width()),
                 kernel == "cudnn" ? plan_of(call, mask) : "");
  // The CPU's flash kernel takes masks and grouped heads and has a gradient: it stands for every fused one.
  return static_cast<std::int64_t>(kernel == "composite" ? at::SDPBackend::math : at::SDPBackend::flash_attention);
}

}  // namespace llama32med::counting

namespace at::native {
REGISTER_PRIVATEUSE1_DISPATCH(_fused_sdp_choice_stub, &llama32med::counting::choose_attention)
}
