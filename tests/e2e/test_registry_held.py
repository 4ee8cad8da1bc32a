# SPDX-License-Identifier: Apache-2.0
"""What is said is held to what is registered: its direction and time, the conditions of its decision, terms of offers, and where it is."""
import json

import pytest

from gateway import REFUSED, SLOW, TRUST, tieline
from test_deadlines import moment
from test_documents_exchange import agree, event, events
from test_registry_day import FLAG, REFUSE, Day, called, limited
from test_registry_exchange import both_agree

AGGREGATION = "AGG-0042"


@pytest.fixture
def day(pair, tmp_path):
    both_agree(*pair, REFUSE)
    return Day(*pair, tmp_path)


def refused(day, name, code, **changes):
    """By whoever sends it, and by whoever gets it from somebody who does not look; answers what that one says."""
    sender, receiver, _ = day.make(name)
    sent = day.fails(name, code, TRUST, **changes)
    agree(sender, receiver, FLAG)
    shown = receiver.show(day.fails(name, code, REFUSED, **changes).stdout.strip())
    agree(sender, receiver, REFUSE)
    assert shown["state"] == "rejected" and shown["fault"]["code"] == code
    assert shown["fault"]["text"].split(": ", 1)[1][:60] in sent.stderr
    return shown["fault"]["text"]


def offered(day, kw, **changes):
    return {**changes, "intervals": [{**i, "quantity_kw": kw} for i in day.make("service_offer")[2]["intervals"]],
            "min_acceptable_kw": None}


def test_awards_of_one_direction_are_no_more_than_that_has(day):
    """5000 kW go down and 4500 up: twice 2500 up is more than there is."""
    day.registered()
    day.say("service_request")
    day.say("service_offer")
    day.say("service_award")
    day.say("service_offer")
    assert "come to 5000.000000 kW up, registered is 4500.000000" in refused(day, "service_award", "registry.capability")
    two = [{**i, "quantity_kw": "2000"} for i in day.make("service_award")[2]["intervals"]]
    day.say("service_award", intervals=two, maximum_value={"amount": "760.00", "currency": "USD"})


def available(day, **changes):
    """Of all of it together."""
    return [{**{k: v for k, v in i.items() if k not in ("by_feeder", "by_group")}, **changes}
            for i in day.make("availability")[2]["intervals"]]


def test_what_is_committed_elsewhere_goes_one_way(day):
    day.registered()
    there = dict(intervals=available(day, up_kw="2500", down_kw="1000"), committed_elsewhere_kw="2100")
    day.say("availability", sequence=1, **there)
    day.say("service_request")
    assert "4600.000000 kW up with 2100.000000 that are committed" in refused(day, "service_offer", "registry.capability")
    day.say("availability", sequence=2, **there, committed_elsewhere_direction="down")
    day.say("service_offer")


def test_a_setpoint_is_put_out_and_a_dispatch_is_in_time(day):
    day.registered()
    assert "4801.000000, registered is 4800" in refused(day, "service_dispatch", "registry.capability", **called(day, "4801"))
    over = [{"start": moment(-3 * 86400), "duration": "PT15M", "setpoint_kw": "100"}]
    late = dict(intervals=over, override_of="schedule", award_id=None)
    assert "its last interval ended at" in refused_alone(day, "service_dispatch", "registry.unknown", **late)
    day.say("service_dispatch", **called(day, "4800"))


def refused_alone(day, name, code, **changes):
    """Days ago it was not registered either: all findings are told, the gravest is the message's."""
    sender, receiver, _ = day.make(name)
    agree(sender, receiver, FLAG)
    sent = day.fails(name, code, REFUSED, **changes)
    found = [e["detail"] for e in events(receiver, sent.stdout.strip()) if e["what"] == "registry-finding"]
    agree(sender, receiver, REFUSE)
    return "\n".join(found)


def conditions(*rows):
    return dict(decision="accepted_with_conditions", approved_from=moment(-7200), review_started_at=moment(-60), decided_at=moment(0),
                conditions=list(rows))


def shown(gateway, *words):
    return tieline("registry", words[0], AGGREGATION, "--home", gateway.home, "--test", *words[1:]).stdout


