# SPDX-License-Identifier: Apache-2.0
"""What must hold after whatever happened to gateways: nothing lost, nothing twice, both sides say the same.

Of business (dealings.py) besides: each X12 document is acknowledged once, by numbers that are given once; each copy arrived once;
and every registry says what it says of a deal that nothing happened to.
"""
import collections
import itertools
import json
import os
import shutil
import sqlite3
import tempfile

from gateway import LIMIT, tieline, wait_until

UNDER_WAY = ("ready", "sending", "deferred", "awaiting")
AGREED = ("sha256", "mic")  # what both sides say of a message


def under_way(gateway):
    """Messages, and receipts that go by themselves."""
    return [m for m in gateway.outbox() if m["state"] in UNDER_WAY] + \
           [m for m in gateway.inbox() if m["our-receipt"] in UNDER_WAY]


def all_settled(*gateways):
    """Of several, each is asked twice: one whose message was just taken does not know yet that the other is told so."""
    def left():
        return next((gateway for gateway in 2 * gateways if under_way(gateway)), None)
    try:
        wait_until(lambda: not left(), 4 * LIMIT)
    except AssertionError:
        gateway = left() or gateways[0]
        shown = [gateway.show(m["message-id"]) for m in under_way(gateway)[:3]]
        raise AssertionError(f"{gateway.name}: not settled: {shown}\n" + "\n".join(gateway.lines[-20:])) from None


def hold(one, other, taken, look_at=40):
    """`taken`: Message-ID -> path of what `one`'s command was told is accepted.  How many messages there are."""
    sent = {m["message-id"]: m for m in one.outbox() if m["partner"] == other.id}
    received = [m for m in other.inbox() if m["state"] == "received" and m["partner"] == one.id]
    ids = [m["message-id"] for m in received]
    assert len(ids) == len(set(ids)), "something arrived twice"
    assert set(taken) <= set(sent), f"acknowledged to the back office and lost: {set(taken) - set(sent)}"
    assert {m["state"] for m in sent.values()} <= {"delivered"}, [m for m in sent.values() if m["state"] != "delivered"]
    assert set(ids) == set(sent), f"sent and received differ: {set(ids) ^ set(sent)}"
    for m in received:
        assert [m[what] for what in AGREED] == [sent[m["message-id"]][what] for what in AGREED]
        assert sent[m["message-id"]]["receipt"] == "signed" and m["our-receipt"] in (None, "delivered"), m
    for message_id, path in list(taken.items())[:look_at]:
        with open(path, "rb") as f:
            assert other.document(message_id) == f.read()
        assert receipt(one, message_id, "--outbox") == receipt(other, message_id, "--inbox")
    return len(ids)


def receipt(gateway, message_id, box):
    return gateway.run("receipt", message_id, box, text=False).stdout


# --- of business ---

ANSWER = "answer-"  # how the Message-IDs of answers to X12 begin
NOT_SAID = ("number", "message", "base", "said_ns")  # places in a ledger and moments: they differ, and say nothing
UNWANTED = ("x12-flagged", "x12-rejected", "x12-unmatched", "document-flagged", "not-copied", "registry-finding")


def business_settled(trio, deals):
    """Also what gateways say by themselves: answers of `deals`, which were understood, and copies of all there are."""
    x12 = [said for deal in deals for said in deal.steps if said.is_x12]

    def left():
        return [said for said in x12 if not said.understood()]
    all_settled(*trio.all)
    try:
        wait_until(lambda: not left(), 4 * LIMIT, pause=0.2)
        wait_until(lambda: len(trio.rto.inbox()) >= len(trio.COPIED) * len(trio.deals), 4 * LIMIT, pause=0.2)
    except AssertionError:
        raise AssertionError(f"not answered: {[said.shown() for said in left()]}\n{len(trio.rto.inbox())} "
                             "copies\n" + "\n".join(trio.utility.lines[-20:])) from None
    all_settled(*trio.all)


def business_holds(trio, deals, known=None):
    """All of `deals` was said, and they have settled; ends the gateways.  Every registry says of every deal what it says of the
    first, to which nothing happened, or what was `known` to be said; which it returns."""
    for one, other in itertools.permutations(trio.all, 2):
        taken = {s.message_id: s.path for d in deals for s in d.steps if (s.sender, s.receiver) == (one, other)}
        hold(one, other, taken, look_at=4)
    for one in (trio.utility, trio.aggregator):
        acknowledged_once(one, deals)
    assert {m["our-receipt"] for gateway in trio.all for m in gateway.inbox()} == {"delivered" if trio.later else None}
    shown = {gateway: registry_of(gateway) for gateway in trio.all}
    arrived = sorted(m["message-id"] for m in trio.rto.inbox())
    for gateway in trio.all:
        gateway.kill()
    kept = {gateway: ledger_of(gateway) for gateway in trio.all}
    for gateway in trio.all:
        numbers_given_once(kept[gateway])
        unwanted = [tuple(row) for row in kept[gateway].execute("SELECT what, fault_code, detail FROM event") if row[0] in UNWANTED]
        assert not unwanted, f"{gateway.name}: {unwanted}"
    events_hold(trio, deals, kept, arrived)
    known = known or {}
    for gateway in trio.all:
        registry_holds(gateway.name, deals, shown[gateway], kept[gateway], known)
    return known


