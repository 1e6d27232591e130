// One function a protocol; the table is in protocol.cpp.
#pragma once
#include "llama32med/eval/protocol.h"

namespace llama32med {

Protocol paper_protocol();
Protocol strict_em_protocol();

}  // namespace llama32med
