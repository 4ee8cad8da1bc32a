# SPDX-License-Identifier: Apache-2.0
"""X12 documents over the exchange: looked into, answered, and their answers put beside what was sent."""
import json
import os
import re
import signal
import sqlite3
import uuid

from gateway import DONE, settled, wait_until, write
from test_documents_exchange import agree as agree_on_documents
from test_registry_exchange import fee

EDI = ("--type", "application/edi-x12")
BILL = ["BIG*20240102*INV1", "TDS*100"]


def interchange(sets, number=1, group="IN", set_id="810", isa14="0"):
    """One interchange with one group of these sets, each a list of segments."""
    lines = [f"ISA*00*          *00*          *01*007909411      *01*829517388      *240102*0304*U*00401*{number:09}*{isa14}*T*>",
             f"GS*{group}*007909411*829517388*20240102*0304*{number}*X*004010"]
    for at, body in enumerate(sets, 1):
        lines += [f"ST*{set_id}*{at:04}", *body, f"SE*{len(body) + 2}*{at:04}"]
    lines += [f"GE*{len(sets)}*{number}", f"IEA*1*{number:09}"]
    return "".join(line + "~" for line in lines).encode()


def agree(gateway, partner, terms):
    path = f"{gateway.home}/partners/{partner.id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    changed = re.sub(r"^x12: .*$", f"x12: {terms}", text, flags=re.M)
    assert changed != text
    with open(path, "w") as f:
        f.write(changed)
    if gateway.process:
        since = gateway.mark()
        gateway.process.send_signal(signal.SIGHUP)
        gateway.wait_log("reloaded", since)


def events(gateway, message_id):
    return {event["what"]: event for event in gateway.show(message_id)["events"]}


def event(gateway, message_id, what):
    """Once there is one; also of a message that is still under way to this gateway."""
    def look():
        said = gateway.run("show", message_id, "--json", check=None)
        if said.returncode != DONE:
            assert "message.unknown" in said.stderr, said.stderr
            return None
        return {event["what"]: event for event in json.loads(said.stdout)["events"]}.get(what)
    return wait_until(look)


def test_what_arrives_is_looked_into(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true, acknowledge: false }")
    good = write(tmp_path / "good", interchange([BILL, BILL]))
    bad = write(tmp_path / "bad", interchange([BILL], number=2).replace(b"SE*4", b"SE*9"))
    good_id, bad_id = (utility.send_id(aggregator, "billing", path, *EDI) for path in (good, bad))
    settled(utility, good_id)
    settled(utility, bad_id)
    assert event(aggregator, good_id, "x12-read")["detail"] == "1 interchange, 2 sets: valid"
    flag = event(aggregator, bad_id, "x12-flagged")
    assert flag["code"] == "x12.invalid" and "SE01" in flag["detail"]
    message = aggregator.show(bad_id)
    assert message["state"] == "received" and message["flag"]["code"] == "x12.invalid"
    assert aggregator.document(bad_id) == interchange([BILL], number=2).replace(b"SE*4", b"SE*9")
    assert "x12.invalid" in aggregator.run("status").stdout


def segments(interchange):
    return [line.split("*") for line in interchange.decode().split("~") if line]


def arrived(gateway, known=()):
    """The one message that is new in the inbox."""
    return wait_until(lambda: [m for m in gateway.inbox() if m["message-id"] not in known])[0]


def test_what_arrives_is_acknowledged_and_the_sender_sees_it(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true }")
    agree(utility, aggregator, "{ examine: true }")
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", interchange([BILL, BILL], number=7)), *EDI)
    accepted = event(utility, sent, "x12-accepted")
    assert "997" in accepted["detail"] and "2 of 2" in accepted["detail"]
    answer = arrived(utility)
    assert events(utility, sent)["x12-told"]["detail"] == f"by {answer['message-id']}"
    lines = segments(utility.document(answer["message-id"]))
    assert [line for line in lines if line[0] in ("AK1", "AK9")] == [["AK1", "IN", "7"], ["AK9", "A", "2", "2", "2"]]
    assert lines[0][6].strip() == "829517388" and lines[0][8].strip() == "007909411"
    assert lines[0][13].startswith("9")
    assert events(aggregator, sent)["x12-answered"]["detail"] == f"by {answer['message-id']}"
    assert utility.show(sent)["flag"] is None
    # The answer is a message like others, and is itself not answered.
    assert settled(aggregator, answer["message-id"])["state"] == "delivered"
    event(utility, answer["message-id"], "x12-read")
    assert "x12-answered" not in events(utility, answer["message-id"])


