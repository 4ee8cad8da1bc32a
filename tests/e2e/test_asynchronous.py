# SPDX-License-Identifier: Apache-2.0
"""Receipts in a connection of their own, both ways (RFC 4130 7): an independent partner on the other side."""
import base64
import hashlib
import os
import re
import signal
import socket
import subprocess
import threading

import pytest

from gateway import LATE, LIMIT, free_port, wait_until, write
from peer import Peer

DOCUMENT = b"ISA*00*          *00*          *ZZ*UTILITY        ~\r\n" * 9
LARGE = os.urandom(400000)  # more than lies in the database


def edit(gateway, partner_id, pattern, replacement):
    path = f"{gateway.home}/partners/{partner_id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    changed = re.sub(pattern, replacement, text, flags=re.M)
    assert changed != text
    with open(path, "w") as f:
        f.write(changed)
    if gateway.process:
        since = gateway.mark()
        gateway.process.send_signal(signal.SIGHUP)
        gateway.wait_log("reloaded", since)


def as2(gateway, partner_id, words):
    edit(gateway, partner_id, r"^as2: .*$", f"as2: {{ {words} }}")


@pytest.fixture
def met(world):
    """A gateway of ours that asks for receipts later, serving; and an independent peer.  Each knows the other."""
    g = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(world.path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    as2(g, peer.id, "receipt-delivery: asynchronous, receipt-wait: 1s")
    g.start()
    yield g, peer
    peer.close()


def taken(peer, path, headers, body):
    """A partner that takes the bytes and says no more for now."""
    return 204, "text/plain", b""


def messages(peer):
    return [r for r in peer.requests if r[0] != "/receipt"]


def receipts(peer):
    return [r for r in peer.requests if r[0] == "/receipt"]


def receipt_headers(peer, content_type, **changes):
    return peer.headers("receipt-1@peer", Content_Type=content_type, Disposition_Notification_To=None,
                        Disposition_Notification_Options=None, **changes)


def sha_512(part):
    return base64.b64encode(hashlib.sha512(part).digest()).decode() + ", sha-512"


def settle(peer, message_id, mic, to="/receipt", **changes):
    """The peer posts a receipt by itself: (status, type, body) of our answer."""
    content_type, body = peer.report(message_id, mic, **changes)
    return peer.post(to, receipt_headers(peer, content_type), body)


def sent(g, peer, tmp_path, *args, area="billing", wait="awaiting", document=DOCUMENT):
    """A message of ours the peer has taken: (its id, its MIC)."""
    message_id = g.send_id(peer.id, area, write(tmp_path / "d", document), *args)
    wait_until(lambda: g.show(message_id)["state"] == wait)
    return message_id, peer.mic(peer.open(messages(peer)[-1][2]))


def events(g, message_id):
    return [e["what"] for e in g.show(message_id)["events"]]


# --- our messages, their receipts ---


def test_the_receipt_comes_later(met, tmp_path):
    g, peer = met
    peer.serve(taken)
    message_id, mic = sent(g, peer, tmp_path)
    assert messages(peer)[0][1]["Receipt-Delivery-Option"] == f"https://127.0.0.1:{g.port}/receipt"
    status, _, answer = settle(peer, message_id, mic)
    assert (status, answer) == (200, b"")
    message = g.show(message_id)  # durable when the partner has its answer
    assert message["state"] == "delivered" and message["receipt"] == "signed"
    assert events(g, message_id)[-1] == "delivered"
    receipt = tmp_path / "receipt.eml"
    g.run("receipt", message_id, "-o", receipt)
    assert b"Received-Content-MIC: " + mic.encode() in receipt.read_bytes()


def test_a_partner_that_answers_at_once_has_answered(met, tmp_path):
    g, peer = met

    def answer(peer, path, headers, body):
        message_id = headers["Message-ID"].strip("<>")
        content_type, report = peer.report(message_id, peer.mic(peer.open(body)))
        return 200, content_type, report
    peer.serve(answer)
    message_id = g.send_id(peer.id, "billing", write(tmp_path / "d", DOCUMENT), "--wait")
    assert g.show(message_id)["state"] == "delivered" and len(peer.requests) == 1


@pytest.mark.parametrize("status,body", [(200, b""), (202, b"queued"), (200, b"thank you")])
def test_any_good_status_means_bytes_taken(met, tmp_path, status, body):
    g, peer = met
    peer.serve(lambda *_: (status, "text/plain", body))
    message_id, mic = sent(g, peer, tmp_path)
    assert settle(peer, message_id, mic)[0] == 200 and g.show(message_id)["state"] == "delivered"


def test_sending_waits_for_the_receipt_and_not_for_the_answer(met, tmp_path):
    g, peer = met
    peer.serve(taken)
    sending = threading.Thread(target=g.send, args=(peer.id, "billing", write(tmp_path / "d", DOCUMENT), "--wait"))
    sending.start()
    message = wait_until(lambda: next(iter(g.outbox()), None))
    wait_until(lambda: g.show(message["message-id"])["state"] == "awaiting")
    assert sending.is_alive()
    assert settle(peer, message["message-id"], message["mic"])[0] == 200
    sending.join(LIMIT)
    assert not sending.is_alive()


def test_a_partner_that_never_sends_one_gets_the_same_again_until_it_is_late(met, tmp_path):
    g, peer = met
    peer.serve(taken)
    result = g.send(peer.id, "billing", write(tmp_path / "d", DOCUMENT), "--deadline", "6s", "--wait", check=LATE)
    message_id = result.stdout.strip()
    assert len(messages(peer)) >= 2
    assert len({(r[1]["Message-ID"], r[1]["Date"], r[2]) for r in messages(peer)}) == 1
    message = g.show(message_id)
    assert message["state"] == "expired" and message["attempts"] == len(messages(peer))
    assert message["events"][-1]["detail"] == "the partner took it and sent no receipt"
    # Late proof is proof.
    assert settle(peer, message_id, message["mic"])[0] == 200
    assert g.show(message_id)["state"] == "delivered"


def test_a_receipt_that_comes_again_settles_nothing_twice(met, tmp_path):
    g, peer = met
    peer.serve(taken)
    message_id, mic = sent(g, peer, tmp_path)
    content_type, body = peer.report(message_id, mic)
    first = peer.post("/receipt", receipt_headers(peer, content_type), body)
    settled = g.show(message_id)["settled"]
    again = [peer.post("/receipt", receipt_headers(peer, content_type), body) for _ in range(3)]
    refusal = settle(peer, message_id, None, disposition="processed/error: authentication-failed")
    assert first[0] == 200 and all(a == first for a in again) and refusal[0] == 200
    message = g.show(message_id)
    assert (message["state"], message["settled"]) == ("delivered", settled)
    assert events(g, message_id)[-2:] == ["delivered", "late-news"]


def test_a_refusal_comes_later_too(met, tmp_path):
    g, peer = met
    peer.serve(taken)
    message_id, _ = sent(g, peer, tmp_path)
    assert settle(peer, message_id, None, disposition="processed/error: authentication-failed")[0] == 200
    message = g.show(message_id)
    assert message["state"] == "refused" and message["fault"]["code"] == "partner.refused"


def test_a_receipt_for_other_bytes_refuses(met, tmp_path):
    g, peer = met
    peer.serve(taken)
    message_id, _ = sent(g, peer, tmp_path)
    assert settle(peer, message_id, peer.mic(b"something else"))[0] == 200
    message = g.show(message_id)
    assert message["state"] == "refused" and message["fault"]["code"] == "as2.mic.mismatch"


def test_a_digest_is_made_again_for_the_first_word_alone(met, tmp_path):
    """By the partner's other algorithm; whoever says it again, or otherwise, costs nobody the digesting of a large part."""
    g, peer = met
    peer.serve(taken)
    taken_by = {}
    for name, said in (("sha-512", sha_512), ("of other bytes", lambda part: sha_512(part + b"x"))):
        message_id, _ = sent(g, peer, tmp_path, document=LARGE)
        taken_by[name] = message_id, said(peer.open(messages(peer)[-1][2]))
        assert settle(peer, *taken_by[name])[0] == 200
    assert {n: g.show(m)["state"] for n, (m, _) in taken_by.items()} == {"sha-512": "delivered", "of other bytes": "refused"}
    spools = os.listdir(g.home + "/ledger/spool")
    assert len(spools) == 2
    for name in spools:
        os.unlink(f"{g.home}/ledger/spool/{name}")
    since = g.mark()
    for message_id, mic_ in taken_by.values():
        for digest in (mic_, sha_512(b"other bytes")):
            assert settle(peer, message_id, digest)[0] == 200
            assert events(g, message_id)[-1] == "late-news"
    assert not [line for line in g.lines[since:] if "receipt-uncompared" in line or "ledger-failed" in line]


@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_where_the_part_cannot_be_read_its_receipt_holds_up_nobody(met, tmp_path, damage):
    """Another digest than ours is then of nothing that is known; the batch of all others is not given up for it."""
    g, peer = met
    peer.serve(taken)
    message_id, _ = sent(g, peer, tmp_path, document=LARGE)
    digest = sha_512(peer.open(messages(peer)[-1][2]))
    name, = os.listdir(g.home + "/ledger/spool")
    if damage == "gone":
        os.unlink(f"{g.home}/ledger/spool/{name}")
    else:
        os.truncate(f"{g.home}/ledger/spool/{name}", 70000)
    since = g.mark()
    assert settle(peer, message_id, digest)[0] == 200
    shown = g.show(message_id)
    assert shown["state"] == "refused" and shown["fault"]["code"] == "as2.mic.mismatch"
    assert message_id in g.wait_log("receipt-uncompared", since)
    assert not [line for line in g.lines[since:] if "ledger-failed" in line]


def test_what_proves_nothing_is_refused_for_good(met, world, tmp_path):
    """Forged, unmatched, damaged, unsigned: a 4xx that nobody repeats, and the message goes on waiting."""
    g, peer = met
    as2(g, peer.id, "receipt-delivery: asynchronous, receipt-wait: 1h")
    other = Peer(str(world.path), party_id="555000222", name="Another Peer")
    other.knows(g)
    g.run("partner", "add", other.sheet(), "--fingerprint", other.fingerprint())
    since = g.mark()
    g.process.send_signal(signal.SIGHUP)
    g.wait_log("reloaded", since)
    peer.serve(taken)
    message_id, mic = sent(g, peer, tmp_path)
    forged_type, forged = other.report(message_id, mic, Final_Recipient=f"rfc822; {peer.id}")
    good_type, good = peer.report(message_id, mic)
    inner = good[good.index(b"Content-Type: multipart/report"):]
    plain_type, plain = inner.partition(b"\r\n\r\n")[0].decode().partition(": ")[2], inner.partition(b"\r\n\r\n")[2]
    attempts = [
        ("signed by another partner", peer.post("/receipt", receipt_headers(peer, forged_type), forged), 403, "signature."),
        ("another partner's own word", settle(other, message_id, mic), 404, "mdn.unmatched"),
        ("no message of that name", settle(peer, "never@sent", mic), 404, "mdn.unmatched"),
        ("a changed byte", peer.post("/receipt", receipt_headers(peer, good_type), good.replace(b"; processed", b"; processeD", 1)),
         400, "signature."),
        ("not signed", peer.post("/receipt", receipt_headers(peer, plain_type), plain), 403, "mdn.unsigned"),
        ("for another's mouth", settle(peer, message_id, mic, Final_Recipient="rfc822; 555000222"), 403, "mdn.other-recipient"),
        ("without a digest", settle(peer, message_id, None), 400, "mdn.mic.missing"),
        ("under another's name", peer.post("/receipt", receipt_headers(peer, good_type, AS2_From=other.id), good), 403, "as2.from"),
        ("to somebody else", peer.post("/receipt", receipt_headers(peer, good_type, AS2_To="else"), good), 403, "as2.to"),
        ("no receipt at all", peer.post("/receipt", receipt_headers(peer, "text/plain"), b"hello"), 403, "mdn.unsigned"),
        ("too much", peer.post("/receipt", receipt_headers(peer, good_type), good + b"x" * 70000), 413, "mdn.size"),
    ]
    for name, (status, _, answer), want, code in attempts:
        assert status == want and answer.startswith(code.encode()), (name, status, answer)
    assert g.show(message_id)["state"] == "awaiting"
    assert g.logged("receipt-unmatched .*mdn.unmatched") and g.logged("receipt-invalid .*signature")
    assert settle(peer, message_id, mic)[0] == 200 and g.show(message_id)["state"] == "delivered"


def test_a_receipt_where_messages_go_is_known_by_its_type(met, tmp_path):
    g, peer = met
    peer.serve(taken)
    message_id, mic = sent(g, peer, tmp_path)
    status, _, answer = settle(peer, "never@sent", mic, to="/exchange/billing")
    assert status == 404 and answer.startswith(b"mdn.unmatched")
    status, _, answer = settle(peer, message_id, mic, to="/exchange/billing")
    assert (status, answer) == (200, b"")
    assert g.show(message_id)["state"] == "delivered" and g.inbox() == []


def test_a_receipt_may_overtake_the_answer(met, tmp_path):
    """It is settled while the attempt is still under way."""
    g, peer = met
    answered = {}

    def answer(peer, path, headers, body):
        message_id = headers["Message-ID"].strip("<>")
        answered[message_id] = settle(peer, message_id, peer.mic(peer.open(body)))[0]
        return 204, "text/plain", b""
    peer.serve(answer)
    message_id = g.send_id(peer.id, "billing", write(tmp_path / "d", DOCUMENT), "--wait")
    wait_until(lambda: answered == {message_id: 200})
    assert g.show(message_id)["state"] == "delivered" and len(peer.requests) == 1


@pytest.mark.parametrize("role", ["ledger", "courier", "edge", "envelope"])
def test_what_is_awaited_survives_every_process(met, tmp_path, role):
    g, peer = met
    as2(g, peer.id, "receipt-delivery: asynchronous, receipt-wait: 1h")
    peer.serve(taken)
    message_id, mic = sent(g, peer, tmp_path)
    since = g.mark()
    for pid in g.processes()[role]:
        os.kill(pid, signal.SIGKILL)
    g.wait_log("worker-ended", since)
    wait_until(lambda: settle(peer, message_id, mic)[0] == 200)
    assert g.show(message_id)["state"] == "delivered"
    assert len(messages(peer)) == 1


# --- their messages, our receipts ---


def later(peer, message_id, url=None, **changes):
    return peer.headers(message_id, Receipt_Delivery_Option=url or f"https://127.0.0.1:{peer.port}/receipt", **changes)


def test_complaint_22_message_and_receipt_are_durable_before_204(met):
    g, peer = met
    peer.serve(taken)
    message_id, part, body = peer.message(DOCUMENT, "billing")
    assert peer.post("billing", later(peer, message_id), body)[::2] == (204, b"")
    assert g.document(message_id) == DOCUMENT
    path, headers, receipt = wait_until(lambda: next(iter(receipts(peer)), None))
    report = peer.receipt(headers["Content-Type"], receipt)
    assert "; processed\r\n" in report and f"Original-Message-ID: <{message_id}>" in report
    assert "Received-Content-MIC: " + peer.mic(part) in report
    assert (headers["AS2-From"], headers["AS2-To"]) == (g.id, peer.id)
    assert headers["AS2-Version"] and headers["MIME-Version"] == "1.0"
    assert re.fullmatch("<[^<>]+>", headers["Message-ID"]) and headers["Message-ID"] != f"<{message_id}>"
    wait_until(lambda: g.show(message_id)["our-receipt"] == "delivered")
    assert events(g, message_id) == ["received", "receipt-queued", "receipt-attempt", "receipt-delivered"]
    assert len(peer.requests) == 1


def test_no_204_while_the_ledger_stands_still(met):
    """Nothing is said before the commit: a ledger that is stopped holds the answer back."""
    g, peer = met
    peer.serve(taken)
    message_id, _, body = peer.message(DOCUMENT, "billing")
    ledger = g.processes()["ledger"][0]
    os.kill(ledger, signal.SIGSTOP)
    try:
        assert peer.post("billing", later(peer, message_id), body, "tls", "--max-time", "2")[0] == 0
    finally:
        os.kill(ledger, signal.SIGCONT)
    assert peer.post("billing", later(peer, message_id), body)[0] == 204
    wait_until(lambda: receipts(peer))
    assert [m["message-id"] for m in g.inbox()] == [message_id]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_no_204_and_no_200_when_the_disk_is_full(met, tmp_path):
    """Neither a message nor a receipt is taken that is not there; with room again everything comes about."""
    g, peer = met
    g.stop()
    disk = g.home + "/ledger"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=True)
    try:
        g.start()
        peer.serve(taken)
        as2(g, peer.id, "receipt-delivery: asynchronous, receipt-wait: 1h")
        ours, mic = sent(g, peer, tmp_path)
        posted = {}
        while 503 not in posted.values():
            message_id, _, body = peer.message(os.urandom(30000), "billing")
            posted[message_id] = peer.post("billing", later(peer, message_id), body)[0]
            assert len(posted) < 200
        assert set(posted.values()) == {204, 503}
        with open(disk + "/filler", "wb", buffering=0) as filler:
            try:
                filler.write(bytes(2 << 20))
            except OSError:
                pass
        status = settle(peer, ours, mic)[0]
        assert (status, g.show(ours)["state"]) in ((503, "awaiting"), (200, "delivered"))
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        wait_until(lambda: settle(peer, ours, mic)[0] == 200)
        assert g.show(ours)["state"] == "delivered"
        for message_id, status in posted.items():
            if status == 204:
                wait_until(lambda: g.show(message_id)["our-receipt"] == "delivered")
    finally:
        g.kill()
        subprocess.run(["umount", "-l", disk], check=True)


