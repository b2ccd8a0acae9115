#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ncat and socat against examples/iocp_echo: main() of server."""

import random
import subprocess
import tempfile
import unittest

from server import HOST, STEP_SECONDS, Server, enter_class, main

DATA = random.Random(4).randbytes(20_000_000)


class Tools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = enter_class(cls, Server())
        cls.given = enter_class(cls, tempfile.NamedTemporaryFile())
        cls.given.write(DATA)
        cls.given.flush()

    def echoes(self, *command, count=1):
        """Runs `count` clients at once. Each ends by itself, having printed what it was given: the
        end of their input travels to the server, and back."""
        outputs = [tempfile.TemporaryFile() for _ in range(count)]
        running = []
        for output in outputs:
            with open(self.given.name, "rb") as given:
                running.append(subprocess.Popen(command, stdin=given, stdout=output))
        for process, output in zip(running, outputs):
            self.assertEqual(process.wait(STEP_SECONDS), 0)
            output.seek(0)
            self.assertTrue(output.read() == DATA, f"{command[0]} got other bytes")
            output.close()

    def test_ncat(self):
        self.echoes("ncat", HOST, str(self.server.port))

    def test_socat(self):
        self.echoes("socat", "-t", str(STEP_SECONDS), "-", f"TCP4:{HOST}:{self.server.port}")

    def test_socat_in_small_pieces_several_at_once(self):
        self.echoes("socat", "-b", "1000", "-t", str(STEP_SECONDS), "-",
                    f"TCP4:{HOST}:{self.server.port}", count=4)


if __name__ == "__main__":
    main()
