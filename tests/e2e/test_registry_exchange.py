# SPDX-License-Identifier: Apache-2.0
"""What documents say reaches the register of both sides, once, with the message that is stored."""
import json
import os
import re
import signal

import pytest

from gateway import REFUSED, TRUST, settled, tieline, wait_until
from test_deadlines import moment
from test_documents_exchange import agree, broken, document, event, events, stored

OFF, FLAG, REFUSE = ("{ examine: true, invalid: flag, registry: %s }" % word for word in ("off", "flag", "refuse"))


def learned(gateway, message_id):
    gateway.wait_log(f"registry-learned.*{re.escape(message_id)}")
    return [line for line in gateway.logged("registry-learned") if message_id in line]


def both_agree(utility, aggregator, terms):
    agree(utility, aggregator, terms)
    agree(aggregator, utility, terms)


@pytest.mark.parametrize("policy", [FLAG, REFUSE], ids=["flag", "refuse"])
def test_both_sides_learn_once(pair, tmp_path, policy):
    utility, aggregator = pair
    both_agree(utility, aggregator, policy)
    registration = stored(tmp_path / "r.json", document("aggregation_registration", aggregator, utility))
    sent = aggregator.send_id(utility, "aggregation", registration, "--wait")
    for gateway in (aggregator, utility):
        assert len(learned(gateway, sent)) == 1 and "findings=0" in learned(gateway, sent)[0]
    assert utility.show(sent)["state"] == "received" and aggregator.show(sent)["state"] == "delivered"
    assert utility.show(sent)["flag"] is None
    assert not [e for e in events(utility, sent) if e["what"].startswith("registry")]
    assert event(utility, sent, "document-read")["detail"] == "aggregation_registration: valid"


def test_where_it_is_not_agreed_nobody_asks(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, OFF)
    sent = aggregator.send_id(
        utility, "aggregation", stored(tmp_path / "r.json", document("aggregation_registration", aggregator, utility)), "--wait")
    assert event(utility, sent, "document-read")
    assert not utility.logged("registry-learned") and not aggregator.logged("registry-learned")


def test_what_is_no_document_of_ours_says_nothing(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, REFUSE)
    sent = aggregator.send_id(utility, "aggregation", stored(tmp_path / "x.json", b'{"a": 1}'), "--wait")
    assert utility.show(sent)["state"] == "received" and not utility.logged("registry-learned")


def test_what_is_refused_for_another_reason_is_not_learned(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true, invalid: refuse, registry: flag }")
    agree(aggregator, utility, FLAG)
    sent = aggregator.send(utility, "availability", stored(tmp_path / "b.json", broken(aggregator, utility)), "--wait", check=REFUSED)
    assert utility.show(sent.stdout.strip())["fault"]["code"] == "der.invalid"
    assert not utility.logged("registry-learned") and learned(aggregator, sent.stdout.strip())


@pytest.mark.parametrize("count", [3000, 60000])
def test_a_large_registration_is_learned(pair, tmp_path, count):
    """It is in a spool file, and read once: the verdict is asked for in between."""
    utility, aggregator = pair
    both_agree(utility, aggregator, REFUSE)
    made = document("aggregation_registration", aggregator, utility)
    one = made["resources"][0]
    made["resources"] = [{**one, "resource_id": f"R-{i:06}", "service_point_id": f"SP-{i:06}"} for i in range(count)]
    made["resource_count"] = count
    sent = aggregator.send_id(utility, "aggregation", stored(tmp_path / "r.json", json.dumps(made).encode()), "--wait")
    assert learned(aggregator, sent) and learned(utility, sent)
    assert json.loads(utility.document(sent))["resource_count"] == count


def test_several_documents_are_one_question(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, FLAG)
    first, second = (stored(tmp_path / f"{name}.json", document(name, aggregator, utility))
                     for name in ("aggregation_registration", "composition_change"))
    sent = aggregator.send_id(utility, "aggregation", first, "--attach", second, "--wait")
    assert len(learned(utility, sent)) == 1 and len(learned(aggregator, sent)) == 1


