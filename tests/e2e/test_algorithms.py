# SPDX-License-Identifier: Apache-2.0
"""The algorithms of AS2 messages, both ways, with `openssl cms` on the other side."""
import base64
import datetime
import hashlib
import json
import re

import pytest

from gateway import write
from peer import Peer, openssl

RSA = "rsa-sign, rsa-pss, rsa-oaep"


def agreement(gateway, peer, **lines):
    """Rewrites lines of the agreement, as a person would, and reloads."""
    path = f"{gateway.home}/partners/{peer.id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    for key, value in lines.items():
        text = re.sub(rf"(?m)^{key}: .*$", f"{key}: {value}", text)
    with open(path, "w") as f:
        f.write(text)
    since = gateway.mark()
    gateway.process.send_signal(1)
    gateway.wait_log("reloaded", since)


def certify(peer, use, usage, *key):
    """A certificate over another kind of key than the peer's others."""
    with open(peer.path(use + ".ext"), "w") as f:
        f.write(f"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,{usage}\n")
    openssl("req", "-new", "-newkey", *key, "-nodes", "-subj", f"/CN={use}", "-keyout", peer.path(use + ".key"), "-out", peer.path(use + ".csr"))
    openssl("x509", "-req", "-in", peer.path(use + ".csr"), "-CA", peer.path("root.pem"), "-CAkey", peer.path("root.key"),
            "-sha256", "-days", 300, "-extfile", peer.path(use + ".ext"), "-out", peer.path(use + ".pem"))


def meet(world, keys=None, kind=None):
    gateway = world.gateway("Utility", "007909411", "utility", keys=keys)
    peer = Peer(str(world.path))
    if kind:
        key = ("ec", "-pkeyopt", f"ec_paramgen_curve:{kind}") if kind.startswith("P-") else ("rsa:3072",)
        certify(peer, "sign", "digitalSignature", *key)
        certify(peer, "encrypt", "keyAgreement" if kind.startswith("P-") else "keyEncipherment", *key)
    peer.knows(gateway)
    gateway.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    return gateway.start(), peer


def mic(part, digest):
    return base64.b64encode(hashlib.new(digest.replace("-", ""), part).digest()).decode() + ", " + digest


def structure(peer, name):
    return openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", peer.path(name)).decode()


# --- what we write ---


@pytest.mark.parametrize("kind,kdf", [("P-384", "dhSinglePass-stdDH-sha384kdf-scheme"), ("P-521", "dhSinglePass-stdDH-sha384kdf-scheme"),
                                      ("rsa", "rsaesOaep")])
def test_openssl_reads_what_the_agreement_says(world, tmp_path, kind, kdf):
    gateway, peer = meet(world, kind=kind)
    seen = {}

    def answer(peer, path, headers, body):
        part = peer.open(body)
        seen.update(headers=dict(headers), part=part)
        digest = re.search(r"micalg=required, (\S+)", headers["Disposition-Notification-Options"]).group(1)
        return 200, *peer.report(headers["Message-ID"].strip("<>"), mic(part, digest))

    peer.serve(answer)
    try:
        for digest, cipher in (("sha-256", "aes-128-gcm"), ("sha-384", "aes-256-gcm"), ("sha-512", "aes-256-cbc"), ("sha-384", "aes-128-cbc")):
            agreement(gateway, peer, algorithms=f"[ {RSA} ]", as2=f"{{ digest: {digest}, cipher: {cipher} }}")
            message = gateway.send_id(peer.id, "billing", write(tmp_path / "d", b"x" * 1000), "--wait")
            assert gateway.show(message)["state"] == "delivered"
            sealed = structure(peer, "sealed")
            assert f"algorithm: {cipher} " in sealed and kdf in sealed
            assert ("authEnvelopedData" in sealed) == cipher.endswith("gcm")
            assert ("smime-type=authenveloped-data" in seen["headers"]["Content-Type"]) == cipher.endswith("gcm")
            assert f"algorithm: {digest.replace('-', '')} " in structure(peer, "opened.p7s")
    finally:
        peer.close()


