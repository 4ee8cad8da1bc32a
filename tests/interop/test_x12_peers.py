# SPDX-License-Identifier: Apache-2.0
"""X12 files as Tieline, StAEDI and pyx12 judge them, with a reason for each disagreement; docs/x12-peers.md is written by the run.

StAEDI gets the guides of the plain standard as its schemas, so that the rules are the same and who keeps them differs.  pyx12 has maps
of its own, for health care and for acknowledgments; where it has none, it counts what envelopes count.
"""
import fnmatch
import json
import os
import subprocess
from collections import namedtuple

import pytest

import x12_peers
import x12_samples
from conftest import give_up
from gateway import TIELINE

DATA = os.environ.get("TIELINE_SHARED_DATA", os.path.join(os.path.dirname(__file__), "../../../shared/data")) + "/x12"
PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "x12-peers.md")
PEERS = {"staedi": "StAEDI", "pyx12": "pyx12"}


# --- what was said -----------------------------------------------------------------

class Case:
    """One file, and what is said of it.  `judges`: our finding and theirs, lists of errors, empty for a valid file."""

    def __init__(self, name, path, made, expected=None):
        self.name, self.path, self.made, self.expected = name, path, made, expected
        self.judges, self.said, self.answer, self.of_answer = {}, {}, None, {}

    def valid(self, who):
        return not self.judges[who]

    def first(self, who):
        return self.judges[who][0] if self.judges[who] else None

    def code(self, who):
        return self.judges[who][0]["code"] if self.judges[who] else ""

    @property
    def unguided(self):
        """A set of it was only counted: there is no guide of it."""
        return any(f.get("code") == "x12.set.unchecked" for f in self.said["tieline"])


def ours_of(path):
    out = subprocess.run([TIELINE, "x12", "check", "--json", path], capture_output=True).stdout.decode(errors="replace")
    return [json.loads(line) for line in out.splitlines()]


def errors_of(said):
    return [{"segment": f["place"]["segment"], "id": f["place"]["id"], "element": f["place"]["element"], "code": f["code"]}
            for f in said if f.get("severity") == "error"]


def answer_of(path, to):
    """Our acknowledgment, in a file; None: it gets none."""
    made = subprocess.run([TIELINE, "x12", "ack", "--time", "2026-11-23T18:05:06Z", path], capture_output=True).stdout
    if not made:
        return None
    with open(to, "wb") as f:
        f.write(made)
    return to


def made_files(directory):
    for number, (name, content, expected) in enumerate(x12_samples.samples()):
        path = os.path.join(directory, f"{number}.edi")
        with open(path, "wb") as f:
            f.write(content)
        yield Case(name, path, True, expected)


def foreign_files():
    paths = [os.path.join(top, name) for top, _, names in os.walk(DATA) for name in names if name != "SOURCES.tsv"]
    return [Case(os.path.relpath(path, DATA), path, False) for path in sorted(paths)]


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    try:
        ask = x12_peers.askers()
    except x12_peers.Missing as why:
        give_up(str(why))
    directory = str(tmp_path_factory.mktemp("x12"))
    every = [*made_files(directory), *foreign_files()]
    for number, case in enumerate(every):
        case.said["tieline"] = ours_of(case.path)
        case.judges["tieline"] = errors_of(case.said["tieline"])
        case.answer = answer_of(case.path, os.path.join(directory, f"{number}.ack"))
    answered = [case for case in every if case.answer]
    for peer in PEERS:
        for case, said in zip(every, ask[peer]([case.path for case in every])):
            case.said[peer], case.judges[peer] = said, said["findings"]
        for case, said in zip(answered, ask[peer]([case.answer for case in answered])):
            case.of_answer[peer] = said["findings"]
    return every


# --- why they disagree ---------------------------------------------------------------

class Reason(namedtuple("Reason", "peer about right text holds")):
    """`about` is "file" or "answer", `holds(case, finding)` is asked with the peer's first finding (empty: it has none)."""


NONE = {"segment": 0, "id": "", "element": 0, "code": "", "text": ""}
# What pyx12's reader counts without a map.
COUNTED = ("x12.se.", "x12.ge.", "x12.iea.", "x12.set.number", "x12.gs.number", "x12.isa.number")


def ours(*codes):
    """The peer finds nothing, and we this."""
    return lambda case, finding: not finding["code"] and case.code("tieline").startswith(codes)


def theirs(code="", id="", text=""):
    return lambda case, finding: finding["code"].startswith(code or "\0") and (not id or finding["id"] == id) and text in finding.get("text", "")


def named(*patterns):
    return lambda case, finding: any(fnmatch.fnmatch(case.name, pattern) for pattern in patterns)


def both(*conditions):
    return lambda case, finding: all(holds(case, finding) for holds in conditions)