def test_while_the_ledger_is_away_senders_come_again(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, FLAG)
    for i in range(3):
        made = stored(tmp_path / f"{i}.json", document("availability", aggregator, utility))
        sent = aggregator.send_id(utility, "availability", made)
        os.kill(wait_until(lambda: utility.processes().get("ledger"))[0], signal.SIGKILL)
        assert settled(aggregator, sent)["state"] == "delivered"
        # Killed between a commit and the line that says so, it knows the message when it comes again.
        utility.wait_log(f"(registry-learned|message-duplicate).*{re.escape(sent)}")
    wait_until(lambda: utility.run("list", "--inbox", check=None).returncode == 0)
    assert len(utility.inbox()) == 3


# --- with the register itself ----------------------------------------------------------------

needs_register = pytest.mark.skipif(tieline("registry", "--help", check=None).returncode != 0, reason="no register yet")
AGGREGATION = "AGG-0042"  # of the examples, which are test documents


def history(gateway):
    return json.loads(tieline("registry", "history", AGGREGATION, "--home", gateway.home, "--test", "--json").stdout)


@needs_register
def test_what_does_not_agree_is_refused_before_it_is_taken(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, REFUSE)
    unknown = stored(tmp_path / "a.json", document("availability", aggregator, utility))
    sent = aggregator.send(utility, "availability", unknown, "--wait", check=REFUSED)
    assert "(registry.unknown)" in sent.stderr
    rejected, refused = utility.show(sent.stdout.strip()), aggregator.show(sent.stdout.strip())
    assert rejected["state"] == "rejected" and rejected["fault"]["code"] == "registry.unknown"
    assert AGGREGATION in rejected["fault"]["text"] and refused["fault"]["code"] == "registry.unknown"
    assert rejected["fault"]["text"] in refused["fault"]["text"]  # both see why, in the same words
    assert "registry.unknown" in [e["code"] for e in rejected["events"] if e["what"] == "registry-finding"]
    assert "Tieline-Fault: registry.unknown" in aggregator.run("receipt", sent.stdout.strip()).stdout
    assert not utility.logged("registry-learned")


@needs_register
def test_what_we_send_has_to_agree_before_it_is_queued(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, REFUSE)
    unknown = stored(tmp_path / "a.json", document("availability", aggregator, utility))
    sent = aggregator.send(utility, "availability", unknown, "--wait", check=TRUST)
    assert "nothing was sent (registry.unknown)" in sent.stderr and not aggregator.outbox()
    registration = stored(tmp_path / "r.json", document("aggregation_registration", aggregator, utility))
    sent = {aggregator.send_id(utility, "aggregation", registration, "--id", "<once@829517388>", "--wait") for _ in range(2)}
    assert len(sent) == 1 and aggregator.show(sent.pop())["state"] == "delivered"
    assert len(aggregator.logged("registry-learned")) == 1


@needs_register
def test_what_does_not_agree_is_flagged_on_both_sides(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, FLAG)
    unknown = stored(tmp_path / "a.json", document("availability", aggregator, utility))
    sent = aggregator.send_id(utility, "availability", unknown, "--wait")
    for gateway in pair:
        message = gateway.show(sent)
        assert message["flag"]["code"] == "registry.unknown" and message["fault"] is None
        assert [e["code"] for e in message["events"] if e["what"] == "registry-finding"] == ["registry.unknown"]
        assert gateway.run("status").stdout.count("registry.unknown") == 1


@pytest.mark.parametrize("media_type", ["text/plain", "text/json"])
def test_what_gets_around_the_register_by_its_name_is_flagged(pair, tmp_path, media_type):
    utility, aggregator = pair
    agree(utility, aggregator, FLAG)
    path = stored(tmp_path / "a.json", document("availability", aggregator, utility))
    message = utility.show(aggregator.send_id(utility, "availability", path, "--type", media_type, "--wait"))
    assert message["state"] == "received" and message["flag"]["code"] == "der.media-type"
    note = str(tmp_path / "note.txt")
    with open(note, "w") as f:
        f.write("to whom it concerns")
    assert utility.show(aggregator.send_id(utility, "availability", note, "--type", media_type, "--wait"))["flag"] is None


