# SPDX-License-Identifier: Apache-2.0
"""A sender and a receiver that run pyas2-lib as its users do, a script each around as2.Message and as2.Mdn.

    pyas2_exchange.py KEY CERTIFICATE COUNT BYTES LIBCRYPTO LIBSSL

Run by the interpreter that has the library, where they may write.  Over TLS, on one connection that lasts; what arrived, and its
receipt, is on disk before it counts.  Prints how many seconds COUNT documents took.
"""
import http.client
import http.server
import os
import ssl
import sys
import time

import oscrypto

oscrypto.use_openssl(sys.argv[5], sys.argv[6])

from pyas2lib import as2  # noqa: E402

KEY, CERTIFICATE, COUNT, DOCUMENT = sys.argv[1], sys.argv[2], int(sys.argv[3]), b"x" * int(sys.argv[4])


def read(path):
    with open(path, "rb") as file:
        return file.read()


US = as2.Organization(as2_name="us", sign_key=read(KEY), sign_key_pass="", decrypt_key=read(KEY), decrypt_key_pass="")
THEM = as2.Partner(as2_name="us", verify_cert=read(CERTIFICATE), encrypt_cert=read(CERTIFICATE), validate_certs=False, sign=True,
                   digest_alg="sha256", encrypt=True, enc_alg="aes_256_cbc", mdn_mode="SYNC", mdn_digest_alg="sha256")


def raw(headers, body):
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n" + body


def keep(name, content):
    with open(name, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a receipt in one piece
    received = 0

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message = as2.Message()
        status, detail, receipt = message.parse(raw(self.headers, body), find_org_cb=lambda _: US, find_partner_cb=lambda _: THEM,
                                                find_message_cb=lambda *_: False)
        assert status == "processed", detail
        Receiver.received += 1
        keep(f"document-{os.getpid()}-{Receiver.received}", message.content)
        self.send_response(200)
        for name, value in receipt.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(receipt.content)))
        self.end_headers()
        self.wfile.write(receipt.content)


def serve(server):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_request()  # one connection, to its end


def send(port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = http.client.HTTPSConnection("127.0.0.1", port, context=context)
    for number in range(COUNT):
        message = as2.Message(US, THEM)
        message.build(DOCUMENT, subject="billing", content_type="application/edi-x12")
        line.request("POST", "/", message.content, message.headers)
        answer = line.getresponse()
        receipt = as2.Mdn()
        status, detail = receipt.parse(raw(dict(answer.getheaders()), answer.read()), find_message_cb=lambda *_: message)
        assert status == "processed", detail
        keep(f"receipt-{os.getpid()}-{number}", receipt.content)
    line.close()


def main():
    server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    child = os.fork()
    if child == 0:
        serve(server)
        os._exit(0)
    began = time.monotonic()
    send(server.server_port)
    print(time.monotonic() - began)
    assert os.waitpid(child, 0)[1] == 0


main()
