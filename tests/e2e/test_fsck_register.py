# SPDX-License-Identifier: Apache-2.0
"""`tieline fsck` learns the register again from the documents that are stored: what else is kept of them is found, and named."""
import os

import pytest

from gateway import DONE, HOST, REFUSED, write
from migrations import undone
from test_deadlines import moment
from test_documents_exchange import agree, document, stored
from test_fsck import Copy, acquainted
from test_registry_day import FLAG, REFUSE, lines_of
from test_registry_exchange import both_agree
from test_registry_money import INVOICE, Sale

NEWER = 10**6  # than the sequence of any example
TABLES = ("statement", "resource", "interval", "link", "rejected", "target", "profile", "hashes", "added", "feeder", "review", "wanted")


def registers(sale):
    """A list, of which a part is accepted, under conditions; a revision of it under review; changes, decided and not."""
    sale.say("aggregation_registration", requested_effective_from=moment(-7200))
    decided = {"review_started_at": moment(-60), "decided_at": moment(0)}
    sale.say("registration_decision", decision="partly_accepted", rejected_resource_ids=["R-0002"], approved_from=moment(-7200), **decided)
    sale.say("registration_decision", approved_from=moment(-7000), registry_revision=5, **decided)
    for count in (3, 4):
        changed = [{**c, "resource_id": f"R-000{count}", "resource": {**c["resource"], "resource_id": f"R-000{count}"}}
                   for c in sale.make("composition_change")[2]["changes"]]
        _, change = sale.say("composition_change", change_effective_at=moment(86400 * count), changes=changed)
    asked = [{"path": "/changes/0/resource/permission_to_operate_on", "question": "Which day?"}]
    more = {"registration_id": change["document_id"], "in_reply_to": change["document_id"], "registry_revision": 6}
    sale.say("registration_decision", decision="more_information", approved_from=None, approved_capability=None, conditions=None,
             information_needed=asked, **more, **decided)


def trades(sale):
    for name in ("availability", "service_request", "service_offer", "service_award", "operating_limit", "service_dispatch"):
        sale.say(name)
    sale.say("availability", sequence=NEWER)
    sale.say("dispatch_response", expected_at=sale.times[0])
    sale.say("outage_notice")
    sale.say("outage_notice", sequence=2, notice="update")
    sale.say("service_performance", dispatch_ids=[sale.ids["service_dispatch"]])


def settles(sale):
    sale.say("invoice", **sale.bill())
    sale.say("invoice", **sale.bill("INV-2", "corrected"))
    sale.say("invoice", **sale.bill("CN-1", "credit_note", "-10", "-3.80"))
    sale.say("remittance", **sale.pay("T-1", (INVOICE, "465.60", "465.60")))
    stated = lines_of(sale.make("settlement_statement")[2], award_id=sale.ids["service_award"], dispatch_id=sale.ids["service_dispatch"])
    sale.say("settlement_statement", lines=stated)


def disputes(sale):
    bill = sale.ids["invoice"]
    for sender, receiver, step in ((sale.utility, sale.aggregator, "opened"), (sale.aggregator, sale.utility, "answered"),
                                   (sale.utility, sale.aggregator, "accepted"), (sale.utility, sale.aggregator, "opened")):
        made = document("dispute", sender, receiver, dispute_id=f"0197c650-0000-7000-8000-{len(step):012}", subject_document_id=bill,
                        area="billing", step=step, in_reply_to=bill, answer_due_at=moment(86400))
        sender.send_id(receiver, "billing", sale.path({**made, "correlation_id": bill}), "--wait")


def takes_back(sale):
    """What the partner refuses was learnt when it was sent, and is taken back."""
    agree(sale.aggregator, sale.utility, REFUSE)
    sender, receiver, made = sale.make("service_dispatch", award_id="0197c650-0000-7000-8000-000000000abc")
    sender.send(receiver, "availability", sale.path(made), "--wait", check=REFUSED)


