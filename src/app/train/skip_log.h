// Warnings about records that are left out of training: once per image or record, not again in every epoch.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "llama32med/data/record.h"

namespace llama32med {

class SkipLog {
 public:
  void warn(const std::vector<SkippedRecord>& skipped);
  const std::string& first_reason() const { return first_reason_; }  // "" if nothing was skipped

 private:
  std::set<std::string> known_;  // image ids and record ids
  std::string first_reason_;
};

}  // namespace llama32med
