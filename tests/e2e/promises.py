# SPDX-License-Identifier: Apache-2.0
"""What must hold after whatever happened to two gateways: nothing lost, nothing twice, both sides say the same."""
from gateway import LIMIT, wait_until

UNDER_WAY = ("ready", "sending", "deferred", "awaiting")


def all_settled(gateway, limit=None):
    def left():
        return [m for m in gateway.outbox() if m["state"] in UNDER_WAY]
    try:
        wait_until(lambda: not left(), limit or 4 * LIMIT)
    except AssertionError:
        raise AssertionError(f"{gateway.name}: not settled: {[gateway.show(m['message-id']) for m in left()[:3]]}\n" +
                             "\n".join(gateway.lines[-20:])) from None


def hold(one, other, taken, look_at=40):
    """`taken`: Message-ID -> path of what `one`'s command was told is accepted.  How many messages there are."""
    sent = {m["message-id"]: m for m in one.outbox()}
    received = [m for m in other.inbox() if m["state"] == "received"]
    ids = [m["message-id"] for m in received]
    assert len(ids) == len(set(ids)), "something arrived twice"
    assert set(taken) <= set(sent), f"acknowledged to the back office and lost: {set(taken) - set(sent)}"
    assert {m["state"] for m in sent.values()} <= {"delivered"}, [m for m in sent.values() if m["state"] != "delivered"]
    assert set(ids) == set(sent), f"sent and received differ: {set(ids) ^ set(sent)}"
    for m in received:
        assert m["sha256"] == sent[m["message-id"]]["sha256"]
    for message_id, path in list(taken.items())[:look_at]:
        with open(path, "rb") as f:
            assert other.document(message_id) == f.read()
    return len(ids)