def test_conditions_bind_and_are_shown(day):
    day.say("aggregation_registration", requested_effective_from=moment(-7200))
    _, decision = day.say("registration_decision", **conditions(
        {"kind": "export_cap", "limit_kw": "1000"}, {"kind": "export_cap", "limit_kw": "3000.5", "direction": "up"},
        {"kind": "import_cap", "limit_kw": "700", "location": {"feeder_id": "F-07", "county_fips": "42101"}},
        {"kind": "export_cap", "limit_kw": "1", "window": "nights in winter"}, {"kind": "telemetry"}))
    assert "up_kw is 3001.000000, a condition of its registration leaves 3000.500000" in refused(
        day, "availability", "registry.capability", intervals=available(day, up_kw="3001"))
    out = available(day, up_kw="3000", expected_export_kw="1000.5")
    assert f"a condition of decision {decision['document_id']} lets 1000.000000 through" in refused(
        day, "availability", "registry.capability", intervals=out)
    assert "lets 1000.000000" in refused(day, "service_dispatch", "registry.capability", **called(day, "1000.5"))
    assert "of a feeder of it leaves 3300.000000" in refused(day, "service_dispatch", "registry.capability", **called(day, "-3301"))
    day.say("service_dispatch", **called(day, "-3300"))
    for gateway in (day.utility, day.aggregator):
        (row,) = json.loads(shown(gateway, "show", "--json"))
        assert [(c["kind"], c["direction"], c.get("limit-kw"), c["feeder"], c["window"], c["compared"]) for c in row["conditions"]] == [
            ("export_cap", "export", "1000", "", "", True), ("export_cap", "up", "3000.5", "", "", True),
            ("import_cap", "import", "700", "F-07", "", True), ("export_cap", "export", "1", "", "nights in winter", False),
            ("telemetry", "", None, "", "", False)]
        assert {c["decision"] for c in row["conditions"]} == {decision["document_id"]}
        for text in (shown(gateway, "show"), shown(gateway, "history")):
            assert "3000.5" in text and "nights in winter" in text and "import_cap" in text
        said = json.loads(shown(gateway, "history", "--json"))
        assert [len(s.get("conditions", [])) for s in said] == [0, 5]
        exported = json.loads(tieline("registry", "export", "--home", gateway.home, "--test").stdout)
        assert exported["conditions"] == row["conditions"]
        (before,) = json.loads(shown(gateway, "show", "--json", "--at", moment(-9000)))
        assert before["conditions"] == []


def test_terms_of_requests_and_offers_hold(day):
    day.registered()
    day.say("service_request")
    assert "asks for 100.000000 at least (min_offer_kw)" in refused(day, "service_offer", "registry.order", **offered(day, "99"))
    day.say("service_offer", all_or_nothing=True, min_acceptable_kw=None)
    made = day.make("service_award")[2]["intervals"]
    less = [made[0], {**made[1], "quantity_kw": "2499"}]
    assert "offer" in refused(day, "service_award", "registry.order", intervals=less, result="partly_awarded")
    text = refused(day, "service_award", "registry.order", intervals=made[:1], result="partly_awarded")
    assert "it awards 900 s, offer" in text and "is all or nothing" in text
    day.say("service_award")


def test_what_is_called_for_is_summed_up(day):
    day.registered()
    for name in ("service_request", "service_offer", "service_award"):
        day.say(name)
    day.say("service_dispatch")
    # It is measured beside a baseline: changes are what was awarded.
    change = [{**{k: v for k, v in i.items() if k != "setpoint_kw"}, "change_kw": "1500"}
              for i in day.make("service_dispatch")[2]["intervals"]]
    day.say("service_dispatch", sequence=2, intervals=change)
    assert "comes to 3000.000000 with what is called for at that time already, award" in refused(
        day, "service_dispatch", "registry.capability", sequence=3, intervals=change)
    day.say("service_dispatch", sequence=3, instruction="adjust", intervals=change)


def test_a_change_is_of_the_revision_that_is_current(day):
    day.registered()
    first = day.say("composition_change", change_effective_at=moment(86400))[1]["document_id"]
    other = day.make("composition_change", change_effective_at=moment(86400))[2]["changes"]
    other = [{**other[0], "resource_id": "R-0004", "resource": {**other[0]["resource"], "resource_id": "R-0004", "service_point_id": "SP-4"}}]
    second = day.say("composition_change", change_effective_at=moment(86400), changes=other)[1]["document_id"]

    def decided(of, revision):
        return dict(registration_id=of, in_reply_to=of, registry_revision=revision, approved_from=moment(86400),
                    review_started_at=moment(-60), decided_at=moment(0), conditions=None, decision="accepted", findings=[])

    day.say("registration_decision", **decided(first, 5))
    text = refused(day, "registration_decision", "registry.revision", **decided(second, 6))
    assert "the change builds on revision 4, current is 5" in text


