# shellcheck shell=bash disable=SC2154
# The part of setup.sh about GPUs: whether there is one, whether libtorch's GPU library will load, and a compiler for our kernels.

# An NVIDIA driver is installed. Containers may have its library without the kernel's files, or the reverse.
has_driver() {
  python3 -c 'import ctypes; ctypes.CDLL("libcuda.so.1")' 2>/dev/null || nvidia-smi -L >/dev/null 2>&1 || [[ -e /proc/driver/nvidia/version ]]
}

# choose_gpu auto|yes|no: prints yes or no.
choose_gpu() {
  if [[ $1 != auto ]]; then
    echo "$1"
  elif [[ ${LLAMA32MED_NO_GPU:-0} == 0 ]] && has_driver; then
    echo yes
  else
    echo no
  fi
}

# The libraries that libtorch's GPU library in FOLDER/lib needs and the loader does not find.
missing_gpu_libraries() { ldd "$1/lib/libtorch_cuda.so" 2>/dev/null | awk '/=> not found/ {print $1}' | sort -u | xargs; }

# gpu_problem FOLDER: prints why this libtorch cannot compute on a GPU; nothing if it can.
gpu_problem() {
  local missing
  if [[ ! -e $1/lib/libtorch_cuda.so ]]; then
    echo "it is a CPU build"
    return
  fi
  missing=$(missing_gpu_libraries "$1")
  if [[ -n $missing ]]; then echo "its GPU library needs $missing, which the loader does not find"; fi
}

# wheel_cuda: the folder into which the wheels of CUDA 13 install their files.
wheel_cuda() { compgen -G "$venv/lib/python3*/site-packages/nvidia/cu13" | head -n 1; }

has_nvcc() {
  local nvcc
  for nvcc in "${CUDA_HOME:-}/bin/nvcc" "${CUDA_PATH:-}/bin/nvcc" /usr/local/cuda/bin/nvcc; do
    if [[ -x $nvcc ]]; then return; fi
  done
  command -v nvcc >/dev/null
}

# setup_nvcc FOLDER: nvcc from wheels, for our kernels beside this libtorch. Never an error: without it libtorch's kernels are used.
setup_nvcc() {
  local stamp="$venv/.nvcc" folder
  if has_nvcc; then return; fi
  if ! ldd "$1/lib/libc10_cuda.so" 2>/dev/null | grep -q libcudart.so.13; then
    say "nvcc: not found, and the wheels are for CUDA 13, which this libtorch does not use; libtorch's kernels will be used instead of our own"
    return
  fi
  if [[ "$(cat "$stamp" 2>/dev/null)" == "${nvcc_wheels[*]}" ]]; then
    say "nvcc: from .venv"
    return
  fi
  make_venv
  say "nvcc: installing ${nvcc_wheels[*]} into .venv (70 MB to download, once)"
  if ! pip_install --no-deps "${nvcc_wheels[@]}"; then
    say "nvcc: pip could not install it; libtorch's kernels will be used instead of our own"
    return
  fi
  # CMake looks for libraries in lib64, and the linker for names without a version
  folder=$(wheel_cuda)
  ln -sfn lib "$folder/lib64"
  ln -sf libcudart.so.13 "$folder/lib/libcudart.so"
  echo "${nvcc_wheels[*]}" >"$stamp"
}
