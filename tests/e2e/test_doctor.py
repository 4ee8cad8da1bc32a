# SPDX-License-Identifier: Apache-2.0
"""What falls short in a home is found, in order of urgency, with what mends it; and mended it is not found."""
import datetime
import json
import os
import re
import sqlite3

import pytest

from faults import Plan
from gateway import DONE, TRUST, Gateway, write
from peer import Peer
from test_operations import needs_faults, quoted
from test_risk import day


def findings(gateway, code=None):
    done = gateway.run("doctor", "--json", check=None)
    assert done.returncode == (code if code is not None else done.returncode), done.stdout
    found = json.loads(done.stdout)["findings"]
    assert (done.returncode == TRUST) == any(f["urgency"] == "urgent" for f in found)
    return found


def about(found, topic, words=""):
    return [f for f in found if f["topic"] == topic and words in f["found"]]


def edit(path, pattern, line):
    with open(path) as f:
        text, found = re.subn(pattern, line, f.read(), flags=re.M)
    assert found == 1, pattern
    write(path, text.encode())


@pytest.fixture
def house(tmp_path):
    gateway = Gateway(str(tmp_path), "Example Power", "007909411", "utility", policy="enforce")
    peer = Peer(str(tmp_path))
    peer.knows(gateway)
    gateway.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    yield gateway, peer
    if gateway.process:
        gateway.stop()


def test_a_home_that_serves_needs_nothing_at_once(house):
    gateway, _ = house
    assert [f["topic"] for f in findings(gateway, TRUST) if f["urgency"] == "urgent"] == ["gateway"]
    gateway.start()
    assert [f for f in findings(gateway, DONE) if f["urgency"] == "urgent"] == []
    text = gateway.run("doctor").stdout
    assert "Now" not in text and "Not seen from here" in text


def test_keys_that_others_can_read(house):
    gateway, _ = house
    os.chmod(gateway.home + "/keys/sign.key", 0o644)
    (found,) = about(findings(gateway, TRUST), "keys")
    assert found["urgency"] == "urgent" and "0644" in found["found"]
    assert found["mend"] == f"chmod 600 {gateway.home}/keys/sign.key"
    os.chmod(gateway.home + "/keys/sign.key", 0o600)
    assert about(findings(gateway), "keys") == []


def test_what_risk_finds_is_found_with_what_mends_it(house):
    gateway, peer = house
    edit(f"{gateway.home}/partners/{peer.id}/agreement.yaml", "encrypt: true", "encrypt: false")
    found = about(findings(gateway, TRUST), "protection")
    assert len(found) == 4 and all(f["urgency"] == "urgent" and "encrypt: true" in f["mend"] for f in found)
    for f in found:  # what it prints is run as it stands, with a day and a reason
        words = re.search("`tieline (risk except .*)`", f["mend"])[1].replace("DAY", day(9)).replace("TEXT", "soon")
        gateway.run(*words.split())
    assert about(findings(gateway), "protection") == []
    for f in about(findings(gateway), "exceptions"):
        assert f["urgency"] == "soon"
        gateway.run(*re.search("`tieline (risk end [^`]*)`", f["mend"])[1].split())
    assert len(about(findings(gateway, TRUST), "protection")) == 4
    edit(gateway.home + "/tieline.yaml", "policy: enforce", "policy: report")
    found = about(findings(gateway), "protection")
    assert len(found) == 5 and all(f["urgency"] == "soon" for f in found)  # and that nothing is refused


def test_certificates_near_their_end(tmp_path):
    gateway = Gateway(str(tmp_path), "Example Power", "007909411", "utility", policy="enforce")
    peer = Peer(str(tmp_path), days=6)
    peer.knows(gateway)
    gateway.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    found = about(findings(gateway, TRUST), "certificates", peer.id)
    assert len(found) == 3 and all(f["urgency"] == "urgent" for f in found)


@pytest.mark.parametrize("pattern, line, urgency, words", [
    ("suspended: false", "suspended: true", "advice", "suspended"),
    (r"^documents: .*$", "documents: { examine: false }", "advice", "who names another sender is taken"),
    (r"^documents: .*$", "documents: { examine: true, invalid: refuse }", "advice", "no register"),
    (r"^documents: .*$", "documents: { examine: true, registry: flag }", "advice", "invalid is flagged"),
    (r"^documents: .*$", "documents: { examine: true }", "advice", "tests are taken"),
    ("^tolerate: {}", f"tolerate: {{ expired-certificates: {datetime.date.today() + datetime.timedelta(days=90)} }}", "soon", "ended are taken"),
    (r"^copies: .*$", "copies: { documents: [ bill ], agreement-id: T }", "soon", "there is not"),
    ("client-certificate: true", "client-certificate: false", "soon", "need no certificate"),
    ("(?<!# )receipt: signed, marked", "receipt: unsigned, marked", "soon", "receipts"),
])
def test_agreements_that_let_more_through(house, pattern, line, urgency, words):
    gateway, peer = house
    path = f"{gateway.home}/partners/{peer.id}/agreement.yaml"
    if "documents: { examine: true" in line:  # that is the default
        edit(path, pattern, "documents: { examine: false }")
    assert about(findings(gateway), "agreements", words) == []
    edit(path, pattern, line)
    (found,) = about(findings(gateway), "agreements", words)
    assert found["urgency"] == urgency and peer.id in found["found"]


