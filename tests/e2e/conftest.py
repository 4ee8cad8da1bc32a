# SPDX-License-Identifier: Apache-2.0
import os
import tempfile

import pytest

from gateway import Gateway

UTILITY_ID, AGGREGATOR_ID = "007909411", "829517388"


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: left out of ./dev test --quick")


@pytest.fixture
def public_path():
    """A directory that other users may enter, whatever another run of pytest does to the parents of tmp_path."""
    with tempfile.TemporaryDirectory(dir="/tmp") as path:
        os.chmod(path, 0o755)
        yield path


@pytest.fixture
def world(tmp_path):
    """Makes gateways and ends whatever is left of them."""
    made = []

    class World:
        path = tmp_path

        def gateway(self, name, party_id, role, **more):
            gateway = Gateway(str(tmp_path), name, party_id, role, **more)
            made.append(gateway)
            return gateway

        def pair(self, **more):
            u = self.gateway("Utility", UTILITY_ID, "utility", **more)
            a = self.gateway("Aggregator", AGGREGATOR_ID, "aggregator", **more)
            u.knows(a)
            a.knows(u)
            return u, a

    yield World()
    for gateway in made:
        if gateway.process is not None:
            gateway.kill()


@pytest.fixture
def pair(world):
    """A utility and an aggregator that know each other, both serving."""
    u, a = world.pair()
    u.start()
    a.start()
    return u, a


@pytest.fixture(scope="session")
def shared_pair(tmp_path_factory):
    """As pair, for tests that leave both gateways as they found them."""
    path = str(tmp_path_factory.mktemp("shared"))
    u = Gateway(path, "Utility", UTILITY_ID, "utility")
    a = Gateway(path, "Aggregator", AGGREGATOR_ID, "aggregator")
    u.knows(a)
    a.knows(u)
    u.start()
    a.start()
    yield u, a
    assert u.stop() == 0 and a.stop() == 0
