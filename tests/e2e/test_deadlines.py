# SPDX-License-Identifier: Apache-2.0
"""Late is late: every message has a deadline, which is signed; what comes after it is refused, and both sides know it."""
import datetime
import json
import os
import re
import signal
import uuid

import pytest

from gateway import INPUT, LATE, REFUSED, SLOW, TRUST, tieline, wait_until, write
from peer import Peer

JSON = ("--type", "application/json")
CLOCK = "source=adjtimex; synchronised=yes; estimated-us=12; maximum-us=1500"


def moment(seconds):
    """RFC 3339, so far from now."""
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def seconds_between(earlier, later):
    read = [datetime.datetime.fromisoformat(t.replace("Z", "+00:00")) for t in (earlier, later)]
    return (read[1] - read[0]).total_seconds()


def agree(gateway, partner, line, terms):
    path = f"{gateway.home}/partners/{partner.id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    changed, found = re.subn(rf"^{line}: .*$", lambda _: f"{line}: {terms}", text, flags=re.M)
    assert found == 1, line
    with open(path, "w") as f:
        f.write(changed)
    if gateway.process:
        since = gateway.mark()
        gateway.process.send_signal(signal.SIGHUP)
        gateway.wait_log("reloaded", since)


def document(name, sender, receiver, **changes):
    made = json.loads(tieline("new", name).stdout)
    return {**made, "sender_id": sender.id, "receiver_id": receiver.id, **changes}


def stored(path, made):
    return write(path / f"{uuid.uuid4()}.json", json.dumps(made).encode())


