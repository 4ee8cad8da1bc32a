# SPDX-License-Identifier: Apache-2.0
"""A day of two gateways that refuse what does not agree: the examples of `tieline new`, one after the other, and limits."""
import json

import pytest

from gateway import INPUT, REFUSED, TRUST, tieline
from test_deadlines import moment
from test_documents_exchange import agree, document, event, stored
from test_registry_exchange import both_agree

REFUSE, FLAG = (f"{{ examine: true, invalid: refuse, registry: {word} }}" for word in ("refuse", "flag"))

AREAS = {"aggregation_registration": "aggregation", "composition_change": "aggregation", "registration_decision": "aggregation",
         "outage_notice": "outage", "operating_limit": "outage", "service_performance": "billing", "invoice": "billing",
         "remittance": "billing", "settlement_statement": "billing"}
TIMED = ("availability", "service_dispatch", "operating_limit", "outage_notice")


class Day:
    """Documents of one aggregation, made from the examples: ids are those of the documents before them; None is left out."""

    def __init__(self, utility, aggregator, folder):
        self.utility, self.aggregator, self.folder, self.ids = utility, aggregator, folder, {}
        self.times = [moment(-3600), moment(-2700)]

    def make(self, name, **changes):
        sender = self.aggregator if json.loads(tieline("new", name).stdout)["sender_role"] == "aggregator" else self.utility
        receiver = self.utility if sender is self.aggregator else self.aggregator
        made = document(name, sender, receiver)
        made["created_at"] = moment(0)
        if name in TIMED:
            made["expires_at"] = moment(600)
        for number, interval in enumerate(made.get("intervals", [])):
            interval["start"] = self.times[number]
        for follows, of in (("registration_id", "aggregation_registration"), ("request_id", "service_request"),
                            ("offer_id", "service_offer"), ("award_id", "service_award"), ("dispatch_id", "service_dispatch")):
            if follows in made:
                made[follows] = self.ids.get(of)
                if "in_reply_to" in made:
                    made["in_reply_to"] = self.ids[of]
        return sender, receiver, {key: value for key, value in {**made, **changes}.items() if value is not None}

    def path(self, made):
        return stored(self.folder / f"{made['document_id']}.json", made)

    def say(self, name, **changes):
        sender, receiver, made = self.make(name, **changes)
        sent = sender.send(receiver, AREAS.get(name, "availability"), self.path(made), "--wait", check=None)
        assert sent.returncode == 0, f"{name}: {sent.stderr}"
        self.ids[name] = made["document_id"]
        return sent.stdout.strip(), made

    def fails(self, name, code, check, **changes):
        sender, receiver, made = self.make(name, **changes)
        sent = sender.send(receiver, AREAS.get(name, "availability"), self.path(made), "--wait", check=check)
        assert f"({code})" in sent.stderr, sent.stderr
        return sent

    def registered(self):
        self.say("aggregation_registration", requested_effective_from=moment(-7200))
        self.say("registration_decision", approved_from=moment(-7200), review_started_at=moment(-60), decided_at=moment(0))


@pytest.fixture
def day(pair, tmp_path):
    both_agree(*pair, REFUSE)
    return Day(*pair, tmp_path)


def lines_of(made, **changes):
    return [{**line, **changes} for line in made["lines"]]


def test_the_examples_agree_with_one_another(day):
    day.registered()
    day.say("availability")
    day.say("service_request")
    day.say("service_offer")
    day.say("service_award")
    day.say("operating_limit")
    day.say("service_dispatch")
    day.say("dispatch_response", expected_at=day.times[0])
    day.say("outage_notice", expires_at=moment(600))
    day.say("service_performance", dispatch_ids=[day.ids["service_dispatch"]])
    invoice = day.make("invoice")[2]
    billed = lines_of(invoice, award_id=day.ids["service_award"])
    day.say("invoice", lines=billed, performance_ids=[day.ids["service_performance"]])
    day.say("remittance")
    stated = lines_of(day.make("settlement_statement")[2], award_id=day.ids["service_award"],
                      dispatch_id=day.ids["service_dispatch"])
    day.say("settlement_statement", lines=stated)
    day.say("composition_change", change_effective_at=moment(86400))
    for gateway in (day.utility, day.aggregator):
        assert not [m for m in gateway.inbox() if gateway.show(m["message-id"])["flag"]]


