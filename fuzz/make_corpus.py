#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the first inputs of fuzz_arguments: each kind of call on live handles, and mixtures.

The first byte of a call is its number, plus 128 for the calls of system.c; its arguments follow.
Handles 0 to 8: TCP socket, bound one, UDP socket, listener, client, server, port, two events."""

import pathlib
import random

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus/arguments"
SOCKET_CALLS = 20  # arg_call_socket() takes the number modulo this, arg_call_system() likewise
SYSTEM_CALLS = 17
MIXTURES = 8


def call(number, system, generator):
    if system:
        first = next(n for n in range(128, 256) if n % SYSTEM_CALLS == number)
    else:
        first = number
    return bytes([first]) + bytes(generator.choice((0, 1, 2, 4, 5, 6, 8, 0xe1, 0xf0))
                                  for _ in range(10))


def main():
    generator = random.Random(1)
    CORPUS.mkdir(parents=True, exist_ok=True)
    pairs = [(number, system) for system, count in ((False, SOCKET_CALLS), (True, SYSTEM_CALLS))
             for number in range(count)]
    for number, system in pairs[::2]:
        name = f"{'system' if system else 'socket'}_{number:02}"
        data = b"".join(call(number, system, generator) for _ in range(6))
        (CORPUS / name).write_bytes(data)
    for i in range(MIXTURES):
        data = b"".join(call(*generator.choice(pairs), generator) for _ in range(24))
        (CORPUS / f"mixture_{i}").write_bytes(data)


if __name__ == "__main__":
    main()
