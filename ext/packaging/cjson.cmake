# Where cJSON comes from: from the system's shared library (the default), or, with STRATA_CJSON_SOURCE, from its
# source. That is compiled into the modules, which then need only the C library and run on other machines too. Sets
# CJSON_INCLUDE_DIR and CJSON_LIBRARY.
set(STRATA_CJSON_SOURCE "" CACHE PATH
    "a folder with cJSON.c and cJSON.h (`apt-get source cjson` makes one), to compile cJSON into the modules")

if(STRATA_CJSON_SOURCE)
  foreach(file cJSON.c cJSON.h)
    if(NOT EXISTS ${STRATA_CJSON_SOURCE}/${file})
      message(FATAL_ERROR "STRATA_CJSON_SOURCE: there is no ${file} in '${STRATA_CJSON_SOURCE}': name the folder "
                          "that `apt-get source cjson` has made")
    endif()
  endforeach()
  # The sources of strata include <cjson/cJSON.h>, where the installed library has it.
  configure_file(${STRATA_CJSON_SOURCE}/cJSON.h ${CMAKE_CURRENT_BINARY_DIR}/cjson/include/cjson/cJSON.h COPYONLY)
  set(CJSON_INCLUDE_DIR ${CMAKE_CURRENT_BINARY_DIR}/cjson/include)
  add_library(strata_cjson STATIC EXCLUDE_FROM_ALL ${STRATA_CJSON_SOURCE}/cJSON.c)
  # Rationale for CJSON_HIDE_SYMBOLS: on Windows cJSON.h would export its functions; elsewhere the visibility of
  # this project hides them. A cJSON of the host's, of whatever version, never meets this one.
  target_compile_definitions(strata_cjson PUBLIC CJSON_HIDE_SYMBOLS)
  set(CJSON_LIBRARY strata_cjson)
else()
  find_path(CJSON_INCLUDE_DIR cjson/cJSON.h)
  find_library(CJSON_LIBRARY cjson)
  if(NOT CJSON_INCLUDE_DIR OR NOT CJSON_LIBRARY)
    message(FATAL_ERROR "strata needs the library cJSON (Debian: libcjson-dev), or its source: "
                        "-DSTRATA_CJSON_SOURCE=FOLDER")
  endif()
endif()
