# Whether and how our CUDA kernels are built. LLAMA32MED_CUDA: AUTO (if nvcc and a CUDA build of libtorch are found), ON
# (required), OFF. Sets LLAMA32MED_BUILD_CUDA.
#
# The kernels are a MODULE next to the program, loaded at run time if there is a driver (src/tensor/gpu_backend.cpp), so that
# one program works with and without a GPU. It needs libc10_cuda and the CUDA runtime, no other GPU library.
set(LLAMA32MED_BUILD_CUDA OFF)
if(LLAMA32MED_CUDA)
  if(LLAMA32MED_NVCC AND TARGET libtorch::cuda)
    set(LLAMA32MED_BUILD_CUDA ON)
  elseif(NOT LLAMA32MED_CUDA STREQUAL "AUTO")
    message(FATAL_ERROR "LLAMA32MED_CUDA is ON and needs a CUDA toolkit (nvcc: ${LLAMA32MED_NVCC}) and a CUDA build of libtorch")
  endif()
endif()
message(STATUS "CUDA kernels: ${LLAMA32MED_BUILD_CUDA}")
if(NOT LLAMA32MED_BUILD_CUDA)
  return()
endif()

# A100, A6000, RTX 4090, H100 and H200, B200, RTX 50, and PTX for later GPUs; before CUDA 12.8, nvcc only knows the first
# four. Set before the compiler is probed, whose default may be too old for nvcc.
if(NOT CMAKE_CUDA_ARCHITECTURES)
  execute_process(COMMAND "${LLAMA32MED_NVCC}" --list-gpu-code OUTPUT_VARIABLE _codes ERROR_QUIET)
  if(_codes MATCHES "sm_120")
    set(CMAKE_CUDA_ARCHITECTURES 80-real 86-real 89-real 90-real 100-real 120)
  else()
    set(CMAKE_CUDA_ARCHITECTURES 80-real 86-real 89-real 90)
  endif()
endif()
set(CMAKE_CUDA_COMPILER "${LLAMA32MED_NVCC}" CACHE FILEPATH "")
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake before 3.26 does not know that nvcc supports C++20
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
endif()
set(CMAKE_CUDA_STANDARD 20)

# llama32med_cuda_module(FAMILIES ... OTHERS ...): NAME.cu and NAME.cpp in src/kernels/cuda, and sources without kernels. A .cu does not include libtorch headers
# (86 s instead of 4); tensors are handled in a .cpp file.
function(llama32med_cuda_module)
  cmake_parse_arguments(PARSE_ARGV 0 module "" "" "FAMILIES;OTHERS")
  set(module_SOURCES)
  foreach(family IN LISTS module_FAMILIES)
    list(APPEND module_SOURCES "${PROJECT_SOURCE_DIR}/src/kernels/cuda/${family}.cpp" "${PROJECT_SOURCE_DIR}/src/kernels/cuda/${family}.cu")
  endforeach()
  list(TRANSFORM module_OTHERS PREPEND "${PROJECT_SOURCE_DIR}/src/kernels/cuda/")
  list(APPEND module_SOURCES ${module_OTHERS})
  llama32med_module(cuda OF llama32med_kernels SOURCES ${module_SOURCES} LIBRARIES libtorch::cuda)
  set_target_properties(llama32med_cuda PROPERTIES LINKER_LANGUAGE CXX CUDA_RUNTIME_LIBRARY Shared CUDA_VISIBILITY_PRESET hidden)
  target_compile_definitions(llama32med_cuda PRIVATE AT_PER_OPERATOR_HEADERS)
  target_compile_options(llama32med_cuda PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra>)
endfunction()