def test_a_rejected_set_is_told_where_it_was_sent(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true }")
    agree(utility, aggregator, "{ examine: true }")
    wrong = interchange([BILL, ["BIG*20240102", "TDS*100"]], number=8)
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", wrong), *EDI)
    rejected = event(utility, sent, "x12-rejected")
    assert rejected["code"] == "x12.rejected" and "0002" in rejected["detail"]
    lines = segments(utility.document(arrived(utility)["message-id"]))
    assert ["AK3", "BIG", "2", "", "8"] in lines and ["AK4", "2", "76", "1"] in lines
    assert ["AK9", "P", "2", "2", "1"] in lines
    wait_until(lambda: (utility.show(sent)["flag"] or {}).get("code") == "x12.rejected")


def ta1_of(gateway, known):
    lines = segments(gateway.document(arrived(gateway, known)["message-id"]))
    return [line for line in lines if line[0] in ("TA1", "AK9")]


def test_an_interchange_that_comes_again_is_a_duplicate(pair, tmp_path):
    """Its number was another's: it is answered by TA1 025 alone, and the sender sees of which of the two."""
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true }")
    agree(utility, aggregator, "{ examine: true }")
    bill = write(tmp_path / "edi", interchange([BILL], number=21))
    first = utility.send_id(aggregator, "billing", bill, *EDI)
    event(utility, first, "x12-accepted")
    known = {m["message-id"] for m in utility.inbox()}
    second = utility.send_id(aggregator, "billing", write(tmp_path / "other", interchange([BILL, BILL], number=21)), *EDI)
    flag = event(aggregator, second, "x12-flagged")
    assert flag["code"] == "x12.invalid" and "x12.isa.number.twice" in flag["detail"] and first in flag["detail"]
    assert aggregator.show(second)["state"] == "received"  # the back office decides
    assert ta1_of(utility, known) == [["TA1", "000000021", "240102", "0304", "R", "025"]]
    assert event(utility, second, "x12-rejected")["code"] == "x12.rejected"
    assert "x12-rejected" not in events(utility, first) and utility.show(first)["flag"] is None


def test_so_many_interchanges_of_a_message_are_asked_about(pair, tmp_path):
    """Each question is waited for: a document of nothing but interchanges would keep others waiting by them."""
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true, acknowledge: false }")
    first = utility.send_id(aggregator, "billing", write(tmp_path / "one", interchange([BILL], number=5000)), *EDI)
    event(aggregator, first, "x12-read")

    def empty(numbers):
        return b"".join(b"~".join([interchange([], number=n).split(b"~")[0], b"IEA*0*%09d" % n, b""]) for n in numbers)
    for before, code in ((999, "x12.isa.number.twice"), (1000, None)):
        sent = utility.send_id(aggregator, "billing", write(tmp_path / f"{before}", empty([*range(1, before + 1), 5000])), *EDI)
        event(aggregator, sent, "x12-read")
        flag = (aggregator.show(sent)["flag"] or {}).get("text", "")
        assert ("x12.isa.number.twice" in flag) == (code is not None), flag


