# What this build needs. Everything here is installed by scripts/setup.sh; what an installed copy needs too is in ThirdParty.cmake.
find_package(Libtorch 2.4 REQUIRED)
message(STATUS "libtorch ${Libtorch_VERSION}, CUDA build: ${Libtorch_CUDA}")
include(ThirdParty)
find_package(CLI11 REQUIRED)
if(LLAMA32MED_TESTS)
  find_package(GTest REQUIRED)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()
