# SPDX-License-Identifier: Apache-2.0
"""What an exchange deserves is enforced, an exception to a day lets it through, and nobody forgets it."""
import datetime
import json
import os
import re
import subprocess
import uuid

import pytest

from gateway import INPUT, OPENSSL, TRUST, Gateway, tieline, wait_until, write
from peer import Peer, openssl

CURVE = ("--curves", "X25519")  # what a partner without hybrid key exchange offers


def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


def report(gateway, partner, code=0):
    return json.loads(gateway.run("risk", partner, "--json", check=code).stdout)


def requirement(shown, area, name):
    (found,) = [row for a in shown["partners"][0]["areas"] if a["area"] == area
                for row in a["requirements"] if row["requirement"] == name]
    return found


def changed(gateway, command, *args):
    """A command that tells the running gateway, which has read it when this returns."""
    since = gateway.mark()
    gateway.run("risk", command, *args)
    if gateway.process:
        gateway.wait_log("reloaded", since)


def allow(gateway, partner, area, name, until=None):
    changed(gateway, "except", partner, "--area", area, "--requirement", name, "--until", until or day(90),
            "--reason", "their software has none yet", "--by", "A. Person")


def agree(gateway, partner, pattern, line):
    path = f"{gateway.home}/partners/{partner}/agreement.yaml"
    with open(path) as f:
        text, found = re.subn(pattern, line, f.read(), flags=re.M)
    assert found == 1, pattern
    write(path, text.encode())


@pytest.fixture
def house(tmp_path):
    """A gateway as `init` makes it, and a partner whose TLS has no hybrid key exchange."""
    gateway = Gateway(str(tmp_path), "Example Power", "007909411", "utility", policy="enforce")
    peer = Peer(str(tmp_path))
    peer.knows(gateway)
    gateway.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    yield gateway, peer
    peer.close()
    if gateway.process:
        gateway.stop()


def answer_to(peer, area, *more):
    """The verified receipt for a message of this area."""
    message_id, _, body = peer.message(b"secret for years", area)
    status, kind, answer = peer.post(area, peer.headers(message_id), body, "tls", *(more or CURVE))
    assert status == 200, (status, kind, answer)
    return peer.receipt(kind, answer)


def test_two_of_ours_fall_short_of_nothing(tmp_path):
    a = Gateway(str(tmp_path), "Sunrise", "829517388", "aggregator", policy="enforce")
    u = Gateway(str(tmp_path), "Example Power", "007909411", "utility", policy="enforce")
    a.knows(u)
    u.knows(a)
    assert report(a, u.id)["shortfalls"] == 0
    a.start()
    u.start()
    document = write(str(tmp_path / "document"), b"for years")
    try:
        for area in ("aggregation", "billing", "outage", "availability"):
            a.send(u, area, document, "--wait")
        far = write(str(tmp_path / "far"), notice(u, a, FAR))
        message_id = u.send(a, "outage", far, "--type", "application/json", "--wait", "--json")
        assert not a.show(json.loads(message_id.stdout)["message-id"])["flag"]
    finally:
        a.stop()
        u.stop()


def test_what_must_stay_secret_does_not_come_over_a_plain_handshake(house):
    gateway, peer = house
    gateway.start()
    assert "insufficient-message-security" in answer_to(peer, "aggregation")
    assert "processed\r\n" in answer_to(peer, "outage")  # over in a month, before there is such a machine
    refused = [m for m in gateway.inbox() if m["state"] == "rejected"]
    assert [m["fault"]["code"] for m in refused] == ["risk.hybrid"]
    allow(gateway, peer.id, "aggregation", "hybrid")
    assert "processed\r\n" in answer_to(peer, "aggregation")
    assert "insufficient-message-security" in answer_to(peer, "billing")  # the exception is of one area
    changed(gateway, "end", peer.id, "--area", "aggregation", "--requirement", "hybrid")
    assert "insufficient-message-security" in answer_to(peer, "aggregation")


