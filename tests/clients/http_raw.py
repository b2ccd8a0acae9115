#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What examples/iocp_http answers to every byte that a client may send: main() of server."""

import calendar
import os
import random
import socket
import struct
import time

from server import Server, ServerTest, main, request, wait_until

BIG = random.Random(1).randbytes(8_000_000)
HEAD_MAX = 8192  # REQUEST_HEAD_MAX of http_request.h


def set_modified(place, text):
    seconds = calendar.timegm(time.strptime(text, "%a, %d %b %Y %H:%M:%S GMT"))
    place.write_bytes(b"dated")
    os.utime(place, (seconds, seconds))


class Requests(ServerTest):
    FILES = {
        "index.html": b"<p>the root</p>\n",
        "digits.txt": b"0123456789",
        "empty.bin": b"",
        "big.bin": BIG,
        "a b+c%.txt": b"blanks and signs",
        "sub/index.html": b"a folder",
        "sub/deep/style.css": b"p {}",
        **{f"n/{number}.txt": b"%d" % number * number for number in range(100)},
    }

    def refused(self, data, status):
        """Answers with the status, and closes without losing the answer."""
        with self.server.connect() as client:
            client.send(data)
            reply = client.reply()
            self.assertEqual(reply.status, status)
            self.assertEqual(reply.fields["connection"], "close")
            self.assertTrue(client.at_end())

    def test_a_connection_is_kept(self):
        with self.server.connect() as client:
            for path, body in [("/", b"<p>the root</p>\n"), ("/digits.txt", b"0123456789"),
                               ("/empty.bin", b""), ("/sub/", b"a folder"), ("/big.bin", BIG),
                               ("/digits.txt?query=/../x", b"0123456789"),
                               ("/a%20b+c%25.txt", b"blanks and signs"),
                               ("http://test/digits.txt", b"0123456789"),
                               ("HTTP://test", b"<p>the root</p>\n")]:
                with self.subTest(path=path):
                    reply = client.ask(path)
                    self.assertEqual((reply.status, reply.body), (200, body))
                    self.assertEqual(reply.fields["connection"], "keep-alive")

    def test_who_keeps_and_who_closes(self):
        rows = [("HTTP/1.1", [], True), ("HTTP/1.1", ["Connection: close"], False),
                ("HTTP/1.1", ["Connection: x, Close"], False), ("HTTP/1.0", [], False),
                ("HTTP/1.0", ["Connection: Keep-Alive"], True), ("HTTP/1.9", [], True),
                ("HTTP/1.1", ["Content-Length: 0"], True),
                ("HTTP/1.1", ["Content-Length: 3"], False),
                ("HTTP/1.1", ["Transfer-Encoding: chunked"], False)]
        for version, fields, kept in rows:
            with self.subTest(version=version, fields=fields), self.server.connect() as client:
                reply = client.ask("/digits.txt", *fields, version=version)
                self.assertEqual((reply.status, reply.body), (200, b"0123456789"))
                self.assertEqual(reply.fields["connection"], "keep-alive" if kept else "close")
                if kept:
                    self.assertEqual(client.ask("/digits.txt").body, b"0123456789")
                else:
                    self.assertTrue(client.at_end())

    def test_head_is_get_without_the_body(self):
        with self.server.connect() as client:
            for path in ["/big.bin", "/sub/deep/style.css", "/nothing", "/sub"]:
                got = client.ask(path).fields
                head = client.ask(path, method="HEAD").fields
                for fields in (got, head):
                    del fields["date"]
                self.assertEqual(got, head)

    def test_types(self):
        with self.server.connect() as client:
            for path, kind in [("/", "text/html; charset=utf-8"), ("/empty.bin",
                               "application/octet-stream"),
                               ("/sub/deep/style.css", "text/css; charset=utf-8")]:
                self.assertEqual(client.ask(path).fields["content-type"], kind)

    def test_folders_and_what_is_not_there(self):
        with self.server.connect() as client:
            reply = client.ask("/sub/deep?x=/y")
            self.assertEqual((reply.status, reply.fields["location"]), (301, "./deep/"))
            for path in ["/nothing", "/sub/deep/", "/digits.txt/", "/sub/nothing/x",
                         "/" + "x" * 300, "/x" * 1000]:
                self.assertEqual(client.ask(path).status, 404, path)
            self.assertEqual(client.ask("/" + "x/" * 2100).status, 414)

    def test_nothing_outside_the_root(self):
        rows = ["/../secret.txt", "/sub/../../secret.txt", "/%2e%2e/secret.txt",
                "/.%2E/secret.txt", "/..%2fsecret.txt", "/sub/..%2f..%2fsecret.txt",
                "/./digits.txt", "/..", "/%2e", "/...", "//secret.txt", "/sub//index.html",
                "/..\\secret.txt", "/..%5csecret.txt", "/C:/secret.txt", "/digits.txt:stream",
                "/digits.txt%00.html", "/%00", "/%0a", "/%7f", "/%", "/%4", "/%zz", "/%4g",
                f"/{self.root.parent}/secret.txt", "secret.txt", "../secret.txt", "*",
                "http://test/../secret.txt", "file:///secret.txt", "https://test/digits.txt"]
        with self.server.connect() as client:
            for path in rows:
                with self.subTest(path=path):
                    reply = client.ask(path)
                    self.assertEqual(reply.status, 400)
                    self.assertNotIn(b"secret", reply.body)

    def test_other_methods(self):
        with self.server.connect() as client:
            for method in ["POST", "get", "PUT", "X-Y", "OPTIONS"]:
                reply = client.ask("/digits.txt", method=method)
                self.assertEqual((reply.status, reply.fields["allow"]), (405, "GET, HEAD"))
        body = b"x" * 3_000_000  # the answer must survive a body that nobody reads
        self.refused(request("/", f"Content-Length: {len(body)}", method="POST") + body, 405)

    def test_what_is_no_request(self):
        good = b"Host: test\r\n\r\n"
        rows = [b"\x16\x03\x01\x02\x00\x01\x00", b"\x00", b" GET / HTTP/1.1\r\n" + good,
                b"GET /\r\n\r\n", b"GET\r\n\r\n", b"GET  / HTTP/1.1\r\n" + good,
                b"GET / x HTTP/1.1\r\n" + good, b"GET / HTTP/1.1 \r\n" + good,
                b"GET / http/1.1\r\n" + good, b"GET / HTTP/1\r\n" + good,
                b"GET / HTTP/11.1\r\n" + good, b"GET / HTTP/1.1\rx\r\n" + good,
                b"G(T / HTTP/1.1\r\n" + good, b"GET /\x00 HTTP/1.1\r\n" + good,
                b"GET /\x7f HTTP/1.1\r\n" + good,
                b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n" + good,
                b"GET / HTTP/1.1\r\n: x\r\n" + good, b"GET / HTTP/1.1\r\nA: b\r\n c\r\n" + good,
                b"GET / HTTP/1.1\r\nA: b\x00\r\n" + good, b"GET / HTTP/1.1\r\nA: b\rc\r\n" + good]
        for data in rows:
            with self.subTest(data=data):
                self.refused(data, 400)
        noise = random.Random(2)
        for _ in range(50):
            data = noise.randbytes(200).replace(b"\n", b"") + b"\r\n\r\n"
            with self.subTest(data=data):
                self.refused(data, 400)

    def test_other_versions(self):
        for version in ["HTTP/2.0", "HTTP/0.9", "HTTP/3.1"]:
            self.refused(request("/", version=version), 505)

    def test_heads_that_are_too_long(self):
        room = HEAD_MAX - len(request("/", "A: "))
        with self.server.connect() as client:  # exactly as long as allowed
            self.assertEqual(client.ask("/", "A: " + "x" * room).status, 200)
        self.refused(request("/", "A: " + "x" * (room + 1)), 431)
        self.refused(request("/", *["A: b"] * 5000), 431)
        self.refused(request("/" + "x" * HEAD_MAX), 414)
        self.refused(b"x" * 100_000, 414)

    def test_empty_lines_before_and_bare_line_ends(self):
        with self.server.connect() as client:
            client.send(b"\r\n\n\r\nGET /digits.txt HTTP/1.1\nHost: test\n\n")
            self.assertEqual(client.reply().body, b"0123456789")

    def test_ranges(self):
        rows = [("bytes=0-0", 206, "0-0"), ("bytes=2-5", 206, "2-5"), ("bytes=5-", 206, "5-9"),
                ("bytes=-3", 206, "7-9"), ("bytes=-99", 206, "0-9"), ("bytes=9-99", 206, "9-9"),
                ("Bytes=0-9", 206, "0-9"), ("bytes=0-99999999999999999999999", 206, "0-9"),
                ("bytes=10-", 416, "*"), ("bytes=10-20", 416, "*"), ("bytes=-0", 416, "*"),
                ("bytes=99999999999999999999999-", 416, "*"),
                ("bytes=5-2", 200, None), ("bytes=0-1,3-4", 200, None), ("bytes=", 200, None),
                ("bytes=-", 200, None), ("bytes=a-b", 200, None), ("lines=0-1", 200, None),
                ("bytes 0-1", 200, None), ("bytes=1", 200, None), ("bytes=0-1x", 200, None)]
        with self.server.connect() as client:
            for text, status, place in rows:
                with self.subTest(range=text):
                    reply = client.ask("/digits.txt", f"Range: {text}")
                    self.assertEqual(reply.status, status)
                    self.assertEqual(reply.fields.get("content-range"),
                                     place and f"bytes {place}/10")
                    if status == 206:
                        low, high = map(int, place.split("-"))
                        self.assertEqual(reply.body, b"0123456789"[low:high + 1])
            self.assertEqual(client.ask("/empty.bin", "Range: bytes=0-").status, 416)
            self.assertEqual(client.ask("/digits.txt", "Range: bytes=1-2", method="HEAD").status,
                             200)
            reply = client.ask("/big.bin", "Range: bytes=1000001-6999999")
            self.assertEqual(reply.body, BIG[1000001:7000000])

    def test_conditions(self):
        with self.server.connect() as client:
            date = client.ask("/digits.txt").fields["last-modified"]
            other = "Thu, 01 Jan 1970 00:00:00 GMT"
            reply = client.ask("/digits.txt", f"If-Modified-Since: {date}")
            self.assertEqual(reply.status, 304)
            self.assertNotIn("content-length", reply.fields)
            self.assertEqual(client.ask("/digits.txt", f"If-Modified-Since: {other}").status, 200)
            for since, status in [(date, 206), (other, 200), ('"tag"', 200)]:
                reply = client.ask("/digits.txt", "Range: bytes=1-2", f"If-Range: {since}")
                self.assertEqual(reply.status, status)

    def test_dates_are_right(self):
        with self.server.connect() as client:
            for number, text in enumerate(["Thu, 01 Jan 1970 00:00:01 GMT",
                                           "Tue, 29 Feb 2000 23:59:59 GMT",
                                           "Wed, 01 Mar 2000 00:00:00 GMT",
                                           "Fri, 31 Dec 2027 12:34:56 GMT",
                                           "Thu, 01 Mar 2029 01:02:03 GMT"]):
                set_modified(self.root / f"dated{number}.txt", text)
                reply = client.ask(f"/dated{number}.txt")
                self.assertEqual(reply.fields["last-modified"], text)

    def test_requests_sent_together_are_answered_in_order(self):
        requests = b"".join(request(f"/n/{number}.txt") for number in range(100))
        for piece in (len(requests), 1000, 37):
            with self.server.connect() as client:
                for start in range(0, len(requests), piece):
                    client.send(requests[start:start + piece])
                for number in range(100):
                    self.assertEqual(client.reply().body, b"%d" % number * number)

    def test_large_and_small_replies_in_order(self):
        with self.server.connect() as client:
            client.send(b"".join(request(path) for path in ["/big.bin", "/digits.txt", "/nothing",
                                                            "/big.bin", "/digits.txt"]))
            bodies = [client.reply().body for _ in range(5)]
        self.assertEqual([bodies[0], bodies[1], bodies[3], bodies[4]],
                         [BIG, b"0123456789", BIG, b"0123456789"])

    def test_nothing_is_answered_after_a_close(self):
        with self.server.connect() as client:
            client.send(request("/digits.txt", "Connection: close") + request("/sub/"))
            self.assertEqual(client.reply().body, b"0123456789")
            self.assertTrue(client.at_end())

    def test_byte_by_byte(self):
        with self.server.connect() as client:
            for _ in range(2):
                for byte in request("/digits.txt", "Range: bytes=2-3"):
                    client.send(bytes([byte]))
                self.assertEqual(client.reply().body, b"23")

    def test_a_client_that_stops_sending_is_answered(self):
        with self.server.connect() as client:
            client.send(request("/big.bin") + request("/digits.txt") + b"GET /unfin")
            client.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(client.reply().body, BIG)
            self.assertEqual(client.reply().body, b"0123456789")
            self.assertTrue(client.at_end())

    def test_clients_that_vanish(self):
        for number in range(20):
            with self.server.connect() as client:
                client.send(request("/big.bin"))
                if number % 2:
                    client.socket.recv(1000)
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                         struct.pack("ii", number % 3 > 0, 0))
        with self.server.connect() as client:
            self.assertEqual(client.ask("/digits.txt").status, 200)

    def test_a_changed_file_is_read_again(self):
        place = self.root / "changing.txt"
        with self.server.connect() as client:
            for text in [b"one", b"two or three", None, b"four"]:
                place.unlink(missing_ok=True)
                if text is not None:
                    place.write_bytes(text)
                wanted = (404, b"404 Not Found\r\n") if text is None else (200, text)

                def seen(wanted=wanted):
                    reply = client.ask("/changing.txt")
                    return (reply.status, reply.body) == wanted
                wait_until(seen, wanted)

    def test_a_file_that_is_replaced_stays_whole(self):
        """While it is sent, a copy of another size takes its place and is asked for as well."""
        place = self.root / "replaced.bin"
        place.write_bytes(BIG)
        with self.server.connect() as slow, self.server.connect() as quick:
            slow.send(request("/replaced.bin"))
            slow.wait_answered()
            place.write_bytes(b"short")
            wait_until(lambda: quick.ask("/replaced.bin").body == b"short", "the new file")
            self.assertEqual(slow.reply().body, BIG)
            self.assertEqual(slow.ask("/replaced.bin").body, b"short")


