# SPDX-License-Identifier: Apache-2.0
"""Documents of our own types over the exchange: looked into on both sides, flagged or refused as it is agreed."""
import json
import re
import signal

import pytest

from gateway import DONE, INPUT, REFUSED, TRUST, settled, tieline, wait_until, write

FLAG, REFUSE, OFF = "{ examine: true, invalid: flag }", "{ examine: true, invalid: refuse }", "{ examine: false }"
JSON = ("--type", "application/json")


def agree(gateway, partner, terms):
    path = f"{gateway.home}/partners/{partner.id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    changed = re.sub(r"^documents: .*$", f"documents: {terms}", text, flags=re.M)
    assert changed != text
    with open(path, "w") as f:
        f.write(changed)
    since = gateway.mark()
    gateway.process.send_signal(signal.SIGHUP)
    gateway.wait_log("reloaded", since)


def word(gateway):
    """What it is, as headers of documents say it."""
    return "iso_rto" if gateway.role == "rto" else gateway.role


def document(name, sender, receiver, **changes):
    made = json.loads(tieline("new", name).stdout)
    made = {**made, "sender_id": sender.id, "receiver_id": receiver.id, "sender_role": word(sender),
            "receiver_role": word(receiver)}
    return {**made, "correlation_id": changes.get("document_id", made["document_id"]), **changes}


def stored(path, made):
    return write(path, made if isinstance(made, bytes) else json.dumps(made, indent=1).encode())


def events(gateway, message_id):
    """None while it is not there."""
    shown = gateway.run("show", message_id, "--json", check=None).stdout
    return json.loads(shown)["events"] if shown else []


def event(gateway, message_id, what):
    return wait_until(lambda: [e for e in events(gateway, message_id) if e["what"] == what])[0]


def broken(sender, receiver):
    made = document("availability", sender, receiver)
    made["intervals"][1]["up_kw"] = 3
    return made


def test_what_arrives_is_looked_into_and_flagged(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, FLAG)
    good, bad = (stored(tmp_path / f"{made['document_id']}.json", made)
                 for made in (document("availability", aggregator, utility), broken(aggregator, utility)))
    good_id, bad_id = (aggregator.send_id(utility, "availability", path, *JSON) for path in (good, bad))
    assert event(utility, good_id, "document-read")["detail"] == "availability: valid"
    assert utility.show(good_id)["flag"] is None
    assert event(utility, bad_id, "document-read")["detail"] == "availability: 1 error"
    flag = event(utility, bad_id, "document-flagged")
    with open(bad) as f:
        text = f.read()
    at = text.index("3,", text.index('"up_kw": 3,'))
    place = f"line {text.count(chr(10), 0, at) + 1}, byte {at}, /intervals/1/up_kw: a number: expected a text"
    assert flag["code"] == "der.invalid" and flag["detail"].startswith(f"der.type in {place}")
    finding = event(utility, bad_id, "document-finding")
    assert finding["code"] == "der.type" and finding["detail"].startswith(place)
    message = utility.show(bad_id)
    assert message["state"] == "received" and message["flag"]["code"] == "der.invalid"
    assert "der.type" in utility.run("show", bad_id).stdout and "der.invalid" in utility.run("status").stdout
    assert utility.document(bad_id) == text.encode()
    assert settled(aggregator, bad_id)["state"] == "delivered"


def test_what_is_invalid_is_refused_where_that_is_agreed(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, REFUSE)
    good = stored(tmp_path / "good.json", document("availability", aggregator, utility))
    bad = stored(tmp_path / "bad.json", broken(aggregator, utility))
    sent = aggregator.send(utility, "availability", bad, "--wait", check=REFUSED)
    bad_id = sent.stdout.strip()
    refused = aggregator.show(bad_id)
    assert refused["state"] == "refused" and refused["fault"]["code"] == "der.invalid", refused
    rejected = utility.show(bad_id)
    assert rejected["state"] == "rejected" and rejected["fault"]["code"] == "der.invalid"
    assert "der.type in line " in rejected["fault"]["text"] and "/intervals/1/up_kw" in rejected["fault"]["text"]
    assert "der.type in line " in aggregator.run("receipt", bad_id).stdout.replace("\r\n", " ")
    utility.wait_log("message-rejected.*der.invalid")
    good_id = aggregator.send_id(utility, "availability", good, "--wait")
    assert event(utility, good_id, "document-read")["detail"] == "availability: valid"
    agree(utility, aggregator, FLAG)  # the same message may come again, and is taken
    again = aggregator.send_id(utility, "availability", bad, "--wait")
    assert event(utility, again, "document-flagged")["code"] == "der.invalid"