def test_what_must_stay_secret_does_not_go_over_a_plain_handshake(house):
    gateway, peer = house

    def take(peer, path, headers, body):
        part = peer.open(body)
        return (200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(part)))

    peer.serve(take, curve="prime256v1")
    gateway.start()
    document = write(peer.path("document"), b"for years")
    gateway.send(peer.id, "outage", document, "--wait")
    before = len(peer.requests)
    message_id = gateway.send_id(peer.id, "billing", document)
    gateway.wait_log(r"delivery-attempt.*risk\.hybrid")
    assert len(peer.requests) == before  # not a byte of it was sent
    allow(gateway, peer.id, "billing", "hybrid")
    gateway.send(peer.id, "billing", document, "--wait")
    assert gateway.show(message_id)["state"] != "refused"  # it waits for its next attempt, or has had it


def test_what_connections_showed_is_reported(house):
    gateway, peer = house
    assert requirement(report(gateway, peer.id), "billing", "hybrid")["state"] == "asked"

    def take(peer, path, headers, body):
        part = peer.open(body)
        return (200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(part)))

    def protection(code):
        done = gateway.run("doctor", "--json", check=code)
        return [f for f in json.loads(done.stdout)["findings"] if f["topic"] == "protection"]

    peer.serve(take, curve="prime256v1")
    gateway.start()
    assert protection(0) == []
    assert "insufficient-message-security" in answer_to(peer, "billing")
    row = requirement(report(gateway, peer.id, TRUST), "billing", "hybrid")
    assert row["state"] == "unmet" and (row["refused"], row["waiting"]) == (1, 0) and row["last-refused"]
    (found,) = protection(0)  # theirs were told
    assert found["urgency"] == "soon" and "1 that came was refused, the last on 20" in found["found"]
    gateway.send_id(peer.id, "billing", write(peer.path("document"), b"for years"))
    gateway.wait_log(r"delivery-attempt.*risk\.hybrid")
    wait_until(lambda: gateway.json("status")["deferred"])
    row = requirement(report(gateway, peer.id, TRUST), "billing", "hybrid")
    assert (row["refused"], row["waiting"]) == (1, 1)
    assert "WAS NOT MET" in gateway.run("risk", check=TRUST).stdout
    (found,) = protection(TRUST)  # and ours waits
    assert found["urgency"] == "urgent" and "1 message waits" in found["found"] and "X25519MLKEM768" in found["mend"]
    since = gateway.mark()
    gateway.run(*re.search("`tieline (risk except .*)`", found["mend"])[1].replace("DAY", day(9)).replace("TEXT", "soon").split())
    gateway.wait_log("reloaded", since)
    assert protection(0) == []
    assert requirement(report(gateway, peer.id), "billing", "hybrid")["state"] == "excepted"
    assert "processed\r\n" in answer_to(peer, "billing")
    changed(gateway, "end", peer.id, "--area", "billing", "--requirement", "hybrid")
    assert requirement(report(gateway, peer.id, None), "billing", "hybrid")["refused"] == 0  # one was taken since


def test_agreements_and_certificates_that_fall_short(house):
    gateway, peer = house
    agree(gateway, peer.id, r"encrypt: true", "encrypt: false")
    shown = report(gateway, peer.id, TRUST)
    row = requirement(shown, "billing", "encryption")
    assert (row["need"], row["state"]) == ("required", "short") and "encrypt: true" in row["advice"]
    gateway.start()
    document = write(peer.path("document"), b"for years")
    done = gateway.send(peer.id, "billing", document, check=TRUST)
    assert "risk.encryption" in done.stderr and "tieline risk" in done.stderr
    for area in ("outage", "availability", "aggregation", "billing"):
        allow(gateway, peer.id, area, "encryption")
    shown = report(gateway, peer.id)
    row = requirement(shown, "billing", "encryption")
    assert row["state"] == "excepted" and row["exception"]["by"] == "A. Person" and row["exception"]["days"] >= 89
    gateway.send_id(peer.id, "billing", document)
    rows = gateway.json("status")["risk-exceptions"]
    assert [(r["partner"], r["requirement"], r["state"]) for r in rows] == [(peer.id, "encryption", "holds")] * 4