def version_of(path):
    with open(path, "rb") as f:
        return f.read(89)[84:].decode("latin-1")


def unmapped(case, finding):
    return not case.said["pyx12"]["mapped"] and not finding["code"] and not case.code("tieline").startswith(COUNTED)


def of_health_care(case, finding):
    return case.said["pyx12"]["mapped"] and not case.said["pyx12"]["envelopes"] and case.valid("tieline") and case.unguided


NO_VERSION = named("ISA12 is no version")
REASONS = [Reason(*row) for row in [
    ("staedi", "file", "Tieline", "It does not remember control numbers: 025 in a TA1, 23 in a 997 and 19 in a 999 say that one came twice.",
     ours("x12.isa.number.twice", "x12.gs.number.twice", "x12.set.number.twice")),
    ("staedi", "file", "Tieline", "It does not compare GS01 with the set: a bill is in no group of usage.", ours("x12.set.id")),
    ("staedi", "file", "Tieline", "It has no codes for GS07: the agency is T or X.", both(named("GS07 *"), ours("x12.gs.element"))),
    ("staedi", "file", "Tieline", "It takes an exponent without digits for a number.", both(named("*an exponent without digits"), ours("x12.element.number"))),
    ("staedi", "file", "StAEDI", "X12.6 has exponents in numbers. Tieline takes none, on purpose: no guide of a market has them, "
     "and a bill whose amounts have some is looked at by a person.", both(named("*a quantity with an exponent"), ours("x12.element.number"))),
    ("staedi", "file", "Tieline", "It lets control characters through that stand in a text: X12.6 has them in no string.", ours("x12.element.character")),
    ("staedi", "file", "Tieline", "It knows BIN01 as a length only from a schema, and there is none: the length is letters.", ours("x12.element.binary")),
    ("staedi", "file", "Tieline", "It reads characters of UTF-8, we read bytes, as X12.5 counts them: a terminator has one.",
     both(named("*/ts214_ellipses_segterm.edi"), ours("x12.segment"))),
    ("staedi", "file", "both", "Letters beyond ASCII need an agreement (X12.6): it reads UTF-8 only, we warn and go on.",
     theirs("EDIStreamException: Error parsing input")),
    ("staedi", "file", "StAEDI", "No version has that number. Tieline has no list of versions, which grows each year; envelopes are the same in all.",
     both(NO_VERSION, theirs("IllegalStateException"))),
    ("staedi", "file", "Tieline", "Its list of versions ends with 00801: a partner may be ahead of it.",
     both(named("ISA12 is a version *"), theirs("INVALID_CODE_VALUE", "ISA"))),
    ("staedi", "file", "StAEDI", "X12.5 has TA1 before the first group. Tieline also takes it behind the last: pyx12, for one, writes it there.",
     theirs("UNEXPECTED_SEGMENT", "TA1")),
    ("staedi", "file", "Tieline", "A TA1 repeats the time of the interchange that it answers, right or wrong.", theirs("INVALID_TIME", "TA1")),
    ("staedi", "file", "StAEDI", "An interchange begins with ISA. Tieline passes over a byte order mark before it: editors put it there unasked.",
     both(named("*/x12.Issue88.edi"), theirs("EDIException: EDIE003"))),
    ("pyx12", "file", "Tieline", "It has no map of this set, and so looks at no segment and element of it, nor of the envelopes.", unmapped),
    ("pyx12", "file", "Tieline", "Its 997 and 999 know the groups of health care only: it takes an answer about another for no AK1.",
     theirs("1", "SEG", "Segment AK1*")),
    ("pyx12", "file", "both", "It reads ASCII only; letters beyond it need an agreement (X12.6), and Tieline warns.", theirs("UnicodeDecodeError")),
    ("pyx12", "file", "pyx12", "No version has that number. Tieline has no list of versions, which grows each year; envelopes are the same in all.",
     both(NO_VERSION, theirs("unread"))),
    ("pyx12", "file", "Tieline", "It reads versions 00401 and 00501 only.",
     both(theirs("unread"), lambda case, finding: version_of(case.path) not in ("00401", "00501"))),
    ("pyx12", "file", "Tieline", "It falls over a TA1 before the group, which is where X12.5 has it.", theirs("AttributeError")),
    ("pyx12", "file", "Tieline", "A TA1 repeats the time of the interchange that it answers, right or wrong.", theirs("9", "ELE", "TA103")),
    ("pyx12", "file", "pyx12", "By X12.5 an id follows its terminator. Tieline passes over blanks between segments, as over line ends: people indent.",
     theirs("1", "SEG", "leading space")),
    ("pyx12", "file", "pyx12", "By X12.6 separators that only empty elements follow are left out. Tieline and StAEDI read them: they say nothing.",
     theirs("SEG1", "SEG")),
    ("pyx12", "file", "pyx12", "By X12.6 a segment has an element. Tieline has no guide of this set here, and without one looks at no elements.",
     both(theirs("8", "SEG", "is empty"), lambda case, finding: case.unguided)),
    ("pyx12", "file", "both", "Its map is a guide of health care. None of those is here: only envelopes are checked.", of_health_care),
    ("pyx12", "file", "Tieline", "It takes its map by GS08, not by ST01: so it reads a 997 as a 999.",
     both(named("*/834_lui_id_5010.resAck.edi"), ours("x12.segment.unknown"))),
    ("pyx12", "file", "Tieline", "It takes the 106th character for the terminator wherever the ISA ends, and stops without a word at what is then empty.",
     both(ours("x12.isa.element"), lambda case, finding: case.said["pyx12"]["envelopes"])),
    ("pyx12", "file", "Tieline", "It does not separate repetitions: CTX01 may be repeated in 005010.", theirs("1", "SEG", "Segment CTX*")),
    ("staedi", "answer", "Tieline", "A TA1, AK1 and AK2 repeat what they answer, right or wrong.",
     lambda case, finding: finding["id"] in ("TA1", "AK1", "AK2")),
    ("staedi", "answer", "Tieline", "Parties and delimiters are those that were received, bytes beyond ASCII: it counts characters of UTF-8.",
     lambda case, finding: finding["segment"] < 0),
    ("staedi", "answer", "Tieline", "The version is that of what is answered, which is not in its list.",
     lambda case, finding: case.name.startswith("ISA12 ")),
    ("pyx12", "answer", "Tieline", "Its 997 and 999 know the groups of health care only: it takes an answer about another for no AK1.",
     theirs("1", "SEG", "Segment AK1*")),
    ("pyx12", "answer", "Tieline", "It falls over a TA1 before the group, which is where X12.5 has it.", theirs("AttributeError")),
    ("pyx12", "answer", "Tieline", "Parties are those that were received, bytes beyond ASCII; it reads ASCII only.", theirs("UnicodeDecodeError")),
    ("pyx12", "answer", "Tieline", "It knows the qualifiers of health care only (ISA05, ISA07).", theirs("7", "ELE", "Interchange ID Qualifier")),
    ("pyx12", "answer", "Tieline", "The delimiter is that which was received; X12.5 lets it be any character.", theirs("6", "ELE", "(ISA16)")),
    ("pyx12", "answer", "Tieline", "The version is that of what is answered, and it reads 00401 and 00501 only.",
     both(theirs("unread"), lambda case, finding: version_of(case.answer) not in ("00401", "00501"))),
]]


