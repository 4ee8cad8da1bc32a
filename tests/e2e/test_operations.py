# SPDX-License-Identifier: Apache-2.0
"""A full disk, a read-only one, a clock that jumps, a certificate that ends: what an operator reads is what docs/operations.md
quotes, nothing is lost, and all goes on by itself when the cause is gone."""
import contextlib
import datetime
import errno
import json
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import time

import pytest

import promises
from faults import DISK, FAIL, LIBRARY, Plan
from conftest import AGGREGATOR_ID, UTILITY_ID
from gateway import DONE, HOST, LIMIT, TRUST, receipts_later, rewrite, settled, wait_until, write
from malice import bomb
from peer import Peer
from test_power import make_older

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
    (errno.ENOSPC, 'ledger-failed fault=ledger.full why="the ledger\'s disk is full: make room',
     'fault=spool.file why="making a spool file: No space left on device"',
     "the partner answered HTTP 503: ledger.full: the ledger's disk is full: make room"),
    (errno.EROFS, 'ledger-failed fault=ledger.read-only why="the ledger\'s disk is read-only', None, None),
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
    says(a, quoted(partner) if partner else "the partner answered HTTP 503: ledger.")
    if large:
        says(u, quoted(large))
    refused = u.send(a, "outage", paths[0], "--id", "mine@test", "--deadline", "1h", check=HOST)
    assert "safe to repeat" in refused.stderr
    says(u, quoted(small))
    wait_until(lambda: {m["state"] for m in a.outbox()} == {"deferred"})
    assert not u.inbox()
    assert not u.logged("message-(received|queued)"), "the log says what was not durable"
    plan.disarm()
    u.wait_log(quoted("ledger-recovered"))
    u.send(a, "outage", paths[0], "--id", "mine@test", "--deadline", "1h")
    promises.all_settled(u, a)
    promises.hold(a, u, taken)
    promises.hold(u, a, {"mine@test": paths[0]})


@needs_faults
def test_a_sync_fails(world, tmp_path):
    """Nobody knows what the disk holds: the ledger starts again from that, for as long as it takes, and nothing was acknowledged."""
    u, a = world.pair()
    plan = Plan(tmp_path / "plan")
    u.start(env=plan.environment())
    a.start()
    path = write(tmp_path / "d", os.urandom(2000))
    plan.arm("ledger", ("sync",), 0, FAIL, errno.EIO, for_good=True)
    since = len(u.lines)
    taken = {a.send_id(u, "outage", path, "--deadline", "1h"): path}
    says(u, quoted('ledger-failed fault=ledger.sync why="ledger.db-wal: syncing: Input/output error: nothing of that was acknowledged, '
                   'and the ledger starts again with what the disk holds"'), since)
    says(u, quoted("worker-ended role=ledger"), since)
    says(u, quoted("tieline: ledger: syncing what ledger.db-wal holds: disk I/O error (ledger.open)"), since)
    a.wait_log("the partner answered HTTP 503")
    assert not [line for line in u.lines[since:] if "message-received" in line], "the log says what was not durable"
    why = wait_until(lambda: [e for e in [u.run("backup", "--to", tmp_path / "backup", check=HOST).stderr] if "ended" in e])[0]
    assert quoted("the ledger ended, and is not ready again (restarts: ") in why and "`tieline doctor`" in why
    plan.disarm()
    wait_until(lambda: u.run("status", check=None).returncode == 0)
    promises.all_settled(u, a)
    promises.hold(a, u, taken)


