# SPDX-License-Identifier: Apache-2.0
"""Partners with other software: one URL for all areas, names with blanks, no client certificate, TLS 1.2."""
import contextlib
import re
import signal
import socket
import ssl
import uuid

import pytest

from gateway import LIMIT, Gateway, settled, wait_until, write
from peer import Peer

UNMARKED = dict(Tieline_Area=None, Tieline_From=None, Tieline_To=None, Tieline_Message_ID=None)
DENIED = (403, "text/plain", b"not accepted\n")


def agree(g, peer, as2="", tls="", **lines):
    """Writes the agreement's as2 and tls lines and any other, and has a serving gateway read it."""
    path = f"{g.home}/partners/{escaped(peer.id)}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    for key, value in {"as2": as2 and f"{{ {as2} }}", "tls": tls and f"{{ {tls} }}", **lines}.items():
        if value:
            text, found = re.subn(rf"^{key}: .*$", lambda _: f"{key}: {value}", text, flags=re.M)
            assert found == 1, key
    with open(path, "w") as f:
        f.write(text)
    if g.process:
        since = g.mark()
        g.process.send_signal(signal.SIGHUP)
        g.wait_log("reloaded", since)


def escaped(party):
    return "".join(c if c.isalnum() or c in "-_" else f"%{ord(c):02X}" for c in party)


def add(g, peer):
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())


@contextlib.contextmanager
def standing(tmp_path_factory, name, terms):
    """A gateway and a partner with these terms, for tests that leave both as they found them."""
    path = str(tmp_path_factory.mktemp(name))
    g, peer = Gateway(path, "Utility", "007909411", "utility"), Peer(path)
    add(g, peer)
    agree(g, peer, terms)
    g.start()
    yield g, peer
    assert g.stop() == 0


def message(peer, content, media_type="text/plain", signer="sign"):
    """As other software makes it: signed and encrypted, no marks of ours."""
    message_id = f"{uuid.uuid4()}@peer"
    part = peer.part(content, "", message_id, media_type, **UNMARKED)
    return message_id, peer.seal(peer.signed(part, peer.sign(part, signer)))


def refused(peer, answer, code):
    status, content_type, body = answer
    assert status == 200, peer.curl_error
    report = peer.receipt(content_type, body)
    assert f"Tieline-Fault: {code}" in report, report
    return report


def accepted(peer, answer):
    status, content_type, body = answer
    assert status == 200, (peer.curl_error, body)
    report = peer.receipt(content_type, body)
    assert "; processed\r\n" in report, report
    return report


@pytest.fixture(scope="module")
def met(tmp_path_factory):
    """A serving gateway and an independent peer; each test writes the agreement it needs."""
    path = str(tmp_path_factory.mktemp("foreign"))
    g, peer = Gateway(path, "Utility", "007909411", "utility"), Peer(path)
    add(g, peer)
    g.start()
    yield g, peer
    assert g.stop() == 0


def area_of(g, message_id):
    return g.show(message_id)["area"]


# --- one URL for all areas ---

RULES = ('marked: false, area-rules: [ { to: "OUR OUTAGES", area: outage }, { subject: "AVAIL 1", area: availability },'
         ' { media-type: application/edi-x12, area: billing } ]')


@pytest.mark.parametrize("changes,media_type,area", [
    (dict(AS2_To='"OUR OUTAGES"'), "text/plain", "outage"),
    (dict(AS2_To="OUR OUTAGES"), "text/plain", "outage"),
    (dict(Subject="AVAIL 1"), "text/plain", "availability"),
    (dict(), "application/edi-x12", "billing"),
    (dict(), "Application/EDI-X12; charset=utf-8", "billing"),
])
def test_the_agreement_tells_the_area(met, changes, media_type, area):
    g, peer = met
    agree(g, peer, RULES, "version: 1.3")
    message_id, body = message(peer, b"for one area", media_type)
    answer = peer.post("/as2", peer.headers(message_id, **changes), body)
    report = accepted(peer, answer)
    assert area_of(g, message_id) == area
    asked = '"OUR OUTAGES"' if area == "outage" else g.id
    assert f"Final-Recipient: rfc822; {asked}\r\n" in report
    again = peer.post("/as2", peer.headers(message_id, **changes), body)
    assert again == answer


def test_no_rule_no_area(met):
    g, peer = met
    agree(g, peer, RULES)
    message_id, body = message(peer, b"for none")
    refused(peer, peer.post("/as2", peer.headers(message_id), body), "as2.area.unknown")
    stored = g.show(message_id)
    assert (stored["state"], stored["area"]) == ("rejected", "billing")
    agree(g, peer, RULES + ", area: aggregation")
    message_id, body = message(peer, b"for the rest")
    accepted(peer, peer.post("/as2", peer.headers(message_id), body))
    assert area_of(g, message_id) == "aggregation"


