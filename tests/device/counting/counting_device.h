// An accelerator without hardware, for tests of code that will run on a GPU. Its device, "counting:0", computes with
// libtorch's CPU kernels, and it
//
//   refuses  operators whose tensors are on two devices, as CUDA does, and kills host code that follows a device
//            pointer: the addresses that tensors carry are not mapped, so the process dies of SIGSEGV
//   fills    new memory with large numbers, so that reading what was never written shows in results, and ends the
//            process if something wrote behind a tensor
//   counts   kernel launches, waits of the host for the device, copies between the two, allocations, held bytes, and
//            plans that cuDNN would build
//   chooses  the attention kernel that libtorch 2.11 takes on a card, so that the slow composite is seen
//
// An operator call counts as one launch. CUDA needs more for a few (sort, cumsum, index_copy, large reductions). There
// is one stream per device and nothing overlaps, so times mean nothing.
//
// It is libllama32med_counting_device.so. Whatever loads it gets the device: a test that links it, or the unchanged
// program through LD_PRELOAD. In the environment, COUNTING_DEVICES is the number of devices (1), COUNTING_DEVICE_CARD
// the card whose rules hold (hopper, ampere), COUNTING_DEVICE_LOG a file that gets all counts as JSON when the process
// ends.
#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <map>
#include <string>

namespace llama32med::counting {

enum class Card {
  kAmpere,  // sm_80 to sm_89, sm_120: flash, efficient, composite
  kHopper,  // sm_90, sm_100: cuDNN before them, if it is enabled
};

struct Counts {
  using ByName = std::map<std::string, std::int64_t>;

  std::int64_t launches = 0;
  std::int64_t waits = 0;                            // the host waits until the device has done all its work
  std::int64_t uploads = 0, uploaded_bytes = 0;      // copies to a device
  std::int64_t downloads = 0, downloaded_bytes = 0;  // copies to the host; each is a wait as well
  std::int64_t allocations = 0, allocated_bytes = 0;
  std::int64_t held_bytes = 0, peak_bytes = 0;  // bytes of tensors that exist now; the most since the last reset
  std::int64_t cudnn_plans = 0;                 // attention calls of a shape and layout that cuDNN has not seen
  ByName by_operator;                           // launches
  ByName wait_reasons;  // operator, and the functions of ours it was called from if they are traced
  ByName attention;     // kernel, mask, causal, grouped heads, width
  ByName host_numbers;  // operators that were given a number in host memory
  ByName wide;          // launches that worked on float64
};

at::Device device(c10::DeviceIndex index = 0);

void set_card(Card card);
void trace_waits(bool on);  // slow: reads the stack at each wait
void reset();               // counts to zero, the peak to what is held now
Counts counts();            // since the last reset
std::string as_json(const Counts& counts);

// The counts of one action.
template <class Action>
Counts count(Action&& action) {
  reset();
  action();
  return counts();
}

}  // namespace llama32med::counting
