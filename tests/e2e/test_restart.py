# SPDX-License-Identifier: Apache-2.0
"""AS2 Restart (draft-harding-as2-restart), which a partner offers: a long message whose connection broke goes on where it broke."""
import glob
import os
import socket

import pytest

from gateway import Gateway, write
from peer import Peer
from test_foreign import add, agree

CONTENT = os.urandom(3_000_000)
AGREED = "restart: true"


class Keeper:
    """What the partner does with messages that break off: it keeps what it has of them, by their ETag, and says so when it is asked."""

    def __init__(self, peer):
        self.peer, self.parts, self.posts, self.asked, self.complete = peer, {}, [], [], 0
        self.cuts = []  # the bytes after which each message breaks off; below zero: of which it keeps nothing
        self.say = lambda handler, has: (200, {"Content-Length": has})
        self.join = lambda begun, rest: begun + rest
        self.answer = self.receipt
        peer.serve(None)
        handler = peer.server.RequestHandlerClass
        handler.do_POST, handler.do_HEAD = lambda h: self.take(h), lambda h: self.tell(h)

    def receipt(self, headers, body):
        message_id = headers["Message-ID"].strip("<>")
        try:
            part = self.peer.open(body)
        except AssertionError:
            return (200, *self.peer.report(message_id, None, "processed/error: decryption-failed"))
        self.taken = part.partition(b"\r\n\r\n")[2]
        return (200, *self.peer.report(message_id, self.peer.mic(part)))

    def take(self, handler):
        tag = handler.headers.get("ETag")
        self.posts.append(handler.headers)
        begun = self.parts.get(tag, b"") if "Content-Range" in handler.headers else b""
        if self.cuts:
            cut = self.cuts.pop(0)
            self.parts[tag] = begun + handler.rfile.read(abs(cut))[:max(cut, 0)]
            hang_up(handler)
            return
        rest = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.complete += len(rest) == int(handler.headers["Content-Length"])
        self.parts.pop(tag, None)
        status, content_type, out = self.answer(handler.headers, self.join(begun, rest) if begun else rest)
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(out)))
        handler.end_headers()
        handler.wfile.write(out)

    def tell(self, handler):
        self.asked.append(handler.headers)
        said = self.say(handler, len(self.parts.get(handler.headers.get("ETag"), b"")))
        if said is None:
            hang_up(handler)
            return
        handler.send_response(said[0])
        for name, value in said[1].items():
            handler.send_header(name, str(value))
        handler.end_headers()

    def begins(self):
        """Where in the message what was posted began."""
        return [int(h["Content-Range"].partition("bytes ")[2].partition("-")[0]) if "Content-Range" in h else 0 for h in self.posts]


def hang_up(handler):
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def met(tmp_path):
    g, peer = Gateway(str(tmp_path), "Utility", "007909411", "utility"), Peer(str(tmp_path))
    add(g, peer)
    agree(g, peer, AGREED)
    g.start()
    keeper = Keeper(peer)
    yield g, keeper
    peer.close()
    assert g.stop() == 0


def sent(g, keeper, tmp_path, content=CONTENT):
    message = g.show(g.send_id(keeper.peer.id, "outage", write(tmp_path / "d", content), "--wait"))
    assert message["state"] == "delivered" and keeper.taken == content
    return message


def test_it_goes_on_where_it_broke(met, tmp_path):
    g, keeper = met
    keeper.cuts = [1_500_000, 400_000]
    message = sent(g, keeper, tmp_path)
    assert message["attempts"] == 3 and keeper.begins() == [0, 1_500_000, 1_900_000]
    size = int(keeper.posts[0]["Content-Length"])
    assert [h["Content-Range"] for h in keeper.posts] == [None, f"bytes 1500000-{size - 1}/{size}", f"bytes 1900000-{size - 1}/{size}"]
    assert [int(h["Content-Length"]) for h in keeper.posts] == [size, size - 1_500_000, size - 1_900_000]
    everyone = keeper.posts + keeper.asked
    assert len(keeper.asked) == 2 and len({(h["ETag"], h["Message-ID"], h["AS2-From"], h["AS2-To"]) for h in everyone}) == 1
    assert f"from=1500000 of={size}" in g.wait_log("delivery-resumed")


