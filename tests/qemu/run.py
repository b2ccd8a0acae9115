#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the tests on other kernels: boots Debian's own in QEMU, with the tests as the whole system.

    tests/qemu/run.py [--build-dir build/dev] [--guest NAME]... [--program PATTERN]...

Not part of ctest, because it fetches kernels with apt-get (into BUILD-DIR/qemu; nothing is
installed) and is slow without KVM. Needs the packages qemu-system-x86 and busybox-static.
The guests:

    6.1       Debian 12's kernel: unit, api and conformance tests, and an echo
    6.12      the same on the kernel of bookworm-backports
    disabled  6.12 with kernel.io_uring_disabled=2: WSAStartup says WSASYSNOTREADY and why
    old       Debian 11's 5.10, whose io_uring is too old: likewise

Exit status 0: every guest did what it should."""

import argparse
import dataclasses
import fnmatch
import gzip
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
MIRROR = "http://deb.debian.org/debian"
BUSYBOX = pathlib.Path("/bin/busybox")
BOOT_SECONDS = 60  # for KVM to show that it works here
GUEST_SECONDS = 900
PROGRAM_SECONDS = 90
FETCH_SECONDS = 300
MEMORY_MB = 2048
CPUS = 2
ACCELERATORS = {"kvm": "kvm", "tcg": "tcg,thread=single"}
WSASYSNOTREADY = "10091"
READ_BY_TESTS = ("tests/data", "docs/calls")
SERVICES = pathlib.Path("/etc/services")  # tests of names skip without it


@dataclasses.dataclass
class Guest:
    suite: str            # whose linux-image-amd64
    command: str = ""     # before anything else
    refusal: str = ""     # what the one line must name; empty: everything works


GUESTS = {
    "6.1": Guest("bookworm"),
    "6.12": Guest("bookworm-backports"),
    "disabled": Guest("bookworm-backports", "echo 2 >/proc/sys/kernel/io_uring_disabled",
                      "denied by the administrator"),
    "old": Guest("bullseye", refusal="too old"),
}

# The guest's first and only process. What it prints comes out of the serial line; lines that begin
# with @@ are for this script.
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /usr/bin /usr/sbin /sbin
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm
mount -t tmpfs shm /dev/shm
ip link set lo up
ip route add default dev lo # so that no address is simply unreachable
ulimit -H -n 524288
export HOME=/tmp TERM=dumb
cd /tmp
echo "@@ kernel $(uname -r)"
{command}
run() {{
    name=$1
    shift
    echo "@@ begin $name"
    timeout -s KILL {seconds} "$@" </dev/null 2>&1
    status=$?
    echo
    echo "@@ end $name $status"
}}
{programs}
sync
poweroff -f
"""

ECHO = """echo "@@ begin echo"
{server} --port 7777 >/tmp/server 2>&1 &
server=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
    grep -q listening /tmp/server && break
    sleep 0.3
done
( echo "there and back"; sleep 1 ) | timeout 10 nc 127.0.0.1 7777 >/tmp/answer
kill -INT $server
wait $server
status=$?
cat /tmp/server
grep -q "there and back" /tmp/answer || status=99
echo "@@ end echo $status"
"""


def fail(text):
    sys.exit(f"tests/qemu/run.py: {text}")


# ---- Kernels ----

def fetch_kernel(suite, folder):
    """The kernel of a suite's linux-image-amd64; apt-get works in a folder of its own."""
    found = sorted(folder.glob("boot/vmlinuz-*"))
    if found:
        return found[-1]
    apt = folder / "apt"
    for name in ("lists/partial", "archives/partial"):
        (apt / name).mkdir(parents=True, exist_ok=True)
    (apt / "sources.list").write_text(f"deb [signed-by={KEYS}] {MIRROR} {suite} main\n")
    options = ["-o", f"Dir::Etc::sourcelist={apt}/sources.list", "-o",
               "Dir::Etc::sourceparts=/dev/null", "-o", f"Dir::State::lists={apt}/lists", "-o",
               f"Dir::Cache::archives={apt}/archives", "-o", "Dir::Cache::pkgcache=", "-o",
               "Dir::Cache::srcpkgcache=", "-o", "APT::Sandbox::User="]

    def ask(*command, cwd=None):
        return subprocess.run([command[0], *options, *command[1:]], check=True, text=True, cwd=cwd,
                              timeout=FETCH_SECONDS, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE).stdout

    ask("apt-get", "update")
    image = re.search(r"Depends: (linux-image-\S+)",
                      ask("apt-cache", "show", "--no-all-versions", "linux-image-amd64"))
    if not image:
        fail(f"{suite} has no linux-image-amd64")
    ask("apt-get", "download", image[1], cwd=apt)
    package = next(apt.glob("linux-image-*.deb"))
    # Only the kernel: what the guests need is built in.
    whole = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", folder, "--wildcards", "./boot/vmlinuz-*"],
                   stdin=whole.stdout, check=True)
    whole.wait()
    shutil.rmtree(apt)
    return sorted(folder.glob("boot/vmlinuz-*"))[-1]


