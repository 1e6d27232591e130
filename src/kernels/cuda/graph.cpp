#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "llama32med/kernels/device_graph.h"

namespace llama32med::kernels {
namespace {

// Other threads may allocate memory meanwhile, which only the mode "thread local" allows.
class CudaGraph final : public DeviceGraph {
 public:
  explicit CudaGraph(const std::function<void()>& work) {
    const auto stream = c10::cuda::getStreamFromPool();  // the default stream cannot be recorded
    c10::cuda::getCurrentCUDAStream().synchronize();
    const c10::cuda::CUDAStreamGuard guard(stream);
    graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      end_quietly();
      throw;
    }
    graph_.capture_end();
  }

  void replay() override { graph_.replay(); }

 private:
  void end_quietly() {
    try {
      graph_.capture_end();
    } catch (const c10::Error&) {  // the first error tells more
    }
  }

  at::cuda::CUDAGraph graph_;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) DeviceGraph* llama32med_record_graph(
    const std::function<void()>& work) {
  return new CudaGraph(work);
}

}  // namespace llama32med::kernels
