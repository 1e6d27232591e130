# Third-party libraries as targets. Everything here is installed by scripts/setup.sh.
find_package(Libtorch 2.4 REQUIRED)
message(STATUS "libtorch ${Libtorch_VERSION}, CUDA build: ${Libtorch_CUDA}")
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)

# Debian's OpenCVConfig.cmake comes only with libopencv-dev (148 more packages); the three -dev packages we need have none.
find_package(OpenCV QUIET COMPONENTS core imgproc imgcodecs)
if(NOT OpenCV_FOUND)
  find_path(OpenCV_INCLUDE_DIRS opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
  foreach(_part core imgproc imgcodecs)
    find_library(OPENCV_${_part} opencv_${_part} REQUIRED)
    add_library(opencv_${_part} UNKNOWN IMPORTED)
    set_target_properties(opencv_${_part} PROPERTIES IMPORTED_LOCATION "${OPENCV_${_part}}"
      INTERFACE_INCLUDE_DIRECTORIES "${OpenCV_INCLUDE_DIRS}" INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${OpenCV_INCLUDE_DIRS}")
  endforeach()
endif()

# sentencepiece and PCRE2 ship no CMake package.
find_path(SENTENCEPIECE_INCLUDE sentencepiece_processor.h REQUIRED)
find_library(SENTENCEPIECE_LIBRARY sentencepiece REQUIRED)
find_library(SENTENCEPIECE_TRAIN_LIBRARY sentencepiece_train REQUIRED)
add_library(llama32med_sentencepiece INTERFACE)
target_include_directories(llama32med_sentencepiece SYSTEM INTERFACE "${SENTENCEPIECE_INCLUDE}")
target_link_libraries(llama32med_sentencepiece INTERFACE "${SENTENCEPIECE_TRAIN_LIBRARY}" "${SENTENCEPIECE_LIBRARY}")

find_path(PCRE2_INCLUDE pcre2.h REQUIRED)
find_library(PCRE2_LIBRARY pcre2-8 REQUIRED)
add_library(llama32med_pcre2 INTERFACE)
target_include_directories(llama32med_pcre2 SYSTEM INTERFACE "${PCRE2_INCLUDE}")
target_link_libraries(llama32med_pcre2 INTERFACE "${PCRE2_LIBRARY}")

if(LLAMA32MED_TESTS)
  find_package(GTest REQUIRED)
endif()
