# SPDX-License-Identifier: MIT
#
# Writes core/base/error_rows.h into the build folder: X(name) for every error code of
# include/ws2ring/winerror.h that has a number of its own. The header stays the only list.
set(WS2RING_GENERATED "${CMAKE_CURRENT_BINARY_DIR}/generated")
set(error_header "${PROJECT_SOURCE_DIR}/include/ws2ring/winerror.h")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${error_header}")

file(STRINGS "${error_header}" error_lines REGEX "^#define (WSA|ERROR_|WAIT_)[A-Za-z0-9_]+ +[0-9]+")
set(error_rows "")
foreach(line IN LISTS error_lines)
    string(REGEX REPLACE "^#define ([A-Za-z0-9_]+) .*" "    X(\\1) \\\\\n" row "${line}")
    # Success, and the number that the others count from.
    if(NOT row MATCHES "ERROR_SUCCESS|WSABASEERR")
        string(APPEND error_rows "${row}")
    endif()
endforeach()
file(CONFIGURE OUTPUT "${WS2RING_GENERATED}/core/base/error_rows.h" @ONLY CONTENT
"/* SPDX-License-Identifier: MIT */
/* Written by cmake/error_names.cmake. */
#ifndef CORE_BASE_ERROR_ROWS_H
#define CORE_BASE_ERROR_ROWS_H

#define ERROR_ROWS(X) \\
@error_rows@
#endif
")
