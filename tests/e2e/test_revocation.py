# SPDX-License-Identifier: Apache-2.0
"""Lists and OCSP answers fetched ahead: who is revoked is refused soon, and an outage of a source is no revocation."""
import contextlib
import datetime
import http.server
import os
import re
import ssl
import threading

import pytest

from gateway import free_port, wait_until, write
from peer import Peer, openssl
from test_asynchronous import settle
from test_authorities import anchors, delivered, refused_signer, revocation_list, send, trust
from test_trust import edit, reload

LONG_AGO = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


class Source:
    """An HTTP server, or with `tls`, a peer, an HTTPS server; `answers`: path -> answer(body) -> (status, headers, body)."""

    def __init__(self, port=None, tls=None):
        source = self
        self.answers, self.asked = {}, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def reply(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                source.asked.append((self.command, self.path))
                status, headers, answer = source.answers.get(self.path, lambda _: (404, {}, b"nothing here"))(body)
                self.send_response(status)
                pieces = [answer] if isinstance(answer, bytes) else answer
                for name, value in {"Content-Length": str(sum(map(len, pieces)) if pieces == [answer] else 1000), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                # Whoever has enough of it hangs up.
                with contextlib.suppress(ConnectionError):
                    for piece in pieces:
                        self.wfile.write(piece)

            do_GET = do_POST = reply

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port or free_port()), Handler)
        self.port = self.server.server_address[1]
        self.scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.path("tls.pem"), tls.path("tls.key"))
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def file(self, path, name):
        self.answers[path] = lambda _: (200, {}, open(name, "rb").read())

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def serial(peer, use):
    return openssl("x509", "-in", peer.path(use + ".pem"), "-noout", "-serial").decode().strip().split("=")[1]


class Responder:
    """Answers of openssl ocsp, signed by somebody whom the peer's root certified for that."""

    def __init__(self, peer):
        self.peer, self.revoked, self.known = peer, set(), ["tls", "sign", "encrypt"]
        peer.certify("ocsp", "digitalSignature", "OCSPSigning")

    def __call__(self, body):
        rows = []
        for use in self.known:
            state = "R\t400101000000Z\t260101000000Z" if use in self.revoked else "V\t400101000000Z\t"
            rows.append(f"{state}\t{serial(self.peer, use)}\tunknown\t/CN={use}\n")
        request, answer = (self.peer.path(f"ocsp-{threading.get_ident()}.{end}") for end in ("req", "resp"))
        index = write(request + ".index", "".join(rows).encode())
        write(request, body)
        openssl("ocsp", "-index", index, "-CA", self.peer.path("root.pem"), "-rsigner", self.peer.path("ocsp.pem"),
                "-rkey", self.peer.path("ocsp.key"), "-reqin", request, "-respout", answer, "-nmin", "60")
        return 200, {"Content-Type": "application/ocsp-response"}, open(answer, "rb").read()


@pytest.fixture
def source():
    s = Source()
    yield s
    s.close()