def test_a_long_certificate_falls_short(tmp_path):
    gateway = Gateway(str(tmp_path), "Example Power", "007909411", "utility", policy="enforce")
    peer = Peer(str(tmp_path), days=3000)
    peer.knows(gateway)
    added = gateway.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    assert "tieline risk" in added.stdout  # said at once, not when the first invoice is refused
    row = requirement(report(gateway, peer.id, TRUST), "outage", "certificate-life")
    assert "3000 days" in row["found"]


@pytest.mark.parametrize("area, cipher, taken", [("billing", "128", False), ("billing", "256", True), ("outage", "128", True)])
def test_what_comes_under_a_short_key_is_refused(house, area, cipher, taken):
    gateway, peer = house
    allow(gateway, peer.id, area, "hybrid")  # which curl may not have
    gateway.start()

    def answer():
        message_id = f"{uuid.uuid4()}@peer"
        part = peer.part(b"secret for years", area, message_id)
        body = peer.seal(peer.signed(part, peer.sign(part)), cipher=f"-aes-{cipher}-gcm")
        status, kind, said = peer.post(area, peer.headers(message_id), body)
        assert status == 200
        return gateway.show(message_id), peer.receipt(kind, said)

    shown, said = answer()
    assert ("processed\r\n" in said) == taken and ("insufficient-message-security" in said) != taken
    if taken:
        assert not shown["flag"]
        return
    assert shown["fault"]["code"] == "risk.cipher" and "128 bits" in shown["fault"]["text"]
    allow(gateway, peer.id, area, "cipher")
    shown, said = answer()
    assert "processed\r\n" in said and not shown["flag"]


def test_what_comes_under_a_short_key_is_flagged_where_nothing_is_refused(tmp_path):
    gateway = Gateway(str(tmp_path), "Example Power", "007909411", "utility")
    peer = Peer(str(tmp_path))
    peer.knows(gateway)
    gateway.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    gateway.start()
    try:
        message_id = f"{uuid.uuid4()}@peer"
        part = peer.part(b"secret for years", "billing", message_id)
        status, kind, said = peer.post("billing", peer.headers(message_id),
                                       peer.seal(peer.signed(part, peer.sign(part)), cipher="-aes-128-gcm"))
        assert status == 200 and "processed\r\n" in peer.receipt(kind, said)
        assert gateway.show(message_id)["flag"]["code"] == "risk.cipher"
    finally:
        peer.close()
        gateway.stop()


TLS = ("tls", "digitalSignature", "serverAuth,clientAuth")
SHORT_KEY, LONG_LIFE = {"days": 300, "key": ("rsa:2048",)}, {"days": 3000}
TLS_CASES = pytest.mark.parametrize("weak, requirement_name, says", [
    (SHORT_KEY, "strength", "RSA 2048 bits"), (LONG_LIFE, "certificate-life", "3000 days")], ids=["rsa-2048", "3000-days"])


@TLS_CASES
def test_a_weak_tls_certificate_falls_short(house, weak, requirement_name, says):
    gateway, peer = house
    peer.certify(*TLS, **weak)
    gateway.run("partner", "add", peer.sheet(issued="2026-02-01T00:00:00.000Z"))
    row = requirement(report(gateway, peer.id, TRUST), "billing", requirement_name)
    assert row["state"] == "short" and says in row["found"] and "certificate for TLS" in row["found"]
    allow(gateway, peer.id, "billing", "hybrid")
    gateway.start()
    assert "insufficient-message-security" in answer_to(peer, "billing")
    assert [m["fault"]["code"] for m in gateway.inbox()] == ["risk." + requirement_name]
    done = gateway.send(peer.id, "billing", write(peer.path("document"), b"x"), check=TRUST)
    assert "risk." + requirement_name in done.stderr and says in done.stderr
    allow(gateway, peer.id, "billing", requirement_name)
    assert "processed\r\n" in answer_to(peer, "billing")


