# SPDX-License-Identifier: Apache-2.0
"""OpenAS2 (Maven Central), both ways: every wrapping, receipt and algorithm that it has and we accept.

It has no client certificate: what it signs is its proof, so it always signs what it sends us.
"""
import os
import uuid

import pytest

from gateway import REFUSED, Gateway, write
from openas2_peer import MDN_SIGNED, OpenAs2, use_one_certificate
from test_pyas2 import TERMS, agree, edit, made_by, verified

# It knows neither AuthEnvelopedData nor OAEP.
ALGORITHMS = "[ rsa-sign, rsa-v15, aes-cbc ]"
SIZES = [1, 1024, 1 << 20, pytest.param(100 << 20, marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def met(openas2_lib, tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("openas2"))
    utility = Gateway(directory, "Utility", "007909411", "utility", keys="rsa")
    use_one_certificate(utility)
    peer = OpenAs2(openas2_lib, directory, utility)
    sheet = peer.path("peer.sheet")
    utility.run("sheet", "--for", peer.id, "--name", "An OpenAS2 user", "--url", f"https://127.0.0.1:{peer.port}", "-o", sheet,
                "tls=" + peer.path("tls.crt"), "sign=" + peer.path("openas2.crt"), "encrypt=" + peer.path("openas2.crt"))
    utility.run("partner", "add", sheet, "--fingerprint", utility.fingerprint())
    edit(utility, peer, r"^algorithms: .*$", f"algorithms: {ALGORITHMS}")
    edit(utility, peer, r"^tls: .*$", "tls: { client-certificate: false }")
    edit(utility, peer, r"size: 64MiB", "size: 128MiB")
    utility.start()
    yield utility, peer
    peer.close()
    utility.stop()


def agreed(utility, peer, **terms):
    # Receipts that come by themselves it takes at a port of their own.
    agree(utility, peer, **{"area": "billing", "path": "/", "receipt-path": "/", "receipt-url": f'"https://127.0.0.1:{peer.mdn_port}"', **terms})


def new_name():
    return f"file{uuid.uuid4().hex}.edi"


def found(utility, name):
    return [m for m in utility.inbox() if m["filename"] == name]


def taken(utility, peer, content=b"ISA*00*~\r\n" * 100, receipt=True):
    name = new_name()
    since = len(peer.said)
    assert peer.send(name, content, receipt) == "sent", peer.said[since:].decode(errors="replace")
    message, = found(utility, name)
    assert (message["state"], message["area"]) == ("received", "billing")
    assert utility.document(message["message-id"]) == content


SIGNED = dict(as2_mdn_to="as2@openas2.example", as2_mdn_options=MDN_SIGNED)
UNSIGNED = dict(as2_mdn_to="as2@openas2.example")
MDNS = [pytest.param(SIGNED, id="signed-mdn"), pytest.param(UNSIGNED, id="unsigned-mdn"), pytest.param({}, id="no-mdn"),
        pytest.param({**SIGNED, "later": True}, id="asynchronous-signed-mdn"), pytest.param({**UNSIGNED, "later": True}, id="asynchronous-unsigned-mdn")]
ZLIB, AFTER = dict(compression_type="ZLIB"), dict(compression_type="ZLIB", compression_mode="compress-after-signing")
WRAPPED = [pytest.param({**compress, "sign": "SHA256", "encrypt": encrypt}, id="-".join([*word, "sign", *(["encrypt"] if encrypt else [])]))
           for encrypt in ("AES256", None) for word, compress in (((), {}), (("compress",), ZLIB), (("compress-after",), AFTER))]


@pytest.mark.parametrize("mdn", MDNS)
@pytest.mark.parametrize("terms", WRAPPED)
def test_from_openas2(met, terms, mdn):
    utility, peer = met
    agreed(utility, peer, encrypt=False)
    mdn = dict(mdn)
    if mdn.pop("later", False):
        mdn["as2_receipt_option"] = f"https://127.0.0.1:{peer.mdn_port}/"
    peer.agree(**terms, **mdn)
    taken(utility, peer, receipt=bool(mdn))


@pytest.mark.parametrize("algorithms", [dict(sign="SHA384"), dict(sign="SHA512"), dict(encrypt="AES128"), dict(content_transfer_encoding="base64"),
                                        dict(no_chunked_max_size=10000000), dict(content_type="text/csv")], ids=lambda a: "-".join(map(str, a.values())))
def test_algorithms_of_openas2(met, algorithms):
    utility, peer = met
    agreed(utility, peer)
    peer.agree(**{"sign": "SHA256", "encrypt": "AES256", **SIGNED, **algorithms})
    taken(utility, peer)


@pytest.mark.parametrize("weak,code", [
    (dict(encrypt="3DES"), "sealing.algorithm"), (dict(encrypt="RC2_CBC"), "sealing.syntax"), (dict(encrypt="CAST5"), "sealing.algorithm"),
    (dict(encrypt="AES192"), "sealing.algorithm"), (dict(sign="SHA1"), "signature.algorithm"), (dict(sign="MD5"), "signature.algorithm"),
    (dict(sign="SHA224"), "signature.algorithm"), (dict(sign=None), "sealing.decrypt"), (dict(encrypt=None), "as2.encryption.missing")],
    ids=lambda a: "-".join(f"{k}-{v}" for k, v in a.items()) if isinstance(a, dict) else "")
def test_what_is_weak_is_refused(met, weak, code):
    utility, peer = met
    agreed(utility, peer)
    peer.agree(**{"sign": "SHA256", "encrypt": "AES256", **SIGNED, **weak})
    name, since = new_name(), utility.mark()
    assert peer.send(name, b"x") == "error"
    assert code in utility.wait_log("as2-denied", since)
    assert found(utility, name) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
def test_sizes_from_openas2(met, delivery, size):
    utility, peer = met
    agreed(utility, peer)
    later = {} if delivery == "synchronous" else {"as2_receipt_option": f"https://127.0.0.1:{peer.mdn_port}/"}
    peer.agree(sign="SHA256", encrypt="AES256", **SIGNED, **later)
    taken(utility, peer, os.urandom(size))


def delivered(utility, peer, tmp_path, content, receipt="signed", limit="20s"):
    name = new_name()
    message = utility.send_id(peer.id, "billing", write(tmp_path / name, content), "--type", "application/edi-x12", f"--wait={limit}", timeout=180)
    assert peer.received(message) == content
    assert utility.show(message)["receipt"] == (None if receipt == "none" else receipt)
    return message


@pytest.mark.parametrize("receipt", ["signed", "unsigned", "none", "asynchronous-signed", "asynchronous-unsigned"])
@pytest.mark.parametrize("sign,encrypt,compress", [
    (s, e, c) for s in (True, False) for e in (True, False) for c in ("never", "before-signing", "after-signing") if s or c != "after-signing"])
def test_to_openas2(met, tmp_path, record_property, sign, encrypt, compress, receipt):
    utility, peer = met
    kind = receipt.removeprefix("asynchronous-")
    if kind != receipt and (not sign or kind == "unsigned"):
        pytest.skip("what is not signed is taken only from who shows a certificate, and OpenAS2 shows none when it posts a receipt")
    if not sign:  # what we send unsigned, we would have to take unsigned: then only with a client certificate
        edit(utility, peer, r"^tls: .*$", "tls: { client-certificate: true }")
    later = {"receipt-delivery": "asynchronous"} if kind != receipt else {}
    agreed(utility, peer, sign=sign, encrypt=encrypt, compress=compress, receipt=kind, **later)
    if (sign, encrypt, compress, receipt) == (False, False, "before-signing", "signed"):
        differs(utility, peer, write(tmp_path / "f", b"ISA*00*~\r\n" * 100))
        record_property("result", "refused, as expected: OpenAS2's MIC is of other bytes (`as2.mic.mismatch`, above)")
    else:
        delivered(utility, peer, tmp_path, b"ISA*00*~\r\n" * 100, kind)
    agreed(utility, peer)
    edit(utility, peer, r"^tls: .*$", "tls: { client-certificate: false }")


def differs(utility, peer, path):
    """It leaves the headers out of the MIC of what is only compressed, against RFC 5402 4: that is found out, and said."""
    refused = utility.send(peer.id, "billing", path, "--type", "application/edi-x12", "--wait=20s", check=REFUSED)
    assert "as2.mic.mismatch" in refused.stderr
    said = utility.run("explain", refused.stdout.splitlines()[0], check=None).stdout
    assert "without its headers" in said, said


# What it is sent by, and answers by; the MIC in its receipt is of the digest that it was asked for.
@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
@pytest.mark.parametrize("terms", TERMS, ids=lambda t: "-".join(t.values()))
def test_algorithms_to_openas2(met, tmp_path, terms, delivery):
    utility, peer = met
    agreed(utility, peer, **terms, **{"receipt-delivery": delivery})
    message = delivered(utility, peer, tmp_path, b"ISA*00*~\r\n" * 100)
    made_by(utility, message, terms)
    assert message.encode() in verified(utility, message, peer, tmp_path)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
def test_sizes_to_openas2(met, tmp_path, delivery, size):
    utility, peer = met
    agreed(utility, peer, **{"receipt-delivery": delivery, "receipt-wait": "5m"})
    delivered(utility, peer, tmp_path, os.urandom(size), limit="2m")