def test_what_changes_and_registrations_say_of_themselves(day):
    registration = day.make("aggregation_registration")[2]
    more = {**registration["capability"], "max_export_kw": "99999"}
    assert "by the nameplates of its resources it is 4800.000000 at most" in refused(
        day, "aggregation_registration", "registry.capability", capability=more)
    day.registered()
    change = day.make("composition_change")[2]
    less = {**change["capability_after"], "max_up_kw": "2400"}
    assert "capability_drop_kw is 0.000000, by what is registered and what is left it is 2100.000000" in refused(
        day, "composition_change", "registry.capability", capability_after=less, change_effective_at=moment(86400))
    day.say("composition_change", capability_after=less, change_effective_at=moment(86400), capability_drop_kw="2100")


def test_a_notice_is_not_lost_for_one_name(day):
    """Somebody works on that line: what is known of it is delivered, and both sides see which name is wrong."""
    day.registered()
    sent, _ = day.say("outage_notice", affected_resource_ids=["R-0001", "R-0099"], backfeed_hazard=True)
    for gateway in (day.utility, day.aggregator):
        message = gateway.show(sent)
        assert message["state"] in ("received", "delivered") and message["flag"]["code"] == "registry.part"
        found = event(gateway, sent, "registry-finding")
        assert found["code"] == "registry.unknown" and "resource 2: resource R-0099 is in no aggregation" in found["detail"]
    sent, _ = day.say("outage_notice", outage_id="OUT-2", affected_resource_ids=["R-0002"])
    assert "resource 1: resource R-0002 is on feeder F-08, which it does not name" in event(
        day.aggregator, sent, "registry-finding")["detail"]
    elsewhere = [{"location": {"feeder_id": "F-99"}}]
    sent, _ = day.say("outage_notice", outage_id="OUT-3", areas=elsewhere, affected_resource_ids=[])
    assert "area 1: nothing is registered on feeder F-99" in day.aggregator.show(sent)["flag"]["text"]
    nobody = dict(outage_id="OUT-4", areas=elsewhere, affected_resource_ids=["R-0099"], affected_aggregation_ids=[])
    refused(day, "outage_notice", "registry.unknown", **nobody)
    two = {**limited(day, "feeder", "F-07", "600"), "target_ids": ["F-99", "F-07"]}
    sent, _ = day.say("operating_limit", **two)
    assert day.aggregator.show(sent)["flag"]["code"] == "registry.part"
    assert "leave 3000.000000" in refused(day, "service_dispatch", "registry.capability", **called(day, "3000.5"))
    refused(day, "operating_limit", "registry.feeder", **{**two, "target_ids": ["F-98", "F-99"], "limit_id": "LIM-2"})


def confirmed(day, limit):
    """What the aggregator answers: the example is an answer of the utility's."""
    made = day.make("business_response", area="outage", subject_document_id=limit["document_id"], in_reply_to=limit["document_id"],
                    correlation_id=limit["correlation_id"], received_at=moment(-1), decided_at=moment(0))[2]
    sides = {"sender_id": day.aggregator.id, "sender_role": "aggregator", "receiver_id": day.utility.id, "receiver_role": "utility"}
    return day.aggregator.send_id(day.utility, "outage", day.path({**made, **sides}), "--wait")


def test_what_is_answered_too_late_is_taken_and_flagged(day):
    """Where all else that is late is refused: who follows a call, or keeps to a limit, is worth knowing at any time."""
    day.registered()
    limited_by, limit = day.say("operating_limit", confirm_by=moment(6 * SLOW), **limited(day, "aggregation", AGGREGATION, "4000"))
    called_by, _ = day.say("service_dispatch", respond_within_s=1, **called(day, "3000"))
    for gateway in (day.utility, day.aggregator):
        for asked in (limited_by, called_by):
            gateway.wait_log(f"answer-missed.*{asked}")
    answered, _ = day.say("dispatch_response", expected_at=day.times[0])
    for asked, answer in ((called_by, answered), (limited_by, confirmed(day, limit))):
        assert day.utility.show(answer)["state"] == "received" and day.aggregator.show(answer)["state"] == "delivered"
        for gateway in (day.utility, day.aggregator):
            assert gateway.wait_log(f"answer-late.*{asked}")
            assert gateway.show(answer)["flag"]["code"] == "registry.late-answer"
            assert gateway.json("status")["missed-answers"] == [] or answer == answered


