#include "llama32med/image/image_check.h"

#include "decode_checks.h"
#include "image_header.h"
#include "llama32med/core/error.h"

namespace llama32med {

void check_image_header(std::string_view file, const std::string& name, const ImageBudget& budget) {
  if (file.empty()) throw data_error("{}: is empty; fetch it again", name);
  check_header(read_image_header(file), file, name, budget);
}

}  // namespace llama32med
