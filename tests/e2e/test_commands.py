# SPDX-License-Identifier: Apache-2.0
"""Each command, as people and scripts use it."""
import json
import os
import re
import signal
import stat
import subprocess

import pytest

from gateway import (AREAS, DONE, HOST, INPUT, LATE, LIMIT, OPENSSL, TIELINE, TRUST, USAGE, rewrite, settled, tieline,
                     wait_until, write)
from peer import openssl


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


def coded(result):
    """The fault code of what a command said last."""
    return re.search(r"^tieline: .* \(([a-z0-9-]+(?:\.[a-z0-9-]+)+)\)$", result.stderr.splitlines()[-1])[1]


def test_refusals_of_commands_have_a_fault_code(world, tmp_path):
    """So that a script can tell them apart: the text may change."""
    u = world.gateway("Utility", "007909411", "utility")
    a = world.gateway("Aggregator", "829517388", "aggregator")
    new = ("--home", tmp_path / "new", "--name", "x", "--id", "1", "--role", "utility", "--listen", "127.0.0.1:1")
    for words, status, code in (
            (("partner", "add", a.sheet(), "--fingerprint", u.fingerprint()), TRUST, "fingerprint.other"),
            (("partner", "add", a.sheet(), "--fingerprint", "12"), TRUST, "fingerprint.short"),
            (("partner", "add", a.sheet()), TRUST, "fingerprint.unconfirmed"),
            (("partner", "remove", "NOBODY"), INPUT, "partner.unknown"),
            (("risk", "NOBODY"), INPUT, "partner.unknown"),
            (("send", "--to", a.id, "--area", "billing", a.sheet()), HOST, "gateway.down")):
        assert coded(u.run(*words, check=status, stdin="")) == code
    for words, code in ((("init", *new, "--keys", "x"), "init.keys"), (("new", "nothing"), "schema.unknown"),
                        (("new", "availability", "nothing"), "schema.kind"), (("schema", "nothing"), "schema.unknown"),
                        (("x12", "guide", "print", "nothing"), "x12.guide.unknown")):
        assert coded(tieline(*words, check=INPUT)) == code


def test_a_gateway_that_does_not_start_has_a_fault_code(world, tmp_path):
    u = world.gateway("Utility", "007909411", "utility")
    other = world.gateway("Other", "1", "utility")
    rewrite(f"{other.home}/tieline.yaml", (r"^listen: .*$", f"listen: 127.0.0.1:{u.port}"))
    assert coded(tieline("serve", "--home", tmp_path / "none", check=HOST)) == "home.missing"
    u.start()
    assert coded(u.run("serve", check=HOST)) == "gateway.runs"
    assert coded(other.run("serve", check=HOST)) == "listen.port"
    rewrite(f"{other.home}/tieline.yaml", (r"^listen: .*$", "listen: no.such.host.invalid:1"))
    assert coded(other.run("serve", check=HOST)) == "listen.address"
    rewrite(f"{other.home}/tieline.yaml", (r"^listen: .*$", "listen: 127.0.0.1:1x"))
    assert coded(other.run("serve", check=HOST)).startswith("settings.")


def test_partner_show_and_remove(world):
    u, a = world.pair()
    assert a.name in u.run("partner", "show", a.id).stdout
    assert u.run("partner", "show", a.id, "--pem").stdout.count("BEGIN CERTIFICATE") == 4
    u.run("partner", "remove", a.id)
    assert u.json("partner", "list") == []
    u.run("partner", "remove", a.id, check=INPUT)
    u.run("partner", "show", a.id, check=INPUT)


def test_what_waits_for_a_partner_that_was_removed_goes_when_it_is_back(world, tmp_path):
    """By mistake, say: nothing is refused for good, and who removes it is told."""
    u, a = world.pair()
    u.start()
    bill = u.send_id(a, "billing", write(tmp_path / "bill", b"pay me"))
    u.send_id(a, "outage", write(tmp_path / "outage", b"dark"))
    removed = u.run("partner", "remove", a.id)
    assert "2 messages to it are not delivered" in removed.stderr
    assert "not delivered" not in u.run("partner", "remove", a.id, check=INPUT).stderr
    mark = u.mark()
    u.wait_log(r"delivery-held .*fault=agreement.none", mark)
    held = wait_until(lambda: [m for m in u.outbox() if m["fault"] and m["fault"]["code"] == "agreement.none"])
    assert all(m["state"] == "deferred" for m in held)
    a.start()
    u.knows(a)
    assert settled(u, bill)["state"] == "delivered"


