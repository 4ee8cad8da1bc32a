# SPDX-License-Identifier: Apache-2.0
"""A gateway that cannot start says what is in the way, and the hint is of that."""
import os
import shutil

import pytest

from gateway import HOST, rewrite

NOBODY = 65534


def readable(g):
    """By others, all but keys/; as far as the directories of this test are ours."""
    path = g.home
    while path not in ("/", "/tmp"):
        if os.stat(path).st_uid == 0:
            os.chmod(path, 0o755)
        path = os.path.dirname(path)


@pytest.mark.skipif(os.getuid() != 0, reason="root becomes another user")
@pytest.mark.parametrize("has_run", [True, False])
def test_a_user_who_may_not_write_run_is_told_so(world, has_run):
    g = world.gateway("Utility", "007909411", "utility")
    readable(g)
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
def test_a_port_that_needs_rights_is_no_port_in_use(world):
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as f:
        if int(f.read()) <= 443:
            pytest.skip("every user may listen on 443 here")
    g = world.gateway("Utility", "007909411", "utility")
    rewrite(g.home + "/tieline.yaml", ("^listen: .*", "listen: 127.0.0.1:443"))
    readable(g)
    for directory, _, files in os.walk(g.home):
        for path in [directory, *(f"{directory}/{f}" for f in files)]:
            os.chown(path, NOBODY, NOBODY)
    said = g.run("serve", user=NOBODY, check=HOST).stderr
    assert "CAP_NET_BIND_SERVICE" in said and "another program" not in said
