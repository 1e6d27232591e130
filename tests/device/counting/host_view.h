// Tensors of a counting device as tensors of the CPU over the same memory, and back, during one operator call.
//
// CPU kernels check whether arguments overlap, change them in place and return them, so tensors that are one stay one,
// and so do storages.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <optional>

namespace llama32med::counting {

bool is_ours(const at::Tensor& x);  // defined, and on a counting device

class HostView {
 public:
  explicit HostView(at::Device device) : device_(device) {}

  at::Tensor to_host(const at::Tensor& x);       // tensors that are not ours stay as they are
  at::Tensor to_device(const at::Tensor& host);  // an argument, a view of one, or a copy in new device memory
  // After the operator: it may have given an argument another size, and with it other memory.
  void write_back();

 private:
  c10::Storage host_storage(const at::Tensor& x);
  c10::Storage device_storage(const at::Tensor& host) const;

  at::Device device_;
  std::map<c10::TensorImpl*, at::Tensor> hosts_, originals_;
  std::map<c10::StorageImpl*, c10::Storage> host_storages_, device_storages_;
};

}  // namespace llama32med::counting
