// The memory of the counting devices: memory of the host under other addresses, so that host code cannot follow them.
#pragma once
#include <c10/core/CachingDeviceAllocator.h>

#include <cstdint>

namespace llama32med::counting {

// Added to every address. No process has this part of the address space, neither on x86-64 nor on AArch64 (where the
// highest byte of an address is ignored, so that it cannot be used).
inline constexpr std::uintptr_t kAway = std::uintptr_t{1} << 55;

void* device_address(void* host);        // nullptr stays nullptr
void* host_address(const void* device);  // the same
bool is_device_address(std::uintptr_t address);

c10::DeviceAllocator& memory();  // allocates on this thread's current device
c10::DataPtr allocate_on(c10::DeviceIndex index, std::size_t bytes);
c10::DeviceIndex device_count();
c10::DeviceIndex current_device();  // the one of this thread
void set_current_device(c10::DeviceIndex index);

}  // namespace llama32med::counting
