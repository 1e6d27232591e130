# llama32med_embed(<target> HEADER <floor>/<name>.h FILES a.html b.js ...): embeds text files in a library.
#
# The header declares `std::string_view <name>(std::string_view file)` in namespace llama32med; its source is generated here
# again whenever a file changes. Run as a script (cmake -P) this file writes that source, so only CMake is needed.
if(CMAKE_SCRIPT_MODE_FILE)
  get_filename_component(name "${HEADER}" NAME_WE)
  set(entries "")
  foreach(file IN LISTS FILES)
    file(READ "${file}" text)
    get_filename_component(key "${file}" NAME)
    # Compilers limit string literals to 64 KiB but join adjacent ones. Cut after a line, so that no UTF-8 character is
    # split.
    string(LENGTH "${text}" length)
    set(pieces "")
    set(begin 0)
    while(begin LESS length)
      string(SUBSTRING "${text}" ${begin} 8000 piece)
      string(FIND "${piece}" "\n" last REVERSE)
      math(EXPR count "${last} + 1")
      if(count EQUAL 0)
        message(FATAL_ERROR "${file} has a line longer than 8000 bytes, or no newline at its end")
      endif()
      string(SUBSTRING "${piece}" 0 ${count} piece)
      string(APPEND pieces "R\"embedded(${piece})embedded\"\n")
      math(EXPR begin "${begin} + ${count}")
    endwhile()
    string(APPEND entries "    {\"${key}\", ${pieces}},\n")
  endforeach()
  file(WRITE "${OUT}" "// Made by scripts/cmake/Embed.cmake.
#include \"${HEADER}\"

#include <stdexcept>
#include <string>

namespace llama32med {

std::string_view ${name}(std::string_view file) {
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
  cmake_parse_arguments(PARSE_ARGV 1 embed "" "HEADER" "FILES")
  list(TRANSFORM embed_FILES PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  get_filename_component(name "${embed_HEADER}" NAME_WE)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  add_custom_command(OUTPUT "${source}"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${source}" "-DHEADER=${embed_HEADER}" "-DFILES=${embed_FILES}"
      -P "${LLAMA32MED_EMBED_SCRIPT}"
    DEPENDS ${embed_FILES} "${LLAMA32MED_EMBED_SCRIPT}" VERBATIM)
  target_sources(${target} PRIVATE "${source}")
  set_source_files_properties("${source}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
