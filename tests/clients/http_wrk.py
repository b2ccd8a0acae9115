#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""wrk against examples/iocp_http: no error on any of 400 connections; main() of server.

WS2RING_WRK_SECONDS says for how long, 5 by default."""

import json
import os
import pathlib
import subprocess

from server import ServerTest, main

CONNECTIONS = 400
SECONDS = int(os.environ.get("WS2RING_WRK_SECONDS", "5"))
REPORT = pathlib.Path(__file__).resolve().parents[2] / "bench" / "http" / "report.lua"


class Wrk(ServerTest):
    FILES = {"small.bin": bytes(1024), "large.bin": bytes(1_000_000)}

    def load(self, path, seconds):
        command = ["wrk", "--connections", str(CONNECTIONS), "--threads", "1", "--timeout", "20s",
                   "--duration", f"{seconds}s", "--script", str(REPORT), self.server.url(path)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60,
                               check=False)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        report = json.loads(ended.stdout.splitlines()[-1])
        self.assertEqual(report["errors"], 0, ended.stdout)
        self.assertGreater(report["requests"], CONNECTIONS)
        print(f"{path}: {report['requests']} requests in {report['seconds']:.1f} s", flush=True)

    def test_small_replies(self):
        self.load("/small.bin", SECONDS)
        with self.server.connect() as client:
            self.assertEqual(client.ask("/small.bin").body, self.FILES["small.bin"])

    def test_large_replies(self):
        self.load("/large.bin", min(SECONDS, 10))


if __name__ == "__main__":
    main()
