// silu(gate) * up and its gradient for one element, for the kernels over two tensors and over [gate | up]. Rounded
// where the expression rounds.
#pragma once
#include "kernels/cuda/device.cuh"

namespace llama32med::kernels {

template <class T>
__device__ T silu(float gate) {
  return static_cast<T>(gate / (1.0f + expf(-gate)));
}

template <class T>
__device__ T silu_product(float gate, float up) {
  return static_cast<T>(static_cast<float>(silu<T>(gate)) * up);
}

template <class T>
struct SiluGradients {
  T of_gate, of_up;
};

// With s = 1 / (1 + exp(-gate)):
//   of_up = gradient silu(gate)        of_gate = cast(gradient up) s (1 + gate (1 - s))
template <class T>
__device__ SiluGradients<T> silu_gradients(float gradient, float gate, float up) {
  const T inner = static_cast<T>(gradient * up);
  const float share = 1.0f / (1.0f + expf(-gate));
  return {static_cast<T>(static_cast<float>(inner) * share * (1.0f + gate * (1.0f - share))),
          static_cast<T>(gradient * static_cast<float>(silu<T>(gate)))};
}

}  // namespace llama32med::kernels
