# SPDX-License-Identifier: MIT
#
# cpack: Debian packages, libws2ring0 (the shared library), libws2ring-dev (everything to build with
# it) and ws2ring-tools. The preset `package` makes them as Debian lays files out:
#     cmake --preset package && cmake --build --preset package && cpack --preset package
if(NOT WS2RING_HAVE_LIBRARY OR NOT PROJECT_IS_TOP_LEVEL)
    return()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "ws2ring contributors")
set(CPACK_PACKAGE_CONTACT "ws2ring contributors <ws2ring@example.invalid>")
set(CPACK_COMPONENTS_ALL ws2ring_runtime ws2ring_dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_WS2RING_RUNTIME_PACKAGE_NAME libws2ring0)
set(CPACK_DEBIAN_WS2RING_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_WS2RING_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_WS2RING_RUNTIME_PACKAGE_GENERATE_SHLIBS ON)
# Programs ask for at least the version that they were built with: each brings new calls.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_COMPONENT_WS2RING_RUNTIME_DESCRIPTION
"The shared library: sockets, overlapped operations and completion ports as
Windows has them, for programs that were written for Windows.")

set(CPACK_DEBIAN_WS2RING_DEV_PACKAGE_NAME libws2ring-dev)
set(CPACK_DEBIAN_WS2RING_DEV_PACKAGE_SECTION libdevel)
# The archive, and pkg-config --static, need what the shared library has linked.
set(CPACK_DEBIAN_WS2RING_DEV_PACKAGE_DEPENDS
    "libws2ring0 (= ${PROJECT_VERSION}), liburing-dev (>= 2.3)")
if(WS2RING_JEMALLOC)
    string(APPEND CPACK_DEBIAN_WS2RING_DEV_PACKAGE_DEPENDS ", libjemalloc-dev")
endif()
set(CPACK_COMPONENT_WS2RING_DEV_DESCRIPTION
"Development files: the headers winsock2.h, mswsock.h, windows.h and their
kin, the static library, and files for CMake and pkg-config.")

set(CPACK_DEBIAN_WS2RING_TOOLS_PACKAGE_NAME ws2ring-tools)
set(CPACK_DEBIAN_WS2RING_TOOLS_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_WS2RING_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_WS2RING_TOOLS_DESCRIPTION
"ws2ring-diagnose, which says whether programs with ws2ring can work on a machine.")

# Excluded from a plain install: only the packages need them, each in a folder of its own.
set(package_names ws2ring_runtime:libws2ring0 ws2ring_dev:libws2ring-dev)
if(WS2RING_BUILD_TOOLS)
    list(APPEND package_names ws2ring_tools:ws2ring-tools)
    list(APPEND CPACK_COMPONENTS_ALL ws2ring_tools)
endif()
foreach(row IN LISTS package_names)
    string(REPLACE ":" ";" row "${row}")
    list(GET row 0 component)
    list(GET row 1 package)
    install(FILES "${PROJECT_SOURCE_DIR}/cmake/copyright" DESTINATION "share/doc/${package}"
        COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()

include(CPack)
