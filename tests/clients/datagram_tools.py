#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""socat and ncat against examples/udp_echo: main() of server."""

import random
import subprocess
import unittest

from server import HOST, STEP_SECONDS, Server, enter_class, main

DATA = random.Random(5).randbytes(1000)


class DatagramServer(Server):
    OPTIONS = ["--port", "0"]


class Tools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = enter_class(cls, DatagramServer())

    def test_socat(self):
        """It ends once nothing has come for a second after the end of its input."""
        done = subprocess.run(["socat", "-t", "1", "-", f"UDP4:{HOST}:{self.server.port}"],
                              input=DATA, capture_output=True, timeout=STEP_SECONDS, check=True)
        self.assertEqual(done.stdout, DATA)

    def test_ncat(self):
        """It never ends by itself: it is ended when the answer is there."""
        command = ["ncat", "--udp", HOST, str(self.server.port)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as ncat:
            ncat.stdin.write(DATA)
            ncat.stdin.flush()
            answer = ncat.stdout.read(len(DATA))
            ncat.kill()
        self.assertEqual(answer, DATA)


if __name__ == "__main__":
    main()
