# SPDX-License-Identifier: Apache-2.0
"""What is believed of a message stays true: through late news, repeated ids, changed agreements, damaged disks."""
import base64
import hashlib
import os
import re
import signal
import subprocess

import pytest

from gateway import DONE, HOST, INPUT, OPENSSL, TIELINE, USAGE, wait_until, write
from peer import Peer
from test_sealed_form import Home


@pytest.fixture
def met(world, tmp_path):
    """A utility that serves, and an independent peer it knows."""
    utility = world.gateway("Utility", "007909411", "utility")
    peer = Peer(str(tmp_path))
    peer.knows(utility)
    utility.run("partner", "add", peer.sheet(), "--fingerprint", peer.fingerprint())
    utility.start()
    yield utility, peer
    peer.close()


def edit(gateway, partner_id, pattern, replacement):
    path = f"{gateway.home}/partners/{partner_id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    changed = re.sub(pattern, replacement, text, flags=re.M)
    assert changed != text
    with open(path, "w") as f:
        f.write(changed)


def reload(gateway, log="reloaded"):
    since = gateway.mark()
    gateway.process.send_signal(signal.SIGHUP)
    return gateway.wait_log(log, since)


def honest(peer, path, headers, body):
    return 200, *peer.report(headers["Message-ID"].strip("<>"), peer.mic(peer.open(body)))


# --- one id, several messages ---

def test_a_partner_cannot_hide_our_evidence_behind_its_own_message(met, tmp_path):
    utility, peer = met
    peer.serve(honest)
    message = utility.send_id(peer.id, "billing", write(tmp_path / "invoice", b"our invoice"), "--wait")
    ours = utility.run("receipt", message, text=False).stdout
    part = peer.part(b"forged content", "billing", message)
    assert peer.post("billing", peer.headers(message), peer.seal(peer.signed(part, peer.sign(part))))[0] == 200
    for command in ("get", "receipt"):
        ambiguous = utility.run(command, message, check=INPUT)
        assert "message.ambiguous" in ambiguous.stderr and "--outbox" in ambiguous.stderr
    assert utility.run("get", message, "--outbox").stdout == "our invoice"
    assert utility.run("get", message, "--inbox").stdout == "forged content"
    assert utility.run("receipt", message, "--outbox", text=False).stdout == ours
    assert [m["direction"] for m in utility.json("show", message)] == ["out", "in"]
    assert utility.run("get", message, "--inbox", "--partner", "nobody", check=INPUT).stdout == ""


def test_the_accepted_one_is_shown_before_many_rejected_ones(met):
    utility, peer = met
    message, part, _ = peer.message(b"right", "billing")
    body = peer.seal(peer.signed(part, peer.sign(part)), stream=False)
    for _ in range(17):
        peer.post("billing", peer.headers(message), body[:-1] + bytes([body[-1] ^ 1]))
    assert "processed" in peer.receipt(*peer.post("billing", peer.headers(message), body)[1:])
    shown = utility.json("show", message)
    assert [m["state"] for m in shown] == ["received"] + 15 * ["rejected"]
    assert "2 more arrivals" in utility.run("show", message).stderr
    assert utility.document(message) == b"right"


def test_an_id_stands_for_one_submission(met, tmp_path):
    utility, peer = met
    file = write(tmp_path / "x", b"x")
    utility.send(peer.id, "billing", file, "--id", "same@x")
    utility.send(peer.id, "billing", file, "--id", "same@x")
    for changed in (("outage",), ("billing", "--type", "text/plain")):
        refused = utility.send(peer.id, changed[0], file, "--id", "same@x", *changed[1:], check=INPUT)
        assert "message.id.taken" in refused.stderr
    assert [m["area"] for m in utility.outbox()] == ["billing"]


# --- arrivals that come again ---

def test_a_duplicate_gets_its_receipt_whatever_is_agreed_now(met):
    utility, peer = met
    message, _, body = peer.message(b"once", "billing")
    first = peer.post("billing", peer.headers(message), body)
    edit(utility, peer.id, r"^  billing: .*", "  billing: { send: true, receive: false }")
    reload(utility)
    assert peer.post("billing", peer.headers(message), body)[2] == first[2]
    assert [m["state"] for m in utility.inbox()] == ["received"]


def test_the_same_signed_bytes_are_no_second_message(met):
    utility, peer = met
    part = peer.part(b"pay 100", "billing", "first@peer", Tieline_Message_ID=None)
    sealed = peer.seal(peer.signed(part, peer.sign(part)))
    for message in ("first@peer", "second@peer"):
        peer.post("billing", peer.headers(message), sealed)
    assert [(m["state"], m["fault"]["code"]) for m in utility.inbox()] == 2 * [("rejected", "as2.binding.mismatch")]