def test_what_was_rejected_may_come_again_under_its_number(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true }")
    wrong = interchange([["BIG*20240102", "TDS*100"]], number=22)
    first = utility.send_id(aggregator, "billing", write(tmp_path / "wrong", wrong), *EDI)
    event(aggregator, first, "x12-flagged")
    event(aggregator, first, "x12-answered")
    right = utility.send_id(aggregator, "billing", write(tmp_path / "right", interchange([BILL], number=22)), *EDI)
    assert event(aggregator, right, "x12-read")["detail"] == "1 interchange, 1 set: valid"
    again = utility.send_id(aggregator, "billing", write(tmp_path / "again", interchange([BILL], number=22)), *EDI)
    assert right in event(aggregator, again, "x12-flagged")["detail"]
    agree(aggregator, utility, "{ examine: true, control-numbers: never }")
    free = utility.send_id(aggregator, "billing", write(tmp_path / "free", interchange([BILL], number=22)), *EDI)
    assert event(aggregator, free, "x12-read")["detail"] == "1 interchange, 1 set: valid"


def test_groups_of_one_number_are_answered_each_by_its_own(pair, tmp_path):
    """Two interchanges of a message, each with a group 5: the 997s are one after the other in one message."""
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true }")
    agree(utility, aggregator, "{ examine: true }")
    good, bad = interchange([BILL], number=5), interchange([["BIG*20240102", "TDS*100"]] * 2, number=5)
    both = good + bad.replace(b"*000000005", b"*000000006")
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "both", both), *EDI)
    event(utility, sent, "x12-rejected")
    told = wait_until(lambda: [e["detail"] for e in utility.show(sent)["events"] if "of group" in e["detail"] or "997: group" in e["detail"]])
    assert any("1 of 1 set" in t for t in told) and any("0 of 2 sets" in t for t in told)
    utility.stop()
    with sqlite3.connect(utility.home + "/ledger/ledger.db") as db:
        assert db.execute("SELECT interchange, acknowledged FROM x12_set ORDER BY ordinal").fetchall() == [(b"5", 1), (b"6", 3), (b"6", 3)]


def test_a_set_without_a_guide_is_rejected_unless_agreed(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true }")
    agree(aggregator, utility, "{ examine: true }")
    order = interchange([["BEG*00*SA*1**20240102"]], number=9, group="PO", set_id="850")
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", order), *EDI)
    assert event(utility, sent, "x12-rejected")["code"] == "x12.rejected"
    answer = arrived(utility)["message-id"]
    assert ["AK5", "R", "1"] in segments(utility.document(answer))
    assert event(aggregator, sent, "x12-flagged")["code"] == "x12.invalid"
    agree(aggregator, utility, "{ examine: true, unknown-sets: accept }")
    again = utility.send_id(aggregator, "billing", write(tmp_path / "edi", order.replace(b"000000009", b"000000010")), *EDI)
    event(utility, again, "x12-accepted")
    assert aggregator.show(again)["flag"] is None


def test_more_is_found_than_any_queue_holds(pair, tmp_path):
    """Thousands of sets, of which every second is rejected: none is lost on the way to the ledger, and no log is filled."""
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true }")
    agree(utility, aggregator, "{ examine: true }")
    count = 10000
    bills = interchange([["BIG*20240102*INV%d" % n, "TDS*100"] if n % 2 else ["BIG*20240102", "TDS*100"] for n in range(count)], number=6)
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", bills), *EDI)
    flag = wait_until(lambda: utility.show(sent)["flag"])
    assert flag["code"] in ("x12.invalid", "x12.rejected")
    answer = arrived(utility)["message-id"]
    event(utility, answer, "x12-read")
    found = events(utility, answer)
    assert "x12-unmatched" not in found and "x12-flagged" not in found, found
    group = event(utility, sent, "x12-accepted")
    assert f"{count // 2} of {count} sets" in group["detail"]
    for gateway in pair:
        assert not gateway.logged("answer-lost")
        assert len(gateway.logged("x12-rejected|x12-unmatched")) <= 16


