# SPDX-License-Identifier: Apache-2.0
"""Outage notices go first, without end: what is less urgent still goes on (promise 8), and nobody's death leaves it behind."""
import concurrent.futures
import contextlib
import copy
import os
import shutil
import signal
import subprocess
import uuid

import pytest

import malice
from gateway import TIELINE, receipts_later, rewrite, settled, wait_until, write
from peer import Peer
from test_foreign import RULES, accepted, add, agree, message

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


def test_a_connection_that_is_idle_makes_room_for_another(world, tmp_path):
    """That of bills is kept open for the next one, and is all that its partner may have."""
    u, a = world.pair()
    rewrite(f"{u.home}/partners/{a.id}/agreement.yaml", (r"^connections: \d+", "connections: 1"))
    u.start()
    a.start()
    assert settled(a, a.send_id(u, "billing", write(tmp_path / "bill", b"bill")))["state"] == "delivered"
    assert settled(a, a.send_id(u, "availability", write(tmp_path / "status", b"status")))["state"] == "delivered"


# --- an envelope of its own ---

def envelopes(gateway):
    """Index -> pid."""
    found = {}
    for pid in gateway.processes()["envelope"]:
        with open(f"/proc/{pid}/cmdline") as f:
            found[int(f.read().split("\0")[3])] = pid
    return found


@contextlib.contextmanager
def busy(*gateways):
    """Whatever it is that keeps them: a dear message, a disk that is slow; all envelopes but those for notices."""
    kept = [pid for gateway in gateways for index, pid in envelopes(gateway).items() if index != 0]
    try:
        for pid in kept:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in kept:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("later", [False, True], ids=["receipts in answers", "receipts by themselves"])
def test_a_notice_waits_for_nothing_that_keeps_the_others_busy(world, tmp_path, later):
    u, a = world.pair()
    if later:
        receipts_later(a, u)
    u.start()
    a.start()
    with busy(u, a):
        bill = subprocess.Popen([TIELINE, "send", "--home", a.home, "--to", u.id, "--area", "billing", "--wait",
                                 write(tmp_path / "bill", b"dear")], stdout=subprocess.DEVNULL)
        for n in range(6):
            assert settled(a, a.send_id(u, "outage", write(tmp_path / "d", b"%d" % n)))["state"] == "delivered"
        assert bill.poll() is None
    assert bill.wait(60) == 0


def test_a_notice_has_connections_of_its_own(pair, tmp_path):
    """As much of billing as may be under way to the partner is, and it answers none of it."""
    u, a = pair
    rewrite(f"{a.home}/tieline.yaml", (r"^( *attempts-parallel:).*$", r"\1 1"))
    at = a.mark()
    os.kill(a.process.pid, signal.SIGHUP)
    a.wait_log("reloaded", since=at)
    with busy(u):
        bills = [a.send_id(u, "billing", write(tmp_path / "d", b"bill %d" % n)) for n in range(4)]
        for n in range(6):
            assert settled(a, a.send_id(u, "outage", write(tmp_path / "d", b"%d" % n)), 10)["state"] == "delivered"
        assert "delivered" not in [a.show(bill)["state"] for bill in bills]
    assert [settled(a, bill)["state"] for bill in bills] == ["delivered"] * 4


def test_a_notice_finds_room_where_bills_have_all_connections(world, tmp_path):
    """As many as the partner may have are busy, and the others wait to come in."""
    u, a = world.pair()
    rewrite(f"{u.home}/partners/{a.id}/agreement.yaml", (r"^connections: \d+", "connections: 2"))
    u.start()
    a.start()
    with busy(u):
        bills = [a.send_id(u, "billing", write(tmp_path / "d", b"bill %d" % n)) for n in range(6)]
        u.wait_log("as2-unanswered .*fault=agreement.connections")
        for n in range(6):
            notice = settled(a, a.send_id(u, "outage", write(tmp_path / "d", b"%d" % n)), 10)
            assert (notice["state"], notice["attempts"]) == ("delivered", 1)
        assert "delivered" not in [a.show(bill)["state"] for bill in bills]
    assert [settled(a, bill)["state"] for bill in bills] == ["delivered"] * 6


@contextlib.contextmanager
def one_address(u, tmp_path, **lines):
    """A partner that posts everything to /as2, and whose bills keep all envelopes, and connections, but those for notices."""
    peer = Peer(str(tmp_path))
    add(u, peer)
    agree(u, peer, RULES, **lines)

    def posted(to):
        one = copy.copy(peer)
        one.dir = str(tmp_path / uuid.uuid4().hex)
        shutil.copytree(peer.dir, one.dir)
        message_id, body = message(one, b"x", "application/edi-x12")
        return one, one.post("/as2", one.headers(message_id, AS2_To=to), body)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        with busy(u):
            bills = [pool.submit(posted, u.id) for _ in range(6)]
            yield posted
            assert not any(bill.done() and bill.result()[1][0] == 200 for bill in bills)
        assert {bill.result()[1][0] for bill in bills} <= {200, 503}


@pytest.mark.parametrize("connections", ["128", "2"], ids=["with room", "where bills have all connections"])
def test_a_notice_at_the_address_of_all_areas_waits_for_nothing_either(pair, tmp_path, connections):
    """Its head tells the area, by the name that it is sent to."""
    u, a = pair
    with one_address(u, tmp_path, connections=connections) as posted:
        if connections == "2":
            u.wait_log("as2-unanswered .*fault=agreement.connections")
        for _ in range(6):
            accepted(*posted('"OUR OUTAGES"'))


