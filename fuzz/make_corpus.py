#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the first inputs of fuzz_arguments and fuzz_sequence; those that have found something are
kept under names of their own, and not touched.

Arguments: each kind of call on live handles, and mixtures. A call's first byte holds the subject
(3 bits) and the number of the call (5 bits); its arguments follow. Handles 0 to 8: TCP socket,
bound one, UDP socket, listener, client, server, port, two events.

Sequence: a step's first byte holds the step (5 bits, or 2 bits that say how a new pair tells of
ends) and the end of a connection (3 bits)."""

import pathlib
import random

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
# The number of calls in each table, in the order of `groups` in fuzz_arguments.c.
CALLS = {"socket": 30, "transfer": 11, "readiness": 6, "text": 6, "lookup": 8, "sync": 15,
         "system": 11, "port": 6}
# The places of the steps in step_of().
(SEND, RECEIVE, POST, POST_SEND, CANCEL, PACKET, LOOK, END, POST_NONE, SELECT, RECORD, READABLE,
 PEEK, TAKE, POST_FILE, DISCONNECT, TRANSMIT, SHARE, ASK, PIECES, DEAF, MESSAGE, TAKE_MESSAGE,
 CANCEL_MESSAGE) = (0, 2, 4, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
                    26, 27)
STEPS = 28
WAYS = {"port": 0, "narrow": 1, "event": 2, "routine": 3}
MIXTURES = 5


def call(group, number, generator):
    first = list(CALLS).index(group) << 5 | number
    return bytes([first]) + bytes(generator.choice((0, 1, 2, 4, 5, 6, 8, 0xe1, 0xf0))
                                  for _ in range(12))


# Calls that only mean something together: the first new handle is number 9.
TOGETHER = {
    "semaphore": ("sync", 5, (4, 0, 1, 5)), "released": ("sync", 6, (3, 9, 1, 0)),
    "thread": ("sync", 2, (0, 0, 0, 0, 0, 3, 0)), "queued": ("sync", 7, (0, 9, 0, 1)),
    "waited": ("sync", 1, (0, 0, 0, 1, 9)),
    # WSAIoctl: the list of addresses, a change of it, of the way to loopback, and a way.
    "listed": ("socket", 11, (2, 0xd2, 0, 0, 1, 0, 0, 0xef, 0, 1, 0)),
    "changed": ("socket", 11, (2, 0xd3, 0, 0, 1, 0, 1, 0, 0, 0)),
    "rerouted": ("socket", 11, (2, 0xd0, 0, 0, 1, 0, 1, 0, 0, 0xe0)),
    "routed": ("socket", 11, (2, 0xd5, 0, 0, 1, 0, 0, 16, 0, 1, 0)),
    # A file is made, written, sent behind a head, and sent as packets.
    "made": ("port", 5, (0, 0, 1, 0, 1, 0, 0)), "written": ("transfer", 10, (1, 9, 0, 20, 1, 0)),
    "sent": ("port", 5, (3, 4, 0, 9, 0, 5, 0, 0, 0, 0, 0, 0)),
    "packed": ("port", 5, (4, 4, 2, 0, 2, 0, 7, 9, 0, 1, 9, 0)),
    "hooked": ("readiness", 4, (0x34, 0, 4, 2, 1, 7)),  # version 1.1; receives, nested calls
    "cancelled": ("readiness", 4, (5, 2, 4, 5)), "selecting": ("readiness", 4, (7, 6, 1, 1)),
}
TOGETHERS = (("listed", "changed", "rerouted", "routed", "changed"),
             ("made", "written", "sent", "packed", "sent"),
             ("semaphore", "released", "waited", "waited", "released"),
             ("thread", "queued", "waited"), ("hooked", "cancelled", "selecting", "hooked"))


def together(names):
    parts = (TOGETHER[name] for name in names)
    return b"".join(bytes([list(CALLS).index(group) << 5 | number, *more])
                    for group, number, more in parts)


def write(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def arguments(generator):
    calls = [(group, number) for group, count in CALLS.items() for number in range(count)]
    for group, count in CALLS.items():
        for first in range(0, count, 4):
            numbers = range(first, min(first + 4, count))
            data = b"".join(call(group, number, generator) for number in numbers for _ in range(4))
            write("arguments", f"{group}_{first:02}", data)
    for names in TOGETHERS:
        write("arguments", "_".join(names[:2]), together(names))
    for i in range(MIXTURES):
        data = b"".join(call(*generator.choice(calls), generator) for _ in range(24))
        write("arguments", f"mixture_{i}", data)


def open_pair(pair, way):
    return bytes([WAYS[way] << 6 | pair << 1])


def step(number, end, *more):
    return bytes([number << 3 | end, *more])


# One connection, each step with its further bytes: ends 0 and 1.
SCENARIOS = {
    "posted_receive": (step(POST, 1, 10), step(SEND, 0, 4), step(LOOK, 0)),
    "posted_both": (step(POST, 1, 10), step(POST, 1, 3), step(POST_SEND, 0, 12), step(LOOK, 0)),
    "posted_of_no_bytes": (step(POST_NONE, 1), step(SEND, 0, 5), step(LOOK, 0),
                           step(RECEIVE, 1, 0), step(RECEIVE, 1, 5)),
    "peeked": (step(SEND, 0, 8), step(PEEK, 1, 5), step(POST, 1, 3), step(PEEK, 1, 9),
               step(TAKE, 0, 2), step(PACKET, 0), step(PACKET, 0), step(TAKE, 0, 0x87)),
    "cancelled": (step(POST, 1, 10), step(POST_NONE, 1), step(CANCEL, 1, 2), step(LOOK, 0)),
    "ended": (step(POST, 1, 10), step(SEND, 0, 4), step(END, 0, 1), step(LOOK, 1),
              step(RECEIVE, 1, 9)),
    "closed": (step(SEND, 0, 4), step(END, 0, 0), step(POST, 1, 10), step(LOOK, 1)),
    "record_of_data": (step(SELECT, 1, 0), step(SEND, 0, 8), step(RECORD, 1, 0),
                       step(RECEIVE, 1, 3), step(RECORD, 1, 0), step(RECEIVE, 1, 9),
                       step(SEND, 0, 2), step(RECORD, 1, 0), step(SEND, 0, 2), step(RECORD, 1, 1)),
    "record_of_the_end": (step(SELECT, 1, 0), step(SEND, 0, 8), step(END, 0, 1),
                          step(RECORD, 1, 0), step(RECEIVE, 1, 8), step(RECEIVE, 1, 8)),
    "record_and_posted": (step(SELECT, 1, 1), step(POST, 1, 2), step(SEND, 0, 8), step(LOOK, 0),
                          step(RECORD, 1, 0), step(RECEIVE, 1, 8), step(RECORD, 1, 1)),
    "record_chosen_late": (step(SEND, 0, 8), step(SELECT, 1, 0), step(RECORD, 1, 0),
                           step(SELECT, 1, 3), step(SELECT, 1, 2), step(END, 0, 0),
                           step(RECORD, 1, 0)),
    "no_room": (step(SELECT, 0, 0), *(step(SEND, 0, 0xff) for _ in range(6)), step(RECORD, 0, 0),
                step(RECEIVE, 1, 0xff), step(RECEIVE, 1, 0xff), step(RECORD, 0, 0)),
    "posted_as_files": (step(POST_FILE, 1, 8), step(POST_FILE, 0, 15), step(ASK, 1, 1),
                        step(LOOK, 0), step(POST_FILE, 1, 8), step(DISCONNECT, 0),
                        step(LOOK, 0), step(ASK, 1, 1)),
    "transmitted": (step(TRANSMIT, 0, 20), step(POST, 1, 10), step(TRANSMIT, 0, 3), step(LOOK, 0),
                    step(RECEIVE, 1, 40), step(DISCONNECT, 0), step(TRANSMIT, 0, 3)),
    "shared": (step(POST, 1, 10), step(SHARE, 1), step(SHARE, 0), step(SEND, 0, 4), step(LOOK, 0),
               step(SELECT, 1, 0), step(SHARE, 1), step(SEND, 0, 4), step(RECORD, 1, 0)),
    # By TransmitFile: memory around a file; by TransmitPackets: one to three pieces.
    "transmitted_in_pieces": (step(PIECES, 0, 0, 20), step(POST, 1, 10), step(PIECES, 0, 0x15, 30),
                              step(PIECES, 0, 0x2b, 3), step(LOOK, 0), step(RECEIVE, 1, 90),
                              step(PIECES, 0, 0x3d, 200), step(DISCONNECT, 0),
                              step(PIECES, 0, 1, 3), step(RECEIVE, 1, 0xc8)),
    "receives_no_more": (step(POST, 1, 10), step(SEND, 0, 4), step(POST, 1, 4), step(DEAF, 1),
                         step(POST, 1, 4), step(RECEIVE, 1, 4), step(POST_FILE, 1, 8),
                         step(LOOK, 0), step(SEND, 0, 4), step(SEND, 1, 4), step(RECEIVE, 0, 4),
                         step(READABLE, 1, 0), step(DEAF, 1)),
    # Whole ones, cut ones, without room for control data; asked for before they come, or after.
    "messages": (step(TAKE_MESSAGE, 1, 0, 9), step(MESSAGE, 0, 4, 9), step(MESSAGE, 0, 0x0e, 0),
                 step(MESSAGE, 0, 1, 40), step(LOOK, 0), step(TAKE_MESSAGE, 1, 9, 40),
                 step(TAKE_MESSAGE, 1, 3, 5), step(TAKE_MESSAGE, 1, 2, 5), step(LOOK, 0)),
    "messages_cut": (step(TAKE_MESSAGE, 1, 0x20, 9), step(TAKE_MESSAGE, 1, 2, 3),
                     step(TAKE_MESSAGE, 1, 0x30, 3), *(step(MESSAGE, 0, 6, 20) for _ in range(5)),
                     step(LOOK, 0), step(TAKE_MESSAGE, 1, 0x21, 9), step(TAKE_MESSAGE, 1, 1, 3)),
    "messages_cancelled": (step(TAKE_MESSAGE, 1, 0, 9), step(TAKE_MESSAGE, 1, 2, 9),
                           step(CANCEL_MESSAGE, 1, 1), step(MESSAGE, 0, 0, 4), step(LOOK, 0),
                           step(TAKE_MESSAGE, 1, 0, 9), step(CANCEL_MESSAGE, 1, 2),
                           step(TAKE_MESSAGE, 1, 1, 9), step(MESSAGE, 1, 0, 4)),
    "readable": (step(READABLE, 1, 0), step(SEND, 0, 8), step(READABLE, 1, 1),
                 step(READABLE, 1, 3), step(RECEIVE, 1, 8), step(END, 0, 1),
                 step(READABLE, 1, 1), step(READABLE, 1, 3)),
}


def mixture(way, generator):
    data = b"".join(open_pair(pair, way) for pair in range(2))
    for _ in range(60):
        data += step(generator.randrange(STEPS), generator.randrange(4), generator.randrange(200))
    return data


def sequence(generator):
    for way in WAYS:
        for name, steps in SCENARIOS.items():
            write("sequence", f"{way}_{name}", open_pair(0, way) + b"".join(steps))
        for i in range(MIXTURES):
            write("sequence", f"{way}_mixture_{i}", mixture(way, generator))


def main():
    generator = random.Random(1)
    arguments(generator)
    sequence(generator)


if __name__ == "__main__":
    main()
