# SPDX-License-Identifier: Apache-2.0
"""Partners whose certificates come from an authority: renewals, strangers of the same name, revocation and its outage."""
import contextlib
import datetime
import hashlib
import os
import sqlite3

import pytest

from gateway import INPUT, wait_until, write
from peer import Peer, openssl
from test_trust import edit, reload

USES = {"tls": ("digitalSignature", "serverAuth,clientAuth"), "sign": ("digitalSignature", None), "encrypt": ("keyAgreement", None)}


def trust(g, peer, text="mode: chain, revocation: none"):
    edit(g, peer.id, r"^trust: .*", f"trust: {{ {text} }}")


def anchors(g, peer, path="root.pem", **more):
    return g.run("partner", "anchors", peer.id, peer.path(path), **more)


def renew(peer, use):
    peer.certify(use, *USES[use])


def revocation_list(peer, *revoked, days=1, since=None, number=None):
    """A list of the peer's root, made by openssl ca; `revoked`: files of certificates; `number`: in hex."""
    now = since or datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    rows = []
    for use in revoked:
        serial = openssl("x509", "-in", peer.path(use + ".pem"), "-noout", "-serial").decode().strip().split("=")[1]
        rows.append(f"R\t400101000000Z\t{now:%y%m%d%H%M%SZ}\t{serial}\tunknown\t/CN={use}\n")
    write(peer.path("index"), "".join(rows).encode())
    numbered = f"crlnumber={write(peer.path('crlnumber'), number.encode())}\n" if number else ""
    write(peer.path("ca.cnf"), f"[ca]\ndefault_ca=d\n[d]\ndatabase={peer.path('index')}\ndefault_md=sha256\n{numbered}".encode())
    openssl("ca", "-gencrl", "-config", peer.path("ca.cnf"), "-cert", peer.path("root.pem"), "-keyfile", peer.path("root.key"),
            "-crl_lastupdate", f"{now:%Y%m%d%H%M%SZ}", "-crl_nextupdate", f"{now + datetime.timedelta(days=days):%Y%m%d%H%M%SZ}",
            "-out", peer.path("revoked.crl"))
    return peer.path("revoked.crl")


def send(peer, area="billing", tls="tls"):
    message_id, _, body = peer.message(b"x", area)
    return message_id, peer.post(area, peer.headers(message_id), body, tls=tls)


def delivered(g, peer, area="billing"):
    message_id, (status, content_type, body) = send(peer, area)
    assert status == 200, (status, body, peer.curl_error)
    report = peer.receipt(content_type, body)
    assert "MDN-sent-automatically; processed\r" in report, report
    return g.show(message_id)


