// Uses an installed llama32med and a tensor.
#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <llama32med/core/error.h>
#include <llama32med/core/random.h>
#include <llama32med/core/sha256.h>

#include <cstdio>

int main() {
  llama32med::RandomStream stream(llama32med::fnv1a64("consumer"));
  const bool right = llama32med::sha256("abc").starts_with("ba7816bf") && stream.uniform() < 1.0 &&
                     at::ones({3, 4}).sum().item<double>() == 12.0;
  std::puts(right ? "an installed copy works" : "an installed copy gives wrong results");
  return right ? 0 : 1;
}
