# SPDX-License-Identifier: Apache-2.0
"""The check that never goes through our code: openssl and curl on the other side."""
import pytest

from gateway import write
from peer import Peer


@pytest.fixture
def met(world):
    """A gateway of ours, serving, and an independent peer; each knows the other."""
    g = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(world.path))
    peer.knows(g)
    g.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    g.start()
    yield g, peer
    peer.close()



@pytest.mark.parametrize("area", ["billing", "outage"])
@pytest.mark.parametrize("content", [b"", b"x", b"line\r\nline\n\r", bytes(range(256)) * 300], ids=["empty", "one", "ends", "binary"])
def test_a_message_made_by_openssl_and_sent_by_curl_is_accepted(met, area, content):
    g, peer = met
    message_id, part, body = peer.message(content, area)
    status, content_type, answer = peer.post(area, peer.headers(message_id), body)
    assert status == 200, peer.curl_error
    report = peer.receipt(content_type, answer)
    assert "; processed\r\n" in report and f"Original-Message-ID: <{message_id}>" in report
    assert "Received-Content-MIC: " + peer.mic(part) in report
    assert g.document(message_id) == content
    assert g.show(message_id)["filename"] == "note.txt"


def test_chunked_bodies_are_accepted(met):
    g, peer = met
    message_id, part, body = peer.message(b"chunked", "billing")
    status, content_type, answer = peer.post("billing", peer.headers(message_id, Transfer_Encoding="chunked"), body)
    assert status == 200 and "processed" in peer.receipt(content_type, answer)


def test_a_duplicate_gets_the_stored_receipt_byte_for_byte(met):
    g, peer = met
    message_id, part, body = peer.message(b"once", "billing")
    first = peer.post("billing", peer.headers(message_id), body)
    second = peer.post("billing", peer.headers(message_id), body)
    g.stop()
    g.start()
    third = peer.post("billing", peer.headers(message_id), body)
    assert first[0] == 200 and first == second == third
    assert len(g.inbox()) == 1


def test_our_message_is_opened_and_verified_by_openssl_alone(met, tmp_path):
    g, peer = met
    content = bytes(range(256)) * 40
    seen = {}

    def answer(peer, path, headers, body):
        entity = peer.open(body)
        seen.update(path=path, headers=dict(headers), part=entity)
        message_id = headers["Message-ID"].strip("<>")
        return 200, *peer.report(message_id, peer.mic(entity))

    peer.serve(answer)
    message_id = g.send_id(peer.id, "aggregation", write(tmp_path / "resources.bin", content), "--wait")
    head, _, document = seen["part"].partition(b"\r\n\r\n")
    assert document == content
    assert seen["path"] == "/exchange/aggregation"
    assert b"Tieline-Area: aggregation" in head and b"Tieline-To: " + peer.id.encode() in head
    assert seen["headers"]["AS2-From"] == g.id and seen["headers"]["AS2-To"] == peer.id
    assert "signed-receipt-protocol=required" in seen["headers"]["Disposition-Notification-Options"]
    assert g.show(message_id)["state"] == "delivered"
