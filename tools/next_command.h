// Commands for a user to copy, which run as they are printed: the program as it was called, words quoted for a shell.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

std::string command_text(const std::vector<std::string>& words);

// A command line without these options and their values ("--stage 1", "--stage=1"). Options in `flags` have no value.
std::vector<std::string> without_options(const std::vector<std::string>& words,
                                         std::initializer_list<std::string_view> options,
                                         std::initializer_list<std::string_view> flags);

}  // namespace llama32med
