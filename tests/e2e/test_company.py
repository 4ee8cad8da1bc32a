# SPDX-License-Identifier: Apache-2.0
"""An option in the company of a verb or an option that it has no effect with is refused, for every command.

The help names what each option goes with, and it and the refusal come of one table; that of commands with verbs is
whole: an option that names no verb has an effect with each of them."""
import re

import pytest

from gateway import DONE, USAGE, tieline

VERBS = {"partner": ("add", "list", "show", "anchors", "lists", "remove"),
         "cert": ("status", "refresh", "renew", "roll"),
         "risk": ("except", "end"),
         "x12 guide": ("list", "print", "check")}
FOR_ALL = {"partner": {"--home"}, "cert": {"--home"}, "risk": {"--home"}, "x12 guide": {"--guides"}}


def commands():
    for line in re.findall(r"(?m)^  (\w+) ", tieline("--help").stdout):
        if line not in ("x12", "registry"):
            yield line
    for group in ("x12", "registry"):
        yield from re.findall(rf"(?m)^  ({group} \w+) ", tieline(group, "--help").stdout)


def options(command):
    """(option, whether it takes a value, what it goes with, what it does not go with)"""
    for line in tieline(*command.split(), "--help").stdout.splitlines():
        found = re.match(r"  (--?[\w-]+)(?: (\S+))? +(.*)$", line)
        if not found or found[1] == "--help":
            continue
        company, without = [], []
        rest = found[3]
        if with_ := re.match(r"((?:[\w=-]+)(?:, [\w=-]+)*): ", rest):
            words = with_[1].split(", ")
            if all(w.startswith("--") or w in VERBS.get(command, ()) for w in words):
                company, rest = words, rest[with_.end():]
        if not_ := re.match(r"not with ([^:]+): ", rest):
            without = not_[1].split(", ")
        yield found[1], bool(found[2]) and not found[2].startswith("["), company, without


ALL = [(command, *row) for command in commands() for row in options(command)]


def refused(command, option, has_value, *words):
    said = tieline(*command.split(), *words, option, *(["x"] if has_value else []), check=USAGE).stderr
    assert f"{option} goes " in said, said


@pytest.mark.parametrize("command", VERBS)
def test_every_option_of_a_command_with_verbs_names_them(command):
    assert {option for c, option, _, company, without in ALL if c == command and not company and not without} \
        == FOR_ALL[command]


@pytest.mark.parametrize("command", VERBS)
def test_an_option_of_another_verb_is_refused(command):
    tried = 0
    for _, option, has_value, company, without in [row for row in ALL if row[0] == command]:
        for verb in VERBS[command]:
            if verb in without or (company and verb not in company):
                refused(command, option, has_value, verb, "operand")
                tried += 1
    assert tried > 0


def test_an_option_without_the_one_it_needs_is_refused(tmp_path):
    rows = [row for row in ALL if row[3] and all(word.startswith("--") for word in row[3])]
    assert {row[0] for row in rows} >= {"sheet", "new", "x12 intervals", "x12 convert"}
    for command, option, has_value, _, _ in rows:
        refused(command, option, has_value, "operand")


@pytest.mark.parametrize("words", [("sheet", "--url", "https://new:8443"), ("cert", "renew", "--at", "2027-01-01"),
                                   ("cert", "status", "--finish"), ("partner", "list", "--fingerprint", "00", "--pem"),
                                   ("new", "--list", "-o", "f"), ("x12", "guide", "print", "us-820", "--json"),
                                   ("x12", "convert", "--to", "json", "--json", "f"), ("cert", "roll", "-o", "f"),
                                   ("cert", "roll", "--finish", "--at", "2027-01-01"), ("risk", "end", "x", "--json"),
                                   ("x12", "convert", "--to", "json", "--guide", "us-820", "f"),
                                   ("new", "dispute", "--list")], ids=" ".join)
def test_what_would_have_no_effect_is_refused(words, tmp_path):
    assert " goes " in tieline(*words, check=USAGE, env={"TIELINE_HOME": str(tmp_path)}).stderr


def test_what_has_an_effect_is_taken():
    tieline("new", "--list", "--json", check=DONE)
    tieline("x12", "guide", "list", "--json", check=DONE)
