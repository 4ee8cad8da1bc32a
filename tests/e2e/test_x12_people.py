# SPDX-License-Identifier: Apache-2.0
"""X12 for people and programs: show, intervals."""
import json
import os
import re
import subprocess

import pytest

from gateway import DONE, HOST, INPUT, LIMIT, TIELINE, USAGE, tieline, write

ISA = "ISA*00*          *00*          *01*007909411      *01*829517388      *240102*0304*U*00401*000000001*0*T*>~"


def document(group, set_id, body):
    lines = [f"GS*{group}*007909411*829517388*20240102*0304*1*X*004010", f"ST*{set_id}*0001", *body,
             f"SE*{len(body) + 2}*0001", "GE*1*1", "IEA*1*000000001"]
    return (ISA + "".join(line + "~" for line in lines)).encode()


def test_show_says_it_in_words(tmp_path):
    path = write(tmp_path / "bill", document("IN", "810", ["BIG*20240102*INV1", "N1*8S*US", "TDS*12345"]))
    shown = tieline("x12", "show", path, "--guide", "us-810", check=INPUT).stdout
    assert "interchange 000000001, from 01 007909411 to 01 829517388" in shown
    assert "2024-01-02" in shown and "123.45" in shown and "N1  Utility" in shown
    assert "\x1b" not in shown


def test_a_guide_for_none_of_the_sets_is_no_verdict(tmp_path):
    """A check by a guide that was asked of nothing must not be taken for one."""
    path = write(tmp_path / "997", document("FA", "997", ["AK1*IN*1", "AK9*A*1*1*1"]))
    said = tieline("x12", "check", path, "--guide", "us-810", check=INPUT)
    assert "--guide us-810 is for none of these sets" in said.stderr and "(x12.guide.unused)" in said.stderr
    for words in (("--guide", "us-997"), ("--guide", "us-810,us-997"), ()):
        assert tieline("x12", "check", path, *words, check=DONE).stderr == ""


ACKNOWLEDGED = [  # what AK3 and AK4, IK3 and IK4, AK5, IK5 and TA1 say is said in words
    ("AK1*IN*7~AK2*810*0001~AK3*BIG*2**8~AK4*2*76*1~AK3*ZZZ*3**1~AK5*R*5~AK9*R*1*1*0~", "997", "00401", "004010",
     ["8  elements in error", "1  required, and missing", "1  no segment of X12", "5  segments in error"]),
    ("AK1*IN*7*005010~AK2*810*0001~IK3*BIG*2**I4~IK4*2*76*I6~IK5*R*I5~AK9*R*1*1*0~", "999", "00501", "005010",
     ["I4  not used in the guide", "I6  a code that the guide does not use", "I5  segments in error, by the guide"]),
]


@pytest.mark.parametrize("body, kind, version, release, said", ACKNOWLEDGED)
def test_show_says_what_an_acknowledgment_means(tmp_path, body, kind, version, release, said):
    count = body.count("~") + 2
    text = (f"ISA*00*          *00*          *01*829517388      *01*007909411      *240102*0304*"
            f"{'U' if version == '00401' else '^'}*{version}*000000001*0*T*>~"
            f"TA1*000000009*240102*0304*R*023~GS*FA*829517388*007909411*20240102*0304*1*X*{release}~"
            f"ST*{kind}*0001~{body}SE*{count}*0001~GE*1*1~IEA*1*000000001~")
    shown = tieline("x12", "show", write(tmp_path / "edi", text.encode())).stdout
    for words in ["023  it ends too early", *said]:
        assert words in shown, shown


def test_show_has_the_findings_under_their_segment(tmp_path):
    path = write(tmp_path / "bill", document("IN", "810", ["BIG*20240230*INV1", "TDS*1"]))
    lines = tieline("x12", "show", path, check=INPUT).stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip().startswith("BIG"))
    assert any("x12.element.date" in line for line in lines[at:at + 5])


def test_show_has_broken_rules_under_the_end_of_their_set(tmp_path):
    path = write(tmp_path / "payment", document("RA", "820", [
        "BPR*C*300*C*ACH*CTX*01*021000021*DA*123456*1007909411**01*021000021*DA*98765*20261123", "TRN*1*TR", "DTM*097*20261123",
        "N1*PR*PAYER*1*007909411", "N1*PE*PAYEE*1*829517388", "ENT*1", "RMR*12*A1**100"]))
    lines = [line.strip() for line in tieline("x12", "show", path, "--guide", "us-820", check=INPUT).stdout.splitlines()]
    at = next(i for i, line in enumerate(lines) if line.startswith("SE "))
    assert lines[at + 1].startswith("! segment 4, BPR02: error: ") and "300 against 100 (x12.rule.total)" in lines[at + 1]


def test_show_prints_nothing_a_terminal_would_act_on(tmp_path):
    path = write(tmp_path / "bill", document("IN", "810", ["BIG*20240102*\x1b[2J\x07", "TDS*1"]))
    shown = tieline("x12", "show", path, check=INPUT, text=False).stdout
    assert b"\x1b" not in shown and b"\x07" not in shown


@pytest.mark.parametrize("value, shown", [
    (b"A\x00B", "A\\x00B"), (b"\x00", "\\x00"), (b"A\x1b[2J", "A\\x1b[2J"), (b"A\x00\x00", "A\\x00\\x00"), (b"caf\xe9", "caf\\xe9")],
    ids=["inside", "alone", "escape", "at the end", "Latin-1"])
def test_no_byte_hides_what_is_behind_it(tmp_path, value, shown):
    content = document("IN", "810", ["BIG*20240102*INV1", "NTE*ADD*@", "TDS*1"]).replace(b"@", value)
    path = write(tmp_path / "bill", content)
    text = tieline("x12", "show", path, check=None).stdout
    assert f" {shown}\n" in text
    if value != b"caf\xe9":
        assert f'is "{shown}"' in text and f'is "{shown}"' in tieline("x12", "check", path, check=INPUT).stdout
    assert f",NTE,,2,0,{shown}," in tieline("x12", "convert", path, "--to", "csv").stdout
    made = json.loads(tieline("x12", "convert", path, "--to", "json").stdout)
    made["interchanges"][0]["segments"][4][2] = value.decode("latin-1") + "*"
    result = tieline("x12", "convert", "-", "--from", "json", stdin=json.dumps(made), check=INPUT)
    assert "a delimiter stands in it" in result.stderr


def test_show_for_programs(tmp_path):
    path = write(tmp_path / "bill", document("IN", "810", ["BIG*20240102*INV1", "TDS*12345"]))
    rows = [json.loads(line) for line in tieline("x12", "show", path, "--json", check=DONE).stdout.splitlines()]
    tds = next(row for row in rows if row["id"] == "TDS")
    assert tds["elements"] == [{"element": 1, "component": None, "name": "Amount", "value": "12345", "meaning": "123.45"}]
    assert [row["id"] for row in rows] == ["ISA", "GS", "ST", "BIG", "TDS", "SE", "GE", "IEA"]


