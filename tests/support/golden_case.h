// Reads the cases of tests/golden/tiny: inputs in Hugging Face's layout with the reference's results.
#pragma once
#include <string>

#include "llama32med/batch/hf_inputs.h"
#include "llama32med/weights/safetensors.h"
#include "support/test_data.h"

namespace llama32med::test {

// NAME.safetensors of the tiny checkpoint's goldens.
class Golden {
 public:
  explicit Golden(const std::string& name);
  at::Tensor operator[](const std::string& key) const { return file_.tensor(key); }
  bool has(const std::string& key) const { return file_.has(key); }
  std::vector<std::string> names() const { return file_.names(); }

 private:
  SafetensorsFile file_;
};

// The inputs of a case ("text_before_image") with its pixels, which vision.safetensors stores by number of tiles.
HfInputs case_inputs(const Golden& golden, const std::string& name);

// The value at values.<name>.<key> of NAME.json.
double golden_number(const std::string& file, const std::string& name, const std::string& key);

}  // namespace llama32med::test
