# SPDX-License-Identifier: Apache-2.0
"""Documents that are larger than what a process may hold: 64 MiB."""
import contextlib
import glob
import io
import os
import re
import subprocess
import threading

import pytest

from gateway import INPUT, LIMIT, TIELINE, settled, wait_until
from peer import Peer
from test_foreign import add
from test_protocol import begin, dialled

MIB = 1 << 20
LONG = 12 * LIMIT  # for machines that do other work, too

pytestmark = pytest.mark.slow


def agree(gateway, partner_id, as2=None):
    path = f"{gateway.home}/partners/{partner_id}/agreement.yaml"
    with open(path) as f:
        text = re.sub(r"size: \w+", "size: 4GiB", f.read())
    for key, value in (as2 or {}).items():
        text = re.sub(rf"(as2: {{.*){key}: [\w-]+", rf"\g<1>{key}: {value}", text)
    with open(path, "w") as f:
        f.write(text)


def block(number):
    return number.to_bytes(8, "big") * (MIB // 8)


def document(path, mib):
    with open(path, "wb") as out:
        for number in range(mib):
            out.write(os.urandom(MIB - 8) + number.to_bytes(8, "big"))
    return str(path)


def peaks(gateway):
    found = {}
    for role, pids in gateway.processes().items():
        for pid in pids:
            with open(f"/proc/{pid}/status") as f:
                found[f"{role} {pid}"] = int(re.search(r"VmHWM:\s+(\d+)", f.read())[1]) / 1024
    return found


def expect_little_memory(*gateways):
    if "asan" in os.environ.get("TIELINE_BUILD", ""):
        return  # what the sanitizer holds is its own affair
    for gateway in gateways:
        for process, mib in peaks(gateway).items():
            assert mib < 64, f"{gateway.name}: {process} held {mib:.0f} MiB"


def disk_used(gateway):
    return sum(os.stat(path).st_blocks * 512 for path in glob.glob(f"{gateway.home}/ledger/spool/*"))


def expect_same(gateway, message_id, path, tmp_path):
    copy = tmp_path / "copy"
    gateway.run("get", message_id, "-o", copy, timeout=LONG)
    with open(copy, "rb") as got, open(path, "rb") as want:
        while piece := want.read(MIB):
            assert got.read(MIB) == piece
        assert got.read(1) == b""
    os.unlink(copy)


@pytest.mark.parametrize("as2", [{}, {"compress": "before-signing"}, {"compress": "after-signing"}, {"encrypt": "false"}],
                         ids=["as agreed by default", "compressed, signed", "signed, compressed", "signed only"])
def test_complaint_34_a_document_larger_than_memory_may_be(world, tmp_path, as2):
    u, a = world.pair()
    agree(u, a.id, as2)
    agree(a, u.id, as2)
    u.start()
    a.start()
    path = document(tmp_path / "document", 200)
    message_id = u.send_id(a, "billing", path, timeout=LONG)
    assert settled(u, message_id, LONG)["state"] == "delivered"
    expect_same(a, message_id, path, tmp_path)
    expect_little_memory(u, a)
    # Of what was sent the sealed form is gone, of what was received all but the evidence.
    kept = 2 if as2.get("compress") == "before-signing" else 1
    for gateway in (u, a):
        assert disk_used(gateway) < (kept * 200 + 20) * MIB


@pytest.mark.parametrize("stream", [True, False], ids=["BER, in pieces", "DER"])
def test_a_large_message_of_another_product(world, tmp_path, stream):
    gateway = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(tmp_path))
    peer.knows(gateway)
    gateway.knows(peer)
    agree(gateway, peer.id)
    gateway.start()
    content = b"".join(block(number) for number in range(96))
    part = peer.part(content, "billing", "large@peer")
    body = peer.seal(peer.signed(part, peer.sign(part)), stream=stream)
    status, content_type, answer = peer.post("billing", peer.headers("large@peer"), body)
    assert status == 200, answer
    assert "processed" in peer.receipt(content_type, answer)
    with open(tmp_path / "want", "wb") as f:
        f.write(content)
    expect_same(gateway, "large@peer", tmp_path / "want", tmp_path)
    expect_little_memory(gateway)


