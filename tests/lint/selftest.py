#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows that each check can fail: every test builds a tiny tree with one fault and names it."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import docs
import layers
import sizes
import symbols
import text
import trace_calls
import tree

HEAD = "/* SPDX-License-Identifier: MIT */\n"


class TreeTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lint-selftest-"))
        self.addCleanup(shutil.rmtree, self.root)

    def put(self, path, content):
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)

    def one_problem(self, problems, *parts):
        """Exactly one problem, which names all these parts."""
        self.assertEqual(len(problems), 1, problems)
        for part in parts:
            self.assertIn(part, problems[0])


class Tree(TreeTest):
    def test_comments_and_literals_are_blanked_but_lines_stay(self):
        source = 'int a; /* {\n{ */ char *s = "}\\"}"; // (\nchar c = \'{\';\n'
        clean = tree.blank(source)
        self.assertEqual(clean.count("\n"), source.count("\n"))
        self.assertNotRegex(clean, r"[{}(]")

    def test_include_in_a_comment_is_none(self):
        self.assertEqual(tree.includes('/*\n#include "a.h"\n*/\n // #include "b.h"\n'), [])
        self.assertEqual(tree.includes('\n# include <a/b.h> /* why */\n'),
                         [(2, False, "a/b.h", False)])

    def test_git_ignored_files_are_not_listed(self):
        self.put("kept.c", "")
        self.put("dropped.c", "")
        self.put(".gitignore", "dropped.c\n")
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.assertEqual([path.name for path in tree.c_files(self.root)], ["kept.c"])


class Layers(TreeTest):
    def setUp(self):
        super().setUp()
        self.put("include/winsock2.h", HEAD)
        self.put("include/sys/socket.h", "#include_next <sys/socket.h>\n")

    def includes(self, path, *lines):
        self.put(path, HEAD + "".join(f"#include {line}\n" for line in lines))
        return layers.check_layers(self.root)

    def test_the_allowed_ones(self):
        self.assertEqual(self.includes("core/api/a.c", '"core/api/b.h"', '"core/base/c.h"',
                                       '"ring/host/lx.h"', "<winsock2.h>", "<string.h>"), [])
        self.assertEqual(self.includes("ring/engine/a.c", '"ring/host/lx.h"', "<liburing.h>",
                                       "<sys/socket.h>"), [])

    def test_a_lower_row_includes_an_upper_one(self):
        self.one_problem(self.includes("core/base/a.c", '"core/object/sock.h"'),
                         "core/base/a.c:2", "core/base is below core/object")

    def test_host_includes_engine(self):
        self.one_problem(self.includes("ring/host/a.c", '"ring/engine/ring.h"'), "is below")

    def test_ring_includes_core(self):
        self.one_problem(self.includes("ring/engine/a.h", '"core/base/list.h"'), "is below")

    def test_ring_includes_a_public_header(self):
        self.one_problem(self.includes("ring/host/a.c", "<winsock2.h>"), "never")
        self.one_problem(self.includes("ring/host/a.c", '"include/winsock2.h"'), "never")

    def test_core_includes_a_linux_header(self):
        for name in ("sys/socket.h", "netinet/in.h", "poll.h", "pthread.h", "liburing.h"):
            self.one_problem(self.includes("core/verb/a.c", f"<{name}>"), name, "core may not")

    def test_host_includes_liburing(self):
        self.one_problem(self.includes("ring/host/a.c", "<liburing.h>"), "only ring/engine")

    def test_a_path_that_does_not_start_at_the_root(self):
        self.one_problem(self.includes("core/base/a.c", '"list.h"'), "from the root")

    def test_a_file_in_no_layer(self):
        self.one_problem(self.includes("core/a.c"), "no layer")

    def test_an_api_test_looks_inside(self):
        self.one_problem(self.includes("tests/api/test_a.c", '"core/base/list.h"'),
                         "only public headers")


class Cycles(TreeTest):
    def test_no_cycle(self):
        self.put("core/base/a.h", '#include "core/base/b.h"\n')
        self.put("core/base/b.h", "#include <a.h>\n")
        self.assertEqual(layers.check_cycles(self.root), [])

    def test_a_cycle_of_two(self):
        self.put("core/base/a.h", '#include "core/base/b.h"\n')
        self.put("core/base/b.h", '#include "core/base/a.h"\n')
        self.one_problem(layers.check_cycles(self.root), "core/base/a.h -> core/base/b.h")

    def test_a_cycle_of_public_headers(self):
        self.put("include/a.h", "#include <x/b.h>\n")
        self.put("include/x/b.h", '#include "../a.h"\n#include <a.h>\n')
        self.one_problem(layers.check_cycles(self.root), "include/a.h -> include/x/b.h")


