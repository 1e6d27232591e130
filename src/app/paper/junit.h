// A paper's cells as JUnit XML, as build servers read it: one suite per table, one case per cell.
//
//   testsuites  name tests failures errors skipped time
//     testsuite   name tests failures errors skipped time
//       testcase    classname=TABLE name="ROW, COLUMN" time=0
//         failure     message type: only for cells that fail --fail-on
//         skipped     message: cells without our number, and rows of other models
//         system-out  our number, its interval, the paper's number and the verdict
#pragma once
#include <string>

#include "app/paper/paper.h"

namespace llama32med {

std::string junit_xml(const PaperOutcome& outcome, const std::string& title);

}  // namespace llama32med
