# SPDX-License-Identifier: Apache-2.0
"""What is paid once is not paid again, and what nobody can have delivered is not taken: between gateways that refuse it."""
import pytest

from gateway import REFUSED, TRUST
from test_documents_exchange import agree
from test_registry_day import AREAS, FLAG, REFUSE, Day, lines_of
from test_registry_exchange import both_agree

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
