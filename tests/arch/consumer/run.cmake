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

# The README's program gives the same answer as `llama32med generate`.
set(repository "${CMAKE_CURRENT_LIST_DIR}/../../..")
set(model "${repository}/configs/phantom_base")
set(image "${repository}/tests/datasets/path_vqa/images/test/test_0001.png")
set(question "You are an expert radiologist. Answer the following medical question concisely: how many lesions can be seen?")
execute_process(COMMAND "${work}/build/ask" "${model}" "${image}" "${question}"
  OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${work}/installed/bin/llama32med" generate --model "${model}" --image "${image}" --prompt "${question}"
  --max-new-tokens 32 --dtype fp32 --device cpu
  OUTPUT_VARIABLE expected OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(answer STREQUAL "" OR NOT answer STREQUAL expected)
  message(FATAL_ERROR "ask answers \"${answer}\", llama32med generate \"${expected}\"")
endif()
message(STATUS "ask: ${answer}")
