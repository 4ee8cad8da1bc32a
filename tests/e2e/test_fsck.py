# SPDX-License-Identifier: Apache-2.0
"""What `tieline fsck` finds of what was done to a home, and that it finds nothing where nothing was."""
import datetime
import glob
import json
import os
import re
import shutil
import sqlite3
import subprocess
import threading

import pytest

from gateway import DONE, HOST, OPENSSL, Gateway, settled, wait_until, write
from migrations import undone
from test_x12_exchange import BILL, EDI, agree, interchange

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
LARGE = 200_000  # bytes: a document of this size is a file of the spool


def acquainted(path, aggregator):
    u = Gateway(path, "Utility", "007909411", "utility")
    a = Gateway(path, "Aggregator", aggregator, "aggregator")
    u.knows(a)
    a.knows(u)
    return u, a


@pytest.fixture(scope="module")
def exchanged(tmp_path_factory):
    """Both stopped, after messages of every size went either way."""
    path = tmp_path_factory.mktemp("exchanged")
    u, a = acquainted(str(path), "829304217")
    u.start()
    a.start()
    ids = {}
    try:
        small = write(path / "small", b"a small document")
        large = write(path / "large", os.urandom(LARGE))
        for name, document in (("small", small), ("large", large)):
            ids[name] = u.send_id(a, "billing", document, "--wait")
            a.send_id(u, "billing", document, "--wait")
            for gateway in (u, a):
                gateway.wait_log("history-signed")
    finally:
        u.stop()
        a.stop()
    return u, a, ids


class Copy:
    """A home beside the one it is of, to be damaged."""

    def __init__(self, of, path):
        self.home = str(path / "home")
        shutil.copytree(of.home, self.home, ignore=shutil.ignore_patterns("control.sock"))
        self.db = self.home + "/ledger/ledger.db"
        self.spool = self.home + "/ledger/spool"
        self.name, self.id, self.user, self.process = of.name, of.id, None, None
        self.lines, self._changed = [], threading.Condition()
        self.against = []  # options of fsck

    run, start, kill, stop, wait_log = Gateway.run, Gateway.start, Gateway.kill, Gateway.stop, Gateway.wait_log
    _read, _ended, logged = Gateway._read, Gateway._ended, Gateway.logged

    def fsck(self, check):
        return json.loads(self.run("fsck", "--json", *self.against, check=check).stdout)

    def sql(self, text, *values):
        db = sqlite3.connect(self.db)
        rows = db.execute(text, values).fetchall()
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        return rows

    def history_anew(self):
        """As whoever knows how it is made: the migration makes a whole one of whatever stands there."""
        self.sql("UPDATE event SET detail = x'41' WHERE what = 'delivered'")
        before = 11
        for text in ("CREATE TABLE heads_before AS SELECT * FROM head", *undone(before), "DELETE FROM counter WHERE name = 'covered'",
                     f"PRAGMA user_version = {before}"):
            self.sql(text)
        self.start()
        self.stop()
        assert self.logged(f"ledger-migrated from={before}")
        assert self.run("fsck", check=DONE)

    def history_anew_beside_heads(self):
        self.history_anew()
        self.sql("INSERT INTO head SELECT * FROM heads_before")

    def spool_file(self, direction):
        return self.spool + "/" + self.sql(
            "SELECT spool FROM message WHERE spool IS NOT NULL AND direction = ?", direction)[0][0]

    def flip(self, path, at):
        with open(path, "r+b") as f:
            f.seek(at)
            byte = f.read(1)[0]
            f.seek(at)
            f.write(bytes([byte ^ 0x40]))


def content_flip(home, direction, kind, at, spooled):
    """One byte of a message's bytes, as the disk might."""
    what = "spool IS NOT NULL" if spooled else "spool IS NULL"
    row, = home.sql(f"SELECT row FROM message WHERE direction = ? AND {what}", direction)[0]
    (bytes_,), = home.sql("SELECT bytes FROM content WHERE message = ? AND kind = ?", row, kind)
    at = at(bytes_) if callable(at) else at
    other = b"A" if bytes_[at:][:1] != b"A" else b"B"  # another, and a letter of base64
    changed = bytes_[:at] + other + (bytes_[at + 1:] if at != -1 else b"")
    home.sql("UPDATE content SET bytes = ? WHERE message = ? AND kind = ?", changed, row, kind)


PAGE = 8192  # bytes


