# SPDX-License-Identifier: Apache-2.0
"""What a partner with certificates of its own could send to cost the other dearly: small to send, dear to read.

Each maker takes a Peer, an area and a Message-ID, and gives a body to post.  None asks our code to wrap it.
"""
import json
import os
import ssl
import zlib

from gateway import tieline
from peer import openssl

DATA = "1.2.840.113549.1.7.1"
COMPRESSED = "1.2.840.113549.1.9.16.1.9"
ZLIB = "1.2.840.113549.1.9.16.3.8"


# --- DER, as much of it as RFC 3274 needs ---

def der(tag, *content):
    body = b"".join(content)
    size = len(body)
    length = bytes([size]) if size < 128 else b"%c" % (0x80 + (size.bit_length() + 7) // 8) + size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag]) + length + body


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytes([40 * first + second])
    for arc in rest:
        digits = [arc & 0x7f]
        while arc := arc >> 7:
            digits.append(0x80 | arc & 0x7f)
        out += bytes(reversed(digits))
    return der(6, out)


def compressed(entity):
    """CompressedData as an entity of its own (RFC 5402 2)."""
    data = der(0x30, oid(COMPRESSED), der(0xa0, der(0x30, der(2, b"\0"), der(0x30, oid(ZLIB)), der(
        0x30, oid(DATA), der(0xa0, der(4, zlib.compress(entity, 9)))))))
    return b'Content-Type: application/pkcs7-mime; smime-type=compressed-data; name="smime.p7z"\r\n' \
           b"Content-Transfer-Encoding: binary\r\n\r\n" + data


# --- messages ---

def wrapped(peer, area, message_id, entity):
    """Signed as ours, with what binds the signature to its message, and sealed."""
    marks = {"Tieline-Area": area, "Tieline-From": peer.id, "Tieline-To": peer.other.id, "Tieline-Message-ID": f"<{message_id}>"}
    part = "".join(f"{name}: {value}\r\n" for name, value in marks.items()).encode() + entity
    return peer.seal(peer.signed(part, peer.sign(part)))


def entity(content, media_type="text/plain"):
    return f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\n\r\n".encode() + content


def plain(peer, area, message_id, content=b"a notice\r\n", media_type="text/plain"):
    """Nothing wrong with it."""
    return wrapped(peer, area, message_id, entity(content, media_type))


def bomb(peer, area, message_id, size=256 << 20):
    """One to a thousand: more than any agreement takes."""
    return wrapped(peer, area, message_id, compressed(entity(b"\0" * size)))


def dear(peer, area, message_id, size=7 << 19):
    """Small as it comes, large when it is read, and nothing wrong with it: one to eighty."""
    line = b"\0" * 300
    return wrapped(peer, area, message_id, compressed(entity(b"".join(line + os.urandom(2) for _ in range(size // 302)))))


def large_bomb(peer, area, message_id):
    """Within what is agreed, so all of it is written."""
    return bomb(peer, area, message_id, 60 << 20)


def nested_bomb(peer, area, message_id, depth=100):
    inner = entity(b"\0" * (1 << 20))
    for _ in range(depth):
        inner = compressed(inner)
    return wrapped(peer, area, message_id, inner)


def deep_mime(peer, area, message_id, depth=2000):
    """Parts within parts within parts."""
    head = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (i, i) for i in range(depth))
    return wrapped(peer, area, message_id, head + b"Content-Type: text/plain\r\n\r\nat last\r\n" + b"".join(
        b"\r\n--b%d--\r\n" % i for i in reversed(range(depth))))


def many_parts(peer, area, message_id, count=20000):
    """As many attachments as fit."""
    return wrapped(peer, area, message_id, b'Content-Type: multipart/related; boundary="b"\r\n\r\n' + b"".join(
        b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" for _ in range(count)) + b"--b--\r\n")


def many_headers(peer, area, message_id, count=5000):
    return wrapped(peer, area, message_id, b"".join(b"X-%d: y\r\n" % i for i in range(count)) + entity(b"x"))


def signed_entity(peer, area, message_id, *signing):
    """The usual, signed in another way: `openssl cms -sign` gets these words."""
    part = peer.part(b"x", area, message_id)
    with open(peer.path("part"), "wb") as f:
        f.write(part)
    return peer.signed(part, openssl("cms", "-sign", "-binary", "-md", "sha256", "-in", peer.path("part"), "-outform", "DER", *signing))


def many_recipients(peer, area, message_id, count=400):
    """A content key for everybody but the reader, who is the last."""
    with open(peer.path("entity"), "wb") as f:
        f.write(signed_entity(peer, area, message_id, "-signer", peer.path("sign.pem"), "-inkey", peer.path("sign.key")))
    others = ["-recip", peer.path("encrypt.pem"), "-keyopt", "ecdh_kdf_md:sha256"] * count
    return openssl("cms", "-encrypt", "-binary", "-stream", "-aes-256-gcm", "-aes256-wrap", "-in", peer.path("entity"), "-outform", "DER",
                   *others, "-recip", peer.path("other-encrypt.pem"), "-keyopt", "ecdh_kdf_md:sha256")


def many_certificates(peer, area, message_id, count=1000):
    """A signature that carries a pile of certificates of no use: one, with serial numbers of our own."""
    one = openssl("x509", "-in", peer.path("tls.pem"), "-outform", "DER")
    serial = bytes.fromhex(openssl("x509", "-in", peer.path("tls.pem"), "-noout", "-serial").decode().strip().partition("=")[2])
    with open(peer.path("pile.pem"), "w") as f:
        for i in range(1, count + 1):
            f.write(ssl.DER_cert_to_PEM_cert(one.replace(serial, serial[:-4] + i.to_bytes(4), 1)))
    return peer.seal(signed_entity(peer, area, message_id, "-signer", peer.path("sign.pem"), "-inkey", peer.path("sign.key"),
                                   "-certfile", peer.path("pile.pem")))


def huge_key(peer, area, message_id, bits=4096):
    """Signed by a key that takes long to verify, of a certificate nobody knows."""
    if not os.path.exists(peer.path("huge.pem")):
        openssl("req", "-x509", "-newkey", f"rsa:{bits}", "-nodes", "-sha256", "-days", "30", "-subj", "/O=Huge/CN=huge",
                "-keyout", peer.path("huge.key"), "-out", peer.path("huge.pem"))
    return peer.seal(signed_entity(peer, area, message_id, "-signer", peer.path("huge.pem"), "-inkey", peer.path("huge.key")))


LARGEST = ("sign", "largest")  # of the partner's sheet, where what follows is to be taken


def certify_largest(peer):
    """RSA of as many bits as we take; of five primes, because two would be searched for a minute."""
    peer.certify("largest", "digitalSignature", None, key=("rsa:8192", "-pkeyopt", "rsa_keygen_primes:5"))


def largest_key(peer, area, message_id):
    """Nothing wrong with it: signed by the largest key there may be."""
    return peer.seal(signed_entity(peer, area, message_id, "-signer", peer.path("largest.pem"), "-inkey", peer.path("largest.key")))


def wide_json(peer, area, message_id, count=100000):
    """A hundred thousand elements where a handful belongs."""
    document = json.loads(tieline("new", "availability").stdout)
    document.update(sender_id=peer.id, receiver_id=peer.other.id, area=area, intervals=document["intervals"][:1] * count)
    return plain(peer, area, message_id, json.dumps(document).encode(), "application/json")


def deep_json(peer, area, message_id, depth=200000):
    return plain(peer, area, message_id, b'{"a":' * depth + b"1" + b"}" * depth, "application/json")


def dense_x12(peer, area, message_id, size=1 << 20):
    """An interchange of many small sets, every one of them wrong in every way."""
    isa = b"ISA*00*          *00*          *ZZ*PEER           *ZZ*UTILITY        *261128*1200*U*00401*000000001*0*T*>~"
    sets = b"".join(b"ST*810*%09d~%s~SE*1*1~" % (i, b"*" * 200) for i in range(size // 230))
    return plain(peer, area, message_id, isa + b"GS*IN*PEER*UTILITY*20261128*1200*1*X*004010~" + sets + b"GE*1*1~IEA*1*000000001~",
                 "application/edi-x12")


EXPENSIVE = {maker.__name__: maker for maker in (
    bomb, large_bomb, nested_bomb, deep_mime, many_parts, many_headers, many_recipients, many_certificates, huge_key, largest_key, wide_json, deep_json,
    dense_x12)}