def test_the_address_in_a_message_is_never_followed(met):
    g, peer = met
    peer.serve(taken)
    with socket.socket() as trap:
        trap.bind(("127.0.0.1", 0))
        trap.listen()
        trap.setblocking(False)
        port = trap.getsockname()[1]
        for url in (f"https://127.0.0.1:{port}/receipt", f"http://127.0.0.1:{port}/", f"https://127.0.0.1:{peer.port}@127.0.0.1:{port}/",
                    "mailto:somebody@example.com", f"https://127.0.0.1:{peer.port}/elsewhere"):
            peer.requests.clear()
            message_id, _, body = peer.message(DOCUMENT, "billing")
            assert peer.post("billing", later(peer, message_id, url), body)[0] == 204
            assert wait_until(lambda: peer.requests)[0][0] == "/receipt"
            wait_until(lambda: g.show(message_id)["our-receipt"] == "delivered")
            odd = [e for e in g.show(message_id)["events"] if e["what"] == "receipt-address"]
            assert len(odd) == 1 and url in odd[0]["detail"], odd
            assert g.logged(f"receipt-address .*{message_id}")
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_receipts_go_where_the_agreement_says(met):
    g, peer = met
    as2(g, peer.id, 'receipt-path: "/as2/mdn"')
    peer.serve(taken)
    message_id, _, body = peer.message(DOCUMENT, "billing")
    assert peer.post("billing", later(peer, message_id, f"https://127.0.0.1:{peer.port}/as2/mdn"), body)[0] == 204
    assert wait_until(lambda: peer.requests)[0][0] == "/as2/mdn"
    assert "receipt-address" not in events(g, message_id)


