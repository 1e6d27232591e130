# cmake --install build/release --prefix P installs the program with its prompts, configs, manual page and shell completion, the
# libraries of all floors, public headers, and a CMake package:
#
#   find_package(llama32med REQUIRED)                                # -DCMAKE_PREFIX_PATH=P
#   target_link_libraries(mine PRIVATE llama32med::core llama32med::text)
#   llama32med_load_order(mine)                                      # for programs; see scripts/cmake/ThirdParty.cmake
include(CMakePackageConfigHelpers)

# llama32med_install_printed(<file> <arguments>): installs what the program prints. It runs during the installation only.
function(llama32med_install_printed file)
  get_filename_component(folder "${file}" DIRECTORY)
  install(CODE "
    file(MAKE_DIRECTORY \"${PROJECT_BINARY_DIR}/${folder}\")
    set(arguments ${ARGN})
    execute_process(COMMAND \"$<TARGET_FILE:llama32med>\" \${arguments} OUTPUT_FILE \"${PROJECT_BINARY_DIR}/${file}\"
      COMMAND_ERROR_IS_FATAL ANY)")
  install(FILES "${PROJECT_BINARY_DIR}/${file}" DESTINATION "${folder}")
endfunction()

set(_package "${CMAKE_INSTALL_LIBDIR}/cmake/llama32med")

get_property(_floors GLOBAL PROPERTY LLAMA32MED_FLOORS)
list(TRANSFORM _floors PREPEND llama32med_ OUTPUT_VARIABLE _targets)
install(TARGETS ${_targets} EXPORT llama32medTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" OBJECTS DESTINATION "${CMAKE_INSTALL_LIBDIR}/llama32med")
install(EXPORT llama32medTargets NAMESPACE llama32med:: DESTINATION "${_package}")
install(DIRECTORY include/llama32med DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
if(TARGET llama32med)
  install(TARGETS llama32med RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(DIRECTORY prompts configs DESTINATION share/llama32med)  # found by shipped() in src/app/common/load.cpp as ../share
  llama32med_install_printed(share/man/man1/llama32med.1 man)
  llama32med_install_printed(share/bash-completion/completions/llama32med completion bash)
  llama32med_install_printed(share/zsh/site-functions/_llama32med completion zsh)
  llama32med_install_printed(share/fish/vendor_completions.d/llama32med.fish completion fish)
endif()
get_property(_modules GLOBAL PROPERTY LLAMA32MED_MODULES)
install(TARGETS ${_modules} LIBRARY DESTINATION lib)  # searched by src/core/module.cpp as ../lib

configure_package_config_file(scripts/cmake/llama32medConfig.cmake.in "${PROJECT_BINARY_DIR}/llama32medConfig.cmake"
  INSTALL_DESTINATION "${_package}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/llama32medConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/llama32medConfig.cmake" "${PROJECT_BINARY_DIR}/llama32medConfigVersion.cmake"
  scripts/cmake/FindLibtorch.cmake scripts/cmake/ThirdParty.cmake DESTINATION "${_package}")