@pytest.mark.parametrize("policy", [FLAG, REFUSE], ids=["flag", "refuse"])
@pytest.mark.parametrize("member, value, code", [
    ("sender_id", "123456789", "der.sender"), ("receiver_id", "123456789", "der.receiver"), ("sender_role", "utility", "der.role")])
def test_who_names_another_party_is_refused_always(pair, tmp_path, policy, member, value, code):
    utility, aggregator = pair
    agree(utility, aggregator, policy)
    agree(aggregator, utility, OFF)
    wrong = stored(tmp_path / "w.json", document("dispute", aggregator, utility, area="billing", **{member: value}))
    sent = aggregator.send(utility, "billing", wrong, "--wait", check=REFUSED)
    assert f"({code})" in sent.stderr and "expected wh" in sent.stderr
    assert aggregator.show(sent.stdout.strip())["fault"]["code"] == code
    assert utility.show(sent.stdout.strip())["state"] == "rejected"


def test_nobody_is_what_we_are_not(pair, tmp_path):
    """Only who gets it knows what it is: the sender's gateway would not let it go either."""
    utility, aggregator = pair
    agree(utility, aggregator, FLAG)
    agree(aggregator, utility, OFF)
    wrong = stored(tmp_path / "w.json", document("dispute", aggregator, utility, area="billing", receiver_role="iso_rto"))
    sent = aggregator.send(utility, "billing", wrong, "--wait", check=REFUSED)
    assert utility.show(sent.stdout.strip())["fault"]["code"] == "der.role"
    agree(aggregator, utility, FLAG)
    sent = aggregator.send(utility, "billing", wrong, "--wait", check=TRUST)
    assert "(der.role)" in sent.stderr and "nothing was sent" in sent.stderr


def test_what_is_under_another_agreement_is_told_and_refused(pair, tmp_path):
    utility, aggregator = pair
    under = "{ examine: true, invalid: %s, agreement-id: TPA-7 }"
    agree(utility, aggregator, under % "refuse")
    wrong, right = (stored(tmp_path / f"{name}.json", document("dispute", aggregator, utility, area="billing", agreement_id=name))
                    for name in ("TPA-8", "TPA-7"))
    sent = aggregator.send(utility, "billing", wrong, "--wait", check=REFUSED)
    assert utility.show(sent.stdout.strip())["fault"]["code"] == "der.agreement"
    refused = aggregator.show(sent.stdout.strip())
    assert refused["state"] == "refused" and refused["fault"]["code"] == "der.agreement"
    aggregator.send_id(utility, "billing", right, "--wait")
    agree(aggregator, utility, under % "refuse")  # now its own gateway tells it, and nothing goes
    sent = aggregator.send(utility, "billing", wrong, "--wait", check=INPUT)
    assert "expected the agreement that it is under: TPA-7" in sent.stderr and "nothing was sent (der.agreement)" in sent.stderr
    aggregator.send_id(utility, "billing", right, "--wait")
    agree(aggregator, utility, OFF)
    agree(utility, aggregator, under % "flag")
    flagged = aggregator.send_id(utility, "billing", wrong, "--wait")
    assert event(utility, flagged, "document-flagged")["code"] == "der.agreement"
    assert utility.show(flagged)["flag"]["code"] == "der.agreement"


