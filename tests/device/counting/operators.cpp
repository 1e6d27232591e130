// Operators of the counting device. Nearly all run on the CPU over the same memory (run_on_host); those below it deal
// with memory, views and copies, or would be decomposed where CUDA has one kernel.
#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/_local_scalar_dense.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/set_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <torch/library.h>

#include <cstring>
#include <set>

#include "device/counting/host_view.h"
#include "device/counting/ledger.h"
#include "device/counting/memory.h"

namespace llama32med::counting {
namespace {

// Operators whose result has a size that depends on values: CUDA waits to learn it.
const std::set<std::string> kWaiting = {
    "aten::nonzero",    "aten::nonzero.out", "aten::masked_select", "aten::repeat_interleave.Tensor", "aten::_unique2",
    "aten::unique_dim", "aten::bincount",    "aten::equal",         "aten::_local_scalar_dense"};

// Calls `convert` for all tensors of an argument or a result.
template <class Convert>
c10::IValue converted(const c10::IValue& value, const Convert& convert) {
  if (value.isTensor()) return convert(value.toTensor());
  if (value.isTensorList()) {
    c10::List<at::Tensor> list;
    for (const at::Tensor& x : value.toTensorVector()) list.push_back(convert(x));
    return list;
  }
  if (value.isOptionalTensorList()) {
    c10::List<std::optional<at::Tensor>> list;
    for (const auto& x : value.toOptionalTensorVector()) list.push_back(x ? std::optional(convert(*x)) : std::nullopt);
    return list;
  }
  return value;
}

// What an operator is given: its device, and whether it may run.
class Arguments {
 public:
  explicit Arguments(std::string name) : name_(std::move(name)) {}

  at::Tensor check(const at::Tensor& x) {
    if (!x.defined()) return x;
    if (!is_ours(x)) {
      TORCH_CHECK(x.dim() == 0, "counting device: ", name_, " got a tensor of ", x.sizes(), " on ", x.device(),
                  " beside tensors of the device; CUDA would refuse it");
      if (!x.unsafeGetTensorImpl()->is_wrapped_number()) note_host_number(name_);
      return x;
    }
    TORCH_CHECK(!found_ || device_ == x.device(), "counting device: ", name_, " got tensors on ", device_, " and on ",
                x.device());
    found_ = true;
    device_ = x.device();
    wide_ = wide_ || x.scalar_type() == at::kDouble;
    return x;
  }
  void check_device(at::Device asked) {
    if (!found_ && asked.has_index()) device_ = asked;
  }

  at::Device device() const { return device_; }
  bool wide() const { return wide_; }

 private:
  std::string name_;
  at::Device device_ = counting::device(current_device());
  bool found_ = false, wide_ = false;
};

std::string full_name(const c10::OperatorHandle& op) {
  const auto& overload = op.schema().overload_name();
  return overload.empty() ? op.schema().name() : op.schema().name() + "." + overload;
}

using Layout = at::Tensor (*)(const at::Tensor&);

// `first_result` may give the first result the layout in memory that CUDA's kernel gives it.
void run_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack, Layout first_result) {
  const auto name = full_name(op);
  const auto arguments = torch::jit::last(*stack, op.schema().arguments().size());
  Arguments checked(name);
  for (const auto& argument : arguments) {
    if (argument.isDevice()) checked.check_device(argument.toDevice());
    converted(argument, [&](const at::Tensor& x) { return checked.check(x); });
  }
  HostView view(checked.device());
  for (auto i = stack->size() - op.schema().arguments().size(); i < stack->size(); ++i)
    (*stack)[i] = (*stack)[i].isDevice() ? c10::IValue(at::Device(at::kCPU))
                                         : converted((*stack)[i], [&](const auto& x) { return view.to_host(x); });
  if (kWaiting.contains(name)) note_wait(name);
  note_launch(name, checked.wide());
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  view.write_back();
  const auto first = stack->size() - op.schema().returns().size();
  if (first_result) (*stack)[first] = first_result((*stack)[first].toTensor());
  for (auto i = first; i < stack->size(); ++i)
    (*stack)[i] = converted((*stack)[i], [&](const auto& x) { return view.to_device(x); });
}

void run_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) { run_on_host(op, stack, nullptr); }

// CUDA's fused attention kernels return [B, L, H, d] in memory; those of the CPU mostly [B, H, L, d].
at::Tensor tokens_before_heads(const at::Tensor& x) { return x.transpose(1, 2).contiguous().transpose(1, 2); }

void run_attention_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  run_on_host(op, stack, &tokens_before_heads);
}

// ---- memory and views: no launch

c10::DeviceIndex index_of(std::optional<at::Device> asked) {
  return asked && asked->has_index() ? asked->index() : current_device();
}

class OnDevice {  // new memory is on this thread's current device
 public:
  explicit OnDevice(c10::DeviceIndex index) : before_(current_device()) { set_current_device(index); }
  ~OnDevice() { set_current_device(before_); }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;

 private:
  c10::DeviceIndex before_;
};

constexpr c10::DispatchKeySet kKeys(c10::DispatchKey::PrivateUse1);

at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> dtype, std::optional<at::Layout>,
                 std::optional<at::Device> asked, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  const OnDevice here(index_of(asked));
  return at::detail::empty_generic(size, &memory(), kKeys, c10::dtype_or_default(dtype), format);
}

at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride, std::optional<at::ScalarType> dtype,
                         std::optional<at::Layout>, std::optional<at::Device> asked, std::optional<bool>) {
  const OnDevice here(index_of(asked));
  return at::detail::empty_strided_generic(size, stride, &memory(), kKeys, c10::dtype_or_default(dtype));
}