def test_pss_is_written_where_the_agreement_says(world, tmp_path):
    gateway, peer = meet(world, keys="rsa")

    def answer(peer, path, headers, body):
        return 200, *peer.report(headers["Message-ID"].strip("<>"), mic(peer.open(body), "sha-384"))

    peer.serve(answer)
    try:
        for signature, name in (("rsa-sign", "rsaEncryption"), ("rsa-pss", "rsassaPss")):
            agreement(gateway, peer, algorithms="[ rsa-oaep ]", as2=f"{{ digest: sha-384, signature: {signature} }}")
            message = gateway.send_id(peer.id, "billing", write(tmp_path / "d", b"x"), "--wait")
            assert gateway.show(message)["state"] == "delivered"
            assert f"signatureAlgorithm: \n          algorithm: {name} " in structure(peer, "opened.p7s")

            received = f"{signature}@peer"
            part = peer.part(b"document", "billing", received)
            with open(peer.path("entity"), "wb") as f:
                f.write(peer.signed(part, peer.sign(part)))
            body = openssl("cms", "-encrypt", "-binary", "-aes-256-gcm", "-in", peer.path("entity"), "-outform", "DER", "-recip",
                           peer.path("other-encrypt.pem"), "-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256")
            status, content_type, answered = peer.post("billing", peer.headers(received), body)
            assert status == 200 and "; processed\r\n" in peer.receipt(content_type, answered)
            pkcs7 = openssl("cms", "-cmsout", "-print", "-noout", "-inform", "SMIME", "-in", peer.path("receipt")).decode()
            assert f"signatureAlgorithm: \n          algorithm: {name} " in pkcs7
    finally:
        peer.close()


# --- what we read ---

@pytest.mark.parametrize("keys", [None, "p384"])
@pytest.mark.parametrize("digest,cipher,wanted", [("sha256", "-aes-128-gcm", "sha-384, sha-256"), ("sha384", "-aes-256-gcm", "sha-512"),
                                                  ("sha512", "-aes-256-cbc", "sha1, sha-256"), ("sha384", "-aes-128-cbc", "")])
def test_what_openssl_makes_is_read_and_receipted_as_wished(world, keys, digest, cipher, wanted):
    gateway, peer = meet(world, keys=keys, kind="P-384" if keys else None)
    agreement(gateway, peer, algorithms="[ aes-cbc ]")
    part = peer.part(b"document", "billing", "1@peer")
    body = peer.seal(peer.signed(part, peer.sign(part, md=digest)), cipher=cipher)
    options = "signed-receipt-protocol=required, pkcs7-signature" + (f"; signed-receipt-micalg=required, {wanted}" if wanted else "")
    status, content_type, answer = peer.post("billing", peer.headers("1@peer", Disposition_Notification_Options=options), body)
    assert status == 200, peer.curl_error
    want = {"": digest.replace("sha", "sha-"), "sha1, sha-256": "sha-256"}.get(wanted, wanted.split(",")[0])
    assert f"micalg={want};" in content_type
    assert "Received-Content-MIC: " + mic(part, want) in peer.receipt(content_type, answer)
    assert gateway.document("1@peer") == b"document"


