# SPDX-License-Identifier: Apache-2.0
"""A third party gets copies of documents that two others exchange: its own view of them, once, and nothing else."""
import datetime
import json
import os
import re
import signal
import time
import uuid

import pytest

from gateway import DONE, INPUT, LIMIT, SLOW, TRUST, settled, tieline, wait_until, write
from peer import Peer
from test_registry_day import REFUSE, Day, lines_of
from test_registry_exchange import both_agree

RTO_ID = "RTO-1"
WITHHELD = "withheld"
LOCATION = {"feeder_id": "F-07", "transformer_id": "T-19", "latitude": "40.1", "longitude": "-75.2"}


def change(gateway, partner, **keys):
    """Sets keys of an agreement, and has the gateway take them when it runs."""
    path = f"{gateway.home}/partners/{partner.id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    for key, value in keys.items():
        text, count = re.subn(rf"^{key}: .*$", f"{key}: {value}", text, flags=re.M)
        assert count == 1, key
    write(path, text.encode())
    if gateway.process:
        since = gateway.mark()
        gateway.process.send_signal(signal.SIGHUP)
        gateway.wait_log("reloaded", since)


def copies(*types):
    return f"{{ documents: [ {', '.join(types)} ], agreement-id: TPA-RTO-7 }}"


EXAMINE = "{ examine: true, invalid: flag }"
TYPES = ("aggregation_registration", "registration_decision", "availability")


@pytest.fixture
def three(world):
    """Utility, aggregator and RTO; the utility copies registrations, decisions and availability to the RTO."""
    utility, aggregator = world.pair()
    rto = world.gateway("RTO", RTO_ID, "rto")
    utility.knows(rto)
    rto.knows(utility)
    change(utility, aggregator, documents=EXAMINE)
    change(utility, rto, copies=copies(*TYPES))
    change(rto, utility, documents="{ examine: true, invalid: refuse }")
    for gateway in (utility, aggregator, rto):
        gateway.start()
    return utility, aggregator, rto


def document(name, sender, receiver, **changes):
    made = json.loads(tieline("new", name).stdout)
    made = {**made, "sender_id": sender.id, "receiver_id": receiver.id, **changes}
    return {**made, "correlation_id": made["document_id"]}


def registration(sender, receiver, resources=1):
    made = document("aggregation_registration", sender, receiver)
    one = {**made["resources"][0], "utility_account": "ACCT-88", "service_point_id": "SP-4711", "customer_name": "A. Person",
           "location": LOCATION, "nameplate_export_kw": "4800", "nameplate_import_kw": "5200", "nameplate_energy_kwh": "9600",
           "nameplate_kva": "5200", "export_limit_kw": "4800"}
    made["resources"] = [{**one, "resource_id": f"R-{n:05}"} for n in range(resources)]
    made["resource_count"] = resources
    made["contact"] = [{"role": "operations", "name": "A. Person", "phone": "+12155550100"}]
    return made


def stored(path, made):
    return write(path, json.dumps(made, indent=1).encode())


def events(gateway, message_id, what):
    return [e for e in gateway.show(message_id)["events"] if e["what"] == what]


def event(gateway, message_id, what):
    return wait_until(lambda: events(gateway, message_id, what))[0]


def copied(gateway, message_id):
    """Message-IDs of the copies made of it, when all of it was looked into."""
    event(gateway, message_id, "document-read")
    return [e["detail"].split(" as ")[1] for e in events(gateway, message_id, "copied")]


def arrived(gateway):
    return wait_until(gateway.inbox)


def test_a_registration_reaches_the_rto_without_what_is_restricted(three, tmp_path):
    utility, aggregator, rto = three
    made = registration(aggregator, utility)
    sent = aggregator.send_id(utility, "aggregation", stored(tmp_path / "r.json", made), "--wait")
    copy, = copied(utility, sent)
    assert events(utility, sent, "copied")[0]["detail"] == f"to {RTO_ID} as {copy}"
    assert event(utility, copy, "copy-of")["detail"] == f"of what is exchanged with {aggregator.id} as {sent}"
    assert settled(utility, copy)["state"] == "delivered"
    text = rto.document(copy)
    for word in (b"ACCT-88", b"SP-4711", b"Person", b"T-19", b"latitude", b"contact"):
        assert word not in text
    got = json.loads(text)
    header = {"sender_id": utility.id, "sender_role": "utility", "receiver_id": RTO_ID, "receiver_role": "iso_rto",
              "agreement_id": "TPA-RTO-7", "on_behalf_of": aggregator.id, "original_receiver_id": utility.id}
    assert {name: got[name] for name in header} == header
    for name in ("document_id", "correlation_id", "revision", "aggregation_id", "capability", "resource_count"):
        assert got[name] == made[name]
    resource = got["resources"][0]
    assert resource["utility_account"] == resource["service_point_id"] == WITHHELD
    assert resource["resource_id"] == "R-00000" and resource["location"] == {"feeder_id": "F-07"}
    assert "customer_name" not in resource
    read = event(rto, copy, "document-read")["detail"]
    assert read == f"aggregation_registration on behalf of {aggregator.id}: valid"
    assert aggregator.id in rto.run("show", copy).stdout
    tieline("check", write(tmp_path / "copy.json", text))


