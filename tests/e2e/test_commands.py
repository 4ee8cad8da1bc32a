# SPDX-License-Identifier: Apache-2.0
"""Each command, as people and scripts use it."""
import json
import os
import signal
import stat
import subprocess

import pytest

from gateway import (AREAS, DONE, HOST, INPUT, LATE, OPENSSL, TRUST, USAGE, tieline, write)


def test_help_names_every_command():
    text = tieline("--help").stdout
    for command in ("init", "sheet", "partner", "serve", "send", "list", "show", "get", "receipt", "status", "version"):
        assert command in text
        assert "usage: tieline " + command in tieline(command, "--help").stdout


@pytest.mark.parametrize("words", [(), ("nonsense",), ("send",), ("send", "--nonsense"), ("list", "extra"),
                                   ("init", "--home"), ("partner", "frob", "--home", "/tmp")])
def test_wrong_words_are_usage_errors(words):
    result = tieline(*words, check=USAGE)
    assert result.stderr.startswith("tieline: ")


def test_version_names_what_is_linked():
    about = json.loads(tieline("version", "--json").stdout)
    assert about["tieline"]
    assert set(about["libraries"]) >= {"openssl", "libevent", "sqlite", "libcurl"}
    assert isinstance(about["post-quantum"], bool)


def test_init_makes_a_home_that_keeps_its_secrets(world):
    g = world.gateway("Utility", "007909411", "utility")
    assert stat.S_IMODE(os.stat(g.home + "/keys").st_mode) == 0o700
    for name in os.listdir(g.home + "/keys"):
        assert stat.S_IMODE(os.stat(f"{g.home}/keys/{name}").st_mode) == 0o600
    for use in ("tls", "sign", "encrypt"):
        subprocess.run([OPENSSL, "verify", "-CAfile", g.home + "/root.pem", f"{g.home}/{use}.pem"], check=True,
                       capture_output=True)


def test_init_refuses_an_existing_home(world):
    g = world.gateway("Utility", "007909411", "utility")
    result = tieline("init", "--home", g.home, "--name", "x", "--id", "1", "--role", "utility", "--listen",
                     "127.0.0.1:1", check=INPUT)
    assert "is there already" in result.stderr


@pytest.mark.parametrize("option,value", [("--role", "pirate"), ("--id", "blank behind "), ("--id", ""),
                                          ("--listen", "no-port"), ("--listen", "host:99999"), ("--url", "http://plain:1"),
                                          ("--url", "https://host:1/path")])
def test_init_refuses_what_would_not_serve(tmp_path, option, value):
    words = {"--home": tmp_path / "h", "--name": "x", "--id": "1", "--role": "utility", "--listen": "127.0.0.1:1"}
    words[option] = value
    result = tieline("init", *[w for pair in words.items() for w in pair], check=None)
    assert result.returncode in (USAGE, INPUT)
    assert os.listdir(tmp_path) == []


def test_the_home_comes_from_the_environment_too(world):
    g = world.gateway("Utility", "007909411", "utility")
    assert tieline("partner", "list", env={**os.environ, "TIELINE_HOME": g.home}).stdout.startswith("No partners")
    clean = {k: v for k, v in os.environ.items() if k != "TIELINE_HOME"}
    assert "TIELINE_HOME" in tieline("partner", "list", check=USAGE, env=clean).stderr


def test_a_sheet_is_readable_by_openssl(world):
    g = world.gateway("Utility", "007909411", "utility")
    shown = subprocess.run([OPENSSL, "cms", "-verify", "-inform", "PEM", "-in", g.sheet(), "-CAfile",
                            g.home + "/root.pem"], capture_output=True, check=True).stdout
    sheet = json.loads(shown)
    assert sheet["id"] == "007909411" and sheet["role"] == "utility"
    assert [c["use"] for c in sheet["certificates"]] == ["tls", "sign", "encrypt"]


def test_partner_add_needs_the_right_fingerprint(world):
    u = world.gateway("Utility", "007909411", "utility")
    a = world.gateway("Aggregator", "829517388", "aggregator")
    wrong = u.run("partner", "add", a.sheet(), "--fingerprint", u.fingerprint(), check=TRUST)
    assert "do not use this sheet" in wrong.stderr
    alone = u.run("partner", "add", a.sheet(), check=TRUST, stdin="")
    assert "--fingerprint" in alone.stderr
    u.run("partner", "add", a.sheet(), "--fingerprint", "12", check=TRUST)
    u.run("partner", "add", a.sheet(), "--fingerprint", "zz", check=INPUT)
    assert u.json("partner", "list") == []
    u.knows(a)
    assert [p["id"] for p in u.json("partner", "list")] == [a.id]


