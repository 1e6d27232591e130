# llama32med_floor(<name> SOURCES a.cpp ... [FLOORS core ...] [LIBRARIES x ...] [TENSOR])
#
# A floor is a static library: sources in src/<name>/, public headers in include/llama32med/<name>/. FLOORS are the lower
# floors that its public headers use (scripts/check_layers.py says which are allowed). LIBRARIES are private.
# TENSOR: links libtorch and rejects torch's heavy umbrella headers.
function(llama32med_floor name)
  cmake_parse_arguments(PARSE_ARGV 1 floor "TENSOR" "" "SOURCES;FLOORS;LIBRARIES")
  set(target llama32med_${name})
  list(TRANSFORM floor_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/src/${name}/")
  add_library(${target} STATIC ${floor_SOURCES})
  add_library(llama32med::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} PUBLIC cxx_std_20)  # public headers use it, so users of an installed copy need it
  target_include_directories(${target}
    PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>"
    PRIVATE "${PROJECT_SOURCE_DIR}/src")
  foreach(floor IN LISTS floor_FLOORS)
    target_link_libraries(${target} PUBLIC llama32med::${floor})
  endforeach()
  target_link_libraries(${target} PRIVATE ${floor_LIBRARIES} $<BUILD_INTERFACE:llama32med_warnings>)
  if(floor_TENSOR)
    llama32med_use_tensors(${target} PUBLIC)
    llama32med_precompile(${target} tensor)
  else()
    llama32med_precompile(${target} text)
  endif()
  set_property(GLOBAL APPEND PROPERTY LLAMA32MED_FLOORS ${name})
endfunction()

# llama32med_module(<name> OF <target of a floor> SOURCES ... [LIBRARIES ...])
#
# libllama32med_<name>.so, a part of a floor that the program loads when it first needs it. It is built beside the program and
# installed to lib; include/llama32med/core/module.h knows where it is then found.
function(llama32med_module name)
  cmake_parse_arguments(PARSE_ARGV 1 module "" "OF" "SOURCES;LIBRARIES")
  set(target llama32med_${name})
  add_library(${target} MODULE ${module_SOURCES})
  set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden DEFINE_SYMBOL ""
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
  target_link_libraries(${target} PRIVATE ${module_LIBRARIES})
  add_dependencies(${module_OF} ${target})
  # Programs of other projects find it on their search path.
  target_link_options(${module_OF} INTERFACE "$<INSTALL_INTERFACE:LINKER:-rpath,$<INSTALL_PREFIX>/lib>")
  set_property(GLOBAL APPEND PROPERTY LLAMA32MED_MODULES ${target})
endfunction()

# libtorch and the guards against umbrella headers for one target.
function(llama32med_use_tensors target visibility)
  target_link_libraries(${target} ${visibility} libtorch::cpu)
  target_compile_definitions(${target} ${visibility} AT_PER_OPERATOR_HEADERS PRIVATE TORCH_ASSERT_ONLY_METHOD_OPERATORS)
endfunction()

# llama32med_precompile(<target> <kind>): one precompiled header per kind of source, `text`, `tensor`, `text_test` or
# `tensor_test`. The first target of a kind builds it, all others reuse it; if flags differ, g++ silently ignores it, so
# sources with their own flags skip it.
function(llama32med_precompile target kind)
  if(NOT LLAMA32MED_PCH)
    return()
  endif()
  get_property(owner GLOBAL PROPERTY LLAMA32MED_PCH_OWNER_${kind})
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
    return()
  endif()
  string(REPLACE "_test" "" wing ${kind})
  set(headers <pch_${wing}.h>)  # without the path of this tree, so that ccache shares objects between trees
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/scripts/cmake")
  if(kind MATCHES "_test$")
    list(APPEND headers <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  target_precompile_headers(${target} PRIVATE ${headers})
  set_property(GLOBAL PROPERTY LLAMA32MED_PCH_OWNER_${kind} ${target})
endfunction()

# llama32med_test(<floor> SOURCES a_test.cpp ... [FOLDER <floor>] [FLOORS ...] [LIBRARIES ...] [LABELS fast ...] [TENSOR])
#
# One test binary for tests/<folder>/, one CTest entry. Labels: fast (seconds, the default), slow, live, cuda, e2e, arch, asan.
function(llama32med_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "TENSOR" "FOLDER" "SOURCES;FLOORS;LIBRARIES;LABELS")
  set(target ${name}_test)
  if(NOT test_FOLDER)
    set(test_FOLDER ${name})
  endif()
  list(TRANSFORM test_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/tests/${test_FOLDER}/")
  add_executable(${target} ${test_SOURCES})
  foreach(floor IN LISTS test_FLOORS)
    target_link_libraries(${target} PRIVATE llama32med::${floor})
  endforeach()
  target_link_libraries(${target} PRIVATE ${test_LIBRARIES} llama32med_test_support llama32med_warnings GTest::gmock GTest::gtest_main)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/tests")
  if(test_TENSOR)
    llama32med_use_tensors(${target} PRIVATE)
    llama32med_precompile(${target} tensor_test)
  else()
    llama32med_precompile(${target} text_test)
  endif()
  llama32med_load_order(${target})
  set_target_properties(${target} PROPERTIES BUILD_RPATH "${PROJECT_BINARY_DIR}")  # where our modules are
  add_test(NAME ${name} COMMAND ${target})
  if(NOT test_LABELS)
    set(test_LABELS fast)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${test_LABELS}" SKIP_REGULAR_EXPRESSION "ALL TESTS SKIPPED")
endfunction()
