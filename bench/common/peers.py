# SPDX-License-Identifier: MIT
"""The processes of a measurement: servers, load clients, and the CPU time they used.

Everything started here is stopped here, by process id, and dies with the script even if that is
killed.
"""

import ctypes
import fcntl
import gzip
import json
import os
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

START_SECONDS = 10.0  # a server that has not said "listening" by then has failed
STOP_SECONDS = 8.0  # between SIGINT and SIGKILL: iocp_echo gives late replies five seconds
DRAIN_SECONDS = 5.0  # echo_load waits this long for late answers
SPARE_DESCRIPTORS = 64  # what a process needs beside its connections
PR_SET_PDEATHSIG = 1
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
CONGESTION_CONTROL = "/proc/sys/net/ipv4/tcp_congestion_control"

_libc = ctypes.CDLL(None)


class Trouble(Exception):
    """Something the user should read as one sentence, without a traceback."""


# --- This process ---------------------------------------------------------------------------------


def _die_with_parent(number):
    _libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def _enter_own_network():
    """Where that is allowed: a network namespace with nothing but loopback, and TCP with Reno. BBR,
    which is some machines' choice, paces what is sent by what it believes of the path; on loopback
    that is a matter of luck, and a bulk sender's rate with it. Cubic is not to be had in there."""
    if _libc.unshare(CLONE_NEWNET) != 0:
        return  # not root: the report names what the machine has
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    with open(CONGESTION_CONTROL, "w", encoding="ascii") as file:
        file.write("reno")


