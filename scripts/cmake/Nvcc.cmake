# Finds nvcc: LLAMA32MED_NVCC, a toolkit, or the wheels that scripts/setup.sh installs into .venv where there is no toolkit.
# Before libtorch is looked for, because FindLibtorch.cmake takes headers and runtime from the toolkit that nvcc belongs to.
file(GLOB LLAMA32MED_WHEEL_CUDA "${CMAKE_CURRENT_SOURCE_DIR}/.venv/lib/python3*/site-packages/nvidia/cu13")
find_program(LLAMA32MED_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda ${LLAMA32MED_WHEEL_CUDA} PATH_SUFFIXES bin)
if(LLAMA32MED_NVCC MATCHES "^(.*/nvidia/cu13)/bin/nvcc$" AND NOT CUDAToolkit_ROOT)
  set(CUDAToolkit_ROOT "${CMAKE_MATCH_1}")  # CMake would find a toolkit by itself, but not these
endif()
