# SPDX-License-Identifier: Apache-2.0
"""What other software may do on the wire within the rules: Message-IDs, several recipients, encodings, HTTP framing."""
import base64
import contextlib
import re
import socket
import ssl
import uuid

import pytest

from gateway import LIMIT, Gateway, tieline, write
from malice import compressed
from peer import Peer, openssl
from test_foreign import UNMARKED, accepted, add, refused, standing


@pytest.fixture(scope="module")
def met(tmp_path_factory):
    with standing(tmp_path_factory, "protocol", "marked: false, sign: false, encrypt: false, area: billing") as both:
        yield both


def signed(peer, content=b"x", **changes):
    part = peer.part(content, "", "", **{**UNMARKED, **changes})
    return peer.signed(part, peer.sign(part))


def split(entity):
    """(Content-Type, body) of an entity whose first header that is."""
    head, _, body = entity.partition(b"\r\n\r\n")
    return head.decode().partition(": ")[2], body


# --- Message-IDs (rfc4130bis 5.3.3) ---

def original(report):
    return next(line for line in report.split("\r\n") if line.startswith("Original-Message-ID: ")).partition(": ")[2]


@pytest.mark.parametrize("message_id", ["<short@x>", "bare@x", "<no-at-sign>", "<a\"quoted\"'~!#$%^&*()@x>", "<" + "n" * 300 + "@x>", "<" + "m" * 998 + ">"],
                         ids=["plain", "without brackets", "no at", "odd", "300 bytes", "998 bytes"])
def test_an_id_is_copied_as_it_came(met, message_id):
    g, peer = met
    headers = {**peer.headers("x"), "Message-ID": message_id}
    answer = peer.post("/as2", headers, peer.seal(signed(peer)))
    assert original(accepted(peer, answer)) == message_id
    assert peer.post("/as2", headers, peer.seal(signed(peer))) == answer
    assert g.document(message_id.strip("<>")) == b"x"


@pytest.mark.parametrize("message_id,code", [
    ("<with blank@x>", "message.id.syntax"), ("<half@x", "message.id.syntax"), ("<>", "message.id.syntax"), ("<a@x><b@x>", "message.id.syntax"),
    ("<" + "n" * 999 + ">", "message.id.length"), ("<" + "n" * 3000 + ">", "message.id.length")],
    ids=["blank", "half", "empty", "two", "999 bytes", "3000 bytes"])
def test_a_malformed_id_is_refused_in_a_receipt(met, message_id, code):
    """No message is made of it, and its sender is told which one it was, letter by letter."""
    g, peer = met
    rejected = len([m for m in g.inbox() if m["state"] == "rejected"])
    report = refused(peer, peer.post("/as2", {**peer.headers("x"), "Message-ID": message_id}, peer.seal(signed(peer))), code)
    assert "processed/error: invalid-message-id" in report and original(report) == message_id
    assert len([m for m in g.inbox() if m["state"] == "rejected"]) == rejected + 1
    g.run("list")


def test_without_an_id_there_is_nothing_to_name(met):
    _, peer = met
    headers = peer.headers("x")
    del headers["Message-ID"]
    status, _, body = peer.post("/as2", headers, peer.seal(signed(peer)))
    assert status == 400 and b"as2.header.missing" in body


def test_a_receipt_needs_none_of_its_own(met, tmp_path):
    """Its Message-ID is optional; it is matched by what it is for, and one for nothing is told so."""
    g, peer = met
    content_type, body = peer.report("not-ours@x", peer.mic(b"x"))
    headers = {**peer.headers("x"), "Content-Type": content_type}
    for name in ("Message-ID", "Disposition-Notification-To", "Disposition-Notification-Options"):
        del headers[name]
    status, _, answer = peer.post("/receipt", headers, body)
    assert status == 404 and b"mdn.unmatched" in answer