class Sizes(TreeTest):
    def check(self, source):
        self.put("core/base/a.c", source)
        return sizes.check_sizes(self.root)

    def function(self, body, head="int f(void)"):
        return self.check(HEAD + f"\n{head}\n{{\n{body}}}\n")

    def test_at_the_limits(self):
        self.assertEqual(self.check(HEAD + "int x;\n" * 499), [])
        self.assertEqual(self.function("    x();\n" * 67), [])
        self.assertEqual(self.function("", "int f(int a, int b, int c, int d, int e, int f)"), [])
        self.assertEqual(self.function("for (;;)\nif (a)\nwhile (b)\nc();\n"), [])

    def test_a_long_file(self):
        self.one_problem(self.check(HEAD + "int x;\n" * 500), "file_lines is 501")

    def test_a_long_file_that_says_why(self):
        self.assertEqual(self.check("/*\n * Long: one table.\n */\n" + "int x;\n" * 600), [])
        self.one_problem(self.check(HEAD + "int x; /* Long: no */\n" * 600), "file_lines")

    def test_rows_are_not_counted(self):
        rows = "    X(EACCES, WSAEACCES) \\\n" * 600
        self.assertEqual(self.check(HEAD + "#define T(X) \\\n" + rows), [])
        self.assertEqual(self.function("    case 1: return 2;\n" * 100), [])

    def test_a_long_function(self):
        self.one_problem(self.function("    x();\n" * 68), "a.c:3: f:", "function_lines is 71")

    def test_seven_parameters(self):
        head = ("__attribute__((nonnull(1, 2))) int g(int a, int b, int (*c)(int, int), int d,\n"
                "      int e, int f, int h)")
        self.one_problem(self.function("", head), "g: parameters is 7")

    def test_deep_nesting(self):
        cases = [
            "for (;;) { if (a) { while (b) { if (c) d(); } } }\n",
            "switch (a) {\ncase 1:\nif (b) { do { if (c) d(); } while (0); }\n}\n",
            "list_for_each(a, b) { if (a) { if (b) { if (c) d(); } } }\n",
            "TABLE(ROW)\nif (a)\nif (b)\nif (c)\nif (d)\ne();\n",
            "out:\nif (a)\nif (b)\nif (c)\nif (d)\ne();\n",
            "struct s x = { .a = { 1, 2 } };\nif (a)\nif (b)\nif (c)\nif (d)\ne();\n",
        ]
        for body in cases:
            with self.subTest(body=body):
                self.one_problem(self.function(body), "nesting is 4")

    def test_else_if_is_no_deeper(self):
        chain = "if (a) b();\n" + "else if (c) d();\n" * 9 + "else { if (e) f(); }\n"
        self.assertEqual(self.function(chain), [])

    def test_the_ratchet(self):
        entry = "function_lines\tcore/base/a.c\tf\t{}\tit is a test\n"
        self.put(sizes.RATCHET, entry.format(80))
        self.assertEqual(self.function("    x();\n" * 77), [])
        self.one_problem(self.function("    x();\n" * 78), "may not grow")
        self.one_problem(self.function("    x();\n" * 76), "shrank")
        self.one_problem(self.function("    x();\n" * 9), "remove the line")
        self.put(sizes.RATCHET, "function_lines\tcore/base/a.c\tf\t80\t\n")
        self.assertRaises(ValueError, self.function, "")


class Text(TreeTest):
    def spdx(self, path, content):
        self.put(path, content)
        return text.check_spdx(self.root)

    def text(self, path, content):
        self.put(text.FORBIDDEN, "# comment\n\\bsecr[e]t\\b\n")
        self.put(path, content)
        return text.check_text(self.root)

    def test_spdx(self):
        self.assertEqual(self.spdx("scripts/a", f"#!/bin/sh\n# {text.SPDX}\n"), [])
        self.assertEqual(self.spdx("README.md", "no line here\n"), [])
        self.one_problem(self.spdx("core/base/a.c", "int x;\n"), "core/base/a.c:1")

    def test_spdx_of_a_script_without_a_suffix(self):
        self.one_problem(self.spdx("scripts/a", "#!/bin/sh\necho\n"), "scripts/a")

    def test_clean_text(self):
        self.assertEqual(self.text("a.c", "x" * 100 + "\n"), [])
        self.assertEqual(self.text("a.md", "x" * 300 + "\n"), [])

    def test_a_tab(self):
        self.one_problem(self.text("a.c", "\tint x;\n"), "a.c:1", "tab")

    def test_a_long_line(self):
        self.one_problem(self.text("a.h", "\n" + "x" * 101 + "\n"), "a.h:2", "101 columns")

    def test_ends_of_lines(self):
        self.one_problem(self.text("a.c", "int x; \n"), "white space")
        self.one_problem(self.text("a.c", "int x;"), "newline")

    def test_a_carriage_return(self):
        self.one_problem(self.text("a.md", "a\r\n"), "a.md:1", "carriage return")

    def test_a_forbidden_word(self):
        self.one_problem(self.text("docs/a.md", "a secret\n"), "docs/a.md:1", "'secret'")

    def test_the_projects_own_list(self):
        own = (pathlib.Path(__file__).parent / "forbidden.txt").read_text()
        for line in ("/* TO" "DO: later */", "see /wo" "rk/notes", "https://my.mir" "ror/x",
                     "<<<<" "<<< HEAD"):
            self.put("a.c", line + "\n")
            self.put(text.FORBIDDEN, own)
            self.one_problem(text.check_text(self.root), "a.c:1", "forbids")


