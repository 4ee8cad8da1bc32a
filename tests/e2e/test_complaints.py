# SPDX-License-Identifier: Apache-2.0
"""What users of other software complain about and no other test has as its subject; docs/complaints.md has all of them."""
import os
import time

from gateway import LATE, settled, wait_until, write
from test_rollover import answers
from test_trust import lying, met  # noqa: F401  (a fixture)


def test_complaint_15_a_receipt_without_boundary_is_read(met, tmp_path):  # noqa: F811
    """The boundary= is missing from the head of an otherwise good receipt: the message is delivered all the same."""
    g, peer = met

    def without_boundary(p, message_id, mic):
        content_type, body = p.report(message_id, mic)
        head, _, rest = content_type.partition("; boundary=")
        assert rest
        return 200, head, body

    peer.serve(lying(peer, without_boundary))
    message_id = g.send_id(peer.id, "outage", write(tmp_path / "d", b"x"), "--wait")
    assert g.show(message_id)["state"] == "delivered" and g.show(message_id)["attempts"] == 1


def test_complaint_26_what_was_not_delivered_in_time_is_kept(met, tmp_path):  # noqa: F811
    """It is listed with its reason, and the document can be had and sent anew."""
    g, peer = met
    honest = lying(peer, lambda p, i, mic: (200, *p.report(i, mic)))
    refuses = [True]
    peer.serve(lambda *a: (503, "text/plain", b"later") if refuses else honest(*a))
    result = g.send(peer.id, "outage", write(tmp_path / "d", b"the original"), "--wait", "--deadline", "2s", check=LATE)
    assert "later" in result.stderr or "503" in result.stderr
    message, = [m for m in g.outbox() if m["state"] == "expired"]
    assert message["fault"]["code"]
    assert g.document(message["message-id"]) == b"the original"
    refuses.clear()
    again = g.send_id(peer.id, "outage", write(tmp_path / "d2", g.document(message["message-id"])))
    assert settled(g, again)["state"] == "delivered"


def switches(pids):
    """How often these processes went to sleep so far."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status") as f:
            total += sum(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt_switches"))
    return total


def test_complaint_38_an_idle_gateway_sleeps(pair):
    """Events, not polling: all processes together wake a few times a second at most, however long a second is here."""
    gateway, _ = pair
    pids = [gateway.process.pid, *(pid for some in gateway.processes().values() for pid in some)]
    # The start is over when a whole second brings next to nothing.
    def quiet():
        before, began = switches(pids), time.monotonic()
        time.sleep(1)
        return (switches(pids) - before) / (time.monotonic() - began) < 5
    wait_until(quiet)


def test_complaint_39_what_we_send_has_a_length(met, tmp_path):  # noqa: F811
    """Partners that cannot read chunked bodies get none, of no size."""
    g, peer = met
    answers(peer)
    for size in (0, 1, 70_000, 3_000_000):
        message_id = g.send_id(peer.id, "billing", write(tmp_path / "d", b"x" * size))
        assert settled(g, message_id)["state"] == "delivered"
    assert len(peer.requests) == 4
    for _, headers, body in peer.requests:
        assert int(headers["Content-Length"]) == len(body) and "Transfer-Encoding" not in headers


def listening(pids):
    """The TCP ports, of any family, on which these processes listen."""
    held = set()
    for pid in pids:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try:
                target = os.readlink(f"/proc/{pid}/fd/{fd}")
            except FileNotFoundError:
                continue
            if target.startswith("socket:["):
                held.add(target[8:-1])
    ports = []
    for family in ("tcp", "tcp6", "udp", "udp6"):
        with open("/proc/net/" + family) as f:
            rows = [line.split() for line in f][1:]
        ports += [int(row[1].rsplit(":", 1)[1], 16) for row in rows if row[9] in held and (row[3] == "0A" or family[0] == "u")]
    return ports


def test_complaint_47_one_port_and_no_other_way_in(pair):
    """No command port, no database port: what listens is the exchange's TLS, and a socket that only this user may open."""
    gateway, _ = pair
    pids = [gateway.process.pid, *(pid for some in gateway.processes().values() for pid in some)]
    assert set(listening(pids)) == {gateway.port}
    assert os.stat(f"{gateway.home}/run/control.sock").st_mode & 0o007 == 0


def test_complaint_52_a_new_partner_takes_three_commands_a_side(world, tmp_path):
    """Onboarding is init, a sheet, and adding the other's; nothing is edited and nothing is copied but the sheet."""
    u, a = world.gateway("Utility", "007909411", "utility"), world.gateway("Aggregator", "829517388", "aggregator")
    for ours, theirs in ((u, a), (a, u)):
        ours.run("partner", "add", theirs.sheet(), "--fingerprint", theirs.fingerprint())
    u.start()
    a.start()
    for ours, theirs in ((u, a), (a, u)):
        for area in ("billing", "outage", "aggregation", "availability"):
            ours.send(theirs, area, write(tmp_path / "d", area.encode()), "--wait")