@TLS_CASES
def test_a_weak_tls_certificate_that_authorities_vouch_for_is_judged_when_it_is_shown(house, weak, requirement_name, says):
    gateway, peer = house
    gateway.run("partner", "anchors", peer.id, peer.path("root.pem"))
    agree(gateway, peer.id, r"^trust: .*", "trust: { mode: chain, revocation: none }")
    allow(gateway, peer.id, "billing", "hybrid")
    gateway.start()
    assert "processed\r\n" in answer_to(peer, "billing")
    peer.certify(*TLS, **weak)  # no sheet lists it
    assert requirement(report(gateway, peer.id), "billing", requirement_name)["state"] == "met"
    assert "insufficient-message-security" in answer_to(peer, "billing")
    (found,) = [m["fault"] for m in gateway.inbox() if m["state"] == "rejected"]
    assert found["code"] == "risk." + requirement_name and says in found["text"]

    def take(peer, path, headers, body):
        part = peer.open(body)
        return (200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(part)))

    peer.serve(take)
    document = write(peer.path("document"), b"for years")
    gateway.send_id(peer.id, "billing", document)
    gateway.wait_log(rf"delivery-attempt.*risk\.{requirement_name}")
    assert not peer.requests  # not a byte of it was sent
    allow(gateway, peer.id, "billing", requirement_name)
    gateway.send(peer.id, "billing", document, "--wait")
    assert "processed\r\n" in answer_to(peer, "billing")


def test_a_key_does_not_get_younger_by_another_certificate(tmp_path):
    gateway = Gateway(str(tmp_path), "Example Power", "007909411", "utility", policy="enforce")
    peer = Peer(str(tmp_path))
    now = datetime.datetime.now(datetime.timezone.utc)
    old = now - datetime.timedelta(days=800)

    def certify(begins, days):
        for use in ("tls", "sign", "encrypt"):
            openssl("x509", "-req", "-in", peer.path(use + ".csr"), "-CA", peer.path("root.pem"), "-CAkey", peer.path("root.key"),
                    "-sha256", "-not_before", f"{begins:%Y%m%d%H%M%SZ}", "-not_after", f"{now + datetime.timedelta(days=days):%Y%m%d%H%M%SZ}",
                    "-extfile", peer.path(use + ".ext"), "-out", peer.path(use + ".pem"))

    certify(old, 20)
    peer.knows(gateway)
    gateway.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    assert requirement(report(gateway, peer.id, TRUST), "billing", "key-life")["state"] == "short"
    certify(now - datetime.timedelta(hours=1), 300)
    gateway.run("partner", "add", peer.sheet(issued="2026-02-01T00:00:00.000Z"))
    assert requirement(report(gateway, peer.id, TRUST), "billing", "certificate-life")["state"] == "met"
    row = requirement(report(gateway, peer.id, TRUST), "billing", "key-life")
    assert row["state"] == "short" and "for 800 days" in row["found"] and "another key" in row["advice"]
    gateway.start()
    try:
        done = gateway.send(peer.id, "billing", write(peer.path("document"), b"x"), check=TRUST)
        assert "risk.key-life" in done.stderr
        allow(gateway, peer.id, "billing", "key-life")
        gateway.send_id(peer.id, "billing", write(peer.path("document"), b"x"))
        for use in (TLS, ("sign", "digitalSignature", None), ("encrypt", "keyAgreement", None)):
            peer.certify(*use)
        gateway.run("partner", "add", peer.sheet(issued="2026-03-01T00:00:00.000Z"))
        assert report(gateway, peer.id)["shortfalls"] == 0
    finally:
        gateway.stop()


def test_report_refuses_nothing(house):
    gateway, peer = house
    path = gateway.home + "/tieline.yaml"
    with open(path) as f:
        text = f.read()
    write(path, text.replace("policy: enforce", "policy: report").encode())
    gateway.start()
    assert "processed\r\n" in answer_to(peer, "aggregation")


def test_the_policy_is_not_switched_off_by_leaving_it_out(house):
    gateway, peer = house
    path = gateway.home + "/tieline.yaml"
    with open(path) as f:
        text, found = re.subn(r"^risk:\n(  .*\n)+", "", f.read(), flags=re.M)
    assert found == 1
    write(path, text.encode())
    agree(gateway, peer.id, r"encrypt: true", "encrypt: false")
    gateway.start()
    done = gateway.send(peer.id, "billing", write(peer.path("document"), b"for years"), check=TRUST)
    assert "risk.encryption" in done.stderr
    assert gateway.json("status")["risk-assumptions"] == []