def limited(day, scope, target, kw, **changes):
    made = day.make("operating_limit")[2]["intervals"]
    times = [{**interval, "export_limit_kw": kw, "import_limit_kw": "9999"} for interval in made]
    return dict(limit_id=f"LIM-{scope}", sequence=1, scope=scope, target_ids=[target], intervals=times,
                fallback_export_kw="0", fallback_import_kw="0", **changes)


def called(day, kw):
    """As an emergency, which needs no award."""
    times = day.make("service_dispatch")[2]["intervals"]
    return dict(intervals=[{**interval, "setpoint_kw": kw} for interval in times], override_of="schedule")


def test_what_a_limit_of_a_feeder_forbids_is_not_called_for(day):
    """Half of the aggregation is on F-07, which may put out 600 kW: with the other half that is 3000."""
    day.registered()
    day.say("operating_limit", **limited(day, "feeder", "F-07", "600"))
    sent = day.fails("service_dispatch", "registry.capability", TRUST, **called(day, "3000.5"))
    assert "limits such as LIM-feeder of a feeder of it leave 3000.000000" in sent.stderr
    _, first = day.say("service_dispatch", **called(day, "3000"))
    agree(day.utility, day.aggregator, FLAG)
    sent = day.fails("service_dispatch", "registry.capability", REFUSED, **called(day, "3000.5"))
    assert day.aggregator.show(sent.stdout.strip())["fault"]["code"] == "registry.capability"
    day.say("operating_limit", **{**limited(day, "feeder", "F-07", "2400"), "sequence": 2})
    day.say("service_dispatch", **called(day, "3000.5"), supersedes=first["document_id"], revision=2)


def test_two_limits_that_contradict_are_told(day):
    day.registered()
    _, first = day.say("operating_limit", **limited(day, "connection_point", "SP-448120", "100"))
    other = {**limited(day, "connection_point", "SP-448120", "200"), "limit_id": "LIM-2"}
    sent = day.fails("operating_limit", "registry.limit", TRUST, **other)
    assert f"of document {first['document_id']} lets 100.000000 kW of export" in sent.stderr and "SP-448120" not in sent.stderr
    less = {**limited(day, "connection_point", "SP-448120", "0"), "limit_id": "LIM-3"}
    day.fails("operating_limit", "registry.limit", TRUST, **less)
    day.say("operating_limit", **{**less, "basis": "emergency"})
    agree(day.utility, day.aggregator, FLAG)
    sent = day.fails("operating_limit", "registry.limit", REFUSED, **other)
    assert day.aggregator.show(sent.stdout.strip())["fault"]["code"] == "registry.limit"
    day.say("operating_limit", **{**other, "primacy": 9})


def test_net_metering_and_counts(day):
    registration = day.make("aggregation_registration")[2]
    resources = [{**r, "net_metering": True} for r in registration["resources"]]
    sold = [{**resources[0], "other_programs": ["energy_market"]}, resources[1]]
    times = {"requested_effective_from": moment(-7200)}
    day.fails("aggregation_registration", "registry.twice", TRUST, resources=sold, **times)
    day.say("aggregation_registration", resources=resources, **times)
    day.say("registration_decision", approved_from=moment(-7200), review_started_at=moment(-60), decided_at=moment(0))
    sent = day.fails("availability", "registry.count", TRUST, resources_total=3)
    assert "it says that there are 3 resources, registered are 2" in sent.stderr
    for name in ("availability", "service_request", "service_offer", "service_award", "service_dispatch"):
        day.say(name)
    day.say("service_performance", dispatch_ids=[day.ids["service_dispatch"]])
    billed = lines_of(day.make("invoice")[2], award_id=day.ids["service_award"])
    sent = day.fails("invoice", "registry.amount", TRUST, lines=billed, performance_ids=[day.ids["service_performance"]])
    assert "2 of its 2 resources have net metering" in sent.stderr


def test_an_outage_that_says_too_much_is_taken_and_flagged(day):
    """Nobody sends it who looks; where it comes all the same, whoever works on the line is not to wait for another one."""
    day.registered()
    day.fails("outage_notice", "der.restricted", INPUT, equipment_ids=["SW-1"])
    agree(day.utility, day.aggregator, "{ examine: true, invalid: flag, registry: off }")
    sent, _ = day.say("outage_notice", equipment_ids=["SW-1"])
    assert event(day.aggregator, sent, "document-flagged")["detail"].startswith("der.restricted")
    day.say("outage_notice", sequence=2, notice="update")
    assert [m["message-id"] for m in day.aggregator.inbox() if day.aggregator.show(m["message-id"])["flag"]] == [sent]
