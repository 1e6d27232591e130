// Modules: parts of the program in a shared library of their own, loaded when they are first needed, because they bring
// many libraries along or are not there on every machine (libllama32med_codecs.so, libllama32med_cuda.so).
//
// The only place that knows where they are: in the program's folder, in ../lib from there (an installed copy), or on
// the program's library search path, which the build gives to tests, and find_package(llama32med) to other programs.
#pragma once
#include <string>

namespace llama32med {

struct Module {
  void* handle = nullptr;  // null: it could not be loaded
  std::string problem;     // then where it was looked for, or what the dynamic loader says about the file
  bool found = false;      // there is such a file

  void* symbol(const char* name) const;  // null if there is none
};

// "codecs": libllama32med_codecs.so. A module that was loaded stays loaded.
Module open_module(const std::string& name);

std::string loader_error();  // what the dynamic loader says about the dlopen that failed last

}  // namespace llama32med
