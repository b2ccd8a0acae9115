#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs ws2ring-diagnose as it is, and where a seccomp filter or a limit stands in the way."""

import argparse
import errno
import json
import resource
import subprocess
import sys
import unittest

OPTIONS = argparse.Namespace()  # filled in by main()
VERDICTS = {"usable": 0, "limited": 1, "unusable": 2}


def run(*arguments, deny=None, descriptors=None):
    """The finished process; `deny` is an errno, `descriptors` the hard limit."""
    command = [OPTIONS.program, *arguments]
    if deny is not None:
        command = [OPTIONS.deny, str(deny), *command]

    def limit():
        if descriptors is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          preexec_fn=limit, check=False)


class Diagnose(unittest.TestCase):
    def report(self, **where):
        """The JSON report, once it and the text one have been seen to agree."""
        result = run("--json", **where)
        self.assertEqual(result.stderr, "")
        report = json.loads(result.stdout)
        self.assertEqual(result.returncode, VERDICTS[report["verdict"]])
        text = run(**where)
        self.assertEqual((text.returncode, text.stderr), (result.returncode, ""))
        for finding in report["findings"]:
            self.assertIn(f"{finding['severity'].upper()}: {finding['text']}\n", text.stdout)
            self.assertIn(finding["advice"], text.stdout)
            self.assertTrue(finding["text"].endswith(".") and finding["advice"].endswith("."))
        return report

    def test_here(self):
        report = self.report()
        self.assertLess(VERDICTS[report["verdict"]], 2, report["findings"])
        self.assertEqual(report["engine"], "uring")
        self.assertEqual(report["io_uring_setup_errno"], 0)
        self.assertEqual(report["startup_error"], 0)
        self.assertTrue(all(value for name, value in report["operations"].items()
                            if name != "FUTEX_WAIT"))
        self.assertTrue(all(report["features"].values()))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.assertEqual(report["descriptors"], {"soft": soft, "hard": hard})
        with open("/proc/sys/kernel/osrelease", encoding="ascii") as file:
            self.assertEqual(report["kernel"], "Linux " + file.read().strip())

    def test_a_seccomp_filter(self):
        for error in (errno.EPERM, errno.ENOSYS):
            with self.subTest(error=error):
                report = self.report(deny=error)
                self.assertEqual(report["verdict"], "unusable")
                self.assertEqual(report["engine"], "none")
                self.assertEqual(report["io_uring_setup_errno"], error)
                self.assertEqual(report["seccomp"], "filter")
                self.assertNotEqual(report["startup_error"], 0)
                self.assertIn("io_uring cannot be used", report["startup_says"])
                self.assertEqual(report["findings"][0]["check"], "seccomp")
                self.assertIn("seccomp filter", report["findings"][0]["text"])

    def test_other_causes(self):
        for error, check, word in ((errno.ENOMEM, "memory", "memory"),
                                   (errno.EINVAL, "setup", "Invalid argument")):
            with self.subTest(error=error):
                report = self.report(deny=error)
                self.assertEqual(report["verdict"], "unusable")
                self.assertEqual(report["findings"][0]["check"], check)
                self.assertIn(word, report["findings"][0]["text"])

    def test_few_descriptors(self):
        report = self.report(descriptors=5000)
        self.assertEqual(report["descriptors"], {"soft": 5000, "hard": 5000})
        self.assertEqual(report["verdict"], "limited")
        found = [finding for finding in report["findings"] if finding["check"] == "descriptors"]
        self.assertEqual(len(found), 1)
        self.assertIn("5000", found[0]["text"])

    def test_options(self):
        text = run("--help")
        self.assertEqual(text.returncode, 0)
        self.assertIn("Exit status: 0 usable; 1 usable, with limits; 2 not usable", text.stdout)
        self.assertEqual(run("--nothing").returncode, 64)
        self.assertEqual(run("word").returncode, 64)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--deny", required=True)
    options, rest = parser.parse_known_args(namespace=OPTIONS)
    del options
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