def test_a_receipt_of_a_notice_finds_room_where_bills_have_all_connections(world, tmp_path):
    """It comes by itself, and says of which area it is."""
    u, a = world.pair()
    receipts_later(a, u)
    rewrite(f"{a.home}/partners/{u.id}/agreement.yaml", (r"^connections: \d+", "connections: 2"))
    u.start()
    a.start()
    with busy(a):
        bills = [u.send_id(a, "billing", write(tmp_path / "d", b"bill %d" % n)) for n in range(6)]
        a.wait_log("as2-unanswered .*fault=agreement.connections")
        for n in range(3):
            notice = settled(a, a.send_id(u, "outage", write(tmp_path / "d", b"%d" % n)), 10)
            assert (notice["state"], notice["attempts"]) == ("delivered", 1)
    assert not u.logged("receipt-deferred")
    assert [settled(u, bill)["state"] for bill in bills] == ["delivered"] * 6


@pytest.mark.skipif(bool(os.environ.get("TIELINE_SANITIZED")), reason="what is dear is told by time: sanitizers make all of it dear")
def test_who_sends_dear_notices_keeps_only_itself_waiting(pair, tmp_path):
    """Small as it comes, compressed, and large: it would keep that one envelope, too."""
    u, a = pair
    peer = Peer(str(tmp_path))
    peer.knows(u)
    u.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    os.kill(u.process.pid, signal.SIGHUP)
    wait_until(lambda: any(p["id"] == peer.id for p in u.json("partner", "list")))
    at = u.mark()
    assert peer.post("outage", peer.headers("dear@peer"), malice.dear(peer, "outage", "dear@peer"))[0] == 200
    assert peer.id in u.wait_log("urgent-dear", since=at)
    with busy(u), concurrent.futures.ThreadPoolExecutor() as pool:
        message_id, part, body = peer.message(b"a notice", "outage")
        waits = pool.submit(peer.post, "outage", peer.headers(message_id), body)
        for n in range(6):
            assert settled(a, a.send_id(u, "outage", write(tmp_path / "d", b"%d" % n)))["state"] == "delivered"
        waited = not waits.done()
        for index, pid in envelopes(u).items():
            os.kill(pid, signal.SIGCONT)
        assert waits.result()[0] == 200
    assert waited
    peer.close()


def test_who_works_for_notices_may_interrupt_who_does_not(pair):
    """sched(7): what is SCHED_BATCH interrupts nobody when it has something to do, and sessions have shares of their own."""
    u, a = pair
    found = envelopes(u)
    assert os.sched_getscheduler(found.pop(0)) == os.SCHED_OTHER
    assert [os.sched_getscheduler(pid) for pid in u.processes()["keyholder"]] == [os.SCHED_OTHER]
    assert {os.sched_getscheduler(pid) for pid in found.values()} == {os.SCHED_BATCH}
    assert os.getsid(envelopes(u)[0]) == os.getsid(u.process.pid)
    sessions = {os.getsid(pid) for pid in found.values()}
    assert len(sessions) == len(found) and os.getsid(u.process.pid) not in sessions


def test_a_notice_that_is_on_the_disk_goes_on_at_once(pair, tmp_path):
    """Who waits for its sync interrupts who computes; after that nobody is interrupted for a sync."""
    u, a = pair
    threads = [int(t) for t in os.listdir(f"/proc/{a.processes()['ledger'][0]}/task")][1:]
    assert {os.sched_getscheduler(t) for t in threads} == {os.SCHED_BATCH}
    assert settled(a, a.send_id(u, "outage", write(tmp_path / "d", b"a notice")))["state"] == "delivered"
    assert os.SCHED_OTHER in {os.sched_getscheduler(t) for t in threads}

    def steady_again():
        a.send_id(u, "billing", write(tmp_path / "d", b"a bill"))
        return {os.sched_getscheduler(t) for t in threads} == {os.SCHED_BATCH}
    wait_until(steady_again, pause=0.2)


def test_what_is_no_notice_makes_nobody_yield(world, tmp_path):
    """A receipt of billing that comes by itself, as one that is an answer: its edge interrupts nobody for it."""
    u, a = world.pair()
    receipts_later(a, u)
    u.start()
    a.start()
    edge, = a.processes()["edge"]
    assert settled(a, a.send_id(u, "billing", write(tmp_path / "d", b"a bill")))["state"] == "delivered"
    assert os.sched_getscheduler(edge) == os.SCHED_BATCH
    assert settled(u, u.send_id(a, "outage", write(tmp_path / "d", b"a notice")))["state"] == "delivered"
    assert os.sched_getscheduler(edge) == os.SCHED_OTHER


def session_nice(pid):
    """0 where Linux shares processors between processes only."""
    try:
        with open(f"/proc/{pid}/autogroup") as file:
            return int(file.read().split()[-1])
    except FileNotFoundError:
        return 0


def test_who_computes_stands_back_for_who_passes_on(pair):
    """Each of them, and its session: what the others do of a notice goes on at once, however much they did for billing."""
    u, a = pair
    found = envelopes(u)
    others = [pid for role, pids in u.processes().items() if role != "envelope" for pid in pids] + [found.pop(0)]
    assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in found.values()} == {5}
    assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in others} == {0}
    assert {session_nice(pid) for pid in others} == {0}
    if os.path.exists("/proc/self/autogroup"):
        assert {session_nice(pid) for pid in found.values()} == {5}
