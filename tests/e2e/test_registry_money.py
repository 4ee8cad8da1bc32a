# SPDX-License-Identifier: Apache-2.0
"""What is paid once is not paid again, and what nobody can have delivered is not taken: between gateways that refuse it."""
import json

import pytest

from gateway import REFUSED, TRUST, tieline
from test_deadlines import moment
from test_documents_exchange import agree, stored
from test_registry_day import AREAS, FLAG, REFUSE, Day, lines_of
from test_registry_exchange import both_agree, x12, x12_agree

INVOICE, CREDIT, CORRECTED = "INV-2026-000117", "CN-1", "INV-2"


def usd(amount):
    return {"amount": amount, "currency": "USD"}


class Sale(Day):
    """An award that is performed and billed: 1225.25 kWh for 465.60."""

    def until_billed(self):
        self.registered()
        for name in ("availability", "service_request", "service_offer", "service_award", "service_dispatch"):
            self.say(name)
        self.say("service_performance", dispatch_ids=[self.ids["service_dispatch"]])
        self.say("invoice", **self.bill())

    def bill(self, number=INVOICE, kind="original", quantity="1225.25", amount="465.60", **more):
        made = self.make("invoice")[2]
        lines = lines_of(made, award_id=self.ids["service_award"], quantity=quantity, amount=usd(amount))
        about = {} if kind == "original" else {"original_invoice_number": INVOICE}
        return {"invoice_number": number, "kind": kind, "lines": lines, "subtotal": usd(amount), "total": usd(amount),
                "performance_ids": [self.ids["service_performance"]], "summary_hash": number.encode().hex().ljust(64, "0"),
                **about, **more}

    @staticmethod
    def pay(trace, *items):
        """Each (number, of how much, how much)."""
        lines = [{"invoice_number": number, "invoiced_amount": usd(invoiced), "paid_amount": usd(paid),
                  **({} if invoiced == paid else {"adjustment_amount": usd(f"{float(paid) - float(invoiced):.2f}"),
                                                  "adjustment_reason": "dispute"})} for number, invoiced, paid in items]
        total = usd(f"{sum(float(paid) for _, _, paid in items):.2f}")
        return {"trace_number": trace, "lines": lines, "amount": total, "line_total": total}

    def unsent(self, name, code, says, **changes):
        """By who would send it, whose gateway knows better."""
        sent = self.fails(name, code, TRUST, **changes)
        assert says in sent.stderr, sent.stderr

    def untaken(self, name, code, says, **changes):
        """By who is sent it: the other one's gateway only flags it."""
        sender, receiver, made = self.make(name, **changes)
        agree(sender, receiver, FLAG)
        sent = sender.send(receiver, AREAS.get(name, "availability"), self.path(made), "--wait", check=REFUSED)
        fault = receiver.show(sent.stdout.strip())["fault"]
        assert fault["code"] == code and says in fault["text"], fault
        agree(sender, receiver, REFUSE)


@pytest.fixture
def sale(pair, tmp_path):
    both_agree(*pair, REFUSE)
    return Sale(*pair, tmp_path)


def test_a_paid_invoice_is_not_cancelled_and_billed_again(sale):
    sale.until_billed()
    cancel = sale.bill("INV-C", "cancel")
    sale.unsent("invoice", "registry.amount", "it cancels 400.00, invoice INV-2026-000117 is over 465.60",
                **sale.bill("INV-C", "cancel", amount="400.00", quantity="1052.63"))
    sale.say("remittance", **sale.pay("T-1", (INVOICE, "465.60", "465.60")))
    why = "it cancels invoice INV-2026-000117, of which 465.60 are paid: what is paid is given back by a credit note"
    sale.unsent("invoice", "registry.order", why, **cancel)
    sale.untaken("invoice", "registry.order", why, **cancel)
    sale.unsent("invoice", "registry.amount", "931.20 in all, where 475.00 is the most", **sale.bill("INV-3"))