def meanings(path, *words, check=DONE):
    """Of each element that has one: "DTM01": "interval end"."""
    said = {}
    for line in tieline("x12", "show", path, "--json", *words, check=check).stdout.splitlines():
        row = json.loads(line)
        for e in row["elements"]:
            at = f"{row['id']}{e['element']:02}" + (f"-{e['component']}" if e["component"] else "")
            said.setdefault(at, e["meaning"])
    return said


def test_common_codes_are_in_words(tmp_path):
    body = ["BPR*I*100*C*ACH*CCP*01*123456789*DA*111*1234567890**01*987654321*DA*222*20260702", "TRN*1*A", "DTM*097*20260701*0930*ES",
            "N1*PR*PAYER*1*007909411", "ENT*1", "RMR*12*ACC1*AJ*100"]
    said = meanings(write(tmp_path / "payment", document("RA", "820", body)))
    want = {"ISA09": "2024-01-02", "ISA10": "03:04", "GS01": "payments and remittances", "GS04": "2024-01-02", "GS05": "03:04",
            "BPR01": "remittance only", "BPR03": "credit", "BPR04": "automated clearing house", "BPR05": "one to one, with an addendum",
            "BPR06": "routing number (ABA)", "BPR08": "checking", "BPR16": "2026-07-02", "TRN01": "of this transaction", "DTM01": "written",
            "DTM02": "2026-07-01", "DTM03": "09:30", "DTM04": "eastern standard time", "N101": "payer", "N103": "DUNS number",
            "RMR01": "utility's account", "RMR03": "adjustment"}
    assert {key: said[key] for key in want} == want
    shown = tieline("x12", "show", str(tmp_path / "payment")).stdout
    assert "829517388, 2024-01-02 03:04, test\n" in shown and "(payments and remittances)" in shown and "automated clearing house" in shown
    table = tieline("x12", "convert", str(tmp_path / "payment"), "--to", "csv").stdout
    assert ",BPR,,4,0,ACH,Payment method,automated clearing house\n" in table


def test_the_words_of_a_guide_win_and_those_of_its_variants_are_shown(tmp_path):
    body = ["BPT*01*U2*20240102*C1*****U1", "PTD*BO***MG*M1", "REF*MT*K3015", "QTY*9H*1*K3", "DTM*582*20240101*0100*ES",
            "QTY*QD*1*K3", "DTM*007****RDT*202401010000-202401020015"]
    path = write(tmp_path / "usage", document("PT", "867", body))
    plain, said = meanings(path), meanings(path, "--guide", "us-867")
    assert said["QTY01"] == "received, estimated" and said["QTY03-1"] == "kVARh" and said["BPT01"] == "cancellation"
    assert said["PTD01"] == "meter intervals" and said["BPT04"] == "interval usage" and plain["QTY01"] == said["QTY01"]
    own = write(tmp_path / "own.yaml", b"""guide: own-867
refines: us-867
body:
  - loop: PTD
    body:
      - segment: REF
        variants:
          - { name: How long, when: { REF01: { MT: how long } } }
          - { name: Other reference }
      - loop: QTY
        variants:
          - { name: "Received quantity, estimated", when: { QTY01: { 9H: guessed } } }
""")
    own_said = meanings(path, "--guide", own, check=None)
    assert own_said["QTY01"] == "guessed" and own_said["REF01"] == "how long"
    shown = tieline("x12", "show", path, "--guide", "us-867").stdout
    assert "2024-01-01 00:00 to 2024-01-02 00:15" in shown


@pytest.mark.parametrize("release", ["004010", "004060", "005010", "008030", "X"])
def test_what_no_guide_is_about_has_names_all_the_same(tmp_path, release):
    content = document("PO", "850", ["BEG*00*SA*A1**20240102", "REF*12*77", "DTM*002*20240103", "N1*BT*BUYER*9*1223334445555", "ZZZ*1"])
    path = write(tmp_path / "order", content.replace(b"004010", release.encode()))
    shown = tieline("x12", "show", path, check=None).stdout
    assert "(purchase order)" in shown and "REF  " in shown and "utility's account" in shown and "delivery requested" in shown
    assert "2024-01-03" in shown and "is billed" in shown and "ZZZ\n" in shown
    said = meanings(path, check=None)
    assert said["REF01"] == "utility's account" and said["BEG01"] is None
    assert ",REF,,1,0,12,Kind of reference,utility's account\n" in tieline("x12", "convert", path, "--to", "csv", check=None).stdout


def test_a_warning_hides_no_words_of_an_envelope(tmp_path):
    path = write(tmp_path / "order", document("PO", "850", ["REF*12*77"]))
    lines = tieline("x12", "show", path).stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip().startswith("ST  set 850 0001"))
    assert "! ST01: warning: there is no guide" in lines[at + 1]
    wrong = write(tmp_path / "wrong", document("PO", "850", ["REF*12*77"]).replace(b"SE*3*", b"SE*4*"))
    shown = tieline("x12", "show", wrong, check=INPUT).stdout
    assert "      01    Segments in the set          4\n" in shown and "x12.se.count" in shown


def usage(*ends):
    body = ["BPT*00*U1*20240102*C1", "PTD*BO***MG*M1", "REF*MT*KH060"]
    for at, (day, time, code) in enumerate(ends):
        body += [f"QTY*QD*{at}.50*KH", f"DTM*582*{day}*{time}*{code}"]
    return document("PT", "867", body)


def test_intervals_are_utc_through_the_night_of_two_hours(tmp_path):
    path = write(tmp_path / "usage", usage(("20241103", "0100", "ED"), ("20241103", "0200", "ED"), ("20241103", "0200", "ES")))
    rows = [json.loads(line) for line in tieline("x12", "intervals", path, "--json").stdout.splitlines()]
    assert [row["start"] for row in rows] == ["2024-11-03T04:00:00.000Z", "2024-11-03T05:00:00.000Z", "2024-11-03T06:00:00.000Z"]
    assert [row["quantity"] for row in rows] == ["0.50", "1.50", "2.50"] and rows[0]["quality"] == "actual"
    assert rows[0]["meter"] == "M1" and rows[0]["reference"] == "U1"
    table = tieline("x12", "intervals", path).stdout.splitlines()
    assert table[0].startswith("purpose,reference,original reference,type,meter,start,end") and len(table) == 4


def test_intervals_back(tmp_path):
    content = usage(("20240310", "0100", "ES"), ("20240310", "0200", "ES"))
    rows = tieline("x12", "intervals", write(tmp_path / "usage", content), "--json").stdout
    back = tieline("x12", "intervals", "-", "--from", "json", stdin=rows).stdout
    assert back.encode() == content.replace(b"REF*MT", b"REF*MG*M1~REF*MT").replace(b"SE*9*", b"SE*10*")

    def body(*words):
        written = tieline("x12", "intervals", "-", "--from", "json", *words, stdin=rows).stdout
        return written[written.index("REF*MT*KH060~") + 13:written.index("SE*")]
    assert body("--zone", "ET") == "QTY*QD*0.50*KH~DTM*582*20240310*0100*ES~QTY*QD*1.50*KH~DTM*582*20240310*0300*ED~"
    assert body("--zone", "ET", "--begins") == "QTY*QD*0.50*KH~DTM*582*20240310*0000*ES~QTY*QD*1.50*KH~DTM*582*20240310*0100*ES~"


