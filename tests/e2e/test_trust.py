# SPDX-License-Identifier: Apache-2.0
"""Who may say what: every lie is refused with a fault code that both sides keep."""
import base64
import hashlib
import json
import os
import quopri
import re
import signal
import socket
import threading
import time

import pytest

from gateway import DONE, INPUT, LATE, LIMIT, REFUSED, TRUST, rewrite, tieline, wait_until, write
from peer import Peer, openssl


@pytest.fixture
def met(world):
    g = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(world.path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    g.start()
    yield g, peer
    peer.close()


def reload(gateway):
    at = gateway.mark()
    os.kill(gateway.process.pid, signal.SIGHUP)
    gateway.wait_log("reloaded", at)


def edit(gateway, other_id, pattern, replacement):
    path = f"{gateway.home}/partners/{other_id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    changed = re.sub(pattern, replacement, text, flags=re.M)
    assert changed != text, text
    with open(path, "w") as f:
        f.write(changed)


def refused(g, peer, answer, code):
    """A signed refusal that carries the code, and a record of it on our side; nothing in the inbox."""
    status, content_type, body = answer
    assert status == 200, (status, body, peer.curl_error)
    report = peer.receipt(content_type, body)
    assert f"Tieline-Fault: {code}" in report, report
    assert re.search(r"Disposition: automatic-action/MDN-sent-automatically; (processed/error|failed)", report, re.I), report
    records = [m for m in g.inbox() if m["state"] == "rejected"]
    assert records and records[-1]["fault"]["code"] == code
    assert not [m for m in g.inbox() if m["state"] == "received"]
    return report


# --- the connection ---

def test_an_unknown_certificate_is_closed_before_any_body(met, world):
    g, peer = met
    stranger = Peer(str(world.path), "999", "Stranger")
    stranger.knows(g)
    message_id, _, body = stranger.message(b"x", "billing")
    at = g.mark()
    status, _, _ = stranger.post("billing", stranger.headers(message_id), body)
    assert status == 0
    g.wait_log("handshake", at)
    assert g.inbox() == []


def test_no_certificate_at_all(met):
    g, peer = met
    message_id, _, body = peer.message(b"x", "billing")
    assert peer.post("billing", peer.headers(message_id), body, tls=None)[0] == 0
    assert g.inbox() == []


def test_older_tls_is_refused(met):
    g, peer = met
    status, _, _ = peer.post("billing", {}, b"x", "tls", "--tls-max", "1.2")
    assert status == 0


def test_a_flood_of_bad_handshakes_is_a_few_lines(met):
    """Ten in ten seconds are told: nobody who only reaches the port fills our disk."""
    g, peer = met
    began = time.monotonic()
    for _ in range(40):  # more would be shed before they begin
        with socket.create_connection(("127.0.0.1", g.port), LIMIT) as line:
            line.settimeout(LIMIT)
            line.sendall(b"no TLS at all\r\n\r\n")
            while line.recv(4096):
                pass
    message_id, _, body = peer.message(b"x", "billing")
    assert peer.post("/exchange/billing", peer.headers(message_id), body)[0] == 200
    periods = (time.monotonic() - began) // 10 + 1
    assert 0 < len(g.logged(" tls-refused ")) <= 10 * periods


def test_the_signing_certificate_does_not_open_the_door(met):
    g, peer = met
    assert peer.post("billing", {}, b"x", tls="sign")[0] == 0


def test_a_gateway_refuses_a_server_it_does_not_know(world, tmp_path):
    """The partner's address answers with another certificate: nothing is sent, and it is tried again later."""
    g = world.gateway("Utility", "007909411", "utility")
    peer, thief = Peer(str(world.path)), Peer(str(world.path), "666", "Thief")
    peer.knows(g)
    thief.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    thief.port = peer.port
    thief.serve(lambda *a: (200, "text/plain", b""))
    g.start()
    message_id = g.send_id(peer.id, "billing", write(tmp_path / "d", b"secret"))
    wait_until(lambda: g.show(message_id)["state"] == "deferred")
    fault = g.show(message_id)["fault"]
    assert fault["code"] == "courier.tls" and "not one of the partner's sheet: SHA-256 " in fault["text"]
    shown = openssl("x509", "-in", thief.path("tls.pem"), "-noout", "-fingerprint", "-sha256").decode().strip()
    assert shown.partition("=")[2].replace(":", "").lower() in fault["text"]
    assert thief.requests == []
    thief.close()


# --- the head ---

@pytest.mark.parametrize("changes,code", [
    (dict(AS2_From="829517388"), "as2.from"),
    (dict(AS2_To="829517388"), "as2.to"),
])
def test_names_that_are_not_theirs(met, changes, code):
    g, peer = met
    message_id, _, body = peer.message(b"x", "billing")
    refused(g, peer, peer.post("billing", peer.headers(message_id, **changes), body), code)


@pytest.mark.parametrize("changes", [dict(AS2_From=None), dict(AS2_To=None), dict(Message_ID=None), dict(Message_ID="<>"),
                                     dict(Message_ID="<a b>"), dict(AS2_Version="2.0")])
def test_heads_that_do_not_hold(met, changes):
    g, peer = met
    message_id, _, body = peer.message(b"x", "billing")
    status, _, answer = peer.post("billing", peer.headers(message_id, **changes), body)
    assert status in (200, 400), answer
    assert not [m for m in g.inbox() if m["state"] == "received"]


@pytest.mark.parametrize("path,method,status", [("/", "POST", 404), ("/exchange/gossip", "POST", 404), ("/exchange/billing/../outage", "POST", 404),
                                                ("/exchange/billing", "GET", 405), ("/exchange/billing", "DELETE", 405)])
def test_other_places_and_methods(met, path, method, status):
    g, peer = met
    answer = peer.post(path, {}, b"", "tls", "--path-as-is", "-X", method)
    assert answer[0] == status


# --- the body ---

def test_a_message_in_another_lane_than_it_says(met):
    g, peer = met
    message_id, _, body = peer.message(b"x", "billing")
    refused(g, peer, peer.post("outage", peer.headers(message_id), body), "as2.area.mismatch")


def test_a_message_without_its_area(met):
    g, peer = met
    part = peer.part(b"x", "billing", "no-area@peer", Tieline_Area=None)
    body = peer.seal(peer.signed(part, peer.sign(part)))
    refused(g, peer, peer.post("billing", peer.headers("no-area@peer"), body), "as2.area.missing")


@pytest.mark.parametrize("inner", [dict(Tieline_To="829517388"), dict(Tieline_From="829517388"), dict(Tieline_Message_ID="<other@peer>")])
def test_a_message_that_was_meant_for_another(met, inner):
    g, peer = met
    part = peer.part(b"x", "billing", "moved@peer", **inner)
    body = peer.seal(peer.signed(part, peer.sign(part)))
    refused(g, peer, peer.post("billing", peer.headers("moved@peer"), body), "as2.binding.mismatch")


def test_complaint_56_content_changed_after_it_was_signed(met):
    g, peer = met
    part = peer.part(b"pay 1", "billing", "changed@peer")
    signature = peer.sign(part)
    body = peer.seal(peer.signed(part.replace(b"pay 1", b"pay 9"), signature))
    report = refused(g, peer, peer.post("billing", peer.headers("changed@peer"), body), "signature.digest")
    assert "integrity-check-failed" in report


def came(g, message_id, check=0):
    return g.run("get", message_id, "--as-it-came", text=False, check=check).stdout


def test_complaint_56_what_could_not_be_opened_is_kept_as_it_came(met, tmp_path):
    """Head and body, for some days, and with its digest in the history: enough for other software, and for the partner's people."""
    g, peer = met
    part = peer.part(b"pay 1", "billing", "came@peer")
    sealed = peer.seal(peer.signed(part.replace(b"pay 1", b"pay 9"), peer.sign(part)))
    refused(g, peer, peer.post("billing", peer.headers("came@peer"), sealed), "signature.digest")
    head, _, body = came(g, "came@peer").partition(b"\r\n\r\n")
    assert body == sealed and b"message-id: <came@peer>" in head.lower() and b"content-type: application/pkcs7-mime" in head.lower()
    kept, = [e for e in g.show("came@peer")["events"] if e["what"] == "kept"]
    assert hashlib.sha256(head + b"\r\n\r\n" + body).hexdigest() in kept["detail"] and kept["detail"].startswith("until 20")
    assert g.run("fsck").returncode == 0
    # What was opened and then refused says why by itself, and what is accepted is there as what it is.
    rewrite(f"{g.home}/partners/{peer.id}/agreement.yaml", (r"^media-types: .*", "media-types: [ image/png ]"))
    reload(g)
    part = peer.part(b"x", "billing", "type@peer")
    refused(g, peer, peer.post("billing", peer.headers("type@peer"), peer.seal(peer.signed(part, peer.sign(part)))), "agreement.media-type")
    part = peer.part(b"x", "billing", "good@peer", "image/png")
    assert peer.post("billing", peer.headers("good@peer"), peer.seal(peer.signed(part, peer.sign(part))))[0] == 200
    for message_id in ("type@peer", "good@peer"):
        came(g, message_id, check=INPUT)
        assert not [e for e in g.show(message_id)["events"] if e["what"] == "kept"]


def test_who_wants_nothing_kept_says_so(met):
    g, peer = met
    rewrite(f"{g.home}/tieline.yaml", (r"^keep-failed: 7d", "keep-failed: 0s"))
    reload(g)
    refused(g, peer, peer.post("billing", peer.headers("rubbish@peer"), b"rubbish"), "sealing.syntax")
    came(g, "rubbish@peer", check=INPUT)
    assert "kept" not in [e["what"] for e in g.show("rubbish@peer")["events"]]


def test_signed_by_a_key_that_is_not_in_the_sheet(met):
    g, peer = met
    part = peer.part(b"x", "billing", "other-key@peer")
    body = peer.seal(peer.signed(part, peer.sign(part, signer="tls")))
    report = refused(g, peer, peer.post("billing", peer.headers("other-key@peer"), body), "signature.unknown-signer")
    assert "authentication-failed" in report


def test_not_signed(met):
    g, peer = met
    body = peer.seal(peer.part(b"x", "billing", "unsigned@peer"))
    report = refused(g, peer, peer.post("billing", peer.headers("unsigned@peer"), body), "as2.signature.missing")
    assert "insufficient-message-security" in report


def test_not_sealed(met):
    g, peer = met
    part = peer.part(b"x", "billing", "plain@peer")
    head, _, body = peer.signed(part, peer.sign(part)).partition(b"\r\n\r\n")
    headers = peer.headers("plain@peer", Content_Type=head.decode().partition(": ")[2])
    refused(g, peer, peer.post("billing", headers, body), "as2.encryption.missing")


def test_sealed_body_tampered_with(met):
    g, peer = met
    message_id, part, _ = peer.message(b"x" * 500, "billing")
    body = peer.seal(peer.signed(part, peer.sign(part)), stream=False)
    for at in (len(body) - 1, len(body) - 200):  # the authentication tag, the content
        broken = bytearray(body)
        broken[at] ^= 1
        report = refused(g, peer, peer.post("billing", peer.headers(message_id), bytes(broken)), "sealing.decrypt")
        assert "decryption-failed" in report


def test_complaint_24_a_refused_id_may_be_used_again_once_the_message_is_right(met):
    g, peer = met
    message_id, part, _ = peer.message(b"second time right", "billing")
    body = peer.seal(peer.signed(part, peer.sign(part)), stream=False)
    assert peer.post("billing", peer.headers(message_id), body[:-1] + bytes([body[-1] ^ 1]))[0] == 200
    status, content_type, answer = peer.post("billing", peer.headers(message_id), body)
    assert "; processed\r\n" in peer.receipt(content_type, answer)
    assert g.document(message_id) == b"second time right"


def test_cbc_without_agreement(met):
    g, peer = met
    part = peer.part(b"x", "billing", "cbc@peer")
    body = peer.seal(peer.signed(part, peer.sign(part)), cipher="-aes-256-cbc")
    headers = peer.headers("cbc@peer", Content_Type="application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m")
    refused(g, peer, peer.post("billing", headers, body), "sealing.algorithm")


@pytest.mark.parametrize("body", [b"", b"\0" * 40, b"\x30\x80" * 2000, b"--\r\n" * 50])
def test_bodies_that_are_nothing(met, body):
    g, peer = met
    status, content_type, answer = peer.post("billing", peer.headers("junk@peer"), body)
    assert status == 200 and "Tieline-Fault: " in peer.receipt(content_type, answer)
    assert [m["state"] for m in g.inbox()] == ["rejected"]


@pytest.mark.parametrize("said,name", [
    ("filename*=windows-1251''%D1%F7%B8%F2.xml", "\u0421\u0447\u0451\u0442.xml"),
    ('filename="=?windows-1250?Q?=A3=F3d=9F?=.xml"', "\u0141\u00f3d\u017a.xml"),
    ("filename*=Shift_JIS''%83e%83X%83g.txt", "Shift_JIS''%83e%83X%83g.txt")])
def test_a_name_in_another_charset_is_kept(met, said, name):
    g, peer = met
    part = peer.part(b"x", "billing", "name@peer", Content_Disposition=f"attachment; {said}")
    peer.post("billing", peer.headers("name@peer"), peer.seal(peer.signed(part, peer.sign(part))))
    assert g.show("name@peer")["filename"] == name


def test_no_digest_we_support(met):
    g, peer = met
    message_id, _, body = peer.message(b"x", "billing")
    headers = peer.headers(message_id, Disposition_Notification_Options=
                           "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, md5, sha1")
    report = refused(g, peer, peer.post("billing", headers, body), "as2.mic.algorithm")
    assert "unsupported MIC-algorithms" in report


@pytest.mark.parametrize("options,code", [
    ("signed-receipt-protocol=required, pgp-signature; signed-receipt-micalg=required, sha-256", "as2.receipt.protocol"),
    ("signed-receipt-protocol=required, pkcs7-signature; x-colour=required, blue", "as2.receipt.option")])
def test_what_is_required_of_a_receipt_is_done_or_refused(met, options, code):
    """RFC 4130 7.5.2, RFC 8098 2.2: nothing else may be said than that it failed."""
    g, peer = met
    message_id, _, body = peer.message(b"x", "billing")
    report = refused(g, peer, peer.post("billing", peer.headers(message_id, Disposition_Notification_Options=options), body), code)
    assert "; failed/failure: unsupported format\r\n" in report


# --- the agreement ---

def test_an_area_that_was_not_agreed(world, tmp_path):
    u = world.gateway("Utility", "007909411", "utility")
    a = world.gateway("Aggregator", "829517388", "aggregator")
    u.knows(a)
    a.knows(u, "--areas", "billing,outage")
    u.start()
    a.start()
    path = write(tmp_path / "d", b"x")
    result = u.send(a, "availability", path, "--wait", check=REFUSED)
    assert "agreement.area" in result.stderr
    message_id = result.stdout.strip()
    assert u.show(message_id)["state"] == "refused" and u.show(message_id)["fault"]["code"] == "agreement.area"
    assert a.show(message_id)["state"] == "rejected" and a.show(message_id)["fault"]["code"] == "agreement.area"
    receipt = tmp_path / "refusal"
    u.run("receipt", message_id, "-o", receipt)
    assert b"Tieline-Fault: agreement.area" in open(receipt, "rb").read()
    assert "agreement.area" in a.send(u, "availability", path, check=TRUST).stderr


def test_larger_than_agreed(world, tmp_path):
    u, a = world.pair()
    agreement = f"{a.home}/partners/{u.id}/agreement.yaml"
    text = open(agreement).read()
    open(agreement, "w").write(re.sub(r"size: [^ ,}]+", "size: 10KiB", text))
    u.start()
    a.start()
    big = write(tmp_path / "big", os.urandom(200000))
    result = u.send(a, "billing", big, "--wait", check=REFUSED)
    assert "agreement.size" in result.stderr
    slightly = write(tmp_path / "slightly", os.urandom(10241))
    assert "agreement.size" in u.send(a, "billing", slightly, "--wait", check=REFUSED).stderr
    fits = write(tmp_path / "fits", os.urandom(10240))
    u.send(a, "billing", fits, "--wait")
    assert "agreement.size" in a.send(u, "billing", slightly, check=INPUT).stderr


def test_a_media_type_that_was_not_agreed(world, tmp_path):
    u, a = world.pair()
    with open(f"{a.home}/partners/{u.id}/agreement.yaml") as f:
        text = f.read()
    text = "".join(line for line in text.splitlines(True) if not line.startswith("media-types"))
    with open(f"{a.home}/partners/{u.id}/agreement.yaml", "w") as f:
        f.write(text + '\nmedia-types: [ "application/json" ]\n')
    u.start()
    a.start()
    path = write(tmp_path / "d", b"x")
    assert "agreement.media-type" in u.send(a, "billing", path, "--type", "text/plain", "--wait", check=REFUSED).stderr
    u.send(a, "billing", path, "--type", "application/json", "--wait")


def test_an_agreement_withdrawn_while_running(pair, tmp_path):
    u, a = pair
    path = write(tmp_path / "d", b"x")
    u.send(a, "billing", path, "--wait")
    at = a.mark()
    a.run("partner", "remove", u.id)
    a.wait_log("reloaded", at)
    message_id = u.send_id(a, "billing", path, "--deadline", "20s")
    wait_until(lambda: u.show(message_id)["state"] in ("deferred", "expired"))
    assert len(a.inbox()) == 1


def test_a_suspended_partner(pair, tmp_path):
    u, a = pair
    edit(u, a.id, r"^suspended: false", "suspended: true")
    reload(u)
    assert "agreement.suspended" in u.send(a, "billing", write(tmp_path / "d", b"x"), check=TRUST).stderr


# --- receipts ---

def lying(peer, how):
    def answer(peer, path, headers, body):
        part = peer.open(body)
        message_id = headers["Message-ID"].strip("<>")
        return how(peer, message_id, peer.mic(part))
    return answer


def tampered(peer, message_id, mic):
    content_type, body = peer.report(message_id, mic)
    return 200, content_type, body.replace(b"received", b"recEived")


def for_another(peer, message_id, mic):
    return 200, *peer.report("another@utility", mic)


def without_mic(peer, message_id, mic):
    return 200, *peer.report(message_id, None)


def unsigned(peer, message_id, mic, **changes):
    """The report alone, which anybody can make."""
    _, body = peer.report(message_id, mic, **changes)
    head, _, report = body[body.index(b"Content-Type: multipart/report"):].partition(b"\r\n\r\n")
    return 200, head.decode().partition(": ")[2], report


def nothing(peer, message_id, mic):
    return 200, "text/html", b"<html>ok</html>"


def bad_gateway(peer, message_id, mic):
    return 502, "text/html", b"<html>Bad Gateway</html>"


def huge(peer, message_id, mic):
    return 200, "multipart/signed; boundary=x", b"x" * 1000000


@pytest.mark.parametrize("how", [tampered, for_another, without_mic, unsigned, nothing, bad_gateway, huge])
def test_an_answer_without_a_valid_receipt_is_tried_again(met, tmp_path, how):
    """Pains 21: and the retry is the same bytes under the same Message-ID (promise 3)."""
    g, peer = met
    liar = {"times": 0}

    def answer(peer, path, headers, body):
        liar["times"] += 1
        if liar["times"] == 1:
            return lying(peer, how)(peer, path, headers, body)
        return lying(peer, lambda p, i, mic: (200, *p.report(i, mic)))(peer, path, headers, body)

    peer.serve(answer)
    message_id = g.send_id(peer.id, "outage", write(tmp_path / "d", b"x"), "--wait")
    assert g.show(message_id)["attempts"] == 2
    assert "deferred" in [e["what"] for e in g.show(message_id)["events"]]
    first, second = peer.requests
    assert first[2] == second[2] and first[1]["Message-ID"] == second[1]["Message-ID"]


@pytest.mark.parametrize("how", [tampered, unsigned, nothing])
def test_complaint_56_an_answer_that_is_no_receipt_is_kept_as_it_came(met, tmp_path, how):
    """The first one, while the message is tried again and when it is delivered; of one that got its receipt there is nothing."""
    g, peer = met
    answers = []

    def first(p, message_id, mic):
        answers.append(how(p, message_id, mic) if not answers else (200, *p.report(message_id, mic)))
        return answers[-1]

    peer.serve(lying(peer, first))
    message_id = g.send_id(peer.id, "outage", write(tmp_path / "d", b"x"), "--wait")
    kept, = [e for e in g.show(message_id)["events"] if e["what"] == "kept"]
    head, _, body = came(g, message_id).partition(b"\r\n\r\n")
    assert head == b"Content-Type: " + answers[0][1].encode() and body == answers[0][2]
    assert hashlib.sha256(head + b"\r\n\r\n" + body).hexdigest() in kept["detail"]
    came(g, g.send_id(peer.id, "outage", write(tmp_path / "d2", b"y"), "--wait"), check=INPUT)


def of_md5(peer, message_id, mic):
    return 200, *peer.report(message_id, "1B2M2Y8AsgTpgAmY7PhCfg==, md5")


def of_sha_1(peer, message_id, mic):
    return 200, *peer.report(message_id, "2jmj7l5rSw0yVb/vlWAYkK/YBwk=, sha1")


@pytest.mark.parametrize("how,code", [(without_mic, "mdn.mic.missing"), (of_md5, "mdn.mic.algorithm"), (of_sha_1, "mdn.mic.algorithm.sha-1")])
def test_what_is_wrong_with_a_digest_is_said(met, tmp_path, how, code):
    g, peer = met
    peer.serve(lying(peer, how))
    late = g.send(peer.id, "outage", write(tmp_path / "d", b"x"), "--deadline", "1s", "--wait", check=LATE)
    assert code in late.stderr


@pytest.mark.parametrize("encode", [(base64.encodebytes, "Base64"), (quopri.encodestring, "quoted-printable")], ids=["base64", "quoted-printable"])
def test_a_receipt_in_base64_or_quoted_printable_is_read(met, tmp_path, encode):
    g, peer = met
    path = write(tmp_path / "d", b"x")
    says = {}
    peer.serve(lying(peer, lambda p, i, mic: (200, *p.report(i, mic, encode=encode, **says))))
    assert g.show(g.send_id(peer.id, "outage", path, "--wait"))["state"] == "delivered"
    says.update(disposition="failed/failure: unsupported format", said="we = cannot read PDF")
    result = g.send(peer.id, "outage", path, "--wait", check=REFUSED)
    assert "failed/failure: unsupported format: we = cannot read PDF" in result.stderr


@pytest.mark.parametrize("fold", [";\r\n\t", ";\r\n "], ids=["tabs", "blanks"])
@pytest.mark.parametrize("before", ["", "\r\n "], ids=["", "from its first line on"])
def test_a_content_type_in_several_lines_is_all_of_it(met, tmp_path, before, fold):
    """As mail folds it; and the preamble that mail has says nothing of the boundary."""
    g, peer = met

    def answer(peer, path, headers, body):
        kind, receipt = peer.report(headers["Message-ID"].strip("<>"), peer.mic(peer.open(body)))
        return 200, before + kind.replace("; ", fold), b"This is a signed message.\r\n\r\n" + receipt

    peer.serve(answer)
    message = g.send_id(peer.id, "billing", write(tmp_path / "d", b"x"), "--wait")
    g.run("receipt", message, "-o", tmp_path / "receipt.eml")
    openssl("cms", "-verify", "-in", tmp_path / "receipt.eml", "-CAfile", peer.path("root.pem"))


@pytest.mark.parametrize("changes,takes", [
    (dict(Final_Recipient=None, Original_Recipient=None), True), (dict(Final_Recipient=None), True), (dict(Final_Recipient="rfc822; 555000222"), False),
    (dict(Final_Recipient="rfc822; edi@peer.example"), False), (dict(Final_Recipient=None, Original_Recipient="rfc822; 555000222"), False)],
    ids=["nobody", "the original one", "another", "an address of mail", "another original one"])
def test_who_signed_a_receipt_need_not_say_it_again_but_nobody_else(met, tmp_path, changes, takes):
    g, peer = met
    peer.serve(lying(peer, lambda p, i, mic: (200, *p.report(i, mic, **changes))))
    sent = g.send(peer.id, "outage", write(tmp_path / "d", b"x"), "--deadline", "1s", "--wait", check=DONE if takes else LATE)
    if not takes:
        said = next(v for v in changes.values() if v).partition("; ")[2]
        assert f"the receipt says that it is of '{said}' (Final-Recipient), want the partner's AS2 name, {peer.id}" in sent.stderr


@pytest.mark.parametrize("changes,takes", [({}, True), (dict(Final_Recipient=None, Original_Recipient=None), False)], ids=["named", "nobody"])
def test_who_does_not_sign_a_receipt_has_to_say_it(met, tmp_path, changes, takes):
    g, peer = met
    edit(g, peer.id, r"receipt: signed", "receipt: unsigned")
    reload(g)
    peer.serve(lying(peer, lambda p, i, mic: unsigned(p, i, mic, **changes)))
    sent = g.send(peer.id, "outage", write(tmp_path / "d", b"x"), "--deadline", "1s", "--wait", check=DONE if takes else LATE)
    assert takes or "neither a signature nor a Final-Recipient says whose the receipt is" in sent.stderr


@pytest.mark.parametrize("mic,is_signed,fault", [(None, False, None), ("right", False, None), ("wrong", False, "as2.mic.mismatch"),
                                                 (None, True, "mdn.mic.missing")])
def test_an_unsigned_receipt_needs_no_digest_where_it_is_agreed(met, tmp_path, mic, is_signed, fault):
    """RFC 4130 7.4.3; OpenAS2's have none. One that is there has to be right, and what is signed has to have one."""
    g, peer = met
    edit(g, peer.id, r"receipt: signed", "receipt: unsigned")
    reload(g)

    def how(peer, message_id, right):
        said = {"right": right, "wrong": peer.mic(b"other"), None: None}[mic]
        return (200, *peer.report(message_id, said)) if is_signed else unsigned(peer, message_id, said)

    peer.serve(lying(peer, how))
    path = write(tmp_path / "d", b"x")
    if fault:
        assert fault in g.send(peer.id, "outage", path, "--deadline", "1s", "--wait", check=None).stderr
    else:
        assert g.show(g.send_id(peer.id, "outage", path, "--wait"))["receipt"] == "unsigned"


def test_a_receipt_for_other_content_is_a_refusal(met, tmp_path):
    g, peer = met
    peer.serve(lying(peer, lambda p, i, mic: (200, *p.report(i, p.mic(b"other")))))
    result = g.send(peer.id, "outage", write(tmp_path / "d", b"x"), "--wait", check=REFUSED)
    assert "as2.mic.mismatch" in result.stderr


def test_a_signed_refusal_is_final(met, tmp_path):
    g, peer = met
    peer.serve(lying(peer, lambda p, i, mic: (200, *p.report(i, None, "processed/error: decryption-failed"))))
    result = g.send(peer.id, "outage", write(tmp_path / "d", b"x"), "--wait", check=REFUSED)
    assert "decryption-failed" in result.stderr
    assert len(peer.requests) == 1


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_plain_no_is_final(met, tmp_path, status):
    g, peer = met
    peer.serve(lambda *a: (status, "text/plain", b"go away"))
    result = g.send(peer.id, "outage", write(tmp_path / "d", b"x"), "--wait", check=REFUSED)
    assert str(status) in result.stderr


@pytest.mark.parametrize("size", [100, 300_000], ids=["small", "large"])
def test_a_plain_no_is_final_without_a_body_and_without_an_end(met, tmp_path, size):
    """Its connection ends with it, without a word of TLS, and some of what we send unread."""
    g, peer = met

    def no(handler):
        handler.wfile.write(b"HTTP/1.1 413 Too Much\r\n\r\n")
        handler.close_connection = True

    peer.serve(None)
    peer.server.RequestHandlerClass.do_POST = no
    result = g.send(peer.id, "outage", write(tmp_path / "d", os.urandom(size)), "--wait", check=REFUSED)
    assert "413" in result.stderr


@pytest.mark.parametrize("status", [201, 202, 400, 403, 404, 500, 503])
def test_a_receipt_counts_under_any_status(met, tmp_path, status):
    """What the partner signed is what it did; the status is for when there is nothing else."""
    g, peer = met
    says = {"disposition": "processed"}
    peer.serve(lying(peer, lambda p, i, mic: (status, *p.report(i, mic, says["disposition"]))))
    message_id = g.send_id(peer.id, "outage", write(tmp_path / "d", b"x"), "--wait")
    assert (g.show(message_id)["attempts"], g.show(message_id)["receipt"]) == (1, "signed")
    says["disposition"] = "processed/error: decryption-failed"
    result = g.send(peer.id, "outage", write(tmp_path / "d", b"x"), "--wait", check=REFUSED)
    assert "decryption-failed" in result.stderr and len(peer.requests) == 2


def test_how_long_an_answer_may_take_is_agreed(met, tmp_path):
    """What is not enough for this partner's software is too long for nobody else."""
    g, peer = met
    edit(g, peer.id, "(?=receipt-delivery: )", "receipt-wait: 2s, ")
    reload(g)
    done = threading.Event()
    peer.serve(lambda p, path, headers, body: (
        done.wait(LIMIT * (len(p.requests) == 1)), (200, *p.report(headers["Message-ID"].strip("<>"), p.mic(p.open(body)))))[1])
    message = g.send_id(peer.id, "billing", write(tmp_path / "d", b"x"))
    assert "fault=courier.timeout" in g.wait_log("message-deferred")
    done.set()
    wait_until(lambda: g.show(message)["state"] == "delivered")


def test_a_warning_is_told(met, tmp_path):
    """RFC 4130 7.5.5: it was processed, and the partner has something to say."""
    g, peer = met
    peer.serve(lying(peer, lambda p, i, mic: (200, *p.report(i, mic, "processed/Warning: authentication-failed, processing continued"))))
    message = g.show(g.send_id(peer.id, "outage", write(tmp_path / "d", b"x"), "--wait"))
    assert (message["state"], message["flag"]["code"]) == ("delivered", "partner.warning")
    assert "processed/Warning: authentication-failed, processing continued: received" in message["flag"]["text"]
    assert [(f["code"], f["count"]) for f in g.json("status")["tolerated"]] == [("partner.warning", 1)]


@pytest.mark.parametrize("status,final", [(200, False), (403, True), (500, False)])
def test_what_is_said_unsigned_is_quoted(met, tmp_path, status, final):
    """It proves nothing, so the status and the schedule decide; but it is why, as far as anybody knows."""
    g, peer = met

    def how(peer, message_id, mic):
        content_type, body = peer.report(message_id, None, "processed/error: unknown-trading-relationship")
        head, _, report = body[body.index(b"Content-Type: multipart/report"):].partition(b"\r\n\r\n")
        return status, head.decode().partition(": ")[2], report

    peer.serve(lying(peer, how))
    result = g.send(peer.id, "outage", write(tmp_path / "d", b"x"), "--deadline", "1s", "--wait", check=REFUSED if final else LATE)
    assert "mdn.unsigned" in result.stderr and "unknown-trading-relationship: received" in result.stderr
    assert (str(status) in result.stderr) == (status != 200)


def test_a_redirect_is_not_followed(met, tmp_path):
    g, peer = met
    elsewhere = f"https://127.0.0.1:{peer.port}/elsewhere"
    peer.serve(lambda *a: (307, "text/plain", b"", ("Location", elsewhere)))
    message_id = g.send_id(peer.id, "outage", write(tmp_path / "d", b"x"))
    wait_until(lambda: g.show(message_id)["state"] in ("deferred", "refused"))
    assert peer.requests and all(path == "/exchange/outage" for path, _, _ in peer.requests)


def test_the_key_exchange_is_post_quantum_where_openssl_has_it(world, tmp_path):
    u, a = world.pair()
    with open(u.home + "/tieline.yaml") as f:
        text = f.read()
    with open(u.home + "/tieline.yaml", "w") as f:
        f.write(text.replace("log: info", "log: debug"))
    u.start()
    a.start()
    u.send(a, "outage", write(tmp_path / "x", b"x"), "--wait")
    has = json.loads(tieline("version", "--json").stdout)["post-quantum"]
    line = u.wait_log("delivery-attempt.*group=")
    assert ("group=X25519MLKEM768" in line) == has, line
