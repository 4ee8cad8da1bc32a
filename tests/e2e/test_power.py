# SPDX-License-Identifier: Apache-2.0
"""The power of one gateway, or of both, is cut between any two calls; after the next start both sides agree.

Two gateways exchange messages once, small and large, both ways, while everything they write and sync is written down (power.py).
Then each moment is made again: the homes become what their disks held, the gateways are started, and promises.py is asked.
The same of a deal (dealings.py) of a utility, an aggregator and an RTO, with receipts at once and later; after each cut the back
offices say all of it again.
`./dev test` looks at some moments, `./dev test --long` at all.
"""
import os
import random
import sqlite3

import pytest

import promises
from dealings import Trio
from faults import LIBRARY, Plan
from gateway import DONE, LIMIT, wait_until, write
from migrations import migrations
from power import ALL, LEAST, SOME, Disk, records

LONG = bool(os.environ.get("TIELINE_LONG"))
SEED = int(os.environ.get("TIELINE_FAULTS_SEED", str(random.randrange(1 << 30))))
SAMPLE = 4
BUSINESS_SAMPLE = 2

pytestmark = [pytest.mark.skipif(not os.path.exists(LIBRARY), reason="tests/faults was not built"),
              pytest.mark.skipif(bool(os.environ.get("TIELINE_SANITIZED")),
                                 reason="the sanitizers' library wants to be the first that is loaded")]


class Recorded:
    """An exchange of a pair of gateways, call by call."""

    def __init__(self, pair, path, earlier=None):
        self.pair = pair
        self.before = [Disk(gateway.home) for gateway in pair]
        self.trace = str(path / "trace")
        write(path / "trace", b"")
        os.chmod(self.trace, 0o666)
        self.env = Plan(path / "plan").environment(self.trace)
        self.paths = [write(path / f"d{n}", os.urandom(n)) for n in (1500, 90000)]
        self.told = {}  # Message-ID -> (who sent it, what, at which call its command had ended)
        self.earlier = earlier or {}

    def run(self):
        for gateway in self.pair:
            gateway.start(wait=False, env=self.env)
        for gateway in self.pair:
            gateway.wait_log("gateway-ready")
        for one, other in (self.pair, self.pair[::-1]):
            for number, path in enumerate(self.paths):
                message_id = f"{number}@{one.id}"
                one.send(other, "outage", path, "--id", message_id, "--deadline", "1h", env=self.env)
                self.told[message_id] = (one, path, len(records(self.trace)))
        promises.all_settled(*self.pair)
        for gateway in self.pair:
            gateway.kill()
        self.records = records(self.trace)
        return self

    def disks_at(self, moment):
        disks = [disk.copy() for disk in self.before]
        for disk in disks:
            for record in self.records[:moment]:
                disk.apply(record)
        return disks

    def taken(self, moment, gateway):
        """What commands had printed by then."""
        told = {i: path for i, (one, path, ended) in self.told.items() if one is gateway and ended <= moment}
        return {**told, **{i: path for i, (one, path) in self.earlier.items() if one is gateway}}

    def start_after(self, moment, keep, chance):
        """The first start after a cut there."""
        for disk, kept in zip(self.disks_at(moment), keep):
            disk.write_out(kept, chance)
        for gateway in self.pair:
            gateway.start(wait=False)
        for gateway in self.pair:
            gateway.wait_log("gateway-ready")

    def cut_at(self, moment, keep, chance):
        self.start_after(moment, keep, chance)
        promises.all_settled(*self.pair)
        for one, other in (self.pair, self.pair[::-1]):
            promises.hold(one, other, self.taken(moment, one))
        for gateway in self.pair:
            gateway.kill()


KEPT = [(LEAST, ALL), (ALL, LEAST), (LEAST, LEAST), (SOME, ALL), (ALL, SOME)]


def cut_everywhere(recorded):
    chance = random.Random(SEED)
    every = [(moment, keep) for moment in range(len(recorded.records) + 1) for keep in KEPT]
    chosen = every if LONG else chance.sample(every, SAMPLE)
    for moment, keep in chosen:
        print("seed", SEED, "moment", moment, "of", len(recorded.records), keep)
        recorded.cut_at(moment, keep, chance)


def test_power_cut_at_the_first_start(world, tmp_path):
    cut_everywhere(Recorded(world.pair(), tmp_path).run())


def test_power_cut_in_an_exchange(world, tmp_path):
    pair = world.pair()
    for gateway in pair:
        gateway.start()
        gateway.stop()
    cut_everywhere(Recorded(pair, tmp_path).run())


