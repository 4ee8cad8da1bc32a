# SPDX-License-Identifier: Apache-2.0
"""systemd/tieline.service: systemd understands it, and a gateway works with the rights that it leaves."""
import os
import re
import shutil
import subprocess

import pytest

import gateway
from gateway import write

UNIT = os.path.join(os.path.dirname(__file__), "..", "..", "systemd", "tieline.service")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_understands_every_line(tmp_path):
    with open(UNIT) as f:
        text = re.sub(r"(?m)^(Documentation=.*|ExecStart=.*)$", "", f.read()) + "\n[Service]\nExecStart=/bin/true\n"
    unit = write(tmp_path / "tieline.service", text.encode())
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert done.returncode == 0 and "tieline.service" not in done.stderr, done.stderr


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="giving up capabilities needs root and setpriv")
def test_a_gateway_works_with_what_it_leaves(world, tmp_path, monkeypatch):
    with open(UNIT) as f:
        kept = re.findall(r"CAP_(\w+)", "".join(re.findall(r"(?m)^CapabilityBoundingSet=.*\n", f.read())))
    u, a = world.pair()
    bounding = ",".join(["-all", *(f"+{name.lower()}" for name in kept)])
    script = f'#!/bin/sh\numask 077\nexec setpriv --no-new-privs --bounding-set={bounding} {os.path.abspath(gateway.TIELINE)} "$@"\n'
    command = write(tmp_path / "tieline", script.encode())
    os.chmod(command, 0o755)
    with monkeypatch.context() as patch:
        patch.setattr(gateway, "TIELINE", str(command))
        u.start()
        a.start()
    for sender, receiver in ((u, a), (a, u)):
        message = sender.send_id(receiver, "outage", write(tmp_path / "d", os.urandom(200000)), "--wait")
        assert sender.show(message)["state"] == "delivered"
    assert u.stop() == 0 and a.stop() == 0
