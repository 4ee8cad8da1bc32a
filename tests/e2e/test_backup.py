# SPDX-License-Identifier: Apache-2.0
"""A backup of a gateway at work is whole; what is restored from it goes on, and says what it cannot know."""
import hashlib
import json
import os
import re
import shutil
import sqlite3
import ssl
import subprocess
import threading

import pytest

from gateway import DONE, HOST, INPUT, LIMIT, OPENSSL, REFUSED, TRUST, USAGE, Gateway, settled, write

LARGE = 200_000
PASSPHRASE = "eight horses in a row"


def backup_of(gateway, path, *args, check=DONE):
    return gateway.run("backup", "--to", path, *args, check=check)


class Restored(Gateway):
    """As a gateway, of a home that a backup was restored to."""

    def __init__(self, of, home):
        self.home, self.name, self.id, self.role, self.user = str(home), of.name, of.id, of.role, None
        self.port, self.process, self.lines = of.port, None, []
        self._changed = threading.Condition()


def restore(of, backup, home, *args, check=DONE):
    restored = Restored(of, home)
    restored.said = restored.run("restore", "--from", backup, *args, check=check)
    return restored


@pytest.fixture
def secret(tmp_path):
    return write(tmp_path / "passphrase", PASSPHRASE.encode() + b"\n")


@pytest.fixture
def ending():
    made = []
    yield made.append
    for gateway in made:
        if gateway.process:
            gateway.kill()


def sums_hold(backup):
    subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"], cwd=backup, check=True, timeout=LIMIT)


def test_a_gateway_at_work_is_backed_up_whole(pair, tmp_path):
    u, a = pair
    document = write(tmp_path / "large", os.urandom(LARGE))
    stop = threading.Event()

    def send():
        while not stop.is_set():
            u.send(a, "billing", document)
            a.send(u, "outage", document)
    sender = threading.Thread(target=send)
    sender.start()
    try:
        for n in range(3):
            said = json.loads(backup_of(u, tmp_path / f"backup{n}", "--json").stdout)
            assert said["whole"] and said["running"] and said["keys"] == 0
    finally:
        stop.set()
        sender.join()
    for n in range(3):
        sums_hold(tmp_path / f"backup{n}")
        assert os.listdir(tmp_path / f"backup{n}" / "keys") == []
        assert not os.path.exists(tmp_path / f"backup{n}" / "run")
    home = tmp_path / "restored"
    restored = restore(u, tmp_path / "backup2", home)
    assert "Put the private keys into keys/" in restored.said.stdout
    # A file may have been copied between the settling of its message and the end of its sealed form.
    assert {x["code"] for x in json.loads(restored.run("fsck", "--json").stdout)["findings"]} <= {"fsck.spool.long"}


def test_what_is_restored_goes_on_and_nothing_is_delivered_twice(world, tmp_path, secret, ending):
    u, a = world.pair()
    a.start()
    u.start()
    before = u.send_id(a, "billing", write(tmp_path / "before", b"settled before"), "--wait")
    a.stop()
    waiting = u.send_id(a, "billing", write(tmp_path / "waiting", b"waits at the backup"))
    large = u.send_id(a, "billing", write(tmp_path / "large", os.urandom(LARGE)))
    backup_of(u, tmp_path / "backup", "--keys", secret)
    a.start()
    for message in (waiting, large):
        assert settled(u, message)["state"] == "delivered"
    after = u.send_id(a, "billing", write(tmp_path / "after", b"after the backup"), "--wait")
    u.stop()
    shutil.rmtree(u.home)
    restored = restore(u, tmp_path / "backup", u.home, "--keys", secret)
    assert all(f"  {message} to {a.id}, billing" in restored.said.stdout for message in (waiting, large))
    assert before not in restored.said.stdout and after not in restored.said.stdout
    ending(restored)
    restored.start()
    for message in (waiting, large):
        assert settled(restored, message)["state"] == "delivered"
    assert restored.run("get", before).stdout == "settled before"
    assert sorted(m["message-id"] for m in a.inbox()) == sorted([before, waiting, large, after])
    assert a.document(large) == restored.document(large)


