# SPDX-License-Identifier: Apache-2.0
"""A pause after a failure is a guess: it is over when the partner is reached, but for what keeps failing, and never beyond a last attempt."""
import threading

import pytest

from gateway import wait_until, write
from peer import Peer
from test_deadlines import seconds_between

PAUSE_LEAST = 7.5  # seconds: the first of aggregation


@pytest.fixture
def alone(world, tmp_path):
    """A serving gateway, and a peer that nobody can reach yet."""
    g, peer = world.gateway("Utility", "007909411", "utility"), Peer(str(tmp_path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    g.start()
    yield g, peer
    peer.close()


OPENING = threading.Lock()  # a peer opens one message at a time


def receipt(peer, headers, body):
    with OPENING:
        return 200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(peer.open(body)))


def take(peer, path, headers, body):
    return receipt(peer, headers, body)


def take_all_but(answers):
    """Answers to messages by id: a list, of which the last is repeated.  Others are taken."""
    def answer(peer, path, headers, body):
        left = answers.get(headers["Message-ID"].strip("<>"))
        if not left:
            return receipt(peer, headers, body)
        return left.pop(0) if len(left) > 1 else left[0]
    return answer


def deferred(g, peer, tmp_path, area, *options):
    """A message whose first attempt failed."""
    since = g.mark()
    message_id = g.send_id(peer.id, area, write(tmp_path / "d.txt", b"x"), *options)
    g.wait_log("message-deferred", since)
    return message_id


def attempts(g, message_id):
    return [e["time"] for e in g.show(message_id)["events"] if e["what"] == "attempt"]


def delivered(g, peer, tmp_path, area="outage"):
    return g.send_id(peer.id, area, write(tmp_path / "d.txt", b"y"), "--wait")


def test_history_tells_an_attempt_from_what_came_of_it(alone, tmp_path):
    """Nothing is "sent" where nobody answered: each attempt is followed by what became of it."""
    g, peer = alone
    message_id = deferred(g, peer, tmp_path, "outage")
    told = g.show(message_id)["events"]
    assert [e["what"] for e in told] == ["submitted", "attempt", "deferred"]
    assert told[-1]["code"] == "courier.connect" and "sent" not in {word for line in g.run("show", message_id).stdout.splitlines()
                                                                    for word in line.split()}
    peer.serve(take)
    wait_until(lambda: g.show(message_id)["state"] == "delivered", 60)
    assert [e["what"] for e in g.show(message_id)["events"]][-2:] == ["attempt", "delivered"]


def test_what_waits_goes_when_its_partner_is_reached(alone, tmp_path):
    """Whichever lane shows it: what had failed is not overtaken by all that is new until its pause is over."""
    g, peer = alone
    waits = [deferred(g, peer, tmp_path, "aggregation") for _ in range(6)]
    peer.serve(take)
    delivered(g, peer, tmp_path)
    for message_id in waits:
        wait_until(lambda: g.show(message_id)["state"] == "delivered")
        first, second = attempts(g, message_id)
        assert seconds_between(first, second) < PAUSE_LEAST


def test_an_answer_that_is_no_receipt_shows_it_too(alone, tmp_path):
    g, peer = alone
    waits = deferred(g, peer, tmp_path, "aggregation")
    answers = {}
    peer.serve(lambda *asked: answers.pop("next", None) or take(*asked))
    answers["next"] = (429, "text/plain", b"slow down", ("Retry-After", "600"))
    deferred(g, peer, tmp_path, "outage")
    wait_until(lambda: g.show(waits)["state"] == "delivered")
    assert seconds_between(*attempts(g, waits)) < PAUSE_LEAST


@pytest.mark.parametrize("answer", [(503, "text/plain", b"later", ("Retry-After", "600")),
                                    (429, "text/plain", b"too many"),
                                    (200, "text/plain", b"no receipt")])
def test_other_pauses_stay(alone, tmp_path, answer):
    """Those that the partner asks for, and those of what it took and answered otherwise."""
    g, peer = alone
    answers = {}
    peer.serve(lambda *asked: answers.pop("next", None) or take(*asked))
    answers["next"] = answer
    waits = deferred(g, peer, tmp_path, "aggregation")
    for _ in range(3):
        delivered(g, peer, tmp_path)
    shown = g.show(waits)
    again = attempts(g, waits)[1:]
    assert shown["state"] == "deferred" or seconds_between(shown["created"], again[0]) > PAUSE_LEAST


def test_what_fails_while_others_are_taken_keeps_its_pauses(alone, tmp_path):
    """An answer of 5xx without a word of when: tried once before its time, and not again before a pause that is longer."""
    g, peer = alone
    answers = {}
    peer.serve(take_all_but(answers))
    poison = "poison@us"
    answers[poison] = [(500, "text/plain", b"oops")]
    deferred(g, peer, tmp_path, "aggregation", "--id", poison)
    delivered(g, peer, tmp_path)
    g.wait_log("message-deferred.*attempt=2")
    for _ in range(8):
        delivered(g, peer, tmp_path)
        delivered(g, peer, tmp_path, "aggregation")
    sent = attempts(g, poison)
    assert seconds_between(*sent[:2]) < PAUSE_LEAST
    assert len(sent) == 2 or seconds_between(*sent[1:3]) > 2 * PAUSE_LEAST
    assert g.show(poison)["state"] == "deferred"


def test_a_last_attempt_is_made_before_the_deadline(alone, tmp_path):
    """The pause would be over behind it, and nobody shows that the partner is back."""
    g, peer = alone
    message_id = deferred(g, peer, tmp_path, "aggregation", "--deadline", "7s")
    peer.serve(take)
    wait_until(lambda: g.show(message_id)["state"] in ("delivered", "expired"))
    shown = g.show(message_id)
    assert shown["state"] == "delivered"
    assert 0 < seconds_between(attempts(g, message_id)[1], shown["deadline"]) < 2


def test_a_pause_that_is_asked_for_may_be_longer_than_that(alone, tmp_path):
    g, peer = alone
    peer.serve(lambda peer, path, headers, body: (503, "text/plain", b"later", ("Retry-After", "600")))
    message_id = deferred(g, peer, tmp_path, "aggregation", "--deadline", "3s")
    wait_until(lambda: g.show(message_id)["state"] == "expired")
    assert len(attempts(g, message_id)) == 1
