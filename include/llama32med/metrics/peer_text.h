// Normal forms of short answers in other code bases, which score an answer by their equality.
#pragma once
#include <string>
#include <string_view>

namespace llama32med {

// pengfeiliHEU/MUMC @27b544d vqaTools/vqaEval.py:111-122,220-231: lower case, , . ' ! ? " ( ) * # : ; ~ deleted, "x
// ray" and "x-ray" are "xray", " - " is "-". Nothing is trimmed; articles, numbers and hyphens stay.
std::string mumc_text(std::string_view answer);

// EvolvingLMMs-Lab/lmms-eval @75571cfe lmms_eval/tasks/slake/utils.py:117-128,232-243: trimmed, lower case, text in
// parentheses removed, ASCII and Chinese punctuation to spaces, white space collapsed; then the text "x ray" becomes
// "xray", and a yes or no in English or Chinese becomes "yes" or "no".
std::string lmms_slake_text(std::string_view answer);

// Protocol `plain`: lower case, ASCII punctuation deleted, white space collapsed. Articles stay.
std::string plain_text(std::string_view answer);

// Hashes of their punctuation and alias tables.
std::string lmms_slake_tables_sha256();
std::string plain_tables_sha256();

}  // namespace llama32med