def test_partner_add_refuses_its_own_and_tampered_sheets(world, tmp_path):
    u = world.gateway("Utility", "007909411", "utility")
    a = world.gateway("Aggregator", "829517388", "aggregator")
    u.run("partner", "add", u.sheet(), "--fingerprint", u.fingerprint(), check=INPUT)
    lines = open(a.sheet()).read().splitlines()
    middle = len(lines) // 2
    lines[middle] = lines[middle][::-1]
    broken = write(tmp_path / "broken", "\n".join(lines).encode())
    result = u.run("partner", "add", broken, "--fingerprint", a.fingerprint(), check=None)
    assert result.returncode in (INPUT, TRUST)
    u.run("partner", "add", tmp_path / "missing", "--fingerprint", a.fingerprint(), check=INPUT)


def test_partner_show_and_remove(world):
    u, a = world.pair()
    assert a.name in u.run("partner", "show", a.id).stdout
    assert u.run("partner", "show", a.id, "--pem").stdout.count("BEGIN CERTIFICATE") == 4
    u.run("partner", "remove", a.id)
    assert u.json("partner", "list") == []
    u.run("partner", "remove", a.id, check=INPUT)
    u.run("partner", "show", a.id, check=INPUT)


def test_a_second_sheet_of_the_same_root_keeps_the_agreement(world):
    u = world.gateway("Utility", "007909411", "utility")
    a = world.gateway("Aggregator", "829517388", "aggregator")
    u.knows(a, "--areas", "billing")
    assert u.json("partner", "show", a.id)["send"] == ["billing"]
    u.run("partner", "add", a.sheet(), stdin="")
    assert u.json("partner", "show", a.id)["send"] == ["billing"]


def test_commands_say_that_no_gateway_runs(world, tmp_path):
    u, a = world.pair()
    path = write(tmp_path / "d", b"x")
    for words in (("list",), ("status",), ("show", "a@b"), ("get", "a@b"), ("send", "--to", a.id, "--area", "billing", path)):
        assert "tieline serve" in u.run(*words, check=HOST).stderr


def test_send_list_show_get_receipt(shared_pair, tmp_path):
    u, a = shared_pair
    path = write(tmp_path / "invoice.json", b'{"amount": 1}')
    message_id = u.send_id(a, "billing", path, "--wait")
    sent, received = u.show(message_id), a.show(message_id)
    assert sent["state"] == "delivered" and received["state"] == "received"
    assert sent["sha256"] == received["sha256"] and sent["mic"] == received["mic"]
    assert received["media-type"] == "application/json" and received["filename"] == "invoice.json"
    assert [e["what"] for e in sent["events"]][0] == "submitted"
    assert a.document(message_id) == b'{"amount": 1}' == u.document(message_id)
    assert message_id in u.run("list", "--outbox").stdout
    assert message_id in a.run("list", "--inbox", "--area", "billing").stdout
    assert message_id not in a.run("list", "--inbox", "--area", "outage").stdout
    assert message_id in u.run("list", "--state", "delivered").stdout
    out = tmp_path / "receipt"
    u.run("receipt", message_id, "-o", out)
    verified = subprocess.run([OPENSSL, "cms", "-verify", "-in", out, "-CAfile", u.root_of(a)], capture_output=True)
    assert verified.returncode == 0, verified.stderr
    assert b"Disposition: automatic-action/MDN-sent-automatically; processed" in verified.stdout
    assert message_id.encode() in verified.stdout


def test_send_reads_standard_input_and_takes_an_id(shared_pair):
    u, a = shared_pair
    sent = u.run("send", "--to", a.id, "--area", "outage", "--type", "text/plain", "--id", "<hand-made@test>", "--wait",
                 "-", stdin="from a pipe")
    assert sent.stdout.strip() == "hand-made@test"
    assert a.document("hand-made@test") == b"from a pipe"
    again = u.run("send", "--to", a.id, "--area", "outage", "--type", "text/plain", "--id", "hand-made@test", "-",
                  stdin="from a pipe")
    assert "already submitted" in again.stderr
    other = u.run("send", "--to", a.id, "--area", "outage", "--id", "hand-made@test", "-", stdin="other content",
                  check=INPUT)
    assert "message.id.taken" in other.stderr
    assert len([m for m in a.inbox() if m["message-id"] == "hand-made@test"]) == 1