def test_a_rule_that_is_broken_is_told_by_an_824(pair, tmp_path):
    utility, aggregator = pair
    os.makedirs(f"{aggregator.home}/guides")
    write(f"{aggregator.home}/guides/ours.yaml", b"""
guide: ours
refines: x12-4010-810
rules:
  - rule: small
    says: a bill is not above 50
    expect: "TDS01 <= 50"
""")
    agree(aggregator, utility, "{ examine: true, guides: [ ours ], advise: true }")
    agree(utility, aggregator, "{ examine: true }")
    small, large = (utility.send_id(aggregator, "billing", write(tmp_path / f"{n}", interchange(
        [[f"BIG*20240102*INV{n}", f"TDS*{n}00"]], number=n)), *EDI) for n in (49, 51))
    event(utility, small, "x12-accepted")
    refused = event(utility, large, "x12-not-applied")
    assert "INV51" in refused["detail"] and "above 50" in refused["detail"]
    assert "x12-accepted" in events(utility, large)
    assert "x12-not-applied" not in events(utility, small)
    assert events(aggregator, large)["x12-flagged"]["code"] == "x12.invalid"
    # The 824 is acknowledged as any document is, and that is matched, too; nothing is answered behind it.
    advice = events(aggregator, large)["x12-answered"]["detail"].removeprefix("by ")
    event(aggregator, advice, "x12-accepted")
    assert aggregator.show(advice)["flag"] is None
    assert not aggregator.logged("x12-unmatched")
    assert all("x12-answered" not in events(aggregator, m["message-id"]) for m in aggregator.inbox()
               if m["message-id"].startswith("answer-"))


def test_a_guide_that_does_not_hold_is_waited_for(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true, guides: [ ours ], acknowledge: false }")
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", interchange([BILL])), *EDI)
    assert settled(utility, sent)["state"] == "delivered"
    assert "x12.guide.unknown" in aggregator.wait_log("x12-deferred")
    assert "x12-read" not in events(aggregator, sent)


def test_each_interchange_has_a_number_of_its_own(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true }")
    many = b"".join(interchange([BILL], number=n) for n in range(1, 6))
    utility.send(aggregator, "billing", write(tmp_path / "edi", many), *EDI)
    first = arrived(utility)["message-id"]
    utility.send(aggregator, "billing", write(tmp_path / "edi2", interchange([BILL], number=6)), *EDI)
    second = arrived(utility, known=[first])["message-id"]
    numbers = [line[13] for i in (first, second) for line in segments(utility.document(i)) if line[0] == "ISA"]
    assert len(numbers) == len(set(numbers)) == 6


def test_a_large_document_is_answered(pair, tmp_path):
    """The answer itself is larger than what the ledger keeps in a row."""
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true }")
    agree(utility, aggregator, "{ examine: true }")
    wrong = interchange([["BIG*20240102", "TDS*100"]] * 3000, number=9)
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", wrong), *EDI)
    answer = arrived(utility)
    assert answer["size"] > 65536
    assert len([line for line in segments(utility.document(answer["message-id"])) if line[0] == "AK5"]) == 3000
    event(utility, sent, "x12-rejected")
    assert len(utility.show(sent)["events"]) <= 300


def turned(document):
    """From whom it was for to whom it was of."""
    return document.replace(b"*01*007909411      *01*829517388      *", b"*01*829517388      *01*007909411      *")


def said(lines, number, group="FA", set_id="997", version="004010"):
    """An interchange of one set: what a partner's own software answers, say."""
    return turned(interchange([lines], number, group, set_id).replace(b"*X*004010", b"*X*" + version.encode()))


def replies(partner, to, path, document):
    """The partner sends an answer of its own making; it was looked into. Its Message-ID."""
    answer = partner.send_id(to, "billing", write(path, document), *EDI)
    settled(partner, answer)
    event(to, answer, "x12-read")
    return answer


