# SPDX-License-Identifier: Apache-2.0
"""Several documents in one message (RFC 6362): sent, received in every wrapping, listed, saved, refused."""
import base64
import hashlib
import os
import stat

import pytest

from gateway import INPUT, TRUST, USAGE, settled, write
from peer import Peer
from test_foreign import UNMARKED, accepted, add, agree, refused, standing
from test_x12_exchange import BILL, event, events, interchange
from test_x12_exchange import agree as agree_x12

EDI = ("--type", "application/edi-x12")


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def files(directory):
    return {name: open(os.path.join(directory, name), "rb").read() for name in os.listdir(directory)}


def multipart(*parts, boundary="b", kind="related", **parameters):
    """(Content-Type, body) of these (headers, content)."""
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()).encode() + b"\r\n" +
                    content + b"\r\n" for headers, content in parts)
    more = "".join(f'; {name}="{value}"' for name, value in parameters.items())
    return f"multipart/{kind}; boundary={boundary}{more}", body + b"--" + boundary.encode() + b"--\r\n"


# --- between two gateways ---

CONTENTS = {"bill.x12": interchange([BILL]), "scan of 1.pdf": bytes(range(256)) * 3, "größe.csv": "a;b\r\n".encode(), "empty": b""}


@pytest.fixture(scope="module")
def sent(tmp_path_factory, shared_pair):
    """A message with four documents, delivered."""
    u, a = shared_pair
    path = tmp_path_factory.mktemp("sent")
    paths = [write(path / name, content) for name, content in CONTENTS.items()]
    result = u.run("send", "--to", a.id, "--area", "billing", "--wait", paths[0], "--attach", *paths[1:])
    assert "delivered, receipt verified" in result.stderr
    return u, a, result.stdout.strip(), paths


def test_both_sides_list_the_same_documents(sent):
    u, a, message_id, _ = sent
    types = ["application/edi-x12", "application/pdf", "text/csv", "application/octet-stream"]
    want = [{"number": i + 1, "root": i == 0, "media-type": types[i], "filename": name, "size": len(content), "sha256": sha256(content)}
            for i, (name, content) in enumerate(CONTENTS.items())]
    assert a.show(message_id)["documents"] == want == u.show(message_id)["documents"]
    listed = [m for m in a.inbox() if m["message-id"] == message_id][0]
    assert listed["documents"] == want
    assert listed["media-type"] == "multipart/related" and listed["filename"] == "bill.x12"
    shown = a.run("show", message_id).stdout
    for part in want:
        assert f"{part['number']}{'*' if part['root'] else ' '} {part['media-type']}" in shown and part["filename"] in shown


def test_each_document_is_had_by_number_and_by_name(sent):
    u, a, message_id, _ = sent
    for g in (u, a):
        assert g.document(message_id) == CONTENTS["bill.x12"]
        for i, (name, content) in enumerate(CONTENTS.items(), 1):
            for which in (i, name):
                assert g.run("get", message_id, "--attachment", which, text=False).stdout == content
    for which in ("5", "0", "no such"):
        assert "message.part.unknown" in a.run("get", message_id, "--attachment", which, check=None).stderr


def test_all_are_saved_and_nothing_is_written_over(sent, tmp_path):
    _, a, message_id, _ = sent
    where = tmp_path / "all"
    a.run("get", message_id, "--all", where)
    assert files(where) == {f"{i:02}-{name}": content for i, (name, content) in enumerate(CONTENTS.items(), 1)}
    assert "is there already" in a.run("get", message_id, "--all", where, check=INPUT).stderr
    for words in (("--all", where, "--attachment", "1"), ("--all", where, "-o", "x"), ("--part", "--attachment", "1")):
        a.run("get", message_id, *words, check=USAGE)


def test_a_single_document_is_had_the_same_way(shared_pair, tmp_path):
    u, a = shared_pair
    message_id = u.send_id(a, "billing", write(tmp_path / "one.csv", b"1,2"), "--wait")
    assert a.show(message_id)["documents"] is None
    assert a.run("get", message_id, "--attachment", "one.csv").stdout == "1,2"
    a.run("get", message_id, "--all", tmp_path / "one")
    assert files(tmp_path / "one") == {"01-one.csv": b"1,2"}