def test_a_second_sheet_of_the_same_root_keeps_the_agreement(world):
    u = world.gateway("Utility", "007909411", "utility")
    a = world.gateway("Aggregator", "829517388", "aggregator")
    u.knows(a, "--areas", "billing")
    assert u.json("partner", "show", a.id)["send"] == ["billing"]
    u.run("partner", "add", a.sheet(), stdin="")
    assert u.json("partner", "show", a.id)["send"] == ["billing"]


def said(text):
    """The lines of YAML that are not comments, but for the fingerprint's, which is each partner's own."""
    return [line for line in text.splitlines() if line and line[0] != "#" and not line.startswith("fingerprint:")]


def test_a_new_agreement_is_the_one_that_the_manual_shows(world):
    """Key by key: what somebody reads there is what a new partner has."""
    u, a = world.pair()
    with open(os.path.join(os.path.dirname(__file__), "../../man/tieline.yaml.5")) as f:
        shown = f.read().split("Ql tieline partner add\nwrites it:\n")[1].split(".Bd -literal -offset indent\n")[1]
    with open(f"{u.home}/partners/{a.id}/agreement.yaml") as f:
        assert said(f.read()) == said(shown.split(".Ed\n")[0])


def test_a_renewed_sheet_leaves_the_agreement_to_the_letter(world):
    u, a = world.pair()
    path = f"{u.home}/partners/{a.id}/agreement.yaml"
    with open(path) as f:
        own = [line for line in f.read().splitlines() if line.startswith("fingerprint:")]
    ours = "# agreed with J. Doe, 2026-11-02\n" + own[0] + "\nareas: { billing: { send: true } } # no more\n"
    write(path, ours.encode())
    before = os.stat(path)
    u.run("partner", "add", a.sheet(), stdin="")
    with open(path) as f:
        assert f.read() == ours
    assert os.stat(path).st_ino == before.st_ino
    u.run("partner", "add", a.sheet(), "--areas", "outage", stdin="")
    assert u.json("partner", "show", a.id)["send"] == ["outage"]


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


