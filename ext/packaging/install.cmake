# What `cmake --install` and `cpack` do, by component:
#
#   module        strata.so and the SQL files: for everybody who loads the extension
#   development   libstrata.a, strata.h, pkg-config file and CMake package: for programs that link it
#   archive       the module and the SQL files, flat, as sqlpkg unpacks them: for the .tar.gz only
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(packaging ${CMAKE_CURRENT_LIST_DIR})
set(texts ${PROJECT_SOURCE_DIR}/sql/schema.sql ${PROJECT_SOURCE_DIR}/sql/sample.sql)

# Rationale: /usr/lib, where a Debian package puts it, is where `.load strata` finds it without a path.
install(TARGETS strata strata_nofs LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT module)
install(FILES ${texts} DESTINATION ${CMAKE_INSTALL_DATADIR}/strata COMPONENT module)
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT module OPTIONAL)

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

install(TARGETS strata strata_nofs LIBRARY DESTINATION . COMPONENT archive EXCLUDE_FROM_ALL)
install(FILES ${texts} DESTINATION . COMPONENT archive EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION . COMPONENT archive OPTIONAL EXCLUDE_FROM_ALL)

# sqlpkg.json names the archives, in sqlpkg's words for systems and processors.
string(TOLOWER ${CMAKE_SYSTEM_NAME} system)
string(TOLOWER ${CMAKE_SYSTEM_PROCESSOR} processor)
string(REPLACE x86_64 amd64 processor ${processor})
string(REPLACE aarch64 arm64 processor ${processor})
set(CPACK_PACKAGE_FILE_NAME strata-${PROJECT_VERSION}-${system}-${processor})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_VENDOR "the authors of strata")
set(CPACK_PACKAGE_CONTACT "the authors of strata <strata@localhost>")
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR TGZ)
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
if(DPKG_SHLIBDEPS)
  list(APPEND CPACK_GENERATOR DEB)
endif()
set(CPACK_PROJECT_CONFIG_FILE ${packaging}/cpack.cmake)
include(CPack)
