#include "image/codecs/codecs.h"

#include "llama32med/core/error.h"
#include "llama32med/core/module.h"

namespace llama32med {
namespace {

const Codecs& load() {
  const auto module = open_module("codecs");
  if (!module.found)
    throw resource_error("images cannot be decoded: {}; the installation is incomplete, install it again",
                         module.problem);
  if (!module.handle)
    throw resource_error("images cannot be decoded: {}; install the libraries of the program (OpenCV's imgcodecs)",
                         module.problem);
  const auto* found = static_cast<const Codecs*>(module.symbol(kCodecsSymbol));
  if (!found)
    throw resource_error(
        "images cannot be decoded: libllama32med_codecs.so belongs to another version (it lacks {}); install the "
        "program again",
        kCodecsSymbol);
  return *found;
}

}  // namespace

const Codecs& codecs() {
  static const Codecs& loaded = load();
  return loaded;
}

}  // namespace llama32med
