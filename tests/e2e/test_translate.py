# SPDX-License-Identifier: Apache-2.0
"""Documents of our own as X12 and back, by the command: what it writes is valid, and what it tells."""
import json
import os

import pytest

from gateway import DONE, INPUT, REFUSED, USAGE, tieline

MAPPINGS = os.path.join(os.path.dirname(__file__), "..", "..", "mappings")
PAIRS = sorted(name[:-len(".json")].rsplit("-", 1) for name in os.listdir(MAPPINGS) if name.endswith(".json"))


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request, tmp_path):
    document, set_id = request.param
    files = [str(tmp_path / name) for name in ("new.json", "there.x12", "back.json", "again.x12")]
    tieline("new", document, "-o", files[0])
    return (document, set_id, *files)


def test_there_and_back_is_valid_and_the_same(pair):
    document, set_id, new, there, back, again = pair
    told = tieline("translate", new, "-o", there, check=REFUSED).stderr
    assert "/agreement_id: not said: TPA-2026-017 (translate.place)\n" in told
    assert "0 errors" in tieline("x12", "check", there, "--guide", f"us-{set_id}").stdout
    tieline("translate", there, "--like", new, "-o", back)
    assert ": valid: " in tieline("check", back).stdout
    tieline("translate", back, "-o", again, check=REFUSED)
    assert tieline("x12", "diff", there, again).stdout == ""


def test_other_delimiters_and_line_ends_say_the_same(pair, tmp_path):
    *_, new, there, back, again = pair
    tieline("translate", new, "--zone", "ET", "-o", there, check=REFUSED)
    text = open(there, encoding="utf-8").read()
    theirs = str(tmp_path / "theirs.x12")
    with open(theirs, "w", encoding="utf-8", newline="") as file:
        file.write(text.translate(str.maketrans("*>~", "|:!")).replace("!", "!\r\n").replace("|0.38000|", "|.38|").replace(
            "|465.60|", "|465.6|"))
    tieline("translate", theirs, "--like", new, "-o", back)
    tieline("translate", back, "--zone", "ET", "-o", again, check=REFUSED)
    assert tieline("x12", "diff", theirs, again).stdout == ""


def test_what_both_know_is_not_told(pair):
    document, _, new, there, *_ = pair
    assert tieline("translate", new, "--like", new, "-o", there, check=DONE).stderr == ""
    assert json.loads(tieline("translate", new, "--like", new, "--json", "-o", there).stdout) == {
        "file": new, "unsaid": 0, "put": 0}


def test_numbers_zone_and_parties(pair):
    *_, new, there, back, again = pair
    tieline("translate", new, "--number", "77", "--time", "2026-07-01T16:41:00Z", "--sender", "SENDER",
            "--receiver", "1234567890123", "-o", there, check=REFUSED)
    isa = open(there, encoding="utf-8").read().split("*")
    assert (isa[5], isa[6].strip(), isa[7], isa[8].strip()) == ("ZZ", "SENDER", "14", "1234567890123")
    assert isa[9] + isa[10] == "2607011641" and isa[13] == "000000077"


def test_what_is_told_as_json(pair):
    *_, new, there, back, again = pair
    *notes, verdict = map(json.loads, tieline("translate", new, "--json", "-o", there, check=REFUSED).stdout.splitlines())
    assert verdict["unsaid"] == len(notes) and verdict["put"] == 0
    assert {"kind": "not said", "where": "/territory", "value": "US-PA", "restricted": False,
            "code": "translate.place"} in notes


def test_wrong_words_and_input(pair, tmp_path):
    *_, new, there, back, again = pair
    tieline("translate", new, "--json", check=USAGE)
    tieline("translate", new, "--to", "xml", check=USAGE)
    tieline("translate", new, "--number", "0", check=USAGE)
    assert "nothing is written (json.syntax)" in tieline("translate", "-", stdin="nothing", check=INPUT).stderr
    tieline("translate", new, "-o", there, check=REFUSED)
    assert "(der." in tieline("translate", there, "-o", back, check=INPUT).stderr  # no pattern: no agreement
    assert not os.path.exists(back)


def test_restricted_values_are_not_repeated(tmp_path):
    document = json.loads(tieline("new", "invoice").stdout)
    document["remit_to_account"] = "DE00 1234"
    told = tieline("translate", "-", stdin=json.dumps(document), check=REFUSED)
    assert "/remit_to_account: not said: (restricted) (translate.place)" in told.stderr
    assert "1234" not in told.stderr.replace("0197", "") and "DE00" not in told.stdout + told.stderr
    long = tieline("translate", "-", stdin=json.dumps({**document, "buyer_account": "ACCOUNT-" * 8}), check=INPUT)
    assert "/buyer_account: segment " in long.stderr and "REF02: 64 bytes are more than it holds" in long.stderr
    assert "ACCOUNT-" not in long.stderr


def test_the_series_of_an_867_are_read_as_any(tmp_path):
    document = json.loads(tieline("new", "service_performance").stdout)
    x12 = tieline("translate", "-", "--zone", "ET", stdin=json.dumps(document), check=REFUSED).stdout
    readings = [json.loads(line) for line in tieline("x12", "intervals", "--json", "-", stdin=x12).stdout.splitlines()]
    energy = [r for r in readings if r["series"] == 1]
    assert [(r["start"], r["quantity"]) for r in energy] == [(i["start"], i["delivered_kwh"]) for i in document["intervals"]]
    assert {r["series"] for r in readings} == {1, 2, 3, 4, 5} and {r["unit"] for r in energy} == {"KH"}
    details = {r["series"]: r["detail"] for r in readings}
    assert details == {1: "DELIVERED ENERGY", 2: "DELIVERED", 3: "AWARDED", 4: "METERED", 5: "BASELINE"}


def test_an_867_from_its_readings_is_the_same_document(tmp_path):
    like = tmp_path / "like"
    like.write_text(tieline("new", "service_performance").stdout)
    x12 = tieline("translate", like, check=REFUSED).stdout
    readings = tieline("x12", "intervals", "--json", "-", stdin=x12).stdout
    again = tieline("x12", "intervals", "--from", "json", "-", stdin=readings).stdout
    documents = [json.loads(tieline("translate", "--like", like, "-", stdin=text, check=None).stdout) for text in (x12, again)]
    assert documents[0]["intervals"] == documents[1]["intervals"] == json.loads(like.read_text())["intervals"]