at::Tensor as_strided(const at::Tensor& x, at::IntArrayRef size, at::IntArrayRef stride,
                      std::optional<std::int64_t> offset) {
  return at::native::as_strided_tensorimpl(x, size, stride, offset);
}

at::Tensor view(const at::Tensor& x, at::IntArrayRef size) { return at::native::view(x, size); }

at::Tensor reshape_alias(const at::Tensor& x, at::IntArrayRef size, at::IntArrayRef stride) {
  return at::native::_reshape_alias(x, size, stride);
}

at::Tensor unfold(const at::Tensor& x, std::int64_t dimension, std::int64_t size, std::int64_t step) {
  return at::native::unfold(x, dimension, size, step);
}

const at::Tensor& resize(const at::Tensor& x, at::IntArrayRef size, std::optional<at::MemoryFormat>) {
  auto* storage = x.storage().unsafeGetStorageImpl();
  const auto bytes = static_cast<std::size_t>(c10::multiply_integers(size)) * x.itemsize();
  if (bytes > storage->nbytes()) {
    auto fresh = allocate_on(x.device().index(), bytes);
    if (storage->nbytes() > 0) std::memcpy(host_address(fresh.get()), host_address(storage->data()), storage->nbytes());
    storage->set_data_ptr_noswap(std::move(fresh));
    storage->set_nbytes(bytes);
  }
  x.unsafeGetTensorImpl()->set_sizes_contiguous(size);
  return x;
}

at::Tensor& set_storage(at::Tensor& x, c10::Storage source, std::int64_t offset, at::IntArrayRef size,
                        at::IntArrayRef stride) {
  x.unsafeGetTensorImpl()->set_storage_keep_dtype(std::move(source));
  x.unsafeGetTensorImpl()->set_sizes_and_strides(size, stride, offset);
  return x;
}

// ---- copies

void note_copy(const at::Tensor& from, const at::Tensor& to, bool non_blocking) {
  if (is_ours(from) && is_ours(to)) {
    const bool same = from.scalar_type() == to.scalar_type();
    return note_launch(same ? "copy" : "copy.cast",
                       from.scalar_type() == at::kDouble || to.scalar_type() == at::kDouble);
  }
  if (is_ours(to)) {
    note_upload(static_cast<std::int64_t>(to.nbytes()));
    if (!non_blocking) note_wait("upload");
    return;
  }
  note_download(static_cast<std::int64_t>(from.nbytes()));
  note_wait("download");
}

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool non_blocking) {
  note_copy(from, to, non_blocking);
  HostView host(is_ours(to) ? to.device() : from.device());
  auto target = host.to_host(to);
  target.copy_(host.to_host(from));
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  to.resize_(from.sizes());
  return copy_from(from, to, /*non_blocking=*/false);
}

at::Scalar read_number(const at::Tensor& x) {
  note_wait("item");
  note_download(static_cast<std::int64_t>(x.itemsize()));
  HostView host(x.device());
  return at::_local_scalar_dense(host.to_host(x));
}

// ---- convolution: the fall-back is not asked for it

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                       at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                       at::IntArrayRef output_padding, std::int64_t groups) {
  note_launch("aten::convolution");
  HostView host(x.device());
  const auto offset = bias && bias->defined() ? std::optional(host.to_host(*bias)) : std::nullopt;
  return host.to_device(at::convolution(host.to_host(x), host.to_host(weight), offset, stride, padding, dilation,
                                        transposed, output_padding, groups));
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(const at::Tensor& gradient, const at::Tensor& x,
                                                                    const at::Tensor& weight, at::IntArrayRef stride,
                                                                    at::IntArrayRef padding, at::IntArrayRef dilation,
                                                                    bool transposed, at::IntArrayRef output_padding,
                                                                    std::int64_t groups, std::array<bool, 3> wanted) {
  note_launch("aten::convolution_backward");
  HostView host(x.device());
  const auto [of_x, of_weight, of_bias] =
      at::convolution_backward(host.to_host(gradient), host.to_host(x), host.to_host(weight), at::OptionalIntArrayRef(),
                               stride, padding, dilation, transposed, output_padding, groups, wanted);
  return {host.to_device(of_x), host.to_device(of_weight), host.to_device(of_bias)};
}

// One kernel on CUDA; libtorch would decompose them for a device that does not name them.
constexpr std::initializer_list<const char*> kWhole = {"native_layer_norm",    "native_layer_norm_backward",
                                                       "native_dropout",       "native_dropout_backward",
                                                       "silu_backward",        "_foreach_norm.Scalar",
                                                       "_foreach_mul_.Scalar", "_foreach_mul_.Tensor",
                                                       "_foreach_add_.List",   "_foreach_copy_",
                                                       "_foreach_div_.Tensor", "_foreach_mul.Scalar"};

}  // namespace

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&run_on_host>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("empty.memory_format", empty);
  library.impl("empty_strided", empty_strided);
  library.impl("as_strided", as_strided);
  library.impl("view", view);
  library.impl("_reshape_alias", reshape_alias);
  library.impl("unfold", unfold);
  library.impl("resize_", resize);
  library.impl("set_.source_Storage_storage_offset", set_storage);
  library.impl("_copy_from", copy_from);
  library.impl("_copy_from_and_resize", copy_from_and_resize);
  library.impl("_local_scalar_dense", read_number);
  library.impl("convolution_overrideable", convolution);
  library.impl("convolution_backward_overrideable", convolution_backward);
  library.impl("_scaled_dot_product_flash_attention_for_cpu",
               torch::CppFunction::makeFromBoxedFunction<&run_attention_on_host>());
  for (const char* name : kWhole) library.impl(name, torch::CppFunction::makeFromBoxedFunction<&run_on_host>());
}

}  // namespace llama32med::counting