def test_ours_are_short(met, tmp_path):
    g, peer = met
    path = write(tmp_path / "x", b"x")
    assert "message.id.length" in g.send(peer.id, "billing", path, "--id", "n" * 256, check=None).stderr
    for bad in ("two words@x", "a@x\r\nEvil: 1", "<<a@x>>", ""):
        assert "message.id" in tieline("send", "--home", g.home, "--to", peer.id, "--area", "billing", "--id", bad, path, check=None).stderr
    assert g.outbox() == []
    g.send(peer.id, "billing", path, "--id", "n" * 255)
    assert [len(m["message-id"]) for m in g.outbox()] == [255]


# --- several recipients, ours among them ---

def sealed_to(peer, entity, recipients):
    with open(peer.path("entity"), "wb") as f:
        f.write(entity)
    words = [w for name in recipients for w in ("-recip", peer.path(name + ".pem"), "-keyopt", "ecdh_kdf_md:sha256")]
    return openssl("cms", "-encrypt", "-binary", "-stream", "-aes-256-gcm", "-in", peer.path("entity"), "-outform", "DER", "-aes256-wrap", *words)


@pytest.mark.parametrize("recipients", [["encrypt", "other-encrypt"], ["other-encrypt", "encrypt"], ["encrypt"] * 100 + ["other-encrypt"]],
                         ids=["last", "first", "the last of 101"])
def test_ours_is_found_among_the_recipients(met, recipients):
    g, peer = met
    message_id = f"{uuid.uuid4()}@x"
    accepted(peer, peer.post("/as2", peer.headers(message_id), sealed_to(peer, signed(peer, b"for many"), recipients)))
    assert g.document(message_id) == b"for many"


def test_recipients_are_bounded_and_must_be_us(met):
    _, peer = met
    for recipients, code in ((["encrypt"] * 3, "sealing.recipient"), (["encrypt"] * 400 + ["other-encrypt"], "sealing.recipients")):
        body = sealed_to(peer, signed(peer), recipients)
        report = refused(peer, peer.post("/as2", peer.headers(f"{uuid.uuid4()}@x"), body), code)
        assert "decryption-failed" in report


# --- Content-Transfer-Encoding, wherever it stands (pains 43) ---

def lines(content):
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


@pytest.mark.parametrize("encoding", [None, "binary", "8bit", "7bit", "BASE64", "base64"])
def test_encodings_of_the_message(met, encoding):
    """As an HTTP header, or absent: of what is encrypted."""
    g, peer = met
    message_id = f"{uuid.uuid4()}@x"
    body = peer.seal(signed(peer, b"content"))
    if encoding and encoding.lower() == "base64":
        body = lines(body)
    accepted(peer, peer.post("/as2", peer.headers(message_id, Content_Transfer_Encoding=encoding), body))
    assert g.document(message_id) == b"content"


@pytest.mark.parametrize("encoding,content,want", [
    ("base64", lines(b"\0\xff" * 100), b"\0\xff" * 100), ("quoted-printable", b"a=3Db=\r\nc", b"a=bc"), ("binary", b"\r\n.\r\n", b"\r\n.\r\n"),
    ("8bit", b"\xe4", b"\xe4"), (None, b"\0", b"\0")], ids=["base64", "quoted-printable", "binary", "8bit", "absent"])
@pytest.mark.parametrize("wrapped", ["plain", "signed", "sealed"])
def test_encodings_of_the_document(met, wrapped, encoding, content, want):
    """In the part, of what is signed or encrypted; of what is neither, as an HTTP header."""
    g, peer = met
    message_id = f"{uuid.uuid4()}@x"
    part = peer.part(content, "", "", **{**UNMARKED, "Content_Transfer_Encoding": encoding})
    headers, body, covered = {"Content-Type": "text/plain", "Content-Transfer-Encoding": encoding}, content, content
    if wrapped == "signed":
        kind, body = split(peer.signed(part, peer.sign(part)))
        headers, covered = {"Content-Type": kind}, part
    elif wrapped == "sealed":
        headers, body, covered = {}, peer.seal(part), part
    headers = {k: v for k, v in {**peer.headers(message_id), **headers}.items() if v}
    report = accepted(peer, peer.post("/as2", headers, body))
    assert f"Received-Content-MIC: {peer.mic(covered)}" in report
    assert g.document(message_id) == want