@pytest.mark.parametrize("md,mgf1", [("sha1", "sha1"), ("sha256", "sha256"), ("sha256", "sha1"), ("sha512", "sha1")])
def test_oaep_by_either_digest_and_pss(world, md, mgf1):
    """MGF1 with SHA-1 beside another digest: what Java does unasked."""
    gateway, peer = meet(world, keys="rsa", kind="rsa")
    agreement(gateway, peer, algorithms=f"[ {RSA} ]")
    part = peer.part(b"document", "billing", "1@peer")
    with open(peer.path("part"), "wb") as f:
        f.write(part)
    signature = openssl("cms", "-sign", "-binary", "-md", "sha256", "-in", peer.path("part"), "-signer", peer.path("sign.pem"), "-inkey",
                        peer.path("sign.key"), "-keyopt", "rsa_padding_mode:pss", "-outform", "DER")
    with open(peer.path("entity"), "wb") as f:
        f.write(peer.signed(part, signature))
    body = openssl("cms", "-encrypt", "-binary", "-aes-256-gcm", "-in", peer.path("entity"), "-outform", "DER", "-recip",
                   peer.path("other-encrypt.pem"), "-keyopt", "rsa_padding_mode:oaep", "-keyopt", f"rsa_oaep_md:{md}",
                   "-keyopt", f"rsa_mgf1_md:{mgf1}")
    status, content_type, answer = peer.post("billing", peer.headers("1@peer"), body)
    assert status == 200 and "; processed\r\n" in peer.receipt(content_type, answer)
    assert gateway.document("1@peer") == b"document"


@pytest.mark.parametrize("kdf", [[], ["-keyopt", "ecdh_kdf_md:sha1"], ["-keyopt", "ecdh_kdf_md:sha256"], ["-keyopt", "ecdh_kdf_md:sha512"]],
                         ids=["as openssl does unasked", "sha1", "sha256", "sha512"])
def test_a_key_agreement_by_any_derivation(world, kdf):
    """SHA-1 needs no exception there: it signs nothing."""
    gateway, peer = meet(world)
    part = peer.part(b"document", "billing", "1@peer")
    with open(peer.path("entity"), "wb") as f:
        f.write(peer.signed(part, peer.sign(part)))
    body = openssl("cms", "-encrypt", "-binary", "-aes-256-gcm", "-in", peer.path("entity"), "-outform", "DER", "-recip",
                   peer.path("other-encrypt.pem"), *kdf)
    status, content_type, answer = peer.post("billing", peer.headers("1@peer"), body)
    assert status == 200 and "; processed\r\n" in peer.receipt(content_type, answer)
    assert gateway.document("1@peer") == b"document" and gateway.show("1@peer")["flag"] is None


@pytest.mark.parametrize("cipher,name", [("-aes-192-cbc", "aes-192-cbc"), ("-aes-192-gcm", "aes-192-gcm"), ("-camellia256", "camellia-256-cbc")])
def test_another_cipher_is_named(world, cipher, name):
    gateway, peer = meet(world)
    agreement(gateway, peer, algorithms="[ aes-cbc ]")
    _, part, _ = peer.message(b"document", "billing", "1@peer")
    body = peer.seal(peer.signed(part, peer.sign(part)), cipher=cipher)
    status, content_type, answer = peer.post("billing", peer.headers("1@peer"), body)
    assert f"encrypted by {name}: AES of 128 or 256 bits" in peer.receipt(content_type, answer).replace("id-aes192-GCM", "aes-192-gcm")
    assert "Tieline-Fault: sealing.algorithm\r\n" in peer.receipt(content_type, answer)


# --- exceptions ---

def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


def old(peer, message_id, md, cipher):
    part = peer.part(b"old", "billing", message_id)
    return peer.post("billing", peer.headers(message_id), peer.seal(peer.signed(part, peer.sign(part, md=md)), cipher=cipher, stream=False))


@pytest.mark.parametrize("name,md,cipher,refusal", [("sha-1", "sha1", "-aes-256-gcm", "signature.algorithm.sha-1"),
                                                    ("3des", "sha256", "-des3", "sealing.algorithm.3des")])
