# valgrind's memcheck over the unit tests (except those that try every day and a million numbers: they only do
# arithmetic, and would take an hour), the fuzzers' corpora, memory that runs out in each place of the extension, and
# the scripts of sql/ in the shell: cmake --build build --target valgrind
# Stops at the first program with an error or a leak.
find_program(VALGRIND valgrind)
if(VALGRIND AND TARGET test_own_memory)
  set(memcheck ${CMAKE_COMMAND} -E env ${STRATA_TEST_ENVIRONMENT}
      ${VALGRIND} -q --leak-check=full --show-leak-kinds=definite,indirect
      --errors-for-leak-kinds=definite,indirect --error-exitcode=1)
  get_property(unit_tests DIRECTORY unit PROPERTY TESTS)
  list(REMOVE_ITEM unit_tests test_decimal test_timestamp)
  set(programs)
  foreach(program ${unit_tests})
    list(APPEND programs COMMAND ${memcheck} $<TARGET_FILE:${program}>)
  endforeach()
  # This program counts leaks itself (SQLite's parser of CREATE TABLE loses 96 bytes in it).
  list(APPEND programs COMMAND ${memcheck} --leak-check=no $<TARGET_FILE:test_own_memory>)
  foreach(target ${fuzz_targets})
    list(APPEND programs
      COMMAND ${memcheck} $<TARGET_FILE:replay_${target}> ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${target})
  endforeach()
  set(scripts ${SQLITE3_SHELL} -bail valgrind.db ".load '$<TARGET_FILE:strata>'" ".read '${PROJECT_SOURCE_DIR}/sql/schema.sql'"
      ".read '${PROJECT_SOURCE_DIR}/sql/sample.sql'" ".param set :path backup.json" ".read '${PROJECT_SOURCE_DIR}/sql/backup.sql'"
      "UPDATE assets SET name = 'Walet' WHERE id = 'a_wallet'" ".read '${PROJECT_SOURCE_DIR}/sql/preview.sql'"
      ".read '${PROJECT_SOURCE_DIR}/sql/restore.sql'")
  add_custom_target(valgrind ${programs}
    COMMAND ${CMAKE_COMMAND} -E rm -rf valgrind
    COMMAND ${CMAKE_COMMAND} -E make_directory valgrind
    COMMAND ${CMAKE_COMMAND} -E chdir valgrind ${memcheck} ${scripts}
    DEPENDS strata USES_TERMINAL VERBATIM)
endif()