@pytest.fixture
def met(world):
    g = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(world.path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    yield g, peer
    peer.close()


@pytest.fixture
def chained(met):
    g, peer = met
    anchors(g, peer)
    trust(g, peer)
    g.start()
    return g, peer


def again(peer, name, days):
    """Another certificate of the same authority."""
    openssl("req", "-x509", "-key", peer.path("root.key"), "-sha256", "-days", days, "-subj", f"/O={peer.name}/CN={peer.name} root",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", peer.path(name))
    return peer.path(name)


def test_the_end_of_an_authority_is_told(met):
    """On that day all that it vouched for ends."""
    g, peer = met
    anchors(g, peer, os.path.basename(again(peer, "short.pem", 10)))
    g.start()
    assert [c["use"] for c in g.json("cert", "status") if c["party"] == peer.id] == ["root", "tls", "sign", "encrypt"]
    trust(g, peer)
    reload(g)
    assert "days=9" in g.wait_log("certificate-ends .*use=anchor")
    row = next(c for c in g.json("cert", "status") if c["use"] == "anchor")
    assert row["days"] == 9 and f"tieline partner anchors {peer.id} FILE" in row["advice"]
    assert f"{peer.id}'s certificate for anchor ends in 9 days" in g.run("doctor", check=None).stdout
    with open(peer.path("both.pem"), "w") as both, open(again(peer, "long.pem", 300)) as long, open(peer.path("short.pem")) as short:
        both.write(short.read() + long.read())
    anchors(g, peer, "both.pem")
    assert [c["advice"] for c in g.json("cert", "status") if c["use"] == "anchor"] == ["", ""]
    delivered(g, peer)


# --- renewals ---

def test_a_pinned_partner_needs_a_sheet_for_a_renewal(met):
    g, peer = met
    anchors(g, peer)
    g.start()
    delivered(g, peer)
    renew(peer, "sign")
    refused_signer(g, peer)
    renew(peer, "tls")
    assert send(peer)[1][0] == 0


def refused_signer(g, peer, code="signature.unknown-signer"):
    _, (status, content_type, body) = send(peer)
    assert status == 200
    assert f"Tieline-Fault: {code}" in peer.receipt(content_type, body)


def test_renewed_certificates_need_no_new_sheet(chained):
    g, peer = chained
    delivered(g, peer)
    for use in ("tls", "sign"):
        renew(peer, use)
    delivered(g, peer)
    reload(g)
    delivered(g, peer)
    g.stop()
    der = openssl("x509", "-in", peer.path("sign.pem"), "-outform", "DER")
    with contextlib.closing(sqlite3.connect(f"{g.home}/ledger/ledger.db")) as ledger:
        signers = [row[0] for row in ledger.execute("SELECT signer FROM message ORDER BY row")]
    assert signers[1:] == [hashlib.sha256(der).digest()] * 2 and signers[0] != signers[1]


def test_a_renewed_server_is_delivered_to(chained, tmp_path):
    g, peer = chained
    renew(peer, "tls")
    renew(peer, "sign")

    def answer(p, path, headers, body):
        content_type, out = p.report(headers["Message-ID"].strip("<>"), p.mic(p.open(body)))
        return 200, content_type, out
    peer.serve(answer)
    message_id = g.send_id(peer.id, "billing", write(tmp_path / "d", b"secret"))
    wait_until(lambda: g.show(message_id)["state"] == "delivered")


def test_another_name_of_the_same_authority_is_a_stranger(chained):
    g, peer = chained
    peer.name = "Somebody Else"
    renew(peer, "tls")
    at = g.mark()
    assert send(peer)[1][0] == 0
    g.wait_log("tls-refused.*no partner has a certificate of this name", at)


def test_another_authority_of_the_same_name_is_a_stranger(chained):
    g, peer = chained
    peer._root()
    renew(peer, "tls")
    at = g.mark()
    assert send(peer)[1][0] == 0
    g.wait_log("tls-refused.*vouched=", at)


def test_another_authority_cannot_sign_either(chained, world):
    g, peer = chained
    peer._root()
    renew(peer, "sign")
    _, (status, content_type, body) = send(peer)
    assert status == 200
    assert "Tieline-Fault: chain." in peer.receipt(content_type, body)


def test_the_sheet_alone_is_not_enough(met):
    """Certificates that are listed but not of these authorities are refused."""
    g, peer = met
    other = Peer(os.path.dirname(g.home), "1", "Other")
    g.run("partner", "anchors", peer.id, other.path("root.pem"))
    trust(g, peer)
    g.start()
    assert send(peer)[1][0] == 0
    g.wait_log("tls-refused")


# --- the files ---

def test_anchors_are_checked_when_given(met):
    g, peer = met
    assert "not the certificate of an authority" in anchors(g, peer, "sign.pem", check=3).stderr
    assert "no partner" in g.run("partner", "anchors", "999", peer.path("root.pem"), check=None).stderr
    assert "mode: chain" in anchors(g, peer).stderr
    g.run("partner", "remove", peer.id)
    assert not os.path.exists(f"{g.home}/partners/{peer.id}")


def test_a_reload_without_anchors_changes_nothing(met):
    g, peer = met
    g.start()
    trust(g, peer)
    at = g.mark()
    os.kill(g.process.pid, 1)
    g.wait_log("anchors.missing", at)
    delivered(g, peer)


# --- revocation ---

def with_list(g, peer, *revoked, **more):
    g.run("partner", "lists", peer.id, revocation_list(peer, *revoked, **more))


@pytest.fixture
def listed(met):
    g, peer = met
    anchors(g, peer)
    trust(g, peer, "mode: chain")
    with_list(g, peer)
    return g, peer


def test_a_good_list_is_named_with_the_message(listed):
    g, peer = listed
    g.start()
    message = delivered(g, peer)
    assert message["fault"] is None
    assert "revocation good: list of CN=Independent Peer root,O=Independent Peer of 20" in message["events"][0]["detail"]
    states = g.json("status")["revocation"]
    assert [row["state"] for row in states] == ["good"]


def test_a_revoked_signer_is_refused(listed):
    g, peer = listed
    with_list(g, peer, "sign")
    g.start()
    _, (status, content_type, body) = send(peer)
    assert status == 200
    assert "Tieline-Fault: chain.revoked" in peer.receipt(content_type, body)


def test_a_revoked_connection_is_refused_also_after_a_reload(listed):
    g, peer = listed
    g.start()
    delivered(g, peer)
    at = g.mark()
    with_list(g, peer, "tls")
    g.wait_log("reloaded", at)
    assert send(peer)[1][0] == 0
    g.wait_log("tls-refused.*revoked", at)


def test_nothing_is_sealed_to_a_revoked_certificate(listed, tmp_path):
    g, peer = listed
    with_list(g, peer, "encrypt")
    g.start()
    done = g.send(peer.id, "billing", write(tmp_path / "d", b"secret"), check=None)
    assert done.returncode != 0 and "revoked" in done.stderr


def test_an_older_list_is_not_put_in_the_place_of_a_newer_one(listed):
    """Whatever day it says: the number counts (RFC 5280 5.2.3)."""
    g, peer = listed
    with_list(g, peer, "sign", number="0100")
    path = f"{g.home}/partners/{peer.id}/revoked.crl"
    before = open(path, "rb").read()
    now = datetime.datetime.now(datetime.timezone.utc)
    refused = g.run("partner", "lists", peer.id, revocation_list(peer, since=now, number="FF"), check=INPUT)
    assert "by its number" in refused.stderr and "lists.older" in refused.stderr
    assert open(path, "rb").read() == before
    with_list(g, peer, number="0101")
    assert open(path, "rb").read() != before


@pytest.mark.parametrize("outage", ["missing", "stale", "html", "huge", "foreign"])
def test_complaint_4_an_outage_is_no_revocation(listed, outage):
    """Closed areas wait, open ones go on, nobody is called revoked; status says what is the matter."""
    g, peer = listed
    path = f"{g.home}/partners/{peer.id}/revoked.crl"
    long_ago = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    if outage == "missing":
        os.remove(path)
    elif outage == "stale":
        write(path, open(revocation_list(peer, since=long_ago), "rb").read())
    elif outage == "html":
        write(path, b"<html>503 Service Unavailable</html>")
    elif outage == "huge":
        write(path, b"-----BEGIN X509 CRL-----\n" * (1 << 16))
    else:
        key = peer.path("root.key"), peer.path("root.pem")
        saved = [open(k, "rb").read() for k in key]
        peer._root()
        with_list(g, peer, "sign")
        for name, content in zip(key, saved):
            write(name, content)
    edit(g, peer.id, r"^(  outage: .*) }", r"\1, when-unknown: open }")
    g.start()
    message_id, (status, _, _) = send(peer, "billing")
    assert status == 503
    g.wait_log("revocation-unknown.*area=billing")
    message = delivered(g, peer, "outage")
    assert message["events"][0]["detail"].startswith("revocation unknown: CN=sign,O=Independent Peer: ")
    assert [(f["code"], f["count"]) for f in g.json("status")["tolerated"]] == [("revocation.unknown", 1)]
    assert [m for m in g.inbox() if m["state"] == "rejected"] == []
    states = [row["state"] for row in g.json("status")["revocation"]]
    state = {"missing": "MISSING", "stale": "STALE", "foreign": "good"}.get(outage, "UNREADABLE")
    assert states == [state]
    if state != "good":
        g.wait_log(f"revocation-list partner={peer.id} state={state}")
    at = g.mark()
    with_list(g, peer)
    g.wait_log("reloaded", at)
    delivered(g, peer, "billing")
