# SPDX-License-Identifier: Apache-2.0
"""A Message-ID that comes again: with the same document, in other words around it, and with another document."""
import http.client
import re
import sqlite3
import ssl
import threading
import uuid

import pytest

from gateway import HOST, Gateway, wait_until
from peer import Peer
from test_asynchronous import later, receipts, taken
from test_foreign import UNMARKED, accepted, add, agree, refused

TERMS = "marked: false, sign: false, encrypt: false, area: billing"
DIFFERS = "as2.duplicate.differs"
NO_RECEIPT = dict(Disposition_Notification_To=None, Disposition_Notification_Options=None)


@pytest.fixture
def met(tmp_path):
    g, peer = Gateway(str(tmp_path), "Utility", "007909411", "utility"), Peer(str(tmp_path))
    add(g, peer)
    agree(g, peer, TERMS)
    g.start()
    yield g, peer
    peer.close()
    assert g.stop() == 0


def new_id():
    return f"{uuid.uuid4()}@peer"


def signed(peer, content, **changes):
    """(the part, the sealed message), as other software makes it."""
    part = peer.part(content, "", "", **{**UNMARKED, **changes})
    return part, peer.seal(peer.signed(part, peer.sign(part)))


def states(g, message):
    return sorted((m["state"], m["fault"] and m["fault"]["code"]) for m in g.inbox() if m["message-id"] == message)


def stands(g, message, document):
    """The first is what it was, and the operator sees that another was refused."""
    assert g.document(message) == document
    shown = next(m for m in g.show(message) if m["state"] == "received")
    noted = [e for e in shown["events"] if e["what"] == "duplicate-differs"]
    assert noted and noted[0]["code"] == DIFFERS and "another document" in noted[0]["detail"]
    assert states(g, message) == [("received", None), ("rejected", DIFFERS)]
    assert DIFFERS in g.run("status").stdout and DIFFERS in g.run("show", message).stdout
    assert g.logged(f"message-rejected.*{re.escape(message)}.*{re.escape(DIFFERS)}")


SMALL, LARGE = b"pay 100\r\n", bytes(range(256)) * 12000


@pytest.mark.parametrize("first,second", [(SMALL, b"pay 999\r\n"), (SMALL, LARGE), (LARGE, LARGE[:-1] + b"x"), (LARGE, SMALL)],
                         ids=["small", "then large", "large", "then small"])
def test_another_document_is_refused(met, first, second):
    g, peer = met
    message = new_id()
    accepted(peer, peer.post("/as2", peer.headers(message), signed(peer, first)[1]))
    report = refused(peer, peer.post("/as2", peer.headers(message), signed(peer, second)[1]), DIFFERS)
    assert "processed/error: invalid-message-id" in report and "Received-Content-MIC" not in report
    assert re.search(r"was accepted at \d{4}-\d\d-\d\dT", report), "it says when"
    stands(g, message, first)
    # What was accepted is still what it was, for whoever sends it again.
    part, body = signed(peer, first)
    assert peer.mic(part) in accepted(peer, peer.post("/as2", peer.headers(message), body))


def test_also_after_a_start(met):
    g, peer = met
    message = new_id()
    accepted(peer, peer.post("/as2", peer.headers(message), signed(peer, SMALL)[1]))
    g.stop()
    g.start()
    assert DIFFERS not in g.run("status").stdout
    refused(peer, peer.post("/as2", peer.headers(message), signed(peer, b"other")[1]), DIFFERS)
    stands(g, message, SMALL)
    g.stop()
    g.start()
    assert DIFFERS in g.run("status").stdout


@pytest.mark.parametrize("large", [False, True])
def test_who_asks_for_no_receipt_hears_it_from_http(met, large):
    g, peer = met
    message = new_id()
    plain = dict(Content_Type="text/plain", **NO_RECEIPT)
    assert peer.post("/as2", peer.headers(message, **plain), SMALL)[0] == 200
    assert peer.post("/as2", peer.headers(message, **plain), SMALL)[0] == 200
    status, _, answer = peer.post("/as2", peer.headers(message, **plain), LARGE if large else b"pay 999\r\n")
    assert (status, answer) == (409, DIFFERS.encode())
    stands(g, message, SMALL)


