# What `cmake --install` and `cpack` do, by component:
#
#   module        the modules, the command `strata` with its manual page, and sql/: for everybody
#   development   libstrata.a, strata.h, pkg-config file and CMake package: for programs that link it
#   archive       what `module` has, flat, as sqlpkg unpacks it: for the .tar.gz only
#
# The Debian package (debian/, deb.sh) is made of `module` too.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(packaging ${CMAKE_CURRENT_LIST_DIR})
set(command ${PROJECT_SOURCE_DIR}/sql/strata)
file(GLOB scripts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sql/*.sql ${PROJECT_SOURCE_DIR}/sql/*.sh)
set(shell_scripts ${scripts})
list(FILTER shell_scripts INCLUDE REGEX "[.]sh$")
list(FILTER scripts EXCLUDE REGEX "[.]sh$")
# What the command reads, and nobody runs.
list(FILTER shell_scripts EXCLUDE REGEX "/command[.]sh$")
list(APPEND scripts ${PROJECT_SOURCE_DIR}/sql/command.sh)

# install_module(MODULES COMMANDS MANUAL SCRIPTS README [EXCLUDE_FROM_ALL]): where each kind of file goes.
function(install_module component modules commands manual texts readme)
  install(TARGETS strata strata_nofs LIBRARY DESTINATION ${modules} COMPONENT ${component} ${ARGN})
  install(PROGRAMS ${command} DESTINATION ${commands} COMPONENT ${component} OPTIONAL ${ARGN})
  install(FILES ${packaging}/strata.1 DESTINATION ${manual} COMPONENT ${component} ${ARGN})
  install(FILES ${scripts} DESTINATION ${texts} COMPONENT ${component} ${ARGN})
  install(PROGRAMS ${shell_scripts} DESTINATION ${texts} COMPONENT ${component} ${ARGN})
  install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${readme} COMPONENT ${component} OPTIONAL ${ARGN})
endfunction()

# Rationale: /usr/lib, where a Debian package puts it, is where `.load strata` finds it without a path.
install_module(module ${CMAKE_INSTALL_LIBDIR} ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_MANDIR}/man1
               ${CMAKE_INSTALL_DATADIR}/strata ${CMAKE_INSTALL_DOCDIR})
install_module(archive . . . . . EXCLUDE_FROM_ALL)

# The tests link the static library anyway; who only loads the module need not wait for it.
option(STRATA_STATIC "build and install the static library too, as is done with the tests" OFF)
if(STRATA_STATIC OR STRATA_TESTS)
  # The folders are written relative to each other, so that the installed tree can be moved.
  set_target_properties(strata_static PROPERTIES EXCLUDE_FROM_ALL OFF OUTPUT_NAME strata)
  file(RELATIVE_PATH STRATA_INCLUDE_FROM_LIB ${CMAKE_INSTALL_FULL_LIBDIR} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
  configure_file(${packaging}/strata.pc.in ${CMAKE_CURRENT_BINARY_DIR}/strata.pc @ONLY)
  configure_file(${packaging}/strata-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/strata-config.cmake @ONLY)
  write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/strata-config-version.cmake
                                   COMPATIBILITY SameMajorVersion)
  install(TARGETS strata_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  install(FILES strata.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/strata.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
          COMPONENT development)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/strata-config.cmake
                ${CMAKE_CURRENT_BINARY_DIR}/strata-config-version.cmake
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/strata COMPONENT development)
endif()

# sqlpkg.json names the archives, in sqlpkg's words for systems and processors.
string(TOLOWER ${CMAKE_SYSTEM_NAME} system)
include(${packaging}/processor.cmake)
set(CPACK_PACKAGE_FILE_NAME strata-${PROJECT_VERSION}-${system}-${processor})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_VENDOR "the authors of strata")
set(CPACK_PACKAGE_CONTACT "the authors of strata <strata@localhost>")
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR TGZ)
set(CPACK_PROJECT_CONFIG_FILE ${packaging}/cpack.cmake)
include(CPack)