def reason_for(case, peer, about, finding):
    """Its index in REASONS; None: there is none, and that is a failure."""
    return next((index for index, reason in enumerate(REASONS)
                 if (reason.peer, reason.about) == (peer, about) and reason.holds(case, finding or NONE)), None)


def disagreements(cases):
    """(case, peer, about, finding, index of the reason): one verdict is valid, the other is not; an answer of ours should always be."""
    for case in cases:
        for peer in PEERS:
            if case.valid("tieline") != case.valid(peer):
                yield case, peer, "file", case.first(peer), reason_for(case, peer, "file", case.first(peer))
            if case.of_answer.get(peer):
                first = case.of_answer[peer][0]
                yield case, peer, "answer", first, reason_for(case, peer, "answer", first)


# --- tests -----------------------------------------------------------------------------

# What the standard says, and we do not: each is a row of the page, where the peer is right.
LENIENT = {"810: a blank before a segment id", "ISA12 is no version", "TA1 behind the group", "867: a quantity with an exponent"}


def test_files_made_here_are_judged_as_the_standard_says(cases):
    assert {case.name for case in cases if case.made and case.expected != case.valid("tieline")} == LENIENT


def test_every_disagreement_has_its_reason(cases):
    assert [(case.name, peer, about, case.first("tieline"), finding)
            for case, peer, about, finding, reason in disagreements(cases) if reason is None] == []


def test_every_reason_is_needed(cases):
    if all(case.made for case in cases):
        pytest.skip("without the foreign files not every reason has its file")
    needed = {reason for *_, reason in disagreements(cases)}
    assert [REASONS[index].text for index in range(len(REASONS)) if index not in needed] == []


@pytest.mark.parametrize("peer", PEERS)
def test_mistakes_are_found_at_the_same_place(cases, peer):
    """Where one mistake was made and both name a segment; a reader that gives up names the one before."""
    elsewhere = []
    for case in cases:
        mine, their = case.first("tieline"), case.first(peer)
        if not case.made or not mine or not their or their["code"].startswith("EDI") or not mine["segment"] or their["segment"] < 1:
            continue
        if mine["segment"] != their["segment"]:
            elsewhere.append((case.name, mine, their))
        if peer == "staedi" and max(their["element"], 0) != (mine["element"] or 0):
            elsewhere.append((case.name, mine, their))
    assert [name for name, *_ in elsewhere] == ELSEWHERE[peer], elsewhere


