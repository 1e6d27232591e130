#include "device/counting/host_view.h"

#include <cstring>

#include "device/counting/memory.h"

namespace llama32med::counting {
namespace {

c10::DataPtr copied_to(at::Device device, const c10::Storage& host) {
  auto fresh = allocate_on(device.index(), host.nbytes());
  if (host.nbytes() > 0) std::memcpy(host_address(fresh.get()), host.data(), host.nbytes());
  return fresh;
}

at::Tensor tensor_over(c10::Storage storage, c10::DispatchKey key, const at::Tensor& like) {
  auto made = at::detail::make_tensor<c10::TensorImpl>(std::move(storage), c10::DispatchKeySet(key), like.dtype());
  made.unsafeGetTensorImpl()->set_sizes_and_strides(like.sizes(), like.strides(), like.storage_offset());
  return made;
}

void release_storage(void* context) { delete static_cast<c10::Storage*>(context); }

}  // namespace

bool is_ours(const at::Tensor& x) { return x.defined() && x.device().type() == c10::DeviceType::PrivateUse1; }

at::Tensor HostView::to_host(const at::Tensor& x) {
  if (!is_ours(x)) return x;
  auto* impl = x.unsafeGetTensorImpl();
  if (const auto found = hosts_.find(impl); found != hosts_.end()) return found->second;
  auto host = tensor_over(host_storage(x), c10::DispatchKey::CPU, x);
  if (impl->is_wrapped_number()) host.unsafeGetTensorImpl()->set_wrapped_number(true);
  hosts_.emplace(impl, host);
  originals_.emplace(host.unsafeGetTensorImpl(), x);
  return host;
}

at::Tensor HostView::to_device(const at::Tensor& host) {
  if (!host.defined() || is_ours(host)) return host;
  if (const auto found = originals_.find(host.unsafeGetTensorImpl()); found != originals_.end()) return found->second;
  return tensor_over(device_storage(host), c10::DispatchKey::PrivateUse1, host);
}

void HostView::write_back() {
  for (auto& [impl, x] : originals_) {
    const auto& host = hosts_.at(x.unsafeGetTensorImpl());
    if (host.sizes() == x.sizes() && host.strides() == x.strides()) continue;
    auto* storage = x.storage().unsafeGetStorageImpl();
    storage->set_data_ptr_noswap(copied_to(device_, host.storage()));
    storage->set_nbytes(host.storage().nbytes());
    x.unsafeGetTensorImpl()->set_sizes_and_strides(host.sizes(), host.strides(), host.storage_offset());
  }
}

c10::Storage HostView::host_storage(const at::Tensor& x) {
  auto* theirs = x.storage().unsafeGetStorageImpl();
  if (const auto found = host_storages_.find(theirs); found != host_storages_.end()) return found->second;
  // The view keeps the device's memory alive.
  c10::DataPtr data(host_address(x.storage().data()), new c10::Storage(x.storage()), &release_storage, at::kCPU);
  c10::Storage host(c10::Storage::use_byte_size_t(), x.storage().nbytes(), std::move(data), c10::GetAllocator(at::kCPU),
                    /*resizable=*/true);
  host_storages_.emplace(theirs, host);
  device_storages_.emplace(host.unsafeGetStorageImpl(), x.storage());
  return host;
}

c10::Storage HostView::device_storage(const at::Tensor& host) const {
  const auto known = device_storages_.find(host.storage().unsafeGetStorageImpl());
  if (known != device_storages_.end()) return known->second;
  return {c10::Storage::use_byte_size_t(), host.storage().nbytes(), copied_to(device_, host.storage()), &memory(),
          /*resizable=*/true};
}

}  // namespace llama32med::counting