@needs_register
def test_what_is_refused_is_taken_out_again(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, FLAG)
    agree(utility, aggregator, REFUSE)
    made = document("aggregation_registration", aggregator, utility, action="replace")
    sent = aggregator.send(utility, "aggregation", stored(tmp_path / "r.json", made), "--wait", check=REFUSED)
    assert learned(aggregator, sent.stdout.strip())
    assert [said["taken-back"] is not None for said in history(aggregator)] == [True]


@needs_register
@pytest.mark.parametrize("before", [False, True], ids=["the only one", "behind another"])
def test_what_was_refused_whole_is_shown_without_figures(pair, tmp_path, before):
    """Nothing of it is so: its name is shown, and neither another's dates nor the end of the ledger."""
    utility, aggregator = pair
    agree(aggregator, utility, FLAG)
    agree(utility, aggregator, REFUSE)
    if before:
        first = document("aggregation_registration", aggregator, utility, aggregation_id="AGG-0001")
        aggregator.send(utility, "aggregation", stored(tmp_path / "f.json", first), "--wait")
    made = document("aggregation_registration", aggregator, utility, action="replace", aggregation_name="Gone")
    aggregator.send(utility, "aggregation", stored(tmp_path / "r.json", made), "--wait", check=REFUSED)
    for words in (("show", "--json"), ("show", AGGREGATION, "--json"), ("export",), ("show", "--json", "--at", "2040-01-01")):
        text = aggregator.run("registry", *words, "--test").stdout
        rows = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
        assert len(rows) == (2 if before and AGGREGATION not in words else 1), words
        shown, = [row for row in rows if row["aggregation"] == AGGREGATION]
        assert (shown["state"], shown["name"], shown["aggregator"], shown["revision"]) == ("taken back", "Gone", "we", -1)
        assert shown["from"] is None and shown["until"] is None and "up-kw" not in shown
        assert not shown.get("resources") and not shown.get("conditions")
    assert "No resources at that time." in aggregator.run("registry", "show", AGGREGATION, "--test").stdout
    assert [said["taken-back"] is not None for said in history(aggregator)] == [True]
    assert not aggregator.logged("worker-ended")


@needs_register
def test_what_is_invalid_is_kept_and_never_so(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, FLAG)
    made = {**document("aggregation_registration", aggregator, utility), "mood": "good"}
    sent = aggregator.send_id(utility, "aggregation", stored(tmp_path / "r.json", made), "--wait")
    assert event(utility, sent, "document-flagged")["code"] == "der.invalid"
    assert history(utility) == history(aggregator) == []


@needs_register
def test_what_expires_is_taken_out_again(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, FLAG)
    utility.stop()
    registration = stored(tmp_path / "r.json", document("aggregation_registration", aggregator, utility))
    sent = aggregator.send_id(utility, "aggregation", registration, "--deadline", "1s")
    assert settled(aggregator, sent)["state"] == "expired"
    assert [said["taken-back"] is not None for said in history(aggregator)] == [True]


@needs_register
def test_a_duplicate_is_judged_once(pair, tmp_path):
    """The receipt is lost with the ledger's link: what comes again is what was accepted."""
    utility, aggregator = pair
    both_agree(utility, aggregator, REFUSE)
    for i in range(4):
        made = document("aggregation_registration", aggregator, utility, aggregation_id=f"AGG-{i}")
        made["resources"] = [{**r, "resource_id": f"R-{i}-{n}", "service_point_id": f"SP-{i}-{n}"}
                             for n, r in enumerate(made["resources"])]
        sent = aggregator.send_id(utility, "aggregation", stored(tmp_path / f"{i}.json", made))
        os.kill(utility.processes()["envelope"][i % 2], signal.SIGKILL)
        assert settled(aggregator, sent)["state"] == "delivered"
        assert len(learned(utility, sent)) == 1


# --- where it is paid, and what is disputed ---------------------------------------------------