@pytest.fixture
def breakable(world, tmp_path):
    """A gateway whose ledger lies on an ext4 that can be told of an error."""
    u, a = world.pair()
    image, at = tmp_path / "disk", f"{u.home}/ledger"
    own = os.stat(at)
    with open(image, "wb") as f:
        f.truncate(100 << 20)
    for command in (["mkfs.ext4", "-q", "-m", "0", image], ["mount", "-o", "loop,errors=remount-ro", image, at]):
        if os.geteuid() != 0 or not shutil.which(command[0]) or subprocess.run(command, check=False).returncode != 0:
            pytest.skip("no ext4 can be mounted here")
    device = subprocess.run(["findmnt", "-no", "SOURCE", at], capture_output=True, text=True, check=True).stdout.strip()
    os.rmdir(f"{at}/lost+found")
    os.chown(at, own.st_uid, own.st_gid)
    os.chmod(at, own.st_mode & 0o7777)
    yield u, a, f"/sys/fs/ext4/{os.path.basename(device)}/trigger_fs_error"
    if u.process:
        u.kill()
    subprocess.run(["umount", "-l", at], check=True)


def test_the_kernel_gives_a_disk_up(breakable, tmp_path):
    u, a, trigger = breakable
    u.start()
    a.start()
    path = write(tmp_path / "d", b"a document")
    taken = a.send_id(u, "outage", path, "--wait", "20s")
    since = u.mark()
    with open(trigger, "w") as f:
        f.write("1")
    u.send(a, "outage", path, "--id", "mine@test", check=HOST)
    assert quoted("the ledger's disk is read-only: nothing is taken, received or sent") in u.run("doctor", check=TRUST).stdout
    for pid in u.processes().get("ledger", []):  # it may have ended by itself, where a sync failed
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    says(u, quoted("tieline: ledger: the ledger's disk is read-only: look at the kernel's log and mount it for writing; nothing is "
                   "taken until then (opening ledger.db: attempt to write a readonly database) (ledger.read-only)"), since)
    for command in (["status"], ["send", "--to", a.id, "--area", "outage", path]):
        why = wait_until(lambda: [e for e in [u.run(*command, check=HOST).stderr] if "ended" in e])[0]
        assert quoted("the ledger ended, and is not ready again (restarts: ") in why
    assert not [line for line in u.lines[since:] if "ledger-recovered" in line]
    u.kill()
    told = u.run("doctor", check=TRUST).stdout
    assert "the ledger's disk is read-only" in told and "make room" not in told
    assert "1 messages" in u.run("backup", "--to", tmp_path / "backup").stdout and taken


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


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_disk_that_takes_no_more_files(world):
    """There are bytes enough: neither the start nor doctor calls it anything else than full."""
    u, _ = world.pair()
    u.start()
    u.stop()
    disk = u.home + "/ledger"
    kept = u.home + ".kept"
    shutil.move(disk + "/ledger.db", kept)
    own = os.stat(disk)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=20m,nr_inodes=20,uid={own.st_uid},gid={own.st_gid},mode=700", "tmpfs", disk],
                   check=True)
    try:
        subprocess.run(["cp", "-a", kept, disk + "/ledger.db"], check=True)
        os.mkdir(disk + "/spool", 0o700)
        os.chown(disk + "/spool", own.st_uid, own.st_gid)
        with contextlib.suppress(OSError):
            for n in range(20):
                write(f"{disk}/{n}", b"")
        u.start(wait=False)
        assert u.process.wait(LIMIT) == HOST
        says(u, "the ledger's disk is full: make room.*" + quoted("(opening ledger.db: database or disk is full) (ledger.full)"))
        assert quoted("the ledger's disk has room for 0 more files") in u.run("doctor", check=None).stdout
    finally:
        u.kill()
        subprocess.run(["umount", "-l", disk], check=True)


YEARS_S = 10 * 365 * 86400
CLOCK_ADVICE = ("set this host's clock right, and reload: nothing else is known to be wrong until then; "
                "renew nothing by such a clock")


