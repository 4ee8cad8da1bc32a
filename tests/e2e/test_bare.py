# SPDX-License-Identifier: Apache-2.0
"""Documents that come without the headers of a MIME entity: none is cut, emptied, or taken in silence."""
import uuid

import pytest

from malice import compressed
from peer import openssl
from test_foreign import UNMARKED, accepted, agree, refused, standing

DOCUMENTS = {
    "JSON": b'{"invoice":12345,"amount":"10.00"}\r\n',
    "EDIFACT": b"UNB+UNOA:2+S:14+R:14'\nUNH+1+ORDERS:D:96A:UN:EAN008'\n",
    "X12": b"ISA*00*0123456789*00*0123456789*ZZ*SENDER*ZZ*RECEIVER*260101*1200*U*00401*000000001*0*P*:~GS*IN~",
    "CSV": b"2026-01-01T00:00:00Z,1\r\n2026-01-01T00:15:00Z,2\r\n",
    "XML": b'<n:a xmlns:n="urn:x">1</n:a>\r\n',
    "letter": b"Invoice: 7\r\nAmount: 10\r\n\r\nThank you\r\n",
    "large": b"".join(b"LIN:%d,1:2\n" % i for i in range(400_000)),
}


@pytest.fixture(scope="module")
def met(tmp_path_factory):
    with standing(tmp_path_factory, "bare", "marked: false, sign: false, encrypt: false, area: billing") as (g, peer):
        yield g, peer




AROUND = {"sealed": lambda peer, d: peer.seal(d), "signed": lambda peer, d: peer.seal(peer.signed(d, peer.sign(d))),
          "compressed": lambda peer, d: peer.seal(compressed(d))}


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_all_of_it_is_the_document(met, kind, around):
    g, peer = met
    document, message = DOCUMENTS[kind], f"{uuid.uuid4()}@peer"
    report = accepted(peer, peer.post("/as2", peer.headers(message), AROUND[around](peer, document)))
    assert "Received-Content-MIC: " + peer.mic(document) in report
    assert g.document(message) == document
    shown = g.show(message)
    assert (shown["size"], shown["media-type"], shown["flag"]["code"]) == (len(document), "application/octet-stream", "mime.entity.bare")
    assert "mime.entity.bare" in g.run("status").stdout


@pytest.mark.parametrize("kind", ["JSON", "EDIFACT", "XML"])
def test_what_openssl_signs_alone(met, kind):
    """openssl cms -sign -in FILE, and then -encrypt: as a partner with a shell script does it."""
    g, peer = met
    message = f"{uuid.uuid4()}@peer"
    with open(peer.path("document"), "wb") as f:
        f.write(DOCUMENTS[kind])
    entity = openssl("cms", "-sign", "-binary", "-md", "sha256", "-in", peer.path("document"), "-signer", peer.path("sign.pem"),
                     "-inkey", peer.path("sign.key"), "-outform", "SMIME", "-crlfeol")
    report = accepted(peer, peer.post("/as2", peer.headers(message), peer.seal(entity)))
    assert g.document(message) == DOCUMENTS[kind]
    assert "Received-Content-MIC: " + peer.mic(DOCUMENTS[kind]) in report


def test_a_name_comes_from_the_http_message_only_of_what_is_only_encrypted(met):
    g, peer = met
    for around, said, want in (("sealed", "payload.txt", "payload.txt"), ("sealed", "smime.p7m", ""), ("signed", "payload.txt", "")):
        message = f"{uuid.uuid4()}@peer"
        headers = peer.headers(message, Content_Disposition=f'attachment; filename="{said}"')
        accepted(peer, peer.post("/as2", headers, AROUND[around](peer, DOCUMENTS["JSON"])))
        assert g.show(message)["filename"] == want


@pytest.mark.parametrize("around", AROUND)
def test_headers_of_mime_without_content_are_refused(met, around):
    g, peer = met
    message = f"{uuid.uuid4()}@peer"
    part = b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n"
    refused(peer, peer.post("/as2", peer.headers(message), AROUND[around](peer, part)), "mime.header.end")
    assert g.show(message)["state"] == "rejected"


def test_an_empty_document_is_flagged(met):
    g, peer = met
    message = f"{uuid.uuid4()}@peer"
    part = b"Content-Type: text/plain\r\n\r\n"
    accepted(peer, peer.post("/as2", peer.headers(message), AROUND["signed"](peer, part)))
    assert (g.document(message), g.show(message)["flag"]["code"]) == (b"", "message.empty")


def test_where_marks_are_agreed_they_must_be_there(met):
    g, peer = met
    agree(g, peer, "marked: true")
    try:
        message = f"{uuid.uuid4()}@peer"
        refused(peer, peer.post("billing", peer.headers(message), AROUND["signed"](peer, DOCUMENTS["JSON"])), "as2.area.missing")
        part = peer.part(b"x", "", "", **{**UNMARKED, "Tieline_Area": "outage", "Content_Type": None, "Content_Disposition": None,
                                          "Content_Transfer_Encoding": None})
        refused(peer, peer.post("billing", peer.headers(message), AROUND["signed"](peer, part)), "as2.area.mismatch")
    finally:
        agree(g, peer, "marked: false, sign: false, encrypt: false, area: billing")