def test_a_weak_algorithm_is_taken_until_its_day(world, name, md, cipher, refusal):
    gateway, peer = meet(world)

    def post(message_id, until=None):
        if until:
            agreement(gateway, peer, legacy=f"[ {{ algorithm: {name}, until: {until} }} ]")
        status, content_type, answer = old(peer, message_id, md, cipher)
        assert status == 200, peer.curl_error
        return peer.receipt(content_type, answer)

    report = post("none@peer")
    assert f"Tieline-Fault: {refusal}\r\n" in report and "insufficient-message-security" in report

    last = day(100)
    report = post("holds@peer", last)
    assert "; processed\r\n" in report and f"It uses {name}, which is agreed until {last} only" in report
    assert gateway.document("holds@peer") == b"old"
    assert any("exception-used" in line and "holds@peer" in line and last in line for line in gateway.lines)
    flag = {"code": "legacy.used", "text": f"it needed what is agreed to a day only: {name} until {last}"}
    assert gateway.show("holds@peer")["flag"] == flag
    assert [(f["partner"], f["code"], f["count"]) for f in gateway.json("status")["tolerated"]] == [(peer.id, "legacy.used", 1)]
    assert gateway.run("status").stderr == ""
    assert gateway.json("status")["exceptions"] == [
        {"partner": peer.id, "key": "legacy", "algorithm": name, "until": last, "state": "holds", "days": 100}]

    report = post("ending@peer", day(0))
    assert "; processed\r\n" in report
    standing = gateway.run("status", "--json")
    assert json.loads(standing.stdout)["exceptions"][0]["state"] == "ending"
    assert f"may use {name} until {day(0)}: ending" in standing.stderr

    report = post("ended@peer", day(-1))
    assert "Tieline-Fault: legacy.ended\r\n" in report and f"{name} was agreed until {day(-1)}" in report
    assert f"may use {name} until {day(-1)}: ended" in gateway.run("status").stderr

    report = post("long@peer", day(900))
    assert "Tieline-Fault: legacy.too-long\r\n" in report
    assert len([m for m in gateway.inbox() if m["state"] != "rejected"]) == 2


@pytest.mark.parametrize("wish", ["optional, sha1", "optional,SHA-1,md5", "optional, rsa-sha1", "sha1"])
def test_who_would_rather_have_sha_1_gets_sha_256_and_is_told(world, wish):
    """What mendelson, OpenAS2 and others send by old defaults: optional is no condition (RFC 8098 2.2), and the document is kept."""
    gateway, peer = meet(world)
    part = peer.part(b"document", "billing", "1@peer")
    options = f"signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg={wish}"
    status, content_type, answer = peer.post("billing", peer.headers("1@peer", Disposition_Notification_Options=options),
                                             peer.seal(peer.signed(part, peer.sign(part))))
    assert status == 200, peer.curl_error
    report = " ".join(peer.receipt(content_type, answer).split())
    assert "MDN-sent-automatically; processed " in report and "Received-Content-MIC: " + mic(part, "sha-256") in report
    names = wish.removeprefix("optional,").strip()
    assert f"of sha-256, for '{names}' (signed-receipt-micalg, optional) is not made here: please list sha-256 there." in report
    assert gateway.document("1@peer") == b"document"
    shown = gateway.show("1@peer")
    assert shown["state"] == "received" and shown["flag"]["code"] == "as2.mic.other" and names in shown["flag"]["text"]
    assert [(f["partner"], f["code"]) for f in gateway.json("status")["tolerated"]] == [(peer.id, "as2.mic.other")]


def test_who_demands_sha_1_is_told_what_to_ask_for(world):
    gateway, peer = meet(world)
    part = peer.part(b"document", "billing", "1@peer")
    options = "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=required, sha1"
    body = peer.seal(peer.signed(part, peer.sign(part)))
    status, content_type, answer = peer.post("billing", peer.headers("1@peer", Disposition_Notification_Options=options), body)
    report = " ".join(peer.receipt(content_type, answer).split())
    assert "failed/failure: unsupported MIC-algorithms" in report and "Tieline-Fault: as2.mic.algorithm" in report
    assert "list sha-256 in signed-receipt-micalg, or make it optional" in report
    status, content_type, answer = peer.post("billing", peer.headers("1@peer"), body)
    assert "; processed\r\n" in peer.receipt(content_type, answer) and gateway.document("1@peer") == b"document"


