# SPDX-License-Identifier: MIT
#
# The library targets. Two OBJECT libraries enforce the border between the layers with their
# include paths: core sees the public headers, ring never does. From their objects come
#   ws2ring           libws2ring.so, exports ws2_* only               (alias ws2ring::ws2ring)
#   ws2ring_static    libws2ring.a, everything but ws2_* made local   (alias ws2ring::static)
#   ws2ring_windows   ws2ring, with the compile flags of windows_flags.cmake  (ws2ring::windows)
#   ws2ring_internal  every symbol visible, for the unit tests; never installed
# WS2RING_HAVE_LIBRARY is FALSE while there are no sources; tests then skip what needs them.

file(GLOB WS2RING_CORE_SOURCES CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/core/api/*.c" "${PROJECT_SOURCE_DIR}/core/verb/*.c"
    "${PROJECT_SOURCE_DIR}/core/object/*.c" "${PROJECT_SOURCE_DIR}/core/base/*.c")
file(GLOB WS2RING_RING_SOURCES CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/ring/engine/*.c" "${PROJECT_SOURCE_DIR}/ring/host/*.c")

set(WS2RING_HAVE_LIBRARY FALSE)
if(NOT WS2RING_CORE_SOURCES AND NOT WS2RING_RING_SOURCES)
    message(STATUS "ws2ring: no sources in core/ or ring/ yet, building without the library")
    return()
endif()
set(WS2RING_HAVE_LIBRARY TRUE)

include(error_names)

# Compiles one layer group. The tests compile all a second time, with other handles.
function(ws2ring_add_layer name index_bits)
    add_library(${name} OBJECT ${ARGN})
    set_target_properties(${name} PROPERTIES
        POSITION_INDEPENDENT_CODE ON
        C_VISIBILITY_PRESET hidden)
    # initial-exec: what a thread has of its own is a few bytes here, and no call finds them.
    target_compile_options(${name} PRIVATE -fno-semantic-interposition -ftls-model=initial-exec)
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
    # Empty, not 1, so that a file's own `#define _GNU_SOURCE` is the same definition.
    target_compile_definitions(${name} PRIVATE
        _GNU_SOURCE=
        WS2RING_EXACT_PROTOTYPES= # include/ws2ring/long_args.h
        WS2RING_VERSION="${PROJECT_VERSION}"
        WS2RING_HANDLE_INDEX_BITS=${index_bits}
        $<$<BOOL:${WS2RING_JEMALLOC}>:WS2RING_JEMALLOC=1>)
    target_link_libraries(${name} PRIVATE ws2ring_flags ${WS2RING_LINK_LIBS})
endfunction()

# Core and ring for one number of index bits; sets `objects` to their object files.
function(ws2ring_add_layers prefix index_bits objects)
    set(files "")
    if(WS2RING_CORE_SOURCES)
        ws2ring_add_layer(${prefix}core ${index_bits} ${WS2RING_CORE_SOURCES})
        target_include_directories(${prefix}core BEFORE PRIVATE "${PROJECT_SOURCE_DIR}/include")
        target_include_directories(${prefix}core PRIVATE "${WS2RING_GENERATED}")
        list(APPEND files $<TARGET_OBJECTS:${prefix}core>)
    endif()
    if(WS2RING_RING_SOURCES)
        ws2ring_add_layer(${prefix}ring ${index_bits} ${WS2RING_RING_SOURCES})
        list(APPEND files $<TARGET_OBJECTS:${prefix}ring>)
    endif()
    set(${objects} ${files} PARENT_SCOPE)
endfunction()

ws2ring_add_layers(ws2ring_ ${WS2RING_HANDLE_INDEX_BITS} WS2RING_OBJECTS)

# --- Shared ---------------------------------------------------------------------------------------

set(WS2RING_MAP "${PROJECT_SOURCE_DIR}/cmake/ws2ring.map")
add_library(ws2ring SHARED ${WS2RING_OBJECTS})
add_library(ws2ring::ws2ring ALIAS ws2ring)
set_target_properties(ws2ring PROPERTIES
    VERSION ${PROJECT_VERSION}
    SOVERSION 0
    LINKER_LANGUAGE C
    LINK_DEPENDS "${WS2RING_MAP}")
target_link_libraries(ws2ring
    PUBLIC ws2ring_headers
    PRIVATE $<BUILD_INTERFACE:ws2ring_flags> ${WS2RING_LINK_LIBS})
target_link_options(ws2ring PRIVATE
    "-Wl,--version-script=${WS2RING_MAP}"
    -Wl,-z,nodelete # ring threads outlive a dlclose
    -Wl,-z,now)     # no lazy binding inside a ring thread
# clang leaves the sanitizer runtime of a shared library to the executable.
if(NOT (WS2RING_SANITIZE AND CMAKE_C_COMPILER_ID MATCHES "Clang"))
    target_link_options(ws2ring PRIVATE -Wl,--no-undefined)
endif()

# --- Static ---------------------------------------------------------------------------------------

set(WS2RING_LOCAL_OBJECT "${CMAKE_CURRENT_BINARY_DIR}/ws2ring_localized.o")
add_custom_command(
    OUTPUT "${WS2RING_LOCAL_OBJECT}"
    COMMAND "${CMAKE_COMMAND}"
        "-DLINKER=${CMAKE_LINKER}" "-DOBJCOPY=${CMAKE_OBJCOPY}" "-DKEEP=ws2_*"
        "-DOUTPUT=${WS2RING_LOCAL_OBJECT}" "-DOBJECTS=${WS2RING_OBJECTS}"
        -P "${PROJECT_SOURCE_DIR}/cmake/localize_objects.cmake"
    DEPENDS ${WS2RING_OBJECTS} "${PROJECT_SOURCE_DIR}/cmake/localize_objects.cmake"
    COMMENT "Making all but ws2_* local for libws2ring.a"
    VERBATIM)
add_library(ws2ring_static STATIC "${WS2RING_LOCAL_OBJECT}")
add_library(ws2ring::static ALIAS ws2ring_static)
set_source_files_properties("${WS2RING_LOCAL_OBJECT}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
set_target_properties(ws2ring_static PROPERTIES
    OUTPUT_NAME ws2ring EXPORT_NAME static LINKER_LANGUAGE C)
target_link_libraries(ws2ring_static
    PUBLIC ws2ring_headers
    PRIVATE ${WS2RING_LINK_LIBS})

# --- For source that expects a Windows compiler ---------------------------------------------------

add_library(ws2ring_windows INTERFACE)
add_library(ws2ring::windows ALIAS ws2ring_windows)
set_target_properties(ws2ring_windows PROPERTIES EXPORT_NAME windows)
target_link_libraries(ws2ring_windows INTERFACE ws2ring)
target_compile_options(ws2ring_windows INTERFACE
    "$<$<COMPILE_LANGUAGE:C,CXX>:${WS2RING_WINDOWS_FLAGS}>")

# --- For the unit tests ---------------------------------------------------------------------------

add_library(ws2ring_internal STATIC ${WS2RING_OBJECTS})
set_target_properties(ws2ring_internal PROPERTIES LINKER_LANGUAGE C)
target_link_libraries(ws2ring_internal PUBLIC ws2ring_headers PRIVATE ${WS2RING_LINK_LIBS})

# --- Windows' link names --------------------------------------------------------------------------

# `-lws2_32 -lmswsock` resolve to the library, in the build tree as after installation.
foreach(name IN ITEMS ws2_32 mswsock)
    add_custom_command(TARGET ws2ring POST_BUILD
        COMMAND "${CMAKE_COMMAND}" -E create_symlink
            $<TARGET_LINKER_FILE_NAME:ws2ring> $<TARGET_LINKER_FILE_DIR:ws2ring>/lib${name}.so
        VERBATIM)
endforeach()