@pytest.fixture
def met(world):
    g = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(world.path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    anchors(g, peer)
    edit(g, peer.id, r"^(  outage: .*) }", r"\1, when-unknown: open }")
    yield g, peer
    peer.close()


def names(g, peer, **sources):
    """The agreement names these addresses."""
    words = "".join(f', {kind}: [ {", ".join(f"{chr(34)}{url}{chr(34)}" for url in urls)} ]' for kind, urls in sources.items())
    trust(g, peer, "mode: chain" + words)


def sources(g):
    return {row["url"]: row for row in g.json("status")["sources"]}


def verdicts(g, peer):
    return {c["use"]: c["revocation"] for c in g.json("cert", "status") if c["party"] == peer.id and c["use"] not in ("root", "anchor")}


def known(g, peer, state, uses=("tls", "sign", "encrypt")):
    """Once every of these certificates stands so."""
    return wait_until(lambda: all(v["state"] == state for use, v in verdicts(g, peer).items() if use in uses) and verdicts(g, peer))


def refresh(g):
    g.run("cert", "refresh")


@pytest.fixture
def listed(met, source):
    g, peer = met
    source.file("/r.crl", revocation_list(peer))
    names(g, peer, crl=[source.url("/r.crl")])
    return g, peer, source


@pytest.fixture
def asked(met, source):
    g, peer = met
    source.answers["/ocsp"] = responder = Responder(peer)
    names(g, peer, ocsp=[source.url("/ocsp")])
    return g, peer, source, responder


# --- lists ---

def test_a_fetched_list_lets_in_and_then_keeps_out(listed):
    """No restart, no file: the next list is fetched, and who is on it is refused."""
    g, peer, source = listed
    g.start()
    known(g, peer, "good")
    message = delivered(g, peer)
    assert "revocation good: list of CN=Independent Peer root" in message["events"][0]["detail"]
    assert not os.path.exists(f"{g.home}/partners/{peer.id}/revoked.crl")
    row = sources(g)[source.url("/r.crl")]
    assert row["state"] == "good" and row["error"] is None and row["kind"] == "crl" and row["fetched"] and row["until"]
    revocation_list(peer, "sign")
    refresh(g)
    known(g, peer, "chain.revoked", ["sign"])
    refused_signer(g, peer, "chain.revoked")
    at = g.mark()
    revocation_list(peer, "tls", since=datetime.datetime.now(datetime.timezone.utc))
    refresh(g)
    known(g, peer, "chain.revoked", ["tls"])
    assert wait_until(lambda: send(peer)[1][0] == 0)
    g.wait_log("tls-refused.*revoked", at)


def test_a_revoked_server_is_delivered_to_no_more(listed, tmp_path):
    """Also when a connection to it is open."""
    g, peer, source = listed

    def answer(p, path, headers, body):
        content_type, out = p.report(headers["Message-ID"].strip("<>"), p.mic(p.open(body)))
        return 200, content_type, out
    peer.serve(answer)
    g.start()
    known(g, peer, "good")
    first = g.send_id(peer.id, "billing", write(tmp_path / "d", b"secret"))
    wait_until(lambda: g.show(first)["state"] == "delivered")
    at = g.mark()
    revocation_list(peer, "tls")
    refresh(g)
    known(g, peer, "chain.revoked", ["tls"])
    g.send_id(peer.id, "billing", write(tmp_path / "d", b"secret too"))
    g.wait_log("certificate-refused .*fault=chain.revoked", at)
    assert len(peer.requests) == 1


def test_nothing_is_fetched_while_somebody_waits(listed):
    g, peer, source = listed
    g.start()
    known(g, peer, "good")
    before = list(source.asked)
    for _ in range(3):
        delivered(g, peer)
    assert source.asked == before == [("GET", "/r.crl")]


def test_a_restart_keeps_what_was_fetched(listed):
    g, peer, source = listed
    g.start()
    known(g, peer, "good")
    g.stop()
    source.close()
    g.start()
    known(g, peer, "good")
    delivered(g, peer)
    g.stop()
    g.start()
    delivered(g, peer)
    assert len(source.asked) == 1


def test_a_ledger_that_dies_tells_it_again(listed):
    g, peer, source = listed
    g.start()
    known(g, peer, "good")
    at = g.mark()
    for role in ("envelope", "ledger"):
        for pid in g.processes()[role]:
            os.kill(pid, 9)
    g.wait_log("worker-ended role=ledger", at)
    wait_until(lambda: send(peer)[1][0] == 200)


def test_a_source_that_is_down_is_no_revocation(met):
    """Closed areas wait, open ones go on, and it is told; once the source is there, it is used."""
    g, peer = met
    port = free_port()
    names(g, peer, crl=[f"http://127.0.0.1:{port}/r.crl"])
    g.start()
    g.wait_log(f"revocation-unfetched partner={peer.id}.*fault=fetch.connect")
    assert send(peer, "billing")[1][0] == 503
    message = delivered(g, peer, "outage")
    assert message["events"][0]["detail"].startswith("revocation unknown: CN=sign")
    assert [m for m in g.inbox() if m["state"] == "rejected"] == []
    row = sources(g)[f"http://127.0.0.1:{port}/r.crl"]
    assert row["state"] == "MISSING" and row["failing"] and row["error"].startswith("fetch.connect: ")
    assert "fetch.connect" in g.run("cert", "status").stdout
    late = Source(port)
    try:
        late.file("/r.crl", revocation_list(peer))
        refresh(g)
        known(g, peer, "good")
        delivered(g, peer, "billing")
        assert sources(g)[late.url("/r.crl")]["error"] is None
    finally:
        late.close()


def test_a_list_in_force_outlives_its_source(listed):
    g, peer, source = listed
    g.start()
    known(g, peer, "good")
    source.answers.clear()
    refresh(g)
    wait_until(lambda: sources(g)[source.url("/r.crl")]["error"])
    row = sources(g)[source.url("/r.crl")]
    assert row["state"] == "good" and row["error"].startswith("fetch.http: the source answered HTTP 404")
    delivered(g, peer)


def huge(_):
    return 200, {}, b"\x30" * (17 << 20)


BAD_LISTS = {
    "redirected": (lambda peer, source: lambda _: (302, {"Location": source.url("/good.crl")}, b""), "fetch.http"),
    "huge": (lambda peer, source: huge, "fetch.size"),
    "announced": (lambda peer, source: lambda _: (200, {"Content-Length": str(1 << 40)}, b""), "fetch.size"),
    "talkative": (lambda peer, source: lambda _: (200, {f"X-{i}": 1000 * "x" for i in range(90)}, b""), "fetch.size"),
    "empty": (lambda peer, source: lambda _: (200, {}, b""), "fetch.empty"),
    "a page": (lambda peer, source: lambda _: (200, {}, b"<html>Welcome</html>"), "lists.syntax"),
    "twice": (lambda peer, source: lambda _: (200, {}, 2 * open(peer.path("revoked.crl"), "rb").read()), "lists.count"),
    "stale": (lambda peer, source: stale(peer), "lists.stale"),
    "of another key": (lambda peer, source: forged(peer), "lists.signature"),
    "of a stranger": (lambda peer, source: foreign(peer), "lists.issuer"),
}


def stale(peer):
    content = open(revocation_list(peer, since=LONG_AGO), "rb").read()
    return lambda _: (200, {}, content)


def forged(peer):
    """By another authority of that name, which calls the signer revoked."""
    saved = {name: open(peer.path(name), "rb").read() for name in ("root.key", "root.pem")}
    peer._root()
    content = open(revocation_list(peer, "sign"), "rb").read()
    for name, old in saved.items():
        write(peer.path(name), old)
    return lambda _: (200, {}, content)


def foreign(peer):
    other = Peer(os.path.dirname(peer.dir), "777", "Somebody Else")
    content = open(revocation_list(other, "sign"), "rb").read()
    return lambda _: (200, {}, content)


@pytest.mark.parametrize("kind", BAD_LISTS)
def test_what_is_no_list_of_the_authority_is_none(listed, kind):
    g, peer, source = listed
    make, code = BAD_LISTS[kind]
    source.file("/good.crl", peer.path("revoked.crl"))
    source.answers["/r.crl"] = make(peer, source)
    g.start()
    g.wait_log(f"revocation-unfetched.*fault={code}")
    assert ("GET", "/good.crl") not in source.asked
    assert send(peer, "billing")[1][0] == 503
    delivered(g, peer, "outage")
    assert sources(g)[source.url("/r.crl")]["error"].startswith(code)


@pytest.mark.parametrize("hours,number", [(5, None), (0, "0F")], ids=["by its date", "by its number"])
def test_an_older_list_replaces_none(listed, hours, number):
    g, peer, source = listed
    since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)
    older = open(revocation_list(peer, since=since, number=number), "rb").read()
    revocation_list(peer, "sign", number=number and "10")
    g.start()
    known(g, peer, "chain.revoked", ["sign"])
    source.answers["/r.crl"] = lambda _: (200, {}, older)
    refresh(g)
    wait_until(lambda: (sources(g)[source.url("/r.crl")]["error"] or "").startswith("lists.older"))
    assert verdicts(g, peer)["sign"]["state"] == "chain.revoked"
    refused_signer(g, peer, "chain.revoked")


