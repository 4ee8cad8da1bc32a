# SPDX-License-Identifier: Apache-2.0
"""A partner that runs pyas2-lib, as its users do: a script around as2.Message and as2.Mdn.

Run by the interpreter that has the library, with a JSON file that says who is who.  Serves HTTPS on
a port of its own; each line of standard input is a message to send, each line of output what came
of it, both JSON.
"""
import http.client
import http.server
import json
import queue
import ssl
import sys
import threading

import oscrypto

with open(sys.argv[1]) as f:
    C = json.load(f)
if C.get("libcrypto"):  # oscrypto knows no OpenSSL whose version has two digits in a place
    oscrypto.use_openssl(C["libcrypto"], C["libssl"])

from pyas2lib import as2  # noqa: E402


def read(path):
    with open(path, "rb") as file:
        return file.read()


US = as2.Organization(as2_name=C["id"], sign_key=read(C["sign"]), sign_key_pass="", decrypt_key=read(C["encrypt"]),
                      decrypt_key_pass="", domain="pyas2.example", mdn_url=f"https://127.0.0.1:{C['port']}/mdn")
LATER = queue.Queue()  # receipts that came by themselves, as they came


def them(**terms):
    return as2.Partner(as2_name=C["other"], verify_cert=read(C["other_sign"]), encrypt_cert=read(C["other_encrypt"]),
                       validate_certs=False, canonicalize_as_binary=True, **terms)


def raw(headers, body):
    return "".join(f"{k}: {v}\r\n" for k, v in headers.items()).encode() + b"\r\n" + body


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/mdn":
            LATER.put((dict(self.headers), body))
            self.answer(200, {}, b"")
            return
        message = as2.Message()
        status, (exception, _), mdn = message.parse(raw(self.headers, body), find_org_cb=lambda _: US,
                                                    find_partner_cb=lambda _: them())
        with open(C["received"], "wb") as out:
            out.write(message.content if status == "processed" else repr(exception).encode())
        if mdn and mdn.mdn_mode == "ASYNC":
            self.answer(204, {}, b"")
            post("/receipt", one_line(mdn.headers), mdn.content)
        elif mdn:
            self.answer(200, mdn.headers, mdn.content)
        else:
            self.answer(200, {}, b"")


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", C["port"]), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(C["tls_cert"], C["tls_key"])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def one_line(headers):
    return {k: v.replace("\r\n", "").replace("\n", "") for k, v in headers.items()}


def post(path, headers, body):
    context = ssl.create_default_context(cafile=C["other_root"])
    context.load_cert_chain(C["tls_cert"], C["tls_key"])
    connection = http.client.HTTPSConnection("127.0.0.1", C["other_port"], context=context, timeout=300)
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    return response.status, dict(response.getheaders()), response.read()


def send(order):
    message = as2.Message(US, them(**order["terms"]))
    message.build(read(order["file"]), filename=order.get("filename", "order.edi"), content_type=order["type"])
    status, headers, body = post("/exchange/" + order["area"], one_line(message.headers), message.content)
    result = {"message-id": message.message_id, "http": status}
    if order["terms"].get("mdn_mode") == "ASYNC":
        headers, body = LATER.get(timeout=60)
    if order["terms"].get("mdn_mode"):
        mdn = as2.Mdn()
        result["mdn"], result["detail"] = mdn.parse(raw(headers, body), find_message_cb=lambda *_: message)
        result["mic"] = (message.mic or b"").decode()
        result["content-type"] = headers.get("Content-Type", "")
    return result


serve()
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    try:
        outcome = send(json.loads(line))
    except Exception as e:  # noqa: BLE001
        outcome = {"error": repr(e)}
    print(json.dumps(outcome), flush=True)
