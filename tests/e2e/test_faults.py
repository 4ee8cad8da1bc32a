# SPDX-License-Identifier: Apache-2.0
"""Every call of a gateway that writes, syncs, renames, makes, removes or sends fails once, does half of it, or is the last of its process.

A point is the N-th such call of one process from a moment on.  While it lies ahead two gateways exchange messages, small and
large, both ways, so that the victim sends, receives, and has receipts to give and to take; or a utility does business with an
aggregator, which both answer and learn, and copies it to an RTO (dealings.py): each of the three is the victim.  Points are tried in
turn until an exchange ends before its point comes: then there are no more.  What must hold afterwards is in promises.py.

`./dev test` tries some of the points, by chance (TIELINE_FAULTS_SEED repeats a run), `./dev test --long` all of them.
"""
import errno
import os
import random
import signal
import time

import pytest

import promises
from dealings import Trio
from faults import DIE_AFTER, DIE_BEFORE, DISK, FAIL, LIBRARY, SHORT, Plan
from gateway import DONE, LIMIT, receipts_later, rewrite, wait_until, write

LONG = bool(os.environ.get("TIELINE_LONG"))
SEED = int(os.environ.get("TIELINE_FAULTS_SEED", str(random.randrange(1 << 30))))
SAMPLE = 24
BUSINESS_SAMPLE = 4  # with each victim
QUIET_S = 1
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
            return one.send(to, "outage", path, "--id", message_id, "--deadline", "1h", check=None,
                            env=self.plan.environment() if one is self.victim else None).returncode == DONE
        wait_until(take)
        self.taken[one][message_id] = path
        return one, message_id

    def exchange(self):
        return [self.send(one, to) for one, to in ((self.victim, self.other), (self.other, self.victim)) for _ in range(2)]

    def await_point(self, sent):
        wait_until(lambda: self.over(sent))

    def over(self, sent):
        if self.plan.fired():
            return True
        return all('"delivered"' in one.run("show", message_id, "--json", check=None).stdout for one, message_id in sent)

    def try_point(self, role, ops, at, action, error=0):
        """False when the exchange ended before the point."""
        self.plan.arm(role, ops, at, action, error)
        sent = self.exchange()
        self.await_point(sent)
        came = self.plan.disarm() > 0
        self.plan.move_clock(self.plan.clock[0] // 10 ** 9 + LEAP_S, ["monitor"])
        if role == "monitor" and action in (DIE_BEFORE, DIE_AFTER) and came:
            self.victim.process.wait(LIMIT)
            self.restart()
        self.points += came
        return came

    def try_points(self, role, ops, action, error=0):
        at = 0
        while self.try_point(role, ops, at, action, error):
            promises.all_settled(self.victim, self.other)
            at += 1

    def end(self):
        """Started again, both sides come to the same end of everything."""
        self.restart()
        promises.all_settled(self.victim, self.other)
        for one, other in ((self.victim, self.other), (self.other, self.victim)):
            promises.hold(one, other, self.taken[one])
        print(self.points, "points,", self.number, "messages")
        assert self.points


class Business(Duel):
    """A utility with an aggregator and an RTO, one of which is the victim: a deal for each point, all of it said whatever becomes of it."""

    def __init__(self, world, path, later=False):
        self.trio = Trio(world, path, later)
        self.plans = {gateway: Plan(path / f"plan-{gateway.role}") for gateway in self.trio.all}
        self.number, self.points = 0, 0
        self.aim("utility")

    def aim(self, name):
        self.victim = getattr(self.trio, name)
        self.plan = self.plans[self.victim]

    def start(self):
        for gateway in self.trio.all:
            gateway.start(env=self.plans[gateway].environment())
        self.exchange()  # nothing happens to the first
        return self

    def exchange(self):
        deal = self.trio.deal()
        for said in deal.steps:
            wait_until(lambda: self.all_up() and said.once(env=self.plans[said.sender].environment()), 2 * LIMIT)
            wait_until(lambda: self.all_up() and said.delivered(), 4 * LIMIT, pause=0.05)
        self.number += len(deal.steps)
        return deal.steps

    def all_up(self):
        """Also one that an earlier point brought down."""
        for gateway in self.trio.all:
            if gateway.process.poll() is not None:
                gateway.kill()
                gateway.start(env=self.plans[gateway].environment())
        return True

    def await_point(self, sent):
        """Answers, copies and receipts may still be under way: until none of the calls was made for a while.  (To ask makes some.)"""
        seen = [-1]

        def over():
            seen.append(self.plan.seen())
            return self.plan.fired() or seen[-1] == seen[-2]
        wait_until(over, pause=QUIET_S)

    def try_points(self, role, ops, action, error=0):
        at = 0
        while self.try_point(role, ops, at, action, error):
            promises.business_settled(self.trio, self.trio.deals[-1:])
            at += 1

    def end(self):
        for gateway in self.trio.all:
            gateway.kill()
            gateway.start()
        promises.business_settled(self.trio, self.trio.deals)
        promises.business_holds(self.trio, self.trio.deals)
        print(self.points, "points,", self.number, "messages")
        assert self.points


DISK_ERRORS = (errno.EIO, errno.ENOSPC, errno.EINTR)
MEMORY_ERRORS = (errno.ENOSPC, errno.ENOMEM)
NET_ERRORS = (errno.ECONNRESET, errno.EINTR)
TELL_ERRORS = (errno.ENOMEM, errno.EAGAIN, errno.EINTR)

# role, calls, what becomes of one, with which errors; then how many such calls there are about in an exchange
ROWS = [
    ("ledger", DISK, (DIE_BEFORE, DIE_AFTER, FAIL), DISK_ERRORS, 60),
    ("ledger", ("write",), (SHORT,), (0,), 30),
    ("ledger", ("memory",), (DIE_BEFORE, DIE_AFTER, FAIL), MEMORY_ERRORS, 12),
    ("ledger", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, 20),
    ("envelope", DISK, (DIE_BEFORE, DIE_AFTER, FAIL), DISK_ERRORS, 20),
    ("envelope", ("write",), (SHORT,), (0,), 12),
    ("envelope", ("memory",), (DIE_BEFORE, DIE_AFTER, FAIL), MEMORY_ERRORS, 12),
    ("envelope", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, 20),
    ("edge", DISK, (DIE_BEFORE, DIE_AFTER, FAIL), DISK_ERRORS, 6),
    ("edge", ("write",), (SHORT,), (0,), 4),
    ("edge", ("memory",), (DIE_BEFORE, FAIL), MEMORY_ERRORS, 6),
    ("edge", ("send",), (DIE_BEFORE, DIE_AFTER, FAIL), NET_ERRORS, 10),
    ("edge", ("send",), (SHORT,), (0,), 10),
    ("edge", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, 8),
    ("courier", ("send",), (DIE_BEFORE, DIE_AFTER, FAIL), NET_ERRORS, 12),
    ("courier", ("send",), (SHORT,), (0,), 12),
    ("courier", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, 8),
    ("courier", ("memory",), (DIE_BEFORE, FAIL), MEMORY_ERRORS, 4),
    ("keyholder", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, 12),
    ("desk", ("memory",), (DIE_BEFORE, FAIL), MEMORY_ERRORS, 4),
    ("desk", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, 12),
    ("command", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, 4),
    (("edge", "envelope", "ledger", "courier"), ("log",), (DIE_BEFORE, DIE_AFTER, FAIL), (errno.EIO, errno.EAGAIN), 10),
]

# The same of a deal, for those who examine, answer, learn and copy, and whom they ask; about how many calls each victim makes.
VICTIMS = ("utility", "aggregator", "rto")
BUSINESS_ROWS = [
    ("ledger", DISK, (DIE_BEFORE, DIE_AFTER, FAIL), DISK_ERRORS, (130, 125, 25)),
    ("ledger", ("write",), (SHORT,), (0,), (70, 60, 13)),
    ("ledger", ("memory",), (DIE_BEFORE, DIE_AFTER, FAIL), MEMORY_ERRORS, (12, 12, 3)),
    ("ledger", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, (80, 75, 12)),
    ("envelope", ("memory",), (DIE_BEFORE, DIE_AFTER, FAIL), MEMORY_ERRORS, (12, 9, 3)),
    ("envelope", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, (70, 62, 15)),
    ("keyholder", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, (20, 17, 6)),
    ("desk", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, (60, 60, 0)),
]
AT_ONCE_ROWS = [
    *BUSINESS_ROWS,
    ("edge", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, (7, 5, 3)),
    ("courier", ("send",), (DIE_BEFORE, DIE_AFTER, FAIL), NET_ERRORS, (8, 7, 0)),
]
LATER_ROWS = [  # receipts are taken by an edge, and sent by a courier, of an RTO too
    *BUSINESS_ROWS,
    ("edge", ("send",), (DIE_BEFORE, DIE_AFTER, FAIL), NET_ERRORS, (15, 12, 3)),
    ("edge", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, (15, 12, 3)),
    ("courier", ("send",), (DIE_BEFORE, DIE_AFTER, FAIL), NET_ERRORS, (15, 12, 3)),
    ("courier", ("tell",), (DIE_BEFORE, DIE_AFTER, FAIL), TELL_ERRORS, (15, 12, 3)),
]


def points_of(rows):
    return [(role, ops, action, error, about) for role, ops, actions, errors, about in rows
            for action in actions for error in (errors if action == FAIL else (0,))]


def business_points(victim, later):
    n = VICTIMS.index(victim)
    return [(*point, about[n]) for *point, about in points_of(LATER_ROWS if later else AT_ONCE_ROWS) if about[n]]


POINTS = points_of(ROWS)


def name_of(point):
    role, ops, action, error, _ = point
    how = {DIE_BEFORE: "dies-before", DIE_AFTER: "dies-after", SHORT: "does-half"}
    what = "disk" if ops is DISK else ops[0]
    return f"{role if isinstance(role, str) else 'all'}-{what}-{how.get(action) or errno.errorcode[error]}"


modes = pytest.mark.parametrize("later", [False, True], ids=["receipts-at-once", "receipts-later"])


@modes
def test_some_calls_fail(world, tmp_path, later):
    """One point of some kinds, others in every run."""
    print("seed", SEED)
    duel, chance = Duel(world, tmp_path, later).start(), random.Random(SEED)
    for point in chance.sample(POINTS, SAMPLE):
        try_one(duel, point, chance)
    duel.end()


def try_one(duel, point, chance):
    role, ops, action, error, about = point
    at = chance.randrange(about)
    print(name_of(point), at)
    duel.try_point(role, ops, at, action, error)


@modes
def test_some_calls_fail_in_business(world, tmp_path, later):
    """Of each victim's."""
    print("seed", SEED)
    business, chance = Business(world, tmp_path, later).start(), random.Random(SEED)
    for victim in VICTIMS:
        business.aim(victim)
        for point in chance.sample(business_points(victim, later), BUSINESS_SAMPLE):
            print(victim, end=" ")
            try_one(business, point, chance)
    business.end()


LATE_DISK_BYTES = 70 << 20  # more than FILE_AT_HAND and a step: the file is waited for before its end
LATE_DISK = [(FAIL, errno.EIO), (FAIL, errno.ENOSPC), (FAIL, errno.EINTR), (DIE_BEFORE, 0), (DIE_AFTER, 0)]


@pytest.mark.parametrize("action,error", LATE_DISK, ids=["EIO", "ENOSPC", "EINTR", "dies-before", "dies-after"])
def test_a_disk_that_says_late_what_it_did_not_take(world, tmp_path, action, error):
    """Of what is large, sync_file_range(2) says so, once: a document that was not written is not acknowledged, and comes again."""
    victim, other = world.pair()
    for one, to in ((victim, other), (other, victim)):
        rewrite(f"{one.home}/partners/{to.id}/agreement.yaml", ("(billing: .*size: )64MiB", r"\g<1>128MiB"))
    plan, path = Plan(tmp_path / "plan"), write(tmp_path / "large", os.urandom(LATE_DISK_BYTES))
    victim.start(env=plan.environment())
    other.start()
    plan.arm("envelope", ("range",), 0, action, error, for_good=action == FAIL)
    taken = {other.send_id(victim, "billing", path, "--deadline", "1h"): path}
    wait_until(plan.fired)
    if action == FAIL:
        wait_until(lambda: other.outbox()[0]["state"] in ("deferred", "delivered"), 4 * LIMIT)
        assert not victim.inbox()
    plan.disarm()
    promises.all_settled(victim, other)
    promises.hold(other, victim, taken)


if LONG:
    @modes
    @pytest.mark.parametrize("point", POINTS, ids=name_of)
    def test_every_call_fails(world, tmp_path, point, later):
        role, ops, action, error, _ = point
        duel = Duel(world, tmp_path, later).start()
        duel.try_points(role, ops, action, error)
        duel.end()

    @pytest.mark.parametrize("victim,point,later", [
        pytest.param(victim, point, later, id=f"{victim}-{name_of(point)}-receipts-{'later' if later else 'at-once'}")
        for later in (False, True) for victim in VICTIMS for point in business_points(victim, later)])
    def test_every_call_fails_in_business(world, tmp_path, victim, point, later):
        role, ops, action, error, _ = point
        business = Business(world, tmp_path, later).start()
        business.aim(victim)
        business.try_points(role, ops, action, error)
        business.end()


def test_no_receipt_leaves_before_its_message_is_durable(world, tmp_path):
    """A message is stored, and before its commit a courier is there again; then the commit fails."""
    u, a = world.pair()
    receipts_later(u, a)
    plan = Plan(tmp_path / "plan")
    path = write(tmp_path / "d", os.urandom(1500))
    u.start()
    a.start(env=plan.environment())
    ledger = a.processes()["ledger"][0]
    os.kill(ledger, signal.SIGSTOP)
    message_id = u.send_id(a, "outage", path, "--deadline", "1h")
    wait_until(lambda: u.show(message_id)["state"] == "sending")
    time.sleep(0.5)  # so that the ledger finds both at once, in this order: what came, and the courier
    courier = a.processes()["courier"][0]
    os.kill(courier, signal.SIGKILL)
    wait_until(lambda: a.processes().get("courier", [courier])[0] != courier)
    time.sleep(0.5)
    plan.arm("ledger", ("sync",), 0, FAIL, errno.EIO, for_good=True)
    os.kill(ledger, signal.SIGCONT)
    a.wait_log("ledger-failed")
    u.wait_log("message-deferred|message-delivered")
    plan.disarm()
    promises.all_settled(u)
    promises.hold(u, a, {message_id: path})
