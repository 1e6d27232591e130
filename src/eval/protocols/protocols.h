// One function a protocol; the table is in protocol.cpp.
#pragma once
#include "llama32med/eval/protocol.h"

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

// Whether an item is closed. Annotations are trimmed and compared in upper case: CLOSED and YES/NO are closed, OPEN,
// OTHER and NUMBER open; any other says nothing, and the reference decides.
AnswerKind answer_kind(const ScoredAnswer& answer, TypeRule rule);

// Score 0 and nothing else for a prediction of white space alone.
bool is_blank(std::string_view prediction);

}  // namespace llama32med
