# SPDX-License-Identifier: Apache-2.0
"""What the kernel says of each running process: users, privileges, filters, open files."""
import os
import stat
import subprocess

import pytest

from gateway import LIMIT, TIELINE, have, settled, write

ROLES = ("edge", "envelope", "keyholder", "ledger", "courier", "desk")


def status(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


@pytest.mark.parametrize("role", ROLES)
def test_every_process_is_filtered_for_good(shared_pair, role):
    for gateway in shared_pair:
        for pid in gateway.processes()[role]:
            facts = status(pid)
            assert facts["Seccomp"] == "2" and facts["NoNewPrivs"] == "1"
            assert int(facts["CapEff"], 16) == 0 and int(facts["CapPrm"], 16) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="changing users needs root")
def test_as_root_each_role_is_its_own_user(shared_pair):
    u, _ = shared_pair
    uids = {role: {status(pid)["Uid"].split()[0] for pid in pids} for role, pids in u.processes().items()}
    assert all(len(found) == 1 and found != {"0"} for found in uids.values())
    assert len({tuple(found) for found in uids.values()}) == len(ROLES)
    for role, pids in u.processes().items():
        for pid in pids:
            assert status(pid)["Groups"].strip() == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="changing users needs root")
def test_the_monitor_keeps_few_capabilities(shared_pair):
    u, _ = shared_pair
    kept = int(status(u.process.pid)["CapEff"], 16)
    assert bin(kept).count("1") <= 5
    assert not kept & (1 << 21)  # CAP_SYS_ADMIN


@pytest.mark.skipif(os.geteuid() != 0, reason="other users' descriptors are shown to root only")
def test_only_the_ledger_holds_files(shared_pair):
    u, _ = shared_pair
    for role, pids in u.processes().items():
        for pid in pids:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                try:
                    target = os.readlink(f"/proc/{pid}/fd/{fd}")
                    mode = os.stat(f"/proc/{pid}/fd/{fd}").st_mode
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(mode) and not target.startswith("/memfd:"):
                    assert role == "ledger", f"{role} holds {target}"
                assert "/keys/" not in target


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_an_ordinary_user_runs_it_too(world, tmp_path):
    os.chmod(world.path, 0o777)
    parent = world.path
    while str(parent) != "/tmp" and parent.parent != parent:
        os.chmod(parent, os.stat(parent).st_mode | 0o755)
        parent = parent.parent
    u, a = world.pair(user=65534)
    u.start()
    a.start()
    path = write(tmp_path / "d", b"x" * 100000)
    os.chmod(path, 0o644)
    message_id = u.send_id(a, "billing", path, "--wait")
    assert settled(u, message_id)["state"] == "delivered"
    for role in ROLES:
        for pid in u.processes()[role]:
            assert status(pid)["Seccomp"] == "2" and status(pid)["NoNewPrivs"] == "1"


@pytest.mark.skipif(os.geteuid() != 0 or not have("setpriv"), reason="needs root and setpriv")
def test_fewer_capabilities_than_root_has(world):
    """As in many containers: no CAP_DAC_READ_SEARCH."""
    gateway = world.gateway("Utility", "007909411", "utility")
    process = subprocess.Popen(["setpriv", "--bounding-set", "-dac_read_search", "--inh-caps", "-dac_read_search",
                                TIELINE, "serve", "--home", gateway.home], stderr=subprocess.PIPE, text=True)
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if "gateway-ready" in line:
                break
        assert "gateway-ready" in said[-1], "".join(said)
    finally:
        process.terminate()
        process.wait(LIMIT)
