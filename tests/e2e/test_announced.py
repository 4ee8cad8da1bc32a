# SPDX-License-Identifier: Apache-2.0
"""AS2-Version, AS2-Product and EDIINT-Features (RFC 6017): what we say, and what is kept of what partners say."""
import json
import uuid

import pytest

from gateway import settled, wait_until, write
from test_foreign import accepted, agree, message, refused, standing

FEATURES = "multiple-attachments, AS2-Reliability"
TERMS = "marked: false, area: billing"


def announced(gateway, partner):
    return next((row for row in gateway.json("status")["announced"] if row["partner"] == partner.id), None)


def heard(gateway, partner, product):
    return wait_until(lambda: (row := announced(gateway, partner)) and row["product"] == product and row)


@pytest.fixture(scope="module")
def met(tmp_path_factory):
    with standing(tmp_path_factory, "announced", TERMS) as both:
        yield both


def test_two_gateways_hear_of_each_other(shared_pair, tmp_path):
    u, a = shared_pair
    u.send_id(a, "billing", write(tmp_path / "x", b"x"), "--wait")
    for g, other in ((a, u), (u, a)):
        row = wait_until(lambda: announced(g, other))
        assert (row["as2-version"], row["features"]) == ("1.2", FEATURES)
        assert row["product"].startswith("tieline:") and row["since"]
        assert row["product"] in g.run("status").stdout
    first = announced(a, u)
    u.send_id(a, "billing", write(tmp_path / "x", b"y"), "--wait")
    assert announced(a, u) == first


def test_what_we_send_says_what_we_can(met, tmp_path):
    g, peer = met
    seen = {}

    def answer(peer, path, headers, body):
        seen.update(headers)
        content_type, receipt = peer.report(headers["Message-ID"].strip("<>"), peer.mic(peer.open(body)))
        return 200, content_type, receipt

    peer.serve(answer)
    message_id = g.send_id(peer.id, "billing", write(tmp_path / "x", b"x"), "--wait")
    peer.close()
    assert settled(g, message_id)["state"] == "delivered"
    assert seen["AS2-Version"] == "1.2" and seen["EDIINT-Features"] == FEATURES
    assert seen["AS2-Product"].startswith("tieline:")


def post(met, **headers):
    _, peer = met
    message_id, body = message(peer, b"x")
    answer = peer.post("/as2", peer.headers(message_id, **headers), body)
    with open(peer.path("answer-head")) as f:
        peer.answer_head = f.read()
    return answer


def test_our_receipts_say_it_too(met):
    _, peer = met
    accepted(peer, post(met))
    assert f"EDIINT-Features: {FEATURES}\n" in peer.answer_head and "AS2-Version: 1.2\n" in peer.answer_head


@pytest.mark.parametrize("version", [None, "1.0", "1.1", "1.2", "1.3", "1.9", "1.42"])
def test_no_1_x_is_refused(met, version):
    g, peer = met
    product = f"p-{version}:1.{uuid.uuid4().int}"
    accepted(peer, post(met, AS2_Version=version, AS2_Product=product, EDIINT_Features="CEM, AS2-Restart, what-nobody-knows"))
    row = heard(g, peer, product)
    assert row["as2-version"] == (version or "1.0") and row["features"] == "CEM, AS2-Restart, what-nobody-knows"


def test_what_it_says_allows_nothing(met, tmp_path):
    """It may say that it reads several documents: the agreement does not."""
    g, peer = met
    accepted(peer, post(met, AS2_Product="says:1", EDIINT_Features="multiple-attachments"))
    heard(g, peer, "says:1")
    paths = [write(tmp_path / name, b"x") for name in "ab"]
    assert "agreement.attachments" in g.run("send", "--to", peer.id, "--area", "billing", "--attach", *paths, check=None).stderr


@pytest.mark.parametrize("said,terms,words", [
    (dict(AS2_Version="1.0"), "compress: before-signing, attachments: false", "compress: never"),
    (dict(AS2_Version="1.2", EDIINT_Features="CEM"), "attachments: true", "attachments: false"),
    (dict(AS2_Version="1.1", EDIINT_Features="CEM, Multiple-Attachments"), "compress: before-signing, attachments: true", None),
    (dict(AS2_Version="1.2", EDIINT_Features="CEM, AS2-Restart"), "attachments: false", "restart: true"),
    (dict(AS2_Version="1.2", EDIINT_Features="CEM, AS2-Restart"), "attachments: false, restart: true", None)])
def test_doctor_compares_it_with_what_is_agreed(met, said, terms, words):
    g, peer = met
    agree(g, peer, f"{TERMS}, {terms}")
    product = f"p:1.{uuid.uuid4().int}"
    accepted(peer, post(met, AS2_Product=product, **said))
    heard(g, peer, product)
    findings = json.loads(g.run("doctor", "--json", check=None).stdout)["findings"]
    agree(g, peer, TERMS)
    agreements = [f for f in findings if f["topic"] == "agreements" and ("AS2-Version" in f["found"] or "EDIINT" in f["found"])]
    assert [words in f["mend"] for f in agreements] == ([True] if words else []), agreements


def test_what_was_refused_says_nothing(met):
    g, peer = met
    accepted(peer, post(met, AS2_Product="good:1"))
    row = heard(g, peer, "good:1")
    part = peer.part(b"x", "", "forged@peer", Tieline_From="somebody")
    body = peer.seal(peer.signed(part, peer.sign(part)))
    refused(peer, peer.post("/as2", peer.headers("forged@peer", AS2_Product="bad:1"), body), "as2.binding.mismatch")
    accepted(peer, post(met, AS2_Product="good:1"))
    assert announced(g, peer) == row  # had it been kept, this one would be since now


def test_it_is_kept_over_a_restart_and_shown_harmlessly(met):
    g, peer = met
    accepted(peer, post(met, AS2_Product="long:" + "x" * 300, EDIINT_Features="f" * 500))
    row = heard(g, peer, ("long:" + "x" * 300)[:100])
    assert row["features"] == "f" * 300
    g.stop()
    g.start()
    assert announced(g, peer) == row
