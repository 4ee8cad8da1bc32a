# SPDX-License-Identifier: Apache-2.0
"""pyas2-lib (PyPI), both ways: every wrapping, receipt and algorithm that it has and we accept."""
import base64
import glob
import hashlib
import json
import os
import re
import signal
import subprocess

import pytest

from gateway import LIMIT, OPENSSL, Gateway, free_port, write

# Its OAEP is that of SHA-1 alone, ours of SHA-256: to it the key goes by PKCS#1 v1.5.
ALGORITHMS = "[ rsa-sign, rsa-pss, rsa-v15, aes-cbc ]"
SIZES = [0, 1, 1024, 1 << 20]
# It takes minutes to make one: it holds all of a message in memory, several times.
LARGE = pytest.param(100 << 20, marks=pytest.mark.slow)


def text(size):
    """Lines that end in CRLF: pyas2-lib rewrites any other line end of what it sends."""
    return (b"segment*feeder*12~\r\n" * (size // 20 + 1))[:size - size % 20] + b"x" * (size % 20)


def openssl(*words):
    return subprocess.run([OPENSSL, *map(str, words)], check=True, capture_output=True).stdout


class Pyas2:
    """The peer's side: keys by openssl, the protocol by pyas2-lib in a process of its own."""

    def __init__(self, python, directory, gateway):
        self.dir, self.gateway, self.id = directory, gateway, "PYAS2"
        self.port, self.received = free_port(), os.path.join(directory, "received")
        for use in ("tls", "sign", "encrypt"):
            openssl("req", "-x509", "-newkey", "rsa:3072", "-nodes", "-sha256", "-days", 100, "-subj", f"/CN=pyas2 {use}",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.path(use + ".key"), "-out", self.path(use + ".crt"))
            with open(self.path(use + ".pem"), "w") as both:
                for part in (".key", ".crt"):
                    with open(self.path(use + part)) as one:
                        both.write(one.read())
        self._know()
        self.process = subprocess.Popen([python, os.path.join(os.path.dirname(__file__), "pyas2_peer.py"), self._configuration()],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert json.loads(self.process.stdout.readline())["ready"]

    def path(self, name):
        return os.path.join(self.dir, name)

    def _know(self):
        sheet = json.loads(openssl("cms", "-verify", "-inform", "PEM", "-in", self.gateway.sheet(), "-noverify"))
        for cert in sheet["certificates"]:
            der = write(self.path(f"other-{cert['use']}.der"), base64.b64decode(cert["der"]))
            openssl("x509", "-inform", "DER", "-in", der, "-out", self.path(f"other-{cert['use']}.crt"))

    def _configuration(self):
        prefix = os.path.dirname(os.path.dirname(OPENSSL))
        library = (glob.glob(f"{prefix}/lib*/libcrypto.so.3") + [""])[0]
        words = {"id": self.id, "other": self.gateway.id, "port": self.port, "other_port": self.gateway.port,
                 "sign": self.path("sign.pem"), "encrypt": self.path("encrypt.pem"), "tls_cert": self.path("tls.crt"),
                 "tls_key": self.path("tls.key"), "other_root": self.gateway.home + "/root.pem",
                 "other_sign": self.path("other-sign.crt"), "other_encrypt": self.path("other-encrypt.crt"),
                 "received": self.received, "libcrypto": library, "libssl": library.replace("libcrypto", "libssl")}
        return write(self.path("peer.json"), json.dumps(words).encode())

    def send(self, file, area="billing", media_type="application/edi-x12", **terms):
        self.process.stdin.write(json.dumps({"file": file, "area": area, "type": media_type, "terms": terms}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(LIMIT)


@pytest.fixture(scope="module")
def met(pyas2_python, tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("pyas2"))
    utility = Gateway(directory, "Utility", "007909411", "utility", keys="rsa")
    peer = Pyas2(pyas2_python, directory, utility)
    sheet = peer.path("peer.sheet")
    utility.run("sheet", "--for", peer.id, "--name", "A pyas2 user", "--url", f"https://127.0.0.1:{peer.port}", "-o", sheet,
                *(f"{use}={peer.path(use)}.crt" for use in ("tls", "sign", "encrypt")))
    utility.run("partner", "add", sheet, "--fingerprint", utility.fingerprint())
    edit(utility, peer, r"^algorithms: .*$", f"algorithms: {ALGORITHMS}")
    edit(utility, peer, r"size: 64MiB", "size: 128MiB")
    utility.start()
    yield utility, peer
    peer.close()
    utility.stop()


def edit(utility, peer, pattern, replacement):
    path = f"{utility.home}/partners/{peer.id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    assert re.search(pattern, text, flags=re.M)
    with open(path, "w") as f:
        f.write(re.sub(pattern, replacement, text, flags=re.M))


def agree(utility, peer, **terms):
    words = ", ".join(f"{k}: {str(v).lower() if isinstance(v, bool) else v}" for k, v in {"marked": False, "path": "/as2", **terms}.items())
    edit(utility, peer, r"^as2: .*$", f"as2: {{ {words} }}")
    since = utility.mark()
    utility.process.send_signal(signal.SIGHUP)
    utility.wait_log("reloaded", since)


MDNS = [dict(mdn_mode="SYNC", mdn_digest_alg="sha256"), dict(mdn_mode="SYNC"), dict(),
        dict(mdn_mode="ASYNC", mdn_digest_alg="sha256"), dict(mdn_mode="ASYNC")]
WRAPPED = [dict(sign=sign, encrypt=encrypt, compress=compress, enc_alg="aes_256_cbc")
           for sign in (True, False) for encrypt in (True, False) for compress in (False, True)]


@pytest.mark.parametrize("mdn", MDNS, ids=["signed-mdn", "unsigned-mdn", "no-mdn", "signed-mdn-later", "unsigned-mdn-later"])
@pytest.mark.parametrize("terms", WRAPPED, ids=lambda t: "-".join(k for k in ("compress", "sign", "encrypt") if t[k]) or "plain")
def test_from_pyas2(met, tmp_path, terms, mdn):
    utility, peer = met
    agree(utility, peer, sign=False, encrypt=False, **{"receipt-path": '"/mdn"'})
    content = b"ISA*00*~\r\n" * 100
    done = peer.send(write(tmp_path / "f", content), **terms, **mdn)
    assert done.get("http") == (204 if mdn.get("mdn_mode") == "ASYNC" else 200), done
    if mdn:
        assert done["mdn"] == "processed", done
        assert ("multipart/signed" in done["content-type"]) == ("mdn_digest_alg" in mdn)
    assert utility.document(done["message-id"]) == content


# pyas2-lib compares the MIC it made by digest_alg, whatever mdn_digest_alg it asked for: they must be the same.
@pytest.mark.parametrize("algorithms", [
    dict(digest_alg="sha384", mdn_digest_alg="sha384"), dict(digest_alg="sha512", mdn_digest_alg="sha512"),
    dict(enc_alg="aes_128_cbc"), dict(key_enc_alg="rsaes_oaep")],
    ids=lambda a: "-".join(a.values()))
def test_algorithms_of_pyas2(met, tmp_path, algorithms):
    utility, peer = met
    edit(utility, peer, r"^algorithms: .*$", f"algorithms: {ALGORITHMS.replace(' rsa-v15', ' rsa-v15, rsa-oaep')}")
    agree(utility, peer)
    terms = dict(sign=True, encrypt=True, enc_alg="aes_256_cbc", mdn_mode="SYNC", mdn_digest_alg="sha256")
    done = peer.send(write(tmp_path / "f", b"x" * 1024), **{**terms, **algorithms})
    edit(utility, peer, r"^algorithms: .*$", f"algorithms: {ALGORITHMS}")
    assert done.get("mdn") == "processed", done
    assert utility.document(done["message-id"]) == b"x" * 1024


# Its PSS says that the digest is SHA-1 (it leaves the parameters out) and signs SHA-256; AES-192 is in no agreement.
@pytest.mark.parametrize("weak", [dict(enc_alg="tripledes_192_cbc"), dict(digest_alg="sha1"), dict(digest_alg="md5"),
                                  dict(sign_alg="rsassa_pss"), dict(enc_alg="aes_192_cbc")], ids=lambda a: "-".join(a.values()))
def test_what_is_weak_or_wrong_is_refused(met, tmp_path, weak):
    utility, peer = met
    agree(utility, peer)
    terms = dict(sign=True, encrypt=True, enc_alg="aes_256_cbc", mdn_mode="SYNC", mdn_digest_alg="sha256")
    done = peer.send(write(tmp_path / "f", b"x"), **{**terms, **weak})
    assert done.get("mdn", "").lower() != "processed", done
    assert [m["state"] for m in utility.inbox() if m["message-id"] == done["message-id"]] == ["rejected"]


@pytest.mark.parametrize("size", [*SIZES, LARGE])
@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
def test_sizes_from_pyas2(met, tmp_path, delivery, size):
    utility, peer = met
    agree(utility, peer, **{"receipt-path": '"/mdn"'})
    content = text(size)
    done = peer.send(write(tmp_path / "f", content), sign=True, encrypt=True, enc_alg="aes_128_cbc",
                     mdn_mode="SYNC" if delivery == "synchronous" else "ASYNC", mdn_digest_alg="sha256")
    assert done.get("mdn") == "processed", done
    assert utility.document(done["message-id"]) == content


@pytest.mark.parametrize("receipt,delivery", [("signed", "synchronous"), ("unsigned", "synchronous"), ("none", "synchronous"),
                                              ("signed", "asynchronous"), ("unsigned", "asynchronous")])
@pytest.mark.parametrize("sign,encrypt,compress", [
    (s, e, c) for s in (True, False) for e in (True, False) for c in ("never", "before-signing", "after-signing") if s or c != "after-signing"])
def test_to_pyas2(met, tmp_path, sign, encrypt, compress, receipt, delivery):
    utility, peer = met
    agree(utility, peer, sign=sign, encrypt=encrypt, compress=compress, receipt=receipt, **{"receipt-delivery": delivery})
    content = b"ISA*00*~\r\n" * 100
    message = utility.send_id(peer.id, "billing", write(tmp_path / "f.edi", content), "--type", "application/edi-x12", "--wait")
    with open(peer.received, "rb") as f:
        assert f.read() == content
    assert utility.show(message)["receipt"] == (None if receipt == "none" else receipt)


# To whom reads CBC only: what we send by, and the digest that we ask for in the receipt.
TERMS = [{"digest": digest, "cipher": cipher} for digest in ("sha-256", "sha-384", "sha-512") for cipher in ("aes-128-cbc", "aes-256-cbc")]


def verified(utility, message, peer, tmp_path, cut=0):
    """Its receipt, by openssl alone, as the manual says: however it was written, with its certificate in it or not; but for `cut` bytes."""
    signed = {what: str(tmp_path / what) for what in ("part", "signature")}
    for what, path in signed.items():
        utility.run("receipt", message, "--" + what, "-o", path)
    os.truncate(signed["part"], os.path.getsize(signed["part"]) - cut)
    certs = write(tmp_path / "partner.pem", utility.run("partner", "show", "--pem", peer.id).stdout.encode())
    return openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", signed["signature"], "-content", signed["part"],
                   "-CAfile", certs, "-certfile", certs, "-partial_chain")


def made_by(utility, message, terms):
    """Its receipt is signed, and has the digest that was asked for."""
    assert utility.show(message)["state"] == "delivered"
    receipt = utility.run("receipt", message, text=False).stdout.decode("latin-1")  # OpenAS2's signature is binary
    mic = re.search(r"(?i)^received-content-mic: *(\S+?) *, *(\S+)\r?$", receipt, flags=re.M)
    assert mic, receipt
    part = utility.run("get", message, "--part", text=False).stdout
    assert mic.group(1) == base64.b64encode(hashlib.new(terms["digest"].replace("-", ""), part).digest()).decode()
    assert re.sub("[^a-z0-9]", "", mic.group(2).lower()) == terms["digest"].replace("-", "")


@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
@pytest.mark.parametrize("terms", TERMS, ids=lambda t: "-".join(t.values()))
def test_algorithms_to_pyas2(met, tmp_path, terms, delivery):
    utility, peer = met
    agree(utility, peer, **terms, **{"receipt-delivery": delivery})
    content = b"ISA*00*~\r\n" * 100
    message = utility.send_id(peer.id, "billing", write(tmp_path / "f.edi", content), "--type", "application/edi-x12", "--wait")
    with open(peer.received, "rb") as f:
        assert f.read() == content
    made_by(utility, message, terms)
    assert message.encode() in verified(utility, message, peer, tmp_path)


@pytest.mark.parametrize("size", [*SIZES, LARGE])
@pytest.mark.parametrize("delivery", ["synchronous", "asynchronous"])
def test_sizes_to_pyas2(met, tmp_path, delivery, size):
    utility, peer = met
    agree(utility, peer, **{"receipt-delivery": delivery, "receipt-wait": "5m"})
    content = os.urandom(size)
    utility.send_id(peer.id, "billing", write(tmp_path / "f.bin", content), "--wait=4m", timeout=300)
    with open(peer.received, "rb") as f:
        assert f.read() == content