@pytest.mark.parametrize("words,code", [
    (("--to", "nobody", "--area", "billing"), INPUT),
    (("--to", "829517388", "--area", "gossip"), INPUT),
    (("--to", "829517388", "--area", "billing", "--type", "not a type"), INPUT),
    (("--to", "829517388", "--area", "billing", "--id", "with blank"), INPUT),
    (("--to", "829517388", "--area", "billing", "--deadline", "soon"), INPUT),
    (("--to", "829517388"), USAGE),
])
def test_send_refuses(shared_pair, tmp_path, words, code):
    u, _ = shared_pair
    u.run("send", *words, write(tmp_path / "d", b"x"), check=code)


def test_what_the_agreement_does_not_let_us_send_is_not_queued(world, tmp_path):
    u, a = world.gateway("Utility", "007909411", "utility"), world.gateway("Aggregator", "829517388", "aggregator")
    u.knows(a, "--areas", "billing")
    u.start()
    refused = u.send(a, "outage", write(tmp_path / "d", b"x"), check=TRUST)
    assert "agreement.area" in refused.stderr
    assert u.outbox() == []
    u.send(a, "billing", write(tmp_path / "d", b"x"))


def test_send_waits_no_longer_than_told(world, tmp_path):
    u, a = world.pair()
    u.start()
    path = write(tmp_path / "d", b"x")
    result = u.send(a, "billing", path, "--wait", "1s", check=LATE)
    assert "goes on trying" in result.stderr


def test_unknown_messages(shared_pair):
    u, _ = shared_pair
    for command in ("show", "get", "receipt"):
        u.run(command, "nothing@here", check=INPUT)


def test_status_shows_the_house(shared_pair):
    u, a = shared_pair
    status = u.json("status")
    roles = {p["role"] for p in status["processes"]}
    assert roles == {"edge", "envelope", "keyholder", "ledger", "courier", "desk"}
    assert [p["id"] for p in status["partners"]] == [a.id]
    assert all(c["days"] > 300 for c in status["certificates"])
    assert {c["use"] for c in status["certificates"] if c["party"] == u.id} == {"root", "tls", "sign", "encrypt"}
    assert "keyholder" in u.run("status").stdout


@pytest.mark.parametrize("area", AREAS)
def test_every_area_both_ways(shared_pair, tmp_path, area):
    for one, other in (shared_pair, shared_pair[::-1]):
        path = write(tmp_path / "d", os.urandom(2048))
        message_id = one.send_id(other, area, path, "--wait")
        assert other.show(message_id)["area"] == area
        assert other.document(message_id) == open(path, "rb").read()


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 200000, pytest.param(64 << 20, marks=pytest.mark.slow)])
def test_documents_of_every_size(shared_pair, tmp_path, size):
    u, a = shared_pair
    content = os.urandom(size)
    message_id = u.send_id(a, "billing", write(tmp_path / "d", content), "--wait")
    assert a.document(message_id) == content
    assert u.document(message_id) == content
    assert a.show(message_id)["size"] == size


@pytest.mark.parametrize("name", ["with blank", 'quote"s', "semi;colon", "back\\slash", "ümläut-Ω-電力", "-dash", "%2e%2e", "a" * 200,
                                  "line\nbreak", "..."])
def test_file_names_travel_as_data(shared_pair, tmp_path, name):
    u, a = shared_pair
    os.makedirs(tmp_path / "in")
    path = write(tmp_path / "in" / name, b"content")
    message_id = u.send_id(a, "billing", path, "--wait")
    assert a.document(message_id) == b"content"
    if "\n" not in name and "\\" not in name:
        assert a.show(message_id)["filename"] == name


def test_content_that_looks_like_mime_is_not_touched(shared_pair, tmp_path):
    u, a = shared_pair
    for content in (b"\r\n--boundary\r\n", b"\n", b"\r", b"\r\n", b"Content-Type: text/plain\r\n\r\nx", b"\0" * 3):
        message_id = u.send_id(a, "billing", write(tmp_path / "d", content), "--wait")
        assert a.document(message_id) == content


