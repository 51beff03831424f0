# A CMake toolchain that compiles for another system with zig's C compiler, which contains the headers and stubs of
# every system: -DCMAKE_TOOLCHAIN_FILE=zig.cmake -DSTRATA_ZIG=/path/to/zig -DSTRATA_TARGET=aarch64-macos.11.0
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES STRATA_ZIG STRATA_TARGET)
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR ${STRATA_TARGET})
if(STRATA_TARGET MATCHES "macos")
  set(CMAKE_SYSTEM_NAME Darwin)
  set(CMAKE_OSX_SYSROOT "")
  set(CMAKE_INSTALL_NAME_TOOL true)
elseif(STRATA_TARGET MATCHES "windows")
  set(CMAKE_SYSTEM_NAME Windows)
else()
  set(CMAKE_SYSTEM_NAME Linux)
  # For ext/os_stat.h; the numbers are _STAT_VER of glibc's <bits/stat.h>.
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
    add_compile_definitions(STRATA_GLIBC_STAT_VERSION=1)
  else()
    add_compile_definitions(STRATA_GLIBC_STAT_VERSION=0)
  endif()
endif()

# CMake needs a compiler that is a single file. Rationale for -bundle: CMake passes it for a module on macOS, but zig
# calls it -shared; dlopen() accepts both. This zig refuses -fPIE when it only compiles; -fPIC does the same.
set(folder ${CMAKE_BINARY_DIR}/zig-${STRATA_TARGET})
foreach(tool cc ar ranlib)
  set(target)
  if(tool STREQUAL cc)
    set(target " -target ${STRATA_TARGET}")
  endif()
  file(WRITE ${folder}/new-${tool} "#!/bin/sh
for word; do
  shift
  case $word in -bundle) word=-shared ;; -fPIE) word=-fPIC ;; esac
  set -- \"$@\" \"$word\"
done
exec '${STRATA_ZIG}' ${tool}${target} \"$@\"
")
  file(COPY ${folder}/new-${tool} DESTINATION ${folder}/bin
       FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  file(RENAME ${folder}/bin/new-${tool} ${folder}/bin/${tool})
endforeach()
set(CMAKE_C_COMPILER ${folder}/bin/cc)
set(CMAKE_AR ${folder}/bin/ar)
set(CMAKE_RANLIB ${folder}/bin/ranlib)