@pytest.mark.parametrize("file, pattern, line, row", [
    ("tieline.yaml", "policy: enforce", "policy: report", (None, "risk.policy", "report", "enforce")),
    ("tieline.yaml", "quantum-year: 2035", "quantum-year: 2060", (None, "risk.quantum-year", "2060", "2035")),
    ("tieline.yaml", "migration: 2y", "migration: 9d", (None, "risk.migration", "9d", "2y")),
    ("tieline.yaml", r"(secrecy: .*)billing: 10y", r"\g<1>billing: 1y", (None, "risk.secrecy.billing", "1y", "10y")),
    ("tieline.yaml", r"(retention: .*)billing: 7y", r"\g<1>billing: 6y", (None, "risk.retention.billing", "6y", "7y")),
    ("agreement.yaml", "network: internet", "network: own", ("555000111", "network", "own", "internet")),
])
def test_what_lowers_protection_is_listed_as_long_as_it_stands(house, file, pattern, line, row):
    gateway, peer = house
    path = gateway.home + "/" + (file if file == "tieline.yaml" else f"partners/{peer.id}/{file}")
    gateway.start()
    assert gateway.json("status")["risk-assumptions"] == []
    with open(path) as f:
        before = f.read()
    changed_text, found = re.subn(pattern, line, before)
    assert found == 1
    write(path, changed_text.encode())
    (told,) = gateway.json("status")["risk-assumptions"]
    assert (told["partner"], told["assumption"], told["value"], told["default"]) == row
    assert row[1] in gateway.run("status").stdout
    found = [f for f in json.loads(gateway.run("doctor", "--json", check=None).stdout)["findings"] if f["topic"] == "protection"]
    assert any((row[1] in f["found"] and row[3] in f["mend"]) or "policy: enforce" in f["mend"] for f in found), found


@pytest.mark.parametrize("options, says", [
    (["--area", "billing", "--requirement", "hybrid", "--until", "2026-01-01", "--reason", "x"], "is over"),
    (["--area", "billing", "--requirement", "hybrid", "--until", "2099-01-01", "--reason", "x"], "two years"),
    (["--area", "billing", "--requirement", "hybrid", "--until", "soon", "--reason", "x"], "no day"),
    (["--area", "billing", "--requirement", "hybrid", "--reason", "x"], "until when"),
    (["--area", "billing", "--requirement", "hybrid", "--until", day(9), "--reason", ""], "--reason"),
    (["--area", "billing", "--requirement", "beauty", "--until", day(9), "--reason", "x"], "no requirement"),
    (["--area", "water", "--requirement", "hybrid", "--until", day(9), "--reason", "x"], "no area"),
])
def test_what_is_no_exception(house, options, says):
    gateway, peer = house
    done = gateway.run("risk", "except", peer.id, *options, check=None)
    assert done.returncode == INPUT and says in done.stderr
    assert not os.path.exists(f"{gateway.home}/partners/{peer.id}/risk.pem")


def test_exceptions_of_nobody_knows_whom_change_nothing(house):
    gateway, peer = house
    allow(gateway, peer.id, "billing", "hybrid")
    path = f"{gateway.home}/partners/{peer.id}/risk.pem"
    good = open(path).read()
    subprocess.run([OPENSSL, "cms", "-sign", "-nodetach", "-binary", "-md", "sha256", "-signer", peer.path("root.pem"),
                    "-inkey", peer.path("root.key"), "-outform", "PEM", "-out", path],
                   input=subprocess.run([OPENSSL, "cms", "-verify", "-noverify", "-inform", "PEM", "-in", path],
                                        capture_output=True, check=True).stdout, check=True)
    done = gateway.run("risk", check=None)
    assert "exceptions.signature" in done.stderr
    write(path, good.encode())
    assert requirement(report(gateway, peer.id), "billing", "hybrid")["exception"]["state"] == "holds"


def notice(sender, receiver, until):
    """An outage is secret for a month, but this notice says itself until when."""
    made = json.loads(tieline("new", "outage_notice").stdout)
    return json.dumps({**made, "sender_id": sender.id, "receiver_id": receiver.id, "secrecy_until": until}).encode()


SOON, FAR = day(30), "2056-07-01"


