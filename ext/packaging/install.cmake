# What `cmake --install` and `cpack` do, by component:
#
#   module        the modules, the command `strata` with its manual page, and sql/: for everybody
#   development   libstrata.a, strata.h, pkg-config file and CMake package: for programs that link it
#   archive       the same as `module`, in one folder, as sqlpkg unpacks it: only for the .tar.gz
#
# The Debian package (debian/, deb.sh) is made of `module` too.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(packaging ${CMAKE_CURRENT_LIST_DIR})

# The manual page is made of the command's own help.
set(command ${PROJECT_SOURCE_DIR}/sql/strata)
set(manual_page)
find_program(AWK awk)
if(AWK)
  set(manual_page ${CMAKE_CURRENT_BINARY_DIR}/strata.1)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${command} ${packaging}/manual.awk)
  execute_process(COMMAND ${AWK} -v version=${PROJECT_VERSION} -f ${packaging}/manual.awk ${command}
                  OUTPUT_FILE ${manual_page} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${packaging}/manual.awk failed")
  endif()
endif()

# install_module(MODULES COMMANDS MANUAL SCRIPTS README [EXCLUDE_FROM_ALL]): where each kind of file goes.
function(install_module component modules commands manual texts readme)
  install(TARGETS strata strata_nofs LIBRARY DESTINATION ${modules} COMPONENT ${component} ${ARGN})
  install(PROGRAMS ${command} DESTINATION ${commands} COMPONENT ${component} ${ARGN})
  install(FILES ${manual_page} DESTINATION ${manual} COMPONENT ${component} ${ARGN})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/sql/ DESTINATION ${texts} COMPONENT ${component} USE_SOURCE_PERMISSIONS ${ARGN}
          FILES_MATCHING PATTERN *.sql PATTERN *.sh)
  install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${readme} COMPONENT ${component} OPTIONAL ${ARGN})
  if(STRATA_CJSON_SOURCE) # it is compiled in, and its licence asks for this
    install(FILES ${STRATA_CJSON_SOURCE}/LICENSE DESTINATION ${readme} RENAME cJSON-LICENSE.txt COMPONENT ${component}
            OPTIONAL ${ARGN})
  endif()
endfunction()

# Rationale: /usr/lib, where a Debian package puts it, is where `.load strata` finds it without a path.
install_module(module ${CMAKE_INSTALL_LIBDIR} ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_MANDIR}/man1
               ${CMAKE_INSTALL_DATADIR}/strata ${CMAKE_INSTALL_DOCDIR})
install_module(archive . . . . . EXCLUDE_FROM_ALL)

# Build the static library by default only with the tests, which link it; the module alone builds faster.
option(STRATA_STATIC "build and install the static library too, as is done with the tests" OFF)
if(STRATA_STATIC OR STRATA_TESTS)
  # Write the folders relative to each other, so that the installed tree can be moved.
  set_target_properties(strata_static PROPERTIES EXCLUDE_FROM_ALL OFF OUTPUT_NAME strata)
  file(RELATIVE_PATH STRATA_INCLUDE_FROM_LIB ${CMAKE_INSTALL_FULL_LIBDIR} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
  configure_file(${packaging}/strata.pc.in ${CMAKE_CURRENT_BINARY_DIR}/strata.pc @ONLY)
  configure_file(${packaging}/strata-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/strata-config.cmake @ONLY)
  write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/strata-config-version.cmake
                                   COMPATIBILITY SameMajorVersion)
  install(TARGETS strata_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  # The installed strata.h contains its version.
  file(READ strata.h header)
  math(EXPR number "${PROJECT_VERSION_MAJOR} * 1000000 + ${PROJECT_VERSION_MINOR} * 1000 + ${PROJECT_VERSION_PATCH}")
  string(REPLACE "#define STRATA_H\n" "#define STRATA_H\n\n#define STRATA_VERSION \"${PROJECT_VERSION}\"
#define STRATA_VERSION_NUMBER ${number} /* as SQLITE_VERSION_NUMBER counts */\n" header "${header}")
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/installed/strata.h "${header}")
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/installed/strata.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          COMPONENT development)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/strata.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
          COMPONENT development)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/strata-config.cmake
                ${CMAKE_CURRENT_BINARY_DIR}/strata-config-version.cmake
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/strata COMPONENT development)
endif()

# sqlpkg.json gives the archives' names, with sqlpkg's names for systems and processors.
string(TOLOWER ${CMAKE_SYSTEM_NAME} system)
include(${packaging}/processor.cmake)
set(CPACK_PACKAGE_FILE_NAME strata-${PROJECT_VERSION}-${system}-${processor})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_VENDOR "the authors of strata")
set(CPACK_PACKAGE_CONTACT "the authors of strata <strata@localhost>")
if(NOT CMAKE_CROSSCOMPILING) # this machine's strip does not know the other's files
  set(CPACK_STRIP_FILES ON)
endif()
set(CPACK_GENERATOR TGZ)
set(CPACK_PROJECT_CONFIG_FILE ${packaging}/cpack.cmake)
include(CPack)
