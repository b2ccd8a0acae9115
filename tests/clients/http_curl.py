#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""curl against examples/iocp_http: main() of server."""

import os
import random
import subprocess

from server import STEP_SECONDS, ServerTest, main

SIZE = 100_000_000  # bytes
PARTS = 4
DATA = random.Random(3).randbytes(SIZE)
WORDS = "%{http_code} %{num_connects} %{size_download}\n"


def curl(*arguments):
    """What curl printed; an AssertionError if it failed."""
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=4 * STEP_SECONDS,
                           check=False)
    if ended.returncode != 0:
        raise AssertionError(f"curl ended with {ended.returncode}: {ended.stderr}")
    return ended.stdout


class Curl(ServerTest):
    FILES = {"big.bin": DATA, "index.html": b"hello",
             **{f"{number}.bin": random.Random(number).randbytes(number * 1000)
                for number in range(50)}}

    def setUp(self):
        self.out = self.root.parent / self.id().rpartition(".")[2]
        self.out.mkdir()

    def same(self, place, data):
        self.assertTrue(place.read_bytes() == data, f"{place.name} differs")  # no diff of 100 MB
        place.unlink()

    def test_a_large_file(self):
        place = self.out / "big.bin"
        said = curl("-o", place, "-w", WORDS, self.server.url("/big.bin"))
        self.assertEqual(said.split(), ["200", "1", str(SIZE)])
        self.same(place, DATA)

    def test_parts_in_parallel(self):
        step = SIZE // PARTS + 1
        command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--fail"]
        parts = [self.out / str(number) for number in range(PARTS)]
        running = [
            subprocess.Popen([*command, "-o", part, "-r",
                              f"{number * step}-{min((number + 1) * step, SIZE) - 1}",
                              self.server.url("/big.bin")])
            for number, part in enumerate(parts)
        ]
        for process in running:
            self.assertEqual(process.wait(4 * STEP_SECONDS), 0)
        self.assertTrue(b"".join(part.read_bytes() for part in parts) == DATA)

    def test_many_files_at_once(self):
        options = []
        for number in range(50):
            options += ["-o", self.out / f"{number}", self.server.url(f"/{number}.bin")]
        curl("--parallel", "--parallel-max", "20", "--fail", *options)
        for number in range(50):
            self.same(self.out / f"{number}", self.FILES[f"{number}.bin"])

    def test_many_files_over_one_connection(self):
        options = []
        for number in range(50):
            options += ["-o", self.out / f"{number}", self.server.url(f"/{number}.bin")]
        said = curl("--fail", "-w", WORDS, *options).split()
        self.assertEqual(said[::3], ["200"] * 50)
        self.assertEqual(said[1::3], ["1"] + ["0"] * 49)
        for number in range(50):
            self.same(self.out / f"{number}", self.FILES[f"{number}.bin"])

    def test_a_download_is_continued(self):
        place = self.out / "big.bin"
        place.write_bytes(DATA[:70_000_001])
        said = curl("-C", "-", "-o", place, "-w", WORDS, self.server.url("/big.bin"))
        self.assertEqual(said.split(), ["206", "1", str(SIZE - 70_000_001)])
        self.same(place, DATA)

    def test_head_and_failures(self):
        rows = [(["--head"], "/big.bin", "200", 0), ([], "/nothing", "404", None),
                (["-r", f"{SIZE}-"], "/big.bin", "416", None),
                (["--path-as-is"], "/../secret.txt", "400", None),
                (["-d", "body"], "/big.bin", "405", None), (["--http1.0"], "/", "200", 5),
                (["-H", "X: " + "x" * 10000], "/", "431", None)]
        for options, path, status, size in rows:
            with self.subTest(path=path, options=options[:1]):
                said = curl("-o", os.devnull, "-w", WORDS, *options, self.server.url(path)).split()
                self.assertEqual(said[0], status)
                if size is not None:
                    self.assertEqual(said[2], str(size))

    def test_a_file_is_not_sent_again_unless_it_changed(self):
        place = self.out / "big.bin"
        curl("-R", "-o", place, self.server.url("/big.bin"))
        said = curl("-z", place, "-o", self.out / "again", "-w", WORDS,
                    self.server.url("/big.bin"))
        self.assertEqual(said.split(), ["304", "1", "0"])


if __name__ == "__main__":
    main()