def test_the_receipt_is_of_all_of_them(sent, tmp_path):
    u, a, message_id, _ = sent
    part = u.run("get", message_id, "--part", text=False).stdout
    assert base64.b64encode(hashlib.sha256(part).digest()).decode() in u.show(message_id)["mic"]
    assert part == a.run("get", message_id, "--part", text=False).stdout
    for content in CONTENTS.values():
        assert content in part
    assert u.json("explain", message_id)["agree"]


def test_the_same_again_is_not_sent_twice_and_something_else_not_at_all(sent):
    u, a, message_id, paths = sent
    again = ("send", "--to", a.id, "--area", "billing", "--id", message_id, "--attach")
    assert "already submitted" in u.run(*again, *paths).stderr
    assert "message.id.taken" in u.run(*again, *paths[:-1], check=None).stderr
    assert len([m for m in a.inbox() if m["message-id"] == message_id]) == 1


def test_a_document_cannot_pass_for_two(shared_pair, tmp_path):
    """Whoever knows the Message-ID knows the boundary: his document with that line in it is not sent."""
    u, a = shared_pair
    line = b"--tieline-" + sha256(b"known@x")[:32].encode()
    for content in (b"x\r\n" + line + b"\r\n\r\nforged\r\n", b"x\r\n" + line + b"--\r\n"):
        paths = [write(tmp_path / "1", content), write(tmp_path / "2", b"second")]
        for order in (paths, paths[::-1]):
            refusal = u.run("send", "--to", a.id, "--area", "billing", "--id", "known@x", "--attach", *order, check=INPUT)
            assert "document.boundary" in refusal.stderr


def test_large_documents_go_by_file(shared_pair, tmp_path):
    u, a = shared_pair
    contents = [os.urandom(3_000_000), os.urandom(200_000), b"small"]
    paths = [write(tmp_path / f"{i}.bin", content) for i, content in enumerate(contents)]
    message_id = u.run("send", "--to", a.id, "--area", "billing", "--wait", "--attach", *paths).stdout.strip()
    for i, content in enumerate(contents, 1):
        assert a.run("get", message_id, "--attachment", i, text=False).stdout == content


@pytest.mark.parametrize("words", [("one", "two"), ("one", "--attach"), ("--attach", "one")])
def test_several_files_are_meant_or_refused(shared_pair, tmp_path, words):
    u, a = shared_pair
    names = [write(tmp_path / w, b"x") if not w.startswith("-") else w for w in words]
    assert "--attach" in u.run("send", "--to", a.id, "--area", "billing", *names, check=USAGE).stderr


def test_more_than_fit_are_refused(shared_pair, tmp_path):
    u, a = shared_pair
    path = write(tmp_path / "x", b"x")
    u.run("send", "--to", a.id, "--area", "billing", "--attach", *[path] * 101, check=USAGE)
    message_id = u.run("send", "--to", a.id, "--area", "billing", "--wait", "--attach", *[path] * 100).stdout.strip()
    assert len(a.show(message_id)["documents"]) == 100


def test_what_is_no_entity_is_not_taken(shared_pair, tmp_path):
    u, a = shared_pair
    for content in (b"no entity", b"Content-Type: multipart/related; boundary=b\r\nTieline-To: x\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"):
        refusal = u.send(a, "billing", write(tmp_path / "x", content), "--type", "multipart/related", check=INPUT)
        assert "nothing was sent" in refusal.stderr


# --- what the agreement says ---

def test_the_agreement_says_who_reads_several(world, tmp_path):
    u, peer = world.gateway("Utility", "007909411", "utility"), Peer(str(tmp_path))
    add(u, peer)
    agree(u, peer, "marked: false")
    u.start()
    paths = [write(tmp_path / name, b"x") for name in ("a.csv", "b.pdf")]
    words = ("send", "--to", peer.id, "--area", "billing", "--attach", *paths)
    assert "agreement.attachments" in u.run(*words, check=TRUST).stderr
    assert u.outbox() == []
    agree(u, peer, "marked: false, attachments: true", **{"media-types": "[ text/csv ]"})
    refusal = u.run(*words, check=TRUST)
    assert "agreement.media-type" in refusal.stderr and "application/pdf" in refusal.stderr
    agree(u, peer, "marked: false, attachments: true", **{"media-types": "[ text/csv, application/pdf ]"})
    u.run(*words)
    assert len(u.outbox()) == 1