def test_a_correction_is_not_over_less_than_is_paid(sale):
    sale.until_billed()
    sale.say("remittance", **sale.pay("T-1", (INVOICE, "465.60", "465.60")))
    why = "465.60 are paid for what it takes the place of, where 380.00 is the most"
    less = sale.bill(CORRECTED, "corrected", "1000", "380.00")
    sale.unsent("invoice", "registry.amount", why, **less)
    sale.untaken("invoice", "registry.amount", why, **less)
    revised = sale.bill(INVOICE, quantity="1000", amount="380.00", supersedes=sale.ids["invoice"], revision=2)
    sale.untaken("invoice", "registry.amount", why, **revised)
    sale.say("invoice", **sale.bill(CORRECTED, "corrected"))
    sale.unsent("remittance", "registry.amount", "invoice INV-2: 931.20 in all, where 465.60 is the most",
                **sale.pay("T-2", (CORRECTED, "465.60", "465.60")))


def test_what_is_credited_is_taken_off_and_not_paid(sale):
    sale.until_billed()
    sale.say("invoice", **sale.bill(CREDIT, "credit_note", "-100", "-38.00"))
    whole = sale.pay("T-1", (INVOICE, "465.60", "465.60"))
    sale.unsent("remittance", "registry.amount", "465.60 in all, where 427.60 is the most", **whole)
    sale.untaken("remittance", "registry.amount", "465.60 in all, where 427.60 is the most", **whole)
    sale.unsent("remittance", "registry.amount", "credit note CN-1 gives back 38.00: it is taken off",
                **sale.pay("T-1", (INVOICE, "465.60", "389.60"), (CREDIT, "-38.00", "38.00")))
    sale.say("remittance", **sale.pay("T-1", (INVOICE, "465.60", "465.60"), (CREDIT, "-38.00", "-38.00")))
    sale.unsent("remittance", "registry.amount", "credit note CN-1: 76.00 in all, where 38.00 is the most",
                **sale.pay("T-2", (CREDIT, "-38.00", "-38.00")))
    sale.unsent("invoice", "registry.order", "it is a credit_note of CN-1, which is a credit note",
                **{**sale.bill("CN-2", "credit_note", "-100", "-38.00"), "original_invoice_number": CREDIT})


def test_the_same_in_x12(sale):
    """An 820 that pays an invoice whole, of which an 810 credits a part."""
    sale.until_billed()
    for one, other in ((sale.utility, sale.aggregator), (sale.aggregator, sale.utility)):
        x12_agree(one, other, FLAG, "810, 820")
        agree(one, other, REFUSE)

    def send(name, check, **changes):
        sender, receiver, made = sale.make(name, **changes)
        for line in made["lines"]:
            line.pop("aggregation_id", None)
        path = x12(made, sale.folder / f"{made['document_id']}.json")
        return sender.send(receiver, "billing", path, "--wait", check=check)

    send("invoice", 0, **sale.bill(CREDIT, "credit_note", "-100", "-38.00"))
    sent = send("remittance", TRUST, **sale.pay("T-1", (INVOICE, "465.60", "465.60")))
    assert "465.60 in all, where 427.60 is the most" in sent.stderr
    send("remittance", 0, **sale.pay("T-1", (INVOICE, "465.60", "465.60"), (CREDIT, "-38.00", "-38.00")))
    sent = send("invoice", TRUST, **sale.bill("INV-C", "cancel"))
    assert "of which 427.60 are paid" in sent.stderr


def measured(sale, kw):
    made = sale.make("service_performance")[2]["intervals"]
    times = [{**interval, "metered_kw": str(1200 + kw), "delivered_kw": str(kw), "delivered_kwh": str(kw / 4)} for interval in made]
    return {"intervals": times, "total_delivered_kwh": str(kw / 2), "performance_percent": f"{kw / 25:.2f}",
            "dispatch_ids": [sale.ids["service_dispatch"]]}


def test_what_is_registered_cannot_have_delivered_it(sale):
    """4500 kW up are registered, 2500 awarded: more than that may be delivered, and no more than can be."""
    sale.registered()
    for name in ("availability", "service_request", "service_offer", "service_award", "service_dispatch"):
        sale.say(name)
    sale.unsent("dispatch_response", "registry.capability", "expected_kw is 9999.000000, registered is 5000.000000",
                expected_kw="9999", expected_at=sale.times[0])
    sale.untaken("dispatch_response", "registry.capability", "expected_kw is 9999.000000", expected_kw="9999",
                 expected_at=sale.times[0])
    why = "interval 1: delivered_kw is 9999.000000, registered is 4500.000000 for up: it cannot have been delivered"
    sale.unsent("service_performance", "registry.capability", why, **measured(sale, 9999))
    sale.untaken("service_performance", "registry.capability", why, **measured(sale, 9999))
    sale.say("service_performance", **measured(sale, 4600))


