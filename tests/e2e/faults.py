# SPDX-License-Identifier: Apache-2.0
"""Gateways whose system calls fail when a test says so: tests/faults/inject.c stands between them and the kernel."""
import mmap
import os
import struct

from gateway import TIELINE

BUILD = os.path.abspath(os.environ.get("TIELINE_BUILD", "build"))
LIBRARY = os.path.join(BUILD, "tests", "faults", "libinject.so")

ROLES = ("monitor", "edge", "envelope", "keyholder", "ledger", "courier", "desk", "command")
OPS = ("write", "sync", "truncate", "rename", "unlink", "make", "send", "tell", "log", "memory", "range")
DISK = OPS[:6]
PASS, FAIL, SHORT, DIE_BEFORE, DIE_AFTER = range(5)

PLAN = struct.Struct("=qIIIIIIIIIII")  # struct plan of inject.c
ACTION_AT, SEEN_AT = 20, 36


def bits(names, table):
    return sum(1 << table.index(name) for name in names)


class Plan:
    """What is to become of whose calls; in force at once in all processes of a gateway."""

    def __init__(self, path):
        self.path = str(path)
        with open(self.path, "wb") as f:
            f.write(bytes(mmap.PAGESIZE))
        os.chmod(self.path, 0o666)
        with open(self.path, "r+b") as f:
            self.memory = mmap.mmap(f.fileno(), mmap.PAGESIZE)
        self.clock = (0, 0)

    def environment(self, trace=None):
        more = {"LD_PRELOAD": LIBRARY, "TIELINE_FAULTS": self.path}
        if trace:
            more["TIELINE_TRACE"] = str(trace)
        return {**os.environ, **more}

    def _put(self, *values):
        self.memory[:PLAN.size] = PLAN.pack(*self.clock, *values)

    def arm(self, role, ops, at, action, error=0, for_good=False):
        roles = [role] if isinstance(role, str) else role
        self.disarm()
        self._put(bits(roles, ROLES), bits(ops, OPS), PASS, error, at, for_good, 0, 0, 0, 0)
        struct.pack_into("=I", self.memory, ACTION_AT, action)

    def disarm(self):
        """How often it came to that call."""
        struct.pack_into("=I", self.memory, ACTION_AT, PASS)
        return self.fired()

    def fired(self):
        return struct.unpack_from("=I", self.memory, SEEN_AT + 4)[0]

    def seen(self):
        return struct.unpack_from("=I", self.memory, SEEN_AT)[0]

    def where(self):
        role, op = struct.unpack_from("=II", self.memory, SEEN_AT + 8)
        return f"{ROLES[role]}, {OPS[op]}"

    def move_clock(self, seconds, roles=ROLES):
        self.clock = (int(seconds * 10 ** 9), bits(roles, ROLES))
        struct.pack_into("=qI", self.memory, 0, *self.clock)
