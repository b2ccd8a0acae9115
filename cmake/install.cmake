# SPDX-License-Identifier: MIT
#
# cmake --install: headers, libraries, CMake package, pkg-config files and Windows' link names.
# The headers go to include/ws2ring, never straight into include/: some are named as system headers.
# What a program needs to run is component ws2ring_runtime; everything else is ws2ring_dev, the
# default (CMakeLists.txt).
if(NOT WS2RING_HAVE_LIBRARY)
    return()
endif()
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ws2ring")
set(package_build "${CMAKE_CURRENT_BINARY_DIR}/package")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/ws2ring"
    FILES_MATCHING PATTERN "*.h")

# The static library has an export of its own: only its users need liburing to be installed.
install(TARGETS ws2ring ws2ring_headers ws2ring_windows EXPORT ws2ring_shared
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        COMPONENT ws2ring_runtime NAMELINK_COMPONENT ws2ring_dev)
install(TARGETS ws2ring_static EXPORT ws2ring_static
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT ws2ring_shared NAMESPACE ws2ring:: FILE ws2ring-shared.cmake
    DESTINATION "${package_dir}")
install(EXPORT ws2ring_static NAMESPACE ws2ring:: FILE ws2ring-static.cmake
    DESTINATION "${package_dir}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/ws2ring-config.cmake.in"
    "${package_build}/ws2ring-config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${package_build}/ws2ring-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES
    "${package_build}/ws2ring-config.cmake" "${package_build}/ws2ring-config-version.cmake"
    DESTINATION "${package_dir}")

# --- pkg-config -----------------------------------------------------------------------------------

# The prefix is found from where the file lies, so that packages and moved trees work.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    message(FATAL_ERROR "CMAKE_INSTALL_LIBDIR and _INCLUDEDIR must be relative to the prefix")
endif()
file(RELATIVE_PATH pc_up "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" pc_up "${pc_up}")
list(JOIN WS2RING_WINDOWS_FLAGS " " pc_windows_flags)
foreach(name IN ITEMS ws2ring ws2ring-windows)
    configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${package_build}/${name}.pc" @ONLY)
    install(FILES "${package_build}/${name}.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()

# --- Windows' link names --------------------------------------------------------------------------

# A linker script, not a link to libws2ring.a, because a static link also needs what the archive
# needs, and a Windows Makefile does not name it.
set(static_needs "-luring")
if(WS2RING_JEMALLOC)
    string(APPEND static_needs " -ljemalloc -lm") # -lm for gcc -static: jemalloc itself needs it
endif()
foreach(name IN ITEMS ws2_32 mswsock)
    file(WRITE "${package_build}/lib${name}.a"
        "/* GNU ld script: the Windows name of libws2ring.a. */\n"
        "INPUT ( -l:libws2ring.a AS_NEEDED ( ${static_needs} ) )\n")
    install(FILES "${package_build}/lib${name}.a" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
    file(CREATE_LINK libws2ring.so "${package_build}/lib${name}.so" SYMBOLIC)
    install(FILES "${package_build}/lib${name}.so" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endforeach()