def test_lines_of_80_characters_are_one_mistake_and_can_be_joined(tmp_path):
    whole = document("IN", "810", ["BIG*20240102*INV1", "N1*8S*" + "US" * 20, "TDS*100"])
    broken = b"\r\n".join(whole[at:at + 80] for at in range(0, len(whole), 80))
    result = tieline("x12", "check", write(tmp_path / "broken", broken), check=INPUT)
    assert result.stdout.count("error: ") == 1 and "here after 80 characters: join them (as by tr -d '\\r\\n')" in result.stdout
    assert "*R*022~" in tieline("x12", "ack", str(tmp_path / "broken"), check=INPUT).stdout
    joined = broken.translate(None, b"\r\n")
    assert joined == whole and "x12.isa" not in tieline("x12", "check", write(tmp_path / "joined", joined)).stdout


def test_one_minute_is_no_minutes(tmp_path):
    def said(*times):
        path = write(tmp_path / "usage", usage(*[("20240105", time, "ES") for time in times]))
        return tieline("x12", "intervals", path, check=INPUT).stderr
    assert "this interval begins 1 minute before the one before it ends: it is left out" in said("0101", "0200")
    assert "1 minute is missing before this interval" in said("0059", "0200")
    assert "59 minutes are missing before this interval" in said("0101", "0300")


def rows_of(path, *words, check=DONE):
    return [json.loads(line) for line in tieline("x12", "intervals", path, "--json", *words, check=check).stdout.splitlines()]


METERS = ["PTD*BO***MG*M1", "REF*MT*KH015",
          "QTY*QD*1*KH", "DTM*582*20241103*0030*ET", "QTY*87*2*KH", "DTM*582*20241103*0030*ET", "QTY*QD*3*K3", "DTM*582*20241103*0030*ET",
          "QTY*KA*4*KH", "DTM*582*20241103*0045*ET", "QTY*9H*5*KH", "DTM*582*20241103*0045*ET", "QTY*QD*6*K3", "DTM*582*20241103*0045*ET",
          "PTD*BO***MG*M2", "REF*MT*KH060", "QTY*QD*7*KH", "DTM*582*20241103*0200*ET", "QTY*20*0*KH", "DTM*582*20241103*0200*ET",
          "PTD*BQ", "QTY*QD*8.50*KH", "DTM*150*20241103*0000*ET", "DTM*151*20241104*0000*ET"]


@pytest.mark.parametrize("zone", ["ET", "ES", "CT", "UT"])
@pytest.mark.parametrize("words", [(), ("--begins",)], ids=["ends", "begins"])
def test_meters_and_channels_come_back_as_the_series_they_were(tmp_path, zone, words):
    rows = rows_of(write(tmp_path / "usage", document("PT", "867", ["BPT*00*U1*20240102*C1", *METERS])))
    assert len(rows) == 9 and len({row["series"] for row in rows}) == 5
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    made = tieline("x12", "intervals", "-", "--from", "json", "--zone", zone, *words, stdin=lines).stdout
    assert made.count("PTD*") == 5 and made.count("REF*MG*M1~") == 3
    again = rows_of(write(tmp_path / "again", made.encode()), *words)

    def series(rows):
        return sorted(({key: value for key, value in row.items() if key != "time-code"} for row in rows), key=lambda row: (row["series"], row["start"]))
    assert series(again) == series(rows)


ROW = {"reference": "U1", "set": "0001", "series": 1, "type": "BO", "meter": "M1", "start": "2024-01-01T05:00:00Z",
       "end": "2024-01-01T06:00:00Z", "seconds": 3600, "quantity": "1", "unit": "KH", "qualifier": "QD"}
PARTIES = ["--sender", "01:12", "--receiver", "01:34"]


@pytest.mark.parametrize("change, word", [
    ({"start": "2024-01-01T06:30:00Z", "end": "2024-01-01T07:00:00Z"}, "start"), ({"start": "2024-01-01T05:30:00Z"}, "seconds"),
    ({"start": None}, "start"), ({"end": "2024-01-01T06:00:00Z"}, "begins 3600 seconds before"), ({"quantity": ""}, "no decimal"),
    ({"quantity": 1}, "quantity"), ({"meter": "M~1"}, "delimiter"), ({"reference": "U2"}, "another document"), ({"series": -1}, "series"),
    ({"start": "2024-01-01T06:00:00.5Z"}, "whole second"), ({"purpose-code": "01"}, "another document"),
    ({"original-reference": "U0"}, "another document"), ({"time-code": 5}, "time-code")],
    ids=lambda value: value if isinstance(value, str) else ",".join(value))
def test_objects_that_contradict_are_refused_with_their_line(tmp_path, change, word):
    second = {**ROW, "start": "2024-01-01T06:00:00Z", "end": "2024-01-01T07:00:00Z", **change}
    if change == {"end": "2024-01-01T06:00:00Z"}:
        second = ROW
    lines = json.dumps(ROW) + "\n" + json.dumps(second) + "\n"
    result = tieline("x12", "intervals", "-", "--from", "json", stdin=lines, check=INPUT)
    assert "line 2: " in result.stderr and word in result.stderr and result.stdout == ""


def test_daylight_time_is_not_written_where_no_clock_showed_it(tmp_path):
    line = json.dumps({**ROW, "start": "2024-03-10T06:15:00Z", "end": "2024-03-10T06:30:00Z", "seconds": 900})
    result = tieline("x12", "intervals", "-", "--from", "json", "--zone", "ED", *PARTIES, stdin=line, check=INPUT)
    assert "x12.zone.missing-hour" in result.stderr and "0230 on 20240310" in result.stderr


@pytest.mark.parametrize("quantity, code", [
    (["QTY*QD**KH", "DTM*582*20240101*0100*ES"], "x12.interval.missing"), (["QTY*QD*1*KH", "DTM*514*20240101*0100*ES"], "x12.interval.date"),
    (["QTY*QD*1*KH", "DTM*582*20240101*0100"], "x12.zone.code")], ids=["empty", "other date", "no code"])
def test_a_quantity_that_is_no_reading_is_said_with_its_place(tmp_path, quantity, code):
    path = write(tmp_path / "usage", document("PT", "867", ["BPT*00*U1*20240102*C1", "PTD*BO***MG*M1", "REF*MT*KH060", *quantity]))
    result = tieline("x12", "intervals", path, check=INPUT)
    line = next(line for line in result.stderr.splitlines() if code in line)
    assert line.split(":")[1] in ("7", "8") and "byte" in line
    assert len(result.stdout.splitlines()) == 1