def replaced(gateway, tmp_path):
    """Its disk is lost: the backup is restored in its place, with keys from elsewhere."""
    gateway.stop()
    shutil.move(f"{gateway.home}/keys", tmp_path / "keys")
    shutil.rmtree(gateway.home)
    restored = restore(gateway, tmp_path / "backup", gateway.home)
    shutil.copytree(tmp_path / "keys", f"{gateway.home}/keys", dirs_exist_ok=True)
    return restored


@pytest.mark.parametrize("size", [20, LARGE], ids=["small", "large"])
def test_what_was_sent_after_the_backup_is_sent_again_under_its_id(world, tmp_path, ending, size):
    """The restored home does not know of it, the partner does: the same is proved once more, and another document is refused."""
    u, a = world.pair()
    for gateway in (u, a):
        gateway.start()
    backup_of(u, tmp_path / "backup")
    same, other = (write(tmp_path / name, os.urandom(size)) for name in ("same", "other"))
    wait = ("--wait", "--deadline", "1h")
    for number in ("1", "2"):
        u.send(a, "billing", same, "--id", f"{number}@back-office", *wait)
    restored = replaced(u, tmp_path)
    assert "under the same --id" in restored.said.stdout
    ending(restored)
    restored.start()
    assert restored.outbox() == []
    restored.send(a, "billing", same, "--id", "1@back-office", *wait)
    assert restored.show("1@back-office")["state"] == "delivered" and restored.document("1@back-office") == a.document("1@back-office")
    assert [e["what"] for e in a.show("1@back-office")["events"] if e["what"].startswith("duplicate")] in (
        ["duplicate"], ["duplicate", "duplicate-mic"])
    said = restored.send(a, "billing", other, "--id", "2@back-office", *wait, check=REFUSED).stderr
    assert "as2.duplicate.differs" in said
    restored.send(a, "billing", other, "--id", "3@back-office", *wait)
    kept = {m["message-id"]: a.document(m["message-id"]) for m in a.inbox() if m["state"] == "received"}
    first, second = (open(path, "rb").read() for path in (same, other))
    assert kept == {"1@back-office": first, "2@back-office": first, "3@back-office": second}


def test_what_came_after_the_backup_comes_again_under_another_id(world, tmp_path, ending):
    """The partner holds our receipt for it, and does not send that message again; under the same --id it has been sent."""
    u, a = world.pair()
    for gateway in (u, a):
        gateway.start()
    backup_of(a, tmp_path / "backup")
    document = write(tmp_path / "d", b"after the backup")
    u.send(a, "billing", document, "--id", "1@back-office", "--wait")
    restored = replaced(a, tmp_path)
    ending(restored)
    restored.start()
    u.send(restored, "billing", document, "--id", "1@back-office", "--wait")
    assert u.show("1@back-office")["attempts"] == 1 and restored.inbox() == []
    u.send(restored, "billing", document, "--id", "2@back-office", "--wait")
    assert [m["message-id"] for m in restored.inbox()] == ["2@back-office"]


def test_control_numbers_are_not_given_twice(world, tmp_path):
    u = world.gateway("Utility", "007909411", "utility")
    u.start()
    u.stop()
    backup_of(u, tmp_path / "backup")
    restored = restore(u, tmp_path / "backup", tmp_path / "home")
    ask = "SELECT value FROM counter WHERE name = 'x12'"
    was, now = (sqlite3.connect(h + "/ledger/ledger.db").execute(ask).fetchone()[0] for h in (u.home, restored.home))
    assert now == was + 100000


# --- keys ---

