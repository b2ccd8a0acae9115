#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Installs a build of ws2ring into a temporary prefix, then builds and runs consumer.c against it.

Each test is one way in which a program finds the library; none may see the build tree."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
OPTIONS = argparse.Namespace()  # filled in by main()


def run(*command, **environment):
    """Runs a command; its output is shown only when it fails. Returns that output."""
    result = subprocess.run([str(word) for word in command], env={**os.environ, **environment},
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            stdin=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise AssertionError(f"{command} ended with {result.returncode}:\n{result.stdout}")
    return result.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="ws2ring-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.prefix = cls.work / "prefix"
        cls.lib = cls.prefix / OPTIONS.libdir
        run(OPTIONS.cmake, "--install", OPTIONS.build_dir, "--prefix", cls.prefix)

    def compile(self, name, *arguments, source="consumer.c"):
        """Builds a program with these arguments behind it."""
        program = self.work / name
        run(OPTIONS.cc, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", program,
            HERE / source, *arguments)
        return program

    def runs(self, program, uses_shared=True):
        run(program, LD_LIBRARY_PATH=str(self.lib))
        needed = run("readelf", "-d", program)
        self.assertEqual("libws2ring.so.0" in needed, uses_shared, needed)

    def pkg_config(self, *arguments, name="ws2ring"):
        return run(OPTIONS.pkg_config, *arguments, name,
                   PKG_CONFIG_PATH=str(self.lib / "pkgconfig")).split()

    def test_cmake_package(self):
        build = self.work / "cmake"
        run(OPTIONS.cmake, "-S", HERE / "find_package", "-B", build, "-G", "Ninja",
            f"-DCMAKE_C_COMPILER={OPTIONS.cc}", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run(OPTIONS.cmake, "--build", build)
        self.runs(build / "consumer")
        self.runs(build / "consumer_static", uses_shared=False)
        self.runs(build / "windows_consumer")

    def test_pkg_config(self):
        flags = self.pkg_config("--cflags", "--libs")
        self.runs(self.compile("pkgconfig", *flags))
        self.assertEqual(self.pkg_config("--modversion"), [OPTIONS.version])

    def test_pkg_config_windows(self):
        flags = self.pkg_config("--cflags", "--libs", name="ws2ring-windows")
        self.runs(self.compile("pkgconfig_windows", *flags, source="windows_consumer.c"))
        plain = self.pkg_config("--cflags", "--libs")
        with self.assertRaisesRegex(AssertionError, "this program is for Windows"):
            self.compile("pkgconfig_plain", *plain, source="windows_consumer.c")

    def test_pkg_config_static(self):
        flags = self.pkg_config("--cflags", "--libs", "--static")
        flags = ["-l:libws2ring.a" if flag == "-lws2ring" else flag for flag in flags]
        self.runs(self.compile("pkgconfig_static", *flags), uses_shared=False)

    def link_line(self):
        return [f"-I{self.prefix / 'include/ws2ring'}", f"-L{self.lib}"]

    def test_windows_link_line(self):
        self.runs(self.compile("windows", *self.link_line(), "-lws2_32", "-lmswsock"))
        self.runs(self.compile("windows_one", *self.link_line(), "-lmswsock"))

    def test_windows_link_line_static(self):
        # Only ours are static: what the archive needs is found by the names inside them.
        names = ["-l:libws2_32.a", "-l:libmswsock.a"]
        self.runs(self.compile("windows_static", *self.link_line(), *names), uses_shared=False)
        # And everything, libc too.
        program = self.compile("all_static", "-static", *self.link_line(), "-lws2_32", "-lmswsock")
        self.runs(program, uses_shared=False)

    def test_makefile(self):
        build = self.work / "makefile"
        shutil.copytree(HERE / "makefile", build / "project")
        shutil.copy(HERE / "consumer.c", build)
        run("make", "-C", build / "project", f"CC={OPTIONS.cc}",
            f"CFLAGS=-Wall -I{self.prefix / 'include/ws2ring'}", f"LDFLAGS=-L{self.lib}")
        self.runs(build / "project/server")

    def test_own_symbols_cannot_clash(self):
        """The program defines functions named like the library's own; both forms must bear it."""
        for name, library in (("clash", "-lws2ring"), ("clash_static", "-l:libws2_32.a")):
            program = self.compile(name, "-DCONSUMER_CLASHES", *self.link_line(), library)
            self.runs(program, uses_shared=name == "clash")

    def test_diagnose(self):
        run(self.prefix / "bin/ws2ring-diagnose", "--help")  # needs no library that is installed

    def test_nothing_outside_the_expected_places(self):
        found = {path.relative_to(self.prefix).as_posix() for path in self.prefix.rglob("*")
                 if not path.is_dir()}
        places = ("include/ws2ring/", f"{OPTIONS.libdir}/libws2ring.",
                  f"{OPTIONS.libdir}/libws2_32.", f"{OPTIONS.libdir}/libmswsock.",
                  f"{OPTIONS.libdir}/cmake/ws2ring/", f"{OPTIONS.libdir}/pkgconfig/ws2ring.pc",
                  f"{OPTIONS.libdir}/pkgconfig/ws2ring-windows.pc", "bin/ws2ring-diagnose")
        self.assertEqual([path for path in found if not path.startswith(places)], [])
        self.assertIn("include/ws2ring/winsock2.h", found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build-dir", required=True)
    for name, default in (("cmake", "cmake"), ("cc", "cc"), ("pkg-config", "pkg-config"),
                          ("libdir", "lib"), ("version", "")):
        parser.add_argument(f"--{name}", default=default)
    parser.parse_args(namespace=OPTIONS)
    unittest.main(argv=sys.argv[:1])


if __name__ == "__main__":
    main()
