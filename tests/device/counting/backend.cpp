// What libtorch asks an accelerator for: its name, its devices, streams that do nothing, and random numbers.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include "device/counting/counting_device.h"
#include "device/counting/ledger.h"
#include "device/counting/memory.h"

namespace llama32med::counting {
namespace {

constexpr auto kType = c10::DeviceType::PrivateUse1;

c10::DeviceIndex exchange_device(c10::DeviceIndex index) {
  const auto before = current_device();
  if (index >= 0) set_current_device(index);
  return before;
}

struct Guard final : c10::impl::DeviceGuardImplInterface {
  static c10::Stream stream_of(c10::Device on) { return c10::Stream(c10::Stream::DEFAULT, on); }

  c10::DeviceType type() const override { return kType; }
  c10::Device exchangeDevice(c10::Device to) const override { return device(exchange_device(to.index())); }
  c10::Device getDevice() const override { return device(current_device()); }
  void setDevice(c10::Device to) const override { exchange_device(to.index()); }
  void uncheckedSetDevice(c10::Device to) const noexcept override { exchange_device(to.index()); }
  c10::Stream getStream(c10::Device on) const override { return stream_of(on); }
  c10::Stream getDefaultStream(c10::Device on) const override { return stream_of(on); }
  c10::Stream getNewStream(c10::Device on, int) const override { return stream_of(on); }
  c10::Stream exchangeStream(c10::Stream stream) const override { return stream_of(stream.device()); }
  c10::DeviceIndex deviceCount() const noexcept override { return device_count(); }
  // Events: the engine records them between its threads; there is nothing to wait for.
  void record(void**, const c10::Stream&, c10::DeviceIndex, c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override { note_wait("stream"); }
  void synchronizeDevice(c10::DeviceIndex) const override { note_wait("device"); }
};

struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return device_count(); }
  c10::DeviceIndex getCurrentDevice() const override { return current_device(); }
  void setCurrentDevice(c10::DeviceIndex index) const override { exchange_device(index); }
  c10::DeviceIndex exchangeDevice(c10::DeviceIndex index) const override { return exchange_device(index); }
  c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex index) const override { return exchange_device(index); }
  // Kernels of the CPU draw from the CPU's generator.
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
    return at::detail::getDefaultCPUGenerator();
  }
  at::Generator getNewGenerator(c10::DeviceIndex) const override { return at::detail::createCPUGenerator(); }
  at::Device getDeviceFromPtr(void*) const override { return device(current_device()); }
  c10::Allocator* getPinnedMemoryAllocator() const override { return c10::GetAllocator(at::kCPU); }
};

[[maybe_unused]] const bool is_registered = [] {
  static Hooks hooks;
  at::RegisterPrivateUse1HooksInterface(&hooks);
  c10::SetAllocator(kType, &memory());
  c10::register_privateuse1_backend("counting");  // without a name, autograd finds no accelerator
  return true;
}();

}  // namespace

at::Device device(c10::DeviceIndex index) { return {kType, index}; }

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

}  // namespace llama32med::counting
