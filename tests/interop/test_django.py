# SPDX-License-Identifier: Apache-2.0
"""django-pyas2 (PyPI), both ways: every wrapping, receipt and algorithm that it has and we accept.

It shows no TLS certificate: what it signs is its proof, so it always signs what it sends us.
"""
import base64
import glob
import json
import os
import subprocess
import uuid

import pytest

from gateway import LIMIT, OPENSSL, Gateway, free_port, settled, wait_until, write
from test_pyas2 import LARGE, SIZES, TERMS, agree, edit, made_by, openssl, text, verified

# It has no OAEP: to it the key goes by PKCS#1 v1.5.
ALGORITHMS = "[ rsa-sign, rsa-v15, aes-cbc ]"
TEXT = b"ISA*00*~\r\n" * 100
PASSWORD = "of the keys"
GOOD = dict(compress=False, signature="sha256", encryption="aes_256_cbc", mdn=True, mdn_mode="SYNC", mdn_sign="sha256",
            content_type="application/EDI-X12")


class Django:
    """The peer's side: keys by openssl, the protocol by django-pyas2 in a process of its own."""

    def __init__(self, python, directory, gateway):
        self.dir, self.gateway, self.id, self.port = os.path.join(directory, "django"), gateway, "DJANGO", free_port()
        os.makedirs(self.dir)
        for use in ("tls", "sign", "encrypt"):
            locked = ["-nodes"] if use == "tls" else ["-passout", "pass:" + PASSWORD]
            openssl("req", "-x509", "-newkey", "rsa:3072", *locked, "-sha256", "-days", 100, "-subj", f"/CN=django {use}",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.path(use + ".key"), "-out", self.path(use + ".crt"))
            with open(self.path(use + ".key"), "rb") as key, open(self.path(use + ".crt"), "rb") as certificate:
                write(self.path(use + ".pem"), key.read() + certificate.read())
        for cert in json.loads(openssl("cms", "-verify", "-inform", "PEM", "-in", gateway.sheet(), "-noverify"))["certificates"]:
            der = write(self.path(f"other-{cert['use']}.der"), base64.b64decode(cert["der"]))
            openssl("x509", "-inform", "DER", "-in", der, "-out", self.path(f"other-{cert['use']}.crt"))
        self.process = subprocess.Popen([python, os.path.join(os.path.dirname(__file__), "django_peer.py"), self._configuration()],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert json.loads(self.process.stdout.readline())["ready"]

    def path(self, name):
        return os.path.join(self.dir, name)

    def _configuration(self):
        prefix = os.path.dirname(os.path.dirname(OPENSSL))
        library = (glob.glob(f"{prefix}/lib*/libcrypto.so.3") + [""])[0]
        words = {"id": self.id, "other": self.gateway.id, "port": self.port, "other_port": self.gateway.port, "password": PASSWORD,
                 "home": self.path("home"), "url": f"https://127.0.0.1:{self.port}/pyas2/as2receive",
                 "sign": self.path("sign.pem"), "encrypt": self.path("encrypt.pem"), "tls_cert": self.path("tls.crt"),
                 "tls_key": self.path("tls.key"), "other_root": self.gateway.home + "/root.pem",
                 "other_sign": self.path("other-sign.crt"), "other_encrypt": self.path("other-encrypt.crt"),
                 "libcrypto": library, "libssl": library.replace("libcrypto", "libssl")}
        return write(self.path("peer.json"), json.dumps(words).encode())

    def say(self, word, value):
        self.process.stdin.write(json.dumps({word: value}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer
        return answer

    def send(self, content, **terms):
        self.say("partner", {**GOOD, **terms})
        name = f"{uuid.uuid4().hex}.edi"
        write(self.path("home/data/" + name), content)
        return self.say("send", name)

    def received(self, message):
        """Its inbox has a file for each message, named by what identifies it less what Django wants in no file name."""
        message = message.replace("@", "")
        with open(self.path(f"home/data/messages/{self.id}/inbox/{self.gateway.id}/{message}.msg"), "rb") as f:
            return f.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait(LIMIT)


@pytest.fixture(scope="module")
def met(django_python, tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("django"))
    utility = Gateway(directory, "Utility", "007909411", "utility", keys="rsa")
    peer = Django(django_python, directory, utility)
    sheet = peer.path("peer.sheet")
    utility.run("sheet", "--for", peer.id, "--name", "A django-pyas2 user", "--url", f"https://127.0.0.1:{peer.port}", "-o", sheet,
                *(f"{use}={peer.path(use)}.crt" for use in ("tls", "sign", "encrypt")))
    utility.run("partner", "add", sheet, "--fingerprint", utility.fingerprint())
    edit(utility, peer, r"^algorithms: .*$", f"algorithms: {ALGORITHMS}")
    edit(utility, peer, r"^tls: .*$", "tls: { client-certificate: false }")
    edit(utility, peer, r"size: 64MiB", "size: 128MiB")
    utility.start()
    yield utility, peer
    peer.close()
    utility.stop()


def agreed(utility, peer, **terms):
    url = '"/pyas2/as2receive"'
    agree(utility, peer, **{"area": "billing", "path": url, "receipt-path": url, **terms})


def taken(utility, peer, content=TEXT, **terms):
    done = peer.send(content, **terms)
    message = done["message-id"]
    if terms.get("mdn_mode") == "ASYNC":  # its command may overwrite the status that the receipt's coming has set: not looked at
        done = wait_until(lambda: (now := peer.say("look", message))["receipt"] and now)
    else:
        assert done["status"] == "S", done
    assert utility.document(message) == content
    if terms.get("mdn", True):
        assert done["receipt"] == {"status": "R", "signed": bool(terms.get("mdn_sign", True)), "disposition": "processed"}


MDNS = [pytest.param(dict(), id="signed-mdn"), pytest.param(dict(mdn_sign=None), id="unsigned-mdn"),
        pytest.param(dict(mdn=False, mdn_mode=None, mdn_sign=None), id="no-mdn"), pytest.param(dict(mdn_mode="ASYNC"), id="signed-mdn-later"),
        pytest.param(dict(mdn_mode="ASYNC", mdn_sign=None), id="unsigned-mdn-later")]


@pytest.mark.parametrize("mdn", MDNS)
@pytest.mark.parametrize("compress", [False, True], ids=["sign", "compress-sign"])
@pytest.mark.parametrize("encryption", ["aes_256_cbc", None], ids=["encrypt", "clear"])
def test_from_django(met, encryption, compress, mdn):
    utility, peer = met
    agreed(utility, peer, encrypt=False)
    taken(utility, peer, encryption=encryption, compress=compress, **mdn)


@pytest.mark.parametrize("algorithms", [
    dict(signature="sha384"), dict(signature="sha512"), dict(mdn_sign="sha384"), dict(mdn_sign="sha512"), dict(encryption="aes_128_cbc"),
    dict(content_type="application/XML"), dict(content_type="application/octet-stream")], ids=lambda a: "-".join([*a, *a.values()]))
def test_algorithms_of_django(met, algorithms):
    utility, peer = met
    agreed(utility, peer)
    binary = algorithms.get("content_type") == "application/octet-stream"
    taken(utility, peer, os.urandom(1024) if binary else TEXT, **algorithms)


@pytest.mark.parametrize("size", [*SIZES, LARGE])
@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
def test_sizes_from_django(met, delivery, size):
    utility, peer = met
    agreed(utility, peer)
    taken(utility, peer, text(size), **({} if delivery == "synchronous" else {"mdn_mode": "ASYNC"}))


@pytest.mark.parametrize("weak,code", [
    (dict(encryption="tripledes_192_cbc"), "sealing.algorithm.3des"), (dict(encryption="aes_192_cbc"), "sealing.algorithm"),
    (dict(signature="sha1"), "signature.algorithm"), (dict(signature="sha224"), "signature.algorithm"),
    (dict(signature=None), "sealing.decrypt"), (dict(encryption=None), "as2.encryption.missing")],
    ids=lambda a: "-".join(f"{k}-{v}" for k, v in a.items()) if isinstance(a, dict) else "")
def test_what_is_weak_is_refused(met, weak, code):
    utility, peer = met
    agreed(utility, peer)
    since = utility.mark()
    done = peer.send(b"x", **weak)
    assert done["status"] == "R" and "403 Client Error" in done["detail"], done  # nothing proved who sent it
    assert code in utility.wait_log("as2-denied", since)
    assert [m for m in utility.inbox() if m["message-id"] == done["message-id"] and m["state"] != "rejected"] == []


def delivered(utility, peer, tmp_path, content, receipt="signed", later=False):
    message = utility.send_id(peer.id, "billing", write(tmp_path / "f.edi", content), "--type", "application/octet-stream",
                              *([] if later else ["--wait=4m"]), timeout=300)
    if later:
        wait_until(lambda: peer.say("look", message)["receipt"], 240)  # its command takes a receipt that is half written, too
        peer.say("receipts", True)
        wait_until(lambda: utility.show(message)["state"] == "delivered", 240)
    assert peer.received(message) == content
    assert utility.show(message)["receipt"] == (None if receipt == "none" else receipt)
    return message


@pytest.mark.parametrize("receipt", ["signed", "unsigned", "none", "asynchronous-signed", "asynchronous-unsigned"])
@pytest.mark.parametrize("sign,encrypt,compress", [
    (s, e, c) for s in (True, False) for e in (True, False) for c in ("never", "before-signing", "after-signing") if s or c != "after-signing"])
def test_to_django(met, tmp_path, sign, encrypt, compress, receipt):
    utility, peer = met
    kind = receipt.removeprefix("asynchronous-")
    if kind != receipt and (not sign or kind == "unsigned"):
        pytest.skip("what is not signed is taken only from who shows a certificate, and django-pyas2 shows none when it posts a receipt")
    edit(utility, peer, r"^tls: .*$", f"tls: {{ client-certificate: {str(not sign).lower()} }}")
    peer.say("partner", {**GOOD, "signature": "sha256" if sign else None, "encryption": "aes_256_cbc" if encrypt else None})
    later = {"receipt-delivery": "asynchronous"} if kind != receipt else {}
    agreed(utility, peer, sign=sign, encrypt=encrypt, compress=compress, receipt=kind, **later)
    delivered(utility, peer, tmp_path, TEXT, kind, later)
    edit(utility, peer, r"^tls: .*$", "tls: { client-certificate: false }")


def test_an_unsigned_receipt_that_comes_by_itself_is_refused(met, tmp_path):
    """Nothing proves who sent it.  Its command counts it as sent."""
    utility, peer = met
    peer.say("partner", GOOD)
    agreed(utility, peer, receipt="unsigned", **{"receipt-delivery": "asynchronous"})
    since = utility.mark()
    message = utility.send_id(peer.id, "billing", write(tmp_path / "f.edi", TEXT))
    wait_until(lambda: peer.say("look", message)["receipt"])
    peer.say("receipts", True)
    assert "fault=mdn.unsigned " in utility.wait_log("as2-denied", since)
    assert utility.show(message)["state"] != "delivered"
    assert peer.say("look", message)["receipt"]["status"] == "S"


@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
@pytest.mark.parametrize("terms", TERMS, ids=lambda t: "-".join(t.values()))
def test_algorithms_to_django(met, tmp_path, terms, delivery):
    utility, peer = met
    agreed(utility, peer, **terms, **{"receipt-delivery": delivery})
    peer.say("partner", GOOD)
    message = delivered(utility, peer, tmp_path, TEXT, later=delivery == "asynchronous")
    made_by(utility, message, terms)
    assert message.encode() in verified(utility, message, peer, tmp_path)


@pytest.mark.parametrize("size", [*SIZES, LARGE])
@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
def test_sizes_to_django(met, tmp_path, delivery, size):
    utility, peer = met
    agreed(utility, peer, **{"receipt-delivery": delivery, "receipt-wait": "5m"})
    peer.say("partner", GOOD)
    delivered(utility, peer, tmp_path, os.urandom(size), later=delivery == "asynchronous")


@pytest.mark.parametrize("missing", ["sign", "encrypt"])
def test_what_django_refuses(met, tmp_path, missing):
    """It wants of its partner what it does itself; its receipt says so, and is our message's end."""
    utility, peer = met
    peer.say("partner", GOOD)
    edit(utility, peer, r"^tls: .*$", "tls: { client-certificate: true }")
    agreed(utility, peer, **{missing: False})
    message = utility.send_id(peer.id, "billing", write(tmp_path / "f.edi", TEXT))
    assert settled(utility, message)["state"] == "refused"
    agreed(utility, peer)
    edit(utility, peer, r"^tls: .*$", "tls: { client-certificate: false }")