def test_a_partner_by_its_certificates_is_sent_one_at_a_time(world, tmp_path):
    u, peer = world.gateway("Utility", "007909411", "utility"), Peer(str(tmp_path))
    sheet = str(tmp_path / "their.sheet")
    u.run("sheet", "--for", peer.id, "--name", "Their", "--url", f"https://127.0.0.1:{peer.port}", "-o", sheet,
          *(f"{use}={peer.path(use + '.pem')}" for use in ("tls", "sign", "encrypt")))
    u.run("partner", "add", sheet, "--fingerprint", u.fingerprint())
    with open(f"{u.home}/partners/{peer.id}/agreement.yaml") as f:
        text = f.read()
    assert "marked: false" in text and "attachments: true" not in text


# --- from other software ---

@pytest.fixture(scope="module")
def met(tmp_path_factory):
    with standing(tmp_path_factory, "attachments", "marked: false, sign: false, encrypt: false, area: billing") as both:
        yield both


TWO = [({"Content-Type": "application/edi-x12", "Content-Disposition": 'attachment; filename="810.x12"'}, interchange([BILL])),
       ({"Content-Type": "application/pdf; name*0=\"sc\"; name*1=\"an.pdf\"", "Content-Transfer-Encoding": "base64"}, base64.b64encode(b"%PDF\0"))]
GOT = [("application/edi-x12", "810.x12", interchange([BILL])), ("application/pdf", "scan.pdf", b"%PDF\0")]


def plain(peer, message_id, parts):
    content_type, body = multipart(*parts)
    return {"Content-Type": content_type}, body, body


def entity(peer, message_id, parts, **more):
    content_type, body = multipart(*parts, **more)
    return peer.part(body, "", message_id, content_type, **{**UNMARKED, "Content_Disposition": None})


def signed(peer, message_id, parts):
    part = entity(peer, message_id, parts)
    head, _, body = peer.signed(part, peer.sign(part)).partition(b"\r\n\r\n")
    return {"Content-Type": head.decode().partition(": ")[2]}, body, part


def sealed(peer, message_id, parts):
    part = entity(peer, message_id, parts)
    return {}, peer.seal(part), part


def both(peer, message_id, parts, **more):
    part = entity(peer, message_id, parts, **more)
    return {}, peer.seal(peer.signed(part, peer.sign(part))), part


@pytest.mark.parametrize("wrap", [plain, signed, sealed, both])
def test_every_wrapping_of_theirs(met, wrap):
    g, peer = met
    message_id = f"{wrap.__name__}@peer"
    headers, body, covered = wrap(peer, message_id, TWO)
    report = accepted(peer, peer.post("/as2", {**peer.headers(message_id), **headers}, body))
    assert f"Received-Content-MIC: {peer.mic(covered)}" in report
    shown = [(d["media-type"], d["filename"], d["size"]) for d in g.show(message_id)["documents"]]
    assert shown == [(kind, name, len(content)) for kind, name, content in GOT]
    for i, (_, _, content) in enumerate(GOT, 1):
        assert g.run("get", message_id, "--attachment", i, text=False).stdout == content


def post(met, message_id, parts, **more):
    _, peer = met
    _, body, _ = both(peer, message_id, parts, **more)
    return peer.post("/as2", peer.headers(message_id), body)


def test_the_root_may_stand_anywhere(met):
    g, peer = met
    parts = [({"Content-Type": "text/csv"}, b"second"), ({"Content-Type": "text/plain", "Content-ID": "<root@x>"}, b"first")]
    accepted(peer, post(met, "start@peer", parts, start="<root@x>"))
    assert g.document("start@peer") == b"first"
    assert [d["root"] for d in g.show("start@peer")["documents"]] == [False, True]
    accepted(peer, post(met, "mixed@peer", parts, kind="mixed"))
    assert g.document("mixed@peer") == b"second"


NAMES = ["../../etc/cron.d/x", "same", "same", "", ".bashrc", "-rf", "C:\\\\x\\\\CON", "nul\x01l", "n" * 400]


def test_names_are_data(met, tmp_path):
    g, peer = met
    parts = [({"Content-Disposition": "attachment; filename*=UTF-8''" + "".join(f"%{b:02X}" for b in name.encode())} if name else {},
              name.encode()) for name in NAMES]
    accepted(peer, post(met, "names@peer", parts))
    where = tmp_path / "names"
    g.run("get", "names@peer", "--all", where)
    assert files(where) == {"01-x": NAMES[0].encode(), "02-same": b"same", "03-same": b"same", "04": b"", "05-.bashrc": b".bashrc",
                            "06--rf": b"-rf", "07-CON": NAMES[6].encode(), "08-nul_l": b"nul\x01l", "09-" + "n" * 200: b"n" * 400}
    refusal = g.run("get", "names@peer", "--attachment", "same", check=INPUT)
    assert "documents 2 and 3" in refusal.stderr
    assert os.listdir(tmp_path) == ["names"]
    assert stat.S_ISDIR(os.lstat(where).st_mode)


