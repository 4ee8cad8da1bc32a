# SPDX-License-Identifier: Apache-2.0
"""Peers that others wrote, installed by package name into the build directory and started as their users start them."""
import os
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))

REQUIRED = bool(os.environ.get("CI"))


def give_up(why):
    """CI may not pass without its peers; a developer's machine may be offline."""
    if REQUIRED:
        pytest.fail(why)
    pytest.skip(why)


def environment(name):
    """The interpreter of an environment that has what NAME-requirements.txt says."""
    place = os.path.join(os.environ.get("TIELINE_BUILD", "/tmp"), "peers", name)
    python = os.path.join(place, "bin", "python")
    wanted = os.path.join(os.path.dirname(__file__), f"{name}-requirements.txt")
    stamp = os.path.join(place, "requirements.txt")
    if not os.path.exists(stamp) or open(stamp).read() != open(wanted).read():
        for words in (["/usr/bin/python3", "-m", "venv", "--clear", place], [python, "-m", "pip", "install", "-q", "-r", wanted]):
            done = subprocess.run(words, capture_output=True, text=True)
            if done.returncode != 0:
                give_up(f"{name} cannot be installed: {' '.join(words)}\n{done.stdout}{done.stderr}")
        with open(wanted) as source, open(stamp, "w") as copy:
            copy.write(source.read())
    return python


@pytest.fixture(scope="session")
def pyas2_python():
    return environment("pyas2")


@pytest.fixture(scope="session")
def django_python():
    return environment("django")


@pytest.fixture(scope="session")
def schema_python():
    return environment("schema")


@pytest.fixture(scope="session")
def openas2_lib():
    """The directory with OpenAS2's library and those that it needs."""
    place = os.path.join(os.environ.get("TIELINE_BUILD", "/tmp"), "peers", "openas2")
    wanted = os.path.join(os.path.dirname(__file__), "openas2-pom.xml")
    stamp = os.path.join(place, "pom.xml")
    if not os.path.exists(stamp) or open(stamp).read() != open(wanted).read():
        words = ["mvn", "-B", "-q", "-f", wanted, f"-Dmaven.repo.local={place}/repository", "dependency:copy-dependencies",
                 f"-DoutputDirectory={place}/lib"]
        if not shutil.which(words[0]):
            give_up(f"OpenAS2 cannot be installed: there is no {words[0]} (package maven)")
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            give_up(f"OpenAS2 cannot be installed: {' '.join(words)}\n{done.stdout}{done.stderr}")
        with open(wanted) as source, open(stamp, "w") as copy:
            copy.write(source.read())
    return os.path.join(place, "lib")


@pytest.fixture(scope="session")
def libas2_modules():
    """The directory with libas2 and the modules that it needs."""
    place = os.path.join(os.environ.get("TIELINE_BUILD", "/tmp"), "peers", "libas2")
    wanted = os.path.join(os.path.dirname(__file__), "libas2-package.json")
    stamp = os.path.join(place, "installed.json")
    if not os.path.exists(stamp) or open(stamp).read() != open(wanted).read():
        for tool in ("node", "npm"):
            if not shutil.which(tool):
                give_up(f"libas2 cannot be installed: there is no {tool} (packages nodejs, npm)")
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        shutil.copyfile(wanted, os.path.join(place, "package.json"))
        words = ["npm", "install", "--prefix", place, "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            give_up(f"libas2 cannot be installed: {' '.join(words)}\n{done.stdout}{done.stderr}")
        shutil.copyfile(wanted, stamp)
    return os.path.join(place, "node_modules")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: large messages")


# --- the table -------------------------------------------------------------------

TABLE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "interop.md")
HEAD = """# Interoperability

Written by `./dev interop`: every case against programs that others wrote, installed by package name
and started as their users start them.  `tests/interop` has the cases.

OpenAS2 knows one certificate of a partner: it seals to the one that it verifies with, so whoever talks
to it signs and opens with one key (`use_one_certificate` in `tests/interop/openas2_peer.py`).  AS2 names
with blanks fail in it: it does not find the partner of a receipt whose AS2-To is quoted, and puts the
blank into its Message-IDs.  Of what is only compressed its MIC leaves the headers out (against RFC 5402 4):
such a message is refused, and `tieline explain` says so.  Its unsigned receipts have no MIC, as they may.

libas2 signs its receipts, and texts that end with a line, without the last line end: the receipts need
`tolerate: { last-line-ending: }`, such texts are refused (or sent as application/octet-stream).  It opens
CBC alone; its own GCM has no tag.  What it opened it hands to a function as so many arguments, which are on the
stack: above some 120 KiB it answers that the stack ended (and we that the message is refused), unless its users
start node with `--stack-size`, and a limit of the stack that fits.  100 MiB it sends, and cannot read.

django-pyas2 does not keep the MIC of what it sends, so it compares none with a receipt's.  It shows no TLS
certificate: what it sends must be signed, its later receipts too, and it counts one that we refuse as sent.
With its `DATA_DIR` set, Django refuses the file names that it makes, and every message is answered 400.

| peer | case | result |
|---|---|---|
"""
results = []


def result_of(report):
    """What a case that passed says of itself, for which "passed" would say too much of the peer."""
    said = dict(report.user_properties).get("result")
    return said if said and report.passed else report.outcome


def pytest_runtest_logreport(report):
    if "test_x12_" in report.nodeid:  # docs/x12-peers.md is about these
        return
    if report.when == "call" or report.skipped or report.failed:
        peer, case = report.nodeid.split("::", 1)
        peer = os.path.basename(peer)[len("test_"):-len(".py")]
        why = report.longrepr[2].partition(": ")[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
        results.append((peer, case[len("test_"):].replace("_", " ").replace("[", ": ").rstrip("]"),
                        f"{report.outcome}: {why}" if why else result_of(report)))


def pytest_sessionfinish(session):
    """Only of a whole run: a table of some cases would hide the others."""
    option = session.config.option
    if results and not option.keyword and not option.markexpr and all(os.path.isdir(arg) for arg in session.config.args):
        with open(TABLE, "w") as table:
            table.write(HEAD + "".join(f"| {peer} | {case} | {outcome} |\n" for peer, case, outcome in results))
