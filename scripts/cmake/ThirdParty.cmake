# Third-party libraries as targets, used by this build and by an installed copy (llama32medConfig.cmake). All are imported
# targets, so that our exports refer to them by name.
#
# LLAMA32MED_PORTABLE: no shared libraries except libtorch, for copying the program to another machine (scripts/offline_bundle.sh
# builds the static libraries and passes CMAKE_PREFIX_PATH). fmt and spdlog are compiled in; libcurl is left out, and with it
# `judge run`.
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
set(LLAMA32MED_SPDLOG spdlog::spdlog)
set(LLAMA32MED_CURL)
if(NOT LLAMA32MED_PORTABLE)
  find_package(CURL 7.85 REQUIRED)  # CURLOPT_PROTOCOLS_STR
  set(LLAMA32MED_CURL CURL::libcurl)
endif()
if(LLAMA32MED_PORTABLE)
  set(LLAMA32MED_SPDLOG spdlog::spdlog_header_only)
  add_compile_definitions(FMT_HEADER_ONLY)
  add_link_options(LINKER:--as-needed)  # fmt::fmt stays in the lists but is no longer needed
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
endif()

# sentencepiece and PCRE2 have no CMake package.
find_path(SENTENCEPIECE_INCLUDE sentencepiece_processor.h REQUIRED)
find_library(SENTENCEPIECE_LIBRARY sentencepiece REQUIRED)
find_library(SENTENCEPIECE_TRAIN_LIBRARY sentencepiece_train REQUIRED)
find_path(PCRE2_INCLUDE pcre2.h REQUIRED)
find_library(PCRE2_LIBRARY pcre2-8 REQUIRED)
if(NOT TARGET llama32med_sentencepiece)
  add_library(llama32med_sentencepiece INTERFACE IMPORTED)
  target_include_directories(llama32med_sentencepiece SYSTEM INTERFACE "${SENTENCEPIECE_INCLUDE}")
  target_link_libraries(llama32med_sentencepiece INTERFACE "${SENTENCEPIECE_TRAIN_LIBRARY}" "${SENTENCEPIECE_LIBRARY}")
  add_library(llama32med_pcre2 INTERFACE IMPORTED)
  target_include_directories(llama32med_pcre2 SYSTEM INTERFACE "${PCRE2_INCLUDE}")
  target_link_libraries(llama32med_pcre2 INTERFACE "${PCRE2_LIBRARY}")
endif()

# The load order matters, and nothing else would detect a wrong one (tests/arch/process_test.cpp): libsentencepiece must be
# loaded before libc10, since both export FLAGS_minloglevel, with 32 bytes in one and 4 in the other, and the first one is used
# by both. Every program that links our libraries calls this once.
function(llama32med_load_order target)
  if(SENTENCEPIECE_LIBRARY MATCHES "\\.so$")
    target_link_options(${target} BEFORE PRIVATE
      "LINKER:--push-state,--no-as-needed" "${SENTENCEPIECE_LIBRARY}" "LINKER:--pop-state")
  endif()
endfunction()