def acknowledged_once(one, deals):
    """What `one` sent: each interchange has one TA1 and each group one 997 or 999, under control numbers that nothing else has."""
    said, numbers = collections.Counter(), []
    for message_id in (m["message-id"] for m in one.inbox() if m["message-id"].startswith(ANSWER)):
        for line in (segment.split("*") for segment in one.document(message_id).decode().split("~") if segment):
            if line[0] in ("AK1", "TA1"):
                said[line[0], int(line[2 if line[0] == "AK1" else 1])] += 1
            if line[0] == "ISA":
                numbers.append(line[13])
    assert said == collections.Counter((tag, deal.number + 1) for deal in deals for tag in ("AK1", "TA1"))
    assert len(numbers) == len(set(numbers)), f"given twice: {numbers}"


def events_hold(trio, deals, kept, arrived):
    """Each X12 document was answered once and its answer understood once; each copy that was made is there, once."""
    copied = []
    for said in (said for deal in deals for said in deal.steps):
        if said.is_x12:
            what = [details(kept[one], said, what) for one, what in ((said.receiver, "x12-answered"), (said.sender, "x12-accepted"))]
            assert [len(each) for each in what] == [1, 1], (said.message_id, what)
        if said.name in trio.COPIED:
            copied += [detail.split(" as ")[1] for detail in details(kept[trio.utility], said, "copied")]
    assert len(copied) == len(set(copied)) == len(trio.COPIED) * len(deals)
    assert sorted(copied) == arrived


def details(kept, said, what):
    """Of events of a message, whoever it is of."""
    return [row[0].decode() for row in kept.execute(
        "SELECT detail FROM event JOIN message ON message.row = event.message WHERE message_id = ? AND what = ?",
        (said.message_id.encode(), what))]


def ledger_of(gateway):
    """What is on its disk; it has ended."""
    kept = sqlite3.connect(":memory:")
    with tempfile.TemporaryDirectory() as path:
        for end in ("", "-wal"):
            if os.path.exists(f"{gateway.home}/ledger/ledger.db{end}"):
                shutil.copy(f"{gateway.home}/ledger/ledger.db{end}", path)
        copy = sqlite3.connect(f"{path}/ledger.db")
        copy.backup(kept)
        copy.close()
    kept.row_factory = sqlite3.Row
    return kept


def numbers_given_once(kept):
    """A look at a document that died has its number again: so many were given as documents were looked into, and are."""
    given, = kept.execute("SELECT value FROM counter WHERE name = 'x12'").fetchone()
    looked, = kept.execute("SELECT count(DISTINCT message) FROM event WHERE what IN ('x12-read', 'document-read')").fetchone()
    looking, = kept.execute("SELECT count(*) FROM examination WHERE number > 0").fetchone()
    assert given == looked + looking, f"{given} numbers for {looked} documents, and {looking} to be looked into"


def registry_of(gateway):
    """Aggregation -> what is said of it."""
    lines = tieline("registry", "export", "--home", gateway.home, "--test").stdout.splitlines()
    return {json.loads(line)["aggregation"]: line for line in lines}


def registry_holds(name, deals, shown, kept, known):
    for deal in deals:
        said = [deal.in_any_words(shown[deal.aggregation]), *statements(kept, deal)]
        assert said == known.setdefault(name, said), f"{name}, deal {deal.number}"
    tables = [row[0] for row in kept.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'register%'")]
    rows = {table: kept.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
    each = known.setdefault(name + ", rows", {table: n // len(deals) for table, n in rows.items()})
    assert rows == {table: len(deals) * n for table, n in each.items()}, name


def statements(kept, deal):
    rows = kept.execute(f"SELECT * FROM register_statement WHERE document IN ({','.join('?' * len(deal.ids))})",
                        [name.encode() for name in deal.ids.values()])
    return sorted(deal.in_any_words(repr({key: row[key] for key in row.keys() if key not in NOT_SAID})) for row in rows)