class Memory(ServerTest):
    """A megabyte for files: they push each other out, and one is too large."""

    FILES = {**{f"{number}.bin": bytes([number]) * 300_000 for number in range(8)},
             "large.bin": bytes(2_000_000)}
    OPTIONS = ["--memory", "1"]

    def test_files_that_do_not_fit_together(self):
        with self.server.connect() as client:
            for turn in range(3):
                for number in range(8):
                    reply = client.ask(f"/{(number * 3 + turn) % 8}.bin")
                    self.assertEqual(reply.body, bytes([(number * 3 + turn) % 8]) * 300_000)
            self.assertEqual(client.ask("/large.bin").status, 503)


class Idle(ServerTest):
    FILES = {"digits.txt": b"0123456789", "big.bin": BIG}
    OPTIONS = ["--idle", "1"]

    def test_silent_clients_are_sent_away(self):
        silent, used, begun = (self.server.connect() for _ in range(3))
        with silent, used, begun:
            self.assertEqual(used.ask("/digits.txt").body, b"0123456789")
            begun.send(b"GET / HT")
            for client in (silent, used, begun):
                self.assertTrue(client.at_end())

    def test_a_request_that_trickles_in_is_cut_off(self):
        begun = time.monotonic()
        with self.server.connect() as client, self.assertRaises(OSError):
            while time.monotonic() - begun < 20:
                client.send(b"x")
                client.socket.settimeout(0.1)
                try:
                    if client.socket.recv(1) == b"":
                        raise ConnectionResetError
                except TimeoutError:
                    continue

    def test_a_slow_reader_is_no_idle_client(self):
        with self.server.connect() as client:
            client.send(request("/big.bin"))
            with self.server.connect() as other:  # closed after a second: as long as ours must wait
                self.assertTrue(other.at_end())
            self.assertEqual(client.reply().body, BIG)


class Stop(ServerTest):
    """Each test stops a server of its own; the class' one only provides the folder."""

    FILES = {"big.bin": BIG, "digits.txt": b"0123456789"}

    def test_a_reply_under_way_is_finished(self):
        with Server("--root", str(self.root)) as server:
            idle, busy = server.connect(), server.connect()
            with idle, busy:
                idle.ask("/digits.txt")
                busy.send(request("/big.bin") * 2)
                busy.wait_answered()
                server.interrupt()
                self.assertTrue(idle.at_end())
                self.assertEqual(busy.reply().body, BIG)
                last = busy.reply()
                self.assertEqual((last.body, last.fields["connection"]), (BIG, "close"))
                server.wait_stopped()

    def test_a_client_that_takes_nothing_cannot_stop_it(self):
        with Server("--root", str(self.root)) as server:
            with server.connect() as client:
                client.send(request("/big.bin") * 10)
                client.wait_answered()
                server.interrupt()
                server.wait_stopped()


if __name__ == "__main__":
    main()
