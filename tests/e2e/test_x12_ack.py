# SPDX-License-Identifier: Apache-2.0
"""tieline x12 ack: what is sent back for an interchange, from the command line."""
import json
import os
import re
import subprocess

import pytest

from gateway import DONE, INPUT, LIMIT, TIELINE, USAGE, tieline

DATA = os.environ.get("TIELINE_SHARED_DATA", os.path.join(os.path.dirname(__file__), "../../../shared/data")) + "/x12"
TIME = ("--time", "2026-11-23T18:05:06Z")

ISA = ("ISA*00*          *00*          *01*123456789T     *14*987654321      *260102*0304*U*00401*000000042*%s*T*>~")
GS = "GS*IN*1234567891500*987654321*20260102*0304*7*X*004010~"
BILL = "BIG*20260102*A1~TDS*100~"
GOOD = ISA % "0" + GS + f"ST*810*0001~{BILL}SE*4*0001~GE*1*7~IEA*1*000000042~"
ASKED = ISA % "1" + GS + f"ST*810*0001~{BILL}SE*4*0001~GE*1*7~IEA*1*000000042~"
BAD = ISA % "0" + GS + f"ST*810*0001~{BILL}SE*5*0001~ST*810*0002~{BILL}SE*4*0002~GE*2*7~IEA*1*000000042~"
BROKEN = ISA % "0" + GS + f"ST*810*0001~{BILL}SE*4*0001~GE*1*7~IEA*1*000000043~"
UNKNOWN = GOOD.replace("ST*810", "ST*850")
BACK = ("ISA*00*          *00*          *14*987654321      *01*123456789T     *261123*1805*U*00401*%09d*0*T*>~")
GS_BACK = "GS*FA*987654321*1234567891500*20261123*1805*%d*X*%s~"
TA1 = "TA1*000000042*260102*0304*%s~"
ACK = "ST*997*0001~AK1*IN*7~AK2*810*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~"


def ack(tmp_path, text, *words, check=DONE):
    path = tmp_path / "in.edi"
    path.write_text(text)
    return tieline("x12", "ack", path, *words, check=check).stdout


def files():
    return [os.path.join(top, name) for top, _, names in os.walk(DATA) for name in names if name != "SOURCES.tsv"]


@pytest.mark.parametrize("text,words,answer,code", [
    (GOOD, (), BACK % 1 + GS_BACK % (1, "004010") + ACK + "GE*1*1~IEA*1*000000001~", DONE),
    (GOOD, ("--number", "999999999"),
     BACK % 999999999 + GS_BACK % (999999999, "004010") + ACK + "GE*1*999999999~IEA*1*999999999~", DONE),
    (ASKED, (), BACK % 1 + TA1 % "A*000" + GS_BACK % (1, "004010") + ACK + "GE*1*1~IEA*1*000000001~", DONE),
    (ASKED, ("--ta1", "errors"), BACK % 1 + GS_BACK % (1, "004010") + ACK + "GE*1*1~IEA*1*000000001~", DONE),
    (ASKED, ("--ta1=never",), BACK % 1 + GS_BACK % (1, "004010") + ACK + "GE*1*1~IEA*1*000000001~", DONE),
    (GOOD, ("--as", "999"), BACK % 1 + GS_BACK % (1, "005010") +
     "ST*999*0001~AK1*IN*7*004010~AK2*810*0001~IK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*1~IEA*1*000000001~", DONE),
    (BAD, (), BACK % 1 + GS_BACK % (1, "004010") + "ST*997*0001~AK1*IN*7~AK2*810*0001~AK5*R*4~AK2*810*0002~AK5*A~"
     "AK9*P*2*2*1~SE*8*0001~GE*1*1~IEA*1*000000001~", INPUT),
    (BROKEN, (), BACK % 1 + TA1 % "R*001" + "IEA*0*000000001~", INPUT),
    (BROKEN, ("--ta1", "never"), BACK % 1 + GS_BACK % (1, "004010") + ACK + "GE*1*1~IEA*1*000000001~", INPUT),
    (GOOD, ("--ta1", "never", "--advice=all"), BACK % 1 + GS_BACK % (1, "004010") + ACK + "GE*1*1~IEA*1*000000001~" +
     BACK % 2 + "GS*AG*987654321*1234567891500*20261123*1805*2*X*004010~ST*824*0001~BGN*11*000000002000001*20261123*1805~"
     "OTI*TA*TN*A1*1234567891500*987654321***7*0001*810*004010~SE*4*0001~GE*1*2~IEA*1*000000002~", DONE),
    (UNKNOWN, (), BACK % 1 + GS_BACK % (1, "004010") + "ST*997*0001~AK1*IN*7~AK2*850*0001~AK5*R*1~AK9*R*1*1*0~"
     "SE*6*0001~GE*1*1~IEA*1*000000001~", INPUT),
    (UNKNOWN, ("--unknown-sets", "accept"), BACK % 1 + GS_BACK % (1, "004010") + "ST*997*0001~AK1*IN*7~AK2*850*0001~AK5*A~"
     "AK9*A*1*1*1~SE*6*0001~GE*1*1~IEA*1*000000001~", DONE),
    (GOOD, ("--advice",), BACK % 1 + GS_BACK % (1, "004010") + ACK + "GE*1*1~IEA*1*000000001~", DONE),
])
def test_answers(tmp_path, text, words, answer, code):
    assert ack(tmp_path, text, *words, *TIME, check=code) == answer


