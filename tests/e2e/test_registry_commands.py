# SPDX-License-Identifier: Apache-2.0
"""What the registry shows, from a ledger that knows something; how it came to know is tested elsewhere."""
import json
import re
import signal
import sqlite3
import time

import pytest

from gateway import INPUT, USAGE, tieline, write

DAY = 86400 * 10**9
SAY = ("INSERT INTO register_statement(number, message, test, direction, partner, type, state, document, revision, action, kind,"
       " aggregation, name, program, key, base, basis, resources, at_once, said_ns, from_ns, until_ns, last_ns, review_ns,"
       " stopped_ns, up_kw) VALUES(?, ?, 0, ?, ?, ?, 1, ?, 1, ?, x'', ?, ?, x'', x'', ?, ?, ?, 0, ?, ?, 0, 0, ?, 0, ?)")


def fill(db, now):
    partner, north, south = b"829517388", b"A-1", b"A-2"
    db.execute(SAY, (1, 1, 1, partner, 0, b"r1", b"create", north, b"North", 0, None, 450, now - 9 * DAY, now - 5 * DAY, 0,
                     1500250000))
    db.execute(SAY, (2, 2, 0, partner, 2, b"d1", b"accepted", north, b"", 1, 1, 0, now - 8 * DAY, 0, 0, None))
    db.execute(SAY, (3, 3, 1, partner, 0, b"r2", b"create", south, b"South", 0, None, 0, now - 50 * DAY, 0, now - 50 * DAY, None))
    db.execute(SAY, (4, 4, 1, partner, 0, b"r3", b"create", b"A-3", b"West", 0, None, 1, now - 9 * DAY, now - 9 * DAY, 0, None))
    db.execute(SAY, (5, 5, 0, partner, 2, b"d3", b"accepted", b"A-3", b"", 4, 7, 0, now - 9 * DAY, 0, 0, None))
    db.execute(SAY, (6, 6, 1, partner, 0, b"r4", b"withdraw", b"A-3", b"West", 0, None, 0, now - 9 * DAY, now - 2 * DAY, 0, None))
    db.execute("UPDATE register_statement SET program = CAST('PROG-3' AS BLOB) WHERE number = 4")
    db.execute("INSERT INTO register_resource(base, resource, statement, operation, at_ns, until_ns, premise, feeder, der_kind, consent)"
               " VALUES(4, X'522D57', 4, 0, 0, 0, CAST('SP-W' AS BLOB), CAST('F-1' AS BLOB), X'7076', CAST('C-9' AS BLOB))")
    db.execute("UPDATE register_statement SET kind = CAST('resilience voltage_reactive ' AS BLOB), inject_kvar = 250000 WHERE number = 1")
    db.execute("INSERT INTO register_resource(base, resource, statement, operation, at_ns, until_ns, premise, feeder, der_kind, consent,"
               " net_metering) VALUES(3, X'522D53', 3, 0, 0, 0, CAST('SP-S' AS BLOB), CAST('F-9' AS BLOB), X'7076', x'', 1)")
    db.execute("INSERT INTO register_review VALUES(3, ?, 0, 0, 1000)", (now - 50 * DAY,))
    for i in range(450):
        db.execute("INSERT INTO register_resource(base, resource, statement, operation, at_ns, until_ns, premise, feeder, der_kind, consent)"
                   " VALUES(1, ?, 1, 0, 0, 0, ?, ?, ?, ?)", (b"R-%04d" % i, b"SP-%04d" % i, b"F-1", b"pv", b"C-1"))


@pytest.fixture(name="u")
def filled(world):
    u, _ = world.pair()
    u.start()
    u.stop()
    db = sqlite3.connect(u.home + "/ledger/ledger.db")
    fill(db, time.time_ns())
    db.commit()
    db.close()
    u.start()
    return u


def registry(u, *words, **more):
    return tieline("registry", words[0], "--home", u.home, *words[1:], **more)


