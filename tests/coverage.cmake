# Branch coverage of ext/, in a build of its own:
#   cmake -S . -B build-coverage -DSTRATA_COVERAGE=ON && cmake --build build-coverage --target coverage
#
# Runs the quick tests, except test_module and test_install, which cannot work with gcov. Asserts are compiled out
# (NDEBUG), as in a release; the build with the sanitizers has them. coverage.py wants an explanation of every branch
# that is not reached, in coverage-explained.txt.
if(STRATA_COVERAGE)
  find_program(GCOVR gcovr REQUIRED)
  add_custom_target(coverage
    COMMAND find ${PROJECT_BINARY_DIR} -name "*.gcda" -delete
    COMMAND ${CMAKE_CTEST_COMMAND} --output-on-failure -j 2
    COMMAND ${GCOVR} --root ${PROJECT_SOURCE_DIR} --filter ${PROJECT_SOURCE_DIR}/ext/
            --object-directory ${PROJECT_BINARY_DIR} --json ${PROJECT_BINARY_DIR}/coverage.json ${PROJECT_BINARY_DIR}
    COMMAND ${STRATA_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/coverage.py ${PROJECT_SOURCE_DIR}
            ${PROJECT_BINARY_DIR}/coverage.json
    WORKING_DIRECTORY ${PROJECT_BINARY_DIR} USES_TERMINAL VERBATIM)
endif()