NONE_OF_THEM = [
    ("unclosed", "mime.multipart.unclosed", lambda: (TWO, dict(boundary="b"), b"--b--\r\n")),
    ("none", "as2.parts", lambda: ([], {}, None)),
    ("nested", "as2.parts", lambda: ([({"Content-Type": "multipart/mixed; boundary=c"}, b"--c\r\n\r\nx\r\n--c--")], {}, None)),
    ("sealed-within", "as2.layers", lambda: ([({"Content-Type": "application/pkcs7-mime"}, b"x")], {}, None)),
    ("rootless", "as2.parts.root", lambda: (TWO, dict(start="<no@x>"), None)),
    ("many", "as2.parts.count", lambda: ([({}, b"x")] * 101, {}, None)),
    ("broken", "base64.syntax", lambda: ([({"Content-Transfer-Encoding": "base64"}, b"***")], {}, None)),
    ("heads", "mime.header.size", lambda: ([({f"Content-X-{i}": "x" * 1000 for i in range(20)}, b"x")], {}, None)),
    ("alternative", "as2.parts", lambda: (TWO, dict(kind="alternative"), None)),
]


@pytest.mark.parametrize("name,code,make", NONE_OF_THEM, ids=[row[0] for row in NONE_OF_THEM])
def test_what_is_refused_is_refused_whole(met, name, code, make):
    g, peer = met
    parts, more, cut = make()
    message_id = f"{name}@peer"
    part = entity(peer, message_id, parts, **more)
    if cut:
        part = part.removesuffix(cut)
    body = peer.seal(peer.signed(part, peer.sign(part)))
    report = refused(peer, peer.post("/as2", peer.headers(message_id), body), code)
    assert code == "as2.layers" or "unsupported format" in report
    stored = g.show(message_id)
    assert stored["state"] == "rejected" and stored["documents"] is None


def test_each_type_must_be_agreed(met):
    g, peer = met
    terms = "marked: false, sign: false, encrypt: false, area: billing"
    agree(g, peer, terms, **{"media-types": "[ application/edi-x12 ]"})
    refused(peer, post(met, "types@peer", TWO), "agreement.media-type")
    agree(g, peer, terms, **{"media-types": "[ application/edi-x12, application/* ]"})
    accepted(peer, post(met, "types@peer", TWO))
    agree(g, peer, terms, **{"media-types": "[]"})


def test_the_root_tells_the_area(met):
    g, peer = met
    terms = "marked: false, sign: false, encrypt: false, area: "
    agree(g, peer, terms + "billing, area-rules: [ { media-type: application/edi-x12, area: outage } ]")
    accepted(peer, post(met, "area@peer", TWO))
    assert g.show("area@peer")["area"] == "outage"
    agree(g, peer, terms + "billing")


# --- X12 among them ---

def test_every_x12_document_is_looked_into_and_answered(pair, tmp_path):
    utility, aggregator = pair
    for g, other in ((utility, aggregator), (aggregator, utility)):
        agree_x12(g, other, "{ examine: true }")
    paths = [write(tmp_path / name, content) for name, content in
             {"scan.pdf": b"%PDF", "1.x12": interchange([BILL], number=1), "2.x12": interchange([BILL, BILL], number=2)}.items()]
    sent = utility.run("send", "--to", aggregator.id, "--area", "billing", "--wait", "--attach", *paths).stdout.strip()
    assert event(aggregator, sent, "x12-read")["detail"] == "2 interchanges, 3 sets: valid"
    event(aggregator, sent, "x12-answered")
    details = [e["detail"] for e in events(utility, sent).values()]
    assert event(utility, sent, "x12-accepted"), details
    none = utility.run("send", "--to", aggregator.id, "--area", "billing", "--wait", "--attach", paths[0], paths[0]).stdout.strip()
    assert settled(utility, none)["flag"] is None
    assert not {"x12-read", "x12-flagged"} & set(events(aggregator, none))