def test_registry_shows_lists_and_exports(u):
    rows = json.loads(registry(u, "show", "--json").stdout)
    assert [(r["aggregation"], r["state"], r["revision"]) for r in rows] == [
        ("A-1", "registered", 1), ("A-2", "under review", -1), ("A-3", "withdrawn", 7)]
    assert rows[0]["up-kw"] == "1500.25" and rows[0]["aggregator"] == "partner"
    for home in (["--home", u.home], [f"--home={u.home}"]):  # also before the word, as with other commands
        assert json.loads(tieline("registry", *home, "show", "--json").stdout) == rows
    one = json.loads(registry(u, "show", "A-1", "--json").stdout)[0]
    assert [r["resource"] for r in one["resources"]] == [f"R-{i:04}" for i in range(450)]
    assert {r["premise"] for r in one["resources"]} == {"****"}
    text = registry(u, "show", "A-1").stdout
    assert "SP-" not in text and "masked" in text and "R-0449" in text
    exported = [json.loads(line) for line in registry(u, "export").stdout.splitlines()]
    assert exported[0]["resources"][7]["premise"] == "SP-0007"
    assert exported[0]["service-kinds"] == ["resilience", "voltage_reactive"] and exported[1]["service-kinds"] == []
    assert not exported[0]["resources"][7]["net-metering"]
    shown = registry(u, "show").stdout.splitlines()
    assert shown[0].split()[-4:] == ["INJECT", "KVAR", "ABSORB", "KVAR"] and shown[1].split()[-2:] == ["0.25", "-"]


def test_registry_shows_what_is_asked_for(u):
    """Who is to decide sees the resources; before it was asked for nothing was under review."""
    (row,) = json.loads(registry(u, "show", "A-2", "--json").stdout)
    assert row["state"] == "under review" and row["revision"] == -1
    assert [(r["resource"], r["feeder"], r["premise"], r["net-metering"]) for r in row["resources"]] == [("R-S", "F-9", "****", True)]
    text = registry(u, "show", "A-2").stdout
    assert "Asked for, and not decided:" in text and "R-S" in text and " -1 " not in text
    assert "Asked for" not in registry(u, "show", "A-1").stdout
    (row,) = json.loads(registry(u, "show", "A-2", "--at", day(60), "--json").stdout)
    assert row["state"] == "not yet" and row["resources"] == []


def day(before):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - before * 86400))


SEARCHES = [  # options, and how many resources of which aggregation, now and four days before
    (["--feeder", "F-1"], {"A-1": 450}, {"A-1": 450, "A-3": 1}),
    (["--premise", "SP-0007"], {"A-1": 1}, {"A-1": 1}),
    (["--premise", "SP-0007", "--feeder", "F-2"], {}, {}),
    (["--consent", "C-9"], {}, {"A-3": 1}),
    (["--programme", "PROG-3"], {}, {"A-3": 1}),
    (["--programme", "PROG-3", "--consent", "C-1"], {}, {}),
    (["--feeder", "F"], {}, {}),
]


def test_registry_finds_resources(u):
    for options, now, then in SEARCHES:
        for at, want in (([], now), (["--at", day(4)], then)):
            rows = json.loads(registry(u, "show", *options, *at, "--json").stdout)
            assert {r["aggregation"]: len(r["resources"]) for r in rows} == want, (options, at)
            assert all(r["premise"] == "****" for row in rows for r in row["resources"])
    assert "No aggregations" in registry(u, "show", "--feeder", "F").stdout
    assert "R-0007" in registry(u, "show", "--premise", "SP-0007").stdout
    assert json.loads(registry(u, "show", "A-2", "--feeder", "F-1", "--json").stdout) == []
    registry(u, "history", "A-1", "--feeder", "F-1", check=USAGE)


def test_registry_says_until_when(u):
    for at, state, revision in (([], "withdrawn", 7), (["--at", day(4)], "registered", 7), (["--at", day(20)], "not yet", 7)):
        (row,) = json.loads(registry(u, "show", "A-3", *at, "--json").stdout)
        assert (row["state"], row["revision"]) == (state, revision), at
        assert row["until"] and row["until"][:10] in (day(2), day(2.1)), at


def test_registry_at_another_moment(u):
    before = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 7 * 86400))
    assert json.loads(registry(u, "show", "A-1", "--at", before, "--json").stdout)[0]["state"] == "not yet"
    assert json.loads(registry(u, "show", "--test", "--json").stdout) == []
    assert json.loads(registry(u, "show", "--partner", "nobody", "--json").stdout) == []
    assert "No aggregations" in registry(u, "show", "--test").stdout
    registry(u, "show", "--at", "yesterday", check=INPUT)
    registry(u, "show", "A-1", "A-2", check=USAGE)
    registry(u, "history", check=USAGE)