# ---- The guest's file system ----

def libraries_of(program):
    """The shared libraries that the program loads, as paths."""
    out = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return {pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", out)}


def archive(files):
    """A cpio archive (newc) of {path: (mode, bytes)}; folders are made as needed."""
    entries = {}
    for path, entry in files.items():
        for parent in list(pathlib.PurePosixPath(path).parents)[::-1]:
            if str(parent) != "/":
                entries.setdefault(str(parent), (0o40755, b""))
        entries[path] = entry
    entries["/TRAILER!!!"] = (0, b"")
    out = bytearray()
    for number, (path, (mode, data)) in enumerate(entries.items(), 1):
        name = path.lstrip("/").encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        out += b"070701" + b"".join(b"%08x" % field for field in fields) + name
        out += b"\0" * (-len(out) % 4) + data
        out += b"\0" * (-len(out) % 4)
    return bytes(out)


def initramfs(programs, script, place):
    files = {"/init": (0o100755, script.encode()),
             "/bin/busybox": (0o100755, BUSYBOX.read_bytes())}
    read = [path for folder in READ_BY_TESTS for path in (ROOT / folder).rglob("*")]
    for path in [SERVICES, *read]:
        if path.is_file():
            files[str(path)] = (0o100644, path.read_bytes())
    # busybox's ip knows no -batch, and its sh calls its own ip, whatever PATH says. It leaves names
    # alone that are taken.
    for name, tool in (("/bin/sh", "/bin/sh"), ("/sbin/ip", shutil.which("ip"))):
        if tool:
            programs = programs | {pathlib.Path(tool)}
            files[name] = (0o100755, pathlib.Path(tool).read_bytes())
    for program in programs:
        for path in {program, *libraries_of(program)}:
            files.setdefault(str(path), (0o100755, path.read_bytes()))
    place.write_bytes(gzip.compress(archive(files), compresslevel=1))


# ---- Running ----

def run_qemu(accelerator, kernel, image, log):
    """Boots once; what the guest prints goes to `log`. False: its kernel never came up."""
    # QEMU inside a virtual machine may not be allowed to set the MSR of arch-capabilities. TCG has
    # one thread for all CPUs: with one for each, 6.12 has panicked in code it was changing.
    command = ["qemu-system-x86_64", "-accel", ACCELERATORS[accelerator],
               "-cpu", "max,arch-capabilities=off", "-m", str(MEMORY_MB), "-smp", str(CPUS),
               "-nographic", "-no-reboot", "-nic", "none", "-kernel", kernel, "-initrd", image,
               "-append", "console=ttyS0 quiet loglevel=3 panic=-1 no_timer_check"]
    started = time.monotonic()
    up = False
    with log.open("wb") as out:
        guest = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=subprocess.STDOUT)
        while guest.poll() is None:
            time.sleep(0.5)
            seconds = time.monotonic() - started
            up = up or b"@@ kernel" in log.read_bytes()
            if seconds > (BOOT_SECONDS if accelerator == "kvm" and not up else GUEST_SECONDS):
                guest.kill()
    return b"@@ kernel" in log.read_bytes()


def boot(accelerators, kernel, image, log):
    """What the guest printed. An accelerator that does not get a kernel up is not tried again."""
    while not run_qemu(accelerators[0], kernel, image, log) and len(accelerators) > 1:
        print(f"    no guest comes up with {accelerators.pop(0)} here: going on with "
              f"{accelerators[0]}, which is slow", flush=True)
    return log.read_text(encoding="utf-8", errors="replace").replace("\r", "")


def results_of(output):
    """{program: (exit status, what it printed)}; None: it never ended."""
    results = {}
    for name, text in re.findall(r"^@@ begin (\S+)\n(.*?)(?=^@@ begin |\Z)", output, re.M | re.S):
        end = re.search(r"^@@ end \S+ (\d+)$", text, re.M)
        results[name] = (int(end[1]) if end else None, text[:end.start()] if end else text)
    return results


def skipped(text):
    """The tests that a program skipped, with the reason where they gave one."""
    return re.findall(r"^\[ RUN      \] .*\n((?:skipped: .*\n)?\[  SKIPPED \] \S+)$", text, re.M)