def test_a_refusal_is_durable_and_comes_later_too(met):
    g, peer = met
    peer.serve(taken)
    message_id, part, _ = peer.message(DOCUMENT, "billing")
    unsigned = peer.seal(part)
    assert peer.post("billing", later(peer, message_id), unsigned)[::2] == (204, b"")
    message = g.show(message_id)
    assert message["state"] == "rejected" and message["fault"]["code"] == "as2.signature.missing"
    _, headers, receipt = wait_until(lambda: next(iter(receipts(peer)), None))
    assert "Tieline-Fault: as2.signature.missing" in peer.receipt(headers["Content-Type"], receipt)
    # Another area than agreed is refused by the edge: no body was read, and it is the same.
    edit(g, peer.id, r"outage: \{ send: true, receive: true", "outage: { send: true, receive: false")
    message_id, _, body = peer.message(DOCUMENT, "outage")
    assert peer.post("outage", later(peer, message_id), body)[::2] == (204, b"")
    _, headers, receipt = wait_until(lambda: receipts(peer)[1:])[0]
    assert "Tieline-Fault: agreement.area" in peer.receipt(headers["Content-Type"], receipt)


def test_an_agreement_may_forbid_it(met):
    g, peer = met
    as2(g, peer.id, "asynchronous: false")
    peer.serve(taken)
    message_id, _, body = peer.message(DOCUMENT, "billing")
    status, content_type, answer = peer.post("billing", later(peer, message_id), body)
    assert status == 200
    assert "Tieline-Fault: agreement.receipt-delivery" in peer.receipt(content_type, answer)
    status, content_type, answer = peer.post("billing", peer.headers(message_id), body)
    assert status == 200 and "; processed\r\n" in peer.receipt(content_type, answer)
    assert peer.requests == []