@pytest.mark.parametrize("policy, is_test", [("refuse", True), ("only", False)])
def test_documents_of_tests_are_kept_from_others(pair, tmp_path, policy, is_test):
    """Also where what is invalid is only flagged: money is not paid for a test."""
    utility, aggregator = pair
    agree(utility, aggregator, f"{{ examine: true, invalid: flag, test: {policy} }}")
    wrong, right = (stored(tmp_path / f"{test}.json", document("dispute", aggregator, utility, area="billing", test=test))
                    for test in (is_test, not is_test))
    sent = aggregator.send(utility, "billing", wrong, "--wait", check=REFUSED)
    assert utility.show(sent.stdout.strip())["fault"]["code"] == "der.test"
    assert aggregator.show(sent.stdout.strip())["fault"]["code"] == "der.test"
    aggregator.send_id(utility, "billing", right, "--wait")
    agree(aggregator, utility, f"{{ examine: true, test: {policy} }}")
    sent = aggregator.send(utility, "billing", wrong, "--wait", check=TRUST)
    assert "nothing was sent (der.test)" in sent.stderr
    aggregator.send_id(utility, "billing", right, "--wait")


@pytest.mark.parametrize("media_type", ["text/plain", "application/octet-stream", "application/vnd.x+json"])
def test_no_document_gets_around_by_its_name(pair, tmp_path, media_type):
    """Open media types are open for files, not for documents that were to be looked into."""
    utility, aggregator = pair
    agree(utility, aggregator, REFUSE)
    bad = stored(tmp_path / "bad.json", broken(aggregator, utility))
    sent = aggregator.send(utility, "availability", bad, "--type", media_type, "--wait", check=REFUSED)
    assert utility.show(sent.stdout.strip())["fault"]["code"] == "der.media-type"
    note = write(tmp_path / "note.txt", b"[note] nothing of ours")
    aggregator.send_id(utility, "availability", note, "--type", media_type, "--wait")
    agree(aggregator, utility, REFUSE)
    sent = aggregator.send(utility, "availability", bad, "--type", media_type, "--wait", check=INPUT)
    assert "nothing was sent (der.media-type)" in sent.stderr


def test_many_findings_hide_no_other_sender(pair, tmp_path):
    """Behind a thousand findings nobody is told of one, but it counts; and `show` has a few of them."""
    utility, aggregator = pair
    agree(utility, aggregator, FLAG)
    agree(aggregator, utility, OFF)
    made = {"attachments": list(range(1500))}
    wrong = stored(tmp_path / "w.json", {**made, **document("dispute", aggregator, utility, area="billing", sender_id="123456789")})
    sent = aggregator.send(utility, "billing", wrong, "--wait", check=REFUSED)
    assert aggregator.show(sent.stdout.strip())["fault"]["code"] == "der.sender"
    many = stored(tmp_path / "m.json", {**made, **document("dispute", aggregator, utility, area="billing")})
    sent = aggregator.send_id(utility, "billing", many, "--wait")
    assert event(utility, sent, "document-read")["detail"] == "dispute: 1501 errors"
    assert len([e for e in events(utility, sent) if e["what"] == "document-finding"]) == 20


def test_the_area_is_that_of_the_message(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, FLAG)
    path = stored(tmp_path / "a.json", document("availability", aggregator, utility))
    sent = aggregator.send(utility, "billing", path, "--wait")
    assert "der.area" in sent.stderr  # told at once, and sent all the same: nothing is agreed on this side
    flag = event(utility, sent.stdout.strip(), "document-flagged")
    assert flag["code"] == "der.area" and '"availability": expected the area of the message: billing' in flag["detail"]
    agree(utility, aggregator, REFUSE)
    sent = aggregator.send(utility, "billing", path, "--wait", check=REFUSED)
    assert aggregator.show(sent.stdout.strip())["fault"]["code"] == "der.area"


BAD = [("no JSON", b"{", "json.end"), ("of no type", b"{}", "der.document-type"), ("a name twice", b'{"a": 1, "a": 1}', "json.name-twice"),
       ("deep", b"[" * 100000, "json.depth"), ("no text", b'{"document_type": "invoice", "area": "\xff"}', "json.utf8")]