@pytest.mark.parametrize("say", [
    lambda _, has: (200, {"Content-Length": 0}), lambda _, has: (404, {"Content-Length": has}), lambda _, has: (204, {}),
    lambda _, has: (200, {}), lambda _, has: (200, {"Content-Length": has, "ETag": '"another"'}), lambda _, has: None,
    lambda _, has: (200, {"Content-Length": "9" * 18}), lambda _, has: (200, {"Content-Length": "9" * 30}),
    lambda _, has: (200, {"Content-Length": "soon"}), lambda _, has: (200, {"Content-Length": -1}),
    lambda _, has: (302, {"Content-Length": has, "Location": "https://127.0.0.1:1/"}), lambda _, has: (417, {"Content-Length": 0})],
    ids=["nothing", "404", "204", "no length", "of another", "hangs up", "more than all", "no number of this world", "no number", "below zero",
         "elsewhere", "expects nothing"])
def test_who_says_nothing_of_use_gets_all_of_it(met, tmp_path, say):
    g, keeper = met
    keeper.cuts, keeper.say = [1_500_000], say
    assert sent(g, keeper, tmp_path)["attempts"] == 2 and keeper.begins() == [0, 0]
    assert 1 <= len(keeper.asked) <= 2 and not g.logged("delivery-resumed")


def test_a_length_of_just_the_whole_is_not_gone_on_from(met, tmp_path):
    g, keeper = met
    keeper.cuts = [1_500_000]
    keeper.say = lambda *_: (200, {"Content-Length": keeper.posts[0]["Content-Length"]})
    assert sent(g, keeper, tmp_path)["attempts"] == 2 and keeper.begins() == [0, 0]


@pytest.mark.parametrize("tag", [lambda tag: tag, lambda tag: tag.strip('"')], ids=["quoted", "bare"])
def test_who_names_the_message_again_is_believed(met, tmp_path, tag):
    g, keeper = met
    keeper.cuts, keeper.say = [1_500_000], lambda h, has: (200, {"Content-Length": has, "ETag": tag(h.headers["ETag"])})
    assert sent(g, keeper, tmp_path)["attempts"] == 2 and keeper.begins() == [0, 1_500_000]


@pytest.mark.slow
def test_who_does_not_answer_the_question_gets_all_of_it(met, tmp_path):
    g, keeper = met
    silent = lambda h, has: h.rfile.read(1) and None  # noqa: E731  (until we hang up)
    keeper.cuts, keeper.say = [1_500_000], silent
    assert sent(g, keeper, tmp_path)["attempts"] == 2 and keeper.begins() == [0, 0]


def test_a_partner_that_was_away_is_asked_and_has_nothing(met, tmp_path):
    g, keeper = met
    keeper.peer.close()
    since = g.mark()
    message_id = g.send_id(keeper.peer.id, "outage", write(tmp_path / "d", CONTENT))
    g.wait_log("message-deferred.*courier.connect", since)
    keeper = Keeper(keeper.peer)
    g.wait_log(f"message-delivered.*{message_id}", since)
    assert len(keeper.asked) == 1 and keeper.begins() == [0] and keeper.taken == CONTENT


# --- who joins them wrongly ---

@pytest.mark.parametrize("answer", [None, lambda *_: (400, "text/plain", b"what is this?"), lambda *_: (500, "text/plain", b"ouch"),
                                    lambda *_: (200, "text/plain", b"")],
                         ids=["a refusal in a receipt", "400", "500", "no receipt"])