def test_without_a_receipt_there_is_nothing_to_send_later(met):
    g, peer = met
    peer.serve(taken)
    message_id, _, body = peer.message(DOCUMENT, "billing")
    headers = later(peer, message_id, Disposition_Notification_To=None, Disposition_Notification_Options=None)
    assert peer.post("billing", headers, body)[0] == 200
    assert g.show(message_id)["our-receipt"] is None and peer.requests == []


def test_an_unsigned_receipt_comes_later_when_that_is_asked_for(met):
    g, peer = met
    peer.serve(taken)
    message_id, part, body = peer.message(DOCUMENT, "billing")
    assert peer.post("billing", later(peer, message_id, Disposition_Notification_Options=None), body)[0] == 204
    _, headers, receipt = wait_until(lambda: next(iter(receipts(peer)), None))
    assert headers["Content-Type"].startswith("multipart/report") and peer.mic(part).encode() in receipt


def test_a_duplicate_gets_the_stored_receipt_again_and_only_one_waits(met):
    g, peer = met
    message_id, _, body = peer.message(DOCUMENT, "billing")
    for _ in range(3):  # nobody is there to take it
        assert peer.post("billing", later(peer, message_id), body)[0] == 204
    peer.serve(taken)
    wait_until(lambda: g.show(message_id)["our-receipt"] == "delivered")
    assert len(receipts(peer)) == 1
    assert peer.post("billing", later(peer, message_id), body)[0] == 204
    wait_until(lambda: len(receipts(peer)) == 2)
    wait_until(lambda: g.show(message_id)["our-receipt"] == "delivered")
    one, two = receipts(peer)
    assert one[2] == two[2] and one[1]["Message-ID"] == two[1]["Message-ID"]
    assert one[1]["Content-Type"] == two[1]["Content-Type"]
    # And at once, when it is asked for at once: the same bytes.
    status, content_type, answer = peer.post("billing", peer.headers(message_id), body)
    assert (status, content_type, answer) == (200, one[1]["Content-Type"], one[2])
    assert len(g.inbox()) == 1
    seen = events(g, message_id)
    assert len(seen) == len(set(seen)), "a partner that repeats itself fills no disk"


