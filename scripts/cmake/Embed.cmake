# llama32med_embed(<target> NAME <name> FILES a.html b.js ...): text files as a source of <target>, made anew when one changes.
#
# The header embedded/<name>.h declares `std::string_view <name>(std::string_view file)`, which throws std::logic_error for a
# file that is not among them. Run as a script (cmake -P) this file writes the source: no tool but CMake is needed.
if(CMAKE_SCRIPT_MODE_FILE)
  set(entries "")
  foreach(file IN LISTS FILES)
    file(READ "${file}" text)
    get_filename_component(key "${file}" NAME)
    # A string literal may hold 64 KiB everywhere; compilers join neighbours. Cut behind a line, so that no character of
    # UTF-8 is split.
    string(LENGTH "${text}" length)
    set(pieces "")
    set(begin 0)
    while(begin LESS length)
      string(SUBSTRING "${text}" ${begin} 8000 piece)
      string(FIND "${piece}" "\n" last REVERSE)
      math(EXPR count "${last} + 1")
      if(count EQUAL 0)
        message(FATAL_ERROR "${file} has a line of more than 8000 bytes, or no line end at its end")
      endif()
      string(SUBSTRING "${piece}" 0 ${count} piece)
      string(APPEND pieces "R\"embedded(${piece})embedded\"\n")
      math(EXPR begin "${begin} + ${count}")
    endwhile()
    string(APPEND entries "    {\"${key}\", ${pieces}},\n")
  endforeach()
  file(WRITE "${OUT}" "// Made by scripts/cmake/Embed.cmake.
#include \"embedded/${NAME}.h\"

#include <stdexcept>
#include <string>

namespace llama32med {

std::string_view ${NAME}(std::string_view file) {
  static constexpr struct {
    std::string_view name, text;
  } kFiles[] = {
${entries}  };
  for (const auto& [name, text] : kFiles)
    if (name == file) return text;
  throw std::logic_error(std::string(file) + \" is not embedded\");
}

}  // namespace llama32med
")
  return()
endif()

set(LLAMA32MED_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(llama32med_embed target)
  cmake_parse_arguments(PARSE_ARGV 1 embed "" "NAME" "FILES")
  list(TRANSFORM embed_FILES PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/embed")
  file(CONFIGURE OUTPUT "${folder}/embedded/${embed_NAME}.h" CONTENT
"// Made by scripts/cmake/Embed.cmake.
#pragma once
#include <string_view>

namespace llama32med {
std::string_view ${embed_NAME}(std::string_view file);
}
")
  add_custom_command(OUTPUT "${folder}/${embed_NAME}.cpp"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${folder}/${embed_NAME}.cpp" "-DNAME=${embed_NAME}" "-DFILES=${embed_FILES}"
      -P "${LLAMA32MED_EMBED_SCRIPT}"
    DEPENDS ${embed_FILES} "${LLAMA32MED_EMBED_SCRIPT}" VERBATIM)
  target_sources(${target} PRIVATE "${folder}/${embed_NAME}.cpp")
  target_include_directories(${target} PRIVATE "${folder}")
  set_source_files_properties("${folder}/${embed_NAME}.cpp" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
