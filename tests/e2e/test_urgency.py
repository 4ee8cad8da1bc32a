# SPDX-License-Identifier: Apache-2.0
"""Outage notices go first, without end: what is less urgent still goes on (promise 8), and nobody's death leaves it behind."""
import contextlib
import os
import signal
import subprocess

import pytest

from gateway import settled, wait_until, write

SUBMIT = os.path.join(os.environ.get("TIELINE_BUILD", "build"), "tests", "bench", "bench_submit")


@contextlib.contextmanager
def notices(gateway, other):
    """One outage notice after the other, as fast as receipts come."""
    if not os.access(SUBMIT, os.X_OK):
        pytest.skip("the program that makes load is not built")
    flow = subprocess.Popen([SUBMIT, gateway.home, other.id, "outage", "10000000", "4", "2048"], stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: any(m["area"] == "outage" and m["state"] == "delivered" for m in gateway.outbox()))
        yield flow
        assert flow.poll() is None, "the notices ended before the test"
    finally:
        flow.kill()
        flow.wait()


@pytest.mark.parametrize("area", ["availability", "aggregation", "billing"])
def test_other_lanes_go_on(pair, tmp_path, area):
    u, a = pair
    with notices(a, u):
        ids = [a.send_id(u, area, write(tmp_path / "d", b"%d" % n)) for n in range(10)]
        for message_id in ids:
            assert settled(a, message_id)["state"] == "delivered"


def test_the_other_direction_goes_on(pair, tmp_path):
    u, a = pair
    with notices(a, u):
        message_id = u.send_id(a, "billing", write(tmp_path / "d", os.urandom(300000)))
        assert settled(u, message_id)["state"] == "delivered"


@pytest.mark.parametrize("role", ["edge", "courier", "envelope"])
def test_who_dies_over_a_notice_holds_nobody_up(pair, tmp_path, role):
    u, a = pair
    with notices(a, u):
        at = u.mark()
        os.kill(u.processes()[role][0], signal.SIGKILL)
        u.wait_log("worker-ended", since=at)
        message_id = a.send_id(u, "billing", write(tmp_path / "d", b"after"))
        assert settled(a, message_id)["state"] == "delivered"
