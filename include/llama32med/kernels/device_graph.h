// Launches that are recorded once and queued again by one call (CUDA graphs). A decoding step makes hundreds of
// launches, which a host needs longer to queue than a fast GPU to run.
#pragma once
#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace llama32med::kernels {

class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  virtual void replay() = 0;  // on the current stream; reads and writes the memory of the recording
};

// Records what `work` launches, without running it. `work` must not wait for the device nor copy from or to the host,
// and should have run once before, so that libraries are initialized. Tensors that it makes keep their addresses.
// Null where the device has no graphs.
std::unique_ptr<DeviceGraph> record_graph(const at::Device& device, const std::function<void()>& work);

// The symbol of a module that can do it: DeviceGraph* (const std::function<void()>&).
inline constexpr const char* kRecordGraph = "llama32med_record_graph";
using RecordGraph = DeviceGraph* (*)(const std::function<void()>&);

}  // namespace llama32med::kernels
