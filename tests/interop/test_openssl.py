# SPDX-License-Identifier: Apache-2.0
"""`openssl cms`, curl and a small HTTPS server: a partner made of commands, with every algorithm that they and we have.

(What other kinds of keys do is in tests/e2e/test_algorithms.py, with the same peer.)
"""
import os
import re
import threading
import uuid

import pytest

from gateway import Gateway, wait_until, write
from peer import Peer
from test_asynchronous import receipts, settle
from test_algorithms import agreement, mic, structure

CIPHERS = ["aes-128-cbc", "aes-256-cbc", "aes-128-gcm", "aes-256-gcm"]
DIGESTS = ["sha-256", "sha-384", "sha-512"]
SIZES = [1 << 10, 1 << 20, pytest.param(100 << 20, marks=pytest.mark.slow)]


def answer(peer, path, headers, body):
    """A receipt for what it could open and verify: at once, or when that is asked for in a connection of its own."""
    if path == "/receipt":
        return 204, "text/plain", b""
    peer.part_seen = peer.open(body)
    digest = re.search(r"micalg=required, (\S+)", headers["Disposition-Notification-Options"]).group(1)
    proof = headers["Message-ID"].strip("<>"), mic(peer.part_seen, digest)
    if "Receipt-Delivery-Option" not in headers:
        return 200, *peer.report(*proof)
    threading.Thread(target=settle, args=(peer, *proof)).start()
    return 204, "text/plain", b""


@pytest.fixture(scope="module")
def met(tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("openssl"))
    gateway, peer = Gateway(directory, "Utility", "007909411", "utility"), Peer(directory)
    peer.knows(gateway)
    gateway.knows(peer)
    path = f"{gateway.home}/partners/{peer.id}/agreement.yaml"
    with open(path) as f:
        text = f.read().replace("size: 64MiB", "size: 128MiB")
    write(path, text.encode())
    gateway.start()
    peer.serve(answer)
    yield gateway, peer
    peer.close()
    assert gateway.stop() == 0


def posted(gateway, peer, content, cipher, digest, later=False):
    message_id = f"{uuid.uuid4()}@peer"
    part = peer.part(content, "billing", message_id)
    body = peer.seal(peer.signed(part, peer.sign(part, md=digest.replace("-", ""))), cipher="-" + cipher)
    options = f"signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, {digest}"
    wish = {"Receipt_Delivery_Option": f"https://127.0.0.1:{peer.port}/receipt"} if later else {}
    status, content_type, answer = peer.post("billing", peer.headers(message_id, Disposition_Notification_Options=options, **wish), body)
    assert status == (204 if later else 200), (peer.curl_error, answer)
    if later:
        wait_until(lambda: gateway.show(message_id)["our-receipt"] == "delivered")
        _, headers, answer = receipts(peer)[-1]
        content_type = headers["Content-Type"]
    assert "Received-Content-MIC: " + mic(part, digest) in peer.receipt(content_type, answer)
    assert gateway.document(message_id) == content


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
def test_from_openssl(met, delivery, cipher, digest):
    gateway, peer = met
    agreement(gateway, peer, algorithms="[ aes-cbc ]")
    posted(gateway, peer, b"ISA*00*~\r\n" * 100, cipher, digest, delivery == "asynchronous")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
def test_sizes_from_openssl(met, delivery, size):
    gateway, peer = met
    posted(gateway, peer, os.urandom(size), "aes-256-gcm", "sha-256", delivery == "asynchronous")


def delivered(gateway, peer, tmp_path, content, limit="20s"):
    message = gateway.send_id(peer.id, "billing", write(tmp_path / "document", content), f"--wait={limit}", timeout=180)
    assert gateway.show(message)["state"] == "delivered"
    assert peer.part_seen.endswith(b"\r\n\r\n" + content)


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
def test_to_openssl(met, tmp_path, delivery, cipher, digest):
    gateway, peer = met
    agreement(gateway, peer, algorithms="[ aes-cbc ]", as2=f"{{ digest: {digest}, cipher: {cipher}, receipt-delivery: {delivery} }}")
    delivered(gateway, peer, tmp_path, b"ISA*00*~\r\n" * 100)
    assert f"algorithm: {cipher} " in structure(peer, "sealed")
    assert f"algorithm: {digest.replace('-', '')} " in structure(peer, "opened.p7s")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
def test_sizes_to_openssl(met, tmp_path, delivery, size):
    gateway, peer = met
    agreement(gateway, peer, as2=f"{{ digest: sha-256, cipher: aes-256-gcm, receipt-delivery: {delivery} }}")
    delivered(gateway, peer, tmp_path, os.urandom(size), limit="2m")
