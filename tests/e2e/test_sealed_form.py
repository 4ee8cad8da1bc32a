# SPDX-License-Identifier: Apache-2.0
"""A disk changes what waits to be sent: it is not sent, the story says whose disk it was, and all else goes on."""
import json
import os
import sqlite3

import pytest

from gateway import HOST, settled, wait_until, write
from peer import Peer
from test_asynchronous import later, taken
from test_deadlines import met  # noqa: F401  (a fixture)
from test_operations import quoted

LONG = 3_000_000  # bytes: in a file of the spool, and compared while it is sent
WORDS = "changed on our disk"
INLINE, SPOOLED = b"a bill of few bytes", os.urandom(LONG)


class Home:
    """Of a gateway that stands still: what its disk has of messages that wait."""

    def __init__(self, gateway):
        assert gateway.process is None
        self.ledger = gateway.home + "/ledger/"

    def sql(self, text, *values):
        db = sqlite3.connect(self.ledger + "ledger.db")
        found = db.execute(text, values).fetchall()
        db.commit()
        db.close()
        return found

    def make_due(self):
        self.sql("UPDATE message SET next_ns = 0 WHERE state = 2")
        self.sql("UPDATE owed SET next_ns = 0 WHERE state = 2")

    def flip(self, message_id, at):
        """One bit of the sealed form, of the byte at `at`, from its end when that is below zero."""
        (row, spool, begin, size), = self.sql(
            "SELECT row, spool, sealed_at, sealed_n FROM message WHERE message_id = ?", message_id.encode())
        if spool is None:
            self.flip_content(row, 1, at)
            return
        with open(self.ledger + "spool/" + spool, "r+b") as f:
            f.seek(begin + at % size)
            byte = f.read(1)
            f.seek(-1, os.SEEK_CUR)
            f.write(flipped(byte, 0))

    def flip_receipt(self, message_id, at):
        (row,), = self.sql("SELECT row FROM message WHERE message_id = ?", message_id.encode())
        self.flip_content(row, 2, at)

    def flip_content(self, row, kind, at):
        (form,), = self.sql("SELECT bytes FROM content WHERE message = ? AND kind = ?", row, kind)
        self.sql("UPDATE content SET bytes = ? WHERE message = ? AND kind = ?", flipped(form, at % len(form)), row, kind)


def flipped(form, at):
    return form[:at] + bytes([form[at] ^ 1]) + form[at + 1:]


def waiting(gateway, to, path, content, *options):
    """Its first attempt failed: nobody is there."""
    since = gateway.mark()
    message_id = gateway.send_id(to, "outage", write(path, content), *options)
    gateway.wait_log("message-deferred.*courier.connect", since)
    return message_id


def changed(gateway, message_id, at):
    home = Home(gateway)
    home.flip(message_id, at)
    home.make_due()


def deferred_for_our_disk(gateway, message_id):
    gateway.wait_log(f"message-deferred msg={message_id}.*ledger.sealed")
    shown = gateway.show(message_id)
    assert shown["state"] == "deferred" and shown["fault"]["code"] == "ledger.sealed" and WORDS in shown["fault"]["text"]
    assert shown["events"][-1]["what"] == "deferred" and shown["events"][-1]["code"] == "ledger.sealed"
    assert quoted(f'fault=ledger.sealed why="{shown["fault"]["text"]}"')
    assert WORDS in gateway.run("show", message_id).stdout and WORDS in gateway.run("status").stdout


def found_by_fsck(gateway):
    said = json.loads(gateway.run("fsck", "--json", check=HOST).stdout)
    return [(x["code"], x["message-id"]) for x in said["findings"]]


@pytest.mark.parametrize("content, at", [(INLINE, 40), (INLINE, -1), (os.urandom(60_000), 30_000), (SPOOLED, 0), (SPOOLED, 1_500_000),
                                         (SPOOLED, -1)],
                         ids=["a row", "a row's end", "a larger row", "a file's head", "a file", "a file's end"])
def test_what_changed_on_our_disk_is_not_sent(world, tmp_path, content, at):
    u, a = world.pair()
    u.start()
    message_id = waiting(u, a, tmp_path / "d", content)
    other = waiting(u, a, tmp_path / "o", content + b"!")
    u.stop()
    changed(u, message_id, at)
    a.start()
    u.start()
    assert settled(u, other)["state"] == "delivered"
    deferred_for_our_disk(u, message_id)
    assert found_by_fsck(u) == [("fsck.sealed.digest", message_id)]
    assert [m["message-id"] for m in a.inbox()] == [other]
    again = u.send_id(a, "outage", tmp_path / "d", "--wait")
    assert u.show(again)["state"] == "delivered" and a.document(again) == content

    u.stop()  # as it was: the same message goes, once
    changed(u, message_id, at)
    u.start()
    assert settled(u, message_id)["state"] == "delivered"
    assert a.document(message_id) == content and len(a.inbox()) == 3
    u.run("fsck")