def known_deviations():
    lines = (ROOT / "tests/conformance/deviations.tsv").read_text(encoding="utf-8").splitlines()
    return {line.split("\t")[0] for line in lines if line and not line.startswith("#")}


def judge(guest, programs, results):
    """Prints what happened. The number of failures."""
    failures = 0
    excused = known_deviations()
    for name in programs:
        status, text = results.get(name, (None, ""))
        if guest.refusal:
            lines = [line for line in text.splitlines() if line.startswith("ws2ring:")]
            good = (len(lines) == 1 and guest.refusal in lines[0] and WSASYSNOTREADY in text
                    and status not in (None, 0))
            said = " | ".join(line for line in text.splitlines() if line)
            print(f"    {'ok' if good else 'FAILED'}: {said}")
        elif name.startswith("conformance/"):
            bad = [line for line in re.findall(r"^not ok (\S+)", text, re.M) if line not in excused]
            good = status in (0, 1) and not bad and "# lines:" in text
            if not good:
                print(f"    FAILED: {name}: status {status}, not ok: {' '.join(bad) or 'none'}")
        else:
            good = status == 0
            if not good:
                print(f"    FAILED: {name}: status {status}")
                print("".join(f"        {line}\n" for line in text.splitlines()[-25:]), end="")
            for test in skipped(text):
                print(f"    {name}: {' '.join(test.split())}")
        failures += not good
    return failures


def run_guest(name, guest, arguments, store, accelerators):
    build = arguments.build_dir.resolve()
    kernel = fetch_kernel(guest.suite, store / guest.suite)
    server = build / "examples/iocp_echo"
    if guest.refusal:
        programs = {"refused": server}
        steps = f"run refused {server} --port 0\n"
    else:
        programs = {f"{path.parent.name}/{path.name}": path
                    for pattern in ("tests/unit/test_*", "tests/api/api_test_*")
                    for path in sorted(build.glob(pattern)) if path.is_file()}
        programs |= {f"conformance/{path.name}": path
                     for path in sorted(build.glob("tests/conformance/native/*"))
                     if (ROOT / f"tests/conformance/{path.name}.c").exists()}
        programs = {key: path for key, path in programs.items()
                    if any(fnmatch.fnmatch(key, pattern) for pattern in arguments.program)}
        steps = "".join(f"run {key} {path}\n" for key, path in programs.items())
        if server.exists():
            programs["echo"] = server
            steps += ECHO.format(server=server)
    if not programs or not all(path.exists() for path in programs.values()):
        fail(f"{build} holds no tests or no examples: build it first (cmake --build)")
    image = store / f"{name}.cpio.gz"
    initramfs(set(programs.values()),
              INIT.format(command=guest.command, seconds=PROGRAM_SECONDS, programs=steps), image)
    output = boot(accelerators, kernel, image, store / f"{name}.log")
    version = re.search(r"@@ kernel (\S+)", output)
    print(f"{name}: Linux {version[1] if version else 'that did not start'}", flush=True)
    failures = judge(guest, programs, results_of(output))
    tests = sum(map(int, re.findall(r"^\[  PASSED  \] (\d+) test", output, re.M)))
    print(f"    {len(programs)} programs, {failures} failed, {tests} tests passed, "
          f"{len(skipped(output))} skipped; all they printed: {store}/{name}.log", flush=True)
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build-dir", type=pathlib.Path, default=ROOT / "build/dev",
                        help="a build with tests and examples, without sanitizers")
    parser.add_argument("--guest", action="append", choices=GUESTS,
                        help="only this one; may be repeated")
    parser.add_argument("--program", action="append", metavar="PATTERN",
                        help="only these, as api/api_test_udp*; may be repeated")
    parser.add_argument("--accelerator", choices=ACCELERATORS,
                        help="without it: KVM, and where that brings no kernel up, TCG")
    arguments = parser.parse_args()
    arguments.program = arguments.program or ["*"]
    build = arguments.build_dir.resolve()
    if platform.machine() != "x86_64":
        fail("only x86-64 has guests so far")
    for tool, package in (("qemu-system-x86_64", "qemu-system-x86"), ("busybox", "busybox-static"),
                          ("apt-get", "apt")):
        if not shutil.which(tool):
            fail(f"{tool} is missing (Debian package {package})")
    accelerators = ["kvm", "tcg"] if os.access("/dev/kvm", os.R_OK | os.W_OK) else ["tcg"]
    if arguments.accelerator:
        accelerators = [arguments.accelerator]
    store = build / "qemu"
    store.mkdir(parents=True, exist_ok=True)
    failures = sum(run_guest(name, GUESTS[name], arguments, store, accelerators)
                   for name in arguments.guest or GUESTS)
    print("every guest did what it should" if failures == 0 else f"{failures} failures")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