def test_totals_of_days_are_said_and_nothing_wrong(tmp_path):
    body = ["BPT*00*U1*20240102*C1", "PTD*BB", "QTY*D1*9*KH", "DTM*150*20240101", "DTM*151*20240131", "PTD*BO***MG*M1",
            "REF*MT*KH060", "QTY*QD*1*KH", "DTM*582*20240101*0100*ES"]
    result = tieline("x12", "intervals", write(tmp_path / "usage", document("PT", "867", body)), check=DONE)
    assert "x12.interval.none" in result.stderr and "QTY*D1*9" in result.stderr


def test_the_end_of_a_day_as_2400_is_read_and_said(tmp_path):
    path = write(tmp_path / "usage", usage(("20240101", "2300", "ES"), ("20240101", "2400", "ES")))
    result = tieline("x12", "intervals", path, "--json", check=INPUT)
    assert json.loads(result.stdout.splitlines()[1])["end"] == "2024-01-02T05:00:00.000Z"
    assert "x12.element.time" in result.stderr and "2400 is read as" in result.stderr
    assert "x12.element.time" in tieline("x12", "check", path, check=INPUT).stdout


def test_a_cancellation_says_so_in_every_row(tmp_path):
    """A back office that adds up readings must not add these, and can see it."""
    body = ["BPT*01*U2*20240102*C1*****U1", *METERS]
    path = write(tmp_path / "usage", document("PT", "867", body))
    rows = rows_of(path)
    assert {(row["purpose"], row["purpose-code"], row["reference"], row["original-reference"]) for row in rows} == {("cancellation", "01", "U2", "U1")}
    result = tieline("x12", "intervals", path)
    table = result.stdout.splitlines()
    assert table[0].startswith("purpose,reference,original reference,") and all(row.startswith("cancellation,U2,U1,") for row in table[1:])
    said = [line for line in result.stderr.splitlines() if "x12.interval.purpose" in line]
    assert len(said) == 1 and said[0].startswith(path + ":4: ") and "U2 is a cancellation of U1" in said[0]
    original = tieline("x12", "intervals", write(tmp_path / "first", document("PT", "867", ["BPT*00*U1*20240102*C1", *METERS])))
    assert "x12.interval.purpose" not in original.stderr and original.stdout.splitlines()[1].startswith("original,U1,,")


HEADS = [["BPT*00*U1*20240102*C1"], ["BPT*01*U2*20240102*C1***F**U1", "DTM*649*20240103*1200", "REF*12*A**ZZ>B", "N1*8S*US*1*007909411", "N1*8R*CAF\xc9"],
         ["BPT*SU*U3*20240102*DR", "REF*Q5**10032789"]]


@pytest.mark.parametrize("head", HEADS, ids=["original", "cancellation", "status"])
@pytest.mark.parametrize("form", [lambda text: text, lambda text: text.replace(b"*", b"|").replace(b"~", b"\n"), lambda text: text.replace(b"~", b"~\r\n"),
                                  lambda text: text.replace(b"*U*00401*", b"*^*00501*").replace(b"004010", b"005010")],
                         ids=["stars", "bars", "lines", "5010"])
def test_intervals_and_back_is_the_identity(tmp_path, head, form):
    content = form("".join(document("PT", "867", [*head, *METERS]).decode()).encode("latin-1"))
    rows = rows_of(write(tmp_path / "usage", content), check=None)
    made = tieline("x12", "intervals", "-", "--from", "json", stdin="".join(json.dumps(row) + "\n" for row in rows).encode(), text=False).stdout
    assert made[:made.index(b"PTD")] == content[:content.index(b"PTD")]
    assert made[made.index(b"GE"):].strip() == content[content.rindex(b"GE"):].strip()
    again = rows_of(write(tmp_path / "again", made), check=None)

    def order(rows):
        return sorted(({key: value for key, value in row.items() if key != "heading"} for row in rows), key=lambda row: (row["series"], row["start"]))
    codes = {"ET": ("ES", "ED")}
    for one, other in zip(order(rows), order(again), strict=True):
        assert other.pop("time-code") in codes[one.pop("time-code")] and one == other
    assert rows[0]["heading"] == again[0]["heading"] and not any("heading" in row for row in rows[1:])


def test_each_set_has_the_heading_of_its_own(tmp_path):
    first = document("PT", "867", ["BPT*00*U1*20240102*C1", *METERS]).decode()
    set_two = first[first.index("ST*"):first.index("GE*")].replace("*0001~", "*0002~").replace("*U1*", "*U2*")
    both = first.replace("GE*1*", set_two + "GE*2*").encode()
    rows = rows_of(write(tmp_path / "usage", both))
    assert [row["reference"] for row in rows if "heading" in row] == ["U1", "U2"]
    lines = "".join(json.dumps(row) + "\n" for row in rows if row["set"] == "0002")
    made = tieline("x12", "intervals", "-", "--from", "json", stdin=lines).stdout
    assert made[:made.index("PTD")] == (first[:first.index("ST*")] + set_two)[:made.index("PTD")]
    assert "line 10: it is of another document" in tieline("x12", "intervals", "-", "--from", "json", check=INPUT,
                                                          stdin="".join(json.dumps(row) + "\n" for row in rows)).stderr


def test_readings_of_nobody_become_an_interchange_that_holds(tmp_path):
    words = ["--from", "json", "--sender", "01:007909411", "--receiver", "829517388", "--number", "17", "--time", "2024-01-03T04:05:06Z"]
    made = tieline("x12", "intervals", "-", *words, stdin=json.dumps(ROW)).stdout
    assert made.startswith("ISA*00*          *00*          *01*007909411      *ZZ*829517388      *240103*0405*U*00401*000000017*0*T*>~"
                           "GS*PT*007909411*829517388*20240103*0405*17*X*004010~ST*867*0001~BPT*00*U1*20240103*C1~PTD*BO***MG*M1~")
    assert made.endswith("SE*8*0001~GE*1*17~IEA*1*000000017~")
    path = write(tmp_path / "made", made.encode())
    assert tieline("x12", "check", path, "--guide", "us-867").stdout.endswith("0 errors, 0 warnings\n")
    later = tieline("x12", "intervals", "-", *words, "--release", "005010", "--usage", "P", "--zone", "ET", stdin=json.dumps(ROW)).stdout
    assert "*^*00501*000000017*0*P*>~" in later and "*X*005010~" in later and "*0100*ES~" in later
    bare = {key: ROW[key] for key in ("start", "end", "quantity", "unit", "qualifier")}
    made = tieline("x12", "intervals", "-", *words, "--guide", "us-867", stdin=json.dumps(bare)).stdout
    assert "BPT*00*20240103-17*20240103*C1~PTD*BO~" in made
    undone = {**ROW, "purpose-code": "01", "reference": "U2", "original-reference": "U1"}
    assert "BPT*01*U2*20240103*C1*****U1~" in tieline("x12", "intervals", "-", *words, stdin=json.dumps(undone)).stdout