def isolate():
    """Continues in a child with a session of its own, hence its own scheduler autogroup, at nice
    -15 where that is allowed: whatever else runs on the machine then disturbs the figures less, and
    the user's shell keeps its own priority. The parent only forwards signals and exit status. The
    child's network is its own too."""
    child = os.fork()
    if child == 0:
        os.setsid()
        # A background job of a shell script has SIGINT ignored; the clean-up below relies on it.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        _die_with_parent(signal.SIGTERM)
        try:
            with open("/proc/self/autogroup", "w", encoding="ascii") as file:
                file.write("-15")
        except OSError:
            pass  # not root, or a kernel without autogroups: the noise check still applies
        _enter_own_network()
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda sent, _frame: os.kill(child, sent))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def run_main(name, main):
    """Runs main() isolated and returns its exit status; what a user may cause is one sentence."""
    isolate()
    try:
        return main()
    except Trouble as trouble:
        print(f"{name}: {trouble}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print(f"{name}: stopped.", file=sys.stderr, flush=True)
        return 130
    except BrokenPipeError:  # the reader, `head` perhaps, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def raise_descriptor_limit():
    """Soft limit to the hard one, for every process started from here. Returns the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else 1 << 30


def _numbers(values):
    return ", ".join(str(value) for value in values)


def choose_cpus(mode, workers, threads):
    """(CPUs of the server, CPUs of the client, sentence) for `split`, `same` or `none`."""
    cpus = sorted(os.sched_getaffinity(0))
    if mode == "same":
        return cpus[:1], cpus[:1], f"server and client both pinned to CPU {cpus[0]}"
    if mode == "split" and len(cpus) >= workers + threads:
        server, client = cpus[:workers], cpus[workers : workers + threads]
        sentence = f"server pinned to CPU {_numbers(server)}, client to CPU {_numbers(client)}"
        return server, client, sentence
    return cpus, cpus, f"nothing pinned, {len(cpus)} CPUs shared by server and client"


# --- Servers and clients --------------------------------------------------------------------------


def spawn(command, cpus, **options):
    def before_exec():
        _die_with_parent(signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.sched_setaffinity(0, cpus)

    try:
        return subprocess.Popen(command, preexec_fn=before_exec, **options)
    except OSError as error:
        raise Trouble(f"cannot start {command[0]}: {error.strerror}") from error


def _stop(process):
    """SIGINT, and SIGKILL when that has no effect. Returns False if it needed the latter."""
    if process.poll() is not None:
        return True
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
        return True
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


def _last_lines(file, count=3):
    """The end of what a process wrote, as one line."""
    file.seek(0)
    lines = file.read().decode(errors="replace").strip().splitlines()
    return "; ".join(line.strip() for line in lines[-count:])


def _start_hint(port):
    """Why a server may have refused to start, where this can be told from outside."""
    if port != 0:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except PermissionError:
                return f" Port {port} is reserved for root: choose one above 1023."
            except OSError:
                return f" Port {port} is in use by another program: choose another one."
    try:
        with open("/proc/sys/kernel/io_uring_disabled", encoding="ascii") as file:
            if file.read().strip() != "0":
                return " io_uring is switched off here (sysctl kernel.io_uring_disabled)."
    except OSError:
        pass
    return ""


def verbose_environment():
    """In which a program names ws2ring's engine: engine_named() finds it."""
    return dict(os.environ, WS2RING_VERBOSE="1")


def engine_named(errors):
    """What ws2ring says it runs on: `ws2ring: engine uring, ...` on standard error."""
    errors.seek(0)
    found = re.search(rb"^ws2ring: engine ([\w-]+)", errors.read(), re.MULTILINE)
    return found.group(1).decode() if found else "unknown"


class Server:
    """A server: any command that takes --port and --workers and prints `listening on N`."""

    def __init__(self, name, command, cpus, port=0, workers=1):
        self.name = name
        self.command = [*command, "--port", str(port), "--workers", str(workers)]
        self.stopped_cleanly = True
        # Files rather than pipes: nobody has to read while a round runs.
        self._output = tempfile.TemporaryFile()
        self._errors = tempfile.TemporaryFile()
        self.process = spawn(
            self.command,
            cpus,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._errors,
            env=verbose_environment(),
        )
        try:
            self.port = self._wait_listening(port)
        except BaseException:
            self.close()
            raise

    def _wait_listening(self, port):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None  # asked before reading: the last words count
            self._output.seek(0)
            found = re.search(rb"^listening on (\d+)\s*$", self._output.read(), re.MULTILINE)
            if found and not ended:
                return int(found.group(1))
            if ended:
                raise Trouble(self._obituary("did not start") + _start_hint(port))
            time.sleep(0.01)
        raise Trouble(f"{self.name} did not say `listening on N` within {START_SECONDS:.0f} s.")

    def _obituary(self, what):
        said = _last_lines(self._errors) or f"exit status {self.process.returncode}"
        return f"{self.name} {what}: {said}."

    def check_alive(self):
        if self.process.poll() is not None:
            raise Trouble(self._obituary("stopped in the middle of the measurement"))

    def engine(self):
        return engine_named(self._errors)

    def close(self):
        self.stopped_cleanly = _stop(self.process)
        self._output.close()
        self._errors.close()


class Controlled:
    """A program in control mode: it says that it is ready, then a round for each call of run()."""

    WHO = "the load client"

    def __init__(self, command, cpus, connections):
        self.connections = connections
        self._pending = b""
        self._errors = tempfile.TemporaryFile()
        self.process = spawn(
            [*command, "--control", "--connections", str(connections)],
            cpus,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
            env=verbose_environment(),
        )
        try:
            ready = self._read(15 + connections * 0.001)
            if ready["open"] != connections:
                raise Trouble(f"only {ready['open']} of {connections} connections were accepted.")
        except BaseException:
            self.close()
            raise

    def _read(self, limit_seconds):
        """One line of JSON."""
        deadline = time.monotonic() + limit_seconds
        while b"\n" not in self._pending:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise Trouble(f"{self.WHO} did not answer within {limit_seconds:.0f} s.")
            piece = self.process.stdout.read(65536)
            if not piece:
                raise Trouble(f"{self.WHO} stopped: {_last_lines(self._errors)}.")
            self._pending += piece
        line, self._pending = self._pending.split(b"\n", 1)
        return json.loads(line)

    def cpu_ns(self):
        return cpu_ns(self.process)

    def run(self, seconds, warmup):
        try:
            self.process.stdin.write(f"run {seconds} {warmup}\n".encode())
        except BrokenPipeError:
            pass  # the reason follows from reading
        return self._read(seconds + warmup + DRAIN_SECONDS + 10)

    def close(self):
        self.process.stdin.close()  # end of input: it leaves, closing its connections
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _stop(self.process)
        self.process.stdout.close()
        self._errors.close()


class Client(Controlled):
    """echo_load, connected once."""

    def __init__(self, path, port, cpus, connections, size, threads):
        command = [path, "--port", str(port), "--size", str(size), "--threads", str(threads)]
        super().__init__(command, cpus, connections)


# --- CPU time -------------------------------------------------------------------------------------


def cpu_ns(process):
    """Thread id to the CPU time it used, user and system: kernel workers of a ring count too.
    Exact for a thread that sleeps; a running one is up to a tick behind, so read between rounds."""
    times = {}
    folder = f"/proc/{process.pid}/task"
    try:
        for task in os.listdir(folder):
            with open(f"{folder}/{task}/schedstat", encoding="ascii") as file:
                times[task] = int(file.read().split()[0])
    except OSError:
        pass  # a thread, or the process, ended meanwhile: the caller checks for the latter
    return times


def cpu_used_ns(before, after):
    return sum(used - before.get(task, 0) for task, used in after.items())


def _irq_time_is_separate():
    """Whether this kernel keeps interrupt time out of the tasks' own times."""
    for path in ("/proc/config.gz", f"/boot/config-{os.uname().release}"):
        try:
            opener = gzip.open if path.endswith(".gz") else open
            with opener(path, "rt", encoding="ascii", errors="replace") as file:
                return "\nCONFIG_IRQ_TIME_ACCOUNTING=y" in file.read()
        except OSError:
            continue
    return False


IRQ_TIME_IS_SEPARATE = _irq_time_is_separate()


def machine_busy_seconds():
    """CPU seconds the whole machine has used so far. Waiting for io_uring shows as iowait, which is
    idle time; steal is included, since it disturbs a round as another process does."""
    with open("/proc/stat", encoding="ascii") as file:
        fields = [int(word) for word in file.readline().split()[1:9]]
    user, nice, system, _idle, _iowait, irq, softirq, steal = fields
    ticks = user + nice + system + steal
    if not IRQ_TIME_IS_SEPARATE:
        ticks += irq + softirq  # then the tasks' own times contain them as well
    return ticks / os.sysconf("SC_CLK_TCK")


def machine():
    """What a reader needs to know to compare figures."""
    model = "unknown"
    with open(CONGESTION_CONTROL, encoding="ascii") as file:
        congestion_control = file.read().strip()
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith(("model name", "CPU part")):
                model = line.split(":", 1)[1].strip()
                break
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": os.uname().release,
        "architecture": os.uname().machine,
        "congestion_control": congestion_control,
        "irq_time_in_tasks": not IRQ_TIME_IS_SEPARATE,
    }