# What comes for two 810s: the event, its detail, and what the message is flagged for.
ANSWERS = [
    ("all", ["AK9*A*2*2*2"], "x12-accepted", "accepted, 2 of 2 sets", None),
    ("with errors", ["AK2*810*0001", "AK3*BIG*2", "AK4*2**1", "AK5*E*5", "AK2*810*0002", "AK5*A", "AK9*E*2*2*2"],
     "x12-accepted", "accepted with errors, 2 of 2 sets", None),
    ("one is rejected and named", ["AK2*810*0002", "AK5*R*5", "AK9*P*2*2*1"], "x12-rejected",
     "rejected, code 5 segments in error", "x12.rejected"),
    ("one is rejected and not named", ["AK9*P*2*2*1"], "x12-rejected", "ask the partner which it rejects", "x12.rejected"),
    ("accepted, but one", ["AK9*A*2*2*1"], "x12-rejected", "ask the partner which it rejects", "x12.rejected"),
    ("one is rejected that was never sent", ["AK2*810*0007", "AK5*R*5", "AK9*P*2*2*1"], "x12-rejected",
     "ask the partner which it rejects", "x12.rejected"),
    ("fewer than were sent", ["AK9*A*1*1*1"], "x12-accepted", "accepted, 1 of 1 set: 2 were sent", None),
    ("none", ["AK9*R*2*2*0*4*5"], "x12-rejected", "rejected, 0 of 2 sets, code 4 control numbers differ, 5 count of sets differs",
     "x12.rejected"),
    ("cannot be verified", ["AK9*M*2*2*0"], "x12-rejected", "its authentication code failed", "x12.rejected"),
    ("a code nobody defines", ["AK9*Z*2*2*2"], "x12-rejected", "by a code nobody defines", "x12.rejected"),
]


def test_what_partners_answer_is_understood(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true }")
    for number, (name, lines, what, detail, flag) in enumerate(ANSWERS, 100):
        sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", interchange([BILL, BILL], number)), *EDI)
        settled(utility, sent)
        replies(aggregator, utility, tmp_path / "answer", said([f"AK1*IN*{number}", *lines], number))
        assert detail in event(utility, sent, what)["detail"], name
        assert (utility.show(sent)["flag"] or {}).get("code") == flag, name


def test_who_says_it_is_called_by_its_name(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true }")
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", interchange([BILL], number=5)), *EDI)
    settled(utility, sent)
    replies(aggregator, utility, tmp_path / "999", said(["AK1*IN*5", "AK9*A*1*1*1"], 1, set_id="999", version="005010"))
    assert event(utility, sent, "x12-accepted")["detail"] == "999: group IN 5 accepted, 1 of 1 set"
    ta1 = turned(interchange([], number=2)).split(b"~")
    replies(aggregator, utility, tmp_path / "ta1", b"~".join([ta1[0], b"TA1*000000005*240102*0304*A*000", b"IEA*0*000000002", b""]))
    assert event(utility, sent, "x12-taken")["detail"] == "TA1: interchange 000000005 accepted"
    replies(aggregator, utility, tmp_path / "ta1",
            b"~".join([ta1[0], b"TA1*000000005*240102*0304*R*023", b"IEA*0*000000002", b""]))
    rejected = event(utility, sent, "x12-rejected")["detail"]
    assert rejected == "TA1: interchange 000000005 rejected, code 023 it ends too early"


def test_an_answer_that_repeats_itself_is_heard_so_often(pair, tmp_path):
    """A few bytes that speak of all sets of a group, again and again, keep nobody from anything else."""
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true }")
    count, times = 5000, 200
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", interchange([BILL] * count, number=5)), *EDI)
    settled(utility, sent)
    words = [f"AK1*IN*5~AK9*A*{count}*{count}*{count}"] * times
    many = interchange([[word] for word in words], 1, "FA", "997").replace(b"SE*3*", b"SE*4*")
    answer = aggregator.send_id(utility, "billing", write(tmp_path / "answer", many), *EDI)
    settled(aggregator, answer)
    flag = wait_until(lambda: utility.show(answer)["flag"])
    assert flag["code"] == "x12.answer.repeated"
    assert f"{count} of {count} sets" in event(utility, sent, "x12-accepted")["detail"]
    assert utility.show(sent)["flag"] is None


