# SPDX-License-Identifier: Apache-2.0
"""Calls fail, do half, or are a process's last while a ledger of an older version is taken over, and while rules are read again.

As in test_faults.py a point is the N-th call of a kind from a moment on: here from a start on a ledger of version 1 that has messages
to send, or from a SIGHUP on, in any process, the monitor too.  A start either succeeds or ends with exit code 6; the next one succeeds.
A reload is there as a whole or not at all, the next one is there, and every process goes by it.  And the promises of promises.py hold.

`./dev test` tries some of the points, by chance (TIELINE_FAULTS_SEED repeats a run), `./dev test --long` all of them.
"""
import errno
import itertools
import os
import random
import signal

import pytest

import promises
from faults import DIE_AFTER, DIE_BEFORE, DISK, FAIL, LIBRARY, ROLES, SHORT, Plan
from gateway import HOST, LIMIT, rewrite, settled, wait_until, write
from power import ALL, Disk
from test_faults import DISK_ERRORS, LEAP_S, LONG, MEMORY_ERRORS, SEED, TELL_ERRORS
from test_power import make_older

SAMPLE = 8

pytestmark = [pytest.mark.skipif(not os.path.exists(LIBRARY), reason="tests/faults was not built"),
              pytest.mark.skipif(bool(os.environ.get("TIELINE_SANITIZED")),
                                 reason="the sanitizers' library wants to be the first that is loaded")]


def points(rows):
    """(role, calls, what becomes of one, error, how many there are about)."""
    return [(role, ops, action, error, about) for role, ops, actions, errors, about in rows
            for action in actions for error in (errors if action == FAIL else (0,))]


def name_of(point):
    role, ops, action, error, _ = point
    how = {DIE_BEFORE: "dies-before", DIE_AFTER: "dies-after", SHORT: "does-half"}
    return f"{role}-{'disk' if ops is DISK else ops[0]}-{how.get(action) or errno.errorcode[error]}"


def some_or_all(rows, attempt):
    """`attempt(point, at)` is false when the point did not come any more."""
    chance = random.Random(SEED)
    print("seed", SEED)
    came = 0
    for point in points(rows) if LONG else chance.sample(points(rows), SAMPLE):
        for at in itertools.count() if LONG else [chance.randrange(point[4])]:
            print(name_of(point), at)
            if not attempt(point, at):
                break
            came += 1
    assert came


# --- a ledger of an older version ---

class Older:
    """Two gateways whose ledgers are of version 1, each with a message for the other."""

    ROWS = [
        ("ledger", DISK, (DIE_BEFORE, DIE_AFTER, FAIL), DISK_ERRORS, 140),
        ("ledger", ("write",), (SHORT,), (0,), 120),
        ("ledger", ("sync",), (DIE_BEFORE, DIE_AFTER, FAIL), DISK_ERRORS, 11),
        ("monitor", DISK, (DIE_BEFORE, DIE_AFTER, FAIL), DISK_ERRORS, 10),
        ("monitor", ("memory",), (DIE_BEFORE, FAIL), MEMORY_ERRORS, 1),
        ("monitor", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, 75),
    ]

    def __init__(self, world, path):
        self.pair = self.victim, self.other = world.pair()
        self.plan = Plan(path / "plan")
        self.document = write(path / "waits", os.urandom(70000))
        for one, to in (self.pair, self.pair[::-1]):
            one.start()
            one.send(to, "outage", self.document, "--id", f"waits@{one.id}", "--deadline", "1h")
            one.stop()
            make_older(one.home)
        self.homes = [Disk(one.home) for one in self.pair]

    def attempt(self, point, at):
        role, ops, action, error, _ = point
        for home in self.homes:
            home.write_out(ALL, None)
        self.plan.arm(role, ops, at, action, error)
        self.victim.start(wait=False, env=self.plan.environment())
        wait_until(lambda: self.victim.process.poll() is not None or self.victim.logged("gateway-ready"))
        came = self.plan.disarm() > 0
        ended = self.victim.process.poll()
        assert ended is None or (came and ended in (HOST, -signal.SIGKILL)), (ended, self.victim.lines[-5:])
        self.victim.kill()
        self.victim.start()
        self.other.start()
        promises.all_settled(*self.pair)
        for one, to in (self.pair, self.pair[::-1]):
            promises.hold(one, to, {f"waits@{one.id}": self.document})
        for one in self.pair:
            assert one.run("fsck", check=None).returncode == 0
            one.kill()
        return came


