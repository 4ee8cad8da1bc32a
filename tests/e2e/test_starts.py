# SPDX-License-Identifier: Apache-2.0
"""A gateway that cannot start says what is in the way, and the hint is of that."""
import os
import shutil

import pytest

from gateway import HOST, Gateway, rewrite

NOBODY = 65534


def readable(path):
    """A home that others can read, all but keys/."""
    g = Gateway(path, "Utility", "007909411", "utility")
    os.chmod(g.home, 0o755)
    return g


@pytest.mark.skipif(os.getuid() != 0, reason="root becomes another user")
@pytest.mark.parametrize("has_run", [True, False])
def test_a_user_who_may_not_write_run_is_told_so(public_path, has_run):
    g = readable(public_path)
    if not has_run:
        shutil.rmtree(g.home + "/run")
    said = g.run("serve", user=NOBODY, check=HOST).stderr
    assert "run/ in the home: Permission denied: may this user write there?" in said


def test_an_address_of_another_host_is_no_port_in_use(world):
    g = world.gateway("Utility", "007909411", "utility")
    rewrite(g.home + "/tieline.yaml", ("^listen: .*", f"listen: 192.0.2.1:{g.port}"))
    said = g.run("serve", check=HOST).stderr
    assert "this host has no such address" in said and "another program" not in said


@pytest.mark.skipif(os.getuid() != 0, reason="root becomes another user")
def test_a_port_that_needs_rights_is_no_port_in_use(public_path):
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as f:
        if int(f.read()) <= 443:
            pytest.skip("every user may listen on 443 here")
    g = readable(public_path)
    rewrite(g.home + "/tieline.yaml", ("^listen: .*", "listen: 127.0.0.1:443"))
    for directory, _, files in os.walk(g.home):
        for path in [directory, *(f"{directory}/{f}" for f in files)]:
            os.chown(path, NOBODY, NOBODY)
    said = g.run("serve", user=NOBODY, check=HOST).stderr
    assert "CAP_NET_BIND_SERVICE" in said and "another program" not in said