@pytest.mark.parametrize("terms,code", [("receive: false", "agreement.area"), ("receive: true, size: 10", "agreement.size")])
def test_the_area_that_came_out_is_judged(met, terms, code):
    g, peer = met
    agree(g, peer, RULES, **{"  billing": f"{{ {terms} }}"})
    for media_type in ("application/edi-x12", "text/csv"):
        message_id, body = message(peer, b"more than ten bytes", media_type)
        answer = peer.post("/as2", peer.headers(message_id, **(dict(Subject="AVAIL 1") if media_type == "text/csv" else {})), body)
        if media_type == "text/csv":
            accepted(peer, answer)
        else:
            refused(peer, answer, code)
    agree(g, peer, RULES, **{"  billing": "{ send: true, receive: true }"})


def test_what_is_signed_tells_before_any_rule(met):
    g, peer = met
    agree(g, peer, "marked: true, area: billing")
    message_id, _, body = peer.message(b"x", "outage")
    accepted(peer, peer.post("/as2", peer.headers(message_id), body))
    assert area_of(g, message_id) == "outage"
    message_id, _, body = peer.message(b"x", "weather")
    refused(peer, peer.post("/as2", peer.headers(message_id), body), "as2.area.unknown")


# --- names ---

@pytest.mark.parametrize("name", ["Example Flex", 'The "other" \\ one', "../../etc/passwd", "$(touch x);`id` 'q'"])
def test_names_are_only_names(world, tmp_path, name):
    g = world.gateway("Utility", "Example Power & Light", "utility")
    peer = Peer(str(world.path), "1")
    peer.id = name
    add(g, peer)
    agree(g, peer, "marked: true, area: billing")
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    g.start()

    def sent(written, area="billing"):
        message_id, _, body = peer.message(b"x", area)
        return message_id, peer.post(area, peer.headers(message_id, AS2_From=written, AS2_To='"Example Power & Light"'), body)

    message_id, answer = sent(quoted)
    accepted(peer, answer)
    with open(peer.path("answer-head")) as f:
        head = f.read()
    assert f"AS2-To: {quoted if ' ' in name else name}\n" in head and 'AS2-From: "Example Power & Light"\n' in head
    assert g.show(message_id)["partner"] == name and g.inbox()[0]["partner"] == name
    if "\\" not in name:
        accepted(peer, sent(name)[1])
    seen = {}

    def take(peer, path, headers, body):
        seen.update(headers)
        part = peer.open(body)
        return (200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(part),
                                  Final_Recipient=f"rfc822; {quoted}", Original_Recipient=f"rfc822; {name}"))

    peer.serve(take)
    out = g.send_id(name, "billing", write(tmp_path / "d", b"to a name"), "--wait")
    peer.close()
    assert seen["AS2-From"] == '"Example Power & Light"' and seen["AS2-To"] in (quoted, name)
    assert g.show(out)["state"] == "delivered" and re.fullmatch(r"[!-~]+@[!-~]+", out)
    assert [p["id"] for p in g.json("partner", "list")] == [name]
    g.run("partner", "show", name)


def test_other_cases_are_other_names(met):
    g, peer = met
    agree(g, peer, RULES + ", area: billing")
    message_id, body = message(peer, b"x")
    refused(peer, peer.post("/as2", peer.headers(message_id, AS2_To='"Our Outages"'), body), "as2.to")


# --- no client certificate ---

CERTLESS = "client-certificate: false"


@pytest.fixture
def certless(met):
    g, peer = met
    agree(g, peer, RULES + ", area: billing", CERTLESS, suspended="false")
    yield g, peer
    agree(g, peer, RULES, "client-certificate: true")


@pytest.mark.parametrize("path", ["/as2", "/exchange/billing"])
def test_a_signature_is_proof_enough(certless, path):
    g, peer = certless
    message_id, body = message(peer, b"no certificate")
    answer = peer.post(path, peer.headers(message_id), body, None)
    accepted(peer, answer)
    assert g.document(message_id) == b"no certificate"
    assert peer.post(path, peer.headers(message_id), body, None) == answer
    assert g.show(message_id)["state"] == "received"


def test_a_large_message_without_a_certificate(certless):
    g, peer = certless
    message_id, body = message(peer, bytes(range(256)) * 2000)
    accepted(peer, peer.post("/as2", peer.headers(message_id), body, None))
    assert g.document(message_id) == bytes(range(256)) * 2000