def test_a_statement_is_said_once(sale):
    sale.until_billed()

    def stated(**more):
        lines = lines_of(sale.make("settlement_statement")[2], award_id=sale.ids["service_award"],
                         dispatch_id=sale.ids["service_dispatch"])
        return {"lines": lines, **more}

    sale.say("settlement_statement", **stated())
    first = sale.ids["settlement_statement"]
    sale.unsent("settlement_statement", "registry.order", "statement ST-2026-06 is here already", **stated())
    sale.untaken("settlement_statement", "registry.order", "statement ST-2026-06 is here already", **stated(version="final"))
    sale.unsent("settlement_statement", "registry.order", "it replaces statement ST-9, which is not there",
                **stated(statement_id="ST-10", version="revised", replaces_statement_id="ST-9", change_reason="x"))
    sale.say("settlement_statement", **stated(supersedes=first, revision=2))
    sale.say("settlement_statement", **stated(statement_id="ST-2", version="revised", replaces_statement_id="ST-2026-06",
                                              change_reason="meters were read again"))


def test_a_line_that_names_no_award(sale):
    sale.until_billed()
    sale.unsent("invoice", "registry.award", "which is a service_offer", **{
        **sale.bill("INV-3"), "lines": lines_of(sale.make("invoice")[2], award_id=sale.ids["service_offer"])})


def test_the_other_side_sees_the_same(sale):
    """Both registers know what is paid and credited."""
    sale.until_billed()
    sale.say("invoice", **sale.bill(CREDIT, "credit_note", "-100", "-38.00"))
    sale.say("remittance", **sale.pay("T-1", (INVOICE, "465.60", "400.00")))
    for gateway in (sale.utility, sale.aggregator):
        flagged = [m for m in json.loads(tieline("list", "--inbox", "--home", gateway.home, "--json").stdout) if m.get("flag")]
        assert not flagged
    sale.unsent("remittance", "registry.amount", "428.00 in all, where 427.60 is the most",
                **sale.pay("T-2", (INVOICE, "465.60", "28.00")))
    sale.say("remittance", **sale.pay("T-2", (INVOICE, "465.60", "27.60")))


def test_what_is_delivered_and_paid_is_not_rejected(sale):
    """Neither by who would send that nor by who is sent it; what is wrong with it is still corrected."""
    sale.until_billed()
    sale.say("remittance", **sale.pay("TRN-1", (INVOICE, "465.60", "465.60")))

    def rejects(of):
        return dict(area="availability", subject_document_id=sale.ids[of], in_reply_to=sale.ids[of], result="rejected",
                    findings=[{"path": "", "code": "late"}], received_at=moment(-1), decided_at=moment(0), held_for=None,
                    sender_id=sale.aggregator.id, receiver_id=sale.utility.id, sender_role="aggregator", receiver_role="utility")

    made = sale.make("business_response", **rejects("service_award"))[2]
    sent = sale.aggregator.send(sale.utility, "availability", sale.path(made), "--wait", check=TRUST)
    assert "is not rejected any more" in sent.stderr and "(registry.order)" in sent.stderr
    agree(sale.aggregator, sale.utility, FLAG)
    made = sale.make("business_response", **rejects("service_award"))[2]
    sent = sale.aggregator.send(sale.utility, "availability", sale.path(made), "--wait", check=REFUSED)
    fault = sale.utility.show(sent.stdout.strip())["fault"]
    assert fault["code"] == "registry.order" and "builds on it" in fault["text"], fault
    agree(sale.aggregator, sale.utility, REFUSE)
    sale.say("invoice", **sale.bill(CREDIT, "credit_note", "-10", "-3.80"))
    sale.say("service_performance", dispatch_ids=[sale.ids["service_dispatch"]], supersedes=sale.ids["service_performance"],
             revision=2, data_version="revised")


