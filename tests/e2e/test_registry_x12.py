# SPDX-License-Identifier: Apache-2.0
"""What partners say in X12 is learned as they say it, or not at all: a payment shows what was learned."""
import pytest

from gateway import INPUT, REFUSED, TRUST, tieline
from test_documents_exchange import agree, document, stored
from test_deadlines import moment
from test_registry_day import AREAS, FLAG, REFUSE
from test_registry_exchange import fee, x12, x12_agree
from test_registry_money import Sale, both_agree

AMOUNT = "465.60"  # of the example's bill


def recounted(text):
    """SE01 is the number of segments."""
    segments = text.split("~")
    first, last = (next(i for i, s in enumerate(segments) if s.startswith(tag)) for tag in ("ST*", "SE*"))
    segments[last] = f"SE*{last - first + 1}*" + segments[last].split("*")[2]
    return "~".join(segments)


def once(what, by):
    def change(text):
        assert what in text, (what, text)
        return recounted(text.replace(what, by, 1))
    return change


def last(what, by):
    def change(text):
        assert what in text, (what, text)
        return recounted(by.join(text.rsplit(what, 1)))
    return change


def both_speak_x12(pair, sets, policy=REFUSE):
    for one, other in (pair, pair[::-1]):
        x12_agree(one, other, "{ examine: true, invalid: flag, registry: refuse }", sets)
        agree(one, other, policy)


def billed(pair, folder, number, change=lambda text: text, check=0, **members):
    """A fee, which needs no award."""
    utility, aggregator = pair
    made = fee(aggregator, utility, number, summary_hash=number.encode().hex().ljust(64, "0"), **members)
    made["sender_role"], made["receiver_role"] = "aggregator", "utility"
    path = x12(made, folder / f"{number}.json", lambda text: change(text).replace("000000001", f"{sum(number.encode()):09}"))
    return aggregator.send(utility, "billing", path, "--wait", check=check)


def paid(pair, folder, trace, *items, check=0):
    utility, aggregator = pair
    made = document("remittance", utility, aggregator, **Sale.pay(trace, *items))
    made["sender_role"], made["receiver_role"] = "utility", "aggregator"
    return utility.send(aggregator, "billing", stored(folder / f"{trace}.json", made), "--wait", check=check)


@pytest.mark.parametrize("change, says", [
    (once("*DI*00~", "*ME*00~"), "BIG07: ME"),
    (once("*DI*00~", "*DI*03~"), "BIG08: 03"),
    (once("*DI*00~", "*DI*07~"), "BIG08: 07"),
    (once("*DI*00~", "*CR*00~"), "original_invoice_number"),
    (once("~N1*RE*", "~N1*RE**ZZ*EVIL-1~N1*RE*"), "N104: said before"),
], ids=["memorandum", "deleted", "duplicate", "credit memo of no bill", "two payees"])
def test_what_is_no_new_bill_is_not_learned_as_one(pair, tmp_path, change, says):
    """Refused before it is sent; and by who is sent it, if its sender does not look."""
    utility, aggregator = pair
    both_speak_x12(pair, "810, 820")
    sent = billed(pair, tmp_path, "INV-1", change, INPUT)
    assert "registry.x12" in sent.stderr and says in sent.stderr and "EVIL" not in sent.stderr
    x12_agree(aggregator, utility, FLAG, "810, 820")
    sent = billed(pair, tmp_path, "INV-2", change, REFUSED)
    fault = utility.show(sent.stdout.split()[0])["fault"]
    assert fault["code"] == "registry.x12" and says in fault["text"] and "810" in fault["text"], fault


def test_what_is_flagged_is_not_paid_by_it(pair, tmp_path):
    both_speak_x12(pair, "810, 820", FLAG)
    billed(pair, tmp_path, "INV-1")
    sent = billed(pair, tmp_path, "CM-1", once("*DI*00~", "*ME*00~"))
    assert pair[0].show(sent.stdout.split()[0])["flag"]["code"] == "registry.x12"
    both_speak_x12(pair, "810, 820")
    refused = paid(pair, tmp_path, "T-1", ("INV-1", AMOUNT, AMOUNT), ("CM-1", AMOUNT, AMOUNT), check=TRUST)
    assert "CM-1" in refused.stderr
    paid(pair, tmp_path, "T-2", ("INV-1", AMOUNT, AMOUNT))


def test_a_credit_memo_is_taken_off(pair, tmp_path):
    """Its amounts are above zero, as others write them."""
    both_speak_x12(pair, "810, 820")
    billed(pair, tmp_path, "INV-1")
    billed(pair, tmp_path, "CM-1", lambda text: once("*DI*00~", "*CR*00~")(once("~REF*TN*", "~REF*OI*INV-1~REF*TN*")(text)))
    refused = paid(pair, tmp_path, "T-1", ("INV-1", AMOUNT, AMOUNT), ("CM-1", AMOUNT, AMOUNT), check=TRUST)
    assert "registry.amount" in refused.stderr, refused.stderr


