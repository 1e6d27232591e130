# Installs the build, then configures, builds and runs the project in this folder against the installed copy.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
file(REMOVE_RECURSE "${work}")
run("${CMAKE_COMMAND}" --install "${build}" --prefix "${work}/installed")
run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${work}/build" -G "${generator}"
  "-DCMAKE_PREFIX_PATH=${work}/installed" "-DCONSUMER_SANITIZE=${flags}")
run("${CMAKE_COMMAND}" --build "${work}/build")
run("${work}/build/consumer")
