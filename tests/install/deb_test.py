#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the Debian packages of a build with cpack, installs them into an empty root with dpkg, and
builds and runs consumer.c against that. The machine's own packages are left alone."""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

from install_test import HERE, OPTIONS, run

SKIPPED = 77
TOOLS = ("dpkg", "dpkg-deb", "dpkg-shlibdeps")
NAMES = ("libws2ring0", "libws2ring-dev", "ws2ring-tools")


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="ws2ring-deb-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        run(OPTIONS.cpack, "-G", "DEB", "--config",
            pathlib.Path(OPTIONS.build_dir) / "CPackConfig.cmake", "-B", cls.work)
        cls.debs = {path.name.split("_")[0]: path for path in cls.work.glob("*.deb")}
        cls.root = cls.work / "root"
        cls.lib = cls.root / "usr" / OPTIONS.libdir

    def field(self, package, name):
        return run("dpkg-deb", "--field", self.debs[package], name).strip()

    def install(self):
        """As dpkg -i does, into a root of its own; what they depend on is the machine's."""
        state = self.root / "var/lib/dpkg"
        if state.exists():
            return
        for folder in ("info", "updates", "triggers"):
            (state / folder).mkdir(parents=True)
        (state / "status").touch()
        run("dpkg", f"--root={self.root}", "--force-depends,not-root,script-chrootless,bad-path",
            "--log=/dev/null", "--unpack", *(self.debs[name] for name in NAMES))

    def test_there_are_three(self):
        self.assertEqual(sorted(self.debs), sorted(NAMES))
        for name in NAMES:
            self.assertEqual(self.field(name, "Version"), OPTIONS.version)

    def test_dependencies(self):
        runtime = self.field("libws2ring0", "Depends")
        for library in ("libc6", "liburing2"):
            self.assertIn(f"{library} (>= ", runtime)
        self.assertEqual("libjemalloc2" in runtime, OPTIONS.jemalloc)
        develop = self.field("libws2ring-dev", "Depends")
        self.assertIn(f"libws2ring0 (= {OPTIONS.version})", develop)
        self.assertIn("liburing-dev", develop)
        self.assertEqual("libjemalloc-dev" in develop, OPTIONS.jemalloc)
        shlibs = run("dpkg-deb", "--info", self.debs["libws2ring0"], "shlibs")
        self.assertIn(f"libws2ring 0 libws2ring0 (>= {OPTIONS.version})", shlibs)

    def test_files(self):
        self.install()
        for name in NAMES:
            text = (self.root / f"usr/share/doc/{name}/copyright").read_text(encoding="utf-8")
            self.assertIn("License: Expat", text)
        listed = run("dpkg", f"--root={self.root}", "--listfiles", "libws2ring0").splitlines()
        self.assertIn(f"/usr/{OPTIONS.libdir}/libws2ring.so.0", listed)
        self.assertFalse([path for path in listed if path.endswith((".h", ".a", ".so", ".pc"))])
        for path in (self.lib / "libws2ring.a", self.lib / "libws2_32.a",
                     self.root / "usr/include/ws2ring/winsock2.h",
                     self.root / "usr/include/ws2ring/WinSock2.h"):
            self.assertTrue(path.exists(), path)

    def test_the_tool_runs(self):
        self.install()
        self.assertIn("ws2ring-diagnose", run(self.root / "usr/bin/ws2ring-diagnose", "--help"))
        self.assertIn("libc6 (>= ", self.field("ws2ring-tools", "Depends"))

    def test_a_program_uses_them(self):
        self.install()
        for name, source in (("ws2ring", "consumer.c"), ("ws2ring-windows", "windows_consumer.c")):
            program = self.work / name
            flags = run(OPTIONS.pkg_config, "--cflags", "--libs", name,
                        PKG_CONFIG_PATH=str(self.lib / "pkgconfig")).split()
            run(OPTIONS.cc, "-Wall", "-Werror", "-o", program, HERE / source, *flags)
            run(program, LD_LIBRARY_PATH=str(self.lib))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build-dir", required=True)
    for name, default in (("cpack", "cpack"), ("cc", "cc"), ("pkg-config", "pkg-config"),
                          ("libdir", "lib"), ("version", "")):
        parser.add_argument(f"--{name}", default=default)
    parser.add_argument("--jemalloc", action="store_true")
    parser.parse_args(namespace=OPTIONS)
    for tool in TOOLS:
        if not shutil.which(tool):
            print(f"{tool} is missing: no Debian packages here")
            return SKIPPED
    os.umask(0o022)
    unittest.main(argv=sys.argv[:1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
