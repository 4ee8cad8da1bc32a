# SPDX-License-Identifier: Apache-2.0
"""A full disk, a read-only one, a clock that jumps, a certificate that ends: what an operator reads is what docs/operations.md
quotes, nothing is lost, and all goes on by itself when the cause is gone."""
import errno
import os
import subprocess

import pytest

import promises
from faults import DISK, FAIL, LIBRARY, Plan
from gateway import HOST, LIMIT, wait_until, write

PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "operations.md")

needs_faults = pytest.mark.skipif(bool(os.environ.get("TIELINE_SANITIZED")) or not os.path.exists(LIBRARY),
                                  reason="the sanitizers' library wants to be the first that is loaded")


def quoted(text):
    """The page has this sentence."""
    with open(PAGE) as f:
        assert text in " ".join(f.read().split()), f"docs/operations.md does not quote: {text}"
    return text


def says(gateway, text, since=0):
    gateway.wait_log(text.replace("(", r"\(").replace(")", r"\)"), since)


DISKS = [
    (errno.ENOSPC, 'ledger-failed fault=ledger.full why="the ledger: database or disk is full"',
     'fault=spool.file why="making a spool file: No space left on device"',
     "the partner answered HTTP 503: ledger.full: the ledger: database or disk is full"),
    (errno.EROFS, 'ledger-failed fault=ledger.io why="the ledger: Read-only file system"', None, None),
]


@pytest.mark.parametrize("error,small,large,partner", DISKS, ids=["full", "read-only"])
@needs_faults
def test_a_disk_that_takes_nothing(world, tmp_path, error, small, large, partner):
    u, a = world.pair()
    plan = Plan(tmp_path / "plan")
    u.start(env=plan.environment())
    a.start()
    paths = [write(tmp_path / f"d{n}", os.urandom(n)) for n in (2000, 200000)]
    plan.arm(("ledger", "edge", "envelope"), DISK, 0, FAIL, error, for_good=True)
    taken = {a.send_id(u, "outage", path, "--deadline", "1h"): path for path in paths}
    says(a, quoted(partner) if partner else "the partner answered HTTP 503: ledger.io")
    if large:
        says(u, quoted(large))
    refused = u.send(a, "outage", paths[0], "--id", "mine@test", "--deadline", "1h", check=HOST)
    assert "safe to repeat" in refused.stderr
    says(u, quoted(small))
    assert not u.inbox() and {m["state"] for m in a.outbox()} == {"deferred"}
    plan.disarm()
    u.wait_log(quoted("ledger-recovered"))
    u.send(a, "outage", paths[0], "--id", "mine@test", "--deadline", "1h")
    for gateway in (u, a):
        promises.all_settled(gateway)
    promises.hold(a, u, taken)
    promises.hold(u, a, {"mine@test": paths[0]})


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_doctor_sees_a_disk_that_takes_nothing(world):
    u, _ = world.pair()
    disk = u.home + "/ledger"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    try:
        assert "the ledger's disk has " in u.run("doctor", check=None).stdout
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        found = u.run("doctor", check=None).stdout
        assert quoted("the ledger's disk is read-only: nothing is taken, received or sent") in found
        started = subprocess.run([os.environ.get("TIELINE", "build/src/tieline"), "serve", "--home", u.home], capture_output=True,
                                 text=True, timeout=LIMIT)
        assert started.returncode == HOST and "ledger" in started.stderr
        print(started.stderr)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