def speaks_of_else(sale):
    """What the register learns nothing of."""
    sale.utility.send_id(sale.aggregator, "billing", write(sale.utility.home + "/../notes.txt", b"See you on Monday."), "--wait")


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """Both stopped, after documents of every type that the register learns: agreed on, flagged, revised, taken back."""
    path = tmp_path_factory.mktemp("learnt")
    u, a = acquainted(str(path), "829517388")
    u.start()
    a.start()
    try:
        both_agree(u, a, FLAG)
        sale = Sale(u, a, path)
        for part in (registers, trades, settles, disputes, takes_back, speaks_of_else):
            part(sale)
    finally:
        u.stop()
        a.stop()
    return u, a


def test_what_was_learnt_is_what_documents_say(learnt, tmp_path):
    for gateway in learnt:
        said = gateway.json("fsck")
        assert said["findings"] == [] and 20 < said["statements"] == said["compared-statements"]
    home = Copy(learnt[0], tmp_path)
    for table in TABLES:
        assert home.sql(f"SELECT count(*) FROM register_{table}")[0][0] > 0, table
    assert home.sql("SELECT count(DISTINCT type) FROM register_statement")[0][0] == 16
    assert home.sql("SELECT count(*) FROM register_statement WHERE voided_ns <> 0")[0][0] == 1



