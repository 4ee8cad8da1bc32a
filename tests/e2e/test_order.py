# SPDX-License-Identifier: Apache-2.0
"""What builds on a message that is under way waits for it, and is not refused for having come first."""
import json
import signal

import pytest

from gateway import settled, wait_until
from test_asynchronous import as2, edit
from test_copies import signal_all
from test_deadlines import moment, seconds_between
from test_registry_day import AREAS, REFUSE, Day, lines_of
from test_registry_exchange import OFF, both_agree

PAIRS = 5


@pytest.fixture
def day(pair, tmp_path):
    both_agree(*pair, REFUSE)
    return Day(*pair, tmp_path)


def queue(day, name, **changes):
    """As Day.say(), and nobody waits for its end."""
    sender, receiver, made = day.make(name, **changes)
    day.ids[name] = made["document_id"]
    return sender.send_id(receiver, AREAS.get(name, "availability"), day.path(made))


def of_kind(shown, what):
    return [e for e in shown["events"] if e["what"] == what]


def tried(gateway, message_id):
    """The partner is not there: it is tried again later."""
    wait_until(lambda: gateway.show(message_id)["state"] == "deferred")


def expect_waiting(gateway, second, first):
    shown = gateway.show(second)
    assert (shown["state"], shown["attempts"], shown["fault"]["code"]) == ("deferred", 0, "message.order"), shown
    assert f"it builds on {first[:160]}" in shown["fault"]["text"] and f"for {first}" in [e["detail"] for e in of_kind(shown, "waits")]


def expect_in_order(gateway, pairs):
    for first, second in pairs:
        assert (settled(gateway, second)["state"], settled(gateway, first)["state"]) == ("delivered",) * 2
        shown = gateway.show(second)
        assert of_kind(shown, "waited")[0]["detail"] == f"for {first}, which is delivered"
        assert shown["fault"] is None and of_kind(gateway.show(first), "delivered")[0]["time"] <= of_kind(shown, "attempt")[0]["time"]


def away(receiver, sender, make):
    """Messages that are queued, in pairs, while their receiver is away; the pairs, once it is back."""
    receiver.stop()
    pairs = [make(n) for n in range(PAIRS)]
    for first, second in pairs:
        tried(sender, first)
        expect_waiting(sender, second, first)
    receiver.start()
    return pairs


def small(day, name, **changes):
    """Five of them are no more than there is."""
    made = day.make(name)[2]
    quantity = "setpoint_kw" if name == "service_dispatch" else "quantity_kw"
    return dict(intervals=[{**interval, quantity: "500"} for interval in made["intervals"]], **changes)


def offered(day):
    day.say("service_request", **small(day, "service_request"))
    day.say("service_offer", **small(day, "service_offer", min_acceptable_kw="100", energy_kwh="250"))
    return day.ids["service_request"], day.ids["service_offer"]


def test_a_dispatch_after_its_award(day):
    day.registered()
    offers = [offered(day) for _ in range(PAIRS)]

    def make(n):
        day.ids["service_request"], day.ids["service_offer"] = offers[n]
        award = queue(day, "service_award", **small(day, "service_award", maximum_value={"amount": "95.00", "currency": "USD"}))
        return award, queue(day, "service_dispatch", **small(day, "service_dispatch"))

    expect_in_order(day.utility, away(day.aggregator, day.utility, make))


def test_an_update_after_its_notice(day):
    day.registered()

    def make(n):
        more = dict(outage_id=f"OUT-{n}")
        return (queue(day, "outage_notice", **more, sequence=1),
                queue(day, "outage_notice", **more, sequence=2, notice="update", crew_status="arrived"))

    expect_in_order(day.utility, away(day.aggregator, day.utility, make))


