#include "llama32med/kernels/device_graph.h"

#include "llama32med/core/module.h"
#include "llama32med/kernels/ops.h"

namespace llama32med::kernels {

std::unique_ptr<DeviceGraph> record_graph(const at::Device& device, const std::function<void()>& work) {
  if (!device.is_cuda() || !has_own_kernels(device)) return nullptr;
  static const auto record = reinterpret_cast<RecordGraph>(open_module("cuda").symbol(kRecordGraph));
  return record ? std::unique_ptr<DeviceGraph>(record(work)) : nullptr;
}

}  // namespace llama32med::kernels