def test_what_is_said_by_option_is_said_instead_of_the_heading(tmp_path):
    rows = tieline("x12", "intervals", write(tmp_path / "usage", usage(("20240310", "0100", "ES"))), "--json").stdout
    made = tieline("x12", "intervals", "-", "--from", "json", "--receiver", "14:0079094110001", "--number", "5", stdin=rows).stdout
    assert made.startswith("ISA*00*          *00*          *01*007909411      *14*0079094110001  *240102*0304*U*00401*000000005*0*T*>~"
                           "GS*PT*007909411*0079094110001*20240102*0304*5*X*004010~")
    assert made.endswith("GE*1*5~IEA*1*000000005~")


HEADED = {**ROW, "heading": {"delimiters": {"element": "*", "component": ">", "repetition": None, "segment": "~"}, "gap": "",
                             "segments": [["ISA"], ["GS"], ["ST", "867", "1"], ["BPT", "00"]]}}


@pytest.mark.parametrize("row, words, code", [
    (ROW, [], INPUT), (ROW, ["--sender", "01:007909411"], INPUT), (ROW, ["--sender", "01:1", "--receiver", "01:12"], INPUT),
    (ROW, ["--sender", "XX:12", "--receiver", "01:12"], INPUT), (ROW, ["--sender", "01:12*45", "--receiver", "01:12"], INPUT),
    (ROW, ["--sender", "01:12", "--receiver", "01:12", "--release", "4"], INPUT), (ROW, ["--number", "0"], USAGE), (ROW, ["--usage", "X"], USAGE),
    (ROW, ["--time", "now"], USAGE), ({**ROW, "heading": 5}, [], INPUT), ({**ROW, "heading": {}}, [], INPUT), (HEADED, [], INPUT),
    ({**ROW, "heading": {**HEADED["heading"], "segments": [["ST", "867", "1"], ["ISA"], ["GS"], ["BPT", "00"]]}}, [], INPUT),
    ({**ROW, "heading": {**HEADED["heading"], "segments": [["ISA"], ["GS"], ["ST", "810", "1"], ["BPT", "00"]]}}, [], INPUT),
    ({**ROW, "heading": {**HEADED["heading"], "segments": [[5], ["GS", {}], "ST", None]}}, [], INPUT), ({**ROW, "heading": None}, [], INPUT),
    ({**ROW, "type": "TOOLONG"}, ["--sender", "01:12", "--receiver", "01:12"], INPUT), ({**ROW, "unit": "?!"}, ["--guide", "nowhere"], INPUT)],
    ids=range(18))
def test_what_makes_no_interchange_is_not_written(row, words, code):
    result = tieline("x12", "intervals", "-", "--from", "json", *words, stdin=json.dumps(row), check=code)
    assert result.stdout == "" and result.stderr


def test_options_of_the_way_back_are_not_taken_in_silence(tmp_path):
    path = write(tmp_path / "usage", usage(("20240310", "0100", "ES")))
    for words in (("--zone", "ET"), ("--sender", "01:12"), ("--number", "1")):
        assert words[0] in tieline("x12", "intervals", path, *words, check=USAGE).stderr
    assert tieline("x12", "intervals", str(tmp_path / "nothing"), check=INPUT).stdout == ""


def test_an_hour_that_no_clock_showed_is_refused(tmp_path):
    path = write(tmp_path / "usage", usage(("20240310", "0230", "ED")))
    result = tieline("x12", "intervals", path, check=INPUT)
    assert "x12.zone.missing-hour" in result.stderr


GOOD = usage(("20240310", "0100", "ES"), ("20240310", "0200", "ES"))


@pytest.mark.parametrize("content, code", [
    (GOOD[:-60], "x12.segment.open"), (GOOD[:GOOD.rindex(b"SE*")], "x12.se.missing"), (GOOD + b"and more", "x12.junk"),
    (GOOD.replace(b"QTY*QD*0.50", b"QTY*QD*0x50"), "x12.element.number"), (b"title: a guide", "x12.junk"),
    (document("IN", "810", ["BIG*20240102*INV1", "TDS*1"]), "no interval data")],
    ids=["cut", "no end", "junk", "no number", "no interchange", "a bill"])
def test_no_series_is_taken_from_what_is_wrong_in_silence(tmp_path, content, code):
    """The readings there are may be printed: the exit code and standard error say that they are not to be billed by."""
    result = tieline("x12", "intervals", write(tmp_path / "usage", content), check=INPUT)
    assert code in result.stderr, result.stderr


def test_an_advice_names_a_service_order_by_its_number(tmp_path):
    order = document("MO", "650", ["BGN*79*M1*20240105", "HL*1**SS"])
    advice = tieline("x12", "ack", "--advice=all", write(tmp_path / "order", order)).stdout
    assert "~OTI*TA*TN*M1*" in advice, advice


def test_json_comes_back_byte_for_byte(tmp_path):
    bill = document("IN", "810", ["BIG*20240102*INV1", "N1*8S*CAF\xc9", "TDS*12345"]).decode().encode("latin-1").replace(b"~", b"~\r\n", 3)
    path = write(tmp_path / "bill", bill)
    made = tieline("x12", "convert", path, "--to", "json", text=False).stdout
    value = json.loads(made)
    assert value["interchanges"][0]["segments"][3] == ["BIG", "20240102", "INV1"]
    back = tieline("x12", "convert", write(tmp_path / "json", made), "--from", "json", text=False).stdout
    assert back == bill


def test_csv_has_a_row_an_element(tmp_path):
    path = write(tmp_path / "bill", document("IN", "810", ["BIG*20240102*INV,1", "TDS*12345"]))
    rows = tieline("x12", "convert", path, "--to", "csv").stdout.splitlines()
    assert "000000001,1,810,0001,4,BIG,,2,0,\"INV,1\",Invoice number," in rows
    assert "000000001,1,810,0001,5,TDS,,1,0,12345,Amount,123.45" in rows


def test_csv_for_programs_has_an_object_an_element(tmp_path):
    path = write(tmp_path / "bill", document("IN", "810", ["BIG*20240102*=1+1", "TDS*12345"]))
    rows = [json.loads(line) for line in tieline("x12", "convert", path, "--to", "csv", "--json").stdout.splitlines()]
    assert {"interchange": "000000001", "group": "1", "set_id": "810", "set": "0001", "segment": 5, "id": "TDS", "loop": "", "element": 1,
            "component": 0, "value": "12345", "name": "Amount", "meaning": "123.45"} in rows
    assert "=1+1" in [row["value"] for row in rows]
    tieline("x12", "convert", path, "--to", "json", "--json", check=USAGE)


