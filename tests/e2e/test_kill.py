# SPDX-License-Identifier: Apache-2.0
"""kill -9 of every process at random moments while messages flow.

When all rounds are over: nothing lost, nothing twice, every acknowledged message present.
TIELINE_KILL_ROUNDS sets the number of rounds (200 here, half of them with receipts that come later; 2,000 in a long run, which
adds its result to docs/crashes.md), TIELINE_KILL_SEED repeats one.  And a tenth as many while a utility does business with an
aggregator and an RTO (dealings.py), one for each document, which is answered, learned and copied meanwhile: any of the three is struck.
"""
import datetime
import functools
import os
import random
import signal
import subprocess
import threading

import pytest

import promises
from dealings import Trio
from gateway import DONE, LIMIT, receipts_later, wait_until, write

LONG = bool(os.environ.get("TIELINE_LONG"))
ROUNDS = int(os.environ.get("TIELINE_KILL_ROUNDS", "2000" if LONG else "200"))
PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "crashes.md")
SEED = int(os.environ.get("TIELINE_KILL_SEED", str(random.randrange(1 << 30))))
ROLES = ("edge", "envelope", "keyholder", "ledger", "courier", "desk", "monitor")


class Sender(threading.Thread):
    """Sends as a back office would: on any failure the same command again, until it is taken."""

    def __init__(self, one, other, paths, stop):
        super().__init__(daemon=True)
        self.one, self.other, self.paths, self.stop = one, other, paths, stop
        self.taken, self.failure = {}, None

    def run(self):
        try:
            number = 0
            while not self.stop.is_set():
                path = self.paths[number % len(self.paths)]
                message_id = f"{self.one.id}-{number}@kill"
                while self.one.send(self.other, "outage", path, "--id", message_id, "--deadline", "1h", check=None).returncode != DONE:
                    if self.stop.is_set():
                        return
                self.taken[message_id] = path
                number += 1
        except Exception as error:
            self.failure = error


def strike(gateway, role, chance):
    """Ends one process of that role, now; restarts the gateway when it was the monitor."""
    if role == "monitor":
        gateway.kill()
        gateway.start(wait=False)
        return True
    try:
        pids = gateway.processes().get(role)
        if not pids:
            return False
        os.kill(chance.choice(pids), signal.SIGKILL)
        return True
    except (ProcessLookupError, AttributeError):
        return False


@functools.cache  # a row on the page makes it another
def commit():
    answer = subprocess.run(["git", "-C", os.path.dirname(PAGE), "describe", "--always", "--dirty", "--exclude=*"],
                            capture_output=True, text=True)
    return answer.stdout.strip() or "unknown"


class Record:
    """A row of docs/crashes.md, of long runs only: also of one that failed."""

    def __init__(self, kind):
        self.kind, self.rounds, self.messages, self.pair, self.commit = kind, 0, 0, (), commit()

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        row = (datetime.date.today().isoformat(), self.commit, self.kind, self.rounds, self.messages,
               SEED, "failed" if failure else "nothing lost, nothing twice")
        for gateway in self.pair if failure else ():
            print(gateway.name, *gateway.lines[-60:], sep="\n")
        if LONG:
            with open(PAGE, "a") as page:
                page.write("| " + " | ".join(map(str, row)) + " |\n")


modes = pytest.mark.parametrize("later", [False, True], ids=["receipts-at-once", "receipts-later"])


@pytest.mark.slow
@modes
def test_kill_every_process_at_random(world, tmp_path, later):
    print("seed", SEED)
    with Record("later" if later else "at once") as record:
        kill_at_random(world, tmp_path, later, record)


def kill_at_random(world, tmp_path, later, record):
    chance = random.Random(SEED)
    u, a = record.pair = world.pair()
    if later:
        receipts_later(u, a)
        receipts_later(a, u)
    u.start()
    a.start()
    paths = [write(tmp_path / f"d{size}", os.urandom(size)) for size in (0, 700, 2000, 2000, 90000)]
    stop = threading.Event()
    senders = [Sender(u, a, paths, stop), Sender(a, u, paths, stop)]
    for sender in senders:
        sender.start()
    struck = dict.fromkeys(ROLES, 0)
    rounds = 0
    while rounds < ROUNDS // 2:
        role = ROLES[rounds % len(ROLES)]
        gateway = chance.choice((u, a))
        stop.wait(chance.uniform(0, 0.15))  # the moment is the random variable of this test
        if wait_until(lambda: strike(gateway, role, chance)):
            struck[role] += 1
            rounds += 1
    record.rounds = rounds
    stop.set()
    for sender in senders:
        sender.join(LIMIT)
        assert not sender.is_alive() and sender.failure is None, sender.failure
    for gateway in (u, a):
        gateway.kill()
        gateway.start()
    promises.all_settled(u, a)
    for sender in senders:
        messages = promises.hold(sender.one, sender.other, sender.taken)
        record.messages += messages
        print(sender.one.name, len(sender.taken), "taken,", messages, "received once")
    assert all(struck.values())


# --- of business ---

def say_and_strike(trio, said, role, chance):
    """The document is on its way, or its answers or copies are, when somebody who has to do with it dies."""
    striking = threading.Timer(chance.uniform(0, 0.3), lambda: wait_until(lambda: strike(chance.choice(trio.all), role, chance)))
    striking.start()  # the moment is the random variable of this test
    wait_until(said.once, 2 * LIMIT)
    striking.join(2 * LIMIT)
    assert not striking.is_alive()
    wait_until(said.delivered, 6 * LIMIT, pause=0.05)


def do_business(world, tmp_path, later, record):
    chance = random.Random(SEED)
    trio = Trio(world, tmp_path, later)
    record.pair = trio.all
    for gateway in trio.all:
        gateway.start()
    for said in trio.deal().steps:  # nothing happens to the first
        wait_until(said.once)
        wait_until(said.delivered)
    while record.rounds < ROUNDS // 10:
        for said in trio.deal().steps:
            say_and_strike(trio, said, ROLES[record.rounds % len(ROLES)], chance)
            record.rounds += 1
    record.messages = sum(len(deal.steps) for deal in trio.deals)
    for gateway in trio.all:
        gateway.kill()
        gateway.start()
    promises.business_settled(trio, trio.deals)
    promises.business_holds(trio, trio.deals)
    print(record.rounds, "struck,", record.messages, "messages")


@pytest.mark.slow
@modes
def test_kill_in_business(world, tmp_path, later):
    print("seed", SEED)
    with Record("later, in business" if later else "at once, in business") as record:
        do_business(world, tmp_path, later, record)
