// The action `data import`.
#pragma once
#include "command.h"
#include "llama32med/data/import.h"

namespace llama32med {

class ImportAction {
 public:
  void declare(Options options);
  void run(const CommonOptions& common, const RunConfig& config) const;

 private:
  void declare_columns(Options& options);
  void declare_split(Options& options);
  ImportOptions request(const RunConfig& config) const;
  std::optional<SplitShares> shares() const;

  ImportOptions options_;
  std::vector<std::filesystem::path> sources_;
  std::string images_ = "copy", by_ = "auto", split_, validation_, test_;
  std::filesystem::path out_;
  bool allow_left_out_ = false;
};

}  // namespace llama32med
