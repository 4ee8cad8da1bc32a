# SPDX-License-Identifier: Apache-2.0
"""What an exchange deserves is enforced, an exception to a day lets it through, and nobody forgets it."""
import datetime
import json
import os
import re
import subprocess

import pytest

from gateway import INPUT, OPENSSL, TRUST, Gateway, write
from peer import Peer

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


def test_report_refuses_nothing(house):
    gateway, peer = house
    path = gateway.home + "/tieline.yaml"
    with open(path) as f:
        text = f.read()
    write(path, text.replace("policy: enforce", "policy: report").encode())
    gateway.start()
    assert "processed\r\n" in answer_to(peer, "aggregation")


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
