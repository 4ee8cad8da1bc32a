# SPDX-License-Identifier: Apache-2.0
"""Certificates are renewed one side at a time: old and new hold together in all six places, and nothing is lost.

The places are ours and theirs, each for TLS, signing and encryption.  Where one side alone is looked at, the other
is a peer made of openssl and curl, so that what we believe of ourselves does not prove itself.
"""
import base64
import json
import os
import re
import signal
import ssl
import socket
import stat
import threading
from datetime import datetime, timedelta, timezone

import pytest

from gateway import INPUT, USAGE, settled, wait_until, write
from peer import Peer, openssl

LONG_AGO = ("-not_before", "20250101000000Z", "-not_after", "20260101000000Z")
USAGE_OF = {"tls": ("digitalSignature", "serverAuth,clientAuth"), "sign": ("digitalSignature", None), "encrypt": ("keyAgreement", None)}


@pytest.fixture
def met(world):
    g = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(world.path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    g.start()
    yield g, peer
    peer.close()


def day(after):
    """The date so many days from now."""
    return (datetime.now(timezone.utc) + timedelta(days=after)).strftime("%Y-%m-%d")


def der(path):
    return openssl("x509", "-in", path, "-outform", "DER")


def cert(gateway, *words):
    """A `tieline cert` that changes something, and the reload it causes."""
    at = gateway.mark()
    out = gateway.run("cert", *words).stdout
    if gateway.process:
        gateway.wait_log("reloaded", at)
    return out


def listed(peer, *names):
    """A later sheet of the peer, with these certificates (file names) in this order; nobody is called."""
    use_of = lambda name: re.match("tls|sign|encrypt", name).group()
    certs = [{"use": use_of(name), "der": base64.b64encode(der(peer.path(name + ".pem"))).decode()} for name in names]
    return peer.sheet(certificates=certs, issued="2026-02-01T00:00:00.000Z")


def adds(gateway, sheet):
    at = gateway.mark()
    assert "Updated" in gateway.run("partner", "add", sheet, stdin="").stderr
    if gateway.process:
        gateway.wait_log("reloaded", at)


def shown_tls(gateway, peer):
    """The certificate the gateway's server shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(peer.path("tls.pem"), peer.path("tls.key"))
    with socket.create_connection(("127.0.0.1", gateway.port)) as s, context.wrap_socket(s) as tls:
        return tls.getpeercert(True)


def accepted(g, peer, *, tls="tls", **more):
    message_id, part, body = peer.message(b"rolling", "billing", **more)
    status, content_type, answer = peer.post("billing", peer.headers(message_id), body, tls)
    assert status == 200, peer.curl_error
    report = peer.receipt(content_type, answer)
    assert "; processed\r\n" in report, report
    assert g.show(message_id)["state"] == "received"
    return message_id


def answers(peer):
    def answer(peer, path, headers, body):
        part = peer.open(body, peer.recipient)
        content_type, report = peer.report(headers["Message-ID"].strip("<>"), peer.mic(part))
        return 200, content_type, report
    peer.recipient = "encrypt"
    peer.serve(answer)


def delivered(g, peer, tmp_path):
    message_id = g.send_id(peer.id, "billing", write(tmp_path / "d", b"out"))
    assert settled(g, message_id)["state"] == "delivered"
    return message_id


# --- ours ---

def test_our_tls_certificate(met, tmp_path):
    """Renewed it is shown to nobody; rolled it is what server and client show, and only the keyholder knows its key."""
    g, peer = met
    answers(peer)
    old = der(g.home + "/tls.pem")
    cert(g, "renew", "tls")
    delivered(g, peer, tmp_path)
    assert shown_tls(g, peer) == old and peer.clients[-1] == old
    cert(g, "roll", "tls")
    new = der(g.home + "/tls.2.pem")
    assert new != old
    wait_until(lambda: shown_tls(g, peer) == new)
    delivered(g, peer, tmp_path)
    assert peer.clients[-1] == new
    accepted(g, peer)


def test_our_signing_certificate(met, tmp_path):
    g, peer = met
    answers(peer)
    cert(g, "renew", "sign")
    accepted(g, peer)
    assert der(peer.path("signer.pem")) == der(g.home + "/sign.pem")
    cert(g, "roll", "sign")
    accepted(g, peer)
    assert der(peer.path("signer.pem")) == der(g.home + "/sign.2.pem")
    delivered(g, peer, tmp_path)


def seen(g, generation=2):
    """Who is shown to have the sheet that lists our encryption certificate of this generation: {partner: since}."""
    ours = [c for c in g.json("cert", "status") if c["party"] == g.id and c["use"] == "encrypt" and c["generation"] == generation]
    return ours[0]["sheet-seen"] and {row["partner"]: row["since"] for row in ours[0]["sheet-seen"]}


def test_who_has_our_new_sheet_is_remembered(met, world):
    """Each partner by name, over restarts; roll warns of those that were not seen, and goes on."""
    g, peer = met
    other = Peer(str(world.path), "666000111", "Silent Peer")
    try:
        g.run("partner", "add", other.sheet(), "--fingerprint", other.fingerprint())
        assert seen(g, 1) is None
        cert(g, "renew")
        openssl("x509", "-in", g.home + "/encrypt.2.pem", "-out", peer.path("other-encrypt2.pem"))
        accepted(g, peer, recipient="other-encrypt")
        assert seen(g) == {peer.id: None, other.id: None}
        accepted(g, peer, recipient="other-encrypt2")
        since = wait_until(lambda: seen(g)[peer.id])
        accepted(g, peer, recipient="other-encrypt2")
        g.stop()
        assert seen(g) is None
        assert "who has the new sheet is not shown" in g.run("cert", "status").stderr
        g.start()
        accepted(g, peer, recipient="other-encrypt2")
        assert seen(g) == {peer.id: since, other.id: None}
        shown = g.run("cert", "status").stdout
        assert f"seen to be used by {peer.id} since {since}" in shown and f"not yet used by {other.id}" in shown
        done = g.run("cert", "roll", "--at", day(3))
        assert f'not seen with the new sheet yet: {other.id} "Silent Peer"' in done.stderr
        assert peer.id not in done.stderr and "refuses us" in done.stderr
        assert done.stdout.count("is used from") == 3
        g.run("partner", "remove", other.id)
        assert g.run("cert", "roll").stderr == ""
    finally:
        other.close()


def test_roll_says_when_nobody_can_be_seen(met):
    """A sheet shows itself by what is sealed to it: where that is older, or the gateway is down, nobody knows."""
    g, peer = met
    cert(g, "renew", "encrypt")
    openssl("x509", "-in", g.home + "/encrypt.2.pem", "-out", peer.path("other-encrypt2.pem"))
    accepted(g, peer, recipient="other-encrypt2")
    wait_until(lambda: seen(g)[peer.id])
    made = datetime.now(timezone.utc).timestamp() // 1
    wait_until(lambda: datetime.now(timezone.utc).timestamp() // 1 > made)
    cert(g, "renew", "sign")
    assert "who has the new sheet cannot be seen" in g.run("cert", "roll", "sign").stderr
    assert g.run("cert", "roll", "encrypt").stderr == ""
    cert(g, "renew")
    g.stop()
    assert "who has the new sheet is not known" in g.run("cert", "roll").stderr


def test_our_encryption_certificate(met):
    """What partners seal to the old or the new one is opened, before and after."""
    g, peer = met
    cert(g, "renew", "encrypt")
    openssl("x509", "-in", g.home + "/encrypt.2.pem", "-out", peer.path("other-encrypt2.pem"))
    accepted(g, peer, recipient="other-encrypt")
    assert not g.logged("partner-has-sheet")
    accepted(g, peer, recipient="other-encrypt2")
    g.wait_log(f"partner-has-sheet partner={peer.id} generation=2")
    cert(g, "roll", "encrypt")
    for recipient in ("other-encrypt", "other-encrypt2"):
        accepted(g, peer, recipient=recipient)
    cert(g, "roll", "encrypt", "--finish")
    accepted(g, peer, recipient="other-encrypt2")
    message_id, _, body = peer.message(b"late", "billing")
    answer = peer.post("billing", peer.headers(message_id), body)
    assert "sealing.recipient" in peer.receipt(*answer[1:])


# --- theirs ---

def test_their_tls_certificate(met, tmp_path):
    g, peer = met
    peer.certify("tls2", *USAGE_OF["tls"])
    assert peer.post("billing", {}, b"x", "tls2")[0] == 0
    adds(g, listed(peer, "tls", "tls2", "sign", "encrypt"))
    accepted(g, peer, tls="tls")
    accepted(g, peer, tls="tls2")
    answers(peer)
    delivered(g, peer, tmp_path)
    peer.close()
    for name in ("key", "pem"):
        os.replace(peer.path("tls2." + name), peer.path("tls." + name))
    answers(peer)
    delivered(g, peer, tmp_path)


def test_their_signing_certificate(met, tmp_path):
    g, peer = met
    peer.certify("sign2", *USAGE_OF["sign"])
    adds(g, listed(peer, "tls", "sign", "sign2", "encrypt"))
    accepted(g, peer, signer="sign")
    accepted(g, peer, signer="sign2")
    answers(peer)
    peer.sign = lambda part, signer="sign2", md="sha256": Peer.sign(peer, part, signer, md)
    delivered(g, peer, tmp_path)


def test_their_encryption_certificate(met, tmp_path):
    """The first of the sheet that is valid: the new one, as soon as the sheet is here."""
    g, peer = met
    answers(peer)
    delivered(g, peer, tmp_path)
    peer.certify("encrypt2", *USAGE_OF["encrypt"])
    adds(g, listed(peer, "tls", "sign", "encrypt2", "encrypt"))
    peer.recipient = "encrypt2"
    delivered(g, peer, tmp_path)


# --- both at once, under traffic ---

def test_complaint_1_a_rollover_under_traffic_loses_nothing(pair, tmp_path):
    """Each side renews, hands its sheet over, and rolls when it likes, one of them by date; both send all the time."""
    u, a = pair
    stop = threading.Event()
    sent = {u: [], a: []}
    broken = []

    def sends(to, other):
        number = 0
        while not stop.is_set():
            path = write(tmp_path / f"{to.id}-{number}", f"{to.id} {number}".encode())
            try:
                sent[to].append(to.send_id(other, "billing", path, "--wait", "20s"))
            except AssertionError as e:
                broken.append(str(e))
            number += 1

    threads = [threading.Thread(target=sends, args=ends) for ends in ((u, a), (a, u))]
    for t in threads:
        t.start()
    try:
        def goes_on():
            counts = [len(sent[g]) for g in (u, a)]
            wait_until(lambda: all(len(sent[g]) > n + 1 for g, n in zip((u, a), counts)))

        goes_on()
        for side, other in ((u, a), (a, u)):
            cert(side, "renew")
            goes_on()
            adds(other, side.home + "/sheet.pem")
            goes_on()
        cert(u, "roll")
        goes_on()
        at = a.mark()
        moment = (datetime.now(timezone.utc) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
        cert(a, "roll", "--at", moment)
        for use in ("tls", "sign", "encrypt"):
            a.wait_log(f"certificate-switched use={use}", at)
        goes_on()
    finally:
        stop.set()
        for t in threads:
            t.join()
    assert not broken, broken[0]
    for g in (u, a):
        cert(g, "roll", "--finish")
        assert sorted(name for name in os.listdir(g.home) if name.endswith(".pem")) == [
            "encrypt.2.pem", "root.pem", "sheet.pem", "sign.2.pem", "tls.2.pem"]
        assert sorted(os.listdir(g.home + "/keys")) == ["encrypt.2.key", "root.key", "sign.2.key", "tls.2.key"]
    for g, other in ((u, a), (a, u)):
        states = {m["message-id"]: m["state"] for m in g.outbox()}
        assert {states[i] for i in sent[g]} == {"delivered"}
        inbox = [m["message-id"] for m in other.inbox()]
        assert sorted(inbox) == sorted(sent[g]), "lost or twice"
        assert g.send(other, "billing", write(tmp_path / "after", b"after"), "--wait").returncode == 0
        assert not g.logged("message-refused") and not g.logged("key-m")


def test_a_killed_keyholder_comes_back_with_all_keys(met):
    g, peer = met
    cert(g, "renew")
    cert(g, "roll")
    at = g.mark()
    os.kill(g.processes()["keyholder"][0], signal.SIGKILL)
    g.wait_log("worker-ended role=keyholder", at)
    wait_until(lambda: len(g.processes().get("keyholder", [])) == 1)
    wait_until(lambda: g.json("status")["processes"] and all(p["ready"] for p in g.json("status")["processes"]))
    accepted(g, peer)
    assert der(peer.path("signer.pem")) == der(g.home + "/sign.2.pem")


def test_a_key_that_is_not_that_of_its_certificate_signs_nothing(met, tmp_path):
    """It is dropped at the reload, with an error; nobody is refused for it, and the right one mends it."""
    g, peer = met
    answers(peer)
    cert(g, "renew")
    cert(g, "roll", "sign")
    accepted(g, peer)
    path = g.home + "/keys/sign.2.key"
    with open(path) as right, open(g.home + "/keys/tls.key") as wrong:
        right, wrong = right.read(), wrong.read()

    def put(key):
        with open(path, "w") as f:
            f.write(key)
        at = g.mark()
        os.kill(g.process.pid, signal.SIGHUP)
        g.wait_log("reloaded", at)
        return at

    g.wait_log("key-mismatch use=sign generation=2", put(wrong))
    message_id, _, body = peer.message(b"later", "billing")
    status, _, _ = peer.post("billing", peer.headers(message_id), body)
    assert status == 503, "come again"
    g.wait_log("key-unreadable", put("no key at all"))
    assert shown_tls(g, peer) == der(g.home + "/tls.pem"), "the other keys go on"
    put(right)
    assert peer.post("billing", peer.headers(message_id), body)[0] == 200
    delivered(g, peer, tmp_path)


def test_a_restart_keeps_the_choice(met):
    g, peer = met
    cert(g, "renew", "sign")
    cert(g, "roll", "sign")
    g.stop()
    g.start()
    accepted(g, peer)
    assert der(peer.path("signer.pem")) == der(g.home + "/sign.2.pem")


# --- the command ---

def test_status_says_what_is_used_and_what_to_do(world):
    u, a = world.pair()
    u.run("cert", "renew", "tls")
    rows = u.json("cert", "status")
    ours = [(c["use"], c["standing"]) for c in rows if c["own"]]
    assert ours == [("root", "in use"), ("tls", "in use"), ("tls", "not used"), ("sign", "in use"), ("encrypt", "in use")]
    theirs = [c["use"] for c in rows if c["party"] == a.id]
    assert theirs == ["root", "tls", "sign", "encrypt"]
    sha = openssl("x509", "-in", u.home + "/tls.pem", "-noout", "-fingerprint", "-sha256").decode().split("=")[1]
    assert rows[1]["fingerprint"] == sha.strip().replace(":", "").lower() and rows[1]["days"] in (397, 398)
    text = u.run("cert", "status").stdout
    assert re.search(r"( [0-9a-f]{4}){16}\n", text) and a.id in text
    u.run("cert", "roll", "tls", "--at", day(9))
    planned = [c for c in u.json("cert", "status") if c["standing"] == "planned"]
    assert [c["use"] for c in planned] == ["tls"] and planned[0]["used-from"].endswith("T00:00:00.000Z")


def test_renewed_keys_are_private_and_of_the_same_kind(world):
    g = world.gateway("Utility", "007909411", "utility", keys="rsa")
    out = cert(g, "renew")
    assert "nobody yet" in out and "sheet.pem" in out
    for use in ("tls", "sign", "encrypt"):
        path = f"{g.home}/keys/{use}.2.key"
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        kinds = [openssl("x509", "-in", f"{g.home}/{use}{n}.pem", "-noout", "-text").decode().count("rsaEncryption") for n in ("", ".2")]
        assert kinds[0] == kinds[1] == (0 if use == "tls" else 1)


@pytest.mark.parametrize("words,code,says", [
    (("roll",), INPUT, "tieline cert renew"),
    (("roll", "tls", "--finish", "--at", "2030-01-01"), USAGE, "--finish"),
    (("renew", "root"), USAGE, "tls, sign or encrypt"),
    (("shake",), USAGE, "status, refresh, renew or roll"),
    (("status", "tls"), USAGE, "status, refresh, renew or roll"),
])
def test_words_that_make_no_sense(world, words, code, says):
    g = world.gateway("Utility", "007909411", "utility")
    before = sorted(os.listdir(g.home))
    assert says in g.run("cert", *words, check=code).stderr
    assert sorted(os.listdir(g.home)) == before


def test_renewed_once_until_it_is_used(world):
    g = world.gateway("Utility", "007909411", "utility")
    g.run("cert", "renew", "sign")
    assert "tieline cert roll sign" in g.run("cert", "renew", "sign", check=INPUT).stderr
    assert "is not used yet" in g.run("cert", "roll", "sign", "--finish", check=INPUT).stderr
    for moment in ("yesterday", "2020-01-01", "2026-13-01", "2199-01-01"):
        g.run("cert", "roll", "sign", "--at", moment, check=INPUT)
    g.run("cert", "renew")
    g.run("cert", "renew", check=INPUT)
    assert not [name for name in os.listdir(g.home) if name.endswith(".from")]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_another_users_home_gets_no_keys_of_ours(world):
    g = world.gateway("Utility", "007909411", "utility")
    os.chown(g.home + "/keys", 12345, 12345)
    assert "12345" in g.run("cert", "renew", check=None).stderr
    assert not os.path.exists(g.home + "/keys/tls.2.key")


# --- sheets ---

def test_an_older_sheet_does_not_come_back(world):
    u, a = world.pair()
    old = a.sheet()
    os.rename(old, old + ".old")
    a.run("cert", "renew")
    adds(u, a.home + "/sheet.pem")
    refused = u.run("partner", "add", old + ".old", check=INPUT)
    assert "sheet.older" in refused.stderr and "newest" in refused.stderr
    u.run("partner", "add", old + ".old", "--fingerprint", a.fingerprint(), check=INPUT)
    assert len([c for c in u.json("cert", "status") if c["party"] == a.id and c["use"] == "tls"]) == 2
    u.run("partner", "add", a.home + "/sheet.pem")  # the same once more is no older one


# --- certificates that have ended ---

def tolerate(g, peer, until):
    path = f"{g.home}/partners/{peer.id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    line = f"tolerate: {{ expired-certificates: {until} }}" if until else "tolerate: {}"
    changed = re.sub(r"^tolerate:.*$", line, text, flags=re.M)
    with open(path, "w") as f:
        f.write(changed)
    if g.process:
        at = g.mark()
        os.kill(g.process.pid, signal.SIGHUP)
        g.wait_log("reloaded", at)


@pytest.fixture
def late(world):
    """A peer that goes on with certificates that ended long ago."""
    g = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(world.path))
    for use, usage in USAGE_OF.items():
        peer.certify(use, *usage, 0, *LONG_AGO)
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    g.start()
    yield g, peer
    peer.close()


def test_an_ended_certificate_is_an_error_and_refused(late, tmp_path):
    g, peer = late
    message_id, _, body = peer.message(b"late", "billing")
    assert peer.post("billing", peer.headers(message_id), body)[0] == 0
    line = g.wait_log(f"tls-refused peer=.* partner={peer.id} fault=cert.expired")
    assert shown_dates(peer) <= set(re.split(r"[ \";]", line)) and "sends its sheet" in line
    refused = g.send(peer.id, "billing", write(tmp_path / "d", b"x"), check=None)
    assert "cert.expired" in refused.stderr
    for use in ("tls", "sign", "encrypt"):
        line = g.wait_log(f"certificate-ended party={peer.id} .*use={use} ")
        assert " error " in line.split("certificate-ended")[0]
        assert "tieline partner add SHEET" in line
    for rows in (g.json("cert", "status"), g.json("status")["certificates"]):
        ended = [c for c in rows if c["standing"] == "ended"]
        assert len(ended) == 3 and all("tieline partner add SHEET" in c["advice"] for c in ended)


def shown_dates(peer):
    """What an operator needs to find the certificate: fingerprint, begin and end."""
    text = openssl("x509", "-in", peer.path("tls.pem"), "-noout", "-fingerprint", "-sha256", "-startdate", "-enddate", "-dateopt", "iso_8601").decode()
    found = dict(line.split("=") for line in text.splitlines())
    return {found["sha256 Fingerprint"].replace(":", "").lower(), *(found[name].replace(" ", "T") for name in ("notBefore", "notAfter"))}


@pytest.mark.parametrize("dates,says", [(LONG_AGO, "has ended: "), (("-not_before", "20900101000000Z", "-not_after", "20910101000000Z"), "is not valid yet: ")],
                         ids=["ended", "not yet valid"])
def test_a_server_whose_certificate_is_not_for_today_is_told_so(met, tmp_path, dates, says):
    g, peer = met
    peer.certify("tls", *USAGE_OF["tls"], 0, *dates)
    adds(g, listed(peer, "tls", "sign", "encrypt"))
    answers(peer)
    message_id = g.send_id(peer.id, "billing", write(tmp_path / "d", b"x"))
    wait_until(lambda: g.show(message_id)["state"] == "deferred")
    fault = g.show(message_id)["fault"]
    assert fault["code"] == "courier.tls" and says in fault["text"] and "not one of" not in fault["text"]
    assert shown_dates(peer) <= set(re.split(r"[ ;]", fault["text"]))


def test_an_ended_certificate_may_be_tolerated_for_some_days(late, tmp_path):
    g, peer = late
    tolerate(g, peer, day(3))
    first = accepted(g, peer)
    accepted(g, peer)
    shown = g.show(first)
    assert shown["fault"] is None and shown["flag"]["code"] == "cert.tolerated" and "2026-01-01" in shown["flag"]["text"]
    assert [e["code"] for e in shown["events"] if e["what"] == "received"] == ["cert.tolerated"]
    assert "flag" in g.run("show", first).stdout
    g.wait_log(f"message-flagged msg={first} .*flag=cert.tolerated")
    answers(peer)
    out = g.show(delivered(g, peer, tmp_path))
    assert out["flag"]["code"] == "cert.tolerated" and out["fault"] is None
    rows = g.json("status")["tolerated"]
    assert [(r["partner"], r["code"], r["count"]) for r in rows] == [(peer.id, "cert.tolerated", 3)]
    g.stop()
    g.start()
    assert g.json("status")["tolerated"][0]["count"] == 3
    assert all(c["tolerated"] for c in g.json("cert", "status") if c["party"] == peer.id and c["use"] != "root")
    listed = lambda: [(e["key"], e["algorithm"], e["until"], e["state"]) for e in json.loads(g.run("status", "--json", check=None).stdout)["exceptions"]]
    assert listed() == [("tolerate", "expired-certificates", day(3), "ending")]
    for until, state in ((day(-1), "ended"), (day(800), "too-long"), (None, None)):
        tolerate(g, peer, until)
        assert listed() == ([("tolerate", "expired-certificates", until, state)] if until else [])
        assert peer.post("billing", {}, b"x")[0] == 0


def test_a_tolerance_without_a_day_is_none(late):
    g, peer = late
    for until in ("true", "for ever", "2026-02-30", "30d"):
        path = f"{g.home}/partners/{peer.id}/agreement.yaml"
        with open(path) as f:
            before = f.read()
        with open(path, "w") as f:
            f.write(re.sub(r"^tolerate:.*$", f"tolerate: {{ expired-certificates: {until} }}", before, flags=re.M))
        at = g.mark()
        os.kill(g.process.pid, signal.SIGHUP)
        assert "tolerate.expired-certificates" in g.wait_log("reload-refused", at)
        with open(path, "w") as f:
            f.write(before)


def test_only_the_ended_ones_are_flagged(met):
    g, peer = met
    tolerate(g, peer, day(3))
    assert g.show(accepted(g, peer))["flag"] is None
    assert g.json("status")["tolerated"] == []


def test_an_end_that_is_near_is_told_at_the_start(world):
    g = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(world.path), days=20)
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    g.start()
    line = g.wait_log("certificate-ends ")
    assert "days=19" in line and f"ask {peer.id} for a new sheet" in line
    at = g.mark()
    os.kill(g.process.pid, signal.SIGHUP)
    g.wait_log("reloaded", at)
    assert g.run("status").stdout.count("ask " + peer.id) == 3
    assert len(g.logged("certificate-ends ")) == 3, "once each"