def test_many_duplicates_are_one_event(met):
    utility, peer = met
    message, _, body = peer.message(b"once", "billing")
    for _ in range(12):
        peer.post("billing", peer.headers(message), body)
    events = utility.json("show", message)["events"]
    assert [e["what"] for e in events] == ["received", "duplicate"]
    assert events[1]["detail"].startswith("11 times")


# --- our own policy is no refusal ---

@pytest.mark.parametrize("change", ["suspended", "area"])
def test_a_message_our_own_agreement_forbids_is_held(met, tmp_path, change):
    utility, peer = met
    message = utility.send_id(peer.id, "outage", write(tmp_path / "x", b"x"), "--deadline", "10m")
    wait_until(lambda: utility.show(message)["state"] == "deferred")
    pattern, value = {"suspended": (r"^suspended: false", "suspended: true"),
                      "area": (r"^  outage: \{ send: true", "  outage: { send: false")}[change]
    edit(utility, peer.id, pattern, value)
    reload(utility)
    utility.wait_log("delivery-held.*agreement")
    assert utility.show(message)["state"] in ("deferred", "sending")


def test_a_typing_error_changes_nothing(met, tmp_path):
    utility, peer = met
    peer.serve(honest)
    edit(utility, peer.id, r"^suspended: false", "suspended: flase")
    assert peer.id in reload(utility, "reload-refused")
    assert not utility.logged("partner-ignored")
    message = utility.send_id(peer.id, "outage", write(tmp_path / "x", b"x"), "--wait")
    assert utility.show(message)["state"] == "delivered"


def test_what_needs_a_restart_is_said(met):
    utility, _ = met
    path = utility.home + "/tieline.yaml"
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("envelope: 2", "envelope: 4"))
    assert "workers" in reload(utility, "reload-partial")


# --- late news ---

def test_a_receipt_after_the_deadline_is_proof(met, tmp_path):
    utility, peer = met

    def late(peer, path, headers, body):
        answer = honest(peer, path, headers, body)
        wait_until(lambda: utility.show(headers["Message-ID"].strip("<>"))["state"] == "expired")
        return answer
    peer.serve(late)
    message = utility.send_id(peer.id, "outage", write(tmp_path / "x", b"x"), "--deadline", "2s")
    wait_until(lambda: utility.show(message)["state"] == "delivered")
    events = utility.show(message)["events"]
    assert [e["what"] for e in events][-2:] == ["expired", "delivered"]
    assert "may have it" in events[-2]["detail"] and "late" in events[-1]["detail"]
    assert b"disposition-notification" in utility.run("receipt", message, text=False).stdout


# --- this host ---

def test_a_damaged_document_is_not_handed_out(met, tmp_path):
    utility, peer = met
    message, _, body = peer.message(os.urandom(200000), "billing")
    peer.post("billing", peer.headers(message), body)
    spool = utility.home + "/ledger/spool"
    path = f"{spool}/{os.listdir(spool)[0]}"
    with open(path, "r+b") as f:
        f.seek(100000)
        byte = f.read(1)
        f.seek(100000)
        f.write(bytes([byte[0] ^ 1]))
    out = str(tmp_path / "out")
    damaged = utility.run("get", message, "-o", out, check=HOST)
    assert "ledger.corrupt" in damaged.stderr and not os.path.exists(out)


