#include "llama32med/core/module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "llama32med/core/file_system.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr int kFlags = RTLD_NOW | RTLD_LOCAL;

// Empty where the system does not say.
fs::path program_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

Module open_file(const fs::path& file) {
  Module module{.found = true};
  module.handle = dlopen(file.c_str(), kFlags);
  if (!module.handle) module.problem = loader_error();
  return module;
}

Module open_on_search_path(const std::string& file, const fs::path& program) {
  Module module;
  module.handle = dlopen(file.c_str(), kFlags);
  module.found = module.handle != nullptr;
  if (!module.handle)
    module.problem = fmt::format("{} is not in {}, not in {}, and not on the program's library search path ({})", file,
                                 program.string(), (program / "../lib").lexically_normal().string(), loader_error());
  return module;
}

}  // namespace

std::string loader_error() {
  const char* text = dlerror();
  return text ? text : "unknown error in the dynamic loader";
}

void* Module::symbol(const char* name) const { return handle ? dlsym(handle, name) : nullptr; }

Module open_module(const std::string& name) {
  const auto file = fmt::format("libllama32med_{}.so", name);
  const auto program = program_folder();
  for (const auto& candidate : {program / file, program / "../lib" / file})
    if (!program.empty() && is_there(candidate)) return open_file(candidate);
  return open_on_search_path(file, program);
}

}  // namespace llama32med