def poured(gateway, to, area, most):
    """`send -` with up to `most` bytes at its standard input: the process, and how many it let us write."""
    send = subprocess.Popen([TIELINE, "send", "--home", gateway.home, "--to", to, "--area", area, "-"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    written = 0
    try:
        while written < most:
            written += os.write(send.stdin.fileno(), bytes(min(65536, most - written)))
    except BrokenPipeError:
        pass
    out, err = send.communicate(timeout=LIMIT)
    return send.returncode, written, out.decode(), err.decode()


def test_of_a_pipe_no_more_is_taken_than_is_agreed(world):
    """What is not allowed, or too large, is refused before it is copied: a pipe does not fill the ledger's disk."""
    u, a = world.pair()
    rewrite(f"{u.home}/partners/{a.id}/agreement.yaml",
            (r"billing: { send: true, receive: true, size: 64MiB }", "billing: { send: true, receive: true, size: 1MiB }"),
            (r"outage: { send: true", "outage: { send: false"))
    u.start()
    most, in_pipes = 32 << 20, 2 << 20
    for to, area, agreed, status, code in ((a.id, "billing", 1 << 20, INPUT, "agreement.size"),
                                           (a.id, "outage", 0, TRUST, "agreement.area"),
                                           ("NOBODY", "billing", 0, INPUT, "partner.unknown")):
        returned, written, _, said = poured(u, to, area, most)
        assert returned == status and code in said
        assert written < agreed + in_pipes
    assert u.outbox() == []
    returned, written, message_id, said = poured(u, a.id, "billing", 1 << 20)
    assert returned == DONE, said
    assert u.show(message_id.strip())["size"] == written == 1 << 20


def threads(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(next(line for line in f if line.startswith("Threads:")).split()[1])


def heard(number):
    """Whoever runs the tests may ignore it, as a shell does for what it puts into the background."""
    signal.signal(number, signal.SIG_DFL)


def sending(u, a, path, *options, begin):
    """A command that sends, and what it does before it is one."""
    return subprocess.Popen([TIELINE, "send", "--home", u.home, "--to", a.id, "--area", "billing", *options, path],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=begin)


def held_up(u, a, path, begin):
    """A command in the middle of its hand-over: the ledger, whose id is the second, does not go on."""
    ledger = u.processes()["ledger"][0]
    os.kill(ledger, signal.SIGSTOP)
    send = sending(u, a, path, begin=begin)
    wait_until(lambda: threads(send.pid) == 2)
    return send, ledger


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_ends_a_hand_over_learns_the_message_id(world, tmp_path, number):
    """It may have been taken: without its id, sending it again would be a second bill."""
    u, a = world.pair()
    u.start()
    path = write(tmp_path / "bill", b"pay me")
    send, ledger = held_up(u, a, path, lambda: heard(number))
    send.send_signal(number)
    out, err = send.communicate(timeout=LIMIT)
    os.kill(ledger, signal.SIGCONT)
    assert send.returncode == -number and out == "" and "interrupted" in err
    message_id = re.search(r"--id (\S+?),", err)[1]
    assert err.count(message_id) == 3
    u.send(a, "billing", path, "--id", message_id)
    assert [m["message-id"] for m in u.outbox()] == [message_id]


def test_who_ends_waiting_for_a_receipt_learns_the_message_id(world, tmp_path):
    u, a = world.pair()
    u.start()
    path = write(tmp_path / "bill", b"pay me")
    send = sending(u, a, path, "--json", "--wait", begin=lambda: heard(signal.SIGINT))
    sent = wait_until(u.outbox)[0]["message-id"]
    send.send_signal(signal.SIGINT)
    _, err = send.communicate(timeout=LIMIT)
    assert send.returncode == -signal.SIGINT and sent in err


def test_what_is_ignored_stays_so(world, tmp_path):
    """As under nohup(1)."""
    u, a = world.pair()
    u.start()
    path = write(tmp_path / "bill", b"pay me")
    send, ledger = held_up(u, a, path, lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    send.send_signal(signal.SIGHUP)
    os.kill(ledger, signal.SIGCONT)
    out, err = send.communicate(timeout=LIMIT)
    assert send.returncode == DONE and err == "" and out.strip() == u.outbox()[0]["message-id"]


def closed(*words, how):
    """A command whose standard descriptors the shell has closed."""
    return subprocess.run(["sh", "-c", 'exec "$@" ' + how, "sh", TIELINE, *map(str, words)], capture_output=True, text=True,
                          timeout=LIMIT)


def test_closed_standard_descriptors_are_nobody_elses(world, tmp_path):
    """The desk's connection is not read as the document, and no id is written into it and called printed."""
    u, a = world.pair()
    u.start()
    path = write(tmp_path / "bill", b"pay me")
    to = ("--home", u.home, "--to", a.id, "--area", "billing")
    nothing = closed("send", *to, "-", how="<&-")
    assert nothing.returncode in (INPUT, HOST) and "document" in nothing.stderr
    assert u.outbox() == []
    lost = closed("send", *to, path, how=">&-")
    assert lost.returncode == HOST
    message_id = u.outbox()[0]["message-id"]
    assert f"--id {message_id}," in lost.stderr
    assert closed("send", *to, path, how="<&- 2>&-").returncode == DONE
    assert closed("list", "--home", u.home, how=">&-").returncode == HOST
    assert len(u.outbox()) == 2


def test_a_gateway_serves_without_standard_descriptors(world):
    u = world.gateway("Utility", "007909411", "utility")
    process = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", TIELINE, "serve", "--home", u.home])
    try:
        wait_until(lambda: u.run("status", check=None).returncode == DONE)
        pids = [process.pid]
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as f:
            pids += map(int, f.read().split())
        assert len(pids) > 5
        for pid in pids:
            assert [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in range(3)] == ["/dev/null"] * 3
    finally:
        process.terminate()
        assert process.wait(LIMIT) == 0


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
    assert "no receipt within 1s: Failed to connect to " in result.stderr and "(courier.connect)" in result.stderr


def test_send_waits_no_longer_for_a_gateway_that_does_not_answer(world, tmp_path):
    """Which it asks, when the time is over, what was in the way."""
    u, a = world.pair()
    u.start()
    send = sending(u, a, write(tmp_path / "d", b"x"), "--wait", "2s", begin=None)
    wait_until(u.outbox)
    ledger = u.processes()["ledger"][0]
    os.kill(ledger, signal.SIGSTOP)
    try:
        err = send.communicate(timeout=10)[1]
    finally:
        os.kill(ledger, signal.SIGCONT)
    assert send.returncode == LATE and "no receipt within 2s" in err


def test_send_says_why_a_message_came_to_its_end(world, tmp_path):
    u, a = world.pair()
    u.start()
    path = write(tmp_path / "d", b"x")
    said = u.send(a, "outage", path, "--deadline", "1s", "--wait", check=LATE).stderr
    assert said.startswith("tieline: expired after ") and ": (" not in said.replace("  ", " ")
    assert "(courier.connect)" in said or "no receipt came before its deadline" in said


def test_a_wrong_unit_is_told_as_one(tmp_path, monkeypatch):
    """Not taken for a file, unless there is one of that name."""
    path = write(tmp_path / "d", b"x")
    words = ("send", "--home", tmp_path, "--to", "X", "--area", "outage", "--wait", "5x")
    assert "5x is not a duration" in tieline(*words, path, check=INPUT).stderr
    assert "5x is not a duration" in tieline(*words[:-1], "5", "--deadline", "5x", path, check=INPUT).stderr
    write(tmp_path / "5x", b"x")
    monkeypatch.chdir(tmp_path)
    assert "5x is not a duration" not in tieline(*words, check=None).stderr


def test_a_name_in_a_fault_is_the_one_that_was_given(tmp_path):
    """What a terminal would act on, and what is no character, stays spelt out."""
    for name, shown in (("St\u00f6rung.json", "St\u00f6rung.json"), ("\u202ex.json", r"\xe2\x80\xaex.json"),
                        ("\x1bx.json", r"\x1bx.json"), ("\udcc3x.json", r"\xc3x.json"), ("\u0085.json", r"\xc2\x85.json")):
        assert f"/{shown}: No such file" in tieline("check", f"{tmp_path}/{name}", check=None).stderr


def test_list_by_partner_time_and_id(shared_pair, tmp_path):
    u, a = shared_pair
    first, second = (u.send_id(a, "billing", write(tmp_path / "d", b"x"), "--id", f"{name}@here", "--wait")
                     for name in ("list-one", "list-two"))
    made = u.show(second)["created"]

    def ids(*words):
        return [m["message-id"] for m in json.loads(u.run("list", *words, "--json").stdout)]

    assert ids("--id", "list-") == [first, second] == ids("--id", "<list-", "--partner", a.id, "--since", "1h")
    assert ids("--id", f"<{first}>") == [first]
    assert ids("--id", "list-", "--since", made) == [second] and ids("--id", "list-", "--until", made) == [first]
    assert ids("--id", "list-", "--until", "1h") == [] == ids("--partner", "nobody")
    assert ids("--id", "list-", "--since", made[:10]) == [first, second]
    assert "time.syntax" in u.run("list", "--since", "yesterday", check=INPUT).stderr


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
    (["--for", "PEER", "--name", "Peer", "--url", "https://127.0.0.1:9", "tls=/bin/sh"], "file.size"),
    (["--for", "PEER", "--name", "Peer", "--url", "https://127.0.0.1:9", "tls=/etc/passwd"], "/etc/passwd: not a certificate in PEM or DER"),
    (["--for", "", "--name", "Peer", "--url", "https://127.0.0.1:9"], "party.id"),
])
def test_a_sheet_for_a_partner_must_be_whole(world, words, code):
    gateway = world.gateway("Utility", "007909411", "utility")
    assert code in gateway.run("sheet", *words, check=INPUT).stderr


def test_a_sheet_for_a_partner_has_old_and_new_in_either_form(world):
    utility, other = world.gateway("Utility", "007909411", "utility"), world.gateway("Other", "829517388", "aggregator")
    other.run("cert", "renew")
    for use in ("tls", "sign", "encrypt"):
        write(f"{other.home}/{use}.cer", openssl("x509", "-in", f"{other.home}/{use}.2.pem", "-outform", "DER"))
    path = utility.home + ".foreign"
    files = [f"{use}={other.home}/{use}.{form}" for use in ("tls", "sign", "encrypt") for form in ("pem", "cer")]
    utility.run("sheet", "--for", "PEER", "--name", "Peer", "--url", "https://127.0.0.1:9", "-o", path, *files)
    utility.run("partner", "add", path, "--fingerprint", utility.fingerprint())
    assert [c["use"] for c in utility.json("cert", "status") if c["party"] == "PEER"].count("tls") == 2
    assert "unexpected" in utility.run("sheet", "--for", "PEER", "--name", "Peer", "--url", "https://127.0.0.1:9", *files[:1] * 17, check=USAGE).stderr
    said = utility.run("cert", "renew", "sign").stdout
    assert f"{utility.home}/sign.2.pem\n" in said and "tls.2.pem" not in said


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