@pytest.mark.parametrize("algorithms", ["rsa-sign, rsa-oaep", "rsa-sign, rsa-v15", "rsa-sign, rsa-oaep, aes-cbc"])
def test_rsa_partners_work_when_agreed(world, tmp_path, algorithms):
    u = world.gateway("Utility", "007909411", "utility")
    a = world.gateway("Aggregator", "829517388", "aggregator", keys="rsa")
    u.knows(a)
    a.knows(u)
    u.start()
    a.start()
    path = write(tmp_path / "d", b"x")
    refused = u.send(a, "billing", path, check=TRUST)
    assert "sealing.algorithm" in refused.stderr
    for one, other in ((u, a), (a, u)):
        agreement = f"{one.home}/partners/{other.id}/agreement.yaml"
        with open(agreement) as f:
            lines = [line for line in f.read().splitlines() if not line.startswith("algorithms")]
        with open(agreement, "w") as f:
            f.write("\n".join(lines) + f"\nalgorithms: [ {algorithms} ]\n")
        at = one.mark()
        os.kill(one.process.pid, signal.SIGHUP)
        one.wait_log("reloaded", at)
    for one, other in ((u, a), (a, u)):
        message_id = one.send_id(other, "billing", path, "--wait")
        assert other.document(message_id) == b"x"


@pytest.mark.parametrize("words,code", [
    (["--for", "PEER", "--name", "Peer", "--url", "https://127.0.0.1:9"], "sheet.certificate"),
    (["--for", "PEER", "--name", "Peer", "--url", "http://127.0.0.1:9"], "url.syntax"),
    (["--for", "PEER", "--name", "Peer", "--url", "https://127.0.0.1:9", "chess=x.pem"], "sheet.certificate"),
    (["--for", "PEER", "--name", "Peer", "--url", "https://127.0.0.1:9", "tls=/nonexistent"], "file.missing"),
    (["--for", "", "--name", "Peer", "--url", "https://127.0.0.1:9"], "party.id"),
])
def test_a_sheet_for_a_partner_must_be_whole(world, words, code):
    gateway = world.gateway("Utility", "007909411", "utility")
    assert code in gateway.run("sheet", *words, check=INPUT).stderr


def test_a_sheet_for_a_partner_is_vouched_for_by_us(world):
    utility = world.gateway("Utility", "007909411", "utility")
    other = world.gateway("Other", "829517388", "aggregator")
    path = utility.home + ".foreign"
    utility.run("sheet", "--for", "PEER", "--name", "Peer", "--url", "https://127.0.0.1:9", "-o", path,
                *(f"{use}={other.home}/{use}.pem" for use in ("tls", "sign", "encrypt")))
    utility.run("partner", "add", path, "--fingerprint", other.fingerprint(), check=TRUST)
    utility.run("partner", "add", path, "--fingerprint", utility.fingerprint())
    with open(f"{utility.home}/partners/PEER/agreement.yaml") as f:
        assert "marked: false" in f.read()


def test_a_file_of_its_name_does_not_hide_a_message(pair, tmp_path, monkeypatch):
    u, a = pair
    message = u.send_id(a, "outage", write(tmp_path / "d.bin", b"no document of ours"), "--wait")
    monkeypatch.chdir(tmp_path)
    u.run("get", message, "-o", message)
    assert "delivered" in u.run("show", message).stdout
    assert u.json("show", message)["message-id"] == message
    assert "delivered" in u.run("show", message, "--outbox").stdout
    # What is no message is the file; and what is asked of a message is not answered with a file.
    tieline("new", "dispute", "-o", "d.json")
    assert "dispute" in u.run("show", "d.json").stdout
    assert "without --json" in u.run("show", "d.json", "--json", check=INPUT).stderr
    assert "without --json" in u.run("show", "d.json", "--outbox", check=INPUT).stderr
    u.run("show", "d.json", "--reveal", "--json", check=USAGE)


def test_init_says_what_a_shell_takes(tmp_path):
    for name, said in (("plain", "{}"), ("with blanks", "'{}'"), ("it's", None)):
        home = tmp_path / name
        out = tieline("init", "--home", home, "--name", "x", "--id", "1", "--role", "utility",
                      "--listen", "127.0.0.1:1").stdout
        command = out.split("`")[1]
        assert said is None or f"--home {said.format(home)} -o" in command
        assert subprocess.run(["sh", "-c", "printf %s " + command.split("--home ")[1].split(" -o FILE")[0]],
                              capture_output=True, text=True, check=True).stdout == str(home)