def test_who_joins_them_wrongly_gets_all_of_it(met, tmp_path, answer):
    """The message is not lost for it, and not refused."""
    g, keeper = met
    keeper.cuts, keeper.join = [1_500_000], lambda begun, rest: begun[:-1] + rest
    honest = keeper.answer
    keeper.answer = lambda headers, body: (answer if answer and "Content-Range" in headers else honest)(headers, body)
    message = sent(g, keeper, tmp_path)
    assert message["attempts"] == 3 and keeper.begins() == [0, 1_500_000, 0]
    assert [e["code"] for e in message["events"] if e["what"] == "deferred"][-1] == "courier.resumed"


def test_who_takes_what_it_joined_wrongly_gets_all_of_it(met, tmp_path):
    """It says that it has processed it: the digest in its receipt is of other bytes."""
    g, keeper = met
    keeper.cuts, honest = [1_500_000], keeper.answer
    other = lambda headers, _: (200, *keeper.peer.report(headers["Message-ID"].strip("<>"), keeper.peer.mic(b"other")))  # noqa: E731
    keeper.answer = lambda headers, body: (other if "Content-Range" in headers else honest)(headers, body)
    message = sent(g, keeper, tmp_path)
    assert message["attempts"] == 3 and keeper.begins() == [0, 1_500_000, 0] and len(keeper.asked) == 1


def test_who_breaks_off_every_rest_gets_all_of_it(met, tmp_path):
    g, keeper = met
    keeper.cuts = [1_500_000, -400_000]
    assert sent(g, keeper, tmp_path)["attempts"] == 3 and keeper.begins() == [0, 1_500_000, 0]


def test_a_refusal_of_the_whole_is_one(met, tmp_path):
    g, keeper = met
    keeper.cuts = [1_500_000]
    keeper.join, keeper.answer = lambda begun, rest: b"", lambda headers, _: keeper.receipt(headers, b"")
    message = g.show(g.send_id(keeper.peer.id, "outage", write(tmp_path / "d", CONTENT), "--wait", check=None))
    assert (message["state"], message["attempts"]) == ("refused", 3) and keeper.begins() == [0, 1_500_000, 0]


# --- where it is not asked ---

@pytest.mark.parametrize("words, content", [("restart: false", CONTENT), ("sign: true", CONTENT), (f"{AGREED}, receipt-delivery: asynchronous", CONTENT),
                                            (f"{AGREED}, receipt: none", CONTENT), (AGREED, CONTENT[:600_000])],
                         ids=["not agreed", "not said", "a receipt by itself", "no receipt", "a short message"])
def test_others_are_not_asked(met, tmp_path, words, content):
    """Where no answer tells how the parts were joined, all of it goes."""
    g, keeper = met
    agree(g, keeper.peer, words)
    keeper.cuts = [300_000]
    since = g.mark()
    g.send(keeper.peer.id, "outage", write(tmp_path / "d", content))
    g.wait_log("message-(delivered|awaiting)", since)
    assert keeper.begins() == [0, 0] and keeper.asked == [] and [h["ETag"] for h in keeper.posts] == [None, None]


# --- our own disk ---

@pytest.mark.parametrize("at", [700_000, 2_000_000], ids=["in what went", "in what is left"])
def test_what_changed_on_our_disk_since_is_not_completed(met, tmp_path, at):
    """No partner gets the last byte of a message that is not what was sealed."""
    g, keeper = met
    keeper.cuts = [1_500_000]

    def flip(handler, has):
        (path,) = glob.glob(f"{g.home}/ledger/spool/*")
        with open(path, "r+b") as f:
            content = f.read()
            (begun,) = keeper.parts.values()
            place = content.index(begun[:1000]) + at
            f.seek(place)
            f.write(bytes([content[place] ^ 1]))
        return (200, {"Content-Length": has})

    keeper.say = flip
    message_id = g.send_id(keeper.peer.id, "outage", write(tmp_path / "d", CONTENT))
    g.wait_log(f"message-deferred msg={message_id}.*ledger.sealed")
    assert keeper.begins() == [0, 1_500_000] and keeper.complete == 0