def test_an_address_that_is_agreed_no_more_says_nothing(listed):
    g, peer, source = listed
    g.start()
    known(g, peer, "good")
    names(g, peer, crl=[source.url("/elsewhere.crl")])
    reload(g)
    known(g, peer, "unknown")
    assert send(peer, "billing")[1][0] == 503
    names(g, peer, crl=[source.url("/r.crl")])
    reload(g)
    known(g, peer, "good")


@pytest.mark.slow
def test_a_short_list_is_fetched_again_by_itself(listed):
    g, peer, source = listed
    now = datetime.datetime.now(datetime.timezone.utc)
    revocation_list(peer, days=30 / 86400, since=now)
    g.start()
    known(g, peer, "good")
    revocation_list(peer, "sign", days=1, since=now + datetime.timedelta(seconds=1))
    known(g, peer, "chain.revoked", ["sign"])
    assert len(source.asked) == 2


def test_a_slow_source_keeps_nobody_else_waiting(met, source, world):
    """One that says a byte now and then, under as many addresses as an agreement can name, of the partner who is first."""
    g, peer = met
    slow, other = Source(), Peer(str(world.path), "006", "Slow")
    released = threading.Event()

    def drip(_):
        return 200, {}, iter(lambda: b"" if released.wait(0.2) else b"0", b"")
    urls = [f"/{i}.crl" for i in range(8)]
    slow.answers.update(dict.fromkeys(urls, drip))
    other.knows(g)
    g.run("partner", "add", other.sheet(), "--fingerprint", other.fingerprint())
    anchors(g, other)
    names(g, other, crl=[slow.url(path) for path in urls])
    source.file("/r.crl", revocation_list(peer))
    names(g, peer, crl=[source.url("/r.crl")])
    g.start()
    try:
        known(g, peer, "good")
        asked = list(slow.asked)
        assert 0 < len(asked) < 8, asked
        assert not [r for r in sources(g).values() if r["error"]]
    finally:
        released.set()
        slow.close()
        other.close()