def fee(aggregator, utility, number, **members):
    """What needs no award."""
    made = document("invoice", aggregator, utility, invoice_number=number, **members)
    made["lines"] = [{key: value for key, value in line.items() if key not in ("award_id", "aggregation_id")} | {
        "kind": "fee", "unit": "month", "description": number} for line in made["lines"]]
    del made["performance_ids"]
    return made


@needs_register
def test_another_account_of_the_known_payee_is_refused(pair, tmp_path):
    """And is said nowhere: neither in the receipt nor in what is shown."""
    utility, aggregator = pair
    agree(utility, aggregator, REFUSE)
    agree(aggregator, utility, OFF)
    for number in ("INV-1", "INV-2"):
        first = fee(aggregator, utility, number, summary_hash=number[-1] * 64)
        assert utility.show(aggregator.send_id(utility, "billing", stored(tmp_path / number, first), "--type", "application/json",
                                               "--wait"))["flag"] is None
    fraud = fee(aggregator, utility, "INV-3", remit_to_account="DE0099887766", remit_to_bank="EVILBANK", summary_hash="3" * 64)
    sent = aggregator.send(utility, "billing", stored(tmp_path / "f.json", fraud), "--wait", check=REFUSED)
    fault = utility.show(sent.stdout.strip())["fault"]
    assert fault["code"] == "registry.payee" and "account" in fault["text"] and "second person" in fault["text"]
    for text in (fault["text"], sent.stderr, aggregator.run("receipt", sent.stdout.strip()).stdout):
        assert "99887766" not in text and "EVILBANK" not in text


@needs_register
def test_the_same_lines_under_another_number_are_refused(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, REFUSE)
    first, second = (fee(aggregator, utility, number, summary_hash="a" * 64) for number in ("INV-1", "INV-2"))
    aggregator.send_id(utility, "billing", stored(tmp_path / "1.json", first), "--wait")
    sent = aggregator.send(utility, "billing", stored(tmp_path / "2.json", second), "--wait", check=REFUSED)
    assert "(registry.order)" in sent.stderr and "INV-1" in utility.show(sent.stdout.strip())["fault"]["text"]


@needs_register
def test_a_dispute_is_in_its_order(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, REFUSE)
    bill = fee(aggregator, utility, "INV-1")
    aggregator.send_id(utility, "billing", stored(tmp_path / "1.json", bill), "--wait")

    def step(sender, receiver, name, **members):
        about = {"subject_document_id": bill["document_id"], "area": "billing", "step": name, "in_reply_to": bill["document_id"]}
        made = document("dispute", sender, receiver, dispute_id="0197c650-0000-7000-8000-0000000000d1", **about, **members)
        path = stored(tmp_path / f"{made['document_id']}.json", {**made, "correlation_id": bill["document_id"]})
        return sender.send(receiver, "billing", path, "--wait", check=None)

    early = step(aggregator, utility, "evidence")
    assert early.returncode == TRUST and "was not opened" in early.stderr
    assert step(utility, aggregator, "opened").returncode == 0
    again = step(aggregator, utility, "opened")
    assert again.returncode == TRUST and "is open already (registry.order)" in again.stderr.replace(": nothing was sent", "")
    own = step(utility, aggregator, "answered", raised_by_role="utility")
    assert own.returncode == TRUST and "is not for who opened it to say (registry.order)" in own.stderr.replace(": nothing was sent", "")
    assert step(aggregator, utility, "answered").returncode == 0
    assert step(utility, aggregator, "accepted").returncode == 0
    settled_already = step(aggregator, utility, "rejected")
    assert settled_already.returncode == TRUST and "is settled" in settled_already.stderr