def test_each_sees_its_own_only(three, tmp_path):
    utility, aggregator, rto = three
    sent = aggregator.send_id(utility, "aggregation", stored(tmp_path / "r.json", registration(aggregator, utility)), "--wait")
    copy, = copied(utility, sent)
    arrived(rto)
    decided = utility.send_id(aggregator, "aggregation", stored(tmp_path / "d.json", document("registration_decision", utility, aggregator)))
    decision, = copied(utility, decided)
    assert settled(utility, decision)["state"] == "delivered"
    got = json.loads(rto.document(decision))
    assert (got["sender_id"], got["receiver_id"]) == (utility.id, RTO_ID)
    assert (got["on_behalf_of"], got["original_receiver_id"]) == (utility.id, aggregator.id)
    assert settled(utility, decided)["state"] == "delivered"
    assert {m["message-id"] for m in rto.inbox()} == {copy, decision} and rto.outbox() == []
    assert [m["message-id"] for m in aggregator.inbox()] == [decided]
    assert [m["message-id"] for m in aggregator.outbox()] == [sent]
    for gateway, message_id in ((aggregator, sent), (aggregator, decided), (rto, copy)):
        assert not events(gateway, message_id, "copied") and RTO_ID not in aggregator.run("list").stdout
    assert RTO_ID.encode() not in aggregator.document(decided)


def test_only_what_is_agreed_is_copied(three, tmp_path):
    utility, aggregator, rto = three
    path = stored(tmp_path / "a.json", document("availability", aggregator, utility))
    with_it = aggregator.send_id(utility, "availability", path, "--wait")
    assert len(copied(utility, with_it)) == 1
    change(utility, rto, copies=copies("aggregation_registration"))
    without = aggregator.send_id(utility, "availability", path, "--wait")
    other = aggregator.send_id(utility, "aggregation", stored(tmp_path / "d.json", document("composition_change", aggregator, utility)), "--wait")
    assert copied(utility, without) == [] and copied(utility, other) == []
    change(utility, aggregator, documents="{ examine: false, invalid: flag }")
    unseen = aggregator.send_id(utility, "aggregation", stored(tmp_path / "r.json", registration(aggregator, utility)), "--wait")
    change(utility, aggregator, documents=EXAMINE)
    last = aggregator.send_id(utility, "aggregation", stored(tmp_path / "r.json", registration(aggregator, utility)), "--wait")
    assert len(copied(utility, last)) == 1  # one of a partner at a time, in their order: the others are through
    assert not events(utility, unseen, "copied")


def test_what_is_invalid_or_a_copy_goes_no_further(three, tmp_path):
    utility, aggregator, rto = three
    made = document("availability", aggregator, utility)
    bad = aggregator.send_id(utility, "availability", stored(tmp_path / "b.json", {**made, "revision": 0}), "--wait")
    assert event(utility, bad, "document-flagged")["code"] == "der.invalid"
    assert copied(utility, bad) == []
    for code, more in (("der.view.behalf", {}), ("der.view.copy", {"original_receiver_id": "Y"})):
        acting = stored(tmp_path / "c.json", {**made, "on_behalf_of": "X", **more})
        sent = aggregator.send_id(utility, "availability", acting, "--wait")
        event(utility, sent, "document-flagged")
        refused, = events(utility, sent, "not-copied")
        assert refused["code"] == code and refused["detail"].startswith(f"to {RTO_ID}: availability: ")
        assert utility.show(sent)["flag"]["code"] == "der.not-copied" and copied(utility, sent) == []
    assert rto.inbox() == []


def test_what_may_not_go_is_flagged(three, tmp_path):
    utility, aggregator, rto = three
    path = f"{utility.home}/partners/{rto.id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    changed = re.sub(r"^  availability: .*$", "  availability: { send: false, receive: true }", text, flags=re.M)
    assert changed != text
    write(path, changed.encode())
    change(utility, rto, suspended="false")
    sent = aggregator.send_id(utility, "availability", stored(tmp_path / "a.json", document("availability", aggregator, utility)), "--wait")
    flag = event(utility, sent, "document-flagged")
    assert flag["code"] == "der.not-copied" and f"not copied to {RTO_ID}: availability: " in flag["detail"]
    assert event(utility, sent, "not-copied")["code"] == "agreement.area"
    assert utility.show(sent)["flag"]["code"] == "der.not-copied" and "not-copied" in utility.run("show", sent).stdout
    assert copied(utility, sent) == [] and rto.inbox() == []


