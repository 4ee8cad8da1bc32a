# SPDX-License-Identifier: Apache-2.0
"""A partner that runs django-pyas2 as its users do: a Django project with an SQLite file, its commands, TLS before it.

Run by the interpreter that has the library, with a JSON file that says who is who.  Each line of standard input is
an order, each line of output what came of it, both JSON:
    {"partner": {...}}               changes fields of the partner, as the administration's form does
    {"send": file}                   manage.py sendas2message; answers with the message as the database has it
    {"look": message-id}             the message as the database has it
    {"receipts": true}               manage.py manageas2server --async-mdns, that its users have in their crontab
"""
import io
import json
import os
import re
import socketserver
import ssl
import sys
import threading
import wsgiref.simple_server

with open(sys.argv[1]) as f:
    C = json.load(f)

# What django-admin startproject writes, with what the package's manual adds to it.
SETTINGS = """
import os
import oscrypto
if {libcrypto!r}:  # it knows no OpenSSL whose version has two digits in a place
    oscrypto.use_openssl({libcrypto!r}, {libssl!r})
BASE_DIR = {home!r}
SECRET_KEY = "of a test on loopback"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                  "django.contrib.messages", "django.contrib.staticfiles", "pyas2"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
              "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
              "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
              "django.middleware.clickjacking.XFrameOptionsMiddleware"]
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {{"context_processors": [
    "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages"]}}}}]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(BASE_DIR, "db.sqlite3"), "OPTIONS": {{"timeout": 20}}}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
MEDIA_ROOT = os.path.join(BASE_DIR, "data")
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # Django's own limit, 2.5 MB, is below what partners send
PYAS2 = {{"MDN_URL": {url!r}}}  # not DATA_DIR: Django refuses the absolute file names that it makes of it
"""
URLS = """
from django.contrib import admin
from django.urls import include, path
urlpatterns = [path("admin/", admin.site.urls), path("pyas2/", include("pyas2.urls"))]
"""
WSGI = """
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""


def start_project():
    package, data = os.path.join(C["home"], "project"), os.path.join(C["home"], "data")
    for directory in (package, data):
        os.makedirs(directory)
    texts = {"__init__": "", "settings": SETTINGS.format(**C), "urls": URLS, "wsgi": WSGI}
    for name, text in texts.items():
        with open(os.path.join(package, name + ".py"), "w") as out:
            out.write(text)
    sys.path.insert(0, C["home"])
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    os.environ["REQUESTS_CA_BUNDLE"] = C["other_root"]
    os.environ["NO_PROXY"] = "127.0.0.1"


start_project()
from django.core.management import call_command  # noqa: E402
from project.wsgi import application  # noqa: E402
from pyas2 import models  # noqa: E402


def command(*words):
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=out)
    return out.getvalue()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def introduce():
    """What its users fill into the forms of its administration."""
    def key(use):
        return models.PrivateKey.objects.create(name=use, key=read(C[use]), key_pass=C["password"])

    def certificate(use):
        return models.PublicCertificate.objects.create(name=use, certificate=read(C[use]), certificate_ca=read(C["other_root"]))

    models.Organization.objects.create(name="us", as2_name=C["id"], email_address="as2@django.example", encryption_key=key("encrypt"),
                                       signature_key=key("sign"))
    models.Partner.objects.create(name="them", as2_name=C["other"], target_url=f"https://127.0.0.1:{C['other_port']}/as2",
                                  encryption_cert=certificate("other_encrypt"), signature_cert=certificate("other_sign"))


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def get_request(self):
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address


class Handler(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


def serve():
    Server.context.load_cert_chain(C["tls_cert"], C["tls_key"])
    server = wsgiref.simple_server.make_server("127.0.0.1", C["port"], application, Server, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def disposition(receipt):
    found = re.search(rb"(?im)^disposition:[^;]*; *(.*?)\r?$", read(receipt.payload.path))
    return found and found[1].decode()


def shown(message):
    receipt = models.Mdn.objects.filter(message=message).exclude(payload="").first()
    return {"message-id": message.message_id, "status": message.status, "detail": message.detailed_status,
            "receipt": receipt and {"status": receipt.status, "signed": receipt.signed, "disposition": disposition(receipt)}}


def send(file):
    command("sendas2message", C["id"], C["other"], file)
    return shown(models.Message.objects.filter(direction="OUT").latest("id"))


def look(message):
    found = models.Message.objects.filter(message_id=message).first()
    return shown(found) if found else {"receipt": None}


def change(fields):
    models.Partner.objects.filter(as2_name=C["other"]).update(**fields)
    return {}


def send_receipts(_):
    return {"said": command("manageas2server", "--async-mdns")}


ORDERS = {"partner": change, "send": send, "look": look, "receipts": send_receipts}


def obey(line):
    (word, value), = json.loads(line).items()
    try:
        return ORDERS[word](value)
    except Exception as e:  # noqa: BLE001
        return {"error": repr(e)}


command("migrate", "--verbosity", "0")
introduce()
serve()
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    print(json.dumps(obey(line)), flush=True)