def test_a_limit_and_a_notice_after_the_decision(day):
    """Five aggregations, each decided while the aggregator is away, and limited or told of an outage at once."""
    registrations = []
    for n in range(PAIRS):
        resources = [{**r, "resource_id": f"R-{n}-{i}", "service_point_id": f"SP-{n}-{i}"}
                     for i, r in enumerate(day.make("aggregation_registration")[2]["resources"])]
        day.say("aggregation_registration", aggregation_id=f"AGG-{n}", resources=resources, requested_effective_from=moment(-7200))
        registrations.append(day.ids["aggregation_registration"])

    def make(n):
        day.ids["aggregation_registration"] = registrations[n]
        decision = queue(day, "registration_decision", aggregation_id=f"AGG-{n}", approved_from=moment(-7200),
                         review_started_at=moment(-60), decided_at=moment(0))
        if n % 2:
            return decision, queue(day, "outage_notice", outage_id=f"OUT-{n}", affected_aggregation_ids=[f"AGG-{n}"],
                                   affected_resource_ids=[f"R-{n}-0"])
        return decision, queue(day, "operating_limit", limit_id=f"LIM-{n}", target_ids=[f"AGG-{n}"])

    expect_in_order(day.utility, away(day.aggregator, day.utility, make))


def test_an_invoice_after_its_performance(day):
    day.registered()
    awards = []
    for _ in range(PAIRS):
        offered(day)
        day.say("service_award", **small(day, "service_award", maximum_value={"amount": "950.00", "currency": "USD"}))
        day.say("service_dispatch", **small(day, "service_dispatch"))
        awards.append((day.ids["service_award"], day.ids["service_dispatch"]))

    def make(n):
        day.ids["service_award"], dispatch = awards[n]
        performed = [{**i, "awarded_kw": "500", "baseline_kw": "0", "metered_kw": "400", "delivered_kw": "400", "delivered_kwh": "100"}
                     for i in day.make("service_performance")[2]["intervals"]]
        performance = queue(day, "service_performance", dispatch_ids=[dispatch], intervals=performed, total_delivered_kwh="200",
                            performance_percent="80")
        line, = lines_of(day.make("invoice")[2], award_id=awards[n][0], quantity="200", amount={"amount": "76.00", "currency": "USD"})
        total = {"amount": "76.00", "currency": "USD"}
        return performance, queue(day, "invoice", invoice_number=f"INV-{n}", lines=[line], subtotal=total, total=total,
                                  performance_ids=[day.ids["service_performance"]])

    expect_in_order(day.aggregator, away(day.utility, day.aggregator, make))


# --- what becomes of one that waits ---------------------------------------------------------


def two_of_an_outage(day):
    day.registered()
    return lambda: (queue(day, "outage_notice"), updated(day))


def updated(day):
    return queue(day, "outage_notice", sequence=2, notice="update")


def receipt_within(day, budget):
    edit(day.utility, day.aggregator.id, r"^  outage: .*$", f"  outage: {{ send: true, receive: true, receipt-within: {budget} }}")


def test_a_notice_waits_half_the_time_of_its_alarm(day):
    """The partner took the first, and says nothing of it."""
    make = two_of_an_outage(day)
    receipt_within(day, "4s")
    as2(day.utility, day.aggregator.id, "receipt-delivery: asynchronous")
    signal_all(day.aggregator, "courier", signal.SIGSTOP)
    first, second = make()
    expect_waiting(day.utility, second, first)
    wait_until(lambda: of_kind(day.utility.show(second), "attempt"))
    shown = day.utility.show(second)
    waited, = of_kind(shown, "waited")
    assert waited["code"] == "message.order" and "it goes before what it builds on" in waited["detail"]
    assert 2 <= seconds_between(shown["created"], of_kind(shown, "attempt")[0]["time"]) < 4
    assert day.utility.show(first)["state"] == "awaiting"
    signal_all(day.aggregator, "courier", signal.SIGCONT)
    assert settled(day.utility, first)["state"] == "delivered"
    settled(day.utility, second)


def test_a_partner_that_hangs_gets_first_what_goes_first(day):
    """The alarm of the second rings; the partner takes nothing, and would take it together with the first."""
    make = two_of_an_outage(day)
    receipt_within(day, "4s")
    signal_all(day.aggregator, "envelope", signal.SIGSTOP)
    first, second = make()
    wait_until(lambda: of_kind(day.utility.show(second), "receipt-late"))
    assert (day.utility.show(first)["state"], day.utility.show(second)["attempts"]) == ("sending", 0)
    signal_all(day.aggregator, "envelope", signal.SIGCONT)
    expect_in_order(day.utility, [(first, second)])