def test_a_document_that_is_secret_for_longer_is_refused_before_it_goes(house):
    gateway, peer = house
    agree(gateway, peer.id, r"encrypt: true", "encrypt: true, cipher: aes-128-gcm")
    gateway.start()
    json_type = ("--type", "application/json")
    soon, far = (write(peer.path(until), notice(gateway, peer, until)) for until in (SOON, FAR))
    gateway.send_id(peer.id, "outage", soon, *json_type)
    done = gateway.send(peer.id, "outage", far, *json_type, check=TRUST)
    assert "risk.cipher" in done.stderr and "a document of outage that is secret until 2056" in done.stderr
    assert "tieline risk" in done.stderr
    large = write(peer.path("large"), notice(gateway, peer, FAR) + b" " * (5 << 20))
    assert "risk.cipher" in gateway.send(peer.id, "outage", large, *json_type, check=TRUST).stderr
    gateway.send_id(peer.id, "outage", write(peer.path("text"), notice(gateway, peer, FAR)))  # none of ours: as its area
    allow(gateway, peer.id, "outage", "cipher")
    gateway.send_id(peer.id, "outage", far, *json_type)
    assert [r["requirement"] for r in gateway.json("status")["risk-exceptions"]] == ["cipher"]


def test_a_document_that_is_secret_for_longer_does_not_go_over_a_plain_handshake(house):
    gateway, peer = house
    taken = []

    def take(peer, path, headers, body):
        part = peer.open(body)
        taken.append(path)
        return (200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(part)))

    peer.serve(take, curve="prime256v1")
    gateway.start()
    document = write(peer.path("document"), notice(gateway, peer, SOON))
    gateway.send(peer.id, "outage", document, "--type", "application/json", "--wait")
    document = write(peer.path("far"), notice(gateway, peer, FAR))
    before = len(peer.requests)
    message_id = gateway.send_id(peer.id, "outage", document, "--type", "application/json")
    gateway.wait_log(r"delivery-attempt.*risk\.hybrid")
    gateway.stop()
    gateway.start()  # it is known of what is read back, too
    gateway.wait_log(r"delivery-attempt.*risk\.hybrid")
    assert len(peer.requests) == before  # not a byte of it was sent
    assert "a document of outage that is secret until 2056" in gateway.show(message_id)["fault"]["text"]
    allow(gateway, peer.id, "outage", "hybrid")
    gateway.send(peer.id, "outage", document, "--type", "application/json", "--wait")


def test_a_document_that_was_secret_for_longer_is_flagged_when_it_came(house):
    gateway, peer = house
    agree(gateway, peer.id, "^documents: .*", "documents: { examine: false }")  # what else is odd in it is not looked at
    gateway.start()

    def flagged(until, *curve):
        message_id = f"{uuid.uuid4()}@peer"
        part = peer.part(notice(peer, gateway, until), "outage", message_id, "application/json")
        body = peer.seal(peer.signed(part, peer.sign(part)))
        status, kind, answer = peer.post("outage", peer.headers(message_id), body, "tls", *curve)
        assert status == 200 and "processed\r\n" in peer.receipt(kind, answer)
        return gateway.show(message_id)["flag"]

    assert not flagged(SOON, *CURVE)
    found = flagged(FAR, *CURVE)
    assert found["code"] == "risk.hybrid" and "a document of outage that is secret until 2056" in found["text"]
    allow(gateway, peer.id, "outage", "hybrid")
    assert not flagged(FAR, *CURVE)


def test_the_report_tells_what_a_document_deserves_that_is_secret_for_longer(house):
    gateway, peer = house
    assert requirement(report(gateway, peer.id), "outage", "hybrid")["state"] == "offered"
    shown = json.loads(gateway.run("risk", peer.id, "--secret-until", FAR, "--json").stdout)
    assert requirement(shown, "outage", "hybrid")["state"] == "asked"
    (outage,) = [a for a in shown["partners"][0]["areas"] if a["area"] == "outage"]
    assert outage["secret-until"] == 2056 and outage["late"]
    assert "(until 2056)" in gateway.run("risk", "--secret-until", FAR).stdout
    done = gateway.run("risk", "--secret-until", "soon", check=None)
    assert done.returncode == INPUT and "no day" in done.stderr
