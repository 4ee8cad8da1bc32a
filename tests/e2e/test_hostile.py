# SPDX-License-Identifier: Apache-2.0
"""Overload and malice: rates per partner, area and address, and what is shed costs nothing and nobody else."""
import os
import re
import resource
import signal
import socket
import ssl
import time

import pytest

import malice
from gateway import LIMIT, rewrite, settled, wait_until, write
from peer import Peer
from test_asynchronous import DOCUMENT, edit


def limits(gateway, **rates):
    """Before it starts."""
    names = {name.replace("_", "-"): rate for name, rate in rates.items()}
    rewrite(gateway.home + "/tieline.yaml", *((rf"^  {name}: \S+", f"  {name}: {rate}") for name, rate in names.items()))


@pytest.fixture
def met(world):
    g = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(world.path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    yield g, peer
    peer.close()


# --- rates of a partner ---

def post(peer, area):
    message_id, part, body = peer.message(DOCUMENT, area)
    status, content_type, answer = peer.post(area, peer.headers(message_id), body)
    with open(peer.path("answer-head")) as f:
        return status, f.read(), answer


def test_what_is_too_often_is_told_when_to_come_again(met):
    g, peer = met
    edit(g, peer.id, r"^  billing: \{", "  billing: { rate: 2/h,")
    g.start()
    assert [post(peer, "billing")[0] for _ in range(2)] == [200, 200]
    status, head, answer = post(peer, "billing")
    assert status == 429
    assert 0 < int(re.search(r"(?im)^Retry-After: (\d+)", head).group(1)) <= 1801
    assert answer.startswith(b"agreement.rate: more than 2/h billing: the next is taken in ")
    assert post(peer, "outage")[0] == 200  # an area of its own
    g.wait_log("as2-unanswered .*http=429 fault=agreement.rate")
    assert len(g.inbox()) == 3


def test_a_flood_is_a_few_lines_of_the_log(met):
    g, peer = met
    edit(g, peer.id, r"^rate: none", "rate: 1/h")
    g.start()
    assert post(peer, "billing")[0] == 200
    message_id, part, body = peer.message(DOCUMENT, "billing")
    statuses = [peer.post("billing", peer.headers(message_id), body)[0] for _ in range(14)]
    assert statuses == [429] * 14
    assert len(g.logged("as2-unanswered .*agreement.rate")) <= 10


def test_reading_the_rules_again_gives_no_new_burst(met):
    g, peer = met
    edit(g, peer.id, r"^rate: none", "rate: 2/h")
    g.start()
    assert post(peer, "billing")[0] == 200
    edit(g, peer.id, r"^connections: \d+", "connections: 17")
    assert [post(peer, "billing")[0] for _ in range(2)] == [200, 429]


def test_a_gateway_comes_again_when_it_was_told(world, tmp_path):
    """Nothing is lost: what was too often goes out when its time has come."""
    u = world.gateway("Utility", "007909411", "utility")
    a = world.gateway("Aggregator", "A1", "aggregator")
    u.knows(a)
    a.knows(u)
    edit(u, a.id, r"^rate: none", "rate: 1/s")
    u.start()
    a.start()
    ids = [a.send_id(u, "billing", write(tmp_path / f"d{i}", DOCUMENT + b"%d" % i)) for i in range(3)]
    assert [settled(a, i)["state"] for i in ids] == ["delivered"] * 3
    assert len(u.inbox()) == 3


# --- places ---

def test_a_partner_has_the_places_that_are_agreed_and_no_others(met):
    """What is more than that makes room for everybody, whatever it has begun; so nobody waits for places of one."""
    g, peer = met
    other = Peer(str(peer.dir), "555000222", "Another")
    other.knows(g)
    g.run("partner", "add", other.sheet(), "--fingerprint", other.fingerprint())
    rewrite(g.home + "/tieline.yaml", (r"^  connections: \d+", "  connections: 5"), (r"^  head: \S+", "  head: 10m"))
    edit(g, peer.id, r"^connections: \d+", "connections: 2")
    g.start()
    context = ssl.create_default_context(cafile=peer.path("other-root.pem"))
    context.load_cert_chain(peer.path("tls.pem"), peer.path("tls.key"))
    lines = []
    for _ in range(8):
        lines.append(context.wrap_socket(socket.create_connection(("127.0.0.1", g.port), LIMIT), server_hostname="127.0.0.1"))
        lines[-1].sendall(b"POST")
    assert post(other, "outage")[0] == 200
    assert lines[2].recv(1) == b""  # the first of those that are too many
    for line in lines[:2]:
        line.sendall(b" /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line.recv(12) == b"HTTP/1.1 405"
    for line in lines:
        line.close()


def test_who_says_nothing_makes_room_for_a_partner(met):
    """More half-open handshakes than there are places, from as many addresses: the oldest goes, and the partner comes in."""
    g, peer = met
    rewrite(g.home + "/tieline.yaml", (r"^  connections: \d+", "  connections: 5"), (r"^  handshake: \S+", "  handshake: 10m"))
    g.start()
    lines = [socket.create_connection(("127.0.0.1", g.port), LIMIT, (f"127.0.0.{n}", 0)) for n in range(2, 22)]
    for line in lines:
        line.sendall(b"\x16\x03\x01")  # a TLS record begins
    assert post(peer, "outage")[0] == 200
    lines[0].settimeout(LIMIT)
    try:
        assert lines[0].recv(1) == b""
    except ConnectionResetError:
        pass  # closed before what it had begun was read
    for line in lines:
        line.close()


IDLE = 2000
OWN_FILES = 300                  # descriptors that whoever holds connections needs besides
FEW = 10                         # of them may have made room for others
IDLE_BYTES_MOST = 2 * 31 * 1000  # an edge for each: twice what README.md says, which `./dev bench hostile` measures with 10,000


@pytest.fixture
def many():
    """How many connections there may be: IDLE where the limit of descriptors lets it, which gateways that are started inherit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + OWN_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if most < IDLE // 4 + OWN_FILES:
        pytest.skip(f"{hard} descriptors are the most a process may have here (ulimit -Hn): too few for many connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(most, soft) if soft != resource.RLIM_INFINITY else soft, hard))
    yield most - OWN_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def edge_bytes(gateway):
    """What all edges have in memory."""
    total = 0
    for pid in gateway.processes()["edge"]:
        with open(f"/proc/{pid}/status") as f:
            total += 1024 * int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])
    return total


def proven_from(context, gateway, source):
    line = socket.create_connection(("127.0.0.1", gateway.port), LIMIT, (source, 0))
    return context.wrap_socket(line, server_hostname="127.0.0.1")


def is_open(line):
    line.setblocking(False)
    try:
        return line.recv(1) != b""
    except ssl.SSLWantReadError:
        return True
    except OSError:
        return False
    finally:
        line.settimeout(LIMIT)


@pytest.mark.slow
def test_thousands_that_ask_nothing_cost_little_and_keep_nobody_out(met, many):
    """All places there are, from ten addresses, all of one partner: what each costs is bounded, and another partner's notice passes."""
    g, peer = met
    other = Peer(str(peer.dir), "555000222", "Another")
    other.knows(g)
    g.run("partner", "add", other.sheet(), "--fingerprint", other.fingerprint())
    rewrite(g.home + "/tieline.yaml", (r"^  connections: \d+", f"  connections: {many}"), (r"^  idle: \S+", "  idle: 1h"))
    limits(g, handshakes="none", stranger_handshakes="none")
    edit(g, peer.id, r"^connections: \d+", f"connections: {many}")
    g.start()
    context = ssl.create_default_context(cafile=peer.path("other-root.pem"))
    context.load_cert_chain(peer.path("tls.pem"), peer.path("tls.key"))
    assert post(other, "outage")[0] == 200
    proven_from(context, g, "127.0.0.2").close()
    before = edge_bytes(g)
    lines = [proven_from(context, g, f"127.0.0.{n % 10 + 2}") for n in range(many)]
    assert sum(map(is_open, lines)) >= many - FEW
    each = (edge_bytes(g) - before) / many
    print(f"{many} connections, {each:.0f} bytes of an edge each")
    assert post(other, "outage")[0] == 200
    lines[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert lines[-1].recv(5) == b"HTTP/"
    assert many - FEW <= sum(map(is_open, lines)) < many  # the oldest made room
    for line in lines:
        line.close()
    assert os.environ.get("TIELINE_SANITIZED") or 0 < each < IDLE_BYTES_MOST


# --- strangers ---

def knock(gateway, source):
    """From this address of loopback: whether a handshake came about, or the connection was reset at once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.socket() as s:
        s.settimeout(LIMIT)
        s.bind((source, 0))
        try:
            s.connect(("127.0.0.1", gateway.port))
            context.wrap_socket(s)
            return True
        except (ConnectionResetError, BrokenPipeError):
            return False


def test_strangers_share_a_budget_that_no_partner_feels(met):
    g, peer = met
    limits(g, stranger_handshakes="6/h")
    g.start()
    assert post(peer, "outage")[0] == 200  # one of the six; from now on 127.0.0.1 is known
    assert [knock(g, "127.0.0.2") for _ in range(5)] == [True] * 3 + [False] * 2  # half of all, for one address
    assert [knock(g, "127.0.0.3") for _ in range(3)] == [True] * 2 + [False]      # what is left of all
    assert not knock(g, "127.0.0.4")
    g.wait_log("handshake-shed peer=127.0.0.2:[0-9]+ why=.*from this address")
    g.wait_log("handshake-shed peer=127.0.0.4:[0-9]+ why=.*no partner")
    assert [post(peer, "outage")[0] for _ in range(8)] == [200] * 8


def test_an_edge_that_died_leaves_whom_it_knew(met):
    """Strangers have used up all there is when the next one begins; the partner comes in as before."""
    g, peer = met
    limits(g, stranger_handshakes="6/h")
    g.start()
    assert post(peer, "outage")[0] == 200
    edge = g.processes()["edge"][0]
    os.kill(edge, signal.SIGKILL)
    wait_until(lambda: g.processes().get("edge", [edge])[0] != edge, LIMIT)
    until = time.monotonic() + LIMIT
    while any([knock(g, f"127.0.0.{n}") for n in (2, 3, 4)]):
        assert time.monotonic() < until
    assert [post(peer, "outage")[0] for _ in range(8)] == [200] * 8


@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_a_gateway_that_starts_knows_whom_the_one_before_knew(met, end):
    g, peer = met
    limits(g, stranger_handshakes="6/h")
    g.start()
    assert post(peer, "outage")[0] == 200
    if end == "killed":
        wait_until(lambda: os.path.getsize(g.home + "/run/known") > 48, 2 * LIMIT)
        g.kill()
    else:
        assert g.stop() == 0
    g.start()
    while any([knock(g, f"127.0.0.{n}") for n in (2, 3, 4)]):
        pass
    assert [post(peer, "outage")[0] for _ in range(8)] == [200] * 8
    assert not knock(g, "127.0.0.2")


def test_a_gateway_starts_beside_a_file_of_addresses_that_is_none(met):
    g, peer = met
    limits(g, stranger_handshakes="6/h")
    write(g.home + "/run/known", os.urandom(5000))
    g.start()
    g.wait_log("addresses-forgotten .*run/known is not what was written")
    while any([knock(g, f"127.0.0.{n}") for n in (2, 3, 4)]):
        pass
    message_id, part, body = peer.message(DOCUMENT, "outage")
    assert peer.post("outage", peer.headers(message_id), body)[0] == 0
    assert g.stop() == 0


def test_who_is_named_comes_in_after_any_start(met):
    """Nobody was seen since this start, or ever, and strangers have used up all there is: addresses of agreements are no strangers."""
    g, peer = met
    limits(g, stranger_handshakes="6/h")
    edit(g, peer.id, r"^addresses: \[\]", 'addresses: [ "2001:db8:7::/48", 127.0.0.1 ]')
    for _ in range(2):
        g.start()
        while any([knock(g, f"127.0.0.{n}") for n in (2, 3, 4)]):
            pass
        assert [post(peer, "outage")[0] for _ in range(4)] == [200] * 4
        assert not knock(g, "127.0.0.2")
        assert g.stop() == 0


def test_who_is_named_while_we_run_comes_in(met):
    g, peer = met
    limits(g, stranger_handshakes="6/h")
    g.start()
    while any([knock(g, f"127.0.0.{n}") for n in (2, 3, 4)]):
        pass
    message_id, part, body = peer.message(DOCUMENT, "outage")
    assert peer.post("outage", peer.headers(message_id), body)[0] == 0
    edit(g, peer.id, r"^addresses: \[\]", "addresses: [ 127.0.0.0/31 ]")
    assert post(peer, "outage")[0] == 200
    edit(g, peer.id, r"^addresses: .*", "addresses: []")
    assert post(peer, "outage")[0] == 200  # its certificate was shown from there
    assert not knock(g, "127.0.0.2")


def test_an_address_with_proof_has_a_rate_too(met):
    g, peer = met
    limits(g, handshakes="3/h")
    g.start()
    assert [post(peer, "outage")[0] for _ in range(4)] == [200] * 4  # the first as a stranger
    message_id, part, body = peer.message(DOCUMENT, "outage")
    assert peer.post("outage", peer.headers(message_id), body)[0] == 0
    g.wait_log("handshake-shed peer=127.0.0.1:[0-9]+ why=.*from this address")


def test_who_shows_no_certificate_cannot_use_up_a_partners_rate(met):
    """A head may name anybody: what comes without proof counts against one small budget."""
    g, peer = met
    limits(g, stranger_messages="3/h")
    edit(g, peer.id, r"^rate: none", "rate: 2/h")
    edit(g, peer.id, r"client-certificate: true", "client-certificate: false")
    g.start()
    message_id, part, body = peer.message(DOCUMENT, "billing")
    without = [peer.post("billing", peer.headers(message_id), b"rubbish", None)[0] for _ in range(5)]
    assert without == [403] * 3 + [429] * 2
    assert [post(peer, "billing")[0] for _ in range(3)] == [200, 200, 429]


# --- valid but expensive ---

def peak_kib(gateway):
    """The most that any of its processes has ever had in memory."""
    most = 0
    for pids in gateway.processes().values():
        for pid in pids:
            with open(f"/proc/{pid}/status") as f:
                most = max(most, int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)))
    return most


# The code of the refusal; None: it is taken, and answered in its own way.
VERDICTS = {
    "bomb": "compression.ratio", "large_bomb": "compression.ratio", "nested_bomb": "as2.layers", "deep_mime": "as2.parts",
    "many_parts": "as2.parts.count", "many_headers": "mime.header.count", "many_recipients": "sealing.recipients",
    "many_certificates": "multipart-signed.signature", "huge_key": "signature.unknown-signer", "largest_key": None,
    "wide_json": "der.invalid", "deep_json": "der.invalid", "dense_x12": None,
}
PEAK_KIB = 64 << 10


def test_what_is_dear_is_bounded_and_answered(met):
    """The sender is told what is wrong, nobody's process grows past its bound, and the next message goes as ever."""
    g, peer = met
    malice.certify_largest(peer)
    g.run("partner", "add", peer.sheet(malice.LARGEST, issued="2026-01-02T00:00:00.000Z"))
    edit(g, peer.id, r"^algorithms: .*", "algorithms: [ rsa-sign ]")
    edit(g, peer.id, r"^documents: \{.*\}", "documents: { examine: true, invalid: refuse, registry: off }")
    edit(g, peer.id, r"^x12: \{.*\}", "x12: { examine: true }")
    g.start()
    for name, maker in malice.EXPENSIVE.items():
        body = maker(peer, "billing", f"{name}@peer")
        status, content_type, answer = peer.post("billing", peer.headers(f"{name}@peer"), body)
        assert status == 200, name
        report = peer.receipt(content_type, answer)
        taken = re.search(r"(?mi)^Disposition: .*; *processed\s*$", report)
        assert bool(taken) == (VERDICTS[name] is None), name
        if not taken:
            g.wait_log(f"message-rejected msg={name}@peer .*fault={re.escape(VERDICTS[name])} ")
        assert os.environ.get("TIELINE_SANITIZED") or peak_kib(g) < PEAK_KIB, name
    assert post(peer, "outage")[0] == 200
