# SPDX-License-Identifier: Apache-2.0
"""A partner that shares no code with us: openssl for the cryptography, curl and Python's http.server for the wire.

It can be honest, to prove that what we write is what the standards say, or hostile.
"""
import base64
import hashlib
import http.server
import json
import os
import re
import ssl
import subprocess
import threading
import uuid

from gateway import LIMIT, OPENSSL, free_port


def openssl(*args, stdin=None):
    done = subprocess.run([OPENSSL, *map(str, args)], input=stdin, capture_output=True)
    assert done.returncode == 0, f"openssl {' '.join(map(str, args))}\n{done.stderr.decode(errors='replace')}"
    return done.stdout


class Peer:
    def __init__(self, directory, party_id="555000111", name="Independent Peer", days=300):
        self.dir = os.path.join(directory, "peer-" + party_id)
        os.makedirs(self.dir)
        self.id, self.name = party_id, name
        self.port = free_port()
        self._root()
        for use, usage, eku in (("tls", "digitalSignature", "serverAuth,clientAuth"), ("sign", "digitalSignature", None),
                                ("encrypt", "keyAgreement", None)):
            self.certify(use, usage, eku, days)

    def path(self, name):
        return os.path.join(self.dir, name)

    def _root(self):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256", "-days", "3650",
                "-subj", f"/O={self.name}/CN={self.name} root", "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
                "-keyout", self.path("root.key"), "-out", self.path("root.pem"))

    def certify(self, use, usage, eku, days=300, *dates, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
        ext = self.path(use + ".ext")
        with open(ext, "w") as f:
            f.write(f"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,{usage}\nsubjectAltName=IP:127.0.0.1\n")
            if eku:
                f.write(f"extendedKeyUsage={eku}\n")
        openssl("req", "-new", "-newkey", *key, "-nodes", "-subj",
                f"/O={self.name}/CN={use}", "-keyout", self.path(use + ".key"), "-out", self.path(use + ".csr"))
        openssl("x509", "-req", "-in", self.path(use + ".csr"), "-CA", self.path("root.pem"), "-CAkey", self.path("root.key"),
                "-sha256", *(dates or ("-days", days)), "-extfile", ext, "-out", self.path(use + ".pem"))

    # --- identity ---

    def sheet(self, *more, **changes):
        """`more`: (use, name of a certificate of certify()) of others besides."""
        certs = [{"use": use, "der": base64.b64encode(openssl("x509", "-in", self.path(name + ".pem"), "-outform", "DER")).decode()}
                 for use, name in [(use, use) for use in ("tls", "sign", "encrypt")] + list(more)]
        sheet = {"tieline-sheet": 1, "id": self.id, "name": self.name, "role": "aggregator",
                 "url": f"https://127.0.0.1:{self.port}", "issued": "2026-01-01T00:00:00.000Z", "certificates": certs, **changes}
        with open(self.path("sheet.json"), "w") as f:
            json.dump(sheet, f)
        openssl("cms", "-sign", "-nodetach", "-binary", "-md", "sha256", "-in", self.path("sheet.json"), "-signer", self.path("root.pem"),
                "-inkey", self.path("root.key"), "-outform", "PEM", "-out", self.path("sheet.pem"))
        return self.path("sheet.pem")

    def fingerprint(self):
        return openssl("x509", "-in", self.path("root.pem"), "-noout", "-fingerprint", "-sha256").decode().strip().split("=")[1]

    def knows(self, gateway):
        """Takes the other's certificates from its sheet, with openssl alone."""
        sheet = json.loads(openssl("cms", "-verify", "-inform", "PEM", "-in", gateway.sheet(), "-noverify"))
        self.other = gateway
        for cert in sheet["certificates"]:
            openssl("x509", "-inform", "DER", "-out", self.path(f"other-{cert['use']}.pem"), stdin=base64.b64decode(cert["der"]))
        with open(gateway.home + "/root.pem") as f, open(self.path("other-root.pem"), "w") as out:
            out.write(f.read())

    # --- messages ---

    def part(self, content, area, message_id, media_type="text/plain", **changes):
        headers = {"Content-Type": media_type, "Content-Transfer-Encoding": "binary",
                   "Content-Disposition": 'attachment; filename="note.txt"', "Tieline-Area": area, "Tieline-From": self.id,
                   "Tieline-To": self.other.id, "Tieline-Message-ID": f"<{message_id}>"}
        headers.update({k.replace("_", "-"): v for k, v in changes.items()})
        head = "".join(f"{k}: {v}\r\n" for k, v in headers.items() if v is not None)
        return head.encode() + b"\r\n" + content

    def sign(self, part, signer="sign", md="sha256"):
        with open(self.path("part"), "wb") as f:
            f.write(part)
        return openssl("cms", "-sign", "-binary", "-md", md, "-in", self.path("part"), "-signer", self.path(signer + ".pem"), "-inkey",
                       self.path(signer + ".key"), "-outform", "DER")

    def signed(self, part, signature):
        boundary = "peer-" + uuid.uuid4().hex
        return (f'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="{boundary}"'
                "\r\n\r\n").encode() + b"--" + boundary.encode() + b"\r\n" + part + b"\r\n--" + boundary.encode() + (
            b'\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            + base64.encodebytes(signature).replace(b"\n", b"\r\n") + b"--" + boundary.encode() + b"--\r\n")

    def seal(self, entity, cipher="-aes-256-gcm", recipient="other-encrypt", stream=True):
        with open(self.path("entity"), "wb") as f:
            f.write(entity)
        return openssl("cms", "-encrypt", "-binary", *(["-stream"] if stream else []), cipher, "-in", self.path("entity"), "-outform", "DER", "-recip",
                       self.path(recipient + ".pem"), "-keyopt", "ecdh_kdf_md:sha256", "-aes256-wrap")

    def headers(self, message_id, **changes):
        headers = {"AS2-Version": "1.2", "AS2-From": self.id, "AS2-To": self.other.id, "Message-ID": f"<{message_id}>",
                   "Content-Type": "application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m",
                   "Disposition-Notification-To": "peer@example.com",
                   "Disposition-Notification-Options":
                       "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, sha-256"}
        headers.update({k.replace("_", "-"): v for k, v in changes.items()})
        return {k: v for k, v in headers.items() if v is not None}

    def message(self, content, area, message_id=None, signer="sign", recipient="other-encrypt"):
        message_id = message_id or f"{uuid.uuid4()}@peer"
        part = self.part(content, area, message_id)
        return message_id, part, self.seal(self.signed(part, self.sign(part, signer)), recipient=recipient)

    @staticmethod
    def mic(part):
        return base64.b64encode(hashlib.sha256(part).digest()).decode() + ", sha-256"

    # --- the wire ---

    def post(self, area, headers, body, tls="tls", *more):
        """curl: (status, content type, body); status 0 when the connection was closed without an answer."""
        with open(self.path("body"), "wb") as f:
            f.write(body)
        words = ["curl", "-sS", "--tlsv1.3", "--http1.1", "--max-time", str(LIMIT), "--cacert", self.path("other-root.pem"),
                 "-o", self.path("answer"), "-D", self.path("answer-head"), "-w", "%{http_code}\n%{content_type}",
                 "--data-binary", "@" + self.path("body"), "-H", "Expect:"]
        if tls:
            words += ["--cert", self.path(tls + ".pem"), "--key", self.path(tls + ".key")]
        for name, value in headers.items():
            words += ["-H", f"{name}: {value}"]
        for stale in ("answer", "answer-head"):
            if os.path.exists(self.path(stale)):
                os.remove(self.path(stale))
        url = area if area.startswith("/") else "/exchange/" + area
        done = subprocess.run(words + list(more) + [f"https://127.0.0.1:{self.other.port}{url}"], capture_output=True, text=True)
        status, _, content_type = done.stdout.partition("\n")
        answer = b""
        if os.path.exists(self.path("answer")):
            with open(self.path("answer"), "rb") as f:
                answer = f.read()
        self.curl_error = done.stderr
        return int(status or 0), content_type, answer

    def receipt(self, content_type, body):
        """The verified report of a receipt, as text; openssl checks the signature against the other's root."""
        with open(self.path("receipt"), "wb") as f:
            f.write(b"MIME-Version: 1.0\r\nContent-Type: " + content_type.encode() + b"\r\n\r\n" + body)
        return openssl("cms", "-verify", "-in", self.path("receipt"), "-CAfile", self.path("other-root.pem"), "-signer",
                       self.path("signer.pem")).decode()

    def open(self, sealed, recipient="encrypt"):
        """What a gateway sent us: the signed part, verified, with openssl alone (which must not split it: it rewrites line ends)."""
        with open(self.path("sealed"), "wb") as f:
            f.write(sealed)
        entity = openssl("cms", "-decrypt", "-binary", "-inform", "DER", "-in", self.path("sealed"), "-recip", self.path(recipient + ".pem"),
                         "-inkey", self.path(recipient + ".key"))
        head, _, body = entity.partition(b"\r\n\r\n")
        boundary = b"\r\n--" + re.search(rb'boundary="?([^";\r]+)', head).group(1)
        _, part, signature, end = (b"\r\n" + body).split(boundary)
        assert end.startswith(b"--")
        part = part.removeprefix(b"\r\n")
        for name, content in (("opened", part), ("opened.p7s", base64.b64decode(signature.partition(b"\r\n\r\n")[2]))):
            with open(self.path(name), "wb") as f:
                f.write(content)
        openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", self.path("opened.p7s"), "-content", self.path("opened"), "-CAfile",
                self.path("other-root.pem"), "-out", "/dev/null")
        return part

    def report(self, message_id, mic, disposition="processed", encode=None, said="received", **changes):
        """A receipt of our own making: (content type, body); `encode`: what its parts are encoded by, and that one's name."""
        fields = {"Reporting-UA": "peer", "Original-Recipient": f"rfc822; {self.id}", "Final-Recipient": f"rfc822; {self.id}",
                  "Original-Message-ID": f"<{message_id}>",
                  "Disposition": f"automatic-action/MDN-sent-automatically; {disposition}", "Received-Content-MIC": mic}
        fields.update({k.replace("_", "-"): v for k, v in changes.items()})
        text = "".join(f"{k}: {v}\r\n" for k, v in fields.items() if v is not None)
        inner = uuid.uuid4().hex
        transfer = f"Content-Transfer-Encoding: {encode[1]}\r\n" if encode else ""
        if encode:
            said, text = (encode[0](x.replace("\r\n", "\n").encode()).decode().replace("\n", "\r\n") for x in (said, text))
        part = (f'Content-Type: multipart/report; report-type=disposition-notification; boundary="{inner}"\r\n\r\n'
                f"--{inner}\r\nContent-Type: text/plain\r\n{transfer}\r\n{said}\r\n--{inner}\r\n"
                f"Content-Type: message/disposition-notification\r\n{transfer}\r\n{text}\r\n--{inner}--\r\n").encode()
        entity = self.signed(part, self.sign(part))
        head, _, body = entity.partition(b"\r\n\r\n")
        return head.decode().partition(": ")[2], body

    def serve(self, answer, curve=None):
        """An HTTPS server, of one curve if that is said: answer(peer, path, headers, body) -> (status, content type, body, (name, value)...)."""
        peer = self
        peer.requests, peer.clients = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                peer.requests.append((self.path, dict(self.headers), body))
                peer.clients.append(self.connection.getpeercert(True))
                status, content_type, out, *more = answer(peer, self.path, self.headers, body)
                self.send_response(status)
                for name, value in more:
                    self.send_header(name, value)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            def log_message(self, *args):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.path("tls.pem"), self.path("tls.key"))
        context.load_verify_locations(self.path("other-root.pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        if curve:
            context.set_ecdh_curve(curve)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def close(self):
        if getattr(self, "server", None):
            self.server.shutdown()
            self.server.server_close()
            self.server = None
