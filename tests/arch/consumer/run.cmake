# Installs the build outside the repository, so that nothing beside the build is found by accident, and uses the copy: the
# program, its manual and completions, and the project in this folder, which is configured, built and run against it.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
function(expect what)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "IN")
  if(NOT arg_IN MATCHES "${what}")
    message(FATAL_ERROR "expected \"${what}\" in:\n${arg_IN}")
  endif()
endfunction()

file(REMOVE_RECURSE "${work}")
execute_process(COMMAND mktemp -d OUTPUT_VARIABLE outside OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(prefix "${outside}/installed")
run("${CMAKE_COMMAND}" --install "${build}" --prefix "${prefix}")

set(repository "${CMAKE_CURRENT_LIST_DIR}/../../..")
set(program "${prefix}/bin/llama32med")
set(model "${prefix}/share/llama32med/configs/phantom_base")
set(image "${repository}/tests/datasets/path_vqa/images/test/test_0001.png")
get_filename_component(image "${image}" ABSOLUTE)
set(question "You are an expert radiologist. Answer the following medical question concisely: how many lesions can be seen?")

# ---- the program, from another folder ---------------------------------------------------------------------------------------
# ask(<variable> <arguments>): the answer of `llama32med generate`.
function(ask out)
  execute_process(COMMAND "${program}" generate --model "${model}" --image "${image}" ${ARGN}
    --max-new-tokens 32 --dtype fp32 --device cpu WORKING_DIRECTORY "${outside}"
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(answer STREQUAL "")
    message(FATAL_ERROR "the installed program answers nothing to ${ARGN}")
  endif()
  set(${out} "${answer}" PARENT_SCOPE)
endfunction()
ask(expected --prompt "${question}")
ask(answer --prompt-file radiologist_vqa --slot "question=How many lesions can be seen?")
expect("lesion|answer" IN "${answer}")

foreach(file share/man/man1/llama32med.1 share/bash-completion/completions/llama32med share/zsh/site-functions/_llama32med
    share/fish/vendor_completions.d/llama32med.fish)
  file(READ "${prefix}/${file}" text)
  expect("max.?.?new.?.?tokens" IN "${text}")
endforeach()

# A copy without its prompts still answers questions that need none, and says what is missing to the others.
file(RENAME "${prefix}/share/llama32med/prompts" "${outside}/elsewhere")
ask(answer --prompt "${question}")
if(NOT answer STREQUAL expected)
  message(FATAL_ERROR "\"${answer}\" without prompts, \"${expected}\" with them")
endif()
execute_process(COMMAND "${program}" generate --model "${model}" --prompt-file radiologist_vqa WORKING_DIRECTORY "${outside}"
  RESULT_VARIABLE code ERROR_VARIABLE error)
expect("^2$" IN "${code}")
expect("prompts.*installation is incomplete" IN "${error}")
file(RENAME "${outside}/elsewhere" "${prefix}/share/llama32med/prompts")

# ---- the libraries ----------------------------------------------------------------------------------------------------------
# configure(<libtorch that must be used> <options>)
function(configure libtorch)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env --unset=LIBTORCH_ROOT "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}"
    -B "${work}/build" -G "${generator}" "-DCONSUMER_SANITIZE=${flags}" ${ARGN}
    OUTPUT_VARIABLE output COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
  expect("libtorch in ${libtorch}\n" IN "${output}")
endfunction()
# The user's libtorch comes before the one of the build.
run("${CMAKE_COMMAND}" -E make_directory "${outside}/torch/share/cmake/Torch")
foreach(folder lib include)
  file(CREATE_LINK "${libtorch}/${folder}" "${outside}/torch/${folder}" SYMBOLIC)
endforeach()
configure("${outside}/torch" "-DCMAKE_PREFIX_PATH=${prefix}\\;${outside}/torch/share/cmake")
configure("${outside}/torch" "-DCMAKE_PREFIX_PATH=${prefix}" "-DTorch_DIR=${outside}/torch/share/cmake/Torch")
configure("${outside}/torch" "-DCMAKE_PREFIX_PATH=${prefix}" "-DLIBTORCH_ROOT=${outside}/torch" -UTorch_DIR)
configure("${libtorch}" "-DCMAKE_PREFIX_PATH=${prefix}" -ULIBTORCH_ROOT)

run("${CMAKE_COMMAND}" --build "${work}/build")
run("${work}/build/consumer")

# The README's program gives the same answer as `llama32med generate`.
execute_process(COMMAND "${work}/build/ask" "${model}" "${image}" "${question}"
  OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(NOT answer STREQUAL expected)
  message(FATAL_ERROR "ask answers \"${answer}\", llama32med generate \"${expected}\"")
endif()
message(STATUS "ask: ${answer}")
file(REMOVE_RECURSE "${outside}")