def test_two_interchanges_have_two_answers_and_no_number_twice(tmp_path):
    answer = ack(tmp_path, GOOD + "\n" + GOOD.replace("000000042", "000000043"), *TIME)
    assert answer == "".join(BACK % n + GS_BACK % (n, "004010") + ACK + f"GE*1*{n}~IEA*1*{n:09}~" for n in (1, 2))


def test_answers_are_not_answered(tmp_path):
    answer = ack(tmp_path, ASKED, "--ta1", "always")
    assert ack(tmp_path, answer, "--ta1", "never") == ""
    assert ack(tmp_path, ack(tmp_path, BROKEN, check=INPUT), "--ta1", "always") == ""


def test_reads_standard_input_and_writes_a_file(tmp_path):
    result = subprocess.run([TIELINE, "x12", "ack", "-", "-o", tmp_path / "out", *TIME],
                            input=GOOD.encode(), capture_output=True, check=True)
    assert result.stdout == b""
    assert (tmp_path / "out").read_text() == BACK % 1 + GS_BACK % (1, "004010") + ACK + "GE*1*1~IEA*1*000000001~"


@pytest.mark.skipif(bool(os.environ.get("TIELINE_SANITIZED")), reason="a sanitized program holds more")
@pytest.mark.parametrize("wrong", [0, 1], ids=["accepted", "rejected in the end"])
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_holds_no_long_answer_in_memory(words, wrong):
    """What waits for the end of an interchange waits on the disk.  It is looked at while it writes: then all was made."""
    count = 200_000
    sets = "".join(f"ST*810*{n:07}~BIG*20260102*A{n}~NTE*ADD*{'x' * 60}~TDS*1~SE*5*{n:07}~" for n in range(1, count + 1))
    program = subprocess.Popen([TIELINE, "x12", "ack", "-", *words, *TIME], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    program.stdin.write(f"{ISA % '0'}{GS}{sets}GE*{count + wrong}*7~IEA*1*000000042~".encode())
    program.stdin.close()
    answer = program.stdout.read(1)
    with open(f"/proc/{program.pid}/status") as f:
        held = int(re.search(r"VmHWM:\s+(\d+)", f.read())[1])
    answer += program.stdout.read()
    assert program.wait(LIMIT) == (INPUT if wrong else DONE) and held < 16 << 10
    if not words:
        assert answer.count(b"~AK5*") == count and answer.count(b"~AK5*R~") == (count if wrong else 0)


@pytest.mark.parametrize("words", [("--ta1", "sometimes"), ("--as", "998"), ("--number", "0"), ("--number", "x"),
                                   ("--number", "1000000000"), ("--unknown-sets", "keep"), ("--time", "noon"), ("--advice=none",)])
def test_refuses_words_it_does_not_know(tmp_path, words):
    assert ack(tmp_path, GOOD, *words, check=USAGE) == ""


def test_without_a_file(tmp_path):
    result = tieline("x12", "ack", tmp_path / "none", check=INPUT)
    assert "none" in result.stderr and result.stdout == ""


@pytest.mark.skipif(not os.path.isdir(DATA), reason="the foreign test data is not there")
@pytest.mark.parametrize("words,every", [((), 1), (("--ta1", "always", "--as", "997"), 3),
                                         (("--ta1", "never", "--as", "999", "--advice=all"), 3)])
def test_answers_to_foreign_files_are_valid(tmp_path, words, every):
    answered = 0
    for path in sorted(files())[::every]:
        out = tmp_path / "answer"
        first = tieline("x12", "check", "--json", "-q", path, check=None)
        result = tieline("x12", "ack", path, "-o", out, "--unknown-sets", "accept", *words, check=None)
        assert result.returncode == first.returncode, path
        if out.stat().st_size == 0:
            continue
        answered += 1
        totals = json.loads(tieline("x12", "check", "--json", "-q", out).stdout.splitlines()[-1])["totals"]
        assert totals["errors"] == 0 and totals["interchanges"] >= 1, path
        out.unlink()
    assert answered > 100 // every