def the_clock_comes_first(gateway, plan):
    found = json.loads(gateway.run("doctor", "--json", check=TRUST, env=plan.environment()).stdout)["findings"]
    assert found[0]["topic"] == "clock" and found[0]["mend"] == quoted(CLOCK_ADVICE)
    assert found[0]["found"].startswith("the clock says ") and " is of 20" in found[0]["found"]
    marked = [row for row in found if row["topic"] in ("certificates", "partners", "messages")]
    assert marked and {row["urgency"] for row in marked} == {"advice"}
    assert all(row["mend"].startswith(quoted("only if it is still so once the clock is right: ")) for row in marked)
    said = gateway.run("status", env=plan.environment()).stderr
    assert said.startswith("tieline: the clock says ") and CLOCK_ADVICE in said.splitlines()[0]
    shown = gateway.run("cert", "status", env=plan.environment())
    assert CLOCK_ADVICE in shown.stderr.splitlines()[0] and "cert renew" not in shown.stdout + gateway.run(
        "status", env=plan.environment()).stdout
    assert "add the partner again" not in said + gateway.run("doctor", check=TRUST, env=plan.environment()).stderr


@needs_faults
@pytest.mark.parametrize("seconds", [YEARS_S, -YEARS_S], ids=["ahead", "back"])
def test_the_clock_jumps_ten_years(world, tmp_path, seconds):
    """Nothing is refused, expires, or waits for years by a clock that cannot be right; set right, all goes on."""
    u, a = world.pair()
    plan = Plan(tmp_path / "plan")
    path = write(tmp_path / "d", os.urandom(3000))
    u.start(env=plan.environment())
    a.start()
    taken = {a.send_id(u, "outage", path, "--wait", "20s"): path}
    a.stop()
    waiting = u.send_id(a, "outage", path, "--deadline", "1h")
    u.wait_log("message-deferred")
    since = u.mark()
    plan.move_clock(seconds)
    u.wait_log(f"clock-jumped seconds={'-' if seconds < 0 else ''}3153[56]")
    quoted("clock-jumped seconds=")
    u.wait_log(quoted('advice="set this host\'s clock right, and reload"'))
    a.start()
    taken[a.send_id(u, "outage", path, "--deadline", "1h")] = path
    a.wait_log("message-deferred")
    refused = u.send(a, "outage", path, check=TRUST, env=plan.environment())
    assert "nothing was sent" in refused.stderr
    assert [m["state"] for m in u.outbox()] == ["deferred"] and "delivered" in {m["state"] for m in a.outbox()}
    the_clock_comes_first(u, plan)
    at = u.mark()
    plan.move_clock(0)
    u.wait_log("clock-jumped seconds=", at)
    promises.all_settled(u, a)
    promises.hold(u, a, {waiting: path})
    promises.hold(a, u, taken)
    assert not [line for line in u.lines[since:] if "ledger-recovered" in line], "nothing had failed"