@needs_register
def test_a_dispute_is_opened_in_time(pair, tmp_path):
    """Until the day that the invoice says; by who opens it, and by who is sent it."""
    utility, aggregator = pair
    both_agree(utility, aggregator, REFUSE)
    days_ago = [moment(-days * 86400)[:10] for days in (3, 30)]
    bill = fee(aggregator, utility, "INV-1", created_at=moment(-20 * 86400), dispute_until=days_ago[0],
               invoice_date=days_ago[1], due_date=days_ago[0])
    aggregator.send_id(utility, "billing", stored(tmp_path / "1.json", bill), "--wait")

    def opened(name):
        made = document("dispute", utility, aggregator, area="billing", step="opened", subject_document_id=bill["document_id"],
                        in_reply_to=bill["document_id"], raised_by_role="utility")
        return stored(tmp_path / name, {**made, "correlation_id": bill["document_id"]})

    sent = utility.send(aggregator, "billing", opened("2.json"), "--wait", check=TRUST)
    assert "could be disputed until" in sent.stderr and "(registry.late)" in sent.stderr
    agree(utility, aggregator, FLAG)
    sent = utility.send(aggregator, "billing", opened("3.json"), "--wait", check=REFUSED)
    assert aggregator.show(sent.stdout.strip())["fault"]["code"] == "registry.late"


# --- answers that are wanted by a moment ------------------------------------------------------


def outage(sender, receiver, **changes):
    return document("outage_notice", sender, receiver, expires_at=moment(3600), created_at=moment(-1), test=False, **changes)


@needs_register
def test_an_answer_that_is_missed_is_an_alarm_until_it_comes(pair, tmp_path):
    """On both sides, through a restart; then it is gone from the list, and it is told how late it came."""
    utility, aggregator = pair
    both_agree(utility, aggregator, FLAG)
    first = outage(utility, aggregator, next_update_by=moment(2))
    asked = utility.send_id(aggregator, "outage", stored(tmp_path / "1.json", first), "--wait")
    for gateway in pair:
        assert gateway.json("status")["missed-answers"] == []
    for gateway, whose, urgency in ((utility, "we", "urgent"), (aggregator, "partner", "urgent")):
        line = gateway.wait_log("answer-missed")
        assert all(word in line for word in (asked, "type=outage_notice", f"answers={whose}", f"document={first['document_id']}"))
        missed, = gateway.json("status")["missed-answers"]
        assert (missed["document"], missed["wanted"], missed["answers"]) == (first["document_id"], "outage_notice", whose)
        assert missed["asked-by"] == "next_update_by" and missed["due"] == first["next_update_by"]
        text = gateway.run("status").stdout
        assert "ALARM: answers that did not come in time" in text and "ANSWER TO" in text
        shown = gateway.show(asked)
        flagged = event(gateway, asked, "answer-missed")
        assert flagged["code"] == "answer.missed" and first["next_update_by"] in flagged["detail"]
        if not shown["flag"]["code"].startswith("registry"):  # what was wrong before says more
            assert shown["flag"]["code"] == "answer.missed"
        found = json.loads(gateway.run("doctor", "--json", check=None).stdout)["findings"]
        assert [f["urgency"] for f in found if f["topic"] == "answers"] == [urgency]
        assert not any("answer.missed" in f["found"] for f in found)  # it is said once, and not with what has time
    aggregator.stop()
    aggregator.start()
    assert [m["document"] for m in aggregator.json("status")["missed-answers"]] == [first["document_id"]]
    update = {**outage(utility, aggregator, notice="update", outage_id=first["outage_id"], sequence=first["sequence"] + 1,
                       next_update_by=moment(3600)), "document_id": "0197c650-0000-7000-8000-0000000000a2"}
    update["correlation_id"] = first["document_id"]
    utility.send_id(aggregator, "outage", stored(tmp_path / "2.json", update), "--wait")
    for gateway in pair:
        late = gateway.wait_log("answer-late")
        assert asked in late and int(re.search(r"late-ms=(\d+)", late)[1]) > 0
        assert gateway.json("status")["missed-answers"] == []
        assert (gateway.show(asked)["flag"] or {}).get("code") != "answer.missed"
        assert event(gateway, asked, "answer-late")["detail"].endswith("late")
    assert len(utility.logged("answer-missed")) == 1 and not aggregator.logged("answer-missed")  # since it was started again


@needs_register
def test_an_exercise_is_no_alarm(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, FLAG)
    exercise = {**outage(utility, aggregator, next_update_by=moment(2)), "test": True}
    utility.send_id(aggregator, "outage", stored(tmp_path / "1.json", exercise), "--wait")
    for gateway in pair:
        gateway.wait_log("answer-missed")
        assert [m["test"] for m in gateway.json("status")["missed-answers"]] == [True]
        text = gateway.run("status").stdout
        assert "Tests: answers that did not come in time" in text and "ALARM" not in text
        found = json.loads(gateway.run("doctor", "--json", check=None).stdout)["findings"]
        assert not any(f["topic"] == "answers" for f in found)