# pyx12 ends at a segment that is empty or open, and counts what it has by then; of an element that is missing it tells where it is compared.
ELSEWHERE = {"staedi": [], "pyx12": ["810: an empty segment", "no GS and GE", "ST02 is missing", "no terminator at the end"]}


def test_what_is_answered_is_what_was_found(cases):
    """An answer accepts exactly what has no errors; a set that nobody has a guide for is a choice."""
    for case in cases:
        if case.answer:
            with open(case.answer, "rb") as f:
                answer = f.read()
            wanted = subprocess.run([TIELINE, "x12", "ack", "--unknown-sets", "accept", case.path], capture_output=True).returncode
            assert (wanted == 0) == case.valid("tieline"), (case.name, answer)


# --- the page -----------------------------------------------------------------------------

HEAD = """# X12: our verdicts beside those of two other programs

Written by `./dev interop`, which fails when a disagreement has no reason here, or a reason no disagreement.
StAEDI 1.26 (Maven Central) has its own envelopes, and for sets the guides of the plain standard (`guides/x12-*`) as
its schemas: the rules are the same, and who keeps them differs. pyx12 4.0 (PyPI) has maps of its own, of health care
and of 997 and 999; of other sets it counts what envelopes count. `tests/interop/x12_samples.py` has what was made
here: sets as utilities exchange them, and each with one mistake. Where both find a mistake in one of those, they find
it in the same segment. Foreign files are those of `docs/x12-verdicts.md`. An answer is what `tieline x12 ack` makes of
the file, and should be valid whatever the file is; `-` is a file that gets none. A number is that of a reason.
"""


def cell(case, peer, numbers):
    word = "valid" if case.valid(peer) else "not valid"
    number = numbers.get((case, peer, "file"))
    return f"{word} ({number})" if number else word


def answer_cell(case, numbers):
    if not case.answer:
        return "-"
    doubts = [f"{PEERS[peer]} ({numbers[case, peer, 'answer']})" for peer in PEERS if (case, peer, "answer") in numbers]
    return "valid but for " + ", ".join(doubts) if doubts else "valid"


def table(cases, numbers):
    yield "| file | Tieline | first finding | StAEDI | pyx12 | our answer |\n|---|---|---|---|---|---|\n"
    for case in cases:
        first = case.first("tieline")
        found = f"{first['code']} {first['segment'] or ''}{' ' + first['id'] if first['id'].isalnum() and first['id'].isascii() else ''}" if first else "-"
        yield (f"| {case.name} | {cell(case, 'tieline', {})} | {found} | {cell(case, 'staedi', numbers)} | {cell(case, 'pyx12', numbers)} | "
               f"{answer_cell(case, numbers)} |\n")


def reasons_table(counts):
    yield "| | peer | about | who is right | why | made | foreign |\n|---|---|---|---|---|---|---|\n"
    for index, reason in enumerate(REASONS):
        yield (f"| {index + 1} | {PEERS[reason.peer]} | the {reason.about} | {reason.right} | {reason.text} | {counts.get((index, True), 0)} | "
               f"{counts.get((index, False), 0)} |\n")


def totals(cases, found):
    for peer, name in PEERS.items():
        differ = sum((about, who) == ("file", peer) for _, who, about, *_ in found)
        answered = sum(bool(case.answer) for case in cases)
        doubted = sum((about, who) == ("answer", peer) for _, who, about, *_ in found)
        yield f"{name} agrees on {len(cases) - differ} of {len(cases)} files, and finds {answered - doubted} of {answered} answers valid.\n"


def page(cases):
    found = list(disagreements(cases))
    numbers = {(case, peer, about): reason + 1 for case, peer, about, _, reason in found}
    counts = {}
    for case, *_, reason in found:
        counts[reason, case.made] = counts.get((reason, case.made), 0) + 1
    made, foreign = [[case for case in cases if case.made == kind] for kind in (True, False)]
    return "".join([HEAD, "\n", *totals(cases, found), "\n## Reasons\n\n", *reasons_table(counts), "\n## Made here\n\n", *table(made, numbers),
                    "\n## Foreign files\n\n", *table(foreign, numbers)])


def test_the_page_is_written(cases):
    """Without the foreign files it would lose half of what it says, and stays."""
    if all(case.made for case in cases):
        pytest.skip("the page needs the foreign files")
    text = page(cases)
    assert not any(ord(c) < 32 and c != "\n" for c in text)
    with open(PAGE, "w") as f:
        f.write(text)
