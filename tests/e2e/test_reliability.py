# SPDX-License-Identifier: Apache-2.0
"""Partners that are away, gateways that restart, disks that fill: nothing lost, nothing twice."""
import concurrent.futures
import fcntl
import os
import re
import signal
import socket
import subprocess

import pytest

from gateway import HOST, INPUT, LATE, LIMIT, settled, tieline, wait_until, write


def test_partner_down_then_up(world, tmp_path):
    u, a = world.pair()
    u.start()
    message_id = u.send_id(a, "outage", write(tmp_path / "d", b"late but whole"))
    wait_until(lambda: u.show(message_id)["state"] == "deferred")
    assert u.show(message_id)["fault"]["code"] == "courier.connect"
    row, = u.json("status")["deferred"]
    assert (row["partner"], row["area"], row["count"], row["code"]) == (a.id, "outage", 1, "courier.connect") and row["until"]
    a.start()
    assert settled(u, message_id)["state"] == "delivered"
    assert a.document(message_id) == b"late but whole"


def test_expiry_is_told_to_the_sender(world, tmp_path):
    u, a = world.pair()
    u.start()
    result = u.send(a, "outage", write(tmp_path / "d", b"x"), "--deadline", "2s", "--wait", check=LATE)
    message = u.show(result.stdout.strip())
    assert message["state"] == "expired"
    assert [e["what"] for e in message["events"]][-1] == "expired"
    a.start()
    assert a.inbox() == []


def test_both_restart_in_the_middle(world, tmp_path):
    u, a = world.pair()
    u.start()
    ids = [u.send_id(a, "billing", write(tmp_path / f"d{i}", b"%d" % i)) for i in range(5)]
    assert u.stop() == 0
    u.start()
    a.start()
    assert a.stop() == 0
    a.start()
    for i, message_id in enumerate(ids):
        assert settled(u, message_id)["state"] == "delivered"
        assert a.document(message_id) == b"%d" % i
    assert sorted(m["message-id"] for m in a.inbox()) == sorted(ids)


def test_sigterm_lets_what_is_under_way_finish(pair, tmp_path):
    u, a = pair
    ids = [u.send_id(a, "billing", write(tmp_path / "d", os.urandom(300000))) for _ in range(3)]
    assert u.stop() == 0
    u.start()
    for message_id in ids:
        assert settled(u, message_id)["state"] == "delivered"
    assert len(a.inbox()) == 3


def spooled(gateway):
    return os.listdir(gateway.home + "/ledger/spool")


def test_large_bodies_leave_nothing_behind(pair, tmp_path):
    """Files for bodies on their way are gone when they arrived, were refused, or were sent again."""
    u, a = pair
    path = write(tmp_path / "d", os.urandom(300000))
    message_id = u.send_id(a, "billing", path, "--wait")
    u.send(a, "billing", path, "--id", message_id)
    u.send(a, "billing", write(tmp_path / "other", os.urandom(300000)), "--id", message_id, check=INPUT)
    u.run("send", "--to", "nobody", "--area", "billing", path, check=INPUT)
    wait_until(lambda: len(spooled(u)) == 1 and len(spooled(a)) == 1)
    assert not [name for name in spooled(u) + spooled(a) if name.startswith("tmp-")]


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_a_ledger_that_cannot_be_entered_stops_the_start(world):
    """It must never start on another, empty one."""
    u = world.gateway("Utility", "007909411", "utility")
    for name in ("run", "run/empty"):
        os.chown(f"{u.home}/{name}", 65534, 65534)
    os.chown(u.home, 65534, 65534)
    for name in os.listdir(u.home + "/keys"):
        os.chown(f"{u.home}/keys/{name}", 65534, 65534)
    os.chown(u.home + "/keys", 65534, 65534)
    for directory in (world.path, *list(world.path.parents)[:-2]):
        os.chmod(directory, os.stat(directory).st_mode | 0o755)
    result = tieline("serve", "--home", u.home, user=65534, check=HOST)
    assert "ledger" in result.stderr
    assert not os.path.exists(u.home + "/run/ledger.db")


def test_a_second_gateway_on_the_same_home_is_refused(pair):
    u, _ = pair
    result = tieline("serve", "--home", u.home, check=HOST)
    assert "runs on this home already" in result.stderr