# --- answers ---

def test_an_answer_lets_in_and_then_keeps_out(asked, tmp_path):
    g, peer, source, responder = asked
    g.start()
    known(g, peer, "good")
    message = delivered(g, peer)
    assert f"revocation good: answer of CN=ocsp,O={peer.name} of 20" in message["events"][0]["detail"]
    assert sources(g)[source.url("/ocsp")]["state"] == "good"
    assert source.asked == [("POST", "/ocsp")] * 3
    assert {s["kind"] for s in verdicts(g, peer)["sign"]["sources"]} == {"ocsp"}
    responder.revoked = {"sign", "encrypt"}
    refresh(g)
    known(g, peer, "chain.revoked", ["sign", "encrypt"])
    refused_signer(g, peer, "chain.revoked")
    done = g.send(peer.id, "billing", write(tmp_path / "d", b"secret"), check=None)
    assert done.returncode != 0 and "revoked" in done.stderr
    g.stop()
    source.close()
    g.start()
    refused_signer(g, peer, "chain.revoked")


def test_a_revoked_connection_is_refused(asked):
    g, peer, source, responder = asked
    responder.revoked = {"tls"}
    g.start()
    known(g, peer, "chain.revoked", ["tls"])
    assert send(peer)[1][0] == 0
    g.wait_log("tls-refused.*certificate revoked, as CN=ocsp")


def test_the_second_responder_stands_in(asked):
    g, peer, source, responder = asked
    names(g, peer, ocsp=[f"http://127.0.0.1:{free_port()}/", source.url("/none"), source.url("/ocsp")])
    g.start()
    known(g, peer, "good")
    delivered(g, peer)
    rows = [r for r in g.json("status")["sources"]]
    assert [r["state"] for r in rows] == ["MISSING", "MISSING", "good"]
    assert [bool(r["error"]) for r in rows] == [True, True, False]
    assert not g.logged("revocation-unfetched")


def test_who_is_not_known_is_looked_for_in_the_list(asked):
    """A responder's unknown is not revoked: the next source, the list, the area's policy."""
    g, peer, source, responder = asked
    responder.known = ["tls", "encrypt"]
    g.start()
    g.wait_log("revocation-unfetched.*CN=sign.*fault=ocsp.unknown")
    assert send(peer, "billing")[1][0] == 503
    delivered(g, peer, "outage")
    source.file("/r.crl", revocation_list(peer))
    names(g, peer, ocsp=[source.url("/ocsp")], crl=[source.url("/r.crl")])
    reload(g)
    known(g, peer, "good", ["sign"])
    assert "list of" in delivered(g, peer, "billing")["events"][0]["detail"]


def strange_signer(peer, responder):
    peer.certify("ocsp", "digitalSignature", "clientAuth")