def test_power_cut_behind_what_was_promised(world, tmp_path):
    """When the last command had printed its Message-ID, and when all had ended: both sides keep what was synced, and nothing else."""
    pair = world.pair()
    for gateway in pair:
        gateway.start()
        gateway.stop()
    recorded = Recorded(pair, tmp_path).run()
    for moment in (max(ended for _, _, ended in recorded.told.values()), len(recorded.records)):
        recorded.cut_at(moment, (LEAST, LEAST), random.Random(SEED))


def make_older(home):
    """The ledger as the first version wrote it, with its messages."""
    path = f"{home}/ledger/ledger.db"
    owner = os.stat(path)
    now = sqlite3.connect(path)
    old = sqlite3.connect(path + ".old")
    old.executescript(f"PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; {migrations()[0]}"
                      f"PRAGMA application_id = {now.execute('PRAGMA application_id').fetchone()[0]}; PRAGMA user_version = 1;")
    for table in ("message", "content", "event"):
        columns = ", ".join(row[1] for row in old.execute(f"PRAGMA table_info({table})"))
        rows = now.execute(f"SELECT {columns} FROM {table}").fetchall()
        old.executemany(f"INSERT INTO {table}({columns}) VALUES({', '.join('?' * len(columns.split(', ')))})", rows)
    old.commit()
    old.close()
    now.close()
    os.replace(path + ".old", path)
    os.chown(path, owner.st_uid, owner.st_gid)
    os.chmod(path, 0o600)


def test_power_cut_in_a_migration(world, tmp_path):
    """A ledger of the first version becomes one of ours, with what it had to send; a cut leaves it one or the other."""
    pair = u, a = world.pair()
    path = write(tmp_path / "waits", os.urandom(70000))
    earlier = {}
    for one, other in ((u, a), (a, u)):
        one.start()
        earlier[f"waits@{one.id}"] = (one, path)
        one.send(other, "outage", path, "--id", f"waits@{one.id}", "--deadline", "1h")
        one.stop()
        make_older(one.home)
    recorded = Recorded(pair, tmp_path, earlier).run()
    assert sqlite3.connect(u.home + "/ledger/ledger.db").execute("PRAGMA user_version").fetchone()[0] > 1
    cut_everywhere(recorded)


class RecordedBusiness(Recorded):
    """A deal, call by call, between gateways that have done another one before."""

    def __init__(self, trio, path):
        self.trio = trio
        for gateway in trio.all:
            gateway.start()
        self.say_all(trio.deal(), lambda said: wait_until(said.once))
        promises.business_settled(trio, trio.deals)
        for gateway in trio.all:
            gateway.stop()
        super().__init__(trio.all, path)

    def say_all(self, deal, say):
        for said in deal.steps:
            say(said)
            wait_until(said.delivered, 4 * LIMIT, pause=0.05)

    def run(self):
        for gateway in self.pair:
            gateway.start(env=self.env)
        self.begins = len(records(self.trace))
        self.say_all(self.trio.deal(), self.told_of)
        promises.business_settled(self.trio, self.trio.deals)
        self.known = promises.business_holds(self.trio, self.trio.deals)
        self.records = records(self.trace)
        return self

    def told_of(self, said):
        assert said.once(env=self.env)
        self.told[said.message_id] = (said, len(records(self.trace)))

    def cut_at(self, moment, keep, chance):
        self.start_after(moment, keep, chance)
        for said, ended in self.told.values():
            if ended <= moment:
                assert said.sender.run("show", said.message_id, check=None).returncode == DONE, f"lost: {said.message_id}"
        self.say_all(self.trio.deals[-1], lambda said: wait_until(said.once, 2 * LIMIT))
        promises.business_settled(self.trio, self.trio.deals)
        promises.business_holds(self.trio, self.trio.deals, self.known)


ONE_OF_THREE = [tuple(kept if n == at else ALL for n in range(3)) for kept in (LEAST, SOME) for at in range(3)]
KEPT_OF_THREE = [*ONE_OF_THREE, (LEAST, LEAST, LEAST), (SOME, SOME, SOME)]


@pytest.mark.parametrize("later", [False, True], ids=["receipts-at-once", "receipts-later"])
def test_power_cut_in_business(world, tmp_path, later):
    """In a long run at every moment of the deal, in one of the ways."""
    recorded = RecordedBusiness(Trio(world, tmp_path, later), tmp_path).run()
    chance = random.Random(SEED)
    moments = range(recorded.begins, len(recorded.records) + 1)
    for moment in moments if LONG else chance.sample(moments, BUSINESS_SAMPLE):
        keep = chance.choice(KEPT_OF_THREE)
        print("seed", SEED, "moment", moment, "of", recorded.begins, "to", len(recorded.records), keep)
        recorded.cut_at(moment, keep, chance)