def test_an_answer_for_programs_is_the_answer(tmp_path):
    path = write(tmp_path / "bill", document("IN", "810", ["BIG*20240102*INV1", "TDS*12345"]))
    words = ("x12", "ack", "--time", "2026-11-23T18:05:00Z", path)
    answer = tieline(*words, check=None).stdout
    made = tieline(*words, "--json", check=None).stdout
    assert [segment[0] for segment in json.loads(made)["interchanges"][0]["segments"]][:3] == ["ISA", "GS", "ST"]
    assert tieline("x12", "convert", write(tmp_path / "json", made.encode()), "--from", "json").stdout == answer


@pytest.mark.parametrize("cell, shown", [
    ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+1+1", "'+1+1"), ("-1+1", "'-1+1"), ("-5.00", "-5.00"), ("+7", "+7"), ("-", "'-"),
    ("-.5", "-.5"), ("-1.2.3", "'-1.2.3"), ("  =1", "'  =1"), ("\t=1", "'\\x09=1"), ("\r=1", "'\\x0d=1"), ("=1,2", "\"'=1,2\""), ("a=1", "a=1"),
    ("\uff1dA1", "'\uff1dA1"), ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0")], ids=repr)
def test_csv_begins_no_formula(tmp_path, cell, shown):
    path = write(tmp_path / "bill", document("IN", "810", ["BIG*20240102*" + cell, "TDS*-12345"]))
    rows = tieline("x12", "convert", path, "--to", "csv", text=False).stdout.decode().split("\n")
    assert any(row.startswith(f"000000001,1,810,0001,4,BIG,,2,0,{shown},") for row in rows), rows[4:]
    assert "000000001,1,810,0001,5,TDS,,1,0,-12345,Amount,-123.45" in rows


def test_csv_of_intervals_begins_no_formula(tmp_path):
    path = write(tmp_path / "usage", document("PT", "867", ["BPT*00*=U1*20240102*C1", "PTD*BO***MG*@M1", "REF*MT*KH060",
                                                           "QTY*QD*-1.5*KH", "DTM*582*20240101*0100*ES"]))
    row = tieline("x12", "intervals", path).stdout.splitlines()[1]
    assert row.startswith("original,'=U1,,BO,'@M1,") and row.endswith(",-1.5,KH,QD,1,MG,'@M1")


def test_split_makes_interchanges_of_their_own(tmp_path):
    sets = [f"ST*810*{n:04}~BIG*20240102*INV{n}~TDS*1~SE*4*{n:04}~" for n in (1, 2, 3)]
    head = "GS*IN*007909411*829517388*20240102*0304*7*X*004010~"
    path = write(tmp_path / "bills", (ISA + head + "".join(sets) + "GE*3*7~IEA*1*000000001~").encode())
    result = tieline("x12", "split", path, "-o", str(tmp_path / "out"))
    names = result.stdout.split()
    assert "ISA13" in result.stderr and "TA1 025" in result.stderr
    assert names == [f"00000{n}-810-000{n}.x12" for n in (1, 2, 3)]
    for at, name in enumerate(names):
        assert (tmp_path / "out" / name).read_text() == ISA + head + sets[at] + "GE*1*7~IEA*1*000000001~"
    again = tieline("x12", "split", path, "-o", str(tmp_path / "out"), check=INPUT)
    assert "file.exists" in again.stderr
    result = tieline("x12", "split", path, "-o", str(tmp_path / "whole"), "--by", "interchange")
    whole = result.stdout.split()
    assert not result.stderr
    assert (tmp_path / "whole" / whole[0]).read_bytes() == open(path, "rb").read()


def test_split_writes_nothing_that_is_not_whole(tmp_path):
    path = write(tmp_path / "bills", document("IN", "810", ["BIG*20240102*INV1", "TDS*1"])[:-40])
    tieline("x12", "split", path, "-o", str(tmp_path / "out"), check=INPUT)
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("by, want", [("set", "1 file written to"), ("group", "0 files written to"), ("interchange", "0 files written to")])
def test_split_says_that_its_input_was_cut_short_and_how_far_it_came(tmp_path, by, want):
    sets = "".join(f"ST*810*{n:04}~BIG*20240102*INV{n}~TDS*1~SE*4*{n:04}~" for n in (1, 2))
    path = write(tmp_path / "bills", (ISA + "GS*IN*007909411*829517388*20240102*0304*7*X*004010~" + sets)[:-12].encode())
    result = tieline("x12", "split", path, "-o", str(tmp_path / "out"), "--by", by, check=INPUT)
    assert f"{path}:9: byte " in result.stderr and "the input ends within this segment (x12.segment.open)" in result.stderr
    assert f"{want} {tmp_path / 'out'}, 1 {by} left out" in result.stderr
    assert result.stdout == "000001-810-0001.x12\n" * (by == "set")


def bill_of(lines):
    """An interchange of one bill with so many lines, of 100 bytes each."""
    return (ISA + "GS*IN*007909411*829517388*20240102*0304*7*X*004010~" + "ST*810*0001~BIG*20240102*INV1~"
            + ("NTE*ADD*" + "x" * 91 + "~") * lines + f"TDS*1~SE*{lines + 4}*0001~GE*1*7~IEA*1*000000001~").encode()


@pytest.mark.skipif(bool(os.environ.get("TIELINE_SANITIZED")), reason="a sanitized program holds more")
@pytest.mark.parametrize("by", ["set", "group", "interchange"])
def test_split_holds_no_part_in_memory(tmp_path, by):
    bill = bill_of(640_000)
    program = subprocess.Popen([TIELINE, "x12", "split", "-", "-o", str(tmp_path / "out"), "--by", by, "-q"], stdin=subprocess.PIPE)
    program.stdin.write(bill)
    program.stdin.flush()
    with open(f"/proc/{program.pid}/status") as f:
        held = int(re.search(r"VmHWM:\s+(\d+)", f.read())[1])
    program.stdin.close()
    assert program.wait(LIMIT) == DONE and held < 32 << 10
    [part] = (tmp_path / "out").iterdir()
    assert part.read_bytes() == bill


def test_split_leaves_nothing_of_a_long_part_that_failed(tmp_path):
    bill = bill_of(6_000)
    out = tmp_path / "out"
    tieline("x12", "split", write(tmp_path / "cut", bill[:-60]), "-o", str(out), check=INPUT)
    assert not list(out.iterdir())
    path = write(tmp_path / "bill", bill)
    [name] = tieline("x12", "split", path, "-o", str(out)).stdout.split()
    again = tieline("x12", "split", path, "-o", str(out), check=INPUT)
    assert f"{path}:6006: byte {bill.index(b'SE*6004')}: {name} is there already (file.exists)" in again.stderr
    assert [part.name for part in out.iterdir()] == [name]


def test_split_says_what_it_wrote_or_nothing(tmp_path):
    path = write(tmp_path / "bill", document("IN", "810", ["BIG*20240102*INV1", "TDS*1"]))
    assert tieline("x12", "split", path, "-o", str(tmp_path / "a")).stdout == "000001-810-0001.x12\n"
    assert tieline("x12", "split", path, "-o", str(tmp_path / "b"), "-q").stdout == "" and len(list((tmp_path / "b").iterdir())) == 1
    row = json.loads(tieline("x12", "split", path, "-o", str(tmp_path / "c"), "--json").stdout)
    assert row["size"] == (tmp_path / "c" / row["file"]).stat().st_size
    tieline("x12", "split", str(tmp_path / "nothing"), "-o", str(tmp_path / "d"), check=INPUT)
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("words", [("convert", "--to", "csv"), ("convert", "--to", "json"), ("intervals",), ("show",)], ids=" ".join)
def test_nothing_is_printed_before_the_input_is_open(tmp_path, words):
    result = tieline("x12", words[0], str(tmp_path / "nothing"), *words[1:], check=INPUT)
    assert result.stdout == "" and "file.open" in result.stderr


@pytest.mark.parametrize("words", [("show",), ("check",), ("ack",), ("convert", "--to", "csv"), ("convert", "--to", "json"), ("intervals",),
                                   ("split", "-o", "OUT")], ids=lambda words: words[0] + words[-1])
def test_what_is_no_interchange_is_said_by_every_command(tmp_path, words):
    words = [str(tmp_path / "out") if word == "OUT" else word for word in words]
    result = tieline("x12", *words, write(tmp_path / "text", b"hello"), check=INPUT)
    assert "x12.junk" in result.stdout + result.stderr and " : " not in result.stdout
    result = tieline("x12", *words, str(tmp_path), check=INPUT)
    assert result.stdout == "" and f"{tmp_path}: Is a directory" in result.stderr


def test_names_of_parts_hold_nothing_of_a_partners(tmp_path):
    evil = document("IN", "810", ["BIG*20240102*I", "TDS*1"]).replace(b"0001~BIG", b"../x~BIG").replace(b"SE*4*0001", b"SE*4*../x")
    names = tieline("x12", "split", write(tmp_path / "bills", evil), "-o", str(tmp_path / "out")).stdout.split()
    assert names == ["000001-810-___x.x12"] and [p.name for p in (tmp_path / "out").iterdir()] == names


def test_diff_is_by_meaning(tmp_path):
    body = ["BIG*20240102*INV1", "REF*11*A", "REF*12*B", "IT1*1*2*KH*0.50", "TDS*12345"]
    one = write(tmp_path / "one", document("IN", "810", body))
    same = document("IN", "810", body[:3] + ["IT1*1*2.0*KH*.5***", "TDS*12345"])
    same = same.replace(b"000000001", b"000000009").replace(b"*240102*", b"*250102*").replace(b"*", b"|").replace(b"~", b"\n")
    assert tieline("x12", "diff", one, write(tmp_path / "same", same)).stdout == ""
    other = write(tmp_path / "other", document("IN", "810", ["BIG*20240102*INV1", "REF*11*A", "IT1*1*2*KH*0.51", "N1*8S*NEW", "TDS*12345"]))
    with open("/dev/full", "w") as full:
        lost = subprocess.run([TIELINE, "x12", "diff", one, other], stdout=full, stderr=subprocess.PIPE, text=True)
    assert lost.returncode == HOST and "No space left" in lost.stderr
    lines = tieline("x12", "diff", one, other, check=1).stdout.splitlines()
    assert lines == ["set 810 INV1: 4 - REF*12*B", "set 810 INV1: 5 IT104: 0.50 -> 0.51", "set 810 INV1: 5 + N1*8S*NEW"]


def test_diff_shows_amounts_with_their_point_and_sign(tmp_path):
    one = write(tmp_path / "one", document("IN", "810", ["BIG*20240102*INV1", "IT1*1*100.25*KH*0.50", "TDS*12345"]))
    two = write(tmp_path / "two", document("IN", "810", ["BIG*20240102*INV1", "IT1*1*-100.250*KH*.5", "TDS*-5"]))
    assert tieline("x12", "diff", one, two, check=1).stdout.splitlines() == [
        "set 810 INV1: 3 IT102: 100.25 -> -100.250", "set 810 INV1: 4 TDS01: 12345 -> -5 (123.45 -> -0.05)"]
    rows = [json.loads(line) for line in tieline("x12", "diff", two, one, "--json", check=1).stdout.splitlines()]
    assert [(row["old_amount"], row["new_amount"]) for row in rows] == [(None, None), ("-0.05", "123.45")]


def test_diff_pairs_sets_by_what_they_are_known_by(tmp_path):
    one = write(tmp_path / "one", document("IN", "810", ["BIG*20240102*INV1", "TDS*1"]))
    two = write(tmp_path / "two", document("IN", "810", ["BIG*20240102*INV2", "TDS*1"]))
    rows = [json.loads(line) for line in tieline("x12", "diff", one, two, "--json", check=1).stdout.splitlines()]
    assert [(row["change"], row["set"]) for row in rows] == [("set-gone", "810 INV1"), ("set-new", "810 INV2")]


def test_what_is_no_interchange_is_not_converted(tmp_path):
    result = tieline("x12", "convert", write(tmp_path / "text", b"hello"), "--to", "json", check=INPUT)
    assert "x12.junk" in result.stderr
    for words in (("convert", "--to", "csv"), ("diff", write(tmp_path / "text2", b"hello"))):
        result = tieline("x12", words[0], str(tmp_path / "text"), *words[1:], check=INPUT)
        assert "x12.junk" in result.stderr


BILL = document("IN", "810", ["BIG*20240102*INV1", "TDS*1"])


@pytest.mark.parametrize("cut, code", [(-33, "x12.se.missing"), (-55, "x12.segment.open"), (-16, "x12.iea.missing"), (-5, "x12.segment.open")])
def test_a_file_that_is_cut_short_is_said_with_its_place(tmp_path, cut, code):
    path, whole = write(tmp_path / "bill", BILL[:cut]), write(tmp_path / "whole", BILL)
    for words in (("convert", "--to", "csv", path), ("diff", path, whole), ("diff", whole, path)):
        result = tieline("x12", *words, check=INPUT)
        line = next(line for line in result.stderr.splitlines() if code in line)
        assert line.startswith(path + ":") and ": byte " in line
        assert words[0] == "convert" or result.stdout == ""


@pytest.mark.parametrize("content", [b"", b"hello", BILL + b"and more", BILL + b"ISA*", BILL[:-55], BILL[:50], b"ISA*00" + b"x" * 200],
                         ids=["empty", "junk", "junk behind", "half an ISA behind", "cut", "half an ISA", "no ISA"])
def test_json_is_json_whatever_came(tmp_path, content):
    path = write(tmp_path / "bill", content)
    result = tieline("x12", "convert", path, "--to", "json", check=None, text=False)
    value = json.loads(result.stdout)
    assert ("broken" in value) == (result.returncode == INPUT) == bool(result.stderr)
    back = tieline("x12", "convert", write(tmp_path / "json", result.stdout), "--from", "json", check=None, text=False)
    if "broken" in value:
        assert back.returncode == INPUT and b"x12.json.broken" in back.stderr and back.stdout == b""
    else:
        assert back.stdout == content


def test_diff_of_long_sets(tmp_path):
    lines = [f"IT1*{n}*1*KH*0.5" for n in range(6000)]
    one = write(tmp_path / "one", document("IN", "810", ["BIG*20240102*INV1", *lines, "TDS*1"]))
    other = write(tmp_path / "other", document("IN", "810", ["BIG*20240102*INV1", *lines[:3000], "IT1*A*1*KH*0.5", *lines[3000:], "TDS*1"]))
    assert tieline("x12", "diff", one, one).stdout == ""
    assert tieline("x12", "diff", one, other, check=1).stdout == "set 810 INV1: 3003 + IT1*A*1*KH*0.5\n"


@pytest.mark.parametrize("words, says", [(["check"], "FILE is missing"), (["print"], "NAME is missing"), (["list", "us-810"], "nothing comes"),
                                         (["look"], "print NAME")], ids=lambda value: "-".join(value) if isinstance(value, list) else "says")
def test_guide_says_what_is_missing(words, says):
    assert says in tieline("x12", "guide", *words, check=USAGE).stderr


@pytest.mark.parametrize("guides, code", [("us-824,pa-824", 0), ("pa-824,us-824", INPUT)], ids=["wider first", "narrower first"])
def test_the_first_of_several_guides_is_taken(tmp_path, guides, code):
    path = write(tmp_path / "advice", document("AG", "824", ["BGN*11*V1*20240105", "OTI*TA*TN*T1*******820"]))
    tieline("x12", "check", "--guide", guides, path, check=code)


@pytest.mark.parametrize("text, says", [
    (b"guide: ours\nrefines: us-820\nrules:\n  - { rule: x, says: s, expect: BPR99 = 3 }\n", ":4: rule x: BPR99 has no place in the guide"),
    (b"guide: ours\nrefines: us-820\nbody:\n\t- { segment: TRN }\n", ":4: a tab indents this line"),
    (b"guide: ours\nrefines: us-820\nbody: [ { loop: N1, use: unused } ]\n", "Payer, a variant of it, is required")],
    ids=["rule", "tab", "impossible"])
def test_a_guide_that_does_not_hold_is_refused_with_file_and_line(tmp_path, text, says):
    path = write(tmp_path / "ours.yaml", text)
    said = tieline("x12", "guide", "check", path, check=INPUT).stderr
    assert f"{path}:" in said and says in said
    told = json.loads(tieline("x12", "guide", "check", "--json", path, check=INPUT).stdout)
    assert told["file"] == path and told["valid"] is False and told["code"] in said and told["text"] in said


def test_guide_check_says_in_json_what_it_says(tmp_path):
    path = write(tmp_path / "ours.yaml", b"guide: ours\nrefines: us-820\n")
    told = json.loads(tieline("x12", "guide", "check", "--json", path).stdout)
    assert (told["name"], told["valid"], told["set"]) == ("ours", True, "820")
    path = write(tmp_path / "words.yaml", tieline("x12", "guide", "print", "004010", text=False).stdout)
    assert json.loads(tieline("x12", "guide", "check", "--json", path).stdout) == {"file": path, "dictionary": True}


@pytest.mark.parametrize("words", [("convert", "--from", "json"), ("intervals", "--from", "json"), ("guide", "check")], ids=" ".join)
def test_a_directory_is_no_file(tmp_path, words):
    result = tieline("x12", *words, tmp_path, check=INPUT)
    assert str(tmp_path) in result.stderr and result.stdout == ""


@pytest.mark.parametrize("extra, says", [("*1", "element 3 is \"1\""), ("*1*2*3*4*5*6", "element 3 is \"1\"")])
def test_what_is_too_much_is_told_by_its_number(tmp_path, extra, says):
    path = write(tmp_path / "bill", BILL.replace(b"GE*1*1", b"GE*1*1" + extra.encode()))
    assert f"GE has more than 2 elements: {says}" in tieline("x12", "check", path, check=INPUT).stdout


@pytest.mark.parametrize("cut, code", [(-5, "x12.segment.open"), (-16, "x12.iea.missing"), (-23, "x12.ge.missing"), (-33, "x12.se.missing"),
                                       (-38, "x12.segment.open")])
def test_that_a_file_ends_early_is_said_once(tmp_path, cut, code):
    path = write(tmp_path / "bill", BILL[:cut])
    said = tieline("x12", "check", path, check=INPUT).stdout.splitlines()
    assert len(said) == 2 and f"({code})" in said[0] and "; 1 error, 0 warnings" in said[1]
    split = tieline("x12", "split", path, "-o", str(tmp_path / "out"), check=INPUT).stderr
    assert split.count(f"({code})") == split.count("(x12.split.incomplete)") == 1 and split.count("(x12.") == 2


def test_a_cut_file_is_answered_with_all_its_codes(tmp_path):
    answer = tieline("x12", "ack", "--ta1", "never", write(tmp_path / "bill", BILL[:-38]), check=INPUT).stdout
    assert "~AK5*R*5*2~AK9*R*1*1*0*3~" in answer
    assert "*R*023~" in tieline("x12", "ack", write(tmp_path / "bill", BILL[:-38]), check=INPUT).stdout


def test_a_group_of_a_version_without_guides_is_refused(tmp_path):
    path = write(tmp_path / "bill", BILL.replace(b"*X*004010", b"*X*003060").replace(b"20240102*0304*1*X", b"240102*0304*1*X"))
    assert "~AK5*R~AK9*R*1*1*0*2~" in tieline("x12", "ack", path, check=INPUT).stdout
    assert "~AK5*A~AK9*A*1*1*1~" in tieline("x12", "ack", "--unknown-sets", "accept", path, check=DONE).stdout
    assert "x12.set.unchecked" in tieline("x12", "check", path, check=DONE).stdout


def test_a_number_that_is_too_long_hides_no_payment(tmp_path):
    """What cannot be computed is an error of the rule that asks for it, and never silence."""
    def payment(amount, *items):
        return write(tmp_path / "payment", document("RA", "820", [
            f"BPR*C*{amount}*C*ACH*CTX*01*021000021*DA*123456*1007909411**01*021000021*DA*98765*20261123", "TRN*1*TR", "DTM*097*20261123",
            "N1*PR*PAYER*1*007909411", "N1*PE*PAYEE*1*829517388", "ENT*1", *(f"RMR*12*A{i}**{item}" for i, item in enumerate(items))]))
    assert "0 errors" in tieline("x12", "check", "--guide", "us-820", payment("1.00", "1.0000000000000")).stdout
    for amount, items in (("1000000", ("1.00", "0.0000000000001")), ("-0.0000000000001", ("1.00",))):
        result = tieline("x12", "check", "--guide", "us-820", payment(amount, *items), check=INPUT)
        assert "x12.rule.total" in result.stdout and "it cannot be judged" in result.stdout