def test_an_unsigned_receipt_says_it_too(met):
    g, peer = met
    message = new_id()
    plain = dict(Content_Type="text/plain", Disposition_Notification_Options=None)
    for content, word in ((SMALL, "; processed\r\n"), (b"pay 999", DIFFERS)):
        status, _, answer = peer.post("/as2", peer.headers(message, **plain), content)
        assert status == 200 and word.encode() in answer
    stands(g, message, SMALL)


def test_a_receipt_that_comes_later_says_it(met):
    g, peer = met
    peer.serve(taken)
    message = new_id()
    assert peer.post("/as2", later(peer, message), signed(peer, SMALL)[1])[0] == 204
    wait_until(lambda: len(receipts(peer)) == 1)
    assert peer.post("/as2", later(peer, message), signed(peer, b"pay 999\r\n")[1])[0] == 204
    wait_until(lambda: len(receipts(peer)) == 2)
    assert b"; processed\r\n" in receipts(peer)[0][2] and DIFFERS.encode() in receipts(peer)[1][2]
    stands(g, message, SMALL)


def test_a_refusal_that_waits_is_not_withdrawn_for_the_first(met):
    g, peer = met
    message = new_id()
    assert peer.post("/as2", later(peer, message), signed(peer, SMALL)[1])[0] == 204  # nobody takes it yet
    assert peer.post("/as2", later(peer, message), signed(peer, b"pay 999\r\n")[1])[0] == 204
    assert peer.post("/as2", later(peer, message), signed(peer, SMALL)[1])[0] == 204
    peer.serve(taken)
    wait_until(lambda: len(receipts(peer)) >= 2)
    said = [r[2] for r in receipts(peer)]
    assert any(DIFFERS.encode() in r for r in said) and any(b"; processed\r\n" in r for r in said)


def test_a_partner_without_a_certificate_hears_it_signed(met):
    g, peer = met
    agree(g, peer, TERMS.replace("sign: false", "sign: true"), "client-certificate: false")
    message = new_id()
    accepted(peer, peer.post("/as2", peer.headers(message), signed(peer, SMALL)[1], None))
    refused(peer, peer.post("/as2", peer.headers(message), signed(peer, b"pay 999")[1], None), DIFFERS)
    stands(g, message, SMALL)


def post_alone(g, peer, headers, body, answers):
    tls = ssl.create_default_context(cafile=peer.path("other-root.pem"))
    tls.check_hostname = False
    tls.load_cert_chain(peer.path("tls.pem"), peer.path("tls.key"))
    connection = http.client.HTTPSConnection("127.0.0.1", g.port, context=tls)
    connection.request("POST", "/as2", body, headers)
    answer = connection.getresponse()
    answers.append((answer.status, answer.getheader("Content-Type"), answer.read()))
    connection.close()


def test_of_several_at_once_one_is_accepted(met):
    g, peer = met
    message, answers = new_id(), []
    documents = [f"pay {i}".encode() for i in range(6)]
    bodies = [signed(peer, d)[1] for d in documents]
    at_once = [threading.Thread(target=post_alone, args=(g, peer, peer.headers(message), b, answers)) for b in bodies]
    for thread in at_once:
        thread.start()
    for thread in at_once:
        thread.join()
    reports = [peer.receipt(t, b) for status, t, b in answers if status == 200]
    good = [r for r in reports if "; processed\r\n" in r]
    assert len(reports) == 6 and len(good) == 1 and sum(f"Tieline-Fault: {DIFFERS}" in r for r in reports) == 5
    part = peer.part(g.document(message), "", "", **UNMARKED)
    assert peer.mic(part) in good[0], "the receipt is for what was kept"


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_the_same_document_in_other_headers_is_the_same(met, content):
    """Software that makes its message again for each attempt: the sender must find its own MIC."""
    g, peer = met
    message = new_id()
    parts = []
    for extra in ("1", "2", "2"):
        part, body = signed(peer, content, X_Attempt=extra)
        report = accepted(peer, peer.post("/as2", peer.headers(message), body))
        assert "Received-Content-MIC: " + peer.mic(part) in report
        parts.append(part)
    assert states(g, message) == [("received", None)] and g.document(message) == content
    events = g.show(message)["events"]
    assert [e["what"] for e in events] == ["received", "duplicate", "duplicate-mic"]
    assert events[1]["detail"].startswith("2 times") and peer.mic(parts[1]) in events[2]["detail"]