def other_root(peer, responder):
    saved = {name: open(peer.path(name), "rb").read() for name in ("root.key", "root.pem")}
    peer._root()
    peer.certify("ocsp", "digitalSignature", "OCSPSigning")
    for name, old in saved.items():
        write(peer.path(name), old)


BAD_ANSWERS = {
    "by who may not": (strange_signer, "ocsp.signature"),
    "by a stranger": (other_root, "ocsp.signature"),
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_what_is_no_answer_of_the_authority_is_none(asked, kind):
    g, peer, source, responder = asked
    make, code = BAD_ANSWERS[kind]
    make(peer, responder)
    responder.revoked = {"sign", "tls", "encrypt"}
    g.start()
    g.wait_log(f"revocation-unfetched.*fault={code}")
    known(g, peer, "unknown")
    delivered(g, peer, "outage")


def test_an_answer_to_another_question_is_none(asked):
    g, peer, source, responder = asked
    seen = []

    def replay(body):
        seen.append(responder(body))
        return seen[0]
    source.answers["/ocsp"] = replay
    g.start()
    g.wait_log("revocation-unfetched.*fault=ocsp.(other|nonce)")
    wait_until(lambda: [v["state"] for v in verdicts(g, peer).values()].count("good") == 1)


@pytest.mark.parametrize("answer,code", [
    (lambda _: (302, {"Location": "http://127.0.0.1:1/"}, b""), "fetch.http"),
    (lambda _: (200, {}, b"\x30" * 70000), "fetch.size"),
    (lambda _: (200, {}, b"<html>"), "ocsp.syntax"),
    (lambda _: (200, {}, bytes.fromhex("30030a0103")), "ocsp.refused"),
])
def test_a_responder_out_of_order(asked, answer, code):
    g, peer, source, _ = asked
    source.answers["/ocsp"] = answer
    g.start()
    g.wait_log(f"revocation-unfetched.*fault={code}")
    assert send(peer, "billing")[1][0] == 503
    delivered(g, peer, "outage")


# --- TLS to a source ---

def test_https_is_checked_by_the_systems_authorities(met, world):
    """A web server of its own authority: taken when the system knows that one, and not else."""
    g, peer = met
    owner = Peer(str(world.path), "888", "Web")
    web = Source(tls=owner)
    web.file("/r.crl", revocation_list(peer))
    names(g, peer, crl=[web.url("/r.crl")])
    g.start()
    g.wait_log("revocation-unfetched.*fault=fetch.tls")
    g.stop()
    g.start(env={**os.environ, "SSL_CERT_FILE": owner.path("root.pem")})
    try:
        known(g, peer, "good")
    finally:
        web.close()


def test_commands_without_a_gateway(listed):
    g, peer, _ = listed
    done = g.run("cert", "status")
    assert "is not shown" in done.stderr and "revocation: unknown" in done.stdout
    assert re.search("gateway", g.run("cert", "refresh", check=None).stderr)


def test_the_receipt_of_a_message_follows_its_own_area(met, tmp_path):
    """A receipt that comes by itself says only which message it is for: the policy is that of the message's area."""
    g, peer = met
    edit(g, peer.id, r"^as2: .*$", "as2: { receipt-delivery: asynchronous }")
    names(g, peer, crl=[f"http://127.0.0.1:{free_port()}/r.crl"])
    g.start()
    peer.serve(lambda *_: (204, "text/plain", b""))
    edit(g, peer.id, r"^(  billing: .*) }", r"\1, when-unknown: open }")
    reload(g)
    messages = {area: g.send_id(peer.id, area, write(tmp_path / area, b"x")) for area in ("outage", "billing")}
    for area, message_id in messages.items():
        wait_until(lambda: g.show(message_id)["state"] == "awaiting")
    edit(g, peer.id, r"^(  billing: .*), when-unknown: open }", r"\1 }")
    reload(g)
    mics = {area: g.show(message_id)["mic"] for area, message_id in messages.items()}
    assert settle(peer, messages["outage"], mics["outage"])[0] == 200
    assert g.show(messages["outage"])["state"] == "delivered"
    status, _, answer = settle(peer, messages["billing"], mics["billing"])
    assert status == 503 and b"billing waits for one" in answer
    assert g.show(messages["billing"])["state"] == "awaiting"
    g.wait_log(f"receipt-held msg={messages['billing']}")
