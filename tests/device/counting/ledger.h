// Where the parts of the counting device note what happens. All functions may be called from any thread.
#pragma once
#include <cstdint>
#include <string>

#include "device/counting/counting_device.h"

namespace llama32med::counting {

void note_launch(const std::string& name, bool wide = false);
void note_wait(const std::string& reason);
void note_upload(std::int64_t bytes);
void note_download(std::int64_t bytes);
void note_allocation(std::int64_t bytes);
void note_release(std::int64_t bytes);
void note_peak_reset();  // the peak becomes what is held now
void note_host_number(const std::string& name);
// `plan`: all that cuDNN's cache of plans is keyed on; empty for other kernels.
void note_attention(const std::string& call, const std::string& plan);

Card card();

}  // namespace llama32med::counting
