# SPDX-License-Identifier: Apache-2.0
"""Interval data in prevailing time against the zone data of Python: whole nights, holes at any place, series that begin and
end within the hour that comes twice.  What is written is right, or it is said that it may not be; nothing else is said wrong."""
import csv
import itertools
import random
import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from gateway import DONE, INPUT, tieline, write
from test_x12_people import document

ZONE = ZoneInfo("America/New_York")
NIGHTS = {"autumn": (datetime(2024, 11, 3, 3, tzinfo=timezone.utc), datetime(2024, 11, 3, 9, tzinfo=timezone.utc)),
          "spring": (datetime(2024, 3, 10, 5, tzinfo=timezone.utc), datetime(2024, 3, 10, 9, tzinfo=timezone.utc))}
LABELS = ("clock", "hour", "begin", "period")


def local(moment):
    return moment.astimezone(ZONE).replace(tzinfo=None)


def stated(qualifier, moment, code="ET"):
    return f"DTM*{qualifier}*{moment:%Y%m%d}*{moment:%H%M}*{code}"


def dates(start, step, labels):
    """As DTM: the end as a clock shows it, as the begin's hour has it, the begin, or both edges."""
    if labels == "period":
        return [stated("150", local(start)), stated("151", local(start + step))]
    return [stated("582", {"clock": local(start + step), "hour": local(start) + step, "begin": local(start)}[labels])]


def usage(series, step, labels, said=True, period=()):
    """An 867 with a PTD loop for each series of begins: `period`, DTMs at its head, may be a function of the series.
    The quantities are numbers, and each is in the answer: where its QTY is, and its begin."""
    body, known = ["BPT*00*U1*20240105*C1"], {}
    for name, starts in enumerate(series):
        body.append(f"PTD*BO***MG*M{name}")
        body += period(starts) if callable(period) else period
        if said and labels != "period":
            body.append(f"REF*MT*KH{step.seconds // 60:03d}")
        for n, start in enumerate(starts):
            body.append(f"QTY*QD*{n}*KH")
            known[name, n] = (len(body) + 3, start)
            body += dates(start, step, labels)
    return document("PT", "867", body), known


def said_of(stderr):
    """{segment: [(code, text)]}"""
    said = {}
    for segment, text, code in re.findall(r"^[^:]*:(\d+)[^ ]*: (?:byte \d+: )?(.*) \((x12\.[a-z.-]+)\)$", stderr, re.M):
        said.setdefault(int(segment), []).append((code, text))
    return said