def test_a_digest_of_sha_1_in_a_receipt_counts_until_its_day(world, tmp_path):
    """Old software states it whatever was asked for: the stored part is digested again, in nobody's process but the ledger's."""
    gateway, peer = meet(world)
    state = {"of": lambda part: part}

    def answer(peer, path, headers, body):
        digest = base64.b64encode(hashlib.sha1(state["of"](peer.open(body))).digest()).decode()
        return 200, *peer.report(headers["Message-ID"].strip("<>"), digest + ", sha1")

    peer.serve(answer)
    large = write(tmp_path / "large", b"line\r\n" * 200000)
    try:
        late = gateway.send(peer.id, "outage", write(tmp_path / "d", b"x"), "--deadline", "1s", "--wait", check=None)
        assert "mdn.mic.algorithm.sha-1" in late.stderr and "`legacy` in its agreement" in late.stderr

        agreement(gateway, peer, legacy=f"[ {{ algorithm: sha-1, until: {day(100)} }} ]")
        for path in (write(tmp_path / "d", b"x"), large):
            message = gateway.send_id(peer.id, "billing", path, "--wait")
            shown = gateway.show(message)
            assert shown["state"] == "delivered" and shown["flag"]["code"] == "legacy.used" and day(100) in shown["flag"]["text"]
        assert [(f["partner"], f["code"], f["count"]) for f in gateway.json("status")["tolerated"]] == [(peer.id, "legacy.used", 2)]
        assert "theirs is of the same bytes, by another algorithm" in gateway.run("explain", message).stdout
        state["of"] = lambda part: part + b"x"
        other = gateway.send(peer.id, "billing", large, "--wait", check=None)
        assert "as2.mic.mismatch" in other.stderr
        state["of"] = lambda part: part

        agreement(gateway, peer, legacy=f"[ {{ algorithm: sha-1, until: {day(-1)} }} ]")
        since = gateway.mark()
        gateway.send_id(peer.id, "billing", large)
        gateway.wait_log("legacy.ended", since)
    finally:
        peer.close()


def test_a_receipt_by_a_stronger_digest_than_was_asked_for_counts(world, tmp_path):
    gateway, peer = meet(world)
    peer.serve(lambda peer, path, headers, body: (200, *peer.report(headers["Message-ID"].strip("<>"), mic(peer.open(body), "sha-512"))))
    try:
        shown = gateway.show(gateway.send_id(peer.id, "billing", write(tmp_path / "d", b"x"), "--wait"))
        assert shown["state"] == "delivered" and shown["flag"]["code"] == "as2.mic.other" and "sha-512" in shown["flag"]["text"]
    finally:
        peer.close()


def test_a_receipt_of_sha_1_counts_until_its_day(world, tmp_path):
    gateway, peer = meet(world)
    honest = peer.sign
    peer.sign = lambda part, **more: honest(part, **{**more, "md": "sha1"})
    peer.serve(lambda peer, path, headers, body: (200, *peer.report(headers["Message-ID"].strip("<>"), mic(peer.open(body), "sha-256"))))
    try:
        agreement(gateway, peer, legacy=f"[ {{ algorithm: sha-1, until: {day(100)} }} ]")
        message = gateway.send_id(peer.id, "billing", write(tmp_path / "d", b"x"), "--wait")
        assert gateway.show(message)["state"] == "delivered"
        assert any("exception-used" in line and message in line and "receipt" in line for line in gateway.lines)
        assert gateway.show(message)["flag"]["code"] == "legacy.used"

        agreement(gateway, peer, legacy=f"[ {{ algorithm: sha-1, until: {day(-1)} }} ]")
        since = gateway.mark()
        message = gateway.send_id(peer.id, "billing", write(tmp_path / "d", b"x"))
        gateway.wait_log("legacy.ended", since)
        assert gateway.show(message)["state"] not in ("delivered", "refused")
    finally:
        peer.close()