def of_kvar(sale, delivered, awarded="600"):
    return {"award_id": sale.ids["service_award"], "dispatch_ids": [sale.ids["service_dispatch"]],
            "intervals": [{"start": t, "duration": "PT15M", "delivered_kvar": delivered, "awarded_kvar": awarded, "quality": "ok"}
                          for t in sale.times], "total_delivered_kwh": "0", "performance_percent": f"{float(delivered) / 6:.2f}"}


def test_volt_var_is_measured_and_billed(sale):
    """590 of 600 kvar: said, compared with what can be, and no more is billed."""
    made = sale.make("aggregation_registration")[2]
    able = {**made["capability"], "max_inject_kvar": "900", "max_absorb_kvar": "900"}
    sale.say("aggregation_registration", capability=able, service_kinds=["voltage_reactive"], requested_effective_from=moment(-7200),
             resources=[{**r, "nameplate_inject_kvar": "600", "nameplate_absorb_kvar": "600"} for r in made["resources"]])
    sale.say("registration_decision", approved_from=moment(-7200), review_started_at=moment(-60), decided_at=moment(0),
             approved_capability=able)
    sale.say("availability", intervals=[{**i, "inject_kvar": "800", "absorb_kvar": "800"}
                                        for i in sale.make("availability")[2]["intervals"]])
    price = {"price": {"amount": "0.05000", "currency": "USD"}}
    times = [{"start": t, "duration": "PT15M", "quantity_kvar": "600"} for t in sale.times]
    sale.say("service_request", service_kind="voltage_reactive", direction="inject", intervals=times, min_offer_kw=None)
    sale.say("service_offer", intervals=[{**t, **price} for t in times], min_acceptable_kw=None, energy_kwh=None)
    sale.say("service_award", intervals=[{**t, **price} for t in times], maximum_value=usd("60.00"))
    sale.say("service_dispatch", intervals=[{"start": t, "duration": "PT15M", "setpoint_kvar": "600"} for t in sale.times])
    expected = {"expected_kw": None, "expected_at": sale.times[0]}
    sale.unsent("dispatch_response", "registry.capability", "expected_kvar is 901.000000, registered is 900.000000",
                expected_kvar="901", **expected)
    sale.say("dispatch_response", expected_kvar="600", **expected)
    sale.unsent("service_performance", "registry.capability", "delivered_kvar is 999.000000, registered is 900.000000 for inject",
                **of_kvar(sale, "999"))
    sale.say("service_performance", **of_kvar(sale, "590"))

    def bill(quantity, amount):
        made = sale.bill("INV-K", quantity=quantity, amount=amount)
        line = {**made["lines"][0], "kind": "voltage_reactive", "unit": "kvar", "unit_price": price["price"]}
        line.pop("dispatch_id", None)
        return {**made, "lines": [line]}

    why = "1200.000000 kvar are billed, 1180.000000 were measured"
    sale.unsent("invoice", "registry.amount", why, **bill("1200", "60.00"))
    sale.untaken("invoice", "registry.amount", why, **bill("1200", "60.00"))
    sale.say("invoice", **bill("1180", "59.00"))


def test_resources_of_a_performance_are_there(sale):
    sale.registered()
    for name in ("availability", "service_request", "service_offer", "service_award", "service_dispatch"):
        sale.say(name)
    called = {"dispatch_ids": [sale.ids["service_dispatch"]]}

    def by(resource, kwh):
        return {**called, "resource_detail": [{"resource_id": resource, "delivered_kwh": kwh, "quality": "ok"}]}

    sale.unsent("service_performance", "registry.unknown", "resource R-404 was not in the aggregation when it was measured",
                **by("R-404", "500"))
    sale.untaken("service_performance", "registry.unknown", "resource R-404 was not in the aggregation", **by("R-404", "500"))
    sale.unsent("service_performance", "registry.amount", "its resources deliver 99999.000000 kWh, total_delivered_kwh is 1225.25",
                **by("R-0001", "99999"))
    sale.say("service_performance", **by("R-0001", "1225.25"))