CAN = {"max_export_kw": "1000", "max_import_kw": "1000", "max_up_kw": "1000", "max_down_kw": "1000", "usable_energy_kwh": "2000"}


def placed(resource, feeder, kw):
    return {**resource, "location": {"feeder_id": feeder}, "nameplate_export_kw": kw, "nameplate_import_kw": kw, "nameplate_kva": kw,
            "export_limit_kw": kw, "nameplate_energy_kwh": str(2 * int(kw))}


def test_what_is_said_by_feeder_is_there(day):
    """10 kW are on one feeder, 990 on the other: together they have 1000, and the first one does not have 900 of them."""
    registration = day.make("aggregation_registration")[2]
    resources = [placed(r, f, kw) for r, f, kw in zip(registration["resources"], ("F-1", "F-2"), ("10", "990"))]
    can = {**registration["capability"], **CAN}
    day.say("aggregation_registration", requested_effective_from=moment(-7200), resources=resources, capability=can)
    day.say("registration_decision", approved_from=moment(-7200), review_started_at=moment(-60), decided_at=moment(0), approved_capability=can)

    def split(up, energy, **changes):
        feeders = [{"feeder_id": "F-1", "up_kw": up, "down_kw": "20", "energy_kwh": energy},
                   {"down_kw": "980", "energy_kwh": str(2000 - int(energy)), "up_kw": str(1000 - int(up)), "feeder_id": "F-2"}]
        all_of_it = {"up_kw": "1000", "down_kw": "1000", "energy_kwh": "2000", "headroom_kwh": "0", "by_feeder": feeders}
        return [{**i, **all_of_it, **changes} for i in available(day)]

    day.say("availability", sequence=1, intervals=split("20", "20"))
    assert "interval 1: up_kw of feeder F-1 is 900.000000, resources that are registered there have 20.000000" in refused(
        day, "availability", "registry.capability", sequence=2, intervals=split("900", "20"))
    assert "energy_kwh of feeder F-1 is 21" in refused(day, "availability", "registry.capability", sequence=3, intervals=split("20", "21"))
    assert "headroom_kwh is 2001.000000, registered is 2000" in refused(
        day, "availability", "registry.capability", sequence=4, intervals=split("20", "20", headroom_kwh="2001"))
    assert "shed_kw is 1001.000000" in refused(
        day, "availability", "registry.capability", sequence=5, intervals=split("20", "20", load_shed_kw="1001"))


def test_a_service_is_called_for_where_it_is(day):
    """A request may ask for what is still to be registered; who has nothing there offers nothing."""
    day.say("service_request", location={"feeder_id": "F-99"})
    day.registered()
    assert "is for feeder F-99, where aggregation AGG-0042 has nothing at that time" in refused(day, "service_offer", "registry.feeder")
    for gateway, other in ((day.utility, day.aggregator), (day.aggregator, day.utility)):
        agree(gateway, other, FLAG)
    for name in ("service_offer", "service_award", "service_dispatch"):
        sent, _ = day.say(name)
        assert [g.show(sent)["flag"]["code"] for g in (day.utility, day.aggregator)] == ["registry.feeder"] * 2
    day.say("service_request")
    sent, _ = day.say("service_offer")
    assert not day.utility.show(sent)["flag"]


def test_what_failed_is_connected_until_that_is_decided(day):
    day.registered()
    can = day.make("composition_change")[2]["capability_after"]
    left = {**can, "max_export_kw": "2400", "max_import_kw": "2600", "max_up_kw": "2250", "max_down_kw": "2500", "usable_energy_kwh": "4800"}
    day.say("composition_change", emergency=True, cause="failure", change_effective_at=moment(0), resource_count_after=1,
            changes=[{"operation": "remove", "resource_id": "R-0002"}], capability_after=left, capability_drop_kw="2500")
    day.times = [moment(60), moment(960)]
    for scope, target in (("resource", "R-0002"), ("connection_point", "SP-448121"), ("feeder", "F-08")):
        sent, _ = day.say("operating_limit", **limited(day, scope, target, "5", basis="emergency"), confirm_by=moment(600))
        assert not day.aggregator.show(sent)["flag"]
    sent, _ = day.say("outage_notice", areas=[{"location": {"feeder_id": "F-08"}}], affected_resource_ids=["R-0002"])
    assert not day.utility.show(sent)["flag"] and not day.aggregator.show(sent)["flag"]
