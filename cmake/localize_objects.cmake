# SPDX-License-Identifier: MIT
#
# Joins object files into one and makes every symbol but KEEP local, so that an application's own
# `handle_ref` neither clashes with the library's nor replaces it. Run with cmake -P; takes LINKER,
# OBJCOPY, KEEP (a wildcard), OUTPUT and OBJECTS (a list).
cmake_minimum_required(VERSION 3.25)

foreach(name IN ITEMS LINKER OBJCOPY KEEP OUTPUT OBJECTS)
    if(NOT ${name})
        message(FATAL_ERROR "localize_objects.cmake: ${name} is missing")
    endif()
endforeach()

set(joined "${OUTPUT}.joined")
execute_process(COMMAND "${LINKER}" -r -o "${joined}" ${OBJECTS} COMMAND_ERROR_IS_FATAL ANY)
execute_process(
    COMMAND "${OBJCOPY}" --wildcard "--keep-global-symbol=${KEEP}" "${joined}" "${OUTPUT}"
    COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE "${joined}")
