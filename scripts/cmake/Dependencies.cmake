# Dependencies of the build, installed by scripts/setup.sh; those of an installed copy are in ThirdParty.cmake.
find_package(Libtorch 2.4 REQUIRED)
message(STATUS "libtorch ${Libtorch_VERSION}, CUDA build: ${Libtorch_CUDA}")
include(ThirdParty)
find_package(CLI11 REQUIRED)

# Only the codecs module links OpenCV. Debian's OpenCVConfig.cmake is only in libopencv-dev (148 more packages), not in the three -dev packages we need.
find_package(OpenCV QUIET COMPONENTS core imgproc imgcodecs)
if(NOT OpenCV_FOUND)
  find_path(OpenCV_INCLUDE_DIRS opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
  foreach(_part core imgproc imgcodecs)
    find_library(OPENCV_${_part} opencv_${_part} REQUIRED)
    if(NOT TARGET opencv_${_part})
      add_library(opencv_${_part} UNKNOWN IMPORTED)
      set_target_properties(opencv_${_part} PROPERTIES IMPORTED_LOCATION "${OPENCV_${_part}}"
        INTERFACE_INCLUDE_DIRECTORIES "${OpenCV_INCLUDE_DIRS}" INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${OpenCV_INCLUDE_DIRS}")
    endif()
  endforeach()
endif()

if(LLAMA32MED_TESTS)
  find_package(GTest REQUIRED)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()