class Symbols(TreeTest):
    def setUp(self):
        super().setUp()
        self.put("include/a.h", "#define WS2RING_SYM(name) __asm__(\"ws2_\" #name)\n"
                 "int send(int s)\n    WS2RING_SYM(send); /* WS2RING_SYM(no) */\n"
                 "int open() WS2RING_SYM_WIDE(OpenW);\nint ws2_stats(void);\n")

    def test_all_forms_of_declarations(self):
        self.assertEqual(set(symbols.declared(self.root)),
                         {"ws2_send", "ws2_OpenW16", "ws2_OpenW32", "ws2_stats"})

    def test_comparison(self):
        wanted = symbols.declared(self.root)
        right = set(wanted)
        self.assertEqual(symbols.compare(right, wanted, "lib"), [])
        self.one_problem(symbols.compare(right | {"connect"}, wanted, "lib"), "exports connect")
        self.one_problem(symbols.compare(right | {"ws2_x"}, wanted, "lib"), "no header declares")
        self.one_problem(symbols.compare(right - {"ws2_OpenW16"}, wanted, "lib"),
                         "lacks ws2_OpenW16", "a.h")

    def test_a_real_library(self):
        compiler = shutil.which("cc")
        if compiler is None:
            self.skipTest("no C compiler")
        self.put("a.c", "int ws2_send, ws2_OpenW16, ws2_OpenW32, ws2_stats, connect;\n"
                 "static int hidden_one; int *ws2_unused(void);\n"
                 "int *ws2_unused(void) { return &hidden_one; }\n")
        shared, static = self.root / "a.so", self.root / "a.a"
        subprocess.run([compiler, "-shared", "-fPIC", "-o", shared, self.root / "a.c"], check=True)
        subprocess.run([compiler, "-c", "-o", self.root / "a.o", self.root / "a.c"], check=True)
        subprocess.run(["ar", "rc", static, self.root / "a.o"], check=True)
        problems = symbols.check_symbols(self.root, shared, static)
        for library in ("a.so", "a.a"):
            self.assertIn(f"{library}: exports connect, which does not begin with ws2_", problems)
            self.assertIn(f"{library}: exports ws2_unused, which no header declares", problems)
        self.assertEqual(len(problems), 4, problems)


class Docs(TreeTest):
    def setUp(self):
        super().setUp()
        self.put("include/a.h", "int x WS2RING_SYM(WSASocketA); int y WS2RING_SYM_WIDE(WSASocketW);"
                 "int z WS2RING_SYM(send); int h WS2RING_SYM(htons);\n")
        self.put("docs/calls/WSASocket.md", "")
        self.put("docs/calls/send.md", "")

    def test_pages_pairs_and_exemptions(self):
        self.one_problem(docs.check_docs(self.root), "docs/calls/htons.md: missing")
        self.put(docs.EXEMPT, "# none\nhtons\n")
        self.assertEqual(docs.check_docs(self.root), [])

    def test_a_stale_exemption(self):
        self.put(docs.EXEMPT, "htons\nntohs\n")
        self.one_problem(docs.check_docs(self.root), "ntohs", "remove")


class TraceCalls(TreeTest):
    def body(self, body, head="int send(int s, const char *data)"):
        self.put("include/a.h", "int x WS2RING_SYM(send); int y WS2RING_SYM_WIDE(Get);\n")
        self.put("core/api/a.c", f"{HEAD}\n{head}\n{{\n{body}}}\n")
        return trace_calls.check_trace(self.root)

    def test_the_allowed_ones(self):
        self.assertEqual(self.body("    int error = 0;\n\n    TRACE_CALL(send, s, data);\n"), [])
        self.assertEqual(self.body("    TRACE_CALL_VOID(send);\n", "void WSAAPI send(void)"), [])
        self.assertEqual(self.body("    TRACE_CALL_NORETURN(send, s);\n", "void send(int s)"), [])
        self.assertEqual(self.body("    TRACE_CALL(send, a, f, c);\n",
                                   "int send(int a, int (WSAAPI *f)(int, int), char *c[])"), [])
        self.assertEqual(self.body("    TRACE_CALL(ws2_Get16, a);\n", "void *ws2_Get16(int a)"), [])
        self.assertEqual(self.body("", "static int send(int s)"), [])

    def test_faults(self):
        cases = [
            ("    f();\n", "wants one"),
            ("    TRACE_CALL(recv, s, data);\n", "names recv"),
            ("    if (s)\n        return 0;\n    TRACE_CALL(send, s, data);\n", "not the first"),
            ("    TRACE_CALL_VOID(send, s, data);\n", "without a result"),
            ("    TRACE_CALL(send, data, s);\n", "passes data, s"),
            ("    TRACE_CALL(send, s, data);\n    TRACE_CALL(send, s, data);\n", "twice"),
        ]
        for body, part in cases:
            with self.subTest(body=body):
                self.one_problem(self.body(body), "core/api/a.c:3", part)
        self.one_problem(self.body("", "void *ws2_Get32(int a)"), "ws2_Get32", "wants one")


if __name__ == "__main__":
    unittest.main()