# What is done to the register, whose document is named (its type's number), and the words.
CHANGES = {
    "an amount": ("UPDATE register_statement SET amount = amount + 1 WHERE type = 12 AND key = CAST('INV-2' AS BLOB)", 12,
                  "register_statement amount is 465600001, by its document 465600000;"),
    "an amount that is gone": ("UPDATE register_statement SET amount = NULL WHERE type = 13", 13,
                               "amount is nothing, by its document 465600000;"),
    "who is paid": ("UPDATE register_statement SET payee = x'41' WHERE type = 12 AND key = CAST('INV-2' AS BLOB)", 12, "payee is A, by its document "),
    "the account": ("UPDATE register_statement SET name = x'41' WHERE type = 12 AND key = CAST('INV-2' AS BLOB)", 12, "name is 41, by its document "),
    "an id": ("UPDATE register_statement SET document = x'41' WHERE type = 6", 6, "document is A, by its document "),
    "a capability": ("UPDATE register_statement SET up_kw = up_kw * 2 WHERE type = 0", 0, "up_kw is "),
    "a time": ("UPDATE register_statement SET from_ns = from_ns + 1 WHERE type = 9", 9, "from_ns is "),
    "when it was said": ("UPDATE register_statement SET said_ns = said_ns - 86400000000000 WHERE type = 5", 5, "and its message is of "),
    "a statement that was taken back": ("UPDATE register_statement SET voided_ns = 0 WHERE voided_ns <> 0", 7, "voided_ns is 0, by its document 1;"),
    "one that was not": ("UPDATE register_statement SET voided_ns = 9 WHERE type = 11", 11, "voided_ns is 1, by its document 0;"),
    "a statement is gone": (f"DELETE FROM register_statement WHERE type = 3 AND sequence = {NEWER}", None, "is not kept"),
    "another message": ("UPDATE register_statement SET message = message + 1 WHERE type = 13", None, "register_statement"),
    "a resource": ("UPDATE register_resource SET export_kw = 1 WHERE resource = CAST('R-0001' AS BLOB)", 0,
                   "register_resource export_kw is 1, by its document "),
    "its premise": ("UPDATE register_resource SET premise = x'41' WHERE resource = CAST('R-0003' AS BLOB)", 1, "premise is A, by its document SP-448122;"),
    "a resource less": ("DELETE FROM register_resource WHERE resource = CAST('R-0002' AS BLOB)", 0,
                        "register_resource has not the row that its document says"),
    "a resource more": ("INSERT INTO register_resource SELECT base, x'41', statement, operation, at_ns, until_ns, premise, feeder, der_kind, consent,"
                        " program, consent_ns, export_kw, import_kw, up_kw, down_kw, inject_kvar, absorb_kvar, energy_kwh, net_metering"
                        " FROM register_resource WHERE resource = CAST('R-0001' AS BLOB)", 0,
                        "register_resource has a row that its document does not say"),
    "what is awarded": ("UPDATE register_interval SET kw = kw + 1 WHERE statement = (SELECT number FROM register_statement WHERE type = 6)", 6,
                        "register_interval kw is "),
    "a limit": ("UPDATE register_interval SET kw = 1 WHERE statement = (SELECT number FROM register_statement WHERE type = 10)", 10,
                "register_interval kw is 1, by its document "),
    "a price": ("UPDATE register_interval SET price = 1 WHERE price IS NOT NULL AND statement = (SELECT number FROM register_statement"
                " WHERE type = 5)", 5, "register_interval price is 1, by its document "),
    "what is paid": ("UPDATE register_link SET amount = 0 WHERE statement = (SELECT number FROM register_statement WHERE type = 13)", 13,
                     "register_link amount is 0, by its document 465600000;"),
    "what a decision makes": ("UPDATE register_link SET makes = 4 WHERE makes = 3 AND statement = (SELECT min(number) FROM register_statement"
                              " WHERE type = 2)", 2, "register_link makes is 4, by its document 3;"),
    "a link less": ("DELETE FROM register_link WHERE statement = (SELECT number FROM register_statement WHERE type = 11)", 11,
                    "register_link has not the row that its document says"),
    "whom a decision leaves out": ("UPDATE register_rejected SET resource = CAST('R-0001' AS BLOB)", 2, "register_rejected has "),
    "whom a limit is of": ("UPDATE register_target SET target = x'41'", 10, "register_target has "),
    "what is available when": ("UPDATE register_profile SET bytes = CAST(x'00' || bytes AS BLOB) WHERE statement = (SELECT min(number) FROM register_statement"
                               " WHERE type = 3)", 3, "register_profile bytes is 00"),
    "conditions": ("DELETE FROM register_profile WHERE statement IN (SELECT number FROM register_statement WHERE type = 2)", 2,
                   "register_profile has not the row that its document says"),
    "whose resources are known": ("UPDATE register_hashes SET hashes = x''", 0, "register_hashes hashes is , by its document "),
    "what is added": ("DELETE FROM register_added", 0, "register_added has not the row that its document says"),
    "where it is": ("UPDATE register_feeder SET feeder = CAST(x'41' || feeder AS BLOB)", 0, "register_feeder has "),
    "since when it is reviewed": ("UPDATE register_review SET started_ns = started_ns + 1 WHERE waiting_ns = 0", 1, "register_review started_ns is "),
    "that a review waits": ("UPDATE register_review SET waiting_ns = 0", 1, "register_review waiting_ns is 0, by its document "),
    "until when an answer is due": ("UPDATE register_wanted SET due_ns = due_ns + 86400000000000", None, "register_wanted due_ns is "),
    "that one is answered": ("UPDATE register_wanted SET state = 2 - state WHERE state <> 1", None, "register_wanted state is "),
    "that one is awaited": ("DELETE FROM register_wanted WHERE state = 0", None, "register_wanted has not the row that its document says"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_was_learnt_is_found_and_named(learnt, tmp_path, name):
    change, of, words = CHANGES[name]
    home = Copy(learnt[0], tmp_path)
    before = home.sql("SELECT s.*, m.message_id FROM register_statement AS s JOIN message AS m ON m.row = s.message")
    home.sql(change)
    found = [f for f in home.fsck(check=HOST)["findings"] if f["code"] == "fsck.register.learnt"]
    assert any(words in f["found"] for f in found), found
    if of is not None:
        messages = {row[-1].decode() for row in before if row[6] == of}
        assert {f["message-id"] for f in found} <= messages and found[0]["found"].startswith("statement ")


def test_one_change_is_one_finding(learnt, tmp_path):
    """Also where much follows from it: what was learnt later is not learnt again from what is wrong."""
    home = Copy(learnt[0], tmp_path)
    home.sql("UPDATE register_statement SET amount = 1, document = x'41' WHERE type = 6")
    said = home.fsck(check=HOST)
    assert [f["code"] for f in said["findings"]] == ["fsck.register.learnt"]
    assert "statement " in home.run("fsck", check=HOST).stdout


def test_what_cannot_be_read_is_left_out(learnt, tmp_path):
    """A document that is damaged says nothing of the register, and what was learnt of it is taken as it is kept."""
    home = Copy(learnt[0], tmp_path)
    message, = home.sql("SELECT message FROM register_statement WHERE type = 6")[0]
    (bytes_,), = home.sql("SELECT bytes FROM content WHERE message = ? AND kind = 0", message)
    home.sql("UPDATE content SET bytes = ? WHERE message = ? AND kind = 0", bytes_.replace(b"service_award", b"service_awarf"), message)
    said = home.fsck(check=HOST)["findings"]
    assert sorted(f["code"] for f in said if f["code"].startswith("fsck.reg")) == ["fsck.register.unlearnt"], [f["found"] for f in said]
    assert [f["found"] for f in said if f["code"] == "fsck.register.unlearnt"] == ["of 1 message the document cannot be read"]


def test_a_statement_of_a_document_that_says_nothing_is_found(learnt, tmp_path):
    """One that can be read, and is whole: somebody put the statement there."""
    home = Copy(learnt[0], tmp_path)
    (message, said), = home.sql("SELECT row, created_ns FROM message WHERE media_type = CAST('text/plain' AS BLOB)")
    columns = [c[1] for c in home.sql("PRAGMA table_info(register_statement)")]
    put = {"number": "number + (SELECT max(number) FROM register_statement) - number + 1", "message": str(message), "said_ns": str(said)}
    home.sql(f"INSERT INTO register_statement SELECT {', '.join(put.get(c, c) for c in columns)} FROM register_statement WHERE type = 12 LIMIT 1")
    found = home.fsck(check=HOST)["findings"]
    assert [f["code"] for f in found] == ["fsck.register.learnt"], found
    assert "register_statement has a row that its document does not say" in found[0]["found"]


@pytest.mark.parametrize("change,words", [
    ("UPDATE counter SET value = value + 1000000 WHERE name = 'learnt'", "programs before learnt up to statement 1000000, and the last is "),
    ("DELETE FROM counter WHERE name = 'learnt'", "programs before learnt up to statement nobody knows, and the last is "),
])
def test_up_to_where_nothing_is_compared_cannot_be_behind_the_last(learnt, tmp_path, change, words):
    home = Copy(learnt[0], tmp_path)
    home.sql(change)
    found = [f["found"] for f in home.fsck(check=HOST)["findings"] if f["code"] == "fsck.register"]
    assert len(found) == 1 and words in found[0], found


def test_what_an_earlier_program_learnt_is_not_compared(learnt, tmp_path):
    """It may have learnt otherwise; what this one learnt after it is."""
    home = Copy(learnt[0], tmp_path)
    home.sql("UPDATE counter SET value = (SELECT max(number) FROM register_statement WHERE type = 6) WHERE name = 'learnt'")
    home.sql("UPDATE register_statement SET amount = 1, baseline = x'41' WHERE type IN (5, 6)")
    said = home.fsck(check=DONE)
    assert said["findings"] == [] and 0 < said["compared-statements"] < said["statements"]
    words = f"of {said['statements']} statements of the registry {said['compared-statements']} compared with their documents\n"
    assert words in home.run("fsck").stdout
    home.sql("UPDATE register_statement SET amount = 1 WHERE type = 13")
    assert {f["code"] for f in home.fsck(check=HOST)["findings"]} == {"fsck.register.learnt"}


def test_what_was_learnt_before_the_ledger_was_taken_over_is_not_compared(learnt, tmp_path):
    home = Copy(learnt[0], tmp_path)
    for sql in ("DELETE FROM counter WHERE name = 'learnt'", *undone(16), "PRAGMA user_version = 16"):
        home.sql(sql)
    home.start()
    home.stop()
    assert home.logged("ledger-migrated from=16")
    said = home.fsck(check=DONE)
    assert said["findings"] == [] and said["compared-statements"] == 0 < said["statements"]


def test_a_gateway_at_work_is_compared_too(learnt, tmp_path):
    home = Copy(learnt[0], tmp_path)
    home.sql("UPDATE register_link SET amount = 0 WHERE statement = (SELECT number FROM register_statement WHERE type = 13)")
    home.start()
    try:
        said = home.fsck(check=HOST)
        assert said["running"] and [f["code"] for f in said["findings"]] == ["fsck.register.learnt"]
        assert os.listdir(home.home + "/ledger") and not [n for n in os.listdir(home.home + "/ledger") if n not in
                                                          ("ledger.db", "ledger.db-wal", "spool")]
    finally:
        home.stop()