def test_what_is_refused_again_and_again_is_answered_once_while_it_waits(met):
    g, peer = met
    message_id, part, body = peer.message(DOCUMENT, "billing")
    for _ in range(3):
        assert peer.post("billing", later(peer, message_id), peer.seal(part))[0] == 204
    # Accepted after all: the refusal that still waits must not arrive in its place.
    assert peer.post("billing", later(peer, message_id), body)[0] == 204
    peer.serve(taken)
    wait_until(lambda: receipts(peer))
    wait_until(lambda: not [lane for lane in g.json("status")["lanes"] if lane["direction"] == "receipt" and lane["state"] != "expired"])
    reports = [peer.receipt(r[1]["Content-Type"], r[2]) for r in receipts(peer)]
    assert len(reports) == 1 and "; processed\r\n" in reports[0]
    g.run("fsck")


@pytest.mark.parametrize("role", ["ledger", "courier", "monitor"])
def test_an_owed_receipt_survives_every_process(met, role):
    """kill -9 between our 204 and the delivery, with the receipt on its way."""
    g, peer = met
    go_on = threading.Event()

    def answer(peer, path, headers, body):
        if len(receipts(peer)) == 1:
            go_on.wait(LIMIT)
            return 500, "text/plain", b""
        return 204, "text/plain", b""
    peer.serve(answer)
    message_id, _, body = peer.message(DOCUMENT, "outage")
    assert peer.post("outage", later(peer, message_id), body)[0] == 204
    wait_until(lambda: receipts(peer))
    since = g.mark()
    if role == "monitor":
        g.kill()
        g.start()
    else:
        os.kill(g.processes()[role][0], signal.SIGKILL)
        g.wait_log("worker-ended", since)
    go_on.set()
    wait_until(lambda: len(receipts(peer)) == 2, limit=2 * LIMIT)
    wait_until(lambda: g.show(message_id)["our-receipt"] == "delivered")
    assert len(receipts(peer)) == 2 and len({(r[1]["Message-ID"], r[2]) for r in receipts(peer)}) == 1
    assert "; processed\r\n" in peer.receipt(receipts(peer)[1][1]["Content-Type"], receipts(peer)[1][2])