@pytest.mark.parametrize("made, code", [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_is_no_document_is_refused(pair, tmp_path, made, code):
    utility, aggregator = pair
    agree(utility, aggregator, REFUSE)
    sent = aggregator.send(utility, "billing", stored(tmp_path / "w", made), *JSON, "--wait", check=REFUSED)
    assert aggregator.show(sent.stdout.strip())["fault"]["code"] == "der.invalid"
    assert f"{code} in " in utility.show(sent.stdout.strip())["fault"]["text"]


def test_the_sender_is_told_before_anything_is_queued(pair, tmp_path):
    utility, aggregator = pair
    bad = stored(tmp_path / "bad.json", broken(aggregator, utility))
    agree(aggregator, utility, REFUSE)
    sent = aggregator.send(utility, "availability", bad, check=INPUT)
    assert "/intervals/1/up_kw: a number: expected" in sent.stderr and "(der.type)" in sent.stderr
    assert "der.invalid" in sent.stderr and "nothing was sent" in sent.stderr and not sent.stdout
    agree(aggregator, utility, FLAG)
    wrong = stored(tmp_path / "wrong.json", document("availability", utility, aggregator))
    sent = aggregator.send(utility, "availability", wrong, check=None)
    assert sent.returncode != DONE and "(der.sender)" in sent.stderr and "nothing was sent" in sent.stderr
    assert aggregator.outbox() == [] and utility.inbox() == []
    sent = aggregator.send(utility, "availability", bad, "--wait")  # flagged: told, sent, and said beside it
    assert "(der.type)" in sent.stderr
    assert wait_until(lambda: aggregator.show(sent.stdout.strip())["flag"])["code"] == "der.invalid"
    assert "x12-unacknowledged" not in [e["what"] for e in events(aggregator, sent.stdout.strip())]


def test_of_several_documents_each_of_ours_is_looked_into(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, FLAG)
    root = stored(tmp_path / "dispute.json", document("dispute", aggregator, utility, area="availability"))
    bad = stored(tmp_path / "bad.json", broken(aggregator, utility))
    text = write(tmp_path / "note.txt", b"not looked into")
    good_id = aggregator.send_id(utility, "availability", text, root, "--attach", "--wait")
    assert event(utility, good_id, "document-read")["detail"] == "dispute: valid"
    bad_id = aggregator.send_id(utility, "availability", bad, root, text, "--attach", "--wait")
    assert event(utility, bad_id, "document-read")["detail"] == "2 documents: 1 error, in 1 document"
    assert event(utility, bad_id, "document-finding")["detail"].startswith("document 3, line ")
    agree(utility, aggregator, REFUSE)
    sent = aggregator.send(utility, "availability", bad, root, "--attach", "--wait", check=REFUSED)
    assert aggregator.show(sent.stdout.strip())["fault"]["code"] == "der.invalid"


def test_what_is_not_agreed_is_not_looked_into(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, OFF)
    bad = stored(tmp_path / "bad.json", broken(utility, aggregator))
    here = aggregator.send_id(utility, "availability", stored(tmp_path / "b.json", broken(aggregator, utility)), "--wait")
    there = utility.send_id(aggregator, "availability", bad, "--wait")
    other = utility.send_id(aggregator, "availability", bad, "--type", "application/vnd.example+json", "--wait")
    event(aggregator, there, "document-flagged")
    for gateway, message_id in ((utility, here), (utility, there), (aggregator, other)):
        assert not [e for e in events(gateway, message_id) if e["what"].startswith("document")]


def test_whoever_dies_over_a_document_says_nothing_twice(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, FLAG)
    ids = [aggregator.send_id(utility, "availability", stored(tmp_path / f"{n}.json", broken(aggregator, utility))) for n in range(5)]
    utility.kill()
    utility.start()
    for message_id in ids:
        settled(aggregator, message_id)
        event(utility, message_id, "document-flagged")
        whats = [e["what"] for e in events(utility, message_id)]
        assert [whats.count(what) for what in ("document-finding", "document-read", "document-flagged")] == [1, 1, 1]