def test_a_certificate_is_still_taken(certless):
    g, peer = certless
    message_id, body = message(peer, b"with one")
    accepted(peer, peer.post("/as2", peer.headers(message_id), body))


def test_after_the_signature_refusals_are_receipts_again(certless):
    g, peer = certless
    agree(g, peer, **{"media-types": "[ text/plain ]"})
    message_id, body = message(peer, b"x", "image/png")
    refused(peer, peer.post("/as2", peer.headers(message_id), body, None), "agreement.media-type")
    agree(g, peer, **{"media-types": "[]"})


def spoilt(peer, how):
    message_id, body = message(peer, b"x")
    part = peer.part(b"x", "", message_id, **UNMARKED)
    headers = peer.headers(message_id)
    if how == "unsigned":
        body = peer.seal(part)
    if how == "signed by another":
        body = peer.seal(peer.signed(part, peer.sign(part, "tls")))
    if how == "content changed":
        body = peer.seal(peer.signed(part.replace(b"\r\n\r\nx", b"\r\n\r\ny"), peer.sign(part)))
    if how == "not encrypted":
        entity = peer.signed(part, peer.sign(part))
        head, _, body = entity.partition(b"\r\n\r\n")
        headers["Content-Type"] = head.decode().partition(": ")[2]
    if how == "for another key":
        body = peer.seal(peer.signed(part, peer.sign(part)), recipient="encrypt")
    if how == "garbage":
        body = b"\x30\x80garbage"
    return message_id, headers, body


HOWS = ["unsigned", "signed by another", "content changed", "not encrypted", "for another key", "garbage"]


@pytest.mark.parametrize("how", HOWS)
def test_without_proof_nothing_is_kept(certless, how):
    g, peer = certless
    before, since = len(g.inbox()), g.mark()
    message_id, headers, body = spoilt(peer, how)
    assert peer.post("/as2", headers, body, None) == DENIED
    g.wait_log("as2-denied", since)
    assert len(g.inbox()) == before
    message_id, _, _ = spoilt(peer, how)
    assert peer.post("/as2", peer.headers(message_id), message(peer, b"x")[1], None)[0] == 200


@pytest.mark.parametrize("changes,tls,other", [
    (dict(AS2_From="NOBODY"), CERTLESS, {}),
    (dict(AS2_To="NOBODY"), CERTLESS, {}),
    (dict(), CERTLESS, dict(suspended="true")),
], ids=["unknown", "to another", "suspended"])
def test_strangers_learn_nothing(certless, world, changes, tls, other):
    g, peer = certless
    second = Peer(str(world.path), "777000111")
    add(g, second)  # keeps the door open, whatever the first agrees
    agree(g, second, RULES, CERTLESS)
    agree(g, peer, RULES, tls, **other)
    message_id, body = message(peer, b"x")
    before = len(g.inbox())
    assert peer.post("/as2", peer.headers(message_id, **changes), body, None) == DENIED
    agree(g, peer, RULES, "client-certificate: true", suspended="false")
    assert peer.post("/as2", peer.headers(message_id), body, None) == DENIED
    assert len(g.inbox()) == before
    g.run("partner", "remove", second.id)


@pytest.mark.parametrize("path,method,status", [("/healthz", "GET", 405), ("/", "POST", 404), ("/exchange/billing", "GET", 405)])
def test_strangers_may_only_post(certless, path, method, status):
    g, peer = certless
    assert peer.post(path, {}, b"", None, "-X", method)[0] == status