def page_destroy(home):
    size = os.path.getsize(home.db)
    with open(home.db, "r+b") as f:
        f.seek(PAGE * (size // PAGE // 2))
        f.write(b"\xa5" * PAGE)


def head_destroy(home):
    with open(home.db, "r+b") as f:
        f.write(b"\xa5" * 100)


def truncate(home):
    os.truncate(home.spool_file(1), 1000)


def truncate_evidence(home):
    path = home.spool_file(0)
    os.truncate(path, os.path.getsize(path) - 10)


def within(word):
    return lambda receipt: receipt.index(word) + len(word) + 4


def since_a_backup(damage):
    """Damage that leaves a history whole in itself: only an earlier backup knows better."""
    def made(h):
        h.against = ["--backup", h.home + "-backup"]
        h.run("backup", "--to", h.against[1])
        damage(h)
    return made


def of_a_backup(damage):
    """The same of a backup, which fsck looks through as it does through a home."""
    def made(h):
        to = h.home + "-backup"
        h.run("backup", "--to", to)
        h.home, h.db, h.spool = to, to + "/ledger/ledger.db", to + "/ledger/spool"
        damage(h)
    return made


DAMAGES = {
    "a backup's settings": (of_a_backup(lambda h: h.flip(h.home + "/backup.json", 5)), "fsck.backup", "is not what was saved"),
    "a backup's sums": (of_a_backup(lambda h: h.flip(h.home + "/SHA256SUMS", 5)), "fsck.backup", "is not what was saved"),
    "a file less in a backup": (of_a_backup(lambda h: os.unlink(h.home + "/backup.json")), "fsck.backup", "is not there"),
    "a page of the ledger": (page_destroy, "fsck.database", "a page of ledger.db is not what was written"),
    "a spool file is gone": (lambda h: os.unlink(h.spool_file(1)), "fsck.spool.missing", "is not there"),
    "a spool file is short": (truncate, "fsck.spool.short", "was cut short"),
    "the end of a spool file is gone": (truncate_evidence, "fsck.spool.short", "was cut short"),
    "a byte of a spool file": (lambda h: h.flip(h.spool_file(1), 5000), "fsck.document.digest",
                               "is not the one that was sent or received"),
    "a byte of a row's document": (lambda h: content_flip(h, 1, 0, lambda b: b.index(b"a small document"), False),
                                   "fsck.document.digest", "is not the one that was sent or received"),
    "a byte of the signed head": (lambda h: content_flip(h, 1, 0, 3, False), "fsck.part.digest",
                                  "is not the one whose digest the receipt states"),
    "the sender's signature": (lambda h: content_flip(h, 1, 0, -20, False), "fsck.signature",
                               "does not verify any more"),
    "our receipt": (lambda h: content_flip(h, 1, 2, within(b"Final-Recipient: "), False),
                    "fsck.receipt.signature", "it proves nothing"),
    "the partner's receipt": (lambda h: content_flip(h, 0, 2, within(b"Final-Recipient: "), False),
                              "fsck.receipt.signature", "it proves nothing"),
    "of a spooled message": (lambda h: content_flip(h, 0, 2, within(b"Final-Recipient: "), True),
                             "fsck.receipt.signature", "it proves nothing"),
    "another digest is stated": (lambda h: content_flip(h, 0, 2, within(b"Received-Content-MIC: "), False),
                                 "fsck.receipt.mic", "it is not this message's proof"),
    "a receipt for another": (lambda h: content_flip(h, 0, 2, within(b"Original-Message-ID: "), False),
                              "fsck.receipt.other", "for another message"),
    "a receipt is gone": (lambda h: h.sql("DELETE FROM content WHERE kind = 2"), "fsck.receipt.missing",
                          "that proves the delivery is gone"),
    "a state": (lambda h: h.sql("UPDATE message SET state = 6 WHERE direction = 0"), "fsck.state", "contradict"),
    "a row of nobody's": (lambda h: h.sql("INSERT INTO event VALUES(999, 1, 0, 'sent', x'', x'', 0, x'', 0)"), "fsck.reference",
                          "a message that is not there"),
    "an area that is none": (lambda h: h.sql("UPDATE message SET area = 9 WHERE direction = 1"), "fsck.value",
                             "no version of this program writes"),
    "a state that is none": (lambda h: h.sql("UPDATE message SET state = 99"), "fsck.value", "no version of this program writes"),
    "no history": (lambda h: h.sql("DELETE FROM event"), "fsck.event", "has no history"),
    "the end of the history": (since_a_backup(lambda h: h.sql("DELETE FROM event WHERE place = (SELECT max(place) FROM event)")),
                               "fsck.history", "does not go on from the one that was saved or signed"),
    "a history made anew": (since_a_backup(lambda h: h.history_anew()), "fsck.history", "does not go on from the one that was saved or signed"),
    "a history made anew since it was signed": (lambda h: h.history_anew_beside_heads(), "fsck.history",
                                                "does not go on from the one that was saved or signed"),
    "what was signed of the history": (lambda h: h.sql("UPDATE head SET at_ns = at_ns + 1000000"), "fsck.history.signature", "does not verify"),
    "what was signed is another's": (lambda h: h.sql("UPDATE head SET signature = x'3000'"), "fsck.history.signature", "does not verify"),
    "what was signed is taken out": (lambda h: h.sql(
        "WITH n(n) AS (SELECT 1 UNION SELECT n + 1 FROM n LIMIT 60) INSERT INTO event SELECT 1, 100 + n, n * 3600000000000, 'x', x'', x'',"
        " 1000 + n, x'', 0 FROM n"), "fsck.history.unsigned", "not signed for as long as two days of work"),
    "words of the history": (lambda h: h.sql("UPDATE event SET detail = x'41' WHERE what = 'delivered'"), "fsck.chain",
                             "is not the one that was written"),
    "an event taken out": (lambda h: h.sql("DELETE FROM event WHERE what = 'attempt'"), "fsck.chain", "is not the one that was written"),
    "how long it must stay secret": (lambda h: h.sql("UPDATE message SET secret_until_ns = 1 WHERE direction = 0"), "fsck.chain",
                                     "is not the one that was written"),
    "the name of a file": (lambda h: h.sql("UPDATE message SET filename = x'41' WHERE direction = 1"), "fsck.chain",
                           "is not the one that was written"),
    "it waits for nothing": (lambda h: h.sql("UPDATE message SET state = 0, settled_ns = 0, watch_ns = 0 WHERE direction = 0"),
                             "fsck.queue", "nothing will end"),
    "a receipt is owed for what we sent": (lambda h: h.sql(
        "INSERT INTO owed SELECT row, 0, partner, area, 0, 0, 0, 0, x'' FROM message WHERE direction = 0"), "fsck.queue", "nothing will end"),
    "an answer is gone": (lambda h: h.sql(
        "INSERT INTO event SELECT row, 99, 0, 'x12-answered', x'', CAST('as nobody@x' AS BLOB), 0, x'', 0 FROM message WHERE direction = 1"),
        "fsck.answer", "its acknowledgment is not there"),
    "the counter of control numbers is gone": (lambda h: h.sql("DELETE FROM counter"), "fsck.kept", "numbers that were given"),
    "the time in the receipt": (lambda h: h.sql("UPDATE message SET receipt_ns = receipt_ns + 1 WHERE direction = 0"), "fsck.state",
                                "contradict each other"),
    "a statement is gone": (lambda h: h.sql("INSERT INTO register_rejected VALUES(77, x'41')"), "fsck.register",
                            "speaks of what is not there"),
    "another version": (lambda h: h.sql("PRAGMA user_version = 99"), "fsck.schema", "not of the version this program knows"),
    "a document is gone": (lambda h: h.sql("DELETE FROM content WHERE kind = 0"), "fsck.content.missing", "is gone, its record"),
    "what waits cannot be sent": (lambda h: h.sql(
        "UPDATE message SET state = 0, settled_ns = 0, watch_ns = 1 WHERE direction = 0"), "fsck.sealed.missing", "cannot be sent any more"),
    "what waits is not what was sealed": (lambda h: (
        h.sql("UPDATE message SET state = 0, settled_ns = 0, watch_ns = deadline_ns, sealed_n = 4, sealed_digest = zeroblob(36)"
              " WHERE direction = 0 AND spool IS NULL"),
        h.sql("INSERT INTO content SELECT row, 1, x'41424344' FROM message WHERE direction = 0 AND spool IS NULL")),
        "fsck.sealed.digest", "is not the one that was made"),
    "a place outside": (lambda h: h.sql("UPDATE message SET signature_n = signature_n + 100000 WHERE spool IS NULL"),
                        "fsck.section", "outside of what is stored"),
    "a receipt that is none": (lambda h: h.sql("UPDATE content SET bytes = x'00' WHERE kind = 2"), "fsck.receipt.unread",
                               "cannot be read"),
    "a receipt of ours that is another": (lambda h: h.sql(
        "UPDATE content SET bytes = (SELECT max(bytes) FROM content WHERE kind = 2) WHERE kind = 2"), "fsck.receipt.digest",
        "our receipt is not the one that was made"),
    "another size": (lambda h: h.sql("UPDATE message SET size = size + 1 WHERE direction = 1"), "fsck.value",
                     "no version of this program writes"),
    "no digest of the part": (lambda h: h.sql("UPDATE message SET mic = x'41' WHERE direction = 1"), "fsck.part.digest",
                              "is not the one whose digest the receipt states"),
    "another area": (lambda h: h.sql("UPDATE message SET area = 0 WHERE direction = 1"), "fsck.marks", "than the row says"),
    "another sender": (lambda h: h.sql("UPDATE message SET partner = CAST('007909412' AS BLOB) WHERE direction = 1"), "fsck.marks",
                       "than the row says"),
    "another receiver": (lambda h: h.sql("UPDATE message SET partner = CAST('007909412' AS BLOB) WHERE direction = 0"), "fsck.marks",
                         "than the row says"),
    "another name": (lambda h: h.sql("UPDATE message SET message_id = CAST(row || '@x' AS BLOB) WHERE direction = 0"), "fsck.marks",
                     "than the row says"),
    "one file of two": (lambda h: h.sql("UPDATE message SET spool = (SELECT min(spool) FROM message) WHERE spool IS NOT NULL"),
                        "fsck.spool.shared", "two messages name one spool file"),
}


def test_nothing_is_found_where_nothing_is_wrong(exchanged, tmp_path):
    for gateway in exchanged[:2]:
        before = os.stat(gateway.home + "/ledger/ledger.db")
        said = gateway.json("fsck")
        assert said["findings"] == [] and said["damages"] == 0 and said["messages"] == 4 and not said["running"]
        printed = gateway.run("fsck").stdout
        assert "4 messages, 390.7 KiB of documents: whole" in printed
        assert 0 < said["signed-events"] <= said["events"]
        assert re.search(rf"the history was signed at 20\S+Z, up to event {said['signed-events']} of {said['events']}\n", printed)
        assert os.stat(gateway.home + "/ledger/ledger.db").st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found(exchanged, tmp_path, name):
    damage, code, words = DAMAGES[name]
    home = Copy(exchanged[1], tmp_path)
    damage(home)
    said = home.fsck(check=HOST)
    found = [x for x in said["findings"] if x["code"] == code]
    assert found, said["findings"]
    assert words in found[0]["means"] and found[0]["mend"]
    printed = home.run("fsck", *home.against, check=HOST).stdout
    assert code in printed and words in printed


def test_what_was_signed_of_the_history_is_verified_without_us(world, tmp_path):
    u, a = world.pair()
    u.start()
    u.send(a, "billing", write(tmp_path / "d", b"a document"))
    u.wait_log("history-signed")
    u.stop()
    place, hash_, at_ns, signature = Copy(u, tmp_path).sql("SELECT place, hash, at_ns, signature FROM head")[0]
    at = datetime.datetime.fromtimestamp(at_ns // 1_000_000 / 1000, datetime.timezone.utc).isoformat(timespec="milliseconds")
    text = f"tieline-history 1\nevents: {place}\nhash: {hash_.hex()}\nsigned: {at.replace('+00:00', 'Z')}\n"
    paths = write(tmp_path / "signature", signature), write(tmp_path / "text", text.encode())
    verified = subprocess.run([OPENSSL, "cms", "-verify", "-binary", "-inform", "DER", "-in", paths[0], "-content", paths[1],
                               "-CAfile", u.home + "/root.pem", "-purpose", "any", "-out", os.devnull], capture_output=True)
    assert verified.returncode == 0, verified.stderr


def test_one_damage_is_one_finding_and_names_the_message(exchanged, tmp_path):
    home = Copy(exchanged[1], tmp_path)
    home.flip(home.spool_file(1), 60_000)
    found = [x["code"] for x in home.fsck(check=HOST)["findings"]]
    assert found == ["fsck.document.digest", "fsck.part.digest", "fsck.signature"]
    assert {x["message-id"] for x in home.fsck(check=HOST)["findings"]} == {exchanged[2]["large"]}


SENT = "take the file from a backup, or the document from the back office that submitted it"


@pytest.mark.parametrize("direction, mend", [(0, SENT), (1, "take the file from a backup, or ask the partner to send it again")])
def test_a_file_that_was_cut_is_named_and_whose_it_was(exchanged, tmp_path, direction, mend):
    """Nobody asks a partner for what he never had."""
    home = Copy(exchanged[0], tmp_path)
    path = home.spool_file(direction)
    os.truncate(path, 1000)
    found = home.fsck(check=HOST)["findings"]
    assert [f["code"] for f in found] == ["fsck.spool.short"]
    assert found[0]["found"].startswith(f"spool/{os.path.basename(path)} has 1000 bytes, and had ") and found[0]["mend"] == mend
    assert f"do:    {mend}" in home.run("fsck", check=HOST).stdout
    os.unlink(path)
    found = home.fsck(check=HOST)["findings"]
    assert [f["code"] for f in found] == ["fsck.spool.missing"] and found[0]["mend"].startswith(mend)


def test_a_sealed_form_that_was_cut_is_not_its_document(exchanged, tmp_path):
    """Of what waits to be sent: the document is whole, and what can be done is another thing."""
    home = Copy(exchanged[0], tmp_path)
    path = home.spool_file(0)
    waits = "state = 0, settled_ns = 0, watch_ns = deadline_ns, sealed_n = 5000"
    home.sql(f"UPDATE message SET {waits} WHERE direction = 0 AND spool IS NOT NULL")
    found = [f for f in home.fsck(check=HOST)["findings"] if f["code"] == "fsck.sealed.missing"]
    size = os.path.getsize(path)
    assert [f["found"] for f in found] == [f"spool/{os.path.basename(path)} has {size} bytes, and had {size + 5000}"]
    assert not [f for f in home.fsck(check=HOST)["findings"] if "document" in f["code"] or "spool" in f["code"]]


def spool_grow(home):
    with open(home.spool_file(0), "ab") as f:
        f.write(b"the sealed form")


NOTES = {
    "fsck.backup.unsigned": of_a_backup(lambda h: os.unlink(h.home + "/SHA256SUMS.p7s")),
    "fsck.spool.orphan": lambda h: write(h.spool + "/0190-nobody", b"left over"),
    "fsck.spool.long": spool_grow,
    "fsck.signer.unknown": lambda h: h.sql("UPDATE message SET signer = zeroblob(32) WHERE direction = 0 AND spool IS NULL"),
}


@pytest.mark.parametrize("code", NOTES)
def test_what_is_no_damage_is_a_note(exchanged, tmp_path, code):
    home = Copy(exchanged[0], tmp_path)
    NOTES[code](home)
    said = home.fsck(check=DONE)
    assert [(x["code"], x["damage"]) for x in said["findings"]] == [(code, False)]
    assert "1 note" in home.run("fsck").stdout


def test_each_finding_is_made_by_a_test():
    with open(os.path.join(ROOT, "src", "ledger", "audit.c")) as f:
        codes = set(re.findall(r'"(fsck\.[a-z.]+)"', f.read()))
    assert codes == {code for _, code, _ in DAMAGES.values()} | set(NOTES) | {
        "fsck.sets", "fsck.acknowledged", "fsck.register.learnt", "fsck.register.unlearnt"}  # test_fsck_register.py


# --- sets of documents ---

@pytest.fixture(scope="module")
def billed(tmp_path_factory):
    """The utility, stopped, after it sent bills: small, spooled, and two in one message; and a 997, of which no set is kept."""
    path = tmp_path_factory.mktemp("billed")
    u, a = acquainted(str(path), "829517388")
    agree(u, a, "{ examine: true, acknowledge: false }")
    u.start()
    a.start()
    try:
        answer = interchange([["AK1*IN*1", "AK9*A*1*1*1"]], number=7, group="FA", set_id="997")
        for at, bytes_ in enumerate([interchange([BILL, BILL], number=20), interchange([BILL] * 3000, number=21), answer]):
            message = u.send_id(a, "billing", write(path / f"{at}.edi", bytes_), *EDI)
            wait_until(lambda message=message: "x12-read" in str(u.show(message)["events"]))
        parts = [write(path / f"part{at}.edi", interchange([BILL], number=22 + at)) for at in range(2)]
        message = u.send_id(a, "billing", parts[0], "--attach", parts[1])
        wait_until(lambda: "2 sets: valid" in str(u.show(message)["events"]))
    finally:
        u.stop()
        a.stop()
    return u


def test_sets_that_are_kept_are_those_of_the_documents(billed, tmp_path):
    home = Copy(billed, tmp_path)
    assert home.sql("SELECT count(*) FROM x12_set WHERE reference = CAST('INV1' AS BLOB)") == [(3004,)]
    assert home.fsck(check=DONE)["findings"] == []


SETS = {
    "a number": ("UPDATE x12_set SET set_number = CAST('9' AS BLOB) WHERE ordinal = 2 AND message = 1",
                 "set 2 of the document is 810 0002 in group IN 20 of interchange 000000020, and kept is 810 9 in group IN 20 of interchange 20"),
    "a number of a group": ("UPDATE x12_set SET group_number = CAST('9' AS BLOB) WHERE ordinal = 2999", "set 2999 of the document is"),
    "a number of an interchange": ("UPDATE x12_set SET interchange = CAST('9' AS BLOB) WHERE message = 4 AND ordinal = 2", "set 2 of the document is"),
    "whose interchange it is": ("UPDATE x12_set SET receiver = x'41' WHERE message = 4 AND ordinal = 2", "set 2 of the document is"),
    "a kind": ("UPDATE x12_set SET set_id = CAST('820' AS BLOB) WHERE message = 1 AND ordinal = 1", "set 1 of the document is"),
    "a kind of group": ("UPDATE x12_set SET group_id = CAST('RA' AS BLOB) WHERE message = 1 AND ordinal = 1", "set 1 of the document is"),
    "a reference": ("UPDATE x12_set SET reference = CAST('INV2' AS BLOB) WHERE ordinal = 2 AND message = 2",
                    'set 2 of the document has no "INV2", which it is kept to be called by'),
    "the last less": ("DELETE FROM x12_set WHERE ordinal = 3000", "set 3000 of the document, 810 3000, is not kept"),
    "all less": ("DELETE FROM x12_set WHERE message = 1", "set 1 of the document, 810 0001, is not kept"),
    "one more": ("INSERT INTO x12_set SELECT message, 3, partner, interchange, group_id, group_number, set_id, CAST('3' AS BLOB), x'', 0, 0, sender, receiver, stamp, 0, 0"
                 " FROM x12_set WHERE message = 1 AND ordinal = 2", "more sets are kept than the 2 of the document"),
    "one of an answer": ("INSERT INTO x12_set SELECT 3, 1, partner, interchange, group_id, group_number, set_id, set_number, x'', 0, 0, sender, receiver, stamp, 0, 0"
                         " FROM x12_set WHERE message = 1 AND ordinal = 1", "more sets are kept than the 0 of the document"),
}


@pytest.mark.parametrize("name", SETS)
def test_a_set_that_is_not_the_documents_is_found(billed, tmp_path, name):
    home = Copy(billed, tmp_path)
    home.sql(SETS[name][0])
    said = home.fsck(check=HOST)
    assert [x["code"] for x in said["findings"]] == ["fsck.sets"]
    assert SETS[name][1] in said["findings"][0]["found"]
    assert "are not those in it, so the partner's acknowledgments are put beside others" in said["findings"][0]["means"]


@pytest.fixture(scope="module")
def acknowledged(tmp_path_factory):
    """The utility, stopped, after it sent three bills: one is accepted, one rejected, and of one the 997 is still missing."""
    path = tmp_path_factory.mktemp("acknowledged")
    u, a = acquainted(str(path), "829517388")
    agree(u, a, "{ examine: true }")
    agree(a, u, "{ examine: true }")
    u.start()
    a.start()
    try:
        def bill(number, body, what):
            message = u.send_id(a, "billing", write(path / f"{number}.edi", interchange([body, body], number=number)), *EDI)
            wait_until(lambda: what in str(u.show(message)["events"]))
        bill(20, BILL, "x12-accepted")
        bill(21, ["BIG*20240102", "TDS*100"], "x12-rejected")
        agree(a, u, "{ examine: true, acknowledge: false }")
        bill(22, BILL, "its acknowledgment is due at")
    finally:
        u.stop()
        a.stop()
    return u


ACKNOWLEDGED = {
    "one that is missed": ("UPDATE x12_set SET acknowledged = 1 WHERE acknowledged = 0",
                           "set 1, 810 1, is kept as accepted by a 997, 999 or TA1, and none says so"),
    "one that is missed, of an older ledger": ("UPDATE x12_set SET acknowledged = 1, sender = x'', receiver = x'', stamp = x'' WHERE acknowledged = 0",
                                               "set 1, 810 1, is kept as accepted"),
    "what was rejected": ("UPDATE x12_set SET acknowledged = 1 WHERE acknowledged = 3", "is kept as accepted"),
    "what was accepted": ("UPDATE x12_set SET acknowledged = 3 WHERE acknowledged = 1 AND ordinal = 2", "set 2, 810 2, is kept as rejected"),
    "an 824": ("UPDATE x12_set SET applied = 1 WHERE acknowledged = 0", "is kept as accepted by an 824"),
    "what waits for it": ("DELETE FROM x12_due", "some of it is not there, and nothing waits for it then"),
    "until when it waits": ("UPDATE x12_due SET due_ns = due_ns + 864000000000000", "nothing waits for it then"),
}


def test_what_is_kept_of_acknowledgments_is_what_answers_say(acknowledged, tmp_path):
    home = Copy(acknowledged, tmp_path)
    assert home.sql("SELECT acknowledged FROM x12_set ORDER BY message, ordinal") == [(1,), (1,), (3,), (3,), (0,), (0,)]
    assert home.fsck(check=DONE)["findings"] == []


@pytest.mark.parametrize("name", ACKNOWLEDGED)
def test_who_hides_a_missed_acknowledgment_is_found(acknowledged, tmp_path, name):
    home = Copy(acknowledged, tmp_path)
    home.sql(ACKNOWLEDGED[name][0])
    said = home.fsck(check=HOST)
    assert {x["code"] for x in said["findings"]} - {"fsck.sets"} == {"fsck.acknowledged"}
    assert any(ACKNOWLEDGED[name][1] in x["found"] for x in said["findings"])


def test_sets_of_no_number_cost_no_memory(acknowledged, tmp_path):
    home = Copy(acknowledged, tmp_path)
    home.sql("UPDATE x12_set SET ordinal = 4000000000 WHERE ordinal = 2")
    assert "fsck.kept" in {x["code"] for x in home.fsck(check=HOST)["findings"]}


def test_what_is_still_looked_into_or_could_not_be_is_not_compared(billed, tmp_path):
    home = Copy(billed, tmp_path)
    home.sql("DELETE FROM x12_set WHERE message = 1")
    home.sql("INSERT INTO examination SELECT row, partner, 0, 0, 0, 0, 0, 0 FROM message WHERE row = 1")
    assert home.fsck(check=DONE)["findings"] == []


def test_a_database_that_is_none_is_said(exchanged, tmp_path):
    home = Copy(exchanged[0], tmp_path)
    head_destroy(home)
    assert "a page of ledger.db is not what was written" in home.run("fsck", check=HOST).stderr


def test_a_home_without_a_ledger_is_said(world):
    gateway = world.gateway("Utility", "007909411", "utility")
    assert "ledger.missing" in gateway.run("fsck", check=None).stderr


# --- the gateway says the same ---

@pytest.fixture
def serving():
    """Ends what a test started."""
    started = []
    yield started.append
    for home in started:
        if home.process:
            home.kill()


def test_a_gateway_does_not_start_on_a_damaged_ledger(exchanged, tmp_path, serving):
    home = Copy(exchanged[1], tmp_path)
    page_destroy(home)
    serving(home)
    home.start(wait=False)
    home.wait_log("a page of ledger.db is not what was written: stop the gateway, run `tieline fsck`")


@pytest.mark.parametrize("damage, words", [
    (lambda h: h.flip(h.spool_file(1), 60_000), "is not the one that was sent or received"),
    (lambda h: os.truncate(h.spool_file(1), 1000), "is not the one that was sent or received"),
    (lambda h: os.unlink(h.spool_file(1)), "a message names a spool file that is not there"),
], ids=["changed", "short", "gone"])
def test_a_gateway_gives_out_nothing_that_is_damaged(exchanged, tmp_path, serving, damage, words):
    home = Copy(exchanged[1], tmp_path)
    damage(home)
    serving(home)
    home.start()
    refused = home.run("get", exchanged[2]["large"], check=HOST)
    assert words in refused.stderr and refused.stdout == ""
    assert home.run("get", exchanged[2]["small"]).stdout == "a small document"


WAITING = "state = 0, settled_ns = 0, direction = 0, watch_ns = "
ROWS = {
    "an area that is none, waiting": "area = 9, " + WAITING + "9000000000000000000",
    "an area that is none, overdue": "area = 9, " + WAITING + "1",
    "a state that is none": "state = 99",
    "a direction that is none": "direction = 7",
    "a partner that is too long": "partner = zeroblob(300)",
    "a Message-ID that is too long": "message_id = CAST(zeroblob(3000) || row AS BLOB)",
    "a type that is too long": "media_type = zeroblob(300)",
    "a file's name that is too long": "filename = zeroblob(300)",
    "a digest that is too long": "mic = zeroblob(300)",
    "a fault that is too long": "fault_code = zeroblob(300), fault_text = zeroblob(3000)",
}


@pytest.mark.parametrize("name", ROWS)
def test_nobody_dies_of_a_row_that_cannot_be(exchanged, tmp_path, serving, name):
    """It is one message's row: all the others go on, and fsck tells what it is."""
    home = Copy(exchanged[1], tmp_path)
    home.sql(f"UPDATE message SET {ROWS[name]} WHERE row = (SELECT min(row) FROM message WHERE direction = 0)")
    assert home.fsck(check=HOST)["damages"]
    serving(home)
    home.start()
    for words in (["list", "--inbox"], ["list", "--outbox"], ["status"], ["show", exchanged[2]["large"]]):
        home.run(*words)
    assert not home.logged("worker-ended|bug in tieline")


# --- of a gateway at work ---

def test_nothing_is_found_while_messages_come_and_go(pair, tmp_path):
    u, a = pair
    document = write(tmp_path / "large", os.urandom(LARGE))
    small = write(tmp_path / "small", b"a small document")
    stop = threading.Event()

    def send():
        while not stop.is_set():
            u.send(a, "billing", document)
            a.send(u, "outage", small)
    sender = threading.Thread(target=send)
    sender.start()
    try:
        counts = [[gateway.json("fsck") for gateway in pair] for _ in range(4)]
    finally:
        stop.set()
        sender.join()
    assert all(said["findings"] == [] and said["running"] for both in counts for said in both), counts
    assert counts[-1][0]["messages"] > counts[0][0]["messages"]


def test_a_gateway_at_work_is_looked_through(exchanged, tmp_path, serving):
    home = Copy(exchanged[1], tmp_path)
    damaged = home.spool_file(1)
    serving(home)
    home.start()
    assert home.fsck(check=DONE)["findings"] == []
    home.flip(damaged, 60_000)
    assert "fsck.document.digest" in [x["code"] for x in home.fsck(check=HOST)["findings"]]


@pytest.mark.parametrize("page", ["first", "middle", "last"])
def test_the_disk_of_a_gateway_at_work_is_looked_at(exchanged, tmp_path, serving, page):
    """Not what it has of the pages in memory: the look before has brought all of them there."""
    home = Copy(exchanged[1], tmp_path)
    serving(home)
    home.start()
    assert home.fsck(check=DONE)["findings"] == []
    pages = os.path.getsize(home.db) // PAGE
    with open(home.db, "r+b") as f:
        f.seek(PAGE * {"first": 0, "middle": pages // 2, "last": pages - 1}[page])
        f.write(b"\xa5" * PAGE)
    found = home.run("fsck", "--json", check=None)
    assert found.returncode == HOST
    assert "a page of ledger.db is not what was written" in found.stdout + found.stderr


def test_files_are_cut_again_after_a_look(world, tmp_path):
    u, a = world.pair()
    u.start()
    message = u.send_id(a, "billing", write(tmp_path / "large", os.urandom(LARGE)))
    path, = (u.home + "/ledger/spool/" + name for name in os.listdir(u.home + "/ledger/spool"))
    whole = os.path.getsize(path)
    assert u.json("fsck")["findings"] == [] and os.path.getsize(path) == whole
    a.start()
    assert settled(u, message)["state"] == "delivered"
    wait_until(lambda: os.path.getsize(path) < whole)


# --- what operators read ---

def strings_of_the_sources():
    """All string literals, adjacent ones as the one they are, with the words that macros stand for."""
    text = "\n".join(open(path).read() for folder in ("ledger", "cli", "processes")
                     for path in sorted(glob.glob(os.path.join(ROOT, "src", folder, "*.[ch]"))))
    for name, words in re.findall(r'#define (\w+) ("[^"\n]*")', text):
        text = re.sub(rf"(?<!define )\b{name}\b", lambda _, words=words: words, text)
    return re.sub(r'"\s*"', "", text)


def test_each_finding_is_in_the_operators_page_and_says_what_it_says_there():
    with open(os.path.join(ROOT, "docs", "operations.md")) as f:
        page = f.read()
    sources = strings_of_the_sources()
    rows = re.findall(r"^\| `(fsck[^`]*)`(?: \(a note\))? \| (.*) \| (.*) \|$", page, re.M)
    assert sorted(code for code, _, _ in rows) == sorted(set(re.findall(r'"(fsck\.[a-z.]+)"', sources)))
    for code, means, mend in rows:
        assert means in sources and all(words in sources for words in mend.split(" / sent: ")), code


@pytest.mark.parametrize("sentence", [
    "a page of ledger.db is not what was written", "stop the gateway, run `tieline fsck`, and restore the last backup",
    "another fsck or backup is at work: one at a time", "the gateway was stopped or restarted meanwhile",
    "a gateway runs on this home already", "on disk and read again", "is not what was saved: take another backup",
    "private keys are not in it: keep copies of keys/ apart, or give --keys",
    "the backup is what the home is, and that is damaged",
    "is there already, and is no empty directory: name another place"])
def test_a_quoted_sentence_is_printed(sentence):
    with open(os.path.join(ROOT, "docs", "operations.md")) as f:
        assert sentence in " ".join(f.read().split())
    assert sentence in strings_of_the_sources()