@needs_faults
@pytest.mark.parametrize("seconds", [YEARS_S, YEARS_S // 2, -YEARS_S], ids=["ahead", "half ahead", "back"])
def test_a_gateway_is_started_with_such_a_clock(world, tmp_path, seconds):
    """Nobody is told to renew what has not ended; set right and reloaded, all goes on."""
    u, a = world.pair()
    plan = Plan(tmp_path / "plan")
    plan.move_clock(seconds)
    u.start(env=plan.environment())
    u.wait_log(quoted("clock-wrong why=\"the clock says "))
    wait_until(lambda: u.run("status", check=None, env=plan.environment()).returncode == 0)
    assert not [line for line in u.lines if "certificate-end" in line]
    assert all("advice=\"set this host's clock right" in line for line in u.lines if "partner-ignored" in line)
    the_clock_comes_first(u, plan)
    plan.move_clock(0)
    u.wait_log("clock-jumped seconds=")
    at = u.mark()
    u.process.send_signal(signal.SIGHUP)
    u.wait_log("reloaded", at)
    a.start()
    assert settled(a, a.send_id(u, "outage", write(tmp_path / "d", b"a document")))["state"] == "delivered"
    assert "the clock says" not in u.run("doctor", check=None, env=plan.environment()).stdout


@needs_faults
def test_a_message_that_our_clock_cannot_judge_is_asked_for_again(world, tmp_path):
    u, a = world.pair()
    plan = Plan(tmp_path / "plan")
    path = write(tmp_path / "d", os.urandom(3000))
    u.start(env=plan.environment())
    a.start()
    first = a.send_id(u, "outage", path, "--wait", "20s")  # and the connection stays
    plan.move_clock(YEARS_S)
    second = a.send_id(u, "outage", path, "--deadline", "1h")
    u.wait_log("fault=clock.doubted")
    quoted("when our own certificate is not valid: nothing is refused by it")
    a.wait_log("message-deferred .*clock.doubted")
    plan.move_clock(0)
    promises.all_settled(a)
    promises.hold(a, u, {first: path, second: path})


@needs_faults
@pytest.mark.parametrize("seconds", [YEARS_S, -YEARS_S], ids=["ahead", "back"])
def test_a_receipt_that_our_clock_cannot_judge_is_asked_for_again(world, tmp_path, seconds):
    """One that comes by itself: a partner whose receipt is refused keeps it to itself, and we would never know."""
    u, a = world.pair()
    receipts_later(u, a)
    plan = Plan(tmp_path / "plan")
    path = write(tmp_path / "d", os.urandom(3000))
    u.start(env=plan.environment())
    a.start()
    assert settled(u, u.send_id(a, "outage", path))["state"] == "delivered"  # and the connection of its receipt stays
    couriers = a.processes()["courier"]
    for pid in couriers:
        os.kill(pid, signal.SIGSTOP)
    message = u.send_id(a, "outage", path, "--deadline", "1h")
    u.wait_log("message-awaiting row=2 ")
    plan.move_clock(seconds)
    for pid in couriers:
        os.kill(pid, signal.SIGCONT)
    u.wait_log("fault=clock.doubted")
    a.wait_log("receipt-deferred .*clock.doubted")
    plan.move_clock(0)
    promises.all_settled(u, a)
    assert u.show(message)["state"] == "delivered"
    assert "receipt-refused" not in [e["what"] for e in a.show(message)["events"]]


@needs_faults
def test_a_clock_that_is_set_back_keeps_nothing_waiting(world, tmp_path):
    """What was put off by a clock that was half an hour ahead is not put off for half an hour more."""
    u, a = world.pair()
    plan = Plan(tmp_path / "plan")
    plan.move_clock(1800)
    u.start(env=plan.environment())
    message = u.send_id(a, "outage", write(tmp_path / "d", b"a document"), "--deadline", "5h")
    u.wait_log("message-deferred")
    plan.move_clock(0)
    u.wait_log("clock-jumped seconds=-1[78]")
    a.start()
    assert settled(u, message)["state"] == "delivered"


ENDS = [("ended", 310, "", False), ("tolerated", 310, "tolerate: {{ expired-certificates: {day} }}", True),
        ("a clock we doubt", 4000, "", True)]


@pytest.mark.parametrize("days,agreed,stays", [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
@needs_faults
def test_a_certificate_ends_on_an_open_connection(world, tmp_path, days, agreed, stays):
    """What is asked after its last day is not answered, though the handshake was before it; a new handshake is refused."""
    g, peer, plan = world.gateway("Utility", UTILITY_ID, "utility"), Peer(str(tmp_path)), Plan(tmp_path / "plan")
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    if agreed:
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 320 * 86400))
        rewrite(f"{g.home}/partners/{peer.id}/agreement.yaml", ("^tolerate: {}", agreed.format(day=day)))
    g.start(env=plan.environment())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(peer.path("tls.pem"), peer.path("tls.key"))
    with socket.create_connection(("127.0.0.1", g.port), LIMIT) as s, context.wrap_socket(s) as line:
        def ask():
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            return line.recv(4096)[:12]

        assert ask() == b"HTTP/1.1 200"
        plan.move_clock(days * 86400)
        assert ask() == (b"HTTP/1.1 200" if stays else b"")
    if stays:
        return
    g.wait_log(f"tls-ended .*partner={peer.id} .*expired")
    with socket.create_connection(("127.0.0.1", g.port), LIMIT) as s, pytest.raises(ssl.SSLError, match="(?i)expired"):
        context.wrap_socket(s).recv(1)


@needs_faults
def test_a_certificate_ends_while_we_run(world, tmp_path, monkeypatch):
    """The partner's certificates end: it is told before, and what it sends then is refused with the reason; a renewal mends it."""
    made, now = Plan(tmp_path / "made"), Plan(tmp_path / "now")
    u = world.gateway("Utility", UTILITY_ID, "utility")
    with monkeypatch.context() as earlier:
        for name, value in made.environment().items():
            earlier.setenv(name, value)
        made.move_clock(-391 * 86400)
        a = world.gateway("Aggregator", AGGREGATOR_ID, "aggregator")
    for verb in ("renew", "roll"):  # or no connection would come about
        a.run("cert", verb, "tls", env=now.environment())
    for one, other in ((u, a), (a, u)):
        one.knows(other)
    path = write(tmp_path / "d", os.urandom(3000))
    for gateway in (u, a):
        gateway.start(env=now.environment())
    a.wait_log("certificate-ends .*whose=ours .*use=sign")
    a.send(u, "outage", path, "--wait", "20s")
    now.move_clock(8 * 86400)
    late = a.send_id(u, "outage", path, "--deadline", "1h", env=now.environment())
    message = settled(a, late)
    assert (message["state"], message["fault"]["code"]) == ("refused", quoted("cert.expired"))
    u.wait_log("message-rejected .*expired at 2")
    assert "refused" not in {m["state"] for m in u.outbox()}
    assert u.send(a, "outage", path, check=TRUST, env=now.environment()).stderr.count("expired at ")
    told = u.run("status", env=now.environment()).stdout
    assert quoted("ask 829517388 for a new sheet, then `tieline partner add SHEET`") in told
    for use in ("sign", "encrypt"):
        a.run("cert", "renew", use, env=now.environment())
    sheet = a.home + ".new-sheet"
    a.run("sheet", "-o", sheet, env=now.environment())
    u.run("partner", "add", sheet, env=now.environment())
    for gateway in (a, u):
        at = gateway.mark()
        os.kill(gateway.process.pid, signal.SIGHUP)
        gateway.wait_log("reloaded", at)
    for one, other in ((a, u), (u, a)):
        one.send(other, "outage", path, "--wait", "20s", env=now.environment())


# --- overload, and what ends ---

@pytest.fixture
def billed_twice_an_hour(world):
    u, a = world.pair()
    rewrite(f"{u.home}/partners/{a.id}/agreement.yaml", (r"^  billing: \{", "  billing: { rate: 2/h,"))
    u.start()
    a.start()
    return u, a


def test_a_partner_that_sends_too_often_and_the_operators_of_both(billed_twice_an_hour, tmp_path):
    u, a = billed_twice_an_hour
    path = write(tmp_path / "bill", b"a bill")
    ids = [a.send_id(u, "billing", path) for _ in range(3)]
    says(u, quoted("http=429 fault=agreement.rate why=\"more than 2/h billing: the next is taken in 1800 s\""))
    says(a, "message-deferred .*" + quoted("the partner answered HTTP 429: agreement.rate: more than 2/h billing: the next is taken in 1800 s"))
    assert [settled(a, i)["state"] for i in ids[:2]] == ["delivered"] * 2
    assert a.show(ids[2])["state"] == "deferred"
    row, = a.json("status")["deferred"]
    assert (row["partner"], row["area"], row["count"], row["code"]) == (u.id, "billing", 1, "courier.http")
    why = quoted("the partner answered HTTP 429: agreement.rate: more than 2/h billing: the next is taken in 1800 s")
    assert why in row["why"] and why in a.run("status").stdout
    assert quoted("Deferred: the next attempt, and what was in the way") in a.run("status").stdout
    until = datetime.datetime.fromisoformat(row["until"].replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
    assert 1700 < until.total_seconds() <= 1800
    assert settled(a, a.send_id(u, "outage", path))["state"] == "delivered"


def test_what_unpacks_to_a_thousand_times_its_size(world):
    g = world.gateway("Utility", UTILITY_ID, "utility")
    peer = Peer(str(world.path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    g.start()
    assert peer.post("billing", peer.headers("bomb@peer"), bomb(peer, "billing", "bomb@peer"))[0] == 200
    says(g, "message-rejected .*" + quoted("fault=compression.ratio why=") + '"[0-9]+ bytes grow more than [0-9]+ times"')
    assert quoted("bytes grow more than 200 times")
    peer.close()


def test_a_process_and_a_gateway_are_killed(world, tmp_path):
    u, a = world.pair()
    u.start()
    a.start()
    since = u.mark()
    os.kill(u.processes()["ledger"][0], signal.SIGKILL)
    says(u, quoted("worker-ended role=ledger index=0") + " .*signal=9", since)
    says(u, quoted("link-down to=ledger index=0") + ".*" + quoted('why="the other process closed the link"'), since)
    path = write(tmp_path / "d", b"a document")
    message = a.send_id(u, "outage", path, "--deadline", "1h")
    assert settled(a, message)["state"] == "delivered"
    u.kill()
    u.start()
    assert u.document(message) == b"a document"


@pytest.mark.parametrize("error,why", [(errno.ENOSPC, "(migrating ledger.db: database or disk is full) (ledger.full)"),
                                       (errno.EIO, "(migrating ledger.db: disk I/O error) (ledger.io)")], ids=["full", "broken"])
@needs_faults
def test_a_ledger_that_cannot_be_taken_over(world, tmp_path, error, why):
    """The gateway ends, and says that nobody starts it again; the next start goes on, and what waited goes out."""
    u, a = world.pair()
    u.start()
    message = u.send_id(a, "outage", write(tmp_path / "d", b"a document"), "--deadline", "5h")
    u.stop()
    make_older(u.home)
    plan = Plan(tmp_path / "plan")
    plan.arm("ledger", ("write",), 3, FAIL, error, for_good=True)
    u.start(wait=False, env=plan.environment())
    assert u.process.wait(LIMIT) == HOST
    says(u, quoted(why))
    says(u, quoted('gateway-stopped why="a process could not start: its message is above" advice="mend that, and start the gateway '
                   'again: it does not go on by itself"'))
    u.kill()
    u.start()
    says(u, "ledger-migrated from=[0-9]+ to=[0-9]+ history=")
    quoted("ledger-migrated from=1 to=19 history=")
    a.start()
    assert settled(u, message)["state"] == "delivered"


def test_a_ledger_of_a_newer_version(world):
    u = world.gateway("Utility", UTILITY_ID, "utility")
    u.start()
    u.stop()
    kept = sqlite3.connect(u.home + "/ledger/ledger.db")
    kept.execute("PRAGMA user_version = 99")
    kept.close()
    u.start(wait=False)
    assert u.process.wait(LIMIT) == HOST
    says(u, quoted("tieline: ledger: ledger.db has version 99, this program knows 19: run the newer program (ledger.schema)"))
    assert quoted("fsck.schema") in u.run("fsck", check=HOST).stdout


def test_who_is_slow_is_told(world):
    g = world.gateway("Utility", UTILITY_ID, "utility")
    peer = Peer(str(world.path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    rewrite(g.home + "/tieline.yaml", (r"^  head: \S+", "  head: 1s"), (r"^  handshake: \S+", "  handshake: 1s"))
    g.start()
    context = ssl.create_default_context(cafile=peer.path("other-root.pem"))
    context.load_cert_chain(peer.path("tls.pem"), peer.path("tls.key"))
    with socket.create_connection(("127.0.0.1", g.port), LIMIT) as silent, \
            socket.create_connection(("127.0.0.1", g.port), LIMIT) as s, context.wrap_socket(s, server_hostname="127.0.0.1") as line:
        silent.sendall(b"\x16\x03\x01")
        line.sendall(b"POST /exch")
        assert line.recv(12) == b"HTTP/1.1 408"
        assert silent.recv(1) == b""
    says(g, "as2-unanswered .*" + quoted('http=408 fault=http.head.late why="the head of the request took too long"'))
    says(g, "tls-refused .*" + quoted('why="took too long"'))
    peer.close()


def test_rules_that_cannot_be_read_change_nothing(world, tmp_path):
    u, a = world.pair()
    u.start()
    a.start()
    agreement = f"{u.home}/partners/{a.id}/agreement.yaml"
    rewrite(agreement, (r"^suspended:", "suspendd:"))
    since = u.mark()
    u.process.send_signal(signal.SIGHUP)
    says(u, quoted("reload-refused fault=agreement.yaml") + ".*: there is no key suspendd", since)
    assert quoted("there is no key suspendd")
    assert settled(a, a.send_id(u, "outage", write(tmp_path / "d", b"a document")))["state"] == "delivered"


def test_one_file_that_cannot_be_read_closes_one_partner(world, tmp_path):
    """Not the gateway: the others are served; of that one nothing is lost, and nothing passes."""
    u, a = world.pair()
    other = world.gateway("Other", "555000222", "aggregator")
    for one, to in ((u, other), (other, u)):
        one.run("partner", "add", to.sheet(), "--fingerprint", to.fingerprint())
    a.start()
    other.start()
    u.start()
    a.stop()
    waits = u.send_id(a, "outage", write(tmp_path / "d", b"a document"), "--deadline", "1h")
    agreement = f"{u.home}/partners/{a.id}/agreement.yaml"
    u.stop()
    rewrite(agreement, (r"^suspended:", "suspendd:"))
    u.start()
    says(u, quoted("partner-closed file=partners/") + f"{a.id}/agreement.yaml fault=agreement.yaml.*there is no key suspendd.*" +
         quoted("mend it and reload (SIGHUP): until then this partner is answered HTTP 503"))
    assert len([line for line in u.lines if "partner-closed" in line]) == 1
    for to, sender in ((other, u), (u, other)):
        assert settled(sender, sender.send_id(to, "outage", write(tmp_path / "o", b"to others")))["state"] == "delivered"

    a.start()
    since = a.mark()
    message = a.send_id(u, "billing", write(tmp_path / "b", b"a bill"), "--deadline", "1h")
    says(a, "message-deferred.*" + quoted("the partner answered HTTP 503: agreement.unread"), since)
    done = u.send(a, "outage", write(tmp_path / "n", b"new"), check=None)
    assert done.returncode != DONE and quoted("(agreement.unread)") in done.stderr
    shown = u.show(waits)
    assert (shown["state"], shown["fault"]["code"]) == ("deferred", "agreement.unread") or wait_until(
        lambda: (u.show(waits)["fault"] or {}).get("code") == "agreement.unread")
    assert "answers this partner HTTP 503" in u.run("status").stderr
    assert any("agreement.yaml" in f["found"] and f["urgency"] == "urgent"
               for f in json.loads(u.run("doctor", "--json", check=None).stdout)["findings"])

    rewrite(agreement, (r"^suspendd:", "suspended:"))
    u.process.send_signal(signal.SIGHUP)
    assert settled(a, message)["state"] == "delivered"
    assert settled(u, waits)["state"] == "delivered"


def test_settings_that_cannot_be_read_stop_a_start(world):
    u = world.gateway("Utility", "007909411", "utility")
    write(u.home + "/tieline.yaml", b"id: [\n")
    assert "tieline.yaml: " in u.run("serve", check=HOST).stderr