def test_registry_history_names_documents(u):
    rows = json.loads(registry(u, "history", "A-1", "--json").stdout)
    assert [(r["type"], r["action"], r["document"], r["way"]) for r in rows] == [
        ("aggregation_registration", "create", "r1", "in"), ("registration_decision", "accepted", "d1", "out")]
    assert "Nothing was said of it.\n" == registry(u, "history", "A-9").stdout


def test_registry_history_is_of_what_was_said_by_then(u):
    """r1 was said nine days ago and d1 a day later; before it was taken back it had not been."""
    u.stop()
    with sqlite3.connect(u.home + "/ledger/ledger.db") as db:
        voided_ns = time.time_ns() - 4 * DAY
        db.execute("UPDATE register_statement SET voided_ns = ? WHERE number = 2", (voided_ns,))
    db.close()
    u.start()
    voided = time.strftime("%Y-%m-%d", time.gmtime(voided_ns // 10**9))
    for at, said, taken_back in ((day(10), [], []), (day(6.9), ["r1", "d1"], ["", ""]), (day(2.9), ["r1", "d1"], ["", voided]),
                                 ("2040-01-01", ["r1", "d1"], ["", voided])):
        rows = json.loads(registry(u, "history", "A-1", "--at", at, "--json").stdout)
        assert ([r["document"] for r in rows], [(r["taken-back"] or "")[:10] for r in rows]) == (said, taken_back), at
        text = registry(u, "history", "A-1", "--at", at).stdout
        assert text == "Nothing was said of it by then.\n" if not said else all(name in text for name in said), at
        assert (voided in text) == (voided in taken_back), at
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 8.5 * 86400))
    assert [r["document"] for r in json.loads(registry(u, "history", "A-1", "--at", at, "--json").stdout)] == ["r1"]
    assert "d1" in registry(u, "history", "A-1").stdout and "said by this moment" in tieline("registry", "history", "--help").stdout
    registry(u, "history", "A-1", "--at", "yesterday", check=INPUT)


def test_status_and_log_say_what_is_under_review(u):
    review = u.json("status")["reviews"][0]
    assert (review["aggregation"], review["days"], review["decides"], review["state"]) in (
        ("A-2", 9, "we", "under review"), ("A-2", 10, "we", "under review"))
    assert "Registrations that are not decided" in u.run("status").stdout
    u.wait_log("review-due .*aggregation=A-2")


def reviews(gateway):
    found = json.loads(gateway.run("doctor", "--json", check=None).stdout)["findings"]
    return [(f["urgency"], f["found"]) for f in found if f["topic"] == "reviews"]


def test_doctor_says_what_is_to_be_decided(u):
    assert reviews(u) == []  # nine days are left
    for days, urgency, words in ((56, "soon", "due in "), (40, "urgent", "overdue by ")):
        with open(u.home + "/tieline.yaml") as f:
            text = re.sub(r"review-days: \d+", f"review-days: {days}", f.read())
        write(u.home + "/tieline.yaml", text.encode())
        since = u.mark()
        u.process.send_signal(signal.SIGHUP)
        u.wait_log("reloaded", since)
        ((said, found),) = reviews(u)
        assert said == urgency and found.startswith("A-2 of ") and words in found


def test_all_aggregations_are_not_those_of_one_book(u):
    """`tieline new` writes documents of tests: what they said is not shown, and not kept silent about."""
    assert registry(u, "show").stderr == ""
    u.stop()
    db = sqlite3.connect(u.home + "/ledger/ledger.db")
    db.execute("UPDATE register_statement SET test = 1 WHERE aggregation = CAST('A-3' AS BLOB)")
    db.commit()
    db.close()
    u.start()
    shown = registry(u, "show")
    assert shown.stderr == "the book of test documents has 1 more: --test shows them\n" and "A-3" not in shown.stdout
    assert registry(u, "show", "--test").stderr == "" == registry(u, "show", "--json").stderr


def test_an_aggregation_that_is_not_there_is_no_success(u):
    assert "no aggregation NOPE in the book of real documents" in registry(u, "show", "NOPE", check=INPUT).stderr
    said = registry(u, "show", "A-1", "--test", check=INPUT).stderr
    assert "the book of real documents has it, without --test (registry.aggregation)" in said