def test_a_rejection_of_nothing_we_sent_is_flagged(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true }")
    accepts, rejects = (replies(aggregator, utility, tmp_path / "answer", said(["AK1*IN*4711", f"AK9*{code}"], 1))
                        for code in ("A*1*1*1", "R*1*1*0"))
    assert utility.show(accepts)["flag"] is None and "x12-unmatched" in events(utility, accepts)
    assert utility.show(rejects)["flag"]["code"] == "x12.unmatched"
    assert "x12.unmatched" in utility.run("status").stdout


def test_an_824_is_matched_by_numbers(pair, tmp_path):
    """Its OTI03 is a reference of the partner's own, as ours is of sets that have none."""
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true }")
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", interchange([BILL, BILL], number=12)), *EDI)
    settled(utility, sent)
    replies(aggregator, utility, tmp_path / "answer",
            said(["BGN*11*1*20240102", "OTI*TR*TN*0002*829517388*007909411***12*0002*810", "TED*848*no such meter"],
                 3, "AG", "824"))
    assert "no such meter" in event(utility, sent, "x12-not-applied")["detail"]
    assert utility.show(sent)["flag"]["code"] == "x12.rejected"


def test_what_is_not_agreed_is_not_looked_into(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true }")
    other = utility.send_id(aggregator, "billing", write(tmp_path / "json", b"{}"), "--type", "application/json")
    back = aggregator.send_id(utility, "billing", write(tmp_path / "edi", interchange([BILL])), *EDI)
    settled(utility, other)
    settled(aggregator, back)
    event(aggregator, back, "x12-read")
    assert not [what for what in events(aggregator, other) if what.startswith("x12")]
    assert not [what for what in events(utility, back) if what.startswith("x12")]


def test_complaint_25_no_acknowledgment_in_its_time_is_told(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true, acknowledged-within: 1s }")
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", interchange([BILL])), *EDI)
    late = event(utility, sent, "x12-unacknowledged")
    assert late["code"] == "x12.unacknowledged"
    utility.wait_log("x12-unacknowledged")
    assert utility.show(sent)["state"] == "delivered"
    assert "x12.unacknowledged" in utility.run("status").stdout
    # It comes after all: the alarm is over, and remains an event.
    replies(aggregator, utility, tmp_path / "answer", said(["AK1*IN*1", "AK9*A*1*1*1"], 1))
    event(utility, sent, "x12-accepted")
    assert utility.show(sent)["flag"] is None
    assert "x12.unacknowledged" not in utility.run("status").stdout


def test_x12_is_known_by_its_first_bytes(pair, tmp_path):
    """Software that does not know what it sends names it anyhow."""
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true, acknowledged-within: 1s }")
    agree(aggregator, utility, "{ examine: true }")
    for number, kind in enumerate(("application/octet-stream", "text/plain", "application/EDI-consent"), 20):
        sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", b"\r\n" + interchange([BILL], number)),
                               "--type", kind)
        assert "1 of 1" in event(utility, sent, "x12-accepted")["detail"], kind
        assert "x12-answered" in events(aggregator, sent)
        # What is none is let be, and waited for by nobody.
        other = utility.send_id(aggregator, "billing", write(tmp_path / "other", b"ISA is a name, and this a text"),
                                "--type", kind)
        settled(utility, other)
    utility.send(aggregator, "billing", write(tmp_path / "last", interchange([BILL], 30)), *EDI)
    wait_until(lambda: [m for m in aggregator.inbox() if "x12-answered" in events(aggregator, m["message-id"])][3:])
    for gateway in pair:
        assert [w for w in events(gateway, other) if w.startswith("x12")] == []
        assert gateway.show(other)["flag"] is None
    xml = utility.send_id(aggregator, "billing", write(tmp_path / "edi", interchange([BILL], 31)), "--type", "application/xml")
    settled(utility, xml)
    assert not [what for what in events(aggregator, xml) if what.startswith("x12")]


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat") as f:
        return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))


