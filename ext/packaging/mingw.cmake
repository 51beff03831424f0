# A CMake toolchain that makes strata.dll for 64-bit Windows with mingw-w64 (Debian: gcc-mingw-w64-x86-64):
#
#   cmake -S . -B build-windows -DCMAKE_TOOLCHAIN_FILE=ext/packaging/mingw.cmake -DSTRATA_TESTS=OFF \
#     -DSTRATA_CJSON_SOURCE=FOLDER -DSQLite3_INCLUDE_DIR=FOLDER -DSQLite3_LIBRARY=/dev/null
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(STRATA_MINGW x86_64-w64-mingw32 CACHE STRING "the prefix of mingw's tools")
set(CMAKE_C_COMPILER ${STRATA_MINGW}-gcc)
set(CMAKE_RC_COMPILER ${STRATA_MINGW}-windres)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
# Without libgcc's own DLL beside it.
set(CMAKE_MODULE_LINKER_FLAGS_INIT "-static-libgcc -s")
set(CMAKE_EXE_LINKER_FLAGS_INIT -static-libgcc)
