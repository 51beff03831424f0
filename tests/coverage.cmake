# Branch coverage of ext/, in a build of its own:
#   cmake -S . -B build-coverage -DSTRATA_COVERAGE=ON && cmake --build build-coverage --target coverage
if(STRATA_COVERAGE)
  find_program(GCOVR gcovr REQUIRED)
  add_custom_target(coverage
    COMMAND ${CMAKE_CTEST_COMMAND} --output-on-failure -j 2
    COMMAND ${GCOVR} --root ${PROJECT_SOURCE_DIR} --filter ${PROJECT_SOURCE_DIR}/ext/ --exclude-throw-branches
            --branches --object-directory ${PROJECT_BINARY_DIR}
    COMMAND ${GCOVR} --root ${PROJECT_SOURCE_DIR} --filter ${PROJECT_SOURCE_DIR}/ext/
            --object-directory ${PROJECT_BINARY_DIR}
    USES_TERMINAL)
endif()
