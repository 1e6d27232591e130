// A section of a report is a function of the context that returns its part of report.json and of report.md. The table
// in run_report.cpp says where each section goes.
#pragma once
#include "llama32med/core/config_json.h"
#include "llama32med/report/context.h"

namespace llama32med {

struct Section {
  Json json;             // null: not in report.json
  std::string markdown;  // "": not in report.md
};

Section score_section(const ReportContext& context);
Section caption_section(const ReportContext& context);
Section analyzed_score_section(const ReportContext& context);
Section breakdown_section(const ReportContext& context);
Section confusion_section(const ReportContext& context);
Section consistency_section(const ReportContext& context);
Section calibration_section(const ReportContext& context);
Section blind_baseline_section(const ReportContext& context);
Section leak_section(const ReportContext& context);
Section training_absent_section(const ReportContext& context);
Section image_gain_section(const ReportContext& context);

}  // namespace llama32med
