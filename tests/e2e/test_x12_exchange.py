# SPDX-License-Identifier: Apache-2.0
"""X12 documents over the exchange: looked into, answered, and their answers put beside what was sent."""
import re
import signal

from gateway import settled, wait_until, write

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
    return wait_until(lambda: events(gateway, message_id).get(what))


def test_what_arrives_is_looked_into(pair, tmp_path):
    utility, aggregator = pair
    agree(aggregator, utility, "{ examine: true, acknowledge: false }")
    good = write(tmp_path / "good", interchange([BILL, BILL]))
    bad = write(tmp_path / "bad", interchange([BILL], number=2).replace(b"SE*4", b"SE*9"))
    good_id, bad_id = (utility.send_id(aggregator, "billing", path, *EDI) for path in (good, bad))
    assert event(aggregator, good_id, "x12-read")["detail"] == "1 interchange, 2 sets: valid"
    flag = event(aggregator, bad_id, "x12-flagged")
    assert flag["code"] == "x12.invalid" and "SE01" in flag["detail"]
    message = aggregator.show(bad_id)
    assert message["state"] == "received" and message["flag"]["code"] == "x12.invalid"
    assert aggregator.document(bad_id) == interchange([BILL], number=2).replace(b"SE*4", b"SE*9")
    assert "x12.invalid" in aggregator.run("status").stdout


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


def test_no_acknowledgment_in_its_time_is_told(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true, acknowledged-within: 1s }")
    sent = utility.send_id(aggregator, "billing", write(tmp_path / "edi", interchange([BILL])), *EDI)
    late = event(utility, sent, "x12-unacknowledged")
    assert late["code"] == "x12.unacknowledged"
    utility.wait_log("x12-unacknowledged")
    assert utility.show(sent)["state"] == "delivered"
    assert "x12.unacknowledged" in utility.run("status").stdout


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
