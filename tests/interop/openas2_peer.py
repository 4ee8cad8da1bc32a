# SPDX-License-Identifier: Apache-2.0
"""A partner that runs OpenAS2 as its users do: config.xml, partnerships.xml, a key store, a directory whose files it sends.

It shows no TLS certificate, posts everything to /as2, and has one certificate for all it does.  AS2 names with blanks
do not work with it: it finds no partner of a receipt whose AS2-To is quoted, and it puts them into its Message-IDs.
"""
import base64
import glob
import json
import os
import shutil
import subprocess
import threading

from gateway import LIMIT, OPENSSL, free_port, wait_until, write

PASSWORD = "testas2"

CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<openas2>
   <properties as2_message_id_format="OPENAS2-$date.ddMMyyyyHHmmssZ$-$rand.UUID$@$msg.sender.as2_id$_$msg.receiver.as2_id$"/>
   <certificates classname="org.openas2.cert.PKCS12CertificateFactory" filename="%home%/as2_certs.p12" password="{password}" interval="300"/>
   <partnerships classname="org.openas2.partner.XMLPartnershipFactory" filename="%home%/partnerships.xml" interval="120"/>
   <loggers><logger enabled="true" classname="org.openas2.logging.ConsoleLogger"/></loggers>
   <commands classname="org.openas2.cmd.XMLCommandRegistry" filename="%home%/commands.xml"/>
   <commandProcessors>
      <commandProcessor enabled="true" classname="org.openas2.cmd.processor.StreamCommandProcessor"/>
   </commandProcessors>
   <processor classname="org.openas2.processor.DefaultProcessor" pendingMDN="%home%/../data/pendingMDN" pendingMDNinfo="%home%/../data/pendinginfoMDN">
      <module enabled="true" classname="org.openas2.processor.sender.AS2SenderModule" retries="0"/>
      <module enabled="true" classname="org.openas2.processor.sender.MDNSenderModule" retries="0"/>
      <module enabled="true" classname="org.openas2.processor.receiver.AS2DirectoryPollingModule" outboxdir="%home%/../data/out" errordir="%home%/../data/error"
              sentdir="%home%/../data/sent" stored_sent_filename="$msg.attributes.filename$"
              stored_error_filename="$msg.attributes.filename$" interval="1"
              defaults="sender.as2_id={id}, receiver.as2_id={other}" sendfilename="true" mimetype="application/EDI-X12"/>
      <module enabled="true" classname="org.openas2.processor.storage.MDNFileModule" protocol="as2" tempdir="%home%/../data/temp"
              filename="%home%/../data/mdn/$mdn.msg.headers.message-id$"/>
      <module enabled="true" classname="org.openas2.processor.storage.MessageFileModule" protocol="as2" tempdir="%home%/../data/temp"
              filename="%home%/../data/inbox/$msg.headers.message-id$"/>
      <module enabled="true" classname="org.openas2.processor.receiver.AS2ReceiverModule" address="127.0.0.1" port="{port}" protocol="https" ssl_protocol="TLS"
              ssl_keystore="%home%/ssl_certs.jks" ssl_keystore_password="{password}" errordir="%home%/../data/inbox-error"
              errorformat="sender.as2_id, receiver.as2_id, headers.message-id"/>
      <module enabled="true" classname="org.openas2.processor.receiver.AS2MDNReceiverModule" address="127.0.0.1" port="{mdn_port}" protocol="https"
              ssl_protocol="TLS" ssl_keystore="%home%/ssl_certs.jks" ssl_keystore_password="{password}"/>
   </processor>
</openas2>
"""
COMMANDS = """<commands><multicommand name="partnership" description="Partnership commands">
<command classname="org.openas2.app.partner.AddPartnershipCommand"/>
<command classname="org.openas2.app.partner.DeletePartnershipCommand"/></multicommand></commands>
"""
PARTNERSHIPS = """<partnerships>
   <partner name="us" as2_id="{id}" x509_alias="openas2" email="as2@openas2.example"/>
   <partner name="them" as2_id="{other}" x509_alias="{alias}" email="as2@other.example"/>
   <partnership name="us-to-them"><sender name="us"/><receiver name="them"/></partnership>
   <partnership name="them-to-us"><sender name="them"/><receiver name="us"/></partnership>