# --- X12 that says documents of ours ----------------------------------------------------------


def x12_agree(gateway, partner, terms, sets="810"):
    path = f"{gateway.home}/partners/{partner.id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(re.sub(r"^x12: .*$", f"x12: {{ examine: true, register: [ {sets} ] }}", text, flags=re.M))
    agree(gateway, partner, terms)


def x12(made, path, change=lambda text: text):
    """The members that X12 has no place for are told, and do not matter here."""
    done = tieline("translate", stored(path, made), check=None)
    assert done.stdout.startswith("ISA"), done.stderr
    return stored(f"{path}.x12", change(done.stdout).encode())


def bill(aggregator, utility, tmp_path, change=lambda text: text):
    made = document("invoice", aggregator, utility)
    made["sender_role"], made["receiver_role"] = "aggregator", "utility"
    made["lines"] = [{key: value for key, value in line.items() if key != "aggregation_id"} for line in made["lines"]]
    return x12(made, tmp_path / "invoice.json", change)


def test_an_invoice_in_x12_for_a_service_never_awarded_is_refused(pair, tmp_path):
    utility, aggregator = pair
    x12_agree(utility, aggregator, REFUSE)
    sent = aggregator.send(utility, "billing", bill(aggregator, utility, tmp_path), "--wait", check=REFUSED)
    assert "(registry.award)" in sent.stderr
    rejected = utility.show(sent.stdout.strip())
    assert rejected["state"] == "rejected" and rejected["fault"]["code"] == "registry.award"
    assert not utility.logged("registry-learned")


def test_what_we_send_in_x12_has_to_agree_too(pair, tmp_path):
    utility, aggregator = pair
    x12_agree(aggregator, utility, REFUSE)
    sent = aggregator.send(utility, "billing", bill(aggregator, utility, tmp_path), "--wait", check=TRUST)
    assert "nothing was sent (registry.award)" in sent.stderr and not aggregator.outbox()


@pytest.mark.parametrize("change, code", [
    (lambda text: text, "registry.award"), (lambda text: text.replace("~TDS*", "~TDS*1"), "registry.x12")], ids=["unknown", "wrong"])
def test_x12_that_does_not_agree_is_flagged(pair, tmp_path, change, code):
    utility, aggregator = pair
    x12_agree(utility, aggregator, FLAG)
    sent = aggregator.send_id(utility, "billing", bill(aggregator, utility, tmp_path, change), "--wait")
    message = utility.show(sent)
    assert message["state"] == "received" and message["flag"]["code"] == code
    assert utility.document(sent).startswith(b"ISA")


def test_x12_that_names_another_sender_is_never_taken(pair, tmp_path):
    utility, aggregator = pair
    x12_agree(utility, aggregator, FLAG)
    path = bill(utility, utility, tmp_path)
    sent = aggregator.send(utility, "billing", path, "--wait", check=REFUSED)
    assert utility.show(sent.stdout.strip())["fault"]["code"] == "der.sender"


@needs_register
@pytest.mark.parametrize("area", ["outage", "availability"])
def test_an_answer_in_x12_has_the_area_that_it_came_in(pair, tmp_path, area):
    """Of what is answered only an outage notice is known here: an award would have to follow much else."""
    utility, aggregator = pair
    for one, other in ((utility, aggregator), (aggregator, utility)):
        x12_agree(one, other, FLAG, "824")
    notice = outage(utility, aggregator, respond_by=moment(3000))
    asked = utility.send_id(aggregator, "outage", stored(tmp_path / "o.json", notice), "--wait")
    subject = notice["document_id"] if area == "outage" else "0197c650-0000-7000-8000-0000000000a4"
    answer = document("business_response", aggregator, utility, subject_document_id=subject, in_reply_to=subject, test=False,
                      sender_role="aggregator", receiver_role="utility", received_at=moment(-2), decided_at=moment(-1))
    sent = aggregator.send_id(utility, area, x12(answer, tmp_path / "a.json"), "--wait")
    for gateway in pair:
        assert learned(gateway, sent) and not [e for e in events(gateway, sent) if e["code"] in ("registry.x12", "der.area")]
        assert (gateway.show(sent)["flag"] is None) == (area == "outage"), asked


