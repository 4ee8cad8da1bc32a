# SPDX-License-Identifier: Apache-2.0
"""A typing error in a file of the home: every command says which file, what of it is in force, and what mends it."""
import json
import signal

import pytest

from gateway import DONE, HOST, TRUST, tieline, write


def spoil(path, text, wrong):
    """Returns what it takes to mend it."""
    with open(path) as f:
        before = f.read()
    assert text in before
    write(path, before.replace(text, wrong, 1).encode())
    return lambda: write(path, before.encode())


SETTINGS_COMMANDS = [("status",), ("doctor",), ("partner", "list"), ("cert", "status"), ("risk",), ("sheet",)]


@pytest.mark.parametrize("words", SETTINGS_COMMANDS, ids=" ".join)
def test_a_typing_error_in_the_settings_names_the_file(world, words):
    g = world.gateway("Utility", "007909411", "utility")
    spoil(g.home + "/tieline.yaml", "limits:\n", "limits:\n  haed: 10s\n")
    error = tieline(words[0], "--home", g.home, *words[1:], check=HOST).stderr
    assert "tieline.yaml: " in error and "haed" in error and "settings." in error
    assert "init`?" not in error


@pytest.mark.parametrize("words", SETTINGS_COMMANDS[:5], ids=" ".join)
def test_a_directory_that_is_no_home_is_asked_for(tmp_path, words):
    error = tieline(words[0], "--home", tmp_path, *words[1:], check=None).stderr
    assert "is this a home made by `tieline init`?" in error


def test_a_reload_that_is_refused_for_the_settings_names_the_file(world):
    g = world.gateway("Utility", "007909411", "utility").start()
    mend = spoil(g.home + "/tieline.yaml", "limits:\n", "limits:\n  haed: 10s\n")
    g.process.send_signal(signal.SIGHUP)
    assert "tieline.yaml: " in g.wait_log("reload-refused")
    assert "keeps what it read before" in g.run("status", check=HOST).stderr
    mend()
    g.process.send_signal(signal.SIGHUP)
    g.wait_log("reloaded")
    g.run("status", check=DONE)


@pytest.fixture
def mistyped(pair):
    """Both serve, and one word of the utility's agreement is wrong."""
    utility, aggregator = pair
    file = f"{utility.home}/partners/{aggregator.id}/agreement.yaml"
    spoil(file, "\nsuspended:", "\nsupended:")
    utility.process.send_signal(signal.SIGHUP)
    assert "supended" in utility.wait_log("reload-refused")
    return utility, aggregator, file.removeprefix(utility.home + "/")


def test_a_partner_that_cannot_be_read_is_listed_all_the_same(mistyped, tmp_path):
    utility, aggregator, file = mistyped
    for words in (("status",), ("partner", "list")):
        done = utility.run(*words)
        assert aggregator.id in done.stdout and "No partners" not in done.stdout
        assert file in done.stderr and "keeps the agreement that it read before" in done.stderr
        assert "partner add" not in done.stderr
        told = json.loads(utility.run(*words, "--json").stdout)
        (row,) = told["partners"] if words == ("status",) else told
        assert row["id"] == aggregator.id and row["suspended"] is None
        assert row["fault"]["code"] == "agreement.yaml" and file in row["fault"]["text"]
    write(tmp_path / "d.json", b"{}")
    utility.send(aggregator, "outage", tmp_path / "d.json", "--wait")


def test_doctor_says_what_is_in_force_and_what_a_start_makes_of_it(mistyped):
    utility, aggregator, file = mistyped
    (found,) = [f for f in json.loads(utility.run("doctor", "--json", check=TRUST).stdout)["findings"]
                if f["topic"] == "partners"]
    assert found["urgency"] == "urgent" and file in found["found"] and "one that starts answers this partner HTTP 503" in found["found"]
    assert "nothing goes either way" not in found["found"] and "partner add" not in found["mend"]
    utility.stop()
    utility.start()
    assert "supended" in utility.wait_log("partner-closed")


def test_a_partner_without_its_sheet_is_gone_without(pair):
    utility, aggregator = pair
    write(f"{utility.home}/partners/{aggregator.id}/sheet.pem", b"nonsense")
    error = utility.run("status").stderr
    assert f"partners/{aggregator.id}: " in error and "goes without it" in error and "partner add" in error


def test_partners_that_hold_have_no_fault(pair):
    utility, _ = pair
    assert [p["fault"] for p in utility.json("status")["partners"]] == [None]
    assert [p["fault"] for p in json.loads(utility.run("partner", "list", "--json").stdout)] == [None]