def test_a_receipt_the_partner_cannot_take_now_is_tried_again(met):
    g, peer = met
    answers = iter([(503, "text/plain", b"busy"), (500, "text/plain", b"oops")])
    peer.serve(lambda *_: next(answers, (200, "text/plain", b"")))
    message_id, _, body = peer.message(DOCUMENT, "outage")
    assert peer.post("outage", later(peer, message_id), body)[0] == 204
    wait_until(lambda: g.show(message_id)["our-receipt"] == "delivered", limit=2 * LIMIT)
    assert len(receipts(peer)) == 3 and len({(r[1]["Message-ID"], r[2]) for r in receipts(peer)}) == 1
    assert "receipt-deferred" in events(g, message_id)


def test_an_undelivered_receipt_is_an_operators_concern(met):
    g, peer = met
    message_id, _, body = peer.message(DOCUMENT, "billing")
    edit(g, peer.id, r"(outage: .*) \}", r"\1, deadline: 2s }")
    late_id, _, late = peer.message(DOCUMENT, "outage")
    assert peer.post("outage", later(peer, late_id), late)[0] == 204
    assert {"direction": "receipt", "area": "outage"}.items() <= \
        next(lane for lane in g.json("status")["lanes"] if lane["direction"] == "receipt").items()
    wait_until(lambda: g.show(late_id)["our-receipt"] == "expired")
    assert "receipt-expired" in events(g, late_id) and g.logged("receipt-undelivered")
    peer.serve(lambda *_: (404, "text/plain", b"nothing here"))
    assert peer.post("billing", later(peer, message_id), body)[0] == 204
    wait_until(lambda: g.show(message_id)["our-receipt"] == "refused")
    states = {lane["state"] for lane in g.json("status")["lanes"] if lane["direction"] == "receipt"}
    assert states == {"expired", "refused"}
    assert "our receipt" in g.run("show", message_id).stdout