# --- what is agreed of all aggregations and outages -------------------------------------------


def small(aggregator, utility):
    return document("aggregation_registration", aggregator, utility)


def soon(utility, aggregator):
    """Where nobody has to be, so that nothing else is wrong with it."""
    made = document("outage_notice", utility, aggregator, notice="planned", status="predicted", planned_reason="maintenance",
                    notice_period_met=True, estimated_start=moment(3600), estimated_end=moment(7200),
                    areas=[{"location": {"county_fips": "42101"}}], affected_aggregation_ids=[], affected_resource_ids=[])
    late = ("reported_start", "actual_start", "restoration_estimate", "reconnect_after")
    return {name: value for name, value in made.items() if name not in late}


AGREED = [
    ("minimum-kw: 5201", small, "aggregation", "registry.capability", "it can do 5200.000000 kW, agreed are 5201 at least"),
    ("outage-notice: 3d", soon, "outage", "registry.late",
     r"notice_period_met is true: it begins \d+ s after it is announced, agreed are 259200 s"),
]
FORMS = {"json": stored, "x12": lambda path, made: x12(made, path)}


def parties(pair, area):
    """Who says it, and whose agreement is asked."""
    utility, aggregator = pair
    return (aggregator, utility) if area == "aggregation" else (utility, aggregator)


def terms(policy, key):
    return f"{{ examine: true, invalid: flag, registry: {policy}, {key} }}"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key, made, area, code, says", AGREED, ids=["minimum-kw", "outage-notice"])
def test_what_is_agreed_once_is_refused(pair, tmp_path, key, made, area, code, says, form):
    sender, receiver = parties(pair, area)
    x12_agree(receiver, sender, terms("refuse", key), "814, 650")
    sent = sender.send(receiver, area, FORMS[form](tmp_path / "d.json", made(sender, receiver)), "--wait", check=REFUSED)
    assert f"({code})" in sent.stderr
    rejected, refused = receiver.show(sent.stdout.strip()), sender.show(sent.stdout.strip())
    assert rejected["fault"]["code"] == refused["fault"]["code"] == code
    assert re.search(says, rejected["fault"]["text"]) and rejected["fault"]["text"] in refused["fault"]["text"]
    assert not receiver.logged("registry-learned")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key, made, area, code, says", AGREED, ids=["minimum-kw", "outage-notice"])
def test_what_is_agreed_once_is_flagged(pair, tmp_path, key, made, area, code, says, form):
    sender, receiver = parties(pair, area)
    for one, other in ((sender, receiver), (receiver, sender)):
        x12_agree(one, other, terms("flag", key), "814, 650")
    sent = sender.send_id(receiver, area, FORMS[form](tmp_path / "d.json", made(sender, receiver)), "--wait")
    for gateway in (sender, receiver):
        assert learned(gateway, sent) and gateway.show(sent)["flag"]["code"] == code
        found = [e["detail"] for e in events(gateway, sent) if e["what"] == "registry-finding" and e["code"] == code]
        assert len(found) == 1 and re.search(says, found[0])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key, made, area", [("minimum-kw: 5200", small, "aggregation"), ("outage-notice: 59m", soon, "outage")],
                         ids=["minimum-kw", "outage-notice"])
def test_what_is_as_agreed_is_taken(pair, tmp_path, key, made, area, form):
    sender, receiver = parties(pair, area)
    x12_agree(receiver, sender, terms("flag", key), "814, 650")
    sent = sender.send_id(receiver, area, FORMS[form](tmp_path / "d.json", made(sender, receiver)), "--wait")
    assert learned(receiver, sent)
    assert not [e for e in events(receiver, sent) if e["code"] in ("registry.capability", "registry.late")]