def test_an_encoding_nobody_knows(met):
    _, peer = met
    headers = peer.headers(f"{uuid.uuid4()}@x", Content_Transfer_Encoding="x-uuencode")
    refused(peer, peer.post("/as2", headers, peer.seal(signed(peer))), "mime.encoding")


@pytest.mark.parametrize("sealed", [True, False])
def test_a_signed_message_that_forgets_its_boundary(met, sealed):
    """pains 15: it is taken from the body, and what it holds is verified as ever."""
    g, peer = met
    entity = re.sub(rb'; boundary="[^"]*"', b"", signed(peer, b"bounded"))
    for wrong in (False, True):
        message_id = f"{uuid.uuid4()}@x"
        kind, body = split(entity.replace(b"bounded", b"unbound") if wrong else entity)
        headers = {} if sealed else {"Content-Type": kind}
        answer = peer.post("/as2", {**peer.headers(message_id), **headers},
                           peer.seal(f"Content-Type: {kind}\r\n\r\n".encode() + body) if sealed else body)
        if wrong:
            refused(peer, answer, "signature.digest")
        else:
            accepted(peer, answer)
            assert g.document(message_id) == b"bounded"


@pytest.mark.parametrize("where", ["outermost", "signed", "sealed"])
def test_what_is_compressed_is_known_by_its_name_too(met, where):
    """smime-type is optional (RFC 8551 3.2.1)."""
    g, peer = met
    message_id = f"{uuid.uuid4()}@x"
    entity = compressed(peer.part(b"squeezed", "", "", **UNMARKED)).replace(b" smime-type=compressed-data;", b"")
    headers = {}
    if where == "signed":
        entity = peer.signed(entity, peer.sign(entity))
    elif where == "outermost":
        kind, entity = split(entity)
        headers = {"Content-Type": kind}
    accepted(peer, peer.post("/as2", {**peer.headers(message_id), **headers}, entity if where == "outermost" else peer.seal(entity)))
    assert g.document(message_id) == b"squeezed"


# --- HTTP framing ---

@pytest.mark.parametrize("size", [10, 300_000])
def test_who_waits_for_100_gets_it(met, size):
    g, peer = met
    message_id = f"{uuid.uuid4()}@x"
    body = peer.seal(signed(peer, b"y" * size))
    # The last -H of a name is curl's: it waits longer than the test may take, so without a 100 there is no body.
    answer = peer.post("/as2", peer.headers(message_id), body, "tls", "-H", "Expect: 100-continue", "--expect100-timeout", "600")
    accepted(peer, answer)
    with open(peer.path("answer-head")) as f:
        assert f.read().startswith("HTTP/1.1 100 Continue")
    assert len(g.document(message_id)) == size


@contextlib.contextmanager
def dialled(peer):
    """A connection to write by hand on."""
    context = ssl.create_default_context(cafile=peer.path("other-root.pem"))
    context.load_cert_chain(peer.path("tls.pem"), peer.path("tls.key"))
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", peer.other.port), LIMIT) as raw, context.wrap_socket(raw) as line:
        yield line


def begin(line, method, headers):
    head = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
    line.sendall(f"{method} /as2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n".encode())


def heard(line):
    answer = b""
    while piece := line.recv(65536):
        answer += piece
    return answer


def chunked(peer, headers, pieces, trailer=b""):
    with dialled(peer) as line:
        begin(line, "POST", {**headers, "Transfer-Encoding": "chunked"})
        for extension, piece in pieces:
            line.sendall(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece))
        line.sendall(b"0\r\n" + trailer + b"\r\n")
        return heard(line)