def test_private_keys_are_sealed(world, tmp_path, secret):
    u = world.gateway("Utility", "007909411", "utility")
    u.start()
    u.stop()
    backup_of(u, tmp_path / "backup", "--keys", secret)
    names = sorted(os.listdir(u.home + "/keys"))
    assert sorted(os.listdir(tmp_path / "backup" / "keys")) == names
    for name in names:
        plain = subprocess.run([OPENSSL, "pkey", "-in", f"{u.home}/keys/{name}"], capture_output=True, check=True)
        opened = subprocess.run([OPENSSL, "pkey", "-in", tmp_path / "backup" / "keys" / name, "-passin", f"file:{secret}"],
                                capture_output=True, check=True)
        assert plain.stdout == opened.stdout
    wrong = write(tmp_path / "wrong", b"nine horses in a row\n")
    refused = restore(u, tmp_path / "backup", tmp_path / "home", "--keys", wrong, check=TRUST)
    assert "key.passphrase" in refused.said.stderr and not os.path.exists(tmp_path / "home")
    left_out = restore(u, tmp_path / "backup", tmp_path / "home")
    assert "are sealed, and were left out" in left_out.said.stdout and os.listdir(tmp_path / "home" / "keys") == []
    restored = restore(u, tmp_path / "backup", tmp_path / "other", "--keys", secret)
    for name in names:
        assert os.stat(f"{restored.home}/keys/{name}").st_mode & 0o777 == 0o600


def test_a_short_passphrase_is_none(world, tmp_path):
    u = world.gateway("Utility", "007909411", "utility")
    u.start()
    u.stop()
    refused = backup_of(u, tmp_path / "backup", "--keys", write(tmp_path / "short", b"short\n"), check=INPUT)
    assert "key.passphrase" in refused.stderr and not os.path.exists(tmp_path / "backup")


# --- what is refused ---

@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved")
    u = Gateway(str(path), "Utility", "007909411", "utility")
    a = Gateway(str(path), "Aggregator", "829304217", "aggregator")
    u.knows(a)
    u.start()
    u.send_id(a, "billing", write(path / "large", os.urandom(LARGE)))
    u.stop()
    backup_of(u, path / "backup")
    return u, str(path / "backup")


def spool_of(backup):
    return backup + "/ledger/spool/" + os.listdir(backup + "/ledger/spool")[0]


def flip(path, at=100):
    at = at if at >= 0 else os.path.getsize(path) + at
    with open(path, "r+b") as f:
        f.seek(at)
        byte = f.read(1)[0]
        f.seek(at)
        f.write(bytes([byte ^ 1]))


def restored_document(home):
    with sqlite3.connect(home.home + "/ledger/ledger.db") as db:
        return db.execute("SELECT document_at FROM message WHERE spool IS NOT NULL").fetchone()[0]


def sums_edit(backup, old, new):
    with open(backup + "/SHA256SUMS") as f:
        text = f.read()
    assert old in text
    with open(backup + "/SHA256SUMS", "w") as f:
        f.write(text.replace(old, new, 1))


def unsigned(backup):
    os.unlink(backup + "/SHA256SUMS.p7s")
    return ["--unsigned"]


def settings_changed_with_their_sum(backup):
    with open(backup + "/tieline.yaml", "rb") as f:
        before = f.read()
    write(backup + "/tieline.yaml", before + b"# ours now")
    sums_edit(backup, hashlib.sha256(before).hexdigest(), hashlib.sha256(before + b"# ours now").hexdigest())


def sums_bent(backup, old, new):
    """As whoever may leave the signature out, and finds somebody who restores it all the same."""
    sums_edit(backup, old, new)
    return unsigned(backup)


