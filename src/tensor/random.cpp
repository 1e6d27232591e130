#include <ATen/Context.h>
#include <ATen/core/Generator.h>

#include <mutex>

#include "llama32med/tensor/device.h"

namespace llama32med {

void seed_random(const at::Device& device, std::uint64_t seed) {
  auto generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(seed);
}

}  // namespace llama32med