@pytest.fixture
def met(world, tmp_path):
    """A serving gateway, and a peer that shares no code with it."""
    g, peer = world.gateway("Utility", "007909411", "utility"), Peer(str(tmp_path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    g.start()
    yield g, peer
    peer.close()


def post(peer, area, content, media_type="text/plain", message_id=None, **marks):
    message_id = message_id or f"{uuid.uuid4()}@peer"
    part = peer.part(content, area, message_id, media_type, **marks)
    status, content_type, body = peer.post(area, peer.headers(message_id), peer.seal(peer.signed(part, peer.sign(part))))
    assert status == 200, (peer.curl_error, body)
    return message_id, peer.receipt(content_type, body), body


def fields(report):
    return dict(re.findall(r"^(Tieline-[A-Za-z-]+|Disposition): (.*?)\r?$", report, re.M))


# --- what it is ---

@pytest.mark.parametrize("area, agreed, given, wanted", [
    ("billing", "", (), 3 * 86400),
    ("billing", ", deadline: 2h", (), 7200),
    ("billing", ", deadline: 2h", ("--deadline", "3h"), 3 * 3600),
    ("outage", "", (), 300),
])
def test_it_is_signed(met, tmp_path, area, agreed, given, wanted):
    """The area's, the agreement's before that, the command's before both; in the part that is signed."""
    g, peer = met
    seen = {}

    def answer(peer, path, headers, body):
        part = peer.open(body)
        seen["head"] = part.partition(b"\r\n\r\n")[0].decode()
        return 200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(part))

    peer.serve(answer)
    agree(g, peer, "  " + area, f"{{ send: true, receive: true{agreed} }}")
    message_id = g.send_id(peer.id, area, write(tmp_path / "d.txt", b"x"), *given, "--wait")
    shown = g.show(message_id)
    assert abs(seconds_between(shown["created"], shown["deadline"]) - wanted) < 0.01
    said = dict(re.findall(r"^(Tieline-\w+): (.*?)\r?$", seen["head"], re.M))
    assert said["Tieline-Deadline"] == shown["deadline"]
    assert re.match(r"20\d\d-.*Z; source=(adjtimex; synchronised=(yes|no); estimated-us=\d+; maximum-us=\d+|none)$", said["Tieline-Clock"])
    assert said["Tieline-Clock"].startswith(shown["created"])


@pytest.mark.parametrize("examine, given, wanted", [
    (None, (), "document"), (True, ("--deadline", "1m"), "command"), (False, (), "document"), (False, ("--deadline", "1m"), "command")])
def test_a_document_ends_its_message(pair, tmp_path, examine, given, wanted):
    """Whether or not it is looked into, and where nobody agreed on anything: whichever end is earlier counts."""
    utility, aggregator = pair
    if examine is not None:
        agree(aggregator, utility, "documents", "{ examine: %s, invalid: flag }" % ("true" if examine else "false"))
    expires = moment(300)
    made = stored(tmp_path, document("availability", aggregator, utility, expires_at=expires))
    shown = aggregator.show(aggregator.send_id(utility, "availability", made, *JSON, *given, "--wait"))
    after = seconds_between(shown["created"], shown["deadline"])
    assert {"document": shown["deadline"] == expires, "command": abs(after - 60) < 0.01}[wanted], shown


def test_what_has_expired_is_not_sent(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, "documents", "{ examine: true, invalid: flag }")
    made = stored(tmp_path, document("availability", aggregator, utility, created_at=moment(-60), expires_at=moment(-30)))
    refused = aggregator.send(utility, "availability", made, *JSON, check=INPUT)
    assert "(message.late)" in refused.stderr and "the document expired at" in refused.stderr
    assert aggregator.outbox() == []


def outage(path, sender, receiver, expires, is_x12, **roles):
    """One that ends, as our document or as the 650 that `tieline translate` makes of it."""
    made = stored(path, document("outage_notice", sender, receiver, created_at=moment(-600), reported_start=moment(-900),
                                 actual_start=moment(-900), expires_at=expires, restoration_estimate=moment(3600),
                                 next_update_by=moment(1800), test=False, **roles))
    if not is_x12:
        return made, JSON
    done = tieline("translate", made, check=None)
    assert "EXPIRES AT" in done.stdout, done.stderr
    return write(path / f"{uuid.uuid4()}.x12", done.stdout.encode()), ("--type", "application/edi-x12")


@pytest.mark.parametrize("is_x12", [False, True], ids=["json", "x12"])
def test_a_notice_ends_its_message_in_either_form(pair, tmp_path, is_x12):
    """Nobody agreed on anything; and one that has ended is not sent."""
    utility, aggregator = pair
    expires = moment(60)[:-2] + "0Z"  # X12 has hundredths
    made, media_type = outage(tmp_path, utility, aggregator, expires, is_x12)
    sent = utility.send_id(aggregator, "outage", made, *media_type, "--wait")
    assert utility.show(sent)["deadline"] == expires == aggregator.show(sent)["deadline"]
    made, media_type = outage(tmp_path, utility, aggregator, moment(-30), is_x12)
    refused = utility.send(aggregator, "outage", made, *media_type, check=INPUT)
    assert "(message.late)" in refused.stderr and len(utility.outbox()) == 1


@pytest.mark.parametrize("is_x12", [False, True], ids=["json", "x12"])
def test_a_notice_that_has_ended_is_not_taken_in_either_form(met, tmp_path, is_x12):
    """Though the sender's own mark leaves it more time."""
    g, peer = met
    made, media_type = outage(tmp_path, peer, g, moment(-30), is_x12, sender_role="aggregator", receiver_role="utility")
    with open(made, "rb") as content:
        message_id, report, _ = post(peer, "outage", content.read(), media_type[1], Tieline_Deadline=moment(200))
    assert fields(report)["Tieline-Fault"] == "message.late"
    assert g.show(message_id)["state"] == "rejected"


def test_what_nobody_could_answer_any_more_is_not_sent(pair, tmp_path):
    """And one that is in time is of use until it may be answered, not for as long as its area."""
    utility, aggregator = pair
    agree(utility, aggregator, "documents", "{ examine: true, invalid: flag }")
    made = stored(tmp_path, document("service_request", utility, aggregator, created_at=moment(-60), respond_by=moment(-30)))
    refused = utility.send(aggregator, "availability", made, *JSON, check=INPUT)
    assert "(message.late)" in refused.stderr and utility.outbox() == []
    until = moment(300)
    made = stored(tmp_path, document("service_request", utility, aggregator, respond_by=until))
    assert utility.show(utility.send_id(aggregator, "availability", made, *JSON, "--wait"))["deadline"] == until


# --- what is late ---

def test_what_is_late_is_refused_and_both_clocks_are_said(met):
    g, peer = met
    deadline, sent = moment(-60), moment(-120)
    message_id, report, _ = post(peer, "outage", b"a feeder is out", Tieline_Deadline=deadline, Tieline_Clock=f"{sent}; {CLOCK}")
    said = fields(report)
    assert said["Disposition"].endswith("processed/error: unexpected-processing-error")
    assert said["Tieline-Fault"] == "message.late" and said["Tieline-Deadline"] == deadline
    assert said["Tieline-Sender-Clock"] == f"{sent}; {CLOCK}"
    assert re.match(r"20\d\d-.*Z; source=", said["Tieline-Clock"]) and said["Tieline-Received"] > deadline
    kept = g.show(message_id)
    assert kept["state"] == "rejected" and kept["fault"]["code"] == "message.late" and kept["deadline"] == deadline
    record = kept["fault"]["text"]
    assert record.startswith(f"deadline={deadline} received={said['Tieline-Received']} clock=")
    assert record.endswith(f" sent={sent} sender-clock=1500us")
    assert record in report.replace("\r\n", " ")
    g.wait_log("message-rejected.*message.late")
    assert g.run("get", message_id, check=None).returncode != 0


@pytest.mark.parametrize("mark, code", [({"Tieline_Deadline": "soon"}, "as2.deadline.syntax"),
                                        ({"Tieline_Clock": "good"}, "as2.deadline.clock")])
def test_a_deadline_that_cannot_be_read_is_no_deadline_to_pass(met, mark, code):
    _, peer = met
    assert fields(post(peer, "outage", b"x", **mark)[1])["Tieline-Fault"] == code


def test_in_time_is_in_time(met):
    g, peer = met
    deadline = moment(60)
    message_id, report, _ = post(peer, "outage", b"a feeder is out", Tieline_Deadline=deadline, Tieline_Clock=f"{moment(0)}; {CLOCK}")
    said = fields(report)
    assert said["Disposition"].endswith("; processed") and "Tieline-Deadline" not in said and "Tieline-Clock" in said
    assert g.show(message_id)["state"] == "received" and g.show(message_id)["deadline"] == deadline


def test_a_repeat_after_the_deadline_gets_the_stored_receipt(met):
    """It was accepted in time: that is what counts, and the answer is the same byte for byte."""
    g, peer = met
    deadline, sent, message_id = moment(2), moment(0), f"{uuid.uuid4()}@peer"
    marks = dict(Tieline_Deadline=deadline, Tieline_Clock=f"{sent}; {CLOCK}", message_id=message_id)
    _, report, first = post(peer, "outage", b"a feeder is out", **marks)
    assert "Tieline-Fault" not in report

    def over():
        return "message.late" in post(peer, "outage", b"another", **{**marks, "message_id": f"{uuid.uuid4()}@peer"})[1]
    wait_until(over)
    assert post(peer, "outage", b"a feeder is out", **marks)[2] == first
    assert g.show(message_id)["state"] == "received"
    assert len([m for m in g.inbox() if m["message-id"] == message_id]) == 1


REGISTER = "{ examine: true, invalid: flag, registry: %s }"
ROLES = {"sender_role": "aggregator", "receiver_role": "utility"}


@pytest.mark.parametrize("terms", [REGISTER % "off", REGISTER % "flag", REGISTER % "refuse"], ids=["off", "flag", "refuse"])
def test_a_document_is_late_whatever_the_register_says(met, terms):
    """The record of both clocks is what the sender gets, not only that it was of no use any more."""
    g, peer = met
    agree(g, peer, "documents", terms)
    sent = moment(-60)
    for area, name in (("availability", "availability"), ("outage", "outage_notice")):
        made = document(name, peer, g, **ROLES, created_at=sent, expires_at=moment(-30))
        message_id, report, _ = post(peer, area, json.dumps(made).encode(), "application/json", Tieline_Clock=f"{sent}; {CLOCK}")
        said = fields(report)
        assert said["Tieline-Fault"] == "message.late" and said["Tieline-Deadline"] == made["expires_at"]
        assert said["Tieline-Sender-Clock"] == f"{sent}; {CLOCK}"
        assert g.show(message_id)["fault"]["code"] == "message.late"


def test_the_register_excuses_what_the_clocks_may_be_wrong_by(met):
    """A second is given to a clock that nobody synchronises: what comes within it is taken, and its register knows it."""
    g, peer = met
    agree(g, peer, "documents", REGISTER % "refuse")
    clock = "source=adjtimex; synchronised=no; estimated-us=16000000; maximum-us=16000000"

    def is_taken():
        made = document("outage_notice", peer, g, **ROLES, created_at=moment(0), expires_at=moment(-0.2), outage_id=str(uuid.uuid4()))
        del made["affected_aggregation_ids"], made["affected_resource_ids"]
        made["areas"] = [{"location": {"county_fips": "42101"}}]
        _, report, _ = post(peer, "outage", json.dumps(made).encode(), "application/json", Tieline_Clock=f"{moment(0)}; {clock}")
        fault = fields(report).get("Tieline-Fault")
        assert fault in (None, "message.late"), fault
        return fault is None
    wait_until(is_taken)
    assert g.inbox()[-1]["state"] == "received"


def test_other_software_has_what_the_document_says(met):
    """Without our marks the document's own end is all there is, where it is looked into."""
    g, peer = met
    agree(g, peer, "documents", "{ examine: true, invalid: flag }")
    agree(g, peer, "as2", "{ marked: false }")
    unmarked = dict(Tieline_Area=None, Tieline_From=None, Tieline_To=None, Tieline_Message_ID=None)
    made = document("availability", peer, g, created_at=moment(-60), expires_at=moment(-30))
    message_id, report, _ = post(peer, "availability", json.dumps(made).encode(), "application/json", **unmarked)
    said = fields(report)
    assert said["Tieline-Fault"] == "message.late" and said["Tieline-Deadline"] == made["expires_at"]
    assert "Tieline-Sender-Clock" not in said
    assert "sent=unknown sender-clock=unknown" in g.show(message_id)["fault"]["text"]
    made["expires_at"] = moment(300)
    message_id, report, _ = post(peer, "availability", json.dumps(made).encode(), "application/json", **unmarked)
    assert "Tieline-Fault" not in report and g.show(message_id)["deadline"] == made["expires_at"]


def test_the_sender_shows_the_lateness_it_was_told(met, tmp_path):
    g, peer = met
    received = moment(400)

    def answer(peer, path, headers, body):
        head = peer.open(body).partition(b"\r\n\r\n")[0].decode()
        deadline, clock = (re.search(rf"^{name}: (.*?)\r?$", head, re.M).group(1) for name in ("Tieline-Deadline", "Tieline-Clock"))
        return 200, *peer.report(headers["Message-ID"].strip("<>"), None, "processed/error: unexpected-processing-error",
                                 Tieline_Fault="message.late", Tieline_Received=received, Tieline_Deadline=deadline,
                                 Tieline_Clock=f"{received}; {CLOCK}", Tieline_Sender_Clock=clock)

    peer.serve(answer)
    sent = g.send(peer.id, "outage", write(tmp_path / "d.txt", b"x"), "--wait", check=REFUSED)
    shown = g.show(sent.stdout.strip())
    assert shown["state"] == "refused" and shown["fault"]["code"] == "message.late"
    text = shown["fault"]["text"]
    assert text.startswith(f"deadline={shown['deadline']} received={received} clock=1500us sent={shown['created']} sender-clock=")
    assert text in g.run("show", sent.stdout.strip()).stdout and text in sent.stderr
    assert f"Tieline-Received: {received}" in g.run("receipt", sent.stdout.strip()).stdout


def test_what_lay_on_the_way_until_it_was_late(pair, tmp_path):
    """The partner's edge stands still until nobody's clock excuses it: the sender expires it, and learns that it was refused."""
    utility, aggregator = pair
    edges = [os.pidfd_open(pid) for pid in utility.processes()["edge"]]
    for edge in edges:
        signal.pidfd_send_signal(edge, signal.SIGSTOP)
    late = aggregator.send(utility, "outage", write(tmp_path / "d.txt", b"x"), "--deadline", "1s", "--wait", check=LATE)
    message_id = late.stdout.strip()
    deadline = aggregator.show(message_id)["deadline"]
    wait_until(lambda: seconds_between(deadline, moment(0)) > 2.1)
    for edge in edges:
        signal.pidfd_send_signal(edge, signal.SIGCONT)
        os.close(edge)
    rejected = wait_until(utility.inbox)[0]
    assert rejected["state"] == "rejected" and rejected["fault"]["code"] == "message.late" and rejected["deadline"] == deadline
    wait_until(lambda: aggregator.show(message_id)["state"] == "refused")
    assert aggregator.show(message_id)["fault"] == rejected["fault"]


# --- real-time data ---

SUPERSEDE = "{ examine: true, invalid: flag, supersede: %s }"


def availability(sender, receiver, sequence, **changes):
    return document("availability", sender, receiver, sequence=sequence, expires_at=moment(600), **changes)


def test_newer_availability_replaces_what_waits(world, tmp_path):
    """Nobody is there to take it: of each aggregation and kind the newest is what is sent in the end."""
    utility, aggregator = world.pair()
    agree(aggregator, utility, "documents", SUPERSEDE % "true")
    aggregator.start()

    def send(sequence, **changes):
        return aggregator.send_id(utility, "availability", stored(tmp_path, availability(aggregator, utility, sequence, **changes)), *JSON)

    first = send(7)
    aggregator.wait_log("message-deferred")
    other = send(1, aggregation_id="AGG-0043")
    status = send(1, kind="status")
    second = send(8)
    newest = send(9)
    late = send(5)
    for old, by in ((first, second), (second, newest), (late, newest)):
        shown = aggregator.show(old)
        assert shown["state"] == "superseded" and shown["fault"] == {"code": "message.superseded", "text": f"by {by}"}, shown
        assert [e["detail"] for e in shown["events"] if e["what"] == "superseded"] == [f"by {by}"]
    assert [m["message-id"] for m in aggregator.json("list", "--outbox", "--state", "superseded")] == [first, second, late]
    assert "superseded" in aggregator.run("status").stdout
    aggregator.wait_log("message-superseded")
    waited = aggregator.send(utility, "availability", stored(tmp_path, availability(aggregator, utility, 6)), *JSON, "--wait", check=LATE)
    assert f"by {newest} (message.superseded)" in waited.stderr
    utility.start()
    for message_id in (other, status, newest):
        wait_until(lambda: aggregator.show(message_id)["state"] == "delivered")
    assert {m["message-id"] for m in utility.inbox()} == {other, status, newest}


@pytest.mark.parametrize("terms", [None, "{ examine: false }"], ids=["as added", "not examined"])
def test_of_what_was_just_added_the_newest_goes_in_time(world, tmp_path, terms):
    """Nothing is edited: superseded is superseded, and what has ended while nobody was there is given to nobody."""
    utility, aggregator = world.pair()
    if terms:
        agree(aggregator, utility, "documents", terms)
        agree(utility, aggregator, "documents", terms)
    aggregator.start()
    first, second = [aggregator.send_id(utility, "availability", stored(tmp_path, availability(aggregator, utility, n)), *JSON) for n in (1, 2)]
    made = {**availability(aggregator, utility, 1, aggregation_id="AGG-0043"), "expires_at": moment(4 * SLOW)}
    short = aggregator.send_id(utility, "availability", stored(tmp_path, made), *JSON)
    assert aggregator.show(first)["state"] == "superseded"
    wait_until(lambda: aggregator.show(short)["state"] == "expired")
    utility.start()
    wait_until(lambda: aggregator.show(second)["state"] == "delivered")
    assert [m["message-id"] for m in utility.inbox()] == [second]


@pytest.mark.parametrize("kind", ["forecast", "declaration"])
def test_newer_data_replaces_what_it_covers(world, tmp_path, kind):
    """A forecast for another day replaces none; one for both days replaces those of each."""
    utility, aggregator = world.pair()
    agree(aggregator, utility, "documents", SUPERSEDE % "true")
    aggregator.start()

    def send(sequence, first, days):
        made = availability(aggregator, utility, sequence, kind=kind)
        made.pop("measured_at", None)
        interval = made["intervals"][0]
        interval.setdefault("confidence_percent", "90")
        made["intervals"] = [{**interval, "start": moment(86400 * day)[:11] + "00:00:00.000Z", "duration": "PT24H"}
                             for day in range(first, first + days)]
        return aggregator.send_id(utility, "availability", stored(tmp_path, made), *JSON)

    tomorrow, after, both = send(1, 2, 1), send(2, 3, 1), None
    states = [aggregator.show(m)["state"] for m in (tomorrow, after)]
    assert "superseded" not in states
    again = send(3, 3, 1)
    assert aggregator.show(after)["state"] == "superseded" and aggregator.show(tomorrow)["state"] != "superseded"
    both = send(4, 2, 2)
    for message_id in (tomorrow, again):
        shown = aggregator.show(message_id)
        assert shown["state"] == "superseded" and shown["fault"] == {"code": "message.superseded", "text": f"by {both}"}
    late = send(2, 2, 1)
    assert aggregator.show(late)["state"] == "superseded"
    longer = send(3, 2, 3)
    utility.start()
    for message_id in (both, longer):
        wait_until(lambda: aggregator.show(message_id)["state"] == "delivered")


def test_only_where_it_is_agreed(world, tmp_path):
    utility, aggregator = world.pair()
    agree(aggregator, utility, "documents", SUPERSEDE % "false")
    aggregator.start()
    sent = [aggregator.send_id(utility, "availability", stored(tmp_path, availability(aggregator, utility, n)), *JSON) for n in (1, 2)]
    utility.start()
    for message_id in sent:
        wait_until(lambda: aggregator.show(message_id)["state"] == "delivered")


def test_what_comes_behind_newer_is_receipted_and_flagged(met):
    g, peer = met
    agree(g, peer, "documents", SUPERSEDE % "true")

    def come(sequence):
        made = availability(peer, g, sequence)
        return post(peer, "availability", json.dumps(made).encode(), "application/json", Tieline_Deadline=moment(600))

    newer, report, _ = come(12)
    assert "Tieline-Fault" not in report and g.show(newer)["flag"] is None
    older, report, _ = come(11)
    assert "; processed" in report and "Tieline-Fault" not in report
    shown = g.show(older)
    assert shown["state"] == "received" and shown["flag"] == {"code": "message.stale", "text": f"newer data came before it, in {newer}"}
    g.wait_log("message-flagged.*message.stale")
    assert "message.stale" in g.run("status").stdout
    assert g.show(come(13)[0])["flag"] is None


# --- receipts that are missed ---

def test_a_receipt_that_is_missed_is_an_alarm(world, tmp_path):
    """At the moment when it is missed, once, and shown for a day also when it came in the end."""
    utility, aggregator = world.pair()
    agree(aggregator, utility, "  outage", "{ send: true, receive: true, receipt-within: 1s }")
    aggregator.start()
    assert aggregator.json("status")["late-receipts"] == []
    missed = aggregator.send_id(utility, "outage", write(tmp_path / "d.txt", b"x"))
    line = aggregator.wait_log("receipt-late")
    assert missed in line and utility.id in line and "area=outage" in line
    utility.start()
    wait_until(lambda: aggregator.show(missed)["state"] == "delivered")
    aggregator.send(utility, "outage", write(tmp_path / "d.txt", b"in time"), "--wait")
    shown = aggregator.show(missed)
    assert [e["code"] for e in shown["events"] if e["what"] == "receipt-late"] == ["receipt.late"]
    late, = aggregator.json("status")["late-receipts"]
    assert (late["partner"], late["area"], late["count"]) == (utility.id, "outage", 1)
    assert 0.9 < seconds_between(shown["created"], late["last"]) < 60
    assert "ALARM: receipts missed within the last day" in aggregator.run("status").stdout
    assert len(aggregator.logged("receipt-late")) == 1
    found, = [f for f in json.loads(aggregator.run("doctor", "--json", check=TRUST).stdout)["findings"] if f["topic"] == "receipts"]
    assert found["urgency"] == "urgent" and f"1 of outage from {utility.id}" in found["found"]
    aggregator.stop()
    aggregator.start()
    assert aggregator.json("status")["late-receipts"] == [late]


# --- clocks ---

def test_the_clocks_of_two_gateways_are_compared(pair, tmp_path):
    utility, aggregator = pair
    assert aggregator.json("status")["clocks"] == []
    aggregator.send(utility, "outage", write(tmp_path / "d.txt", b"x"), "--wait")
    clock, = aggregator.json("status")["clocks"]
    assert clock["partner"] == utility.id and clock["state"] == "good"
    assert abs(clock["ahead-ms"]) <= clock["error-ms"] + 1  # it is the same clock
    assert utility.json("status")["clocks"] == []  # which has no receipt yet
    assert "Partners' clocks beside ours" in aggregator.run("status").stdout
    assert not aggregator.logged("clocks-apart")


def test_receipts_that_come_by_themselves_are_measured_too(pair, tmp_path):
    utility, aggregator = pair
    for g, other in ((utility, aggregator), (aggregator, utility)):
        path = f"{g.home}/partners/{other.id}/agreement.yaml"
        with open(path) as f:
            text = f.read()
        assert "receipt-delivery: synchronous" in text
        write(path, text.replace("receipt-delivery: synchronous", "receipt-delivery: asynchronous").encode())
        since = g.mark()
        g.process.send_signal(signal.SIGHUP)
        g.wait_log("reloaded", since)
    aggregator.send(utility, "outage", write(tmp_path / "d.txt", b"x"), "--wait")
    clock, = aggregator.json("status")["clocks"]
    assert clock["partner"] == utility.id and clock["state"] == "good"
    assert abs(clock["ahead-ms"]) <= clock["error-ms"] + 1  # it is the same clock
    assert utility.json("status")["clocks"] == []  # which only receives


@pytest.mark.parametrize("ahead", [3600, -3600])
def test_a_clock_that_is_far_off_is_told(met, tmp_path, ahead):
    g, peer = met

    def answer(peer, path, headers, body):
        part = peer.open(body)
        return 200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(part), Tieline_Received=moment(ahead),
                                 Tieline_Clock=f"{moment(ahead)}; {CLOCK}")

    peer.serve(answer)
    for _ in range(2):
        g.send(peer.id, "outage", write(tmp_path / "d.txt", b"x"), "--wait")
    clock, = g.json("status")["clocks"]
    assert clock["state"] == "FAR" and abs(clock["ahead-ms"] - ahead * 1000) <= clock["error-ms"] + 1
    g.wait_log(f"clocks-apart.*partner={peer.id}")
    assert len(g.logged("clocks-apart")) == 1
    found = [f["found"] for f in json.loads(g.run("doctor", "--json", check=None).stdout)["findings"] if f["topic"] == "clock"]
    assert [f for f in found if f"the clock of {peer.id} is " in f and ("ahead of ours" if ahead > 0 else "behind ours") in f]


def test_other_software_says_nothing_of_its_clock(met, tmp_path):
    g, peer = met
    peer.serve(lambda peer, path, headers, body: (200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(peer.open(body)))))
    g.send(peer.id, "outage", write(tmp_path / "d.txt", b"x"), "--wait")
    assert g.json("status")["clocks"] == []
