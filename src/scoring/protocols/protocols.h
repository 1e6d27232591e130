// One function per protocol; the table is in protocol.cpp.
#pragma once
#include "llama32med/scoring/protocol.h"

namespace llama32med {

Protocol paper_protocol();
Protocol paper_human_protocol();
Protocol strict_em_protocol();
Protocol plain_protocol();
Protocol vqa_norm_protocol();
Protocol vqa_norm_freeform_protocol();
Protocol relaxed_protocol();
Protocol token_f1_protocol();
Protocol llava_med_protocol();
Protocol llava_med_batch_protocol();
Protocol lmms_slake_protocol();
Protocol medevalkit_protocol();
Protocol pathvqa_official_protocol();

// Score 0 for a prediction of white space only.
bool is_blank(std::string_view prediction);

}  // namespace llama32med
