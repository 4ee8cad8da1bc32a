# SPDX-License-Identifier: Apache-2.0
"""A typing error in a file of the home: every command says which file, what of it is in force, and what mends it."""
import signal

import pytest

from gateway import DONE, HOST, tieline, write


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