def test_a_partner_that_was_away_gets_first_what_goes_first(day):
    """The time of the limit is over, and it was tried, right behind the decision, before which it would be refused."""
    day.say("aggregation_registration", requested_effective_from=moment(-7200))
    receipt_within(day, "6s")
    day.aggregator.stop()
    decision = queue(day, "registration_decision", approved_from=moment(-7200), review_started_at=moment(-60), decided_at=moment(0))
    limit = queue(day, "operating_limit")
    expect_waiting(day.utility, limit, decision)
    wait_until(lambda: day.utility.show(limit)["attempts"] == 1 and day.utility.show(limit)["state"] == "deferred")
    shown = day.utility.show(limit)
    tried_at, = [e["time"] for e in of_kind(shown, "attempt")]
    assert seconds_between(shown["created"], tried_at) >= 3
    assert [e for e in of_kind(day.utility.show(decision), "deferred") if shown["created"] <= e["time"] <= tried_at]
    day.aggregator.start()
    shown = [settled(day.utility, message) for message in (decision, limit)]
    assert [(m["state"], m["fault"], m["attempts"]) for m in shown[1:]] == [("delivered", None, 2)]
    assert of_kind(shown[0], "delivered")[0]["time"] <= of_kind(shown[1], "attempt")[-1]["time"]


def test_what_the_first_comes_to_is_told(day):
    """It expires, and the one that waited goes at once: what its partner makes of it is another matter."""
    day.registered()
    day.aggregator.stop()
    sender, receiver, made = day.make("outage_notice")
    first = sender.send_id(receiver, "outage", day.path(made), "--deadline", "6s")
    second = updated(day)
    expect_waiting(day.utility, second, first)
    assert f"it builds on {first}" in day.utility.run("show", second).stdout
    assert f"it builds on {first}" in day.utility.run("status", check=None).stdout
    assert "message.order" in [d["code"] for d in day.utility.json("status")["deferred"]]
    told = [found["found"] for found in json.loads(day.utility.run("doctor", "--json", check=None).stdout)["findings"]]
    assert [found for found in told if "1 of outage to" in found and f"it builds on {first}" in found]
    waited, = wait_until(lambda: of_kind(day.utility.show(second), "waited"))
    assert waited["detail"] == f"for {first}, which is expired"
    wait_until(lambda: of_kind(day.utility.show(second), "attempt"))
    assert day.utility.show(second)["state"] != "expired"


def test_the_order_outlives_a_restart(day):
    make = two_of_an_outage(day)
    day.aggregator.stop()
    first, second = make()
    tried(day.utility, first)
    for end in (day.utility.stop, day.utility.kill):
        end()
        day.utility.start()
        expect_waiting(day.utility, second, first)
    day.aggregator.start()
    expect_in_order(day.utility, [(first, second)])
    assert len(of_kind(day.utility.show(second), "waits")) == 1


def test_nothing_waits_without_a_registry(pair, tmp_path):
    both_agree(*pair, OFF)
    day = Day(*pair, tmp_path)
    day.aggregator.stop()
    for made in (queue(day, "outage_notice"), updated(day)):
        assert wait_until(lambda sent=made: day.utility.show(sent)["attempts"]) > 0
        assert not of_kind(day.utility.show(made), "waits")


def test_what_builds_on_nothing_that_waits_goes_at_once(day):
    make = two_of_an_outage(day)
    day.aggregator.stop()
    first, second = make()
    other = queue(day, "outage_notice", outage_id="OUT-OTHER")
    assert wait_until(lambda: day.utility.show(other)["attempts"]) > 0
    expect_waiting(day.utility, second, first)
    assert not of_kind(day.utility.show(other), "waits")


def test_where_the_receipt_comes_later_it_is_waited_for(day):
    """Taken is not delivered: the partner may still refuse it."""
    day.registered()
    as2(day.utility, day.aggregator.id, "receipt-delivery: asynchronous")
    signal_all(day.aggregator, "courier", signal.SIGSTOP)
    first = queue(day, "outage_notice")
    wait_until(lambda: day.utility.show(first)["state"] == "awaiting")
    second = updated(day)
    expect_waiting(day.utility, second, first)
    signal_all(day.aggregator, "courier", signal.SIGCONT)
    expect_in_order(day.utility, [(first, second)])