def test_the_currency_is_whose_it_is(pair, tmp_path):
    both_speak_x12(pair, "810, 820")
    billed(pair, tmp_path, "INV-1", once("~CUR*SE*USD~", "~CUR*BY*CAD~"))
    refused = paid(pair, tmp_path, "T-1", ("INV-1", AMOUNT, AMOUNT), check=TRUST)
    assert "CAD" in refused.stderr, refused.stderr


def test_an_824_about_two_documents_is_not_learned_by_half(pair, tmp_path):
    utility, aggregator = pair
    both_speak_x12(pair, "824")
    ids = {}
    for number in ("INV-1", "INV-2"):
        made = fee(aggregator, utility, number, summary_hash=number.encode().hex().ljust(64, "0"))
        ids[number] = made["document_id"]
        aggregator.send(utility, "billing", stored(tmp_path / f"{number}.json", made), "--wait")

    def answer(number, result, action, **more):
        made = document("business_response", utility, aggregator, subject_document_id=ids[number], in_reply_to=ids[number],
                        result=result, action=action, received_at=moment(-2), decided_at=moment(-1), **more)
        made["sender_role"], made["receiver_role"] = "utility", "aggregator"
        return tieline("translate", stored(tmp_path / f"{result}.json", made), check=None).stdout

    taken = answer("INV-1", "accepted", "accept")
    other = answer("INV-2", "rejected", "do_not_resend", findings=[{"code": "other", "text": "WRONG"}])
    loop = other[other.index("~OTI*"):other.index("~SE*")]
    both = stored(tmp_path / "both.x12", once("~SE*", f"{loop}~SE*")(taken).encode())
    sent = utility.send(aggregator, "billing", both, "--wait", check=INPUT)
    assert "registry.x12" in sent.stderr and "OTI: said before: it is about more than one" in sent.stderr
    utility.send(aggregator, "billing", stored(tmp_path / "other.x12", other.encode()), "--wait")
    refused = paid(pair, tmp_path, "T-1", ("INV-2", AMOUNT, AMOUNT), check=TRUST)
    assert "INV-2" in refused.stderr


# --- with an aggregation ---------------------------------------------------------------------


@pytest.fixture
def sale(pair, tmp_path):
    both_agree(*pair, REFUSE)
    return Sale(*pair, tmp_path)


def said_in_x12(sale, name, change, check=0, **members):
    sender, receiver, made = sale.make(name, **members)
    path = x12(made, sale.folder / f"{made['document_id']}.json", change)
    return made, sender.send(receiver, AREAS.get(name, "availability"), path, "--wait", check=check)


@pytest.mark.parametrize("change, says", [
    (once("~BGN*13*", "~BGN*22*"), "BGN01: 22"),
    (last("~ASI*7*021~", "~ASI*7*024~"), "ASI02: 024"),
], ids=["information copy", "a resource that ends"])
def test_what_asks_for_no_registration_is_none(sale, pair, change, says):
    both_speak_x12(pair, "814")
    _, sent = said_in_x12(sale, "aggregation_registration", change, INPUT, requested_effective_from=moment(-7200))
    assert "registry.x12" in sent.stderr and says in sent.stderr, sent.stderr
    said_in_x12(sale, "aggregation_registration", lambda text: text, requested_effective_from=moment(-7200))


def test_a_rejection_is_no_acceptance_by_another_word(sale, pair):
    sale.say("aggregation_registration", requested_effective_from=moment(-7200))
    both_speak_x12(pair, "814")
    when = {"approved_from": moment(-7200), "review_started_at": moment(-60), "decided_at": moment(0)}
    _, sent = said_in_x12(sale, "registration_decision", once("~ASI*WQ*021~", "~ASI*U*021~REF*7G*A13*NO~"), INPUT, **when)
    assert "registry.x12" in sent.stderr and "ASI01: U: said before, and differently" in sent.stderr, sent.stderr
    said_in_x12(sale, "registration_decision", lambda text: text, **when)


def test_a_usage_is_cancelled_by_nothing_and_corrected_by_another(sale, pair):
    sale.registered()
    for name in ("availability", "service_request", "service_offer", "service_award", "service_dispatch"):
        sale.say(name)
    both_speak_x12(pair, "867")
    calls = {"dispatch_ids": [sale.ids["service_dispatch"]]}
    _, sent = said_in_x12(sale, "service_performance", once("~BPT*00*", "~BPT*01*"), INPUT, **calls)
    assert "registry.x12" in sent.stderr and "BPT01: 01" in sent.stderr, sent.stderr
    first, _ = said_in_x12(sale, "service_performance", lambda text: text, **calls)
    revised = {**calls, "supersedes": first["document_id"], "data_version": "revised"}
    said_in_x12(sale, "service_performance", lambda text: text, revision=2, **revised)
    _, sent = said_in_x12(sale, "service_performance", lambda text: text, TRUST, revision=2, **revised)
    assert "registry.order" in sent.stderr and "what corrects it supersedes it" in sent.stderr, sent.stderr