def test_a_start_waits_for_a_port_that_is_not_free_yet(world):
    u, _ = world.pair()
    u.start()
    u.stop()
    with socket.socket() as left:
        left.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        left.bind(("127.0.0.1", u.port))
        left.listen()
        u.start(wait=False)
        assert str(u.port) in u.wait_log("port-awaited .*waiting for a process of the gateway before")
    u.wait_log("gateway-ready")


def test_a_start_waits_for_a_lock_that_no_gateway_holds(world):
    u, _ = world.pair()
    u.start()
    u.stop()
    with open(u.home + "/run/lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        u.start(wait=False)
        u.wait_log("lock-awaited .*or a command, to end")
    u.wait_log("gateway-ready")


def test_a_taken_port_is_said(world):
    u, a = world.pair()
    u.start()
    text = open(a.home + "/tieline.yaml").read()
    open(a.home + "/tieline.yaml", "w").write(text.replace(str(a.port), str(u.port)))
    result = tieline("serve", "--home", a.home, check=HOST)
    assert "another program" in result.stderr


@pytest.mark.parametrize("good,broken,word", [("(?m)^id:.*", "id:", "id"), ("(?m)^id:", "nonsense: 1\nid:", "nonsense"),
                                              ("head: [^,}\\n]*", "head: soon", "head"), ("(?m)^role: .*", "role: pirate", "role")])
def test_a_broken_configuration_is_named(world, good, broken, word):
    u = world.gateway("Utility", "007909411", "utility")
    with open(u.home + "/tieline.yaml") as f:
        text = f.read()
    assert re.search(good, text)
    with open(u.home + "/tieline.yaml", "w") as f:
        f.write(re.sub(good, broken, text, count=1))
    assert word in tieline("serve", "--home", u.home, check=HOST).stderr


def test_a_reload_that_does_not_hold_changes_nothing(pair, tmp_path):
    u, a = pair
    good = open(u.home + "/tieline.yaml").read()
    with open(u.home + "/tieline.yaml", "a") as f:
        f.write("nonsense: 1\n")
    at = u.mark()
    os.kill(u.process.pid, signal.SIGHUP)
    u.wait_log("reload-refused", at)
    u.send(a, "billing", write(tmp_path / "d", b"x"), "--wait")
    open(u.home + "/tieline.yaml", "w").write(good)


def send_many(one, other, count, tag, path):
    def send(i):
        return one.send_id(other, "billing", path, "--id", f"{tag}-{i}@test")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(send, range(count)))


def test_two_sends_at_once_of_200_messages(pair, tmp_path):
    u, a = pair
    path = write(tmp_path / "d", os.urandom(2000))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        both = [pool.submit(send_many, u, a, 200, "u", path), pool.submit(send_many, a, u, 200, "a", path)]
        sent_u, sent_a = (f.result(LIMIT) for f in both)
    wait_until(lambda: len(u.json("list", "--outbox", "--state", "delivered")) == 200)
    wait_until(lambda: len(a.json("list", "--outbox", "--state", "delivered")) == 200)
    assert sorted(m["message-id"] for m in a.inbox()) == sorted(sent_u)
    assert sorted(m["message-id"] for m in u.inbox()) == sorted(sent_a)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.parametrize("size", [2000, 400000], ids=["small", "large"])
def test_disk_full_is_said_and_heals(world, tmp_path, size):
    """The receiver's disk fills: nothing is acknowledged that is not there; with room again all arrives once."""
    u, a = world.pair()
    disk = a.home + "/ledger"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    try:
        u.start()
        a.start()
        path = write(tmp_path / "d", os.urandom(size))
        count = 3000000 // size if size > 100000 else 200
        ids = send_many(u, a, count, "full", path)
        wait_until(lambda: a.logged("full|disk") or a.logged("No space"))
        held = {m["message-id"] for m in a.inbox() if m["state"] == "received"}
        assert len(held) < count
        for message in u.json("list", "--outbox", "--state", "delivered"):
            assert message["message-id"] in held or message["message-id"] in {
                m["message-id"] for m in a.inbox() if m["state"] == "received"}
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        wait_until(lambda: len(u.json("list", "--outbox", "--state", "delivered")) == count, limit=4 * LIMIT)
        assert sorted(m["message-id"] for m in a.inbox() if m["state"] == "received") == sorted(ids)
    finally:
        for g in (u, a):
            if g.process:
                g.kill()
        subprocess.run(["umount", "-l", disk], check=True)