def moment_of(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def minutes(delta):
    return int(delta.total_seconds()) // 60


class Read:
    """What `x12 intervals` makes of it."""

    def __init__(self, path, series, step, labels, **options):
        content, self.known = usage(series, step, labels, **options)
        result = tieline("x12", "intervals", *(["--begins"] if labels == "begin" else []), write(path, content), check=None)
        self.rows = {(int(row["meter"][1:]), int(row["quantity"])): row for row in csv.DictReader(result.stdout.splitlines())}
        self.count = len(result.stdout.splitlines()) - 1
        self.said, self.series, self.step = said_of(result.stderr), series, step
        assert result.returncode == (INPUT if self.said else DONE)
        assert sum(map(len, self.said.values())) == len(result.stderr.splitlines()), result.stderr

    def of(self, name):
        return {n: self.said.get(self.known[name, n][0], []) for n in range(len(self.series[name]))}

    def doubted(self, name):
        """Which readings of a series are said to be in either hour."""
        doubted = set()
        for n, said in self.of(name).items():
            for code, text in said:
                if code == "x12.interval.doubled":
                    count = re.match(r"(\d+) intervals", text)
                    doubted.update(range(n, n + (int(count[1]) if count else 1)))
        return doubted

    def judge(self, name):
        starts, doubted = self.series[name], self.doubted(name)
        for n, start in enumerate(starts):
            row = self.rows[name, n]
            assert moment_of(row["end"]) - moment_of(row["start"]) == self.step, (name, n, row)
            assert n in doubted or moment_of(row["start"]) == start, (self.where(name), n, row)
        for n, said in self.of(name).items():
            self.judge_gap(name, n, [text for code, text in said if code == "x12.interval.gap"], doubted)
            assert {code for code, text in said} <= {"x12.interval.gap", "x12.interval.doubled"}, (self.where(name), said)
            for missing in re.findall(r"with them (\d+) minutes", " ".join(text for code, text in said)):
                assert int(missing) == self.missing_around(name, n, doubted), (self.where(name), n, said)

    def judge_gap(self, name, n, gaps, doubted):
        starts = self.series[name]
        missing = minutes(starts[n] - starts[n - 1] - self.step) if n else 0
        if {n, n - 1} & doubted:
            assert not gaps, (self.where(name), n, gaps)
        else:
            assert gaps == ([f"{missing} minutes are missing before this interval"] if missing else []), (self.where(name), n)

    def missing_around(self, name, n, doubted):
        starts, last = self.series[name], n
        while last in doubted:
            last += 1
        return minutes(starts[last] - starts[n - 1] - (last - n + 1) * self.step)

    def where(self, name):
        return [f"{local(s):%H:%M}{s.astimezone(ZONE):%Z}" for s in self.series[name]]


def night(name, step):
    begin, end = NIGHTS[name]
    return [begin + n * step for n in range((end - begin) // step)]


def hour_of(starts):
    """The indices of what may be in the hour that comes twice, and one more on either side."""
    return [n for n, s in enumerate(starts) if 4 <= s.hour <= 7] or range(len(starts))


def ways(starts, most, seed):
    """Series with one hole, or two, that begin and end anywhere: all of them, or `most` by chance."""
    inside = hour_of(starts)
    edges = [*inside, len(starts)]
    every = [(b, e, h, i) for b in [0, *inside] for e in edges for h in edges for i in edges if b < e and b <= h <= i <= e and e - b > i - h]
    chosen = random.Random(seed).sample(every, most) if len(every) > most else every
    for b, e, h, i in chosen:
        yield starts[b:h] + starts[i:e]
    for n in range(most // 4):
        chance = random.Random(seed * 1000 + n)
        some = [s for s in starts if chance.random() < 0.7]
        if some:
            yield some


def subsets(starts):
    inside = hour_of(starts)
    for kept in itertools.product((False, True), repeat=len(inside)):
        left = {n for n, keep in zip(inside, kept) if not keep}
        if len(left) < len(starts):
            yield [s for n, s in enumerate(starts) if n not in left]


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("length", [5, 15, 30, 60])
@pytest.mark.parametrize("change", NIGHTS)
def test_holes_are_right_or_said(tmp_path, change, length, labels):
    step = timedelta(minutes=length)
    starts = night(change, step)
    series = list(subsets(starts) if length >= 30 else ways(starts, 400, length))
    read = Read(tmp_path / "usage", series, step, labels)
    assert read.count == sum(map(len, series)) == len(read.rows)
    for name in range(len(series)):
        read.judge(name)
        if change == "spring":
            assert not read.doubted(name)


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("length", [5, 15, 30, 60])
@pytest.mark.parametrize("said", [True, False], ids=["with REF*MT", "without"])
@pytest.mark.parametrize("change", NIGHTS)
def test_a_whole_night_has_nothing_said(tmp_path, change, said, length, labels):
    step = timedelta(minutes=length)
    starts = night(change, step)
    read = Read(tmp_path / "usage", [starts, starts[len(starts) // 6:]], step, labels, said=said)
    assert not read.said and read.count == len(starts) * 2 - len(starts) // 6
    for name in range(2):
        read.judge(name)


def between(starts, step):
    return [stated("150", starts[0], "UT"), stated("151", starts[-1] + step, "UT")]


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("length", [5, 15, 30, 60])
def test_a_period_and_the_count_say_which_hour_it_is(tmp_path, length, labels):
    """Without holes: DTM*150 and 151 of the loop leave room for one way only."""
    step = timedelta(minutes=length)
    starts = night("autumn", step)
    inside = hour_of(starts)
    series = [starts[b:e] for b in inside for e in [*inside, len(starts)] if b < e]
    read = Read(tmp_path / "usage", series, step, labels, period=lambda s: between(s, step))
    assert not read.said
    for name in range(len(series)):
        read.judge(name)


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("length", [15, 60])
def test_a_period_with_holes_is_right_or_said(tmp_path, length, labels):
    step = timedelta(minutes=length)
    series = list(ways(night("autumn", step), 400, length))
    for period in (lambda s: between(s, step)[:1], lambda s: between(s, step)[1:], lambda s: between(s, step)):
        read = Read(tmp_path / "usage", series, step, labels, period=period)
        for name in range(len(series)):
            read.judge(name)


def ends(starts, step, labels):
    return tuple(label for start in starts for label in dates(start, step, labels))


def test_nothing_is_doubted_for_nothing(tmp_path):
    """Every series that is doubted reads as another one does, or as one that has an interval twice."""
    step = timedelta(minutes=30)
    series = list(subsets(night("autumn", step)))
    same = {}
    for starts, labels in itertools.product(series, ("clock", "hour")):
        same.setdefault(ends(starts, step, labels), set()).add(tuple(starts))
    read = Read(tmp_path / "usage", series, step, "clock")
    for name, starts in enumerate(series):
        names = ends(starts, step, "clock")
        if read.doubted(name):
            assert len(same[names]) > 1 or any(a == b for a, b in itertools.pairwise(names)), read.where(name)
