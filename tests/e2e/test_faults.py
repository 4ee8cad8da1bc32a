# SPDX-License-Identifier: Apache-2.0
"""Every call of a gateway that writes, syncs, renames, makes, removes or sends fails once, does half of it, or is the last of its process.

A point is the N-th such call of one process from a moment on.  While it lies ahead two gateways exchange messages, small and
large, both ways, so that the victim sends, receives, and has receipts to give and to take.  Points are tried in turn until an
exchange ends before its point comes: then there are no more.  What must hold afterwards is in promises.py.

`./dev test` tries some of the points, `./dev test --long` all of them.
"""
import errno
import os

import pytest

import promises
from faults import DIE_AFTER, DIE_BEFORE, DISK, FAIL, LIBRARY, SHORT, Plan
from gateway import DONE, LIMIT, wait_until, write

LONG = bool(os.environ.get("TIELINE_LONG"))
LEAP_S = 60  # the monitor's clock goes on so far between two points: what it starts again starts at once

pytestmark = [pytest.mark.skipif(not os.path.exists(LIBRARY), reason="tests/faults was not built"),
              pytest.mark.skipif(bool(os.environ.get("TIELINE_SANITIZED")),
                                 reason="the sanitizers' library wants to be the first that is loaded")]


class Duel:
    """Two gateways that send to each other; one of them is the victim of a plan."""

    def __init__(self, world, path, later=False):
        self.victim, self.other = world.pair()
        self.paths = [write(path / f"d{n}", os.urandom(n)) for n in (1500, 90000)]
        self.plan = Plan(path / "plan")
        self.taken = {self.victim: {}, self.other: {}}
        self.number, self.points = 0, 0
        if later:
            for one, to in ((self.victim, self.other), (self.other, self.victim)):
                receipts_later(one, to)

    def start(self):
        self.victim.start(env=self.plan.environment())
        self.other.start()
        return self

    def restart(self):
        if self.victim.process is not None:
            self.victim.kill()
        self.victim.start(env=self.plan.environment())

    def send(self, one, to):
        """As a back office does: the same command until it is taken."""
        self.number += 1
        message_id, path = f"{self.number}@{one.id}", self.paths[self.number // 2 % 2]

        def take():
            if one.process.poll() is not None:
                self.restart()
            return one.send(to, "outage", path, "--id", message_id, "--deadline", "1h", check=None).returncode == DONE
        wait_until(take)
        self.taken[one][message_id] = path
        return one, message_id

    def exchange(self):
        return [self.send(one, to) for one, to in ((self.victim, self.other), (self.other, self.victim)) for _ in range(2)]

    def over(self, sent):
        if self.plan.fired():
            return True
        return all('"delivered"' in one.run("show", message_id, "--json", check=None).stdout for one, message_id in sent)

    def try_point(self, role, ops, at, action, error=0):
        """False when the exchange ended before the point."""
        self.plan.arm(role, ops, at, action, error)
        sent = self.exchange()
        wait_until(lambda: self.over(sent))
        came = self.plan.disarm() > 0
        self.plan.move_clock(self.plan.clock[0] // 10 ** 9 + LEAP_S, ["monitor"])
        if role == "monitor" and action in (DIE_BEFORE, DIE_AFTER) and came:
            self.victim.process.wait(LIMIT)
            self.restart()
        self.points += came
        return came

    def try_points(self, role, ops, action, error=0, step=1):
        at = 0
        while self.try_point(role, ops, at, action, error):
            if LONG:
                promises.all_settled(self.victim)
                promises.all_settled(self.other)
            at += 1 if LONG else step

    def end(self):
        """Started again, both sides come to the same end of everything."""
        self.restart()
        for one, other in ((self.victim, self.other), (self.other, self.victim)):
            promises.all_settled(one)
        for one, other in ((self.victim, self.other), (self.other, self.victim)):
            promises.hold(one, other, self.taken[one])
        print(self.points, "points,", self.number, "messages")
        assert self.points


def receipts_later(one, to):
    path = f"{one.home}/partners/{to.id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    write(path, text.replace("receipt-delivery: synchronous", "receipt-delivery: asynchronous, receipt-wait: 5s").encode())


# role, calls, what becomes of one, with which error, and which of the points are tried in a short run
POINTS = [
    ("ledger", DISK, DIE_BEFORE, 0, 5),
    ("ledger", DISK, DIE_AFTER, 0, 5),
    ("ledger", DISK, FAIL, errno.EIO, 7),
    ("ledger", DISK, FAIL, errno.ENOSPC, 7),
    ("ledger", DISK, FAIL, errno.EINTR, 7),
    ("ledger", ("write",), SHORT, 0, 7),
]


def name_of(point):
    role, ops, action, error, _ = point
    how = {DIE_BEFORE: "dies-before", DIE_AFTER: "dies-after", SHORT: "does-half"}
    return f"{role}-{'disk' if ops is DISK else ops[0]}-{how.get(action) or errno.errorcode[error]}"


@pytest.mark.parametrize("later", [False, True], ids=["receipts-at-once", "receipts-later"])
@pytest.mark.parametrize("point", POINTS, ids=name_of)
def test_one_call_of_a_process_fails(world, tmp_path, point, later):
    role, ops, action, error, step = point
    duel = Duel(world, tmp_path, later).start()
    duel.try_points(role, ops, action, error, step)
    duel.end()
