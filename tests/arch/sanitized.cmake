# cmake -D source=... -D libtorch=... -P sanitized.cmake: configures, builds and runs the fast tests of preset asan.
set(ENV{LIBTORCH_ROOT} "${libtorch}")
foreach(command IN ITEMS "--preset;asan" "--build;--preset;asan")
  execute_process(COMMAND "${CMAKE_COMMAND}" ${command} WORKING_DIRECTORY "${source}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
execute_process(COMMAND "${CMAKE_CTEST_COMMAND}" --preset asan WORKING_DIRECTORY "${source}" COMMAND_ERROR_IS_FATAL ANY)
