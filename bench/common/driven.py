# SPDX-License-Identifier: MIT
"""Programs that drive themselves: driven.h says what they take and print.

One is a lane's server, because its CPU time is what counts, and its client, because it counts what
it does. A partner, such as the process that accepts its connections, may run beside it.
"""

import peers
import rounds


class Program(peers.Controlled):
    """The program, started and ready."""

    def __init__(self, name, command, cpus, things):
        self.name = name
        self.WHO = name
        super().__init__(command, cpus, things)

    def check_alive(self):
        if self.process.poll() is not None:
            raise peers.Trouble(f"{self.name} stopped in the middle of the measurement.")

    def engine(self):
        return peers.engine_named(self._errors)


class Partner:
    """What a lane takes for its client: rounds are the program's, CPU time is the partner's."""

    def __init__(self, program, server=None):
        self.program = program
        self.server = server

    def run(self, seconds, warmup):
        return self.program.run(seconds, warmup)

    def cpu_ns(self):
        return peers.cpu_ns(self.server.process) if self.server else {}


class Group(rounds.Group):
    """Programs at one number of things; where the plan says so, a partner of its own for each."""

    def _start(self, stack, name, command):
        plan = self.plan
        server = None
        if plan.partner is not None:
            server = peers.Server(f"partner of {name}", plan.partner, plan.client_cpus)
            stack.callback(self._close_server, server)
            command = [*command, "--port", str(server.port)]
        program = Program(name, command, plan.server_cpus, self.connections)
        stack.callback(program.close)
        self.lanes.append(rounds.Lane(name, program, Partner(program, server)))


class Plan(rounds.Plan):
    """For one thread: --workers and --threads mean nothing here."""

    GROUP = Group

    def __init__(self, **settings):
        self.partner = None  # command of a peers.Server
        super().__init__(**settings)
