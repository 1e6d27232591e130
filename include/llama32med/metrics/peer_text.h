// Normal forms of short answers in other code bases, where equality of two of them is a hit.
#pragma once
#include <string>
#include <string_view>

namespace llama32med {

// pengfeiliHEU/MUMC @27b544d vqaTools/vqaEval.py:111-122,220-231: lower case, , . ' ! ? " ( ) * # : ; ~ deleted, "x
// ray" and "x-ray" are "xray", " - " is "-". Nothing is trimmed; articles, numbers and hyphens stay.
std::string mumc_text(std::string_view answer);

// EvolvingLMMs-Lab/lmms-eval @75571cfe lmms_eval/tasks/slake/utils.py:117-128,232-243: trimmed, lower case, without
// what stands in parentheses, ASCII and Chinese marks are blanks, white space collapsed; then a whole text that is "x
// ray" is "xray", and one that says yes or no in English or Chinese is "yes" or "no".
std::string lmms_slake_text(std::string_view answer);

// Protocol `plain`: lower case, ASCII marks deleted, white space collapsed. Articles stay.
std::string plain_text(std::string_view answer);

// Of their marks and aliases.
std::string lmms_slake_tables_sha256();
std::string plain_tables_sha256();

}  // namespace llama32med