CHANGES = {
    "a byte of the ledger": (lambda b: flip(b + "/ledger/ledger.db"), "backup.differs"),
    "a byte of a spool file": (lambda b: flip(spool_of(b)), "backup.differs"),
    "a spool file is short": (lambda b: os.truncate(spool_of(b), 10), "backup.differs"),
    "a spool file is gone": (lambda b: os.unlink(spool_of(b)), "backup.missing"),
    "the settings": (lambda b: write(b + "/tieline.yaml", b"other"), "backup.differs"),
    "no sums": (lambda b: os.unlink(b + "/SHA256SUMS"), "backup.missing"),
    "a path that leads out": (lambda b: sums_bent(b, "  tieline.yaml", "  ../tieline.yaml"), "durable.sums"),
    "a path from the root": (lambda b: sums_bent(b, "  tieline.yaml", "  /tieline.yaml"), "durable.sums"),
    "no digest": (lambda b: sums_bent(b, "  tieline.yaml", " tieline.yaml"), "durable.sums"),
    "the settings, and their sum": (settings_changed_with_their_sum, "backup.differs"),
    "a sum": (lambda b: sums_edit(b, "  tieline.yaml", "  tieline.yam"), "backup.differs"),
    "a byte of the signature": (lambda b: flip(b + "/SHA256SUMS.p7s", -5), "backup.differs"),
    "another version": (lambda b: write(b + "/backup.json", b'{ "tieline-backup": 2 }'), "backup.version"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_backup_that_was_changed_is_refused(saved, tmp_path, name):
    change, code = CHANGES[name]
    backup = str(tmp_path / "backup")
    shutil.copytree(saved[1], backup)
    options = change(backup)
    refused = restore(saved[0], backup, tmp_path / "home", *(options if isinstance(options, list) else []), check=INPUT)
    assert code in refused.said.stderr and "nothing was restored" in refused.said.stderr
    assert sorted(os.listdir(tmp_path)) == ["backup"]


# --- who signed it ---

def test_a_backup_that_nobody_signed_is_refused_unless_it_is_meant(saved, tmp_path):
    backup = str(tmp_path / "backup")
    shutil.copytree(saved[1], backup)
    unsigned(backup)
    refused = restore(saved[0], backup, tmp_path / "home", check=TRUST)
    assert "backup.unsigned" in refused.said.stderr and "nothing was restored" in refused.said.stderr
    assert "Nobody signed it." in restore(saved[0], backup, tmp_path / "home", "--unsigned").said.stdout


def test_whose_root_signed_it_is_told_and_may_be_asked_for(saved, world, tmp_path):
    u, backup = saved
    other = world.gateway("Other", "123456789", "utility")
    refused = restore(u, backup, tmp_path / "home", "--root", other.home + "/root.pem", check=TRUST)
    assert "backup.signer" in refused.said.stderr and not os.path.exists(tmp_path / "home")
    said = restore(u, backup, tmp_path / "home", "--root", u.home + "/root.pem").said.stdout
    assert "It is signed under the root with the fingerprint" in said
    der = ssl.PEM_cert_to_DER_cert(open(u.home + "/root.pem").read())
    assert hashlib.sha256(der).hexdigest() in re.sub(r"[^0-9a-f]", "", said.split("fingerprint\n", 1)[1].split("\n", 1)[0].lower())


def test_whoever_makes_all_of_it_anew_has_another_root(saved, world, tmp_path):
    other = world.gateway("Utility", "007909411", "utility")
    other.start()
    other.stop()
    backup_of(other, tmp_path / "backup")
    restore(other, tmp_path / "backup", tmp_path / "home", "--root", saved[0].home + "/root.pem", check=TRUST)


def test_openssl_verifies_it(saved):
    verify = [OPENSSL, "cms", "-verify", "-binary", "-inform", "DER", "-in", "SHA256SUMS.p7s", "-content", "SHA256SUMS",
              "-CAfile", "root.pem", "-purpose", "any", "-out", "/dev/null"]
    subprocess.run(verify, cwd=saved[1], check=True, capture_output=True, timeout=LIMIT)
    subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"], cwd=saved[1], check=True, timeout=LIMIT)


def test_without_the_key_it_is_not_signed_and_says_so(world, tmp_path):
    u = world.gateway("Utility", "007909411", "utility")
    u.start()
    u.stop()
    os.unlink(u.home + "/keys/sign.key")
    assert "it is not signed" in backup_of(u, tmp_path / "backup").stdout
    assert not os.path.exists(tmp_path / "backup" / "SHA256SUMS.p7s")
    assert json.loads(backup_of(u, tmp_path / "again", "--json").stdout)["signed"] is False


def test_no_backup_is_in_the_home(saved, tmp_path):
    """By whatever name; and nothing of it is left behind."""
    home = saved[0].home
    os.symlink(home + "/ledger", tmp_path / "elsewhere")
    before = sorted(os.walk(home))
    for place in (home + "/backup", home + "/ledger/spool/backup", tmp_path / "elsewhere" / "spool" / "backup",
                  f"{home}/../{os.path.basename(home)}/b"):
        assert "is in the home itself" in backup_of(saved[0], place, check=INPUT).stderr
    assert sorted(os.walk(home)) == before
    assert "on disk and read again" in backup_of(saved[0], home + ".backup").stdout


# --- the history goes on from it ---

def test_a_home_goes_on_from_its_backup_and_an_older_one_does_not(pair, tmp_path):
    u, a = pair
    backup_of(u, tmp_path / "first")
    u.send_id(a, "billing", write(tmp_path / "document", b"after the first"), "--wait")
    backup_of(u, tmp_path / "second")
    for backup in ("first", "second"):
        assert json.loads(u.run("fsck", "--backup", tmp_path / backup, "--json").stdout)["findings"] == []
    older = restore(u, tmp_path / "first", tmp_path / "home")
    older.run("fsck", "--backup", tmp_path / "first")
    said = older.run("fsck", "--backup", tmp_path / "second", check=HOST).stdout
    assert "fsck.history" in said and "it ends at place 0, and went to place" in said


@pytest.mark.parametrize("change, code", [
    (unsigned, "backup.unsigned"),
    (lambda b: write(b + "/backup.json", b'{ "tieline-backup": 1, "events": 0, "history": "00" }'), "backup.differs"),
    (lambda b: os.unlink(b + "/SHA256SUMS"), "backup.missing"),
], ids=["unsigned", "another head", "no sums"])
def test_a_history_is_compared_only_with_what_is_signed(saved, tmp_path, change, code):
    backup = str(tmp_path / "backup")
    shutil.copytree(saved[1], backup)
    change(backup)
    refused = saved[0].run("fsck", "--backup", backup, check=None)
    assert code in refused.stderr and refused.returncode, refused


def test_nothing_is_written_over(saved, tmp_path):
    write(tmp_path / "file", b"of somebody")
    for place in (saved[0].home, tmp_path, tmp_path / "file"):
        refused = restore(saved[0], saved[1], place, check=INPUT)
        assert "is there already" in refused.said.stderr
    assert "is there already" in backup_of(saved[0], saved[1], check=INPUT).stderr
    assert os.listdir(tmp_path) == ["file"]
    os.mkdir(tmp_path / "empty")
    restore(saved[0], saved[1], tmp_path / "empty")
    assert os.path.exists(tmp_path / "empty" / "tieline.yaml")


def test_damage_is_saved_and_said(saved, tmp_path):
    """What there is is better than nothing: but nobody should think it whole, or drop an older one for it."""
    restored = restore(saved[0], saved[1], tmp_path / "home")
    flip(spool_of(restored.home), restored_document(restored) + 1000)
    said = backup_of(restored, tmp_path / "backup", check=HOST)
    assert "that is damaged" in said.stderr and os.path.exists(tmp_path / "backup" / "SHA256SUMS")
    again = restore(saved[0], tmp_path / "backup", tmp_path / "again", "--unsigned", check=HOST)
    assert "as it was saved, and damaged" in again.said.stderr


def test_where_it_goes_must_be_said(saved):
    assert "--to is needed" in saved[0].run("backup", check=USAGE).stderr
    assert "--from is needed" in saved[0].run("restore", check=USAGE).stderr