def test_what_the_rto_refuses_is_flagged(three, tmp_path):
    utility, aggregator, rto = three
    change(rto, utility, documents="{ examine: true, invalid: refuse, registry: refuse }")
    sent = aggregator.send_id(utility, "availability", stored(tmp_path / "a.json", document("availability", aggregator, utility)), "--wait")
    flag = event(utility, sent, "document-flagged")
    assert (flag["code"], flag["detail"]) == (
        "der.not-copied", f"the copy to {RTO_ID} is refused (registry.unknown): see `tieline registry copy {RTO_ID}`")
    assert utility.show(sent)["flag"]["code"] == "der.not-copied"
    assert "der.not-copied" in utility.run("status", check=None).stdout


def test_of_several_documents_each_is_copied(three, tmp_path):
    utility, aggregator, rto = three
    paths = [stored(tmp_path / "r.json", registration(aggregator, utility)),
             stored(tmp_path / "s.json", {**registration(aggregator, utility), "document_id": "0197c650-0000-7000-8000-0000000000aa"})]
    sent = aggregator.send_id(utility, "aggregation", *paths[:1], paths[1], "--attach", "--wait")
    made = copied(utility, sent)
    assert len(set(made)) == 2
    assert all(settled(utility, copy)["state"] == "delivered" for copy in made)
    assert len({json.loads(rto.document(copy))["document_id"] for copy in made}) == 2


def test_a_duplicate_makes_no_second_copy(three, tmp_path):
    """Of software that is not ours, which asks for its receipt again."""
    utility, aggregator, rto = three
    peer = Peer(str(tmp_path))
    peer.knows(utility)
    utility.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    change(utility, peer, documents=EXAMINE)
    made = json.dumps(registration(peer, utility)).encode()
    sent = "registration@peer"
    part = peer.part(made, "aggregation", sent, "application/json")
    body = peer.seal(peer.signed(part, peer.sign(part)))
    first = peer.post("aggregation", peer.headers(sent), body)
    copy, = copied(utility, sent)
    assert settled(utility, copy)["state"] == "delivered"
    assert first[0] == 200 and first == peer.post("aggregation", peer.headers(sent), body)
    assert events(utility, sent, "duplicate") and copied(utility, sent) == [copy]
    utility.stop()
    utility.start()
    assert peer.post("aggregation", peer.headers(sent), body) == first
    assert copied(utility, sent) == [copy]
    assert [m["message-id"] for m in utility.outbox()] == [m["message-id"] for m in rto.inbox()] == [copy]
    peer.close()


LARGE = 1000
LONG = 3 * LIMIT  # attempts at a dying gateway count, and pauses grow


@pytest.fixture
def four(three, world):
    """And another that gets registrations."""
    utility, aggregator, rto = three
    iso = world.gateway("ISO", "ISO-2", "rto")
    utility.knows(iso)
    iso.knows(utility)
    change(utility, iso, copies=copies("aggregation_registration"))
    iso.start()
    return utility, aggregator, rto, iso


def test_a_large_registration_goes_to_two(four, tmp_path):
    """Larger than a row of the ledger: each copy has a spool file of its own."""
    utility, aggregator, rto, iso = four
    path = stored(tmp_path / "r.json", registration(aggregator, utility, LARGE))
    assert os.path.getsize(path) > 700000
    sent = aggregator.send_id(utility, "aggregation", path, "--wait")
    made = copied(utility, sent)
    assert len(made) == 2 and [e["detail"].split()[1] for e in events(utility, sent, "copied")] == ["ISO-2", RTO_ID]
    for copy, gateway in zip(made, (iso, rto)):
        assert settled(utility, copy)["state"] == "delivered"
        got = json.loads(gateway.document(copy))
        assert len(got["resources"]) == LARGE and got["receiver_id"] == gateway.id
        assert b"ACCT-88" not in gateway.document(copy)
    assert event(rto, made[1], "document-read")["detail"].endswith("valid")


@pytest.mark.slow
@pytest.mark.parametrize("role, resources", [("envelope", 1), ("ledger", LARGE), (None, 1)],
                         ids=["envelope-small", "ledger-large", "gateway-small"])
def test_whoever_dies_makes_one_copy(three, tmp_path, role, resources):
    utility, aggregator, rto = three
    sent = []
    for n in range(4):
        sent.append(aggregator.send_id(utility, "aggregation", stored(tmp_path / f"{n}.json", registration(aggregator, utility, resources))))
        if role:
            for pid in utility.processes().get(role, []):
                os.kill(pid, signal.SIGKILL)
        else:
            utility.kill()
            utility.start()
    wait_until(lambda: utility.run("status", check=None).returncode == DONE)  # everybody is back
    for message_id in sent:
        assert settled(aggregator, message_id, LONG)["state"] == "delivered"
        copy, = copied(utility, message_id)
        assert len(events(utility, message_id, "copied")) == 1
        assert settled(utility, copy, LONG)["state"] == "delivered"
    assert len(rto.inbox()) == len(utility.outbox()) == 4