def test_a_receipt_goes_back_where_nothing_may_be_sent(met):
    """Its direction is that of the message it answers; only a suspended agreement holds it."""
    g, peer = met
    edit(g, peer.id, r"billing: \{ send: true", "billing: { send: false")
    peer.serve(taken)
    message_id, _, body = peer.message(DOCUMENT, "billing")
    assert peer.post("billing", later(peer, message_id), body)[0] == 204
    wait_until(lambda: receipts(peer))


# --- partners with other software ---


def test_a_receipt_comes_from_the_name_it_was_sent_to(met):
    g, peer = met
    as2(g, peer.id, 'marked: false, area-rules: [ { to: "OUR OUTAGES", area: outage } ]')
    peer.serve(taken)
    message_id, _, body = peer.message(DOCUMENT, "outage")
    assert peer.post("/as2", later(peer, message_id, AS2_To='"OUR OUTAGES"'), body)[0] == 204
    _, headers, receipt = wait_until(lambda: next(iter(receipts(peer)), None))
    assert (headers["AS2-From"], headers["AS2-To"]) == ('"OUR OUTAGES"', peer.id)
    assert "; processed\r\n" in peer.receipt(headers["Content-Type"], receipt)


def test_a_receipt_at_the_shared_url_is_known_by_its_type(met, tmp_path):
    g, peer = met
    peer.serve(taken)
    message_id, mic = sent(g, peer, tmp_path)
    assert settle(peer, message_id, mic, to="/as2")[::2] == (200, b"")
    assert g.show(message_id)["state"] == "delivered" and g.inbox() == []


