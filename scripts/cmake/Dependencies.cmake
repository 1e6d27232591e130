# Dependencies of the build, installed by scripts/setup.sh; those of an installed copy are in ThirdParty.cmake.
find_package(Libtorch 2.4 REQUIRED)
message(STATUS "libtorch ${Libtorch_VERSION}, CUDA build: ${Libtorch_CUDA}")
include(ThirdParty)
find_package(CLI11 REQUIRED)
if(LLAMA32MED_TESTS)
  find_package(GTest REQUIRED)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()
