#include "device/counting/ledger.h"

#include <c10/util/Backtrace.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

namespace llama32med::counting {
namespace {

struct Ledger {
  std::mutex mutex;
  Counts counts;
  std::set<std::string> plans;
  Card card = Card::kHopper;
  bool traces = false;
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

void write_log() {
  if (const auto path = variable("COUNTING_DEVICE_LOG"); !path.empty())
    std::ofstream(path) << as_json(counts()) << "\n";
}

// Never destroyed: tensors of static variables are released after everything else.
Ledger& ledger() {
  static Ledger& only = *[] {
    auto* made = new Ledger;
    if (variable("COUNTING_DEVICE_CARD") == "ampere") made->card = Card::kAmpere;
    std::atexit(write_log);
    return made;
  }();
  return only;
}

// The innermost functions of ours on the stack, at most three.
std::string callers() {
  constexpr const char* kOurs = "llama32med::";
  const auto trace = c10::get_backtrace(3, 200, true);
  std::string found;
  int frames = 0;
  for (std::size_t at = 0; at < trace.size() && frames < 3;) {
    const auto end = std::min(trace.find('\n', at), trace.size());
    const auto line = trace.substr(at, end - at);
    at = end + 1;
    const auto begin = line.find(kOurs);
    if (begin == line.npos || line.find("llama32med::counting") != line.npos) continue;
    const auto name = line.substr(begin, line.find('(', begin) - begin);
    if (found.find(name) != found.npos) continue;
    found += (found.empty() ? "" : " < ") + name;
    ++frames;
  }
  return found.empty() ? "elsewhere" : found;
}

template <class Change>
void change(const Change& with) {
  auto& only = ledger();
  const std::lock_guard lock(only.mutex);
  with(only.counts);
}

}  // namespace

void note_launch(const std::string& name, bool wide) {
  change([&](Counts& counts) {
    ++counts.launches;
    ++counts.by_operator[name];
    if (wide) ++counts.wide[name];
  });
}

void note_wait(const std::string& reason) {
  const auto where = ledger().traces ? reason + ": " + callers() : reason;
  change([&](Counts& counts) {
    ++counts.waits;
    ++counts.wait_reasons[where];
  });
}

void note_upload(std::int64_t bytes) {
  change([&](Counts& counts) {
    ++counts.uploads;
    counts.uploaded_bytes += bytes;
  });
}

void note_download(std::int64_t bytes) {
  change([&](Counts& counts) {
    ++counts.downloads;
    counts.downloaded_bytes += bytes;
  });
}

void note_allocation(std::int64_t bytes) {
  change([&](Counts& counts) {
    ++counts.allocations;
    counts.allocated_bytes += bytes;
    counts.held_bytes += bytes;
    counts.peak_bytes = std::max(counts.peak_bytes, counts.held_bytes);
  });
}

void note_release(std::int64_t bytes) {
  change([&](Counts& counts) { counts.held_bytes -= bytes; });
}

void note_peak_reset() {
  change([](Counts& counts) { counts.peak_bytes = counts.held_bytes; });
}

void note_host_number(const std::string& name) {
  change([&](Counts& counts) { ++counts.host_numbers[name]; });
}

void note_attention(const std::string& call, const std::string& plan) {
  change([&](Counts& counts) {
    ++counts.attention[call];
    if (!plan.empty() && ledger().plans.insert(plan).second) ++counts.cudnn_plans;
  });
}

Card card() { return ledger().card; }
void set_card(Card card) { ledger().card = card; }
void trace_waits(bool on) { ledger().traces = on; }

void reset() {
  change([](Counts& counts) {
    const auto held = counts.held_bytes;
    counts = {.held_bytes = held, .peak_bytes = held};
  });
}

Counts counts() {
  Counts copy;
  change([&](const Counts& counts) { copy = counts; });
  return copy;
}

std::string as_json(const Counts& counts) {
  const nlohmann::ordered_json json = {
      {"launches", counts.launches},         {"waits", counts.waits},
      {"uploads", counts.uploads},           {"uploaded_bytes", counts.uploaded_bytes},
      {"downloads", counts.downloads},       {"downloaded_bytes", counts.downloaded_bytes},
      {"allocations", counts.allocations},   {"allocated_bytes", counts.allocated_bytes},
      {"held_bytes", counts.held_bytes},     {"peak_bytes", counts.peak_bytes},
      {"cudnn_plans", counts.cudnn_plans},   {"by_operator", counts.by_operator},
      {"wait_reasons", counts.wait_reasons}, {"attention", counts.attention},
      {"host_numbers", counts.host_numbers}, {"wide", counts.wide}};
  return json.dump(2);
}

}  // namespace llama32med::counting