def test_without_a_certificate_only_the_signature_counts(met, tmp_path):
    """Whoever names a partner may post: what it did not sign settles nothing, whatever kind of receipt is agreed."""
    g, peer = met
    edit(g, peer.id, r"^tls: .*$", "tls: { client-certificate: false }")
    as2(g, peer.id, "receipt-delivery: asynchronous, receipt-wait: 1h, receipt: unsigned")
    peer.serve(taken)
    message_id, mic = sent(g, peer, tmp_path)
    signed_type, signed = peer.report(message_id, mic)
    inner = signed[signed.index(b"Content-Type: multipart/report"):]
    head, _, plain = inner.partition(b"\r\n\r\n")
    denied = (403, "text/plain", b"not accepted\n")
    assert peer.post("/receipt", receipt_headers(peer, head.decode().partition(": ")[2]), plain, None) == denied
    assert peer.post("/receipt", receipt_headers(peer, signed_type), signed.replace(b"; processed", b"; processeD", 1), None) == denied
    assert g.show(message_id)["state"] == "awaiting"
    assert peer.post("/receipt", receipt_headers(peer, signed_type), signed, None)[0] == 200
    assert g.show(message_id)["state"] == "delivered"


# --- both ---


def test_two_gateways_ask_each_other_for_later(pair, tmp_path):
    u, a = pair
    for one, other in ((u, a), (a, u)):
        as2(one, other.id, "receipt-delivery: asynchronous")
    large = os.urandom(300000)
    for one, other in ((u, a), (a, u)):
        for content in (DOCUMENT, large):
            message_id = one.send_id(other, "billing", write(tmp_path / "d", content), "--wait")
            assert one.show(message_id)["receipt"] == "signed" and other.document(message_id) == content
            wait_until(lambda: other.show(message_id)["our-receipt"] == "delivered")
            assert "receipt-address" not in events(other, message_id)