</partnerships>
"""
MDN_SIGNED = "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha256"


def run(*words):
    return subprocess.run([str(w) for w in words], check=True, capture_output=True).stdout


def use_one_certificate(gateway):
    """OpenAS2 knows one certificate of a partner: what it seals to must be what signs."""
    def at(*names):
        return os.path.join(gateway.home, *names)

    write(at("both.ext"), b"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n")
    run(OPENSSL, "req", "-new", "-key", at("keys", "sign.key"), "-subj", "/CN=both", "-out", at("both.csr"))
    run(OPENSSL, "x509", "-req", "-in", at("both.csr"), "-CA", at("root.pem"), "-CAkey", at("keys", "root.key"), "-days", 100, "-sha256", "-extfile",
        at("both.ext"), "-out", at("sign.pem"))
    for source, to in (("sign.pem", "encrypt.pem"), ("keys/sign.key", "keys/encrypt.key")):
        shutil.copyfile(at(source), at(to))


class OpenAs2:
    def __init__(self, lib, directory, gateway):
        self.gateway, self.id, self.port, self.mdn_port = gateway, "OPENAS2", free_port(), free_port()
        self.dir = os.path.join(directory, "openas2")
        os.makedirs(self.path("config"))
        os.makedirs(self.path("data/out"))
        self._keys()
        write(self.path("config/config.xml"), CONFIG.format(id=self.id, other=gateway.id, port=self.port, mdn_port=self.mdn_port, password=PASSWORD).encode())
        write(self.path("config/commands.xml"), COMMANDS.encode())
        write(self.path("config/partnerships.xml"), PARTNERSHIPS.format(id=self.id, other=gateway.id, alias=getattr(gateway, "alias", "other-sign")).encode())
        # In the order of their names, as its start script has them: in another, two libraries for MIME types mix
        # ("no object DCH for MIME type multipart/report"), and it can write no unsigned receipt.
        libraries = ":".join(sorted(glob.glob(os.path.join(lib, "*.jar"))))
        self.said, self._heard = b"", threading.Condition()
        self.process = subprocess.Popen(
            ["java", "-Xmx3g", "-Dorg.apache.commons.logging.Log=org.openas2.logging.Log",
             f"-Dopenas2.config.file={self.path('config/config.xml')}", f"-Djavax.net.ssl.trustStore={self.path('trust.p12')}",
             f"-Djavax.net.ssl.trustStorePassword={PASSWORD}", "-cp", libraries, "org.openas2.app.OpenAS2Server"],
            cwd=self.dir, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self._listen, daemon=True).start()
        self.wait(b" started.")

    def path(self, name):
        return os.path.join(self.dir, name)

    # --- keys ---

    def _keys(self):
        for name in ("openas2", "tls"):
            run(OPENSSL, "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-sha256", "-days", 100, "-subj", f"/CN={name}", "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", self.path(name + ".key"), "-out", self.path(name + ".crt"))
            run(OPENSSL, "pkcs12", "-export", "-name", name, "-inkey", self.path(name + ".key"), "-in", self.path(name + ".crt"), "-out",
                self.path(name + ".p12"), "-passout", "pass:" + PASSWORD)
        self._import("openas2.p12", "config/as2_certs.p12")
        self._import("tls.p12", "config/ssl_certs.jks")
        sheet = json.loads(run(OPENSSL, "cms", "-verify", "-inform", "PEM", "-in", self.gateway.sheet(), "-noverify"))
        for cert in sheet["certificates"]:
            self._trust("other-" + cert["use"], write(self.path(cert["use"] + ".der"), base64.b64decode(cert["der"])), "config/as2_certs.p12")
        self._trust("root", self.gateway.home + "/root.pem", "trust.p12")

    def _keytool(self, *words):
        run("keytool", "-J-Dkeystore.pkcs12.legacy", "-noprompt", *words)

    def _import(self, source, to):
        self._keytool("-importkeystore", "-srckeystore", self.path(source), "-srcstoretype", "PKCS12", "-srcstorepass", PASSWORD, "-destkeystore",
                      self.path(to), "-deststoretype", "PKCS12" if to.endswith("p12") else "JKS", "-deststorepass", PASSWORD)

    def _trust(self, alias, file, store):
        self._keytool("-importcert", "-alias", alias, "-file", file, "-keystore", self.path(store), "-storetype", "PKCS12", "-storepass", PASSWORD)

    # --- what it says ---

    def _listen(self):
        while piece := self.process.stdout.read1(65536):
            with self._heard:
                self.said += piece
                self._heard.notify_all()
        with self._heard:
            self._heard.notify_all()

    def wait(self, words, since=0):
        with self._heard:
            assert self._heard.wait_for(lambda: words in self.said[since:] or self.process.poll() is not None, 3 * LIMIT) and \
                words in self.said[since:], self.said[-4000:].decode(errors="replace")

    # --- its partnership with us ---

    def command(self, words):
        since = len(self.said)
        self.process.stdin.write(words.encode() + b"\n")
        self.process.stdin.flush()
        self.wait(b"#>", since)
        return self.said[since:]

    def agree(self, **terms):
        words = {"protocol": "as2", "content_transfer_encoding": "binary", "subject": "from OpenAS2", "resend_max_retries": "0",
                 "as2_url": f"https://127.0.0.1:{self.gateway.port}/as2", "as2_mdn_options": "none",
                 "prevent_canonicalization_for_mic": "true", **terms}
        self.command("partnership delete us-to-them")
        answer = self.command("partnership add us-to-them us them " +
                     " ".join(f'"{key}={value}"' for key, value in words.items() if value is not None))
        assert b"Error" not in answer, answer.decode(errors="replace")

    # --- messages ---

    def send(self, name, content, receipt=True):
        """Where the file has gone: "sent" (with a good receipt, if it wants one) or "error"."""
        since = len(self.said)
        write(self.path("data/" + name), content)
        os.rename(self.path("data/" + name), self.path("data/out/" + name))
        if not receipt:  # then the file stays where it is
            self.wait(b"Message sent and response received", since)
            return "sent"
        return wait_until(lambda: next((place for place in ("sent", "error") if os.path.exists(self.path(f"data/{place}/{name}"))), None),
                          3 * LIMIT)

    def received(self, message):
        with open(self.path("data/inbox/" + message), "rb") as f:
            return f.read()

    def close(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(LIMIT)