def test_chunks_with_extensions_and_trailers(met):
    g, peer = met
    message_id = f"{uuid.uuid4()}@x"
    body = peer.seal(signed(peer, b"in chunks"))
    pieces = [(b";name", body[:1]), (b";a=b", body[1:50]), (b";c=\"d e\"", body[50:100]), (b"", body[100:])]
    answer = chunked(peer, peer.headers(message_id), pieces, b"Digest: x\r\nMessage-ID: <other@x>\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert g.document(message_id) == b"in chunks"


def test_extensions_and_trailers_are_bounded(met):
    _, peer = met
    body = peer.seal(signed(peer))
    for pieces, trailer in (([(b";" + b"x" * 100_000, body)], b""), ([(b"", body)], b"X: " + b"y" * 100_000 + b"\r\n")):
        try:
            answer = chunked(peer, peer.headers(f"{uuid.uuid4()}@x"), pieces, trailer)
        except OSError:
            continue  # it closed the connection while we wrote
        assert answer.startswith(b"HTTP/1.1 4") or answer == b""


# --- AS2 Restart (draft-harding-as2-restart), which is not offered: docs/as2-restart.md ---

def test_who_would_resume_begins_anew(met):
    """Its message is cut, it asks how much is here, and sends all of it under the same Message-ID: nothing is lost or twice there."""
    g, peer = met
    message_id = f"{uuid.uuid4()}@x"
    body = peer.seal(signed(peer, b"z" * 500_000))
    headers = {**peer.headers(message_id), "ETag": '"transfer-1"'}
    with dialled(peer) as line:
        begin(line, "POST", {**headers, "Content-Length": len(body)})
        line.sendall(body[:len(body) // 2])
    with dialled(peer) as line:
        begin(line, "HEAD", headers)
        head, _, rest = heard(line).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405 ") and b"Content-Length: 0" in head and rest == b""
    accepted(peer, peer.post("/as2", headers, body))
    assert len(g.document(message_id)) == 500_000


# --- what we expect of who we send to (RFC 9110 10.1.1) ---

def refusing(closes, seen):
    """What http.server asks before a body that is announced: no."""
    def refuse(handler):
        seen.append("refused")
        handler.send_response(417)
        handler.send_header("Content-Length", "0")
        if closes:
            handler.send_header("Connection", "close")
        handler.end_headers()
        return False

    return refuse


def silent(seen):
    def wait(_):
        seen.append("unanswered")
        return True

    return wait


@pytest.fixture
def taking(tmp_path):
    """A gateway and who takes what it sends, for one test: what was learned of a partner lasts."""
    g, peer = Gateway(str(tmp_path), "Utility", "007909411", "utility"), Peer(str(tmp_path))
    add(g, peer)
    g.start()
    peer.serve(lambda peer, path, headers, body: (200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(peer.open(body)))))
    yield g, peer
    peer.close()
    assert g.stop() == 0


def sent_whole(g, peer, tmp_path):
    message = g.show(g.send_id(peer.id, "outage", write(tmp_path / "large", bytes(2 << 20)), "--wait"))
    assert (message["state"], message["attempts"]) == ("delivered", 1)


@pytest.mark.parametrize("closes", [True, False], ids=["closed", "kept alive"])
def test_who_takes_no_expectation_gets_the_body_without(taking, tmp_path, closes):
    g, peer = taking
    seen = []
    peer.server.RequestHandlerClass.handle_expect_100 = refusing(closes, seen)
    sent_whole(g, peer, tmp_path)
    assert len(g.logged("expect-refused")) == 1 and seen == ["refused"]
    sent_whole(g, peer, tmp_path)
    assert seen == ["refused"] and not any("Expect" in headers for _, headers, _ in peer.requests)


def test_who_never_says_continue_gets_the_body_all_the_same(taking, tmp_path):
    g, peer = taking
    seen = []
    peer.server.RequestHandlerClass.handle_expect_100 = silent(seen)
    sent_whole(g, peer, tmp_path)
    assert seen == ["unanswered"] and g.logged("expect-refused") == []


def test_a_417_for_no_expectation_is_a_refusal(taking, tmp_path):
    g, peer = taking
    peer.close()
    peer.serve(lambda *_: (417, "text/plain", b"no"))
    message = g.show(g.send_id(peer.id, "outage", write(tmp_path / "large", bytes(2 << 20)), "--wait", check=None))
    assert (message["state"], message["attempts"], message["fault"]["code"]) == ("refused", 1, "courier.http")
    assert len(peer.requests) == 2 and "Expect" not in peer.requests[1][1]
