# SPDX-License-Identifier: Apache-2.0
"""Every way AS2 may wrap and receipt a message, between two gateways and checked by `openssl`."""
import re
import subprocess

import pytest

from gateway import OPENSSL, REFUSED, Gateway, wait_until, write

WRAPPED = [(sign, encrypt, compress)
           for sign in (True, False) for encrypt in (True, False)
           for compress in ("never", "before-signing", "after-signing")
           if sign or compress != "after-signing"]
DOCUMENT = b"ISA*00*          *00*          *ZZ*UTILITY        ~\r\n" * 40


def agree(gateway, partner, **terms):
    """Rewrites the as2 line of an agreement, as a person would, and reloads."""
    path = f"{gateway.home}/partners/{partner.id}/agreement.yaml"
    with open(path) as f:
        text = f.read()
    line = ", ".join(f"{key}: {str(value).lower() if isinstance(value, bool) else value}"
                     for key, value in terms.items())
    with open(path, "w") as f:
        f.write(re.sub(r"(?m)^as2: .*$", f"as2: {{ {line} }}", text))
    since = gateway.mark()
    gateway.process.send_signal(1)
    gateway.wait_log("reloaded", since)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("matrix"))
    utility = Gateway(directory, "Utility", "007909411", "utility")
    aggregator = Gateway(directory, "Aggregator", "829517388", "aggregator")
    utility.knows(aggregator)
    aggregator.knows(utility)
    utility.start()
    aggregator.start()
    yield utility, aggregator
    utility.stop()
    aggregator.stop()


@pytest.mark.parametrize("sign,encrypt,compress", WRAPPED)
def test_every_way_arrives(pair, tmp_path, sign, encrypt, compress):
    utility, aggregator = pair
    file = write(tmp_path / "810.edi", DOCUMENT)
    agree(aggregator, utility, sign=False, encrypt=False)
    for receipt, delivery in (("signed", "synchronous"), ("unsigned", "synchronous"), ("none", "synchronous"),
                              ("signed", "asynchronous"), ("unsigned", "asynchronous")):
        agree(utility, aggregator, sign=sign, encrypt=encrypt, compress=compress, receipt=receipt, **{"receipt-delivery": delivery})
        message = utility.send_id(aggregator, "billing", file, "--wait")
        assert utility.show(message)["state"] == "delivered"
        assert utility.show(message)["receipt"] == (None if receipt == "none" else receipt)
        assert aggregator.document(message) == DOCUMENT
        assert utility.document(message) == DOCUMENT
        if delivery == "asynchronous":
            wait_until(lambda: aggregator.show(message)["our-receipt"] == "delivered")
        else:
            assert aggregator.show(message)["our-receipt"] is None
        if receipt == "signed":
            path = str(tmp_path / "receipt.eml")
            utility.run("receipt", message, "-o", path)
            subprocess.run([OPENSSL, "cms", "-verify", "-in", path, "-CAfile", utility.root_of(aggregator)],
                           check=True, capture_output=True)


@pytest.mark.parametrize("receipt", ["signed", "unsigned", "none"])
@pytest.mark.parametrize("sign,encrypt,missing", [(False, True, "as2.signature.missing"),
                                                  (True, False, "as2.encryption.missing")])
def test_less_than_agreed_is_refused(pair, tmp_path, sign, encrypt, missing, receipt):
    utility, aggregator = pair
    file = write(tmp_path / "810.edi", DOCUMENT)
    agree(aggregator, utility, sign=True, encrypt=True)
    agree(utility, aggregator, sign=sign, encrypt=encrypt, receipt=receipt)
    message = utility.send_id(aggregator, "billing", file, "--wait", check=REFUSED)
    assert utility.show(message)["state"] == "refused"
    assert [m["fault"]["code"] for m in aggregator.inbox() if m["message-id"] == message] == [missing]


def test_a_small_message_may_hold_a_large_document(pair, tmp_path):
    """Compressed it fits in memory, expanded it needs a spool file."""
    utility, aggregator = pair
    large = b"".join(b"segment %d feeder %d~" % (i, i * 7919 % 1000) for i in range(40000))
    file = write(tmp_path / "large.edi", large)
    agree(aggregator, utility, sign=True, encrypt=True)
    for compress in ("before-signing", "after-signing"):
        agree(utility, aggregator, sign=True, encrypt=True, compress=compress)
        message = utility.send_id(aggregator, "billing", file, "--wait")
        assert aggregator.document(message) == large