def test_what_is_found_changed_once_bothers_the_partner_no_more(world, tmp_path):
    """It is looked at before it goes the next time: not all but its last bytes come again and again."""
    u, a = world.pair()
    u.start()
    message_id = waiting(u, a, tmp_path / "d", SPOOLED)
    u.stop()
    changed(u, message_id, LONG // 2)
    a.start()
    u.start()
    sent = u.wait_log(f"delivery-attempt.*{message_id}.*ledger.sealed")
    deferred_for_our_disk(u, message_id)
    looked = u.wait_log(f"delivery-attempt.*{message_id}.*ledger.sealed", u.lines.index(sent) + 1)
    assert "group=X25519" in sent and "group=X25519" not in looked  # the second without a connection
    assert u.send_id(a, "outage", write(tmp_path / "o", b"another"), "--wait")


def test_it_expires_and_its_end_says_why(world, tmp_path):
    u, a = world.pair()
    u.start()
    message_id = waiting(u, a, tmp_path / "d", INLINE, "--deadline", "8s")
    u.stop()
    changed(u, message_id, 40)
    a.start()
    u.start()
    shown = settled(u, message_id)
    assert shown["state"] == "expired" and shown["fault"]["code"] == "ledger.sealed"
    assert shown["events"][-1]["what"] == "expired" and WORDS in shown["events"][-1]["detail"]
    assert a.inbox() == []
    u.run("fsck")  # the sealed form is gone with it


# --- a partner that answers before it has everything ---

def answering_early(status, size):
    """Reads so many bytes, says no, and reads on until nobody sends any more."""
    def do_POST(handler):
        handler.rfile.read(size)
        handler.send_response(status)
        handler.send_header("Content-Type", "text/plain")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"no")
        handler.wfile.flush()
        while handler.rfile.read1():
            pass
        handler.close_connection = True
    return do_POST


@pytest.mark.parametrize("at, state", [(0, "deferred"), (-1, "deferred"), (None, "refused")])
def test_who_refuses_early_what_we_changed_did_not_refuse_it(world, tmp_path, at, state):
    g, peer = world.gateway("Utility", "007909411", "utility"), Peer(str(tmp_path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    g.start()
    message_id = waiting(g, peer.id, tmp_path / "d", SPOOLED)
    g.stop()
    if at is None:
        Home(g).make_due()
    else:
        changed(g, message_id, at)
    peer.serve(None)
    peer.server.RequestHandlerClass.do_POST = answering_early(400, 100_000)
    g.start()
    g.wait_log(f"delivery-attempt.*{message_id}.*http=400")
    wait_until(lambda: g.show(message_id)["state"] == state)
    assert g.show(message_id)["fault"]["code"] == ("courier.http" if at is None else "ledger.sealed")
    peer.close()


# --- our receipts ---

def receipt_changed(g, message_id, at, meanwhile=lambda: None):
    g.stop()
    meanwhile()
    home = Home(g)
    home.flip_receipt(message_id, at)
    home.make_due()
    g.start()


@pytest.mark.parametrize("at", [0, -1])
def test_a_receipt_that_changed_on_our_disk_is_not_sent(met, at):
    g, peer = met
    message_id, part, body = peer.message(INLINE, "outage")
    assert peer.post("outage", later(peer, message_id), body)[0] == 204
    wait_until(lambda: g.show(message_id)["our-receipt"] == "deferred")  # nobody is there
    receipt_changed(g, message_id, at, lambda: peer.serve(taken))
    g.wait_log("receipt-deferred.*ledger.sealed")
    shown = g.show(message_id)
    event = next(e for e in shown["events"] if e["what"] == "receipt-deferred")
    assert shown["our-receipt"] == "deferred" and event["code"] == "ledger.sealed" and WORDS in event["detail"]
    assert quoted(f'fault=ledger.sealed why="{event["detail"]}"')
    assert ("fsck.receipt.digest", message_id) in found_by_fsck(g)
    assert peer.requests == [], "nothing of it went"
    receipt_changed(g, message_id, at)  # as it was
    wait_until(lambda: g.show(message_id)["our-receipt"] == "delivered")
    (_, headers, receipt), = peer.requests
    assert peer.mic(part) in peer.receipt(headers["Content-Type"], receipt)
    g.run("fsck")


@pytest.mark.parametrize("content", [INLINE, SPOOLED], ids=["a row", "a file"])
def test_who_sends_again_gets_no_receipt_that_changed_on_our_disk(met, content):
    g, peer = met
    message_id, part, body = peer.message(content, "outage")
    first = peer.post("outage", peer.headers(message_id), body)
    assert peer.mic(part) in peer.receipt(*first[1:])
    receipt_changed(g, message_id, 200)
    again = peer.post("outage", peer.headers(message_id), body)
    assert again[0] == 200 and again[2] != first[2] and peer.mic(part) in peer.receipt(*again[1:])
    line = g.wait_log("receipt-replaced")
    assert quoted("fault=ledger.sealed why=" + line.partition("fault=ledger.sealed why=")[2].strip())
    assert [m["message-id"] for m in g.inbox()] == [message_id] and g.document(message_id) == content
    receipt_changed(g, message_id, 200)  # as it was
    assert peer.post("outage", peer.headers(message_id), body) == first
    g.run("fsck")