@pytest.mark.parametrize("words", [["status", "--json"], ["list", "--json"], ["version"]])
def test_output_that_is_lost_is_an_error(met, words):
    utility, _ = met
    home = [] if words[0] == "version" else ["--home", utility.home]
    with open("/dev/full", "w") as full:
        done = subprocess.run([TIELINE, *words, *home], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == HOST and "standard output" in done.stderr


def test_a_link_in_the_home_leads_nowhere(world, tmp_path):
    utility = world.gateway("Utility", "007909411", "utility")
    victim = write(tmp_path / "victim", b"precious")
    os.makedirs(utility.home + "/run", exist_ok=True)
    lock = utility.home + "/run/lock"
    if os.path.exists(lock):
        os.unlink(lock)
    os.symlink(victim, lock)
    utility.run("serve", check=HOST)
    with open(victim, "rb") as f:
        assert f.read() == b"precious"


def test_waiting_commands_do_not_lock_the_operator_out(met, tmp_path):
    utility, peer = met
    file = write(tmp_path / "x", b"x")
    waiting = [subprocess.Popen([TIELINE, "send", "--home", utility.home, "--to", peer.id, "--area", "billing", "--wait", "60s", file],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(270)]
    try:
        wait_until(lambda: len(utility.outbox()) == len(waiting))
        assert utility.run("status").returncode == DONE
    finally:
        for process in waiting:
            process.kill()
            process.wait()


def test_a_private_file_stays_private(met, tmp_path):
    utility, peer = met
    message, _, body = peer.message(b"secret", "billing")
    peer.post("billing", peer.headers(message), body)
    out = write(tmp_path / "out", b"older")
    os.chmod(out, 0o600)
    utility.run("get", message, "-o", out)
    assert os.stat(out).st_mode & 0o777 == 0o600
    with open(out, "rb") as f:
        assert f.read() == b"secret"


def test_a_judge_needs_openssl_alone(pair, tmp_path):
    """Receipt, digest, part, signature and document hang together without a word of ours."""
    utility, aggregator = pair
    message = utility.send_id(aggregator, "billing", write(tmp_path / "x", b"invoice 42"), "--wait")
    for side, root in ((utility, utility.home + "/root.pem"), (aggregator, aggregator.root_of(utility))):
        part, signature = (str(tmp_path / f"{side.name}-{what}") for what in ("part", "signature"))
        side.run("get", message, "--part", "-o", part)
        side.run("get", message, "--signature", "-o", signature)
        subprocess.run([OPENSSL, "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", part, "-CAfile", root,
                        "-out", "/dev/null"], check=True, capture_output=True)
        with open(part, "rb") as f:
            signed = f.read()
        assert signed.endswith(b"\r\n\r\ninvoice 42")
        mic = base64.b64encode(hashlib.sha256(signed).digest()).decode()
        assert f"Received-Content-MIC: {mic}, sha-256" in side.run("receipt", message).stdout
    utility.run("get", message, "--part", "--signature", check=USAGE)


def in_binary(content_type, body):
    """As OpenAS2 does it."""
    head, signature, end = re.fullmatch(rb"(.*)Content-Transfer-Encoding: base64\r\n\r\n(.*)(\r\n--peer-.*)", body, re.S).groups()
    return content_type, head + b"Content-Transfer-Encoding: binary\r\n\r\n" + base64.b64decode(signature) + end


def without_boundary(content_type, body):
    return content_type.partition("; boundary")[0], body


@pytest.mark.parametrize("form", [in_binary, without_boundary])
def test_a_receipt_that_openssl_cannot_take_apart_is_verified_all_the_same(met, tmp_path, form):
    """It takes signatures in base64 only, and boundaries that are said."""
    g, peer = met
    peer.serve(lambda peer, path, headers, body: (
        200, *form(*peer.report(headers["Message-ID"].strip("<>"), peer.mic(peer.open(body))))))
    message = g.send_id(peer.id, "billing", write(tmp_path / "x", b"x"), "--wait")
    whole, part, signature = (str(tmp_path / name) for name in ("receipt.eml", "part", "signature"))
    g.run("receipt", message, "-o", whole)
    assert subprocess.run([OPENSSL, "cms", "-verify", "-in", whole, "-CAfile", peer.path("root.pem")], capture_output=True).returncode != 0
    g.run("receipt", message, "--part", "-o", part)
    g.run("receipt", message, "--signature", "-o", signature)
    words = [OPENSSL, "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", part, "-CAfile", peer.path("root.pem")]
    said = subprocess.run(words, check=True, capture_output=True).stdout
    assert message.encode() in said and said in g.run("receipt", message, text=False).stdout
    g.run("receipt", message, "--part", "--signature", check=USAGE)


def test_a_receipt_that_is_not_signed_has_no_signed_part(pair, tmp_path):
    utility, aggregator = pair
    edit(utility, aggregator.id, "receipt: signed", "receipt: unsigned")
    reload(utility)
    message = utility.send_id(aggregator, "billing", write(tmp_path / "x", b"x"), "--wait")
    assert "(mdn.unsigned)" in utility.run("receipt", message, "--part", check=INPUT).stderr
    assert "Disposition: " in utility.run("receipt", message).stdout


def test_a_receipt_that_the_disk_changed_is_not_called_unsigned(pair, tmp_path):
    utility, aggregator = pair
    message = utility.send_id(aggregator, "billing", write(tmp_path / "x", b"x"), "--wait")
    utility.stop()
    Home(utility).sql("UPDATE content SET bytes = x'41' WHERE kind = 2")
    utility.start()
    said = utility.run("receipt", message, "--signature", check=INPUT).stderr
    assert "(mdn.unread)" in said and "tieline fsck" in said
