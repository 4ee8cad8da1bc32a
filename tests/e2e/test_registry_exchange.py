# SPDX-License-Identifier: Apache-2.0
"""What documents say reaches the register of both sides, once, with the message that is stored."""
import json
import os
import re
import signal

import pytest

from gateway import REFUSED, settled, wait_until
from test_documents_exchange import JSON, agree, broken, document, event, events, stored

OFF, FLAG, REFUSE = ("{ examine: true, invalid: flag, registry: %s }" % word for word in ("off", "flag", "refuse"))


def learned(gateway, message_id):
    gateway.wait_log(f"registry-learned.*{re.escape(message_id)}")
    return [line for line in gateway.logged("registry-learned") if message_id in line]


def both_agree(utility, aggregator, terms):
    agree(utility, aggregator, terms)
    agree(aggregator, utility, terms)


@pytest.mark.parametrize("policy", [FLAG, REFUSE], ids=["flag", "refuse"])
def test_both_sides_learn_once(pair, tmp_path, policy):
    utility, aggregator = pair
    both_agree(utility, aggregator, policy)
    registration = stored(tmp_path / "r.json", document("aggregation_registration", aggregator, utility))
    sent = aggregator.send_id(utility, "aggregation", registration, "--wait")
    for gateway in (aggregator, utility):
        assert len(learned(gateway, sent)) == 1 and "findings=0" in learned(gateway, sent)[0]
    assert utility.show(sent)["state"] == "received" and aggregator.show(sent)["state"] == "delivered"
    assert utility.show(sent)["flag"] is None
    assert not [e for e in events(utility, sent) if e["what"].startswith("registry")]
    assert event(utility, sent, "document-read")["detail"] == "aggregation_registration: valid"


def test_where_it_is_not_agreed_nobody_asks(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, OFF)
    sent = aggregator.send_id(
        utility, "aggregation", stored(tmp_path / "r.json", document("aggregation_registration", aggregator, utility)), "--wait")
    assert event(utility, sent, "document-read")
    assert not utility.logged("registry-learned") and not aggregator.logged("registry-learned")


def test_what_is_no_document_of_ours_says_nothing(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, REFUSE)
    sent = aggregator.send_id(utility, "aggregation", stored(tmp_path / "x.json", b'{"a": 1}'), "--wait")
    assert utility.show(sent)["state"] == "received" and not utility.logged("registry-learned")


def test_what_is_refused_for_another_reason_is_not_learned(pair, tmp_path):
    utility, aggregator = pair
    agree(utility, aggregator, "{ examine: true, invalid: refuse, registry: flag }")
    agree(aggregator, utility, FLAG)
    sent = aggregator.send(utility, "availability", stored(tmp_path / "b.json", broken(aggregator, utility)), "--wait", check=REFUSED)
    assert utility.show(sent.stdout.strip())["fault"]["code"] == "der.invalid"
    assert not utility.logged("registry-learned") and learned(aggregator, sent.stdout.strip())


@pytest.mark.parametrize("count", [3000, 60000])
def test_a_large_registration_is_learned(pair, tmp_path, count):
    """It is in a spool file, and read once: the verdict is asked for in between."""
    utility, aggregator = pair
    both_agree(utility, aggregator, REFUSE)
    made = document("aggregation_registration", aggregator, utility)
    one = made["resources"][0]
    made["resources"] = [{**one, "resource_id": f"R-{i:06}", "service_point_id": f"SP-{i:06}"} for i in range(count)]
    made["resource_count"] = count
    sent = aggregator.send_id(utility, "aggregation", stored(tmp_path / "r.json", json.dumps(made).encode()), "--wait")
    assert learned(aggregator, sent) and learned(utility, sent)
    assert json.loads(utility.document(sent))["resource_count"] == count


def test_several_documents_are_one_question(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, REFUSE)
    first, second = (stored(tmp_path / f"{name}.json", document(name, aggregator, utility))
                     for name in ("aggregation_registration", "composition_change"))
    sent = aggregator.send_id(utility, "aggregation", first, "--attach", second, "--wait")
    assert len(learned(utility, sent)) == 1 and len(learned(aggregator, sent)) == 1


def test_while_the_ledger_is_away_senders_come_again(pair, tmp_path):
    utility, aggregator = pair
    both_agree(utility, aggregator, REFUSE)
    for i in range(3):
        made = stored(tmp_path / f"{i}.json", document("availability", aggregator, utility))
        sent = aggregator.send_id(utility, "availability", made)
        os.kill(utility.processes()["ledger"][0], signal.SIGKILL)
        assert settled(aggregator, sent)["state"] == "delivered"
        assert learned(utility, sent)
    wait_until(lambda: utility.run("list", "--inbox", check=None).returncode == 0)
    assert len(utility.inbox()) == 3