def test_two_partners_on_one_connection(certless, world):
    """threat 29: the second's message is not even read."""
    g, peer = certless
    second = Peer(str(world.path), "777000222")
    add(g, second)
    agree(g, second, RULES + ", area: billing", CERTLESS)
    context = ssl.create_default_context(cafile=peer.path("other-root.pem"))
    with socket.create_connection(("127.0.0.1", g.port), LIMIT) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as line:
        answers = line.makefile("rb")

        def post(sender):
            message_id, body = message(sender, b"mine")
            head = {"Host": "x", **sender.headers(message_id), "Content-Length": len(body)}
            line.sendall(b"POST /as2 HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in head.items()).encode() + b"\r\n" + body)
            status, length = answers.readline(), 0
            for row in iter(answers.readline, b"\r\n"):
                if row.lower().startswith(b"content-length:"):
                    length = int(row.split(b":")[1])
            return message_id, status.split()[1], answers.read(length)

        assert post(peer)[1] == b"200"
        message_id, status, text = post(second)
        assert (status, text) == (b"403", b"not accepted\n")
        assert answers.read() == b""
    assert message_id not in [m["message-id"] for m in g.inbox()]
    g.run("partner", "remove", second.id)


def test_strangers_have_few_places(world):
    """The oldest that names nobody goes; a partner with a certificate is not among those who wait for one."""
    g, peer = world.gateway("Utility", "007909411", "utility"), Peer(str(world.path))
    add(g, peer)
    agree(g, peer, RULES + ", area: billing", CERTLESS)
    with open(g.home + "/tieline.yaml") as f:
        text = re.sub(r"unproven: \d+", "unproven: 2", f.read())
    with open(g.home + "/tieline.yaml", "w") as f:
        f.write(text)
    g.start()
    context = ssl.create_default_context(cafile=peer.path("other-root.pem"))

    def connect():
        line = context.wrap_socket(socket.create_connection(("127.0.0.1", g.port), LIMIT), server_hostname="127.0.0.1")
        line.settimeout(LIMIT)
        return line

    lines = [connect() for _ in range(3)]
    assert lines[0].recv(1) == b""  # the first made room for the third
    message_id, body = message(peer, b"x")
    accepted(peer, peer.post("/as2", peer.headers(message_id), body))
    message_id, body = message(peer, b"y")
    accepted(peer, peer.post("/as2", peer.headers(message_id), body, None))
    assert lines[1].recv(1) == b""
    for line in lines:
        line.close()


def test_nobody_comes_without_when_nobody_may(met):
    g, peer = met
    agree(g, peer, RULES, "client-certificate: true")
    message_id, body = message(peer, b"x")
    assert peer.post("/as2", peer.headers(message_id), body, None)[0] == 0


def test_an_agreement_without_any_proof_is_refused(world):
    g, peer = world.gateway("Utility", "007909411", "utility"), Peer(str(world.path))
    add(g, peer)
    agree(g, peer, "sign: false", CERTLESS)
    since = g.mark()
    g.start()
    assert "tls.client-certificate: false needs as2.sign: true" in g.wait_log("partner-closed", since)
    message_id, body = message(peer, b"x")
    assert peer.post("/as2", peer.headers(message_id), body)[0] == 503
    assert peer.post("/as2", peer.headers(message_id), body, None)[0] in (0, 503)  # nothing that anybody would take for good
    assert g.inbox() == []


# --- TLS 1.2 ---

OLD = ("--tlsv1.2", "--tls-max", "1.2")


def test_tls_1_2_only_where_it_is_agreed(met, world):
    g, peer = met
    second = Peer(str(world.path), "777000333")
    add(g, second)
    agree(g, second, RULES + ", area: billing")
    message_id, body = message(peer, b"x")
    agree(g, peer, RULES + ", area: billing", "version: 1.3")
    assert peer.post("/as2", peer.headers(message_id), body, "tls", *OLD)[0] == 0
    agree(g, peer, tls="version: 1.2")
    accepted(peer, peer.post("/as2", peer.headers(message_id), body, "tls", *OLD))
    message_id, body = message(second, b"x")
    assert second.post("/as2", second.headers(message_id), body, "tls", *OLD)[0] == 0
    accepted(second, second.post("/as2", second.headers(message_id), body))
    partners = {p["id"]: p["tls"] for p in g.json("status")["partners"]}
    assert (partners[peer.id], partners[second.id]) == ("1.2", "1.3")
    for cipher in ("ECDHE-ECDSA-AES256-SHA384", "AES256-GCM-SHA384"):
        assert peer.post("/as2", peer.headers(message_id), body, "tls", *OLD, "--ciphers", cipher)[0] == 0
    agree(g, peer, tls="version: 1.3")
    g.run("partner", "remove", second.id)


def test_tls_1_2_when_we_send(met, tmp_path):
    g, peer = met
    agree(g, peer, RULES + ", receipt: none", "version: 1.3")
    peer.serve(lambda *_: (200, "text/plain", b""))
    peer.server.socket.context.minimum_version = ssl.TLSVersion.TLSv1_2
    peer.server.socket.context.maximum_version = ssl.TLSVersion.TLSv1_2
    message_id = g.send_id(peer.id, "billing", write(tmp_path / "d", b"old line"))
    wait_until(lambda: g.show(message_id)["state"] == "deferred")
    assert g.show(message_id)["fault"]["code"] == "courier.tls"
    agree(g, peer, tls="version: 1.2")
    message_id = g.send_id(peer.id, "outage", write(tmp_path / "d", b"old line"))
    assert settled(g, message_id)["state"] == "delivered"
    agree(g, peer, RULES, "version: 1.3")
    peer.close()