def test_a_partner_of_outages_that_comes_from_anywhere(house):
    gateway, peer = house
    path = f"{gateway.home}/partners/{peer.id}/agreement.yaml"
    (found,) = about(findings(gateway), "agreements", "where it comes from")
    assert found["urgency"] == "advice" and "addresses: " in found["mend"]
    quoted(found["found"].partition(": ")[2])
    edit(path, r"^addresses: \[\]", "addresses: [ 192.0.2.0/24 ]")
    assert about(findings(gateway), "agreements", "where it comes from") == []


def test_a_partner_without_a_rate(house):
    gateway, peer = house
    path = f"{gateway.home}/partners/{peer.id}/agreement.yaml"
    (found,) = about(findings(gateway), "agreements", "no rate is agreed")
    assert found["urgency"] == "advice" and "rate: " in found["mend"]
    with open(path) as f:
        agreed = f.read()
    edit(path, "^rate: none", "rate: 6000/min")
    assert about(findings(gateway), "agreements", "no rate is agreed") == []
    write(path, agreed.replace("send: true,", "send: true, rate: 20/s,", 3).encode())
    assert len(about(findings(gateway), "agreements", "no rate is agreed")) == 1  # one area of four is left
    write(path, agreed.replace("send: true,", "send: true, rate: 20/s,").encode())
    assert about(findings(gateway), "agreements", "no rate is agreed") == []


def test_a_partner_that_is_left_out_is_the_first_thing_to_mend(house):
    gateway, peer = house
    assert about(findings(gateway), "partners") == []
    edit(f"{gateway.home}/partners/{peer.id}/agreement.yaml", r"^connections: \d+", "connections: many")
    (found,) = about(findings(gateway, TRUST), "partners")
    assert found["urgency"] == "urgent" and peer.id in found["found"] and "connections: " in found["found"]


def test_a_weak_algorithm_is_told_until_it_is_out(house):
    gateway, peer = house
    edit(f"{gateway.home}/partners/{peer.id}/agreement.yaml", r"^legacy: \[\]", "legacy: [ { algorithm: sha-1, until: 2026-01-31 } ]")
    (found,) = about(findings(gateway, TRUST), "exceptions")
    assert "sha-1" in found["found"] and found["urgency"] == "urgent"


def test_a_log_that_keeps_nothing(house):
    gateway, _ = house
    edit(gateway.home + "/tieline.yaml", "^log: info.*$", "log: error")
    (found,) = about(findings(gateway), "logging")
    assert "log: info" in found["mend"]


@needs_faults
def test_a_history_that_is_not_signed_any_more(house, tmp_path):
    gateway, peer = house
    gateway.start()
    gateway.send(peer.id, "billing", write(tmp_path / "d", b"a bill"))
    gateway.wait_log("history-signed")
    gateway.send(peer.id, "billing", write(tmp_path / "d", b"another bill"))
    assert about(findings(gateway), "history") == []
    signed = gateway.json("status")["history"]
    assert signed["signed-events"] < signed["events"] and signed["signed"] and signed["unsigned-since"]
    later = Plan(tmp_path / "later")
    later.move_clock(4 * 3600)
    found = json.loads(gateway.run("doctor", "--json", check=None, env=later.environment()).stdout)["findings"]
    (told,) = about(found, "history")
    assert told["urgency"] == "soon" and "events are not signed, the first for 4h; the last head that was signed is of " in told["found"] and "history-unsigned" in told["mend"]


@needs_faults
def test_who_never_looked_whether_all_is_whole(house, tmp_path):
    gateway, peer = house
    assert about(findings(gateway), "evidence") == []  # there is nothing yet
    gateway.start()
    gateway.send(peer.id, "billing", write(tmp_path / "d", b"a bill"))
    (told,) = about(findings(gateway), "evidence", "nobody is known to have looked")
    assert told["urgency"] == "advice" and "`tieline fsck`" in told["mend"]
    gateway.run("fsck")
    assert about(findings(gateway), "evidence") == []
    later = Plan(tmp_path / "later")
    later.move_clock(40 * 86400)
    found = json.loads(gateway.run("doctor", "--json", check=None, env=later.environment()).stdout)["findings"]
    assert about(found, "evidence", "`tieline fsck` looked last 40d ago")
    write(gateway.home + "/run/fsck", b"tieline-fsck 1 never\n")
    assert about(findings(gateway), "evidence", "nobody is known to have looked")
    gateway.stop()
    with sqlite3.connect(gateway.home + "/ledger/ledger.db") as db:
        db.execute("UPDATE message SET state = 99")
    gateway.run("fsck", check=None)
    (told,) = about(findings(gateway), "evidence", "damage")
    assert told["urgency"] == "urgent"


@pytest.mark.skipif(os.getuid() != 0, reason="root becomes another user")
def test_another_user_than_the_gateway_s_is_told_to_be_it(public_path):
    gateway = Gateway(public_path, "Example Power", "007909411", "utility").start()
    os.chmod(gateway.home, 0o755)
    os.chmod(gateway.home + "/run/control.sock", 0o600)
    found = about(json.loads(gateway.run("doctor", "--json", user=65534, check=None).stdout)["findings"], "gateway",
                  "may not command")
    gateway.stop()
    assert len(found) == 1 and "as root" in found[0]["mend"] and "log" not in found[0]["mend"]