@pytest.mark.parametrize("resources", [1, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("role", ["envelope", "ledger"])
def test_dead_between_two_copies(four, tmp_path, role, resources):
    """The first is at the ledger, the second may be, the end is not told or not durable: there are two, once."""
    utility, aggregator, rto, iso = four
    since = utility.mark()
    sent = aggregator.send_id(utility, "aggregation", stored(tmp_path / "r.json", registration(aggregator, utility, resources)))
    utility.wait_log("message-queued.*copy-", since)
    for pid in utility.processes()[role]:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: utility.run("show", sent, check=None).returncode == DONE)
    made = copied(utility, sent)
    assert len(set(made)) == 2
    assert all(settled(utility, copy)["state"] == "delivered" for copy in made)
    assert [[m["message-id"] for m in gateway.inbox()] for gateway in (iso, rto)] == [[copy] for copy in made]
    assert len(utility.outbox()) == 2


def test_what_is_agreed_in_vain_is_said(three):
    utility, aggregator, rto = three
    since = utility.mark()
    change(utility, rto, copies=copies("availability", "bill"))
    assert "type=bill" in utility.wait_log("copies-unknown", since)
    assert not utility.logged("copies-idle")
    change(utility, aggregator, documents="{ examine: false, invalid: flag }")
    assert RTO_ID in utility.wait_log("copies-idle", since)


# --- what the third party's registry makes of them --------------------------------------------


def fresh():
    made = uuid.uuid4().hex
    return str(uuid.UUID(f"{int(time.time() * 1000):012x}7{made[:3]}8{made[3:18]}"))


def moment(seconds):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def approved(utility, aggregator, made, tmp_path):
    """Registered by the aggregator, accepted by the utility: its documents, as they are sent."""
    stored(tmp_path / "r.json", made)
    aggregator.send_id(utility, "aggregation", str(tmp_path / "r.json"), "--wait")
    decision = document("registration_decision", utility, aggregator, document_id=fresh(), registration_id=made["document_id"],
                        in_reply_to=made["document_id"], aggregation_id=made["aggregation_id"], decision="accepted",
                        registry_revision=1, findings=[], approved_from=moment(-60))
    decision.pop("conditions", None)
    return utility.send_id(aggregator, "aggregation", stored(tmp_path / "d.json", decision), "--wait")


def signal_all(gateway, role, number):
    for pid in gateway.processes()[role]:
        os.kill(pid, number)


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
def test_a_decision_does_not_overtake_its_registration(three, tmp_path, restarted):
    """The RTO takes its time over the first, and would refuse the second before it."""
    utility, aggregator, rto = three
    change(rto, utility, documents="{ examine: true, invalid: refuse, registry: refuse }")
    signal_all(rto, "envelope", signal.SIGSTOP)
    decided = approved(utility, aggregator, of_one_name(utility, aggregator), tmp_path)
    decision, = copied(utility, decided)
    waits = {"code": "copy.order", "text": "copies that it builds on go first"}
    assert (utility.show(decision)["state"], utility.show(decision)["fault"]) == ("deferred", waits)
    assert "copies that it builds on go first" in utility.run("show", decision).stdout
    if restarted:
        utility.stop()
        utility.start()
        assert utility.show(decision)["fault"] == waits
    signal_all(rto, "envelope", signal.SIGCONT)
    assert settled(utility, decision)["state"] == "delivered"
    first, second = sorted(rto.inbox(), key=lambda m: m["created"])
    assert second["message-id"] == decision and utility.show(first["message-id"])["state"] == "delivered"


def copying(gateway, *args):
    return json.loads(gateway.run("registry", "copy", RTO_ID, "--test", "--json", *args).stdout)


def available(utility, aggregator):
    offered = document("availability", aggregator, utility, document_id=fresh(), aggregation_id="AGG-1", registry_revision=1)
    offered.pop("resource_detail", None)
    offered["intervals"][0].pop("by_feeder")
    return offered


def test_a_newer_copy_does_not_wait_for_one_that_it_replaced(three, tmp_path):
    """The RTO takes its time over the second; the third is replaced while it waits for that, and the last waits for it instead."""
    utility, aggregator, rto = three
    change(rto, utility, documents="{ examine: true, invalid: flag, registry: off }")
    made = available(utility, aggregator)

    def copy_of(sequence):
        made.update(document_id=fresh(), sequence=sequence, expires_at=moment(900))
        path = stored(tmp_path / f"{sequence}.json", made)
        return copied(utility, aggregator.send_id(utility, "availability", path, "--wait"))[0]

    assert settled(utility, copy_of(1))["state"] == "delivered"
    signal_all(rto, "envelope", signal.SIGSTOP)
    sent = [copy_of(n) for n in (2, 3, 4)]
    assert [utility.show(copy)["state"] for copy in sent] == ["sending", "superseded", "deferred"]
    signal_all(rto, "envelope", signal.SIGCONT)
    assert settled(utility, sent[2])["state"] == "delivered"
    last = [copy_of(n) for n in range(5, 9)][-1]
    assert settled(utility, last)["state"] == "delivered"


def test_an_rto_that_joins_later_is_sent_what_is_in_force(three, tmp_path):
    """When a person says so: what is copied to it before that it refuses, since it was not told."""
    utility, aggregator, rto = three
    change(utility, rto, copies="{}")
    change(rto, utility, documents="{ examine: true, invalid: refuse, registry: refuse }")
    change(utility, aggregator, documents="{ examine: true, invalid: flag, registry: flag }")
    decided = approved(utility, aggregator, of_one_name(utility, aggregator), tmp_path)
    assert copied(utility, decided) == [] and utility.run("registry", "copy", RTO_ID, check=TRUST).stdout == ""
    change(utility, rto, copies=copies(*TYPES))
    first = aggregator.send_id(utility, "availability", stored(tmp_path / "a.json", available(utility, aggregator)), "--wait")
    flag = event(utility, first, "document-flagged")
    assert flag["detail"] == f"the copy to {RTO_ID} is refused (registry.unknown): see `tieline registry copy {RTO_ID}`"
    found, = [f for f in json.loads(utility.run("doctor", "--json", check=None).stdout)["findings"] if f["topic"] == "copies"]
    assert f"{RTO_ID} was not sent 2 of" in found["found"] and f"tieline registry copy {RTO_ID} --test" in found["mend"]
    rows = copying(utility)
    assert [(r["type"], r["state"]) for r in rows] == [("aggregation_registration", "missing"), ("registration_decision", "missing")]
    assert not events(utility, decided, "copied") and [m["state"] for m in rto.inbox()] == ["rejected"]
    sent = copying(utility, "--send")
    assert [r["state"] for r in sent] == ["queued"] * 2 and [r["copy"] for r in sent] == [r["copy"] for r in rows]
    assert all(settled(utility, r["copy"])["state"] == "delivered" for r in sent)
    assert copied(utility, decided) == [sent[1]["copy"]]
    assert [r["state"] for r in copying(utility, "--send")] == ["delivered"] * 2  # once, however often
    assert "All 2 are at RTO-1" in utility.run("registry", "copy", RTO_ID, "--test").stdout
    assert not [f for f in json.loads(utility.run("doctor", "--json", check=None).stdout)["findings"] if f["topic"] == "copies"]
    again = available(utility, aggregator)
    again["sequence"] += 1
    later = aggregator.send_id(utility, "availability", stored(tmp_path / "b.json", again), "--wait")
    copy, = copied(utility, later)
    assert settled(utility, copy)["state"] == "delivered"


def test_a_copy_that_was_lost_is_made_again(three, tmp_path):
    """A decision whose registration the RTO was not sent: both go, the second under another name, and no flag is left."""
    utility, aggregator, rto = three
    change(rto, utility, documents="{ examine: true, invalid: refuse, registry: refuse }")
    change(utility, aggregator, documents="{ examine: true, invalid: flag, registry: flag }")
    change(utility, rto, copies=copies("registration_decision"))
    decided = approved(utility, aggregator, of_one_name(utility, aggregator), tmp_path)
    lost, = copied(utility, decided)
    assert settled(utility, lost)["fault"]["code"] == "registry.order"
    wait_until(lambda: utility.show(decided)["flag"])
    change(utility, rto, copies=copies(*TYPES))
    first, second = copying(utility, "--send")
    assert [first["state"], second["state"]] == ["queued"] * 2 and second["copy"] != lost
    assert settled(utility, second["copy"])["state"] == settled(utility, first["copy"])["state"] == "delivered"
    assert utility.show(decided)["flag"] is None
    assert [m["message-id"] for m in sorted(rto.inbox(), key=lambda m: m["created"]) if m["state"] == "received"] == [
        first["copy"], second["copy"]]


COPIES_AGAIN = 16


def test_a_copy_that_is_refused_each_time_is_given_up(three, tmp_path):
    """Of a decision whose registration the RTO is never sent; a person looks why, and nothing is sent any more."""
    utility, aggregator, rto = three
    change(rto, utility, documents="{ examine: true, invalid: refuse, registry: refuse }")
    change(utility, aggregator, documents="{ examine: true, invalid: flag, registry: flag }")
    change(utility, rto, copies=copies("registration_decision"))
    decided = approved(utility, aggregator, of_one_name(utility, aggregator), tmp_path)
    lost = copied(utility, decided)
    while len(lost) < COPIES_AGAIN:
        assert settled(utility, lost[-1])["fault"]["code"] == "registry.order"
        row, = [r for r in copying(utility, "--send") if r["type"] == "registration_decision"]
        assert row["state"] == "queued" and row["copy"] not in lost
        lost.append(row["copy"])
    assert settled(utility, lost[-1])["state"] == "refused"
    row, = [r for r in copying(utility) if r["type"] == "registration_decision"]
    assert (row["state"], row["copy"]) == ("missing", lost[-1])
    given_up = utility.run("registry", "copy", RTO_ID, "--test", "--json", "--send", check=INPUT)
    row, = [r for r in json.loads(given_up.stdout) if r["type"] == "registration_decision"]
    assert (row["state"], row["fault"]["code"], row["copy"]) == ("not sent", "registry.copy.often", lost[-1])
    assert f"tieline show {lost[-1]}" in row["fault"]["text"]
    assert [m["message-id"] for m in sorted(utility.outbox(), key=lambda m: m["created"]) if m["partner"] == RTO_ID] == lost
    assert utility.show(decided)["flag"]["code"] == "der.not-copied"


def test_an_rto_that_joins_later_is_sent_what_holds_now(three, tmp_path):
    """The last limit and notice of each, and what is called for: not what is over, ended, or was replaced."""
    utility, aggregator, rto = three
    both_agree(utility, aggregator, REFUSE)
    change(utility, rto, copies="{}")
    change(rto, utility, documents="{ examine: true, invalid: refuse, registry: refuse }")
    day = Day(utility, aggregator, tmp_path)
    day.registered()
    over, _ = day.say("operating_limit", limit_id="LIM-OVER")
    day.times = [moment(3600), moment(4500)]
    day.say("operating_limit", limit_id="LIM-1", sequence=1)
    limit, _ = day.say("operating_limit", limit_id="LIM-1", sequence=2)
    day.say("outage_notice", outage_id="OUT-1")
    outage, _ = day.say("outage_notice", outage_id="OUT-1", sequence=2, notice="restoration", status="partially_restored")
    day.say("outage_notice", outage_id="OUT-2")
    day.say("outage_notice", outage_id="OUT-2", sequence=2, notice="restoration", status="closed", actual_end=moment(0))
    day.say("outage_notice", outage_id="OUT-3", expires_at=moment(5 * SLOW))
    first, _ = day.say("service_dispatch", override_of="schedule", award_id=None)
    types = ["service_dispatch", "outage_notice", "operating_limit"]
    change(utility, rto, copies=copies("aggregation_registration", "registration_decision", *types))
    wait_until(lambda: moment(-1) > json.loads(utility.document(day_last(utility, "OUT-3")))["expires_at"])
    rows = copying(utility)
    assert [r["message-id"] for r in rows[2:]] == [limit, outage, first] and over not in {r["message-id"] for r in rows}
    assert [(r["type"], r["state"]) for r in rows] == [(name, "missing") for name in (
        "aggregation_registration", "registration_decision", "operating_limit", "outage_notice", "service_dispatch")]
    assert "operating_limit          of " in utility.run("registry", "copy", RTO_ID, "--test").stdout
    sent = copying(utility, "--send")
    assert [settled(utility, r["copy"])["state"] for r in sent] == ["delivered"] * 5
    assert [r["state"] for r in copying(utility)] == ["delivered"] * 5


def day_last(gateway, outage_id):
    """The Message-ID of the last notice of an outage that was sent."""
    sent = [m["message-id"] for m in gateway.outbox() if m["area"] == "outage"]
    return next(i for i in sent if json.loads(gateway.document(i)).get("outage_id") == outage_id)


def test_what_a_reader_is_not_sent_is_not_held_against_a_copy(three, tmp_path):
    """Performance and invoice without the award and the dispatch they name; then awards are agreed, too: those to come are sent."""
    utility, aggregator, rto = three
    sent = ["aggregation_registration", "registration_decision", "service_performance", "invoice"]
    both_agree(utility, aggregator, REFUSE)
    change(utility, rto, copies=copies(*sent))
    change(rto, utility, documents="{ examine: true, invalid: refuse, registry: refuse }")
    day = Day(utility, aggregator, tmp_path)
    day.registered()
    for name in ("service_request", "service_offer", "service_award", "service_dispatch"):
        day.say(name)
    day.say("service_performance", dispatch_ids=[day.ids["service_dispatch"]])
    billed = lines_of(day.make("invoice")[2], award_id=day.ids["service_award"])
    day.say("invoice", lines=billed, performance_ids=[day.ids["service_performance"]])
    wait_until(lambda: len([m for m in utility.outbox() if m["partner"] == RTO_ID and m["state"] in ("delivered", "refused")]) == 4)
    assert [(m["state"], m["fault"]) for m in utility.outbox() if m["partner"] == RTO_ID] == [("delivered", None)] * 4
    day.times = [moment(3600), moment(4500)]
    for name in ("service_request", "service_offer", "service_award"):
        day.say(name)
    change(utility, rto, copies=copies(*sent, "service_award"))
    rows = copying(utility, "--send")
    assert [r["type"] for r in rows] == ["aggregation_registration", "registration_decision", "service_award"]
    assert [r["state"] for r in rows[:2]] == ["delivered"] * 2  # the award may be looked into only now, and go by itself
    assert settled(utility, rows[2]["copy"])["state"] == "delivered"


def of_one_name(utility, aggregator):
    made = registration(aggregator, utility)
    name = fresh()
    return {**made, "document_id": name, "correlation_id": name, "aggregation_id": "AGG-1", "requested_effective_from": moment(-60)}


def test_the_rto_keeps_a_registry_of_two_aggregators(three, world, tmp_path):
    """Each has an AGG-1, with an R-00000 and a service point that the RTO does not see."""
    utility, aggregator, rto = three
    other = world.gateway("Other", "111111111", "aggregator")
    utility.knows(other)
    other.knows(utility)
    change(utility, other, documents=EXAMINE)
    other.start()
    change(utility, rto, copies=copies(*TYPES, "operating_limit"))
    change(rto, utility, documents="{ examine: true, invalid: refuse, registry: refuse }")
    approved(utility, aggregator, of_one_name(utility, aggregator), tmp_path)
    other.send_id(utility, "aggregation", stored(tmp_path / "o.json", of_one_name(utility, other)), "--wait")
    offered = document("availability", aggregator, utility, document_id=fresh(), aggregation_id="AGG-1", registry_revision=1)
    offered.pop("resource_detail", None)
    offered["intervals"][0].pop("by_feeder")
    aggregator.send_id(utility, "availability", stored(tmp_path / "a.json", offered), "--wait")
    limit = document("operating_limit", utility, aggregator, document_id=fresh(), scope="aggregation", target_ids=["AGG-1"],
                     expires_at=moment(1800))
    limited = utility.send_id(aggregator, "outage", stored(tmp_path / "l.json", limit), "--wait")
    shown = utility.show(copied(utility, limited)[0])
    assert shown["deadline"] == limit["expires_at"], "it holds for longer than an outage message may take"
    wait_until(lambda: len(utility.outbox()) == 7 and all(m["state"] in ("delivered", "refused") for m in utility.outbox()))
    assert [(m["state"], m["fault"]) for m in utility.outbox() if m["partner"] == RTO_ID] == [("delivered", None)] * 5
    shown = json.loads(tieline("registry", "show", "--test", "--home", rto.home, "--json").stdout)
    assert [(a["aggregation"], a["partner"], a["state"]) for a in shown] == [
        ("AGG-1", f"{other.id} via {utility.id}", "under review"), ("AGG-1", f"{aggregator.id} via {utility.id}", "registered")]


@pytest.mark.parametrize("terms", [None, "{ examine: false }"], ids=["as added", "not examined"])
def test_a_copy_ends_with_its_document(three, tmp_path, terms):
    """Nothing but copies is agreed with the RTO, which is away: the newest waits until its own end, and then is not taken."""
    utility, aggregator, rto = three
    if terms:
        change(utility, rto, documents=terms)
        change(rto, utility, documents=terms)
    rto.stop()
    made, ends = [], [moment(480), moment(5 * SLOW)]
    for n, end in enumerate(ends):
        offered = {**document("availability", aggregator, utility), "sequence": n + 1, "expires_at": end}
        sent = aggregator.send_id(utility, "availability", stored(tmp_path / "a.json", offered), "--wait")
        copy, = copied(utility, sent)
        assert utility.show(copy)["deadline"] == end
        made.append(copy)
    assert utility.show(made[0])["state"] == "superseded"
    wait_until(lambda: utility.show(made[1])["state"] == "expired")
    rto.start()
    assert rto.inbox() == []


# --- what came as X12 ------------------------------------------------------------------------------


def as_x12(directory, name, made):
    """The document as an interchange; X12 does not say all of its header."""
    path = str(directory / f"{name}.x12")
    tieline("translate", stored(directory / f"{name}.json", made), "-o", path, check=None)
    return path


def x12_is_registered(utility, aggregator, rto, *others):
    for one, other in ((utility, aggregator), (aggregator, utility)):
        change(one, other, documents=REFUSE, x12="{ examine: false, register: [ 814 ] }")
    change(rto, utility, documents=REFUSE)
    change(utility, rto, copies=copies(*TYPES, *others))


def copies_found(gateway):
    """What doctor says is missing of tests at the RTO."""
    found = [f["found"] for f in json.loads(gateway.run("doctor", "--json", check=None).stdout)["findings"] if f["topic"] == "copies"]
    return int(re.search(rf"{RTO_ID} was not sent (\d+) of", found[0])[1]) if found else 0


def decision_of(utility, aggregator, registration_id, aggregation_id, **changes):
    made = document("registration_decision", utility, aggregator, document_id=fresh(), registration_id=registration_id,
                    in_reply_to=registration_id, aggregation_id=aggregation_id, decision="accepted", registry_revision=1,
                    findings=[], approved_from=moment(-60), **changes)
    made.pop("conditions", None)
    return made


X12 = "--type", "application/edi-x12"


def test_a_registration_in_x12_reaches_the_rto_as_the_document_that_it_says(three, tmp_path):
    """And the decision after it: one registration, no retyping, whatever form the aggregator speaks."""
    utility, aggregator, rto = three
    x12_is_registered(utility, aggregator, rto)
    made = of_one_name(utility, aggregator)
    sent = aggregator.send_id(utility, "aggregation", as_x12(tmp_path, "r", made), *X12, "--wait")
    copy = event(utility, sent, "copied")["detail"].split(" as ")[1]
    assert settled(utility, copy)["state"] == "delivered" and utility.show(sent)["flag"] is None
    decided = decision_of(utility, aggregator, made["document_id"], "AGG-1")
    first = utility.send_id(aggregator, "aggregation", stored(tmp_path / "d.json", decided), "--wait")
    decision, = copied(utility, first)
    assert settled(utility, decision)["state"] == "delivered" and utility.show(first)["flag"] is None
    text = rto.document(copy)
    for word in (b"ACCT-88", b"SP-4711", b"Person", b"T-19", b"latitude", b"contact", b"ISA*"):
        assert word not in text
    got = json.loads(text)
    header = {"sender_id": utility.id, "receiver_id": RTO_ID, "agreement_id": "TPA-RTO-7", "on_behalf_of": aggregator.id,
              "original_receiver_id": utility.id, "territory": "ZZ-ZZZ", "market_time_zone": "Etc/UTC", "test": True}
    assert {name: got[name] for name in header} == header
    for name in ("document_id", "aggregation_id", "aggregation_name", "capability", "resource_count", "requested_effective_from"):
        assert got[name] == made[name]
    assert got["secrecy_until"] == made["secrecy_until"]
    for home in (utility, rto):
        shown, = json.loads(home.run("registry", "show", "--test", "--json").stdout)
        assert (shown["aggregation"], shown["state"]) == ("AGG-1", "registered")
    assert [(r["type"], r["copy"], r["state"]) for r in copying(utility)] == [
        ("aggregation_registration", copy, "delivered"), ("registration_decision", decision, "delivered")]
    assert copies_found(utility) == 0


def test_each_set_of_x12_is_copied_under_one_name(three, tmp_path):
    """Of software that names documents its own way: the RTO has the name that our register has."""
    utility, aggregator, rto = three
    x12_is_registered(utility, aggregator, rto)
    both = b""
    for n in (1, 2):
        made = {**of_one_name(utility, aggregator), "aggregation_id": f"AGG-{n}"}
        for resource in made["resources"]:
            resource.update(resource_id=f"R-{n}", utility_account=f"ACCT-{n}", service_point_id=f"SP-{n}", meter_id=f"M-{n}")
        with open(as_x12(tmp_path, f"r{n}", made), "rb") as f:
            both += re.sub(rb"BGN\*13\*[^*]*", b"BGN*13*NUMBER-%d" % n, f.read()).replace(b"000000001", b"%09d" % n)
    sent = aggregator.send_id(utility, "aggregation", write(tmp_path / "both.x12", both), *X12, "--wait")
    wait_until(lambda: len(events(utility, sent, "copied")) == 2)
    made = [e["detail"].split(" as ")[1] for e in events(utility, sent, "copied")]
    assert [settled(utility, copy)["state"] for copy in made] == ["delivered"] * 2
    seen = [json.loads(rto.document(copy)) for copy in made]
    assert [d["aggregation_id"] for d in seen] == ["AGG-1", "AGG-2"] and seen[0]["document_id"] != seen[1]["document_id"]
    decided = decision_of(utility, aggregator, seen[1]["document_id"], "AGG-2", correlation_id=seen[1]["correlation_id"])
    decided["correlation_id"] = seen[1]["correlation_id"]
    first = utility.send_id(aggregator, "aggregation", stored(tmp_path / "d.json", decided), "--wait")
    decision, = copied(utility, first)
    assert settled(utility, decision)["state"] == "delivered"
    assert [r["state"] for r in copying(utility)] == ["delivered"] * 3 and copies_found(utility) == 0


def test_doctor_counts_what_registry_copy_shows(three, tmp_path):
    """Before a decision and after it, of X12 and of what is called for; and X12 is sent to who joins later."""
    utility, aggregator, rto = three
    x12_is_registered(utility, aggregator, rto, "outage_notice")
    change(utility, rto, copies="{}")
    made = of_one_name(utility, aggregator)
    aggregator.send_id(utility, "aggregation", as_x12(tmp_path, "r", made), *X12, "--wait")
    change(utility, rto, copies=copies(*TYPES, "outage_notice"))
    assert copies_found(utility) == len(copying(utility)) == 1
    change(utility, rto, copies="{}")
    decided = decision_of(utility, aggregator, made["document_id"], "AGG-1")
    utility.send_id(aggregator, "aggregation", stored(tmp_path / "d.json", decided), "--wait")
    notice = document("outage_notice", utility, aggregator, document_id=fresh(), expires_at=moment(1800))
    utility.send_id(aggregator, "outage", stored(tmp_path / "o.json", {**notice, "correlation_id": notice["document_id"]}), "--wait")
    change(utility, rto, copies=copies(*TYPES, "outage_notice"))
    rows = copying(utility)
    assert [(r["type"], r["state"]) for r in rows] == [
        (name, "missing") for name in ("aggregation_registration", "registration_decision", "outage_notice")]
    assert copies_found(utility) == 3
    sent = copying(utility, "--send")
    assert [settled(utility, r["copy"])["state"] for r in sent] == ["delivered"] * 3
    assert [r["state"] for r in copying(utility)] == ["delivered"] * 3 and copies_found(utility) == 0