def test_what_is_refused_now_and_was_accepted_before_is_answered_as_then(met):
    """Read and known to be the same: to refuse it would be to say two things of one message."""
    g, peer = met
    message = new_id()
    body = signed(peer, SMALL)[1]
    first = peer.post("/as2", peer.headers(message), body)
    agree(g, peer, **{"media-types": "[ image/png ]"})
    assert peer.post("/as2", peer.headers(message), body) == first
    refused(peer, peer.post("/as2", peer.headers(message), signed(peer, b"pay 999")[1]), "agreement.media-type")
    assert states(g, message) == [("received", None), ("rejected", "agreement.media-type")]


def again(g, message):
    shown = g.show(message)
    assert shown["state"] == "received"
    return shown["flag"] and (shown["flag"]["code"], shown["flag"]["text"])


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_complaint_23_the_same_content_under_another_id_is_told(met, content):
    """It may be meant, so that it is taken and given out; who looks sees which one it repeats, and since when that is here."""
    g, peer = met
    first, second, other = new_id(), new_id(), new_id()
    for message, what in ((first, content), (second, content), (other, b"another " + content)):
        accepted(peer, peer.post("/as2", peer.headers(message), signed(peer, what)[1]))
    assert again(g, first) is None and again(g, other) is None
    code, text = again(g, second)
    assert code == "message.again" and re.fullmatch(rf"same content as {re.escape(first)} of \d{{4}}-\d\d-\d\dT\S+", text)
    assert g.document(first) == g.document(second) == content
    assert [m["flag"]["code"] for m in g.inbox() if m["flag"]] == ["message.again"]
    assert text in g.run("show", second).stdout and "message.again" in g.run("status").stdout
    assert g.logged(f"message-flagged.*{re.escape(second)}.*message.again.*{re.escape(first)}")
    # The same Message-ID is a duplicate, and no more than that; after a start it is known as before.
    accepted(peer, peer.post("/as2", peer.headers(second), signed(peer, content)[1]))
    assert len(g.inbox()) == 3
    g.stop()
    g.start()
    third = new_id()
    accepted(peer, peer.post("/as2", peer.headers(third), signed(peer, content)[1]))
    assert again(g, third)[1].startswith(f"same content as {second} of ")
    assert g.run("fsck").returncode == 0


def test_what_is_flagged_for_something_else_says_it_in_its_events(met):
    g, peer = met
    wish = "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha1"
    first, second = new_id(), new_id()
    for message in (first, second):
        headers = peer.headers(message, Disposition_Notification_Options=wish)
        accepted(peer, peer.post("/as2", headers, signed(peer, SMALL)[1]))
    assert [e["what"] for e in g.show(first)["events"]] == ["received"]
    shown = g.show(second)
    assert shown["flag"]["code"] == "as2.mic.other"
    assert [(e["what"], e["code"]) for e in shown["events"]][1:] == [("content-again", "message.again")]
    assert first in shown["events"][1]["detail"]


def test_empty_files_are_not_told_apart(met):
    g, peer = met
    for _ in range(2):
        message = new_id()
        accepted(peer, peer.post("/as2", peer.headers(message), signed(peer, b"")[1]))
        assert again(g, message)[0] == "message.empty" and len(g.show(message)["events"]) == 1


def test_what_came_again_is_verified_as_any_other(met):
    """Its flag excuses nothing: whoever has the disk would only have to send something twice."""
    g, peer = met
    for _ in range(2):
        accepted(peer, peer.post("/as2", peer.headers(new_id()), signed(peer, SMALL)[1]))
    g.stop()
    db = sqlite3.connect(f"{g.home}/ledger/ledger.db")
    (bytes_,), = db.execute("SELECT bytes FROM content WHERE message = 2 AND kind = 0").fetchall()
    db.execute("UPDATE content SET bytes = ? WHERE message = 2 AND kind = 0", (bytes_[:-20] + b"damaged" + bytes_[-13:],))
    db.commit()
    db.close()
    assert "fsck.signature" in g.run("fsck", check=HOST).stdout
    g.start()
