#include "wait_policy.h"

#include <limits.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iterator>

namespace llama32med {
namespace {

constexpr const char* kPolicy = "OMP_WAIT_POLICY";
constexpr const char* kMark = "LLAMA32MED_ADDED_WAIT_POLICY";
constexpr const char* kAdded[] = {"OMP_WAIT_POLICY=passive", "LLAMA32MED_ADDED_WAIT_POLICY=1"};
// The user has chosen how threads wait (GNU's and LLVM's OpenMP), or this is the second start.
constexpr const char* kChosen[] = {kPolicy, "GOMP_SPINCOUNT", "KMP_BLOCKTIME", kMark};

bool defines(const char* entry, const char* name) {
  const auto length = std::strlen(name);
  return std::strncmp(entry, name, length) == 0 && entry[length] == '=';
}

bool is_chosen(char** environment) {
  for (; *environment; ++environment)
    for (const auto* name : kChosen)
      if (defines(*environment, name)) return true;
  return false;
}

// Runs before the constructors of all libraries, that of libc included: no allocation, no getenv(). If the start
// fails, the program continues without the policy.
extern "C" void start_with_wait_policy(int /*count*/, char** arguments, char** environment) {
  if (is_chosen(environment)) return;
  if (::getauxval(AT_BASE) == 0) return;  // run as an argument of ld.so, so /proc/self/exe is not this program
  char program[PATH_MAX];                 // a link to /proc/self/exe would show up as "exe" in lists of processes
  const auto length = ::readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0) return;
  program[length] = '\0';
  std::size_t count = 0;
  while (environment[count]) ++count;
  constexpr auto kMore = std::size(kAdded);
  auto** extended = static_cast<const char**>(alloca((count + kMore + 1) * sizeof(char*)));
  std::memcpy(extended, kAdded, sizeof kAdded);
  std::memcpy(extended + kMore, environment, (count + 1) * sizeof(char*));
  ::execve(program, arguments, const_cast<char**>(extended));
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const before_libraries)(int, char**,
                                                                             char**) = start_with_wait_policy;

}  // namespace

void restore_environment() {
  if (!std::getenv(kMark)) return;
  ::unsetenv(kMark);
  ::unsetenv(kPolicy);
}

}  // namespace llama32med