def test_a_large_message_that_was_changed_leaves_nothing(world, tmp_path):
    gateway = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(tmp_path))
    peer.knows(gateway)
    gateway.knows(peer)
    agree(gateway, peer.id)
    gateway.start()
    part = peer.part(b"".join(block(number) for number in range(80)), "billing", "changed@peer")
    body = bytearray(peer.seal(peer.signed(part, peer.sign(part)), stream=False))
    body[len(body) // 2] ^= 1
    status, content_type, answer = peer.post("billing", peer.headers("changed@peer"), bytes(body))
    assert status == 200 and "decryption-failed" in peer.receipt(content_type, answer)
    assert disk_used(gateway) == 0
    expect_little_memory(gateway)


def position(process, path):
    """Of the descriptor that it has of this file: its gateway reads with the same, and moves it."""
    for fd in os.listdir(f"/proc/{process.pid}/fd"):
        with contextlib.suppress(OSError):
            if os.path.samefile(f"/proc/{process.pid}/fd/{fd}", path):
                with open(f"/proc/{process.pid}/fdinfo/{fd}") as f:
                    return int(re.search(r"pos:\s+(\d+)", f.read())[1])
    return 0


def test_a_file_that_becomes_shorter_while_it_is_read(world, tmp_path):
    """It is read where it lies: what is missing is told, and nothing goes out."""
    u, a = world.pair()
    agree(u, a.id)
    u.start()
    path = tmp_path / "document"
    path.touch()
    os.truncate(path, 1024 * MIB)
    sending = subprocess.Popen([TIELINE, "send", "--home", u.home, "--to", a.id, "--area", "billing", path], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: position(sending, path) > 0)
    os.truncate(path, 0)
    assert "document.cut" in sending.communicate(timeout=LONG)[1]
    assert sending.returncode == INPUT
    assert u.outbox() == []
    wait_until(lambda: disk_used(u) == 0)  # what was made of it goes when the ledger is told


def test_small_messages_do_not_wait_for_a_huge_one(world, tmp_path):
    u, a = world.pair()
    agree(u, a.id)
    agree(a, u.id)
    u.start()
    a.start()
    huge = u.send_id(a, "billing", document(tmp_path / "huge", 300), timeout=LONG)
    small = settled(u, u.send_id(a, "outage", "-", stdin="{}"), LONG)
    huge = settled(u, huge, LONG)
    assert small["state"] == huge["state"] == "delivered"
    assert small["settled"] < huge["settled"]


def test_a_body_that_takes_long_says_how_far_it_is(world, tmp_path):
    """Either way: 630 MB that are stuck in silence are what users complain about (pains 34)."""
    g, peer = world.gateway("Utility", "007909411", "utility"), Peer(str(tmp_path))
    add(g, peer)
    g.start()
    pause = threading.Event()

    def told(event, seen, of):
        line = re.search(rf"{event} .* {seen}=(\d+) of=(\d+) ", g.wait_log(event + " "))
        assert 0 < int(line[1]) < of <= int(line[2])

    def slowly(handler):
        body = b""
        while not g.logged("delivery-progress ") and len(body) < 16 * MIB:
            body += handler.rfile.read(MIB // 4)
            pause.wait(0.3)
        handler.rfile = io.BytesIO(body + handler.rfile.read(int(handler.headers["Content-Length"]) - len(body)))
        at_once(handler)

    peer.serve(lambda peer, path, headers, body: (200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(peer.open(body)))))
    at_once, peer.server.RequestHandlerClass.do_POST = peer.server.RequestHandlerClass.do_POST, slowly
    message_id = g.send_id(peer.id, "billing", document(tmp_path / "document", 32))
    told("delivery-progress", "sent", 32 * MIB)
    assert settled(g, message_id, LONG)["state"] == "delivered"
    peer.close()
    with dialled(peer) as line:
        begin(line, "POST", {**peer.headers("slow@peer"), "Content-Length": 32 * MIB})
        while not g.logged("arrival-progress "):
            line.sendall(bytes(MIB // 4))
            pause.wait(0.3)
    told("arrival-progress", "size", 32 * MIB)
    wait_until(lambda: disk_used(g) < 40 * MIB)  # of what was cut off nothing is kept
