# Language, warnings, sanitizers, and faster builds.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fPIC>)  # explicit: CMake would use -fPIE for programs, and g++ ignores a precompiled header made with -fPIC

add_library(llama32med_warnings INTERFACE)
# designated initializers may leave fields at their defaults
target_compile_options(llama32med_warnings INTERFACE -Wall -Wextra -Wno-missing-field-initializers)

find_program(CCACHE ccache)
if(CCACHE)  # without these settings ccache rejects all sources that use a precompiled header
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime "${CCACHE}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(LLAMA32MED_SANITIZE)
  string(REPLACE ";" "," _sanitize "${LLAMA32MED_SANITIZE}")
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${_sanitize};-fno-omit-frame-pointer;-fno-sanitize-recover=all>")
  # Old tags: dlopen() is called by the sanitizer then, and only DT_RPATH of the program still counts.
  add_link_options(-fsanitize=${_sanitize} -Wl,--disable-new-dtags)
endif()

if(LLAMA32MED_FUZZ)  # libtorch and OpenCV are not instrumented: vptr would miss their type information
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "LLAMA32MED_FUZZ needs clang, whose libFuzzer it uses; this is ${CMAKE_CXX_COMPILER_ID}")
  endif()
  set(_sanitize address,undefined,float-cast-overflow)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=fuzzer-no-link,${_sanitize};-fno-sanitize=vptr;-fno-omit-frame-pointer;-fno-sanitize-recover=all>")
  add_link_options(-fsanitize=${_sanitize} -fno-sanitize=vptr)
endif()
