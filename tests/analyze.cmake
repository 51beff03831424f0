# Static analysis of ext/: cmake --build build --target analyze
# clang-tidy with the checks of .clang-tidy, and gcc's -fanalyzer. Both must be silent.
find_program(CLANG_TIDY clang-tidy)
find_program(GCC gcc)
get_target_property(includes strata_static INTERFACE_INCLUDE_DIRECTORIES)
file(GLOB analyzed ${PROJECT_SOURCE_DIR}/ext/*.c)
if(NOT WIN32) # no <windows.h>
  list(FILTER analyzed EXCLUDE REGEX "_windows\\.c$")
endif()
add_custom_target(analyze)
if(CLANG_TIDY)
  add_custom_target(analyze_tidy COMMAND ${CLANG_TIDY} --quiet --warnings-as-errors=* -p ${PROJECT_BINARY_DIR} ${analyzed})
  add_dependencies(analyze analyze_tidy)
endif()
if(GCC)
  add_custom_target(analyze_gcc COMMAND ${GCC} -std=c11 -O2 -fanalyzer -Werror -Wall -Wextra -DSTRATA_VERSION="x"
    -fsyntax-only -I${PROJECT_SOURCE_DIR}/ext ${analyzed} VERBATIM)
  add_dependencies(analyze analyze_gcc)
endif()
