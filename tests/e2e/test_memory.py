# SPDX-License-Identifier: Apache-2.0
"""The bound of memory: each process has one, and who reaches it ends, says so, and takes nothing with it."""
import os
import re
import socket
import ssl

import pytest

from gateway import LIMIT, rewrite, wait_until
from peer import Peer
from test_asynchronous import DOCUMENT
from test_operations import quoted

pytestmark = pytest.mark.skipif(bool(os.environ.get("TIELINE_SANITIZED")), reason="a sanitizer reserves terabytes: no bound is set")
MIB = 1 << 20
ROLES = ("edge", "envelope", "keyholder", "ledger", "courier", "desk")


@pytest.fixture
def met(world):
    g = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(world.path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    yield g, peer
    peer.close()


def memory(gateway, **sizes):
    rewrite(gateway.home + "/tieline.yaml", *((rf"^  {role}: \d+(MiB|GiB)", f"  {role}: {mib}MiB") for role, mib in sizes.items()))


def bounds_of(gateway):
    """Bytes of private memory, (soft, hard) as the kernel has them, by role."""
    found = {}
    for pid in [gateway.process.pid, *(p["pid"] for p in gateway.json("status")["processes"])]:
        with open(f"/proc/{pid}/limits") as f, open(f"/proc/{pid}/cmdline") as words:
            limit = re.search(r"^Max data size +(\d+|unlimited) +(\d+|unlimited)", f.read(), re.M).groups()
            role = (words.read().split("\0") + [""])[2]
            found.setdefault(role if role in ROLES else "monitor", set()).add(limit)
    return found


def test_every_process_has_its_bound_for_good(met):
    g, _ = met
    memory(g, edge=701, envelope=702, keyholder=303, ledger=704, courier=705, desk=306, monitor=307)
    g.start()
    kept = bounds_of(g)
    assert {limit for limit, _ in kept.pop("monitor")} == {str(307 * MIB)}  # what it starts has its own
    assert kept == {role: {(str(mib * MIB),) * 2} for role, mib in zip(ROLES, (701, 702, 303, 704, 705, 306))}


def advised(pid):
    """Whether the heap of a process asks for large pages (proc(5): hg)."""
    with open(f"/proc/{pid}/smaps") as f:
        heap = f.read().partition("[heap]")[2]
    return " hg" in re.search(r"^VmFlags:(.*)$", heap, re.M).group(1)


def large_pages():
    """What the kernel does with them: always, madvise, never; the C library asks where that is of use."""
    try:
        with open("/sys/kernel/mm/transparent_hugepage/enabled") as f:
            return re.search(r"\[(\w+)\]", f.read()).group(1)
    except OSError:
        return "never"


@pytest.mark.skipif(large_pages() != "madvise", reason="this kernel does not give large pages to who asks")
def test_heaps_are_of_large_pages(met):
    g, _ = met
    g.start()
    assert all(advised(p["pid"]) for p in g.json("status")["processes"])


def post(peer):
    message_id, _, body = peer.message(DOCUMENT, "outage")
    return message_id, peer.post("outage", peer.headers(message_id), body)[0]


def test_who_reaches_it_ends_and_nothing_is_lost(met):
    """Connections of a partner, each some 31 KiB, until the edge has no more; then the next edge serves."""
    g, peer = met
    memory(g, edge=6)
    rewrite(g.home + "/tieline.yaml", (r"^  handshakes: \S+", "  handshakes: none"))
    g.start()
    before, status = post(peer)
    assert status == 200
    since = g.mark()
    context = ssl.create_default_context(cafile=peer.path("other-root.pem"))
    context.load_cert_chain(peer.path("tls.pem"), peer.path("tls.key"))
    lines = []
    try:
        while len(lines) < 600 and not g.logged("memory-limit"):
            lines.append(context.wrap_socket(socket.create_connection(("127.0.0.1", g.port), LIMIT), server_hostname="127.0.0.1"))
    except OSError:
        pass  # the edge that ended
    finally:
        for line in lines:
            line.close()
    words = g.wait_log("memory-limit", since)
    assert " edge/0 memory-limit limit-mib=6 asked=" in words
    assert quoted("it ends and is started again, what was acknowledged is in the ledger") in words
    assert quoted('advice="if it comes again, raise memory in tieline.yaml"') in words
    assert " exit=6 " in g.wait_log(quoted("worker-ended role=edge index=0"), since)
    after = wait_until(lambda: (sent := post(peer))[1] == 200 and sent[0])
    assert {m["message-id"] for m in g.inbox()} == {before, after}
    assert [p["restarts"] for p in g.json("status")["processes"] if p["role"] == "edge"] == [1]
    g.run("fsck")