def test_who_looks_into_much_seals_nothing_urgent(pair, tmp_path):
    """An answer about tens of thousands of sets is worked on for seconds: by the process for large bodies."""
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true }")
    sets = 20000
    lines = ["AK1*IN*4711", *(line for n in range(sets) for line in (f"AK2*810*{n:09}", "AK5*R*5")), f"AK9*R*{sets}*{sets}*0"]
    envelopes = [p for p in utility.json("status")["processes"] if p["role"] == "envelope"]
    before = {p["index"]: cpu_ticks(p["pid"]) for p in envelopes}
    for n in range(3):
        answer = aggregator.send_id(utility, "billing", write(tmp_path / "answer", said(lines, 50 + n)), *EDI)
        settled(aggregator, answer)
        event(utility, answer, "x12-read")
    spent = [cpu_ticks(p["pid"]) - before[p["index"]] for p in sorted(envelopes, key=lambda p: p["index"])]
    assert spent[-1] > 2 * max(spent[:-1], default=0), spent


def test_whoever_dies_over_a_document_has_done_nothing(pair, tmp_path):
    """Looked into again after a restart, and once."""
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true, acknowledge: false }")
    ids = [utility.send_id(aggregator, "billing", write(tmp_path / f"edi{n}", interchange([BILL], number=n)), *EDI)
           for n in range(1, 6)]
    aggregator.kill()
    aggregator.start()
    for message_id in ids:
        settled(utility, message_id)
        event(aggregator, message_id, "x12-read")
    assert all(len([e for e in aggregator.show(i)["events"] if e["what"] == "x12-read"]) == 1 for i in ids)


CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def as_translated(document_id):
    """As tieline translate writes an id into an element of 30 characters."""
    bits = uuid.UUID(document_id).int
    return "".join(CROCKFORD[bits >> shift & 31] for shift in range(125, -1, -5))


def test_an_824_about_a_document_in_json_finds_it(pair, tmp_path):
    """By its id, translated or as it is, or as the bill that it is; as far as the register knows what was sent."""
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true }")
    agree_on_documents(utility, aggregator, "{ examine: true, invalid: flag, registry: flag }")

    def sent(number, known=True):
        bill = fee(utility, aggregator, f"INV-{number}", seller_id=utility.id, buyer_id=aggregator.id, remit_to_id=utility.id)
        path = write(tmp_path / "json", json.dumps(bill).encode())
        message = utility.send_id(aggregator, "billing", path, "--type", "application/json")
        settled(utility, message)
        if known:
            utility.wait_log(f"registry-learned.*{re.escape(message)}")
        return message, bill["document_id"]

    def advised(number, reference, set_id, status="TR"):
        lines = ["BGN*11*1*20240102", f"OTI*{status}*TN*{reference}*829517388*007909411*****{set_id}", "TED*848*no such meter"]
        return replies(aggregator, utility, tmp_path / "answer", said(lines, number, "AG", "824"))

    ways = [(as_translated, "810"), (as_translated, ""), (str, "810"), (str.upper, ""), (None, "810"), (None, "")]
    for number, (named, set_id) in enumerate(ways, 1):
        message, document_id = sent(number)
        answer = advised(number, named(document_id) if named else f"INV-{number}", set_id)
        assert "no such meter" in event(utility, message, "x12-not-applied")["detail"], number
        assert events(utility, message)["x12-told"]["detail"] == f"by {answer}"
        assert "x12-unmatched" not in events(utility, answer)
        assert utility.show(message)["flag"]["code"] == "x12.rejected"
    message, document_id = sent(7)
    advised(7, as_translated(document_id), "810", "TA")
    assert "applied" in event(utility, message, "x12-applied")["detail"]
    assert utility.show(advised(8, "INV-7", "820"))["flag"]["code"] == "x12.unmatched"
    assert utility.show(advised(9, as_translated(str(uuid.uuid4())), "810"))["flag"]["code"] == "x12.unmatched"
    agree_on_documents(utility, aggregator, "{ examine: true, invalid: flag, registry: off }")
    message, document_id = sent(10, known=False)
    assert utility.show(advised(10, as_translated(document_id), "810"))["flag"]["code"] == "x12.unmatched"