def test_calls_fail_while_an_older_ledger_is_taken_over(world, tmp_path):
    some_or_all(Older.ROWS, Older(world, tmp_path).attempt)


# --- rules are read again ---

class Reloaded:
    """What the victim takes of billing changes with every reload; outages go both ways meanwhile."""

    ROWS = [
        ("monitor", DISK, (DIE_BEFORE, DIE_AFTER, FAIL), DISK_ERRORS, 1),
        ("monitor", ("memory",), (DIE_BEFORE, DIE_AFTER, FAIL), MEMORY_ERRORS, 1),
        ("monitor", ("memory",), (SHORT,), (0,), 1),
        ("monitor", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, 11),
        ("monitor", ("log",), (DIE_BEFORE, FAIL), (errno.EIO, errno.EAGAIN), 1),
        *((role, ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, 3) for role in ROLES[1:7]),
        *((role, ("log",), (DIE_BEFORE, FAIL), (errno.EIO,), 2) for role in ("edge", "envelope", "ledger")),
        ("ledger", DISK, (DIE_BEFORE, DIE_AFTER, FAIL), DISK_ERRORS, 10),
    ]

    def __init__(self, world, path):
        self.victim, self.other = world.pair()
        self.plan = Plan(path / "plan")
        self.document = write(path / "d", os.urandom(1500))
        self.taken = {self.victim: {}, self.other: {}}
        self.takes = True
        self.other.start()
        self.victim.start(env=self.plan.environment())

    def change(self):
        self.takes = not self.takes
        rewrite(f"{self.victim.home}/partners/{self.other.id}/agreement.yaml",
                (r"^  billing: \{ send: true, receive: \w+", f"  billing: {{ send: true, receive: {str(self.takes).lower()}"))

    def reload(self):
        since = self.victim.mark()
        self.victim.process.send_signal(signal.SIGHUP)
        self.victim.wait_log("reload", since)

    def restart_what_died(self):
        self.plan.move_clock(self.plan.clock[0] // 10 ** 9 + LEAP_S, ["monitor"])
        if self.victim.process.poll() is not None:
            self.victim.kill()
            self.victim.start(env=self.plan.environment())

    def exchange(self):
        for one, to in ((self.victim, self.other), (self.other, self.victim)):
            message_id = f"{len(self.taken[one])}@{one.id}"
            wait_until(lambda: one.send(to, "outage", self.document, "--id", message_id, "--deadline", "1h",
                                        check=None).returncode == 0, 2 * LIMIT)
            self.taken[one][message_id] = self.document
            wait_until(lambda: '"delivered"' in one.run("show", message_id, "--json", check=None).stdout, 4 * LIMIT)

    def monitor_is_hit(self, dies):
        """It alone has something to do for a reload; it is waited for."""
        since = self.victim.mark()
        self.victim.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.plan.fired() or any("reload" in line for line in self.victim.lines[since:]))
        if self.plan.disarm() and dies:
            self.victim.process.wait(LIMIT)
        self.restart_what_died()
        self.exchange()

    def others_are_hit(self):
        """While they exchange messages by new rules."""
        self.reload()
        self.exchange()
        self.plan.disarm()
        self.restart_what_died()

    def attempt(self, point, at):
        role, ops, action, error, _ = point
        self.change()
        self.plan.arm(role, ops, at, action, error)
        if role == "monitor":
            self.monitor_is_hit(action in (DIE_BEFORE, DIE_AFTER))
        else:
            self.others_are_hit()
        came = self.plan.fired() > 0
        self.reload()
        billing = self.other.send_id(self.victim, "billing", self.document, "--deadline", "1h")
        assert settled(self.other, billing)["state"] == ("delivered" if self.takes else "refused")
        if self.takes:
            self.taken[self.other][billing] = self.document
        return came

    def end(self):
        promises.all_settled(self.victim, self.other)
        for one, to in ((self.victim, self.other), (self.other, self.victim)):
            kept = {m["message-id"]: m for m in one.outbox()}
            assert set(self.taken[one]) <= set(kept)
            assert all(kept[i]["state"] == "delivered" for i in self.taken[one])
            received = [m["message-id"] for m in to.inbox() if m["state"] == "received"]
            assert sorted(received) == sorted(self.taken[one])


def test_calls_fail_while_rules_are_read_again(world, tmp_path):
    scene = Reloaded(world, tmp_path)
    some_or_all(Reloaded.ROWS, scene.attempt)
    scene.end()
